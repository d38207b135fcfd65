// Stands before the C library's allocator in a test binary and counts calls, thread by thread, and the bytes
// that are allocated.
#define _GNU_SOURCE
#include "allocation_count.h"
#include <errno.h>
#include <malloc.h>
#include <stddef.h>

static _Thread_local uint64_t count;
static _Thread_local int64_t bytes, highest;

uint64_t allocation_count(void) { return count; }

int64_t allocated_bytes(void) { return bytes; }

int64_t highest_allocated_bytes(void) { return highest; }

void forget_highest_allocated_bytes(void) { highest = bytes; }

#if defined(__GLIBC__) && !(defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t members, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *old);

static void *noted(void *memory) {
    count++;
    if (memory) bytes += (int64_t)malloc_usable_size(memory);
    if (bytes > highest) highest = bytes;
    return memory;
}

void free(void *old) {
    if (old) bytes -= (int64_t)malloc_usable_size(old);
    __libc_free(old);
}

void *malloc(size_t size) {
    return noted(__libc_malloc(size));
}

void *calloc(size_t members, size_t size) {
    return noted(__libc_calloc(members, size));
}

void *realloc(void *old, size_t size) {
    int64_t before = old ? (int64_t)malloc_usable_size(old) : 0;
    void *memory = __libc_realloc(old, size);
    // Where it moved, both blocks were there.
    if (memory && memory != old) highest = bytes + (int64_t)size > highest ? bytes + (int64_t)size : highest;
    if (memory || size == 0) bytes -= before;
    return noted(memory);
}

void *memalign(size_t alignment, size_t size) {
    return noted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
    void *memory = memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}
#endif
