#define _GNU_SOURCE
#include "cpool.h"
#include <sys/mman.h>
#include <unistd.h>

/// Huge pages have this size and alignment on x86-64, and on aarch64 with pages of 4 KiB.
enum { huge_page = 2 << 20 };

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

// Bytes up to the guard page that follows a region: reading past the end is a fault, not a surprise.
static size_t rounded(size_t bytes) { return (bytes + page_size() - 1) / page_size() * page_size(); }

// A mapping that begins with a huge page where there is room for one: what lies before a boundary gets small ones.
static char *map_aligned(size_t bytes) {
    size_t excess = bytes >= huge_page ? huge_page - page_size() : 0;
    if (bytes > SIZE_MAX - excess) return NULL;
    int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *start = mmap(NULL, bytes + excess, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (start == MAP_FAILED) return NULL;
    if (!excess) return start;
    size_t before = -(uintptr_t)start % huge_page;
    if (before) munmap(start, before);
    if (before < excess) munmap(start + before + bytes, excess - before);
    return start + before;
}

void *sys_region_create(size_t bytes) {
    size_t guard = page_size(), body = rounded(bytes);
    if (body < bytes || body > SIZE_MAX - guard) return NULL;
    char *region = map_aligned(body + guard);
    if (!region) return NULL;
    if (mprotect(region + body, guard, PROT_NONE)) {
        munmap(region, body + guard);
        return NULL;
    }
    madvise(region, body, MADV_HUGEPAGE);
    // Prompts and answers as keys and values: nothing for a core file.
    madvise(region, body, MADV_DONTDUMP);
    return region;
}

void sys_region_destroy(void *region, size_t bytes) { munmap(region, rounded(bytes) + page_size()); }
