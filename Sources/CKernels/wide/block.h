#pragma once
// Many rows: the codes of a few panels and up to 256 inputs are turned into floats in the first-level cache and used by
// blocks of six rows; unfinished sums wait in memory, exactly as they are.
#include "panels.h"

enum { chunk_inputs = 256, chunk_rows = 96, tile_rows = 6 };

struct chunk {
    float codes[block_panels][chunk_inputs * 16];
    float d[block_panels][chunk_inputs], m[block_panels][chunk_inputs];
    float acc[chunk_rows][block_panels * 16];
    size_t panel, first, inputs, row;
};

INLINE void unpack(struct chunk *chunk, const struct kernel_matrix *matrix, size_t p, const enum storage storage,
                   const enum scaling scaling, const size_t group) {
    const uint8_t *codes = matrix->panels + (chunk->panel + p) * matrix->panel_bytes;
    const uint8_t *scales = codes + scale_offset(storage, matrix->inputs);
    nibble_table table = v_table(layouts[matrix->format].base);
    float *out = chunk->codes[p];
    if (storage == storage_nibble) {
        for (size_t k = 0; k < chunk->inputs; k += 8) {
            words w = v_words(codes + (chunk->first + k) * 8);
            for (int j = 0; j < 8; j++) v_store(out + (k + (size_t)j) * 16, v_nibble(w, j, table));
        }
    } else {
        for (size_t k = 0; k < chunk->inputs; k++) v_store(out + k * 16, code_at(storage, codes, chunk->first + k));
    }
    if (scaling == scaling_none) return;
    for (size_t g = 0; g < chunk->inputs / group; g++) {
        v_store(&chunk->d[p][g * 16], group_scale(scaling, group, scales, chunk->first / group + g));
        if (!adds_minimum(scaling)) continue;
        v_store(&chunk->m[p][g * 16], group_minimum(scaling, group, scales, chunk->first / group + g));
    }
}

INLINE void tile(struct chunk *chunk, const struct kernel_multiply *job, size_t row, const enum scaling scaling,
                 const size_t group, const size_t rows) {
    const float *x = job->x + (chunk->row + row) * job->x_stride + chunk->first;
    const float *sums = job->sums + (chunk->row + row) * job->sums_stride + chunk->first / group;
    f32x16 acc[tile_rows * block_panels];
    for (size_t i = 0; i < rows * block_panels; i++) {
        acc[i] = chunk->first ? v_load(&chunk->acc[row + i / block_panels][i % block_panels * 16]) : v_zero();
    }
    for (size_t first = 0, g = 0; first < chunk->inputs; first += group, g++) {
        size_t count = chunk->inputs - first < group ? chunk->inputs - first : group;
        f32x16 s[tile_rows * block_panels];
        for (size_t i = 0; i < rows * block_panels; i++) s[i] = v_zero();
#pragma clang loop unroll_count(4)
        for (size_t k = first; k < first + count; k++) {
            f32x16 q[block_panels];
            for (size_t p = 0; p < block_panels; p++) q[p] = v_load(&chunk->codes[p][k * 16]);
            for (size_t r = 0; r < rows; r++) {
                f32x16 xk = v_broadcast(x[r * job->x_stride + k]);
                for (size_t p = 0; p < block_panels; p++) {
                    s[r * block_panels + p] = v_fma(q[p], xk, s[r * block_panels + p]);
                }
            }
        }
        for (size_t i = 0; i < rows * block_panels; i++) {
            f32x16 d = v_load(&chunk->d[i % block_panels][g * 16]), m = v_load(&chunk->m[i % block_panels][g * 16]);
            acc[i] = close_group(scaling, acc[i], s[i], d, m, sums + i / block_panels * job->sums_stride + g);
        }
    }
    for (size_t i = 0; i < rows * block_panels; i++) {
        v_store(&chunk->acc[row + i / block_panels][i % block_panels * 16], acc[i]);
    }
}

INLINE void tiles(struct chunk *chunk, const struct kernel_multiply *job, size_t rows, const enum scaling scaling,
                  const size_t group) {
    size_t row = 0;
    for (; row + tile_rows <= rows; row += tile_rows) tile(chunk, job, row, scaling, group, tile_rows);
    switch (rows - row) {
    case 1: tile(chunk, job, row, scaling, group, 1); break;
    case 2: tile(chunk, job, row, scaling, group, 2); break;
    case 3: tile(chunk, job, row, scaling, group, 3); break;
    case 4: tile(chunk, job, row, scaling, group, 4); break;
    case 5: tile(chunk, job, row, scaling, group, 5); break;
    default: break;
    }
}

// How a group is closed decides the tile; the kinds of scale with the same arithmetic share one.
typedef void tiles_function(struct chunk *, const struct kernel_multiply *, size_t rows);
static void tiles_plain(struct chunk *c, const struct kernel_multiply *job, size_t n) { tiles(c, job, n, scaling_none, 32); }
static void tiles_d32(struct chunk *c, const struct kernel_multiply *job, size_t n) { tiles(c, job, n, scaling_half, 32); }
static void tiles_d16(struct chunk *c, const struct kernel_multiply *job, size_t n) { tiles(c, job, n, scaling_half, 16); }
static void tiles_m32(struct chunk *c, const struct kernel_multiply *job, size_t n) { tiles(c, job, n, scaling_half_min, 32); }
static void tiles_m16(struct chunk *c, const struct kernel_multiply *job, size_t n) { tiles(c, job, n, scaling_half_min, 16); }

INLINE tiles_function *tiles_for(const enum scaling scaling, const size_t group) {
    if (scaling == scaling_none) return tiles_plain;
    if (adds_minimum(scaling)) return group == 32 ? tiles_m32 : tiles_m16;
    return group == 32 ? tiles_d32 : tiles_d16;
}

INLINE void block_rows(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                       const enum scaling scaling, const size_t group) {
    tiles_function *run = tiles_for(scaling, group);
    const struct kernel_matrix *matrix = &job->matrix;
    struct chunk chunk;
    for (chunk.row = 0; chunk.row < job->rows; chunk.row += chunk_rows) {
        size_t rows = job->rows - chunk.row < chunk_rows ? job->rows - chunk.row : chunk_rows;
        for (chunk.panel = first; chunk.panel < end; chunk.panel += block_panels) {
            size_t panels = end - chunk.panel < block_panels ? end - chunk.panel : block_panels;
            for (chunk.first = 0; chunk.first < matrix->inputs; chunk.first += chunk_inputs) {
                size_t left = matrix->inputs - chunk.first;
                chunk.inputs = left < chunk_inputs ? left : chunk_inputs;
                for (size_t p = 0; p < panels; p++) unpack(&chunk, matrix, p, storage, scaling, group);
                run(&chunk, job, rows);
            }
            for (size_t i = 0; i < rows * panels; i++) {
                f32x16 value = v_load(&chunk.acc[i / panels][i % panels * 16]);
                finish(job, chunk.panel + i % panels, chunk.row + i / panels, value);
            }
        }
    }
}
