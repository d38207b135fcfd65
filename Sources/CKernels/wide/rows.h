#pragma once
// The row-wise operations over sixteen lanes; the order of every sum is that of scalar/rows.c.
#include "../include/kernels.h"
#include "../round.h"
#include "lanes.h"

static void wide_rms_norm(const float *x, const float *weight, float epsilon, size_t columns, float *out) {
    f32x16 squares = v_zero();
    for (size_t i = 0; i < columns; i += 16) {
        f32x16 a = v_load_some(x + i, columns - i);
        squares = v_fma(a, a, squares);
    }
    float inverse = 1.0f / __builtin_sqrtf(v_fold(squares) / (float)columns + epsilon);
    for (size_t i = 0; i < columns; i += 16) {
        f32x16 a = v_mul(v_load_some(x + i, columns - i), v_broadcast(inverse));
        v_store_some(out + i, v_mul(a, v_load_some(weight + i, columns - i)), columns - i);
    }
}

static void wide_silu_multiply(const float *gate, const float *up, size_t columns, float *out) {
    for (size_t i = 0; i < columns; i += 16) {
        f32x16 a = v_load_some(gate + i, columns - i);
        f32x16 silu = v_div(a, v_add(v_broadcast(1.0f), v_exp(v_negate(a))));
        v_store_some(out + i, v_mul(silu, v_load_some(up + i, columns - i)), columns - i);
    }
}

static void wide_round(const float *x, size_t columns, uint32_t *pairs) { round_row(x, columns, pairs); }

static void wide_group_sums(const float *x, size_t columns, size_t group, float *out) {
    for (size_t first = 0; first < columns; first += group) {
        size_t end = first + group < columns ? first + group : columns;
        f32x16 lanes = v_zero();
        for (size_t i = first; i < end; i += 16) lanes = v_add(lanes, v_load_some(x + i, end - i));
        *out++ = v_fold(lanes);
    }
}

INLINE void rotate_pair(float *a, float *b, float cosine, float sine) {
    float first = *a, second = *b;
    *a = __builtin_fmaf(first, cosine, -(second * sine));
    *b = __builtin_fmaf(second, cosine, first * sine);
}

static void wide_rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t distance,
                        size_t step) {
    if (step == 1) {
        float *restrict a = x, *restrict b = x + distance;
        for (size_t p = 0; p < pairs; p++) rotate_pair(a + p, b + p, cosines[p], sines[p]);
    } else {
        for (size_t p = 0; p < pairs; p++) rotate_pair(x + 2 * p, x + 2 * p + 1, cosines[p], sines[p]);
    }
}
