#define _GNU_SOURCE
#include "cpool.h"
#include <sys/mman.h>

void *sys_region_create(size_t bytes) {
    void *region = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return NULL;
    madvise(region, bytes, MADV_HUGEPAGE);
    return region;
}

void sys_region_destroy(void *region, size_t bytes) { munmap(region, bytes); }
