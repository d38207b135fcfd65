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
    for (int run = 0; run < 20; run++) sys_pool_run(pool, count_part, counts, parts);
    sys_pool_destroy(pool);
    int is_right = 1;
    for (size_t part = 0; part < parts; part++) is_right &= counts[part] == 20;
    free(counts);
    return is_right;
}

static int check_region(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 3 * page + 5;
    uint8_t *region = sys_region_create(bytes);
    if (!region) return 0;
    int is_right = region[0] == 0 && (uintptr_t)region % page == 0;
    region[bytes - 1] = 1;
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
    int is_right = check_pool() && check_region() && check_peaks();
    is_right = is_right && sys_affinity_count() > 0 && sys_random(random, sizeof random) == 0;
    return is_right && memcmp(random, none, sizeof none);
}
