#pragma once
// Sixteen lanes in AVX-512: one register. Included after the ISA is turned on.
#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/// What fills the registers: panels of a tile of one, two and more rows, the rows of the largest tile; rows of a tile
/// of quantised activations; panels and rows of one of Hadamard codes.
enum { panels_for_1 = 4, panels_for_2 = 4, panels_for_more = 2, tile_rows = 8 };
enum { quantised_rows = 4 };
/// Panels and rows of a tile whose codes are unpacked once for all rows, and whether that pays for nibbles.
enum { unpacked_panels = 4, unpacked_rows = 3, unpacked_halved_rows = 2, unpacks_nibbles = 1 };
enum { hadamard_panels = 2, hadamard_rows = 8 };

typedef __m512 f32x16;
typedef __m512i words;

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
/// Lanes change places with those at the distance 1, 2, 4 or 8: lane i with lane i ^ distance.
INLINE f32x16 v_swap(f32x16 a, const int distance) {
    switch (distance) {
    case 1: return _mm512_permute_ps(a, 0xb1);
    case 2: return _mm512_permute_ps(a, 0x4e);
    case 4: return _mm512_shuffle_f32x4(a, a, 0xb1);
    default: return _mm512_shuffle_f32x4(a, a, 0x4e);
    }
}

INLINE f32x16 v_half(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
INLINE f32x16 v_signed(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
INLINE f32x16 v_unsigned(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

INLINE f32x16 v_abs(f32x16 a) { return _mm512_abs_ps(a); }

INLINE words w_zero(void) { return _mm512_setzero_si512(); }
INLINE words w_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE void w_store(uint8_t *p, words a) { _mm512_storeu_si512(p, a); }
INLINE words w_broadcast(int32_t a) { return _mm512_set1_epi32(a); }
INLINE words w_and(words a, words b) { return _mm512_and_si512(a, b); }
INLINE words w_or(words a, words b) { return _mm512_or_si512(a, b); }
INLINE words w_add(words a, words b) { return _mm512_add_epi32(a, b); }
INLINE words w_shift_left(words a, int bits) { return _mm512_slli_epi32(a, (unsigned)bits); }
INLINE words w_shift_right(words a, int bits) { return _mm512_srli_epi32(a, (unsigned)bits); }
INLINE words w_rotate_right(words a, int bits) { return _mm512_rorv_epi32(a, _mm512_set1_epi32(bits)); }
/// The lower and the upper four bits of every byte.
INLINE words w_low_nibbles(words a) { return w_and(a, w_broadcast(0x0f0f0f0f)); }
INLINE words w_high_nibbles(words a) { return w_low_nibbles(w_shift_right(a, 4)); }
/// The words as floats, bit by bit, and as numbers.
INLINE f32x16 w_bits(words a) { return _mm512_castsi512_ps(a); }
INLINE f32x16 w_floats(words a) { return _mm512_cvtepi32_ps(a); }
/// sum += the four products of unsigned codes with signed ones, in every lane.
INLINE words w_dot(words sum, words codes, int32_t x) { return _mm512_dpbusd_epi32(sum, codes, _mm512_set1_epi32(x)); }
/// The same for codes of eight bits: what of their base the start of the sum has to make up for, and the sum.
INLINE words w_byte_start(int32_t negated) { return w_shift_left(w_broadcast(negated), 7); }
INLINE words w_byte_dot(words sum, words codes, int32_t x) { return w_dot(sum, codes, x); }
/// Rounded to the nearest integers, ties to even.
INLINE __m128i v_round_bytes(f32x16 a) { return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a)); }

#include "../avx2/eights.h"
#include "lane_bits.h"
