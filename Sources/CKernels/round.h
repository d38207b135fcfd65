#pragma once
// Rows of activations as bfloat pairs: plain C, which each instruction set compiles for itself.
#include "layout.h"

static inline __attribute__((always_inline)) void round_row(const float *x, size_t columns, uint32_t *pairs) {
    for (size_t p = 0; p < columns / 2; p++) {
        pairs[p] = bfloat_bits(x[2 * p]) | (uint32_t)bfloat_bits(x[2 * p + 1]) << 16;
    }
    if (columns % 2) pairs[columns / 2] = bfloat_bits(x[columns - 1]);
}
