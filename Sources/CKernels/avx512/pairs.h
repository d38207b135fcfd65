#pragma once
// Products of bfloat pairs in AVX-512 without BF16: elements are taken apart first.
#include "integers.h"

/// What fills the registers: queries and vectors of a tile.
enum { tile_queries = 12, tile_vectors = 2 };

/// Bfloat pairs, taken apart.
typedef struct { f32x16 even, odd; } pairs;

INLINE pairs split_pairs(__m512i words) {
    __m512i odd = _mm512_and_si512(words, _mm512_set1_epi32((int32_t)0xffff0000u));
    return (pairs){_mm512_castsi512_ps(_mm512_slli_epi32(words, 16)), _mm512_castsi512_ps(odd)};
}
INLINE pairs v_pairs(const void *p) { return split_pairs(_mm512_loadu_si512(p)); }
INLINE pairs v_pairs_broadcast(const uint32_t *p) { return split_pairs(_mm512_set1_epi32((int32_t)*p)); }
/// Adds the products of the odd elements, then of the even ones.
INLINE f32x16 v_pairs_fma(pairs a, pairs b, f32x16 c) { return v_fma(a.even, b.even, v_fma(a.odd, b.odd, c)); }

INLINE __m512i rounded_bits(f32x16 a) {
    __m512i bits = _mm512_castps_si512(a), even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    return _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), even), 16);
}
/// Rounds 32 numbers to bfloat, two a word.
INLINE void v_store_pairs(uint32_t *out, f32x16 low, f32x16 high) {
    _mm256_storeu_si256((__m256i *)out, _mm512_cvtepi32_epi16(rounded_bits(low)));
    _mm256_storeu_si256((__m256i *)(out + 8), _mm512_cvtepi32_epi16(rounded_bits(high)));
}
