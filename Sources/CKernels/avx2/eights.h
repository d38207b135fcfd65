#pragma once
// What both vector sets of x86 do with halves of sixteen lanes, sixteen bytes and the mode of arithmetic. Included by
// simd.h.

/// The lanes folded in halves, 8, 4, 2, 1: their sum and their largest.
INLINE float v_fold(f32x16 a) {
    __m256 eight = _mm256_add_ps(v_low(a), v_high(a));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

INLINE float v_fold_max(f32x16 a) {
    __m256 eight = _mm256_max_ps(v_low(a), v_high(a));
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// Sixteen signed bytes.
typedef __m128i bytes16;

INLINE bytes16 b_zero(void) { return _mm_setzero_si128(); }
/// Stores codes in the order of quads.
INLINE void b_store_quads(int8_t *codes, bytes16 bytes) {
    const __m128i order = _mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
    _mm_storeu_si128((__m128i *)codes, _mm_shuffle_epi8(bytes, order));
}
INLINE int32_t b_sum(bytes16 bytes) {
    __m128i pairs = _mm_madd_epi16(_mm_maddubs_epi16(_mm_set1_epi8(1), bytes), _mm_set1_epi16(1));
    pairs = _mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0xb1)));
}

/// From here on subnormal numbers count as zero, and results that would be subnormal become zero: bits of MXCSR. Gives
/// the mode to return to.
typedef unsigned float_mode;
enum { flushes_subnormals = 0x8040 };

INLINE float_mode flush_subnormals(void) {
    float_mode before = _mm_getcsr();
    _mm_setcsr(before | flushes_subnormals);
    return before;
}
INLINE void return_to(float_mode before) { _mm_setcsr(before); }
