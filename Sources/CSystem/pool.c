#define _GNU_SOURCE
#include "cpool.h"
#include "csystem.h"
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// How many pauses pass between two looks at the clock.
enum { pauses_per_look = 64 };
// A wait that lasts longer, and longer than some parts, is for a thread that has lost its core.
enum { suspicious_nanoseconds = 100 * 1000, suspicious_parts = 2 };
enum { part_bits = 20, worker_stack_bytes = 1 << 20 };

// What a thread did of the last job in which it took part: how many parts, in which time, and when none was left.
struct account {
    _Alignas(64) _Atomic uint32_t epoch;
    _Atomic int64_t parts, nanoseconds, end;
};

// One job at a time. The ticket holds the number of parts and the next part; claiming is one addition. A claim below
// the number of parts keeps the job alive until it is counted in `done`, so body and context may be read after it.
struct sys_pool {
    _Alignas(64) _Atomic uint64_t ticket;
    void (*body)(void *, size_t);
    void *context;
    _Alignas(64) _Atomic uint32_t epoch;
    _Atomic uint32_t sleepers;
    _Atomic uint32_t stopping;
    // Threads that share a job; a worker whose number is not below it sleeps until it changes.
    _Atomic uint32_t active;
    _Alignas(64) _Atomic uint32_t done;
    _Atomic uint32_t caller_sleeps;
    _Atomic uint32_t living;
    _Atomic uint32_t busy;
    _Atomic uint32_t started;
    size_t threads;
    // How long a thread spins before it sleeps.
    int64_t spin_nanoseconds;
    int pins;
    // Owned by the caller that is `busy`.
    struct sys_pool_window window;
    struct account accounts[];
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

// Claims and runs parts until none is left; the last one done wakes a sleeping caller. Returns how many it ran.
static size_t work(struct sys_pool *pool) {
    for (size_t ran = 0;; ran++) {
        uint64_t seen = atomic_load_explicit(&pool->ticket, memory_order_acquire);
        if ((seen & ((1u << part_bits) - 1)) >= seen >> 32) return ran;
        uint64_t mine = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_acq_rel);
        uint32_t part = mine & ((1u << part_bits) - 1), parts = (uint32_t)(mine >> 32);
        if (part >= parts) return ran;
        pool->body(pool->context, part);
        uint32_t finished = atomic_fetch_add(&pool->done, 1) + 1;
        if (finished == parts && atomic_load(&pool->caller_sleeps)) futex_wake(&pool->done, 1);
    }
}

// Works on the job of an epoch, and notes what it did since `start`; returns the time at which no part was left.
static int64_t work_on_account(struct sys_pool *pool, uint32_t number, uint32_t epoch, int64_t start) {
    struct account *account = &pool->accounts[number];
    size_t ran = work(pool);
    int64_t end = now();
    if (!ran) return end;
    atomic_store_explicit(&account->parts, (int64_t)ran, memory_order_relaxed);
    atomic_store_explicit(&account->nanoseconds, end - start, memory_order_relaxed);
    atomic_store_explicit(&account->end, end, memory_order_relaxed);
    atomic_store_explicit(&account->epoch, epoch, memory_order_release);
    return end;
}

static void worker(void *raw) {
    struct sys_pool *pool = raw;
    uint32_t number = atomic_fetch_add(&pool->started, 1) + 1;
    if (pool->pins) sys_thread_pin(number);
    while (!atomic_load(&pool->stopping)) {
        uint32_t active = atomic_load(&pool->active);
        if (number >= active) {
            futex_wait(&pool->active, active);
            continue;
        }
        uint32_t epoch = atomic_load(&pool->epoch);
        work_on_account(pool, number, epoch, now());
        if (spin_until_changed(&pool->epoch, epoch, pool->spin_nanoseconds)) continue;
        atomic_fetch_add(&pool->sleepers, 1);
        if (!atomic_load(&pool->stopping)) futex_wait(&pool->epoch, epoch);
        atomic_fetch_sub(&pool->sleepers, 1);
    }
    if (atomic_fetch_sub(&pool->living, 1) == 1) futex_wake(&pool->living, 1);
}

