#pragma once
// Hadamard transforms of activations over sixteen lanes, and their codes, as hadamard.h and scalar/hadamard.c specify them.
#include "../hadamard.h"
#include "../quantise.h"
#include "lanes.h"

/// Lanes that are the second of a pair at the distance 1, 2, 4, 8 are subtracted.
static const float hadamard_signs[4][16] = {
    {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1},
    {1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1},
    {1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1},
    {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1},
};

/// The stages within sixteen values.
INLINE f32x16 hadamard_lanes(f32x16 a) {
    a = v_fma(a, v_load(hadamard_signs[0]), v_swap(a, 1));
    a = v_fma(a, v_load(hadamard_signs[1]), v_swap(a, 2));
    a = v_fma(a, v_load(hadamard_signs[2]), v_swap(a, 4));
    return v_fma(a, v_load(hadamard_signs[3]), v_swap(a, 8));
}

/// A piece of so many times sixteen values.
INLINE void hadamard_vectors(const float *from, const size_t count, float *to) {
    f32x16 x[16];
    for (size_t i = 0; i < count; i++) x[i] = hadamard_lanes(v_load(from + i * 16));
    for (size_t h = 1; h < count; h *= 2) {
        for (size_t i = 0; i < count; i++) {
            if (i & h) continue;
            f32x16 low = x[i], high = x[i + h];
            x[i] = v_add(low, high);
            x[i + h] = v_sub(low, high);
        }
    }
    for (size_t i = 0; i < count; i++) v_store(to + i * 16, v_mul(x[i], v_broadcast(hadamard_factor(count * 16))));
}

INLINE void hadamard_group(const float *from, size_t count, float *to) {
    for (size_t first = 0, piece; first < count; first += piece) {
        piece = hadamard_piece(count - first);
        switch (piece) {
        case 256: hadamard_vectors(from + first, 16, to + first); break;
        case 128: hadamard_vectors(from + first, 8, to + first); break;
        case 64: hadamard_vectors(from + first, 4, to + first); break;
        default: hadamard_vectors(from + first, 2, to + first); break;
        }
    }
}

INLINE void quantise_transformed(const float *x, size_t count, int8_t *codes, struct kernel_hadamard_group *group) {
    f32x16 sizes = v_zero(), products = v_zero();
    for (size_t i = 0; i < count; i += 16) {
        f32x16 a = v_load(x + i);
        sizes = v_max(v_abs(a), sizes);
        products = v_add(products, v_mul(a, v_zero()));
    }
    float largest = v_fold_max(sizes);
    int is_sound = v_fold(products) == 0, counts = largest > QUANTISE_LOWEST;
    f32x16 inverse = v_broadcast(counts ? 127.0f / largest : 0);
    group->scale = !is_sound ? __builtin_nanf("") : counts ? largest / 127.0f : 0;
    int32_t sum = 0;
    for (size_t i = 0; i < count; i += 16) {
        bytes16 bytes = is_sound ? v_round_bytes(v_mul(v_load(x + i), inverse)) : b_zero();
        b_store_quads(codes + i, bytes);
        sum += b_sum(bytes);
    }
    group->negated = -sum;
}

static void wide_quantise_hadamard(const float *x, size_t columns, int8_t *codes,
                                   struct kernel_hadamard_group *groups) {
    float values[super_inputs];
    for (size_t k = 0; k < columns; k += super_inputs) {
        size_t count = hadamard_count(columns, k / super_inputs);
        hadamard_group(x + k, count, values);
        quantise_transformed(values, count, codes + k, groups++);
    }
}
