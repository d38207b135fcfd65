#pragma once
// Dot products of bytes in single instructions: NEON with SDOT.
#include <arm_neon.h>

/// sum += the four products of signed bytes in every lane.
static inline __attribute__((always_inline)) int32x4_t quad_dots(int32x4_t sum, int8x16_t a, int8x16_t b) {
    return vdotq_s32(sum, a, b);
}
