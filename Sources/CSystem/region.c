#define _GNU_SOURCE
#include "cpool.h"
#include <sys/mman.h>
#include <unistd.h>

// Bytes up to the guard page that follows a region: reading past the end is a fault, not a surprise.
static size_t rounded(size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

void *sys_region_create(size_t bytes) {
    size_t guard = (size_t)sysconf(_SC_PAGESIZE), body = rounded(bytes);
    if (body < bytes || body > SIZE_MAX - guard) return NULL;
    char *region = mmap(NULL, body + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return NULL;
    if (mprotect(region + body, guard, PROT_NONE)) {
        munmap(region, body + guard);
        return NULL;
    }
    madvise(region, body, MADV_HUGEPAGE);
    // Prompts and answers as keys and values: nothing for a core file.
    madvise(region, body, MADV_DONTDUMP);
    return region;
}

void sys_region_destroy(void *region, size_t bytes) {
    munmap(region, rounded(bytes) + (size_t)sysconf(_SC_PAGESIZE));
}
