#pragma once
// Sixteen lanes in AVX-512: one register. Included after the ISA is turned on.
#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/// What fills the registers: panels of a tile of one, two and more rows, the rows of the largest tile; vectors of
/// scores; queries and vectors of values.
enum { panels_for_1 = 4, panels_for_2 = 4, panels_for_more = 2, tile_rows = 8 };
enum { score_vectors = 2, value_queries = 4, value_vectors = 4 };

typedef __m512 f32x16;
typedef __m512i words;
typedef __m512 nibble_table;

INLINE f32x16 v_zero(void) { return _mm512_setzero_ps(); }
INLINE f32x16 v_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void v_store(float *p, f32x16 a) { _mm512_storeu_ps(p, a); }
INLINE f32x16 v_broadcast(float a) { return _mm512_set1_ps(a); }
INLINE f32x16 v_fma(f32x16 a, f32x16 b, f32x16 c) { return _mm512_fmadd_ps(a, b, c); }
INLINE f32x16 v_add(f32x16 a, f32x16 b) { return _mm512_add_ps(a, b); }
INLINE f32x16 v_sub(f32x16 a, f32x16 b) { return _mm512_sub_ps(a, b); }
INLINE f32x16 v_mul(f32x16 a, f32x16 b) { return _mm512_mul_ps(a, b); }
INLINE f32x16 v_div(f32x16 a, f32x16 b) { return _mm512_div_ps(a, b); }
/// a > b ? a : b, and a < b ? a : b.
INLINE f32x16 v_max(f32x16 a, f32x16 b) { return _mm512_max_ps(a, b); }
INLINE f32x16 v_min(f32x16 a, f32x16 b) { return _mm512_min_ps(a, b); }
INLINE f32x16 v_negate(f32x16 a) {
    return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(a), _mm512_set1_epi32((int)0x80000000u)));
}
/// x < bound ? 0 : a.
INLINE f32x16 v_zero_below(f32x16 x, f32x16 bound, f32x16 a) {
    return _mm512_mask_mov_ps(a, _mm512_cmp_ps_mask(x, bound, _CMP_LT_OQ), _mm512_setzero_ps());
}
/// 2^n where n is in the low bits of a float.
INLINE f32x16 v_power(f32x16 shifted) {
    __m512i bits = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(bits, _mm512_set1_epi32(0x3f800000)));
}
INLINE __m256 v_high(f32x16 a) { return _mm512_extractf32x8_ps(a, 1); }
INLINE __m256 v_low(f32x16 a) { return _mm512_castps512_ps256(a); }

INLINE f32x16 v_half(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
INLINE f32x16 v_bfloat(const uint8_t *p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
INLINE f32x16 v_signed(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
INLINE f32x16 v_unsigned(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

/// A nibble is looked up: the permutation reads only the low four bits of each lane's index.
INLINE nibble_table v_table(int base) {
    const __m512i steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_cvtepi32_ps(_mm512_add_epi32(steps, _mm512_set1_epi32(base)));
}
INLINE words v_words(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE f32x16 v_nibble(words w, int j, nibble_table table) {
    return _mm512_permutexvar_ps(_mm512_srli_epi32(w, (unsigned)(4 * j)), table);
}
