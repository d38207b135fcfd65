#pragma once
// Products of pairs and quads in AVX2: elements are taken apart first.
#include "../exponential.h"

/// What fills the registers: queries and vectors of a tile.
enum { tile_queries = 4, tile_vectors = 1 };

typedef struct { __m256i low, high; } i32x16;
/// Int16 pairs, a lane each.
typedef i32x16 halves;
/// Bfloat pairs, taken apart.
typedef struct { f32x16 even, odd; } pairs;
/// Byte quads as int16 pairs: elements 0 and 2, and 1 and 3.
typedef struct { i32x16 even, odd; } quads;

INLINE i32x16 i_broadcast(int32_t a) { return (i32x16){_mm256_set1_epi32(a), _mm256_set1_epi32(a)}; }
INLINE i32x16 i_load(const void *p) {
    const __m256i *words = p;
    return (i32x16){_mm256_loadu_si256(words), _mm256_loadu_si256(words + 1)};
}
INLINE f32x16 v_float(i32x16 a) { return (f32x16){_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }

/// Nearest integers, ties to even, of numbers below 2^22 in size, in the low bits of floats.
typedef f32x16 whole;

INLINE whole v_whole(f32x16 x) { return v_add(x, v_broadcast(EXP_ROUND)); }
INLINE f32x16 v_value(whole n) { return v_sub(n, v_broadcast(EXP_ROUND)); }
/// x < bound or NaN ? 0 : a times 2^n, n in the low bits of a float.
INLINE __m256 scaled_above_8(__m256 x, __m256 bound, __m256 a, __m256 shifted) {
    __m256i power = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    __m256 scaled = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), power));
    return _mm256_and_ps(_mm256_cmp_ps(x, bound, _CMP_GE_OQ), scaled);
}
INLINE f32x16 v_scaled_above(f32x16 x, f32x16 bound, f32x16 a, whole n) {
    return (f32x16){
        scaled_above_8(x.low, bound.low, a.low, n.low), scaled_above_8(x.high, bound.high, a.high, n.high)};
}

INLINE __m256 even_8(__m256i words) { return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16)); }
INLINE __m256 odd_8(__m256i words) {
    return _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32((int32_t)0xffff0000u)));
}
INLINE pairs split_pairs(i32x16 w) {
    return (pairs){{even_8(w.low), even_8(w.high)}, {odd_8(w.low), odd_8(w.high)}};
}
INLINE pairs v_pairs(const void *p) { return split_pairs(i_load(p)); }
INLINE pairs v_pairs_broadcast(const uint32_t *p) { return split_pairs(i_broadcast((int32_t)*p)); }
/// Adds the products of the odd elements, then of the even ones.
INLINE f32x16 v_pairs_fma(pairs a, pairs b, f32x16 c) { return v_fma(a.even, b.even, v_fma(a.odd, b.odd, c)); }

/// 16 numbers below 2^16 as uint16, in order.
INLINE __m256i packed_16(__m256i low, __m256i high) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xd8);
}
INLINE __m256i rounded_bits(__m256 a) {
    __m256i bits = _mm256_castps_si256(a), even = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    return _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), even), 16);
}
/// Rounds 32 numbers to bfloat, two a word.
INLINE void v_store_pairs(uint32_t *out, f32x16 low, f32x16 high) {
    _mm256_storeu_si256((__m256i *)out, packed_16(rounded_bits(low.low), rounded_bits(low.high)));
    _mm256_storeu_si256((__m256i *)(out + 8), packed_16(rounded_bits(high.low), rounded_bits(high.high)));
}
/// Rounds 32 numbers from 0 to 32767 to int16, two a word.
INLINE void v_store_codes(uint32_t *out, f32x16 low, f32x16 high) {
    __m256i *words = (__m256i *)out;
    _mm256_storeu_si256(words, packed_16(_mm256_cvtps_epi32(low.low), _mm256_cvtps_epi32(low.high)));
    _mm256_storeu_si256(words + 1, packed_16(_mm256_cvtps_epi32(high.low), _mm256_cvtps_epi32(high.high)));
}

INLINE quads v_quads(const uint8_t *p) {
    i32x16 bytes = i_load(p);
    __m256i even = _mm256_set1_epi16(255);
    return (quads){
        {_mm256_and_si256(bytes.low, even), _mm256_and_si256(bytes.high, even)},
        {_mm256_srli_epi16(bytes.low, 8), _mm256_srli_epi16(bytes.high, 8)}};
}
INLINE quads v_quads_broadcast(const uint32_t *p) {
    __m256i bytes = _mm256_set1_epi32((int32_t)*p), even = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
    __m256i odd = _mm256_srai_epi16(bytes, 8);
    return (quads){{even, even}, {odd, odd}};
}
INLINE __m256i quads_dot_8(__m256i a, __m256i b, __m256i c, __m256i d) {
    return _mm256_add_epi32(_mm256_madd_epi16(a, b), _mm256_madd_epi16(c, d));
}
/// What a sum of products with unsigned quads starts from, given -128 times the sum of the other factors.
INLINE i32x16 i_quads_start(int32_t offset) { return i_broadcast(offset); }
/// c + unsigned quad * signed quad.
INLINE i32x16 i_quads_dot(quads a, quads b, i32x16 c) {
    return (i32x16){
        _mm256_add_epi32(c.low, quads_dot_8(a.even.low, b.even.low, a.odd.low, b.odd.low)),
        _mm256_add_epi32(c.high, quads_dot_8(a.even.high, b.even.high, a.odd.high, b.odd.high))};
}
INLINE halves v_halves(const uint8_t *codes) {
    return (halves){
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)codes)),
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(codes + 16)))};
}
/// The low or the high four bits of 32 bytes, an int16 each.
INLINE __m256i nibbles_16(const uint8_t *codes, size_t is_high) {
    __m256i both = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)codes));
    return is_high ? _mm256_srli_epi16(both, 4) : _mm256_and_si256(both, _mm256_set1_epi16(15));
}
INLINE halves v_nibbles(const uint8_t *codes, size_t is_high) {
    return (halves){nibbles_16(codes, is_high), nibbles_16(codes + 16, is_high)};
}
/// A pair of signed bytes in every lane.
INLINE halves v_bytes_broadcast(const uint8_t *p) {
    return i_broadcast((uint16_t)(int8_t)p[0] | (int32_t)((uint32_t)(int8_t)p[1] << 16));
}
INLINE halves h_mul(halves a, halves b) {
    return (halves){_mm256_mullo_epi16(a.low, b.low), _mm256_mullo_epi16(a.high, b.high)};
}
INLINE halves h_add(halves a, halves b) {
    return (halves){_mm256_add_epi16(a.low, b.low), _mm256_add_epi16(a.high, b.high)};
}
INLINE halves v_halves_broadcast(const uint32_t *p) { return i_broadcast((int32_t)*p); }
INLINE i32x16 i_halves_dot(halves a, halves b, i32x16 c) {
    return (i32x16){
        _mm256_add_epi32(c.low, _mm256_madd_epi16(a.low, b.low)),
        _mm256_add_epi32(c.high, _mm256_madd_epi16(a.high, b.high))};
}
