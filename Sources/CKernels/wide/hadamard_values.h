#pragma once
// The product of weights that were coded after their Hadamard transform with activations as they are: the weights of a panel and
// a group are transformed back, then used by many rows. scalar/hadamard.c has the order.
#include "../hadamard.h"
#include "quads.h"

/// Rows that use a group before the next one is made, and rows whose sums are under way together.
enum { values_rows = 64, values_tile = 4 };

struct hadamard_weights {
    float values[super_inputs][16];
};

/// Transforms a piece of every lane.
INLINE void transform_back(float (*x)[16], size_t piece) {
    for (size_t h = 1; h < piece; h *= 2) {
        for (size_t i = 0; i < piece; i++) {
            if (i & h) continue;
            f32x16 low = v_load(x[i]), high = v_load(x[i + h]);
            v_store(x[i], v_add(low, high));
            v_store(x[i + h], v_sub(low, high));
        }
    }
    for (size_t i = 0; i < piece; i++) v_store(x[i], v_mul(v_load(x[i]), v_broadcast(hadamard_factor(piece))));
}

INLINE void expand_weights(const struct kernel_multiply *job, size_t panel, size_t g, struct hadamard_weights *out) {
    const struct kernel_matrix *matrix = &job->matrix;
    const uint8_t *codes = matrix->panels + panel * matrix->panel_bytes;
    const size_t count = hadamard_count(matrix->inputs, g);
    const f32x16 d = v_half(codes + scale_offset(storage_byte, matrix->inputs) + g * 32);
    for (size_t l = 0; l < count / 8; l++) {
        struct line line = load_line(storage_byte, codes + g * super_inputs * kernel_panel, (int)l);
        for (int j = 0; j < 8; j++) {
            f32x16 value = quad_value(j % 2 ? line.odd : line.even, j / 2, layouts[matrix->format].base);
            v_store(out->values[l * 8 + (size_t)j], v_mul(d, value));
        }
    }
    for (size_t first = 0, piece; first < count; first += piece) {
        piece = hadamard_piece(count - first);
        transform_back(out->values + first, piece);
    }
}

INLINE void add_group(const struct hadamard_weights *weights, const float *x, size_t stride, size_t count,
                      const size_t rows, float (*acc)[16]) {
    f32x16 sums[values_tile];
    for (size_t r = 0; r < rows; r++) sums[r] = v_zero();
    for (size_t k = 0; k < count; k++) {
        f32x16 w = v_load(weights->values[k]);
        for (size_t r = 0; r < rows; r++) sums[r] = v_fma(w, v_broadcast(x[r * stride + k]), sums[r]);
    }
    for (size_t r = 0; r < rows; r++) v_store(acc[r], v_add(v_load(acc[r]), sums[r]));
}

static void multiply_values(const struct kernel_multiply *job, size_t panel, size_t first_row, size_t rows) {
    struct hadamard_weights weights;
    float acc[values_rows][16];
    memset(acc, 0, sizeof acc);
    for (size_t g = 0; g * super_inputs < job->matrix.inputs; g++) {
        const float *x = job->x + first_row * job->x_stride + g * super_inputs;
        size_t count = hadamard_count(job->matrix.inputs, g), row = 0;
        expand_weights(job, panel, g, &weights);
        for (; row + values_tile <= rows; row += values_tile) {
            add_group(&weights, x + row * job->x_stride, job->x_stride, count, values_tile, acc + row);
        }
        for (; row < rows; row++) add_group(&weights, x + row * job->x_stride, job->x_stride, count, 1, acc + row);
    }
    for (size_t row = 0; row < rows; row++) finish(job, panel, first_row + row, v_load(acc[row]));
}

static void wide_multiply_hadamard(const struct kernel_multiply *job, size_t first, size_t end) {
    for (size_t panel = first; panel < end; panel++) {
        for (size_t row = 0; row < job->rows; row += values_rows) {
            multiply_values(job, panel, row, job->rows - row < values_rows ? job->rows - row : values_rows);
        }
    }
}
