#pragma once
// Sixteen lanes in AVX2: two registers. Included after the ISA is turned on.
#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/// What fills the registers: panels of a tile of one, two and more rows, the rows of the largest tile; rows of a tile
/// of quantised activations; panels and rows of one of Hadamard codes.
enum { panels_for_1 = 2, panels_for_2 = 1, panels_for_more = 1, tile_rows = 4 };
enum { quantised_rows = 3 };
/// Panels and rows of a tile whose codes are unpacked once for all rows, and whether that pays for nibbles.
enum { unpacked_panels = 1, unpacked_rows = 3, unpacked_halved_rows = 2, unpacks_nibbles = 0 };
enum { hadamard_panels = 1, hadamard_rows = 3 };

typedef struct { __m256 low, high; } f32x16;
typedef struct { __m256i low, high; } words;

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
/// Lanes change places with those at the distance 1, 2, 4 or 8: lane i with lane i ^ distance.
INLINE f32x16 v_swap(f32x16 a, const int distance) {
    switch (distance) {
    case 1: return (f32x16){_mm256_permute_ps(a.low, 0xb1), _mm256_permute_ps(a.high, 0xb1)};
    case 2: return (f32x16){_mm256_permute_ps(a.low, 0x4e), _mm256_permute_ps(a.high, 0x4e)};
    case 4: return (f32x16){_mm256_permute2f128_ps(a.low, a.low, 1), _mm256_permute2f128_ps(a.high, a.high, 1)};
    default: return (f32x16){a.high, a.low};
    }
}

INLINE f32x16 v_half(const uint8_t *p) {
    return (f32x16){
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 16)))};
}
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

INLINE f32x16 v_abs(f32x16 a) {
    __m256 sign = _mm256_set1_ps(-0.0f);
    return (f32x16){_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}

INLINE words w_zero(void) { return (words){_mm256_setzero_si256(), _mm256_setzero_si256()}; }
INLINE words w_load(const uint8_t *p) {
    return (words){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 32))};
}
INLINE void w_store(uint8_t *p, words a) {
    _mm256_storeu_si256((__m256i *)p, a.low);
    _mm256_storeu_si256((__m256i *)(p + 32), a.high);
}
INLINE words w_broadcast(int32_t a) { return (words){_mm256_set1_epi32(a), _mm256_set1_epi32(a)}; }
INLINE words w_and(words a, words b) {
    return (words){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}
INLINE words w_or(words a, words b) { return (words){_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)}; }
INLINE words w_add(words a, words b) {
    return (words){_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
INLINE words w_shift_left(words a, int bits) {
    return (words){_mm256_slli_epi32(a.low, bits), _mm256_slli_epi32(a.high, bits)};
}
INLINE words w_shift_right(words a, int bits) {
    return (words){_mm256_srli_epi32(a.low, bits), _mm256_srli_epi32(a.high, bits)};
}
INLINE words w_rotate_right(words a, int bits) { return w_or(w_shift_right(a, bits), w_shift_left(a, 32 - bits)); }
/// The lower and the upper four bits of every byte.
INLINE words w_low_nibbles(words a) { return w_and(a, w_broadcast(0x0f0f0f0f)); }
INLINE words w_high_nibbles(words a) { return w_low_nibbles(w_shift_right(a, 4)); }
/// The words as floats, bit by bit, and as numbers.
INLINE f32x16 w_bits(words a) { return (f32x16){_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high)}; }
INLINE f32x16 w_floats(words a) { return (f32x16){_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }
INLINE __m256i dot_8(__m256i sum, __m256i codes, __m256i x) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(codes, x), _mm256_set1_epi16(1)));
}
/// sum += the four products of unsigned codes below 128 with signed ones, in every lane.
INLINE words w_dot(words sum, words codes, int32_t x) {
    __m256i wide = _mm256_set1_epi32(x);
    return (words){dot_8(sum.low, codes.low, wide), dot_8(sum.high, codes.high, wide)};
}
/// The same for codes of eight bits: what of their base the start of the sum has to make up for, and the sum. Two
/// products of such codes do not fit 16 bits, so their base is taken off and their sign moved to the other factor.
INLINE words w_byte_start(int32_t negated) {
    (void)negated;
    return w_zero();
}
INLINE __m256i byte_dot_8(__m256i sum, __m256i codes, __m256i x) {
    codes = _mm256_xor_si256(codes, _mm256_set1_epi8((char)0x80));
    return dot_8(sum, _mm256_abs_epi8(codes), _mm256_sign_epi8(x, codes));
}
INLINE words w_byte_dot(words sum, words codes, int32_t x) {
    __m256i wide = _mm256_set1_epi32(x);
    return (words){byte_dot_8(sum.low, codes.low, wide), byte_dot_8(sum.high, codes.high, wide)};
}
/// Rounded to the nearest integers, ties to even.
INLINE __m128i v_round_bytes(f32x16 a) {
    __m256i pairs = _mm256_packs_epi32(_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high));
    pairs = _mm256_permute4x64_epi64(pairs, 0xd8);
    return _mm_packs_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
}

#include "../avx2/eights.h"
#include "lane_bits.h"
