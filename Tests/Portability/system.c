// What stands beside the kernels: threads, memory, the loops that measure the processor.
#include "check.h"
#include "cpool.h"
#include "csystem.h"
#include "peaks.h"
#include <unistd.h>

enum { parts = 1000, pool_threads = 3 };

static void count_part(void *context, size_t part) { ((uint32_t *)context)[part]++; }

static int check_pool(void) {
    uint32_t *counts = zeros(parts * 4);
    struct sys_pool *pool = sys_pool_create(pool_threads, 50, 1);
    if (!pool) return 0;
    struct sys_pool_window window;
    for (size_t run = 0; run < 20; run++) {
        sys_pool_use(pool, 1 + run % pool_threads);
        sys_pool_run(pool, count_part, counts, parts, &window);
    }
    // The window says no more than what so many threads can do in the time that was spent.
    uint32_t runs = 20;
    do runs++;
    while (!sys_pool_run(pool, count_part, counts, parts, &window));
    sys_pool_destroy(pool);
    int is_right = window.spent >= sys_pool_window_nanoseconds && window.alone > 0;
    is_right &= window.alone <= window.spent * pool_threads;
    for (size_t part = 0; part < parts; part++) is_right &= counts[part] == runs;
    free(counts);
    return is_right;
}

// Whether the system can read a byte there; a fault is an error of the call.
static int is_readable(const uint8_t *byte) {
    int ends[2];
    if (pipe(ends)) return 0;
    int is_read = write(ends[1], byte, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return is_read;
}

// Zeros up to a page that nobody can read.
static int check_region(size_t bytes, size_t alignment) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (bytes + page - 1) / page * page;
    uint8_t *region = sys_region_create(bytes);
    if (!region) return 0;
    int is_right = (uintptr_t)region % (alignment ? alignment : page) == 0;
    for (size_t i = 0; i < body; i += 100) is_right &= region[i] == 0;
    region[0] = region[body - 1] = 1;
    is_right &= is_readable(region + body - 1) && !is_readable(region + body);
    sys_region_destroy(region, bytes);
    return is_right;
}

static int check_peaks(void) {
    uint8_t *bytes = zeros(4096);
    for (int kind = 0; kind < kernel_peak_count; kind++) {
        struct kernel_peak peak = kernel_peak_for(kind);
        peak.meeting = (struct kernel_meeting){1, 0};
        peak.rounds = 100;
        if (peak.loop) kernel_peak_part(&peak, 0);
    }
    struct kernel_read read = {{1, 0}, kernel_read_loop(), bytes, 4096, 3};
    kernel_read_part(&read, 0);
    free(bytes);
    return kernel_peak_for(kernel_peak_f32).loop != NULL;
}

int check_system(void) {
    uint8_t random[16] = {0}, none[16] = {0};
    size_t huge = 2 << 20;
    int is_right = check_pool() && check_region(12293, 0) && check_region(huge - 5, 0) && check_region(huge, huge);
    is_right = is_right && check_region(3 * huge + 70001, huge) && check_peaks();
    is_right = is_right && sys_affinity_count() > 0 && sys_random(random, sizeof random) == 0;
    return is_right && memcmp(random, none, sizeof none);
}
