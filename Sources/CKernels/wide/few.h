#pragma once
// One to four rows: several panels at once straight from the packed codes, so that the weights are read once and enough
// sums are under way to hide the latency of a multiplication.
#include "panels.h"

/// Bytes that the codes are asked for ahead of their use.
enum { prefetch_bytes = 1024 };

struct few {
    const struct kernel_multiply *job;
    size_t panel, row;
};

INLINE void few_nibbles(const struct few *few, const uint8_t *const *codes, size_t first, const size_t group,
                        const size_t panels, const size_t rows, nibble_table table, f32x16 *s) {
    const float *x = few->job->x + few->row * few->job->x_stride + first;
    for (size_t line = 0; line < group / 8; line++) {
        words w[4];
        for (size_t p = 0; p < panels; p++) {
            w[p] = v_words(codes[p] + first * 8 + line * 64);
            __builtin_prefetch(codes[p] + first * 8 + line * 64 + prefetch_bytes);
        }
        for (int j = 0; j < 8; j++) {
            for (size_t p = 0; p < panels; p++) {
                f32x16 q = v_nibble(w[p], j, table);
                for (size_t r = 0; r < rows; r++) {
                    f32x16 xk = v_broadcast(x[r * few->job->x_stride + line * 8 + (size_t)j]);
                    s[p * rows + r] = v_fma(q, xk, s[p * rows + r]);
                }
            }
        }
    }
}

INLINE void few_values(const struct few *few, const uint8_t *const *codes, size_t first, size_t count,
                       const enum storage storage, const size_t panels, const size_t rows, f32x16 *s) {
    const float *x = few->job->x + few->row * few->job->x_stride;
    for (size_t k = first; k < first + count; k++) {
        for (size_t p = 0; p < panels; p++) {
            f32x16 q = code_at(storage, codes[p], k);
            for (size_t r = 0; r < rows; r++) {
                s[p * rows + r] = v_fma(q, v_broadcast(x[r * few->job->x_stride + k]), s[p * rows + r]);
            }
        }
    }
}

INLINE void few_tile(const struct few *few, const enum storage storage, const enum scaling scaling, const size_t group,
                     const size_t panels, const size_t rows) {
    const struct kernel_matrix *matrix = &few->job->matrix;
    const size_t inputs = matrix->inputs;
    const float *sums = few->job->sums + few->row * few->job->sums_stride;
    nibble_table table = v_table(layouts[matrix->format].base);
    const uint8_t *codes[4];
    f32x16 acc[16];
    for (size_t p = 0; p < panels; p++) codes[p] = matrix->panels + (few->panel + p) * matrix->panel_bytes;
    for (size_t i = 0; i < panels * rows; i++) acc[i] = v_zero();
    for (size_t first = 0, g = 0; first < inputs; first += group, g++) {
        size_t left = inputs - first;
        f32x16 s[16];
        for (size_t i = 0; i < panels * rows; i++) s[i] = v_zero();
        if (storage == storage_nibble) few_nibbles(few, codes, first, group, panels, rows, table, s);
        else if (left >= group) few_values(few, codes, first, group, storage, panels, rows, s);
        else few_values(few, codes, first, left, storage, panels, rows, s);
        for (size_t p = 0; p < panels; p++) {
            const uint8_t *scales = codes[p] + scale_offset(storage, inputs);
            f32x16 d = scaling == scaling_none ? v_zero() : group_scale(scaling, group, scales, g);
            f32x16 m = adds_minimum(scaling) ? group_minimum(scaling, group, scales, g) : d;
            for (size_t r = 0; r < rows; r++) {
                f32x16 *a = &acc[p * rows + r];
                *a = close_group(scaling, *a, s[p * rows + r], d, m, sums + r * few->job->sums_stride + g);
            }
        }
    }
    for (size_t p = 0; p < panels; p++) {
        for (size_t r = 0; r < rows; r++) finish(few->job, few->panel + p, few->row + r, acc[p * rows + r]);
    }
}

INLINE void few_rows(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                     const enum scaling scaling, const size_t group, const size_t panels, const size_t rows) {
    struct few few = {job, first, 0};
    for (; few.panel + panels <= end; few.panel += panels) few_tile(&few, storage, scaling, group, panels, rows);
    for (; few.panel < end; few.panel++) few_tile(&few, storage, scaling, group, 1, rows);
}
