#pragma once
// The row-wise operations over sixteen lanes; the order of every sum is that of scalar/rows.c.
#include "../exponential.h"
#include "../include/kernels.h"
#include <string.h>

/// The lanes folded in halves: 8, 4, 2, 1.
INLINE float v_fold(f32x16 a) {
    __m256 eight = _mm256_add_ps(v_low(a), v_high(a));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/// The first `count` lanes, zero in the others.
INLINE f32x16 v_load_part(const float *p, size_t count) {
    float lanes[16] = {0};
    memcpy(lanes, p, (count < 16 ? count : 16) * 4);
    return v_load(lanes);
}

INLINE void v_store_part(float *p, f32x16 a, size_t count) {
    float lanes[16];
    v_store(lanes, a);
    memcpy(p, lanes, (count < 16 ? count : 16) * 4);
}

INLINE f32x16 v_load_some(const float *p, size_t count) { return count < 16 ? v_load_part(p, count) : v_load(p); }

INLINE void v_store_some(float *p, f32x16 a, size_t count) {
    if (count < 16) v_store_part(p, a, count);
    else v_store(p, a);
}

INLINE f32x16 v_exp(f32x16 x) {
    f32x16 clamped = v_min(v_max(x, v_broadcast(EXP_LOWEST)), v_broadcast(EXP_HIGHEST));
    f32x16 shifted = v_fma(clamped, v_broadcast(EXP_LOG2E), v_broadcast(EXP_ROUND));
    f32x16 n = v_sub(shifted, v_broadcast(EXP_ROUND));
    f32x16 r = v_fma(n, v_broadcast(-EXP_LN2_HIGH), clamped);
    r = v_fma(n, v_broadcast(-EXP_LN2_LOW), r);
    f32x16 p = v_fma(v_broadcast(EXP_C6), r, v_broadcast(EXP_C5));
    p = v_fma(p, r, v_broadcast(EXP_C4));
    p = v_fma(p, r, v_broadcast(EXP_C3));
    p = v_fma(p, r, v_broadcast(EXP_C2));
    p = v_fma(p, r, v_broadcast(1.0f));
    p = v_fma(p, r, v_broadcast(1.0f));
    return v_zero_below(x, v_broadcast(EXP_LOWEST), v_mul(p, v_power(shifted)));
}

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