struct sys_pool *sys_pool_create(size_t threads, uint32_t spin_microseconds, int pins) {
    size_t bytes = sizeof(struct sys_pool) + threads * sizeof(struct account);
    struct sys_pool *pool = aligned_alloc(64, bytes);
    if (!pool) return NULL;
    memset(pool, 0, bytes);
    pool->threads = threads;
    pool->spin_nanoseconds = (int64_t)spin_microseconds * 1000;
    pool->pins = pins;
    atomic_store(&pool->active, (uint32_t)threads);
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

// Waits until all parts are done, and returns the time.
static int64_t wait_for_workers(struct sys_pool *pool, uint32_t parts, int64_t time) {
    if (atomic_load_explicit(&pool->done, memory_order_acquire) == parts) return time;
    for (uint32_t done; (done = atomic_load_explicit(&pool->done, memory_order_acquire)) != parts;) {
        if (spin_until_changed(&pool->done, done, pool->spin_nanoseconds)) continue;
        atomic_store(&pool->caller_sleeps, 1);
        done = atomic_load(&pool->done);
        if (done != parts) futex_wait(&pool->done, done);
        atomic_store(&pool->caller_sleeps, 0);
    }
    return now();
}

// The time of a part at the pace of a thread in the job of an epoch; 0 where it took none, or has not noted it yet.
static int64_t pace(struct account *account, uint32_t epoch) {
    if (atomic_load_explicit(&account->epoch, memory_order_acquire) != epoch) return 0;
    int64_t parts = atomic_load_explicit(&account->parts, memory_order_relaxed);
    return parts ? atomic_load_explicit(&account->nanoseconds, memory_order_relaxed) / parts : 0;
}

// What one thread would have taken for a job that has lasted `spent` until `end`: all parts at the pace of the caller,
// or of a worker that waited so long that it must have been the caller who lost its core.
static int64_t time_alone(struct sys_pool *pool, uint32_t epoch, int64_t parts, int64_t spent, int64_t end) {
    int64_t own = pace(&pool->accounts[0], epoch);
    for (size_t i = 1; i < pool->threads && spent > suspicious_nanoseconds; i++) {
        int64_t other = pace(&pool->accounts[i], epoch);
        int64_t wait = end - atomic_load_explicit(&pool->accounts[i].end, memory_order_relaxed);
        int is_suspicious = other > 0 && wait > suspicious_nanoseconds && wait > suspicious_parts * other;
        if (is_suspicious && (own == 0 || other < own)) own = other;
    }
    int64_t most = spent * (int64_t)pool->threads;
    return own * parts < most ? own * parts : most;
}

// Begins at `start`; returns the time of the end.
static int64_t fork_join(struct sys_pool *pool, void (*body)(void *, size_t), void *context, size_t parts,
                         int64_t start) {
    pool->body = body;
    pool->context = context;
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    atomic_store(&pool->ticket, (uint64_t)parts << 32);
    uint32_t epoch = atomic_fetch_add(&pool->epoch, 1) + 1;
    uint32_t sleepers = atomic_load(&pool->sleepers);
    if (sleepers) futex_wake(&pool->epoch, (int)(sleepers < parts ? sleepers : parts));
    int64_t end = wait_for_workers(pool, (uint32_t)parts, work_on_account(pool, 0, epoch, start));
    size_t active = atomic_load(&pool->active);
    active = active < pool->threads ? active : pool->threads;
    // Threads for which a job has no part have not lost their core.
    size_t places = (parts + active - 1) / active * active;
    pool->window.alone += time_alone(pool, epoch, (int64_t)places, end - start, end);
    return end;
}

static void run_alone(void (*body)(void *, size_t), void *context, size_t parts) {
    for (size_t part = 0; part < parts; part++) body(context, part);
}

int sys_pool_run(struct sys_pool *pool, void (*body)(void *, size_t), void *context, size_t parts,
                 struct sys_pool_window *window) {
    if (parts < 2 || pool->threads < 2 || atomic_exchange(&pool->busy, 1)) {
        run_alone(body, context, parts);
        return 0;
    }
    int64_t start = now(), end;
    if (atomic_load(&pool->active) > 1) {
        end = fork_join(pool, body, context, parts, start);
    } else {
        run_alone(body, context, parts);
        end = now();
    }
    pool->window.spent += end - start;
    int is_over = pool->window.spent >= sys_pool_window_nanoseconds;
    if (is_over) {
        *window = pool->window;
        pool->window = (struct sys_pool_window){0, 0};
    }
    atomic_store(&pool->busy, 0);
    return is_over;
}

void sys_pool_use(struct sys_pool *pool, size_t threads) {
    atomic_store(&pool->active, (uint32_t)threads);
    futex_wake(&pool->active, INT32_MAX);
}

void sys_pool_destroy(struct sys_pool *pool) {
    atomic_store(&pool->stopping, 1);
    // No worker goes to sleep on a number that has changed.
    sys_pool_use(pool, UINT32_MAX);
    atomic_fetch_add(&pool->epoch, 1);
    futex_wake(&pool->epoch, INT32_MAX);
    for (uint32_t living; (living = atomic_load(&pool->living));) futex_wait(&pool->living, living);
    free(pool);
}
