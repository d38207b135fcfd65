#pragma once
// What the wide kernels do to sixteen lanes: loads and stores of fewer than sixteen, e^x. Nothing here or beside it names an
// instruction: simd.h and pairs.h of a set are the vocabulary.
#include "../exponential.h"
#include <string.h>

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
