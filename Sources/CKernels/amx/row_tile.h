#pragma once
// Sixteen rows of activations times a chunk of a panel. Tiles sum the products of codes, which is exact; vectors scale
// the sums as scalar/multiply.c orders it, two blocks behind the tiles, so that both work at once.
#include "chunk.h"
#include "tiles.h"

enum { row_tile = 16, block_sums = 2 * row_tile * 16, tile_lead = 2, sum_buffers = 4 };

struct row_tile_job {
    /// Codes and groups of the first row at the first block of the chunk, and the bytes from row to row.
    const int8_t *x;
    const uint8_t *groups;
    size_t code_stride, group_bytes;
    const struct chunk *chunk;
    size_t blocks;
    /// Weights that the next chunk will read, asked for meanwhile: so many lines with each block.
    const uint8_t *ahead;
    size_t ahead_lines;
    /// Sixteen outputs of sixteen rows, carried from chunk to chunk.
    float *acc;
};

/// Tiles 0 and 1 are the sums of two blocks, 4 and 5 activations of 32 inputs, 6 and 7 weights.
static const struct tile_config whole_config = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 32, 32, 64, 64},
    .rows = {row_tile, row_tile, row_tile, row_tile, row_tile, row_tile, 8, 8},
};
/// Tiles 0 to 3 are the sums of the halves of two blocks, 4 and 5 activations of 16 inputs, 6 and 7 weights.
static const struct tile_config halves_config = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 16, 16, 64, 64},
    .rows = {row_tile, row_tile, row_tile, row_tile, row_tile, row_tile, 4, 4},
};

#define DOT_TILE(both, rows, columns, x, codes)  \
    tile_zero(both);                             \
    tile_load(rows, x, job.code_stride);         \
    tile_load(columns, codes, tile_row_bytes);   \
    tile_dot(both, rows, columns)

/// Sums of block b: [row][output].
INLINE void dot_whole(const struct row_tile_job job, size_t b, int32_t *sums) {
    const int8_t *x = job.x + b * block_inputs, *codes = job.chunk->codes + b * block_code_bytes;
    if (b % 2) {
        DOT_TILE(1, 5, 7, x, codes);
        tile_store(1, sums, tile_row_bytes);
    } else {
        DOT_TILE(0, 4, 6, x, codes);
        tile_store(0, sums, tile_row_bytes);
    }
}

/// Sums of the halves of block b: [half][row][output].
INLINE void dot_halves(const struct row_tile_job job, size_t b, int32_t *sums) {
    const int8_t *x = job.x + b * block_inputs, *codes = job.chunk->codes + b * block_code_bytes;
    if (b % 2) {
        DOT_TILE(2, 4, 6, x, codes);
        DOT_TILE(3, 5, 7, x + 16, codes + 256);
        tile_store(2, sums, tile_row_bytes);
        tile_store(3, sums + 256, tile_row_bytes);
    } else {
        DOT_TILE(0, 4, 6, x, codes);
        DOT_TILE(1, 5, 7, x + 16, codes + 256);
        tile_store(0, sums, tile_row_bytes);
        tile_store(1, sums + 256, tile_row_bytes);
    }
}

INLINE void dot_block(const struct row_tile_job job, size_t b, const size_t group, int32_t *sums) {
    if (group == block_inputs) dot_whole(job, b, sums);
    else dot_halves(job, b, sums);
}

INLINE f32x16 sum_floats(const int32_t *sums, size_t half, size_t row) {
    return w_floats(_mm512_load_si512(sums + half * 256 + row * 16));
}

INLINE const struct kernel_activation_group *group_at(const struct row_tile_job job, size_t b, size_t row) {
    const uint8_t *first = job.groups + b * sizeof(struct kernel_activation_group);
    return (const struct kernel_activation_group *)(const void *)(first + row * job.group_bytes);
}

/// A block whose weights share a scale.
INLINE void scale_whole(const struct row_tile_job job, size_t b, const int32_t *sums, const int minimum, f32x16 *acc) {
    f32x16 d = v_load(job.chunk->scales[b]), m = minimum ? v_load(job.chunk->minimums[b]) : d;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < row_tile; r++) {
        const struct kernel_activation_group *x = group_at(job, b, r);
        f32x16 t = v_mul(sum_floats(sums, 0, r), d);
        if (minimum) t = v_fma(m, v_broadcast(x->sum), t);
        acc[r] = v_fma(t, v_broadcast(x->scale), acc[r]);
    }
}

/// A block whose halves have scales of their own.
INLINE void scale_halves(const struct row_tile_job job, size_t b, const int32_t *sums, const int minimum, f32x16 *acc) {
    f32x16 d0 = v_load(job.chunk->scales[2 * b]), d1 = v_load(job.chunk->scales[2 * b + 1]), m0 = d0, m1 = d1;
    if (minimum) m0 = v_load(job.chunk->minimums[2 * b]), m1 = v_load(job.chunk->minimums[2 * b + 1]);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < row_tile; r++) {
        const struct kernel_activation_group *x = group_at(job, b, r);
        f32x16 t = v_fma(sum_floats(sums, 1, r), d1, v_mul(sum_floats(sums, 0, r), d0));
        if (minimum) {
            t = v_fma(m0, v_broadcast((float)-x->negated_first), t);
            t = v_fma(m1, v_broadcast((float)(x->negated_first - x->negated)), t);
        }
        acc[r] = v_fma(t, v_broadcast(x->scale), acc[r]);
    }
}

INLINE void row_tile_run(const struct row_tile_job job, const size_t group, const int minimum) {
    int32_t sums[sum_buffers][block_sums] __attribute__((aligned(64)));
    f32x16 acc[row_tile];
    for (size_t r = 0; r < row_tile; r++) acc[r] = v_load(job.acc + r * 16);
    for (size_t b = 0; b < job.blocks && b < tile_lead; b++) dot_block(job, b, group, sums[b]);
    for (size_t b = 0; b < job.blocks; b++) {
        const size_t next = b + tile_lead;
        if (next < job.blocks) dot_block(job, next, group, sums[next % sum_buffers]);
        const uint8_t *ahead = job.ahead + b * job.ahead_lines * 64;
        for (size_t i = 0; i < job.ahead_lines; i++) __builtin_prefetch(ahead + i * 64, 0, 2);
        const int32_t *ready = sums[b % sum_buffers];
        if (group == block_inputs) scale_whole(job, b, ready, minimum, acc);
        else scale_halves(job, b, ready, minimum, acc);
    }
    for (size_t r = 0; r < row_tile; r++) v_store(job.acc + r * 16, acc[r]);
}

static void run_whole(const struct row_tile_job *job) { row_tile_run(*job, 32, 0); }
static void run_whole_minimum(const struct row_tile_job *job) { row_tile_run(*job, 32, 1); }
static void run_half(const struct row_tile_job *job) { row_tile_run(*job, 16, 0); }
static void run_half_minimum(const struct row_tile_job *job) { row_tile_run(*job, 16, 1); }

typedef void (*row_tile_runner)(const struct row_tile_job *);

static inline row_tile_runner row_tile_runner_of(int format) {
    const int minimum = adds_minimum(layouts[format].scaling);
    if (layouts[format].group == block_inputs) return minimum ? run_whole_minimum : run_whole;
    return minimum ? run_half_minimum : run_half;
}
