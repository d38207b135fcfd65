#pragma once
// Quantised activations over sixteen lanes, as scalar/quantise.c specifies them.
#include "../quantise.h"
#include "rows.h"

/// Sixteen codes put into the order of quads.
INLINE void store_quads(int8_t *codes, __m128i bytes) {
    const __m128i order = _mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
    _mm_storeu_si128((__m128i *)codes, _mm_shuffle_epi8(bytes, order));
}

INLINE int32_t sum_bytes(__m128i bytes) {
    __m128i pairs = _mm_madd_epi16(_mm_maddubs_epi16(_mm_set1_epi8(1), bytes), _mm_set1_epi16(1));
    pairs = _mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0xb1)));
}

INLINE float v_fold_max(f32x16 a) {
    __m256 eight = _mm256_max_ps(v_low(a), v_high(a));
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// One half of a group: its codes, its scale and minus the sum of its codes.
INLINE void quantise_half(f32x16 x, int8_t *codes, float *scale, int32_t *negated) {
    float largest = v_fold_max(v_max(v_abs(x), v_zero()));
    float poison = v_fold(v_mul(x, v_zero()));
    float inverse = largest > QUANTISE_LOWEST ? 127.0f / largest : 0;
    *scale = (largest > QUANTISE_LOWEST ? largest / 127.0f : 0) + poison;
    __m128i bytes = poison == 0 ? v_round_bytes(v_mul(x, v_broadcast(inverse))) : _mm_setzero_si128();
    store_quads(codes, bytes);
    *negated = -sum_bytes(bytes);
}

INLINE void quantise_group(f32x16 low, f32x16 high, int8_t *codes, struct kernel_activation_group *group) {
    quantise_half(low, codes, &group->scales[0], &group->negated[0]);
    quantise_half(high, codes + 16, &group->scales[1], &group->negated[1]);
    float first = group->scales[0] * (float)-group->negated[0];
    group->sum = __builtin_fmaf(group->scales[1], (float)-group->negated[1], first);
}

static void wide_quantise(const float *x, size_t columns, int8_t *codes, struct kernel_activation_group *groups) {
    size_t k = 0;
    for (; k + kernel_activation_group <= columns; k += kernel_activation_group) {
        quantise_group(v_load(x + k), v_load(x + k + 16), codes + k, groups++);
    }
    if (k == columns) return;
    float rest[kernel_activation_group] = {0};
    memcpy(rest, x + k, (columns - k) * 4);
    quantise_group(v_load(rest), v_load(rest + 16), codes + k, groups);
}
