#pragma once
// Dot products of bytes in plain NEON: products of sixteen bits, then sums of pairs.
#include <arm_neon.h>

/// sum += the four products of signed bytes in every lane. No two factors are both -128, so that a pair fits 16 bits.
static inline __attribute__((always_inline)) int32x4_t quad_dots(int32x4_t sum, int8x16_t a, int8x16_t b) {
    int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b)), high = vmull_high_s8(a, b);
    return vpadalq_s16(sum, vpaddq_s16(low, high));
}
