#define _GNU_SOURCE
#include "cpool.h"
#include "csystem.h"
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// How many pauses pass between two looks at the clock.
enum { pauses_per_look = 64 };
enum { part_bits = 20, worker_stack_bytes = 1 << 20 };

// One job at a time. The ticket holds the number of parts and the next part; claiming is one addition. A claim below
// the number of parts keeps the job alive until it is counted in `done`, so body and context may be read after it.
struct sys_pool {
    _Alignas(64) _Atomic uint64_t ticket;
    void (*body)(void *, size_t);
    void *context;
    _Alignas(64) _Atomic uint32_t epoch;
    _Atomic uint32_t sleepers;
    _Atomic uint32_t stopping;
    _Alignas(64) _Atomic uint32_t done;
    _Atomic uint32_t caller_sleeps;
    _Atomic uint32_t living;
    _Atomic uint32_t busy;
    _Atomic uint32_t started;
    size_t threads;
    // How long a thread spins before it sleeps.
    int64_t spin_nanoseconds;
    int pins;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
    syscall(SYS_futex, (void *)word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, (void *)word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Spins until the word differs from `seen`, then returns 1; returns 0 when the time is over.
static int spin_until_changed(_Atomic uint32_t *word, uint32_t seen, int64_t spin_nanoseconds) {
    if (spin_nanoseconds <= 0) return atomic_load_explicit(word, memory_order_acquire) != seen;
    int64_t deadline = now() + spin_nanoseconds;
    do {
        for (int i = 0; i < pauses_per_look; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != seen) return 1;
            pause_briefly();
        }
    } while (now() < deadline);
    return 0;
}

// Claims and runs parts until none is left; the last one done wakes a sleeping caller.
static void work(struct sys_pool *pool) {
    for (;;) {
        uint64_t seen = atomic_load_explicit(&pool->ticket, memory_order_acquire);
        if ((seen & ((1u << part_bits) - 1)) >= seen >> 32) return;
        uint64_t mine = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_acq_rel);
        uint32_t part = mine & ((1u << part_bits) - 1), parts = (uint32_t)(mine >> 32);
        if (part >= parts) return;
        pool->body(pool->context, part);
        uint32_t finished = atomic_fetch_add(&pool->done, 1) + 1;
        if (finished == parts && atomic_load(&pool->caller_sleeps)) futex_wake(&pool->done, 1);
    }
}

static void worker(void *raw) {
    struct sys_pool *pool = raw;
    uint32_t number = atomic_fetch_add(&pool->started, 1) + 1;
    if (pool->pins) sys_thread_pin(number);
    while (!atomic_load(&pool->stopping)) {
        uint32_t epoch = atomic_load(&pool->epoch);
        work(pool);
        if (spin_until_changed(&pool->epoch, epoch, pool->spin_nanoseconds)) continue;
        atomic_fetch_add(&pool->sleepers, 1);
        if (!atomic_load(&pool->stopping)) futex_wait(&pool->epoch, epoch);
        atomic_fetch_sub(&pool->sleepers, 1);
    }
    if (atomic_fetch_sub(&pool->living, 1) == 1) futex_wake(&pool->living, 1);
}

struct sys_pool *sys_pool_create(size_t threads, uint32_t spin_microseconds, int pins) {
    struct sys_pool *pool = aligned_alloc(64, sizeof *pool);
    if (!pool) return NULL;
    *pool = (struct sys_pool){
        .threads = threads, .spin_nanoseconds = (int64_t)spin_microseconds * 1000, .pins = pins};
    for (size_t i = 1; i < threads; i++) {
        char name[16];
        snprintf(name, sizeof name, "compute-%u", (unsigned)(i % 100000));
        atomic_fetch_add(&pool->living, 1);
        if (sys_thread_start(name, worker_stack_bytes, worker, pool)) {
            atomic_fetch_sub(&pool->living, 1);
            sys_pool_destroy(pool);
            return NULL;
        }
    }
    return pool;
}

static void wait_for_workers(struct sys_pool *pool, uint32_t parts) {
    for (uint32_t done; (done = atomic_load_explicit(&pool->done, memory_order_acquire)) != parts;) {
        if (spin_until_changed(&pool->done, done, pool->spin_nanoseconds)) continue;
        atomic_store(&pool->caller_sleeps, 1);
        done = atomic_load(&pool->done);
        if (done != parts) futex_wait(&pool->done, done);
        atomic_store(&pool->caller_sleeps, 0);
    }
}

static void fork_join(struct sys_pool *pool, void (*body)(void *, size_t), void *context, size_t parts) {
    pool->body = body;
    pool->context = context;
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    atomic_store(&pool->ticket, (uint64_t)parts << 32);
    atomic_fetch_add(&pool->epoch, 1);
    uint32_t sleepers = atomic_load(&pool->sleepers);
    if (sleepers) futex_wake(&pool->epoch, (int)(sleepers < parts ? sleepers : parts));
    work(pool);
    wait_for_workers(pool, (uint32_t)parts);
}

void sys_pool_run(struct sys_pool *pool, void (*body)(void *, size_t), void *context, size_t parts) {
    if (parts < 2 || pool->threads < 2 || atomic_exchange(&pool->busy, 1)) {
        for (size_t part = 0; part < parts; part++) body(context, part);
        return;
    }
    fork_join(pool, body, context, parts);
    atomic_store(&pool->busy, 0);
}

void sys_pool_destroy(struct sys_pool *pool) {
    atomic_store(&pool->stopping, 1);
    atomic_fetch_add(&pool->epoch, 1);
    futex_wake(&pool->epoch, INT32_MAX);
    for (uint32_t living; (living = atomic_load(&pool->living));) futex_wait(&pool->living, living);
    free(pool);
}
