#pragma once
// Sixteen lanes in AVX2: two registers. Included after the ISA is turned on.
#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/// What fills the registers: panels of a tile of one, two and more rows, the rows of the largest tile; vectors of
/// scores; queries and vectors of values.
enum { panels_for_1 = 2, panels_for_2 = 1, panels_for_more = 1, tile_rows = 4 };
enum { score_vectors = 1, value_queries = 2, value_vectors = 2 };

typedef struct { __m256 low, high; } f32x16;
typedef struct { __m256i low, high; } words;
typedef __m256i nibble_table;

INLINE f32x16 v_zero(void) { return (f32x16){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
INLINE f32x16 v_load(const float *p) { return (f32x16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
INLINE void v_store(float *p, f32x16 a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}
INLINE f32x16 v_broadcast(float a) { return (f32x16){_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
INLINE f32x16 v_fma(f32x16 a, f32x16 b, f32x16 c) {
    return (f32x16){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
INLINE f32x16 v_add(f32x16 a, f32x16 b) { return (f32x16){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
INLINE f32x16 v_sub(f32x16 a, f32x16 b) { return (f32x16){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
INLINE f32x16 v_mul(f32x16 a, f32x16 b) { return (f32x16){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
INLINE f32x16 v_div(f32x16 a, f32x16 b) { return (f32x16){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
/// a > b ? a : b, and a < b ? a : b.
INLINE f32x16 v_max(f32x16 a, f32x16 b) { return (f32x16){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
INLINE f32x16 v_min(f32x16 a, f32x16 b) { return (f32x16){_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
INLINE f32x16 v_negate(f32x16 a) {
    __m256 sign = _mm256_set1_ps(-0.0f);
    return (f32x16){_mm256_xor_ps(a.low, sign), _mm256_xor_ps(a.high, sign)};
}
/// x < bound ? 0 : a.
INLINE f32x16 v_zero_below(f32x16 x, f32x16 bound, f32x16 a) {
    return (f32x16){
        _mm256_andnot_ps(_mm256_cmp_ps(x.low, bound.low, _CMP_LT_OQ), a.low),
        _mm256_andnot_ps(_mm256_cmp_ps(x.high, bound.high, _CMP_LT_OQ), a.high)};
}
INLINE __m256 power_8(__m256 shifted) {
    __m256i bits = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(bits, _mm256_set1_epi32(0x3f800000)));
}
/// 2^n where n is in the low bits of a float.
INLINE f32x16 v_power(f32x16 shifted) { return (f32x16){power_8(shifted.low), power_8(shifted.high)}; }
INLINE __m256 v_high(f32x16 a) { return a.high; }
INLINE __m256 v_low(f32x16 a) { return a.low; }

INLINE f32x16 v_half(const uint8_t *p) {
    return (f32x16){
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 16)))};
}
INLINE __m256 bfloat_8(const uint8_t *p) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
INLINE f32x16 v_bfloat(const uint8_t *p) { return (f32x16){bfloat_8(p), bfloat_8(p + 16)}; }
INLINE f32x16 v_signed(const uint8_t *p) {
    return (f32x16){
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))),
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8))))};
}
INLINE f32x16 v_unsigned(const uint8_t *p) {
    return (f32x16){
        _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))),
        _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8))))};
}

/// A nibble is masked, offset and converted.
INLINE nibble_table v_table(int base) { return _mm256_set1_epi32(base); }
INLINE words v_words(const uint8_t *p) {
    return (words){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 32))};
}
INLINE __m256 nibble_8(__m256i w, int j, nibble_table base) {
    __m256i code = _mm256_and_si256(_mm256_srli_epi32(w, 4 * j), _mm256_set1_epi32(15));
    return _mm256_cvtepi32_ps(_mm256_add_epi32(code, base));
}
INLINE f32x16 v_nibble(words w, int j, nibble_table base) {
    return (f32x16){nibble_8(w.low, j, base), nibble_8(w.high, j, base)};
}
