#pragma once
// A tile: a few panels times one to eight rows, straight from the packed codes. One code path serves every number of
// rows; the tile is as large as the registers allow, so that turning codes into floats is shared by the rows, loads of
// x by the panels, and enough sums are under way to hide the latency of a multiplication.
#include "quads.h"

enum { tile_sums = 16 };

struct tile {
    const struct kernel_multiply *job;
    /// The first panel and row, and how many of the tile's panels exist: the others repeat the last one, unwritten.
    size_t panel, row, panels;
    const uint8_t *codes[panels_for_1];
};

INLINE void tile_quads(const struct tile *tile, size_t first, const size_t group, const enum storage storage,
                       const size_t panels, const size_t rows, f32x16 *s) {
    const size_t stride = tile->job->x_stride;
    const int base = layouts[tile->job->matrix.format].base;
    const size_t block = code_bytes(storage, first / block_inputs * block_inputs);
    for (size_t l = first % block_inputs / 8, end = l + group / 8; l < end; l++) {
        const float *x = tile->job->x + tile->row * stride + first / block_inputs * block_inputs + l * 8;
        struct line lines[panels_for_1];
        for (size_t p = 0; p < panels; p++) lines[p] = load_line(storage, tile->codes[p] + block, (int)l);
#pragma clang loop unroll(full) // else shifts are by numbers that are not known
        for (int j = 0; j < 8; j++) {
            for (size_t p = 0; p < panels; p++) {
                f32x16 q = quad_value(j % 2 ? lines[p].odd : lines[p].even, j / 2, base);
                for (size_t r = 0; r < rows; r++) {
                    s[p * rows + r] = v_fma(q, v_broadcast(x[r * stride + (size_t)j]), s[p * rows + r]);
                }
            }
        }
    }
}

INLINE void tile_values(const struct tile *tile, size_t first, size_t count, const enum storage storage,
                        const size_t panels, const size_t rows, f32x16 *s) {
    const size_t stride = tile->job->x_stride;
    const float *x = tile->job->x + tile->row * stride;
    for (size_t k = first; k < first + count; k++) {
        for (size_t p = 0; p < panels; p++) {
            f32x16 q = code_at(storage, tile->codes[p], k);
            for (size_t r = 0; r < rows; r++) {
                s[p * rows + r] = v_fma(q, v_broadcast(x[r * stride + k]), s[p * rows + r]);
            }
        }
    }
}

/// The same for bfloat pairs.
INLINE void tile_bfloats(const struct tile *tile, size_t first, size_t count, const size_t panels, const size_t rows,
                         f32x16 *s) {
    const size_t stride = tile->job->x_stride;
    const float *x = tile->job->x + tile->row * stride;
    for (size_t k = first; k < first + count; k += 2) {
        words pairs[panels_for_1];
        for (size_t p = 0; p < panels; p++) pairs[p] = w_load(tile->codes[p] + k * 32);
        for (size_t p = 0; p < panels; p++) {
            f32x16 q = w_bits(w_shift_left(pairs[p], 16));
            for (size_t r = 0; r < rows; r++) {
                s[p * rows + r] = v_fma(q, v_broadcast(x[r * stride + k]), s[p * rows + r]);
            }
        }
        if (k + 1 == first + count) return;
        for (size_t p = 0; p < panels; p++) {
            f32x16 q = w_bits(w_and(pairs[p], w_broadcast((int32_t)0xffff0000u)));
            for (size_t r = 0; r < rows; r++) {
                s[p * rows + r] = v_fma(q, v_broadcast(x[r * stride + k + 1]), s[p * rows + r]);
            }
        }
    }
}

INLINE void tile_plain(const struct tile *tile, size_t first, size_t count, const enum storage storage,
                       const size_t panels, const size_t rows, f32x16 *s) {
    if (storage == storage_bfloat) tile_bfloats(tile, first, count, panels, rows, s);
    else tile_values(tile, first, count, storage, panels, rows, s);
}

/// acc of every panel and row after group g, from its sums of codes.
INLINE void tile_close(const struct tile *tile, size_t g, const enum storage storage, const enum scaling scaling,
                       const size_t group, const size_t panels, const size_t rows, const f32x16 *s, f32x16 *acc) {
    const float *sums = tile->job->sums + tile->row * tile->job->sums_stride + g;
    for (size_t p = 0; p < panels; p++) {
        const uint8_t *scales = tile->codes[p] + scale_offset(storage, tile->job->matrix.inputs);
        f32x16 d = scaling == scaling_none ? v_zero() : group_scale(scaling, group, scales, g);
        f32x16 m = adds_minimum(scaling) ? group_minimum(scaling, group, scales, g) : d;
        for (size_t r = 0; r < rows; r++) {
            f32x16 *a = &acc[p * rows + r];
            *a = close_group(scaling, *a, s[p * rows + r], d, m, sums + r * tile->job->sums_stride);
        }
    }
}

INLINE void tile_run(struct tile *tile, const enum storage storage, const enum scaling scaling, const size_t group,
                     const size_t panels, const size_t rows) {
    const struct kernel_matrix *matrix = &tile->job->matrix;
    f32x16 acc[tile_sums];
    for (size_t p = 0; p < panels; p++) {
        size_t panel = tile->panel + (p < tile->panels ? p : tile->panels - 1);
        tile->codes[p] = matrix->panels + panel * matrix->panel_bytes;
    }
    for (size_t i = 0; i < panels * rows; i++) acc[i] = v_zero();
    for (size_t first = 0, g = 0; first < matrix->inputs; first += group, g++) {
        size_t left = matrix->inputs - first;
        f32x16 s[tile_sums];
        for (size_t i = 0; i < panels * rows; i++) s[i] = v_zero();
        if (scaling != scaling_none) tile_quads(tile, first, group, storage, panels, rows, s);
        else if (left >= group) tile_plain(tile, first, group, storage, panels, rows, s);
        else tile_plain(tile, first, left, storage, panels, rows, s);
        tile_close(tile, g, storage, scaling, group, panels, rows, s, acc);
    }
    for (size_t p = 0; p < panels && p < tile->panels; p++) {
        for (size_t r = 0; r < rows; r++) finish(tile->job, tile->panel + p, tile->row + r, acc[p * rows + r]);
    }
}
