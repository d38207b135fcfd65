#pragma once
// A fork-join pool and large memory regions.
#include <stddef.h>
#include <stdint.h>

struct sys_pool;

/// What the runs of a window took, and what one thread that nobody disturbs would have taken, in nanoseconds.
struct sys_pool_window {
    int64_t spent, alone;
};

/// Starts threads - 1 workers named compute-1 ... ; NULL when a thread cannot be started. After a run workers spin for
/// `spin_microseconds`, then sleep. With `pins` each is bound to a processor of its own, the first one left to the caller.
struct sys_pool *sys_pool_create(size_t threads, uint32_t spin_microseconds, int pins);
/// Runs body(context, part) for every part < parts, on the caller and whichever workers are awake. Returns when all
/// parts are done. Parts may run in any order and must not touch each other's output. Allocates nothing. parts < 2^19.
/// While another caller's run is under way the parts run on the caller alone.
/// Returns 1, and the window, when runs have taken `sys_pool_window_nanoseconds` since the window before; else 0.
int sys_pool_run(struct sys_pool *pool, void (*body)(void *context, size_t part), void *context, size_t parts,
                 struct sys_pool_window *window);
enum { sys_pool_window_nanoseconds = 50 * 1000 * 1000 };
/// Lets so many threads, the caller included, share the runs that begin from now on; the others sleep.
void sys_pool_use(struct sys_pool *pool, size_t threads);
/// Ends the workers and frees the pool; no run may be under way.
void sys_pool_destroy(struct sys_pool *pool);

/// Zeroed memory that begins with a page, with a huge one where the region is as large and the system grants them, an
/// unreadable page behind it; NULL when there is none.
void *sys_region_create(size_t bytes);
void sys_region_destroy(void *region, size_t bytes);
