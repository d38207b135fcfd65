#pragma once
// The Walsh-Hadamard transform of a row, in groups of 256 values of which the last may be shorter, in plain C. A group is
// transformed piece by piece: each piece is the largest power of two that fits what is left of the group, so that 224
// values are pieces of 128, 64 and 32. Rows are multiples of 32 values.
//
// A piece of n values takes log2(n) stages of sums and differences, the nearest values first:
//     for h = 1, 2, 4 ... n / 2: for every i whose bit h is 0: (x[i], x[i + h]) = (x[i] + x[i + h], x[i] - x[i + h])
//     x[i] = x[i] * factor
// The factor is 1 / sqrt(n): a power of two for 256 and 64, the nearest float for 128 and 32. So the transform preserves
// lengths and products, and is its own inverse.
#include "panel.h"

/// Values of the next piece, where so many of the group are left.
static inline size_t hadamard_piece(size_t left) {
    size_t piece = super_inputs;
    while (piece > left) piece /= 2;
    return piece;
}

static inline float hadamard_factor(size_t piece) {
    switch (piece) {
    case 256: return 0x1p-4f;
    case 128: return 0x1.6a09e6p-4f;
    case 64: return 0x1p-3f;
    default: return 0x1.6a09e6p-3f;
    }
}

static inline void hadamard_transform_piece(float *x, size_t piece) {
    for (size_t h = 1; h < piece; h *= 2) {
        for (size_t first = 0; first < piece; first += 2 * h) {
            for (size_t i = first; i < first + h; i++) {
                float low = x[i], high = x[i + h];
                x[i] = low + high;
                x[i + h] = low - high;
            }
        }
    }
    for (size_t i = 0; i < piece; i++) x[i] *= hadamard_factor(piece);
}

/// Transforms a group in place.
static inline void hadamard_transform(float *x, size_t count) {
    for (size_t first = 0, piece; first < count; first += piece) {
        piece = hadamard_piece(count - first);
        hadamard_transform_piece(x + first, piece);
    }
}

/// Inputs of a group of a row.
static inline size_t hadamard_count(size_t inputs, size_t group) {
    size_t left = inputs - group * super_inputs;
    return left < super_inputs ? left : super_inputs;
}

/// The weights of a group for a lane of a panel: d * code, transformed back.
static inline void hadamard_weights(const struct kernel_matrix *matrix, const uint8_t *panel, size_t lane, size_t group,
                                    float *out) {
    const struct layout *layout = &layouts[matrix->format];
    const uint8_t *scales = panel + scale_offset(layout->storage, matrix->inputs);
    size_t count = hadamard_count(matrix->inputs, group);
    float d = panel_scale(layout, scales, group, lane).d;
    for (size_t i = 0; i < count; i++) out[i] = d * panel_code(layout, panel, group * super_inputs + i, lane);
    hadamard_transform(out, count);
}
