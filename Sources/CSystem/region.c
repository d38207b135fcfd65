#define _GNU_SOURCE
#include "cpool.h"
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

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

// Whole huge pages of the part: two threads that reach a page for the first time at once would both clear one.
void sys_region_touch_part(void *context, size_t part) {
    const struct sys_region_touch *touch = context;
    uintptr_t first = (uintptr_t)touch->region + touch->start, end = (uintptr_t)touch->region + touch->end;
    uintptr_t from = first / huge_page * huge_page + part * huge_page, to = from + huge_page;
    if (from < first) from = first / page_size() * page_size();
    if (to > end) to = (end + page_size() - 1) / page_size() * page_size();
    // Where the system cannot do it, pages come when they are written to.
    if (from < to) madvise((void *)from, to - from, MADV_POPULATE_WRITE);
}

size_t sys_region_touch_parts(const struct sys_region_touch *touch) {
    uintptr_t first = ((uintptr_t)touch->region + touch->start) / huge_page;
    uintptr_t end = ((uintptr_t)touch->region + touch->end + huge_page - 1) / huge_page;
    return end > first ? (size_t)(end - first) : 0;
}
