#pragma once
// What the wide kernels do to sixteen lanes: folds, loads and stores of fewer than sixteen, e^x.
#include "../exponential.h"
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
