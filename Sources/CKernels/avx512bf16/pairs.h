#pragma once
// Products of bfloat pairs in single instructions: AVX-512 with BF16.
#include "../avx512/integers.h"

/// What fills the registers: queries and vectors of a tile.
enum { tile_queries = 12, tile_vectors = 2 };

typedef __m512bh pairs;

INLINE pairs v_pairs(const void *p) { return (__m512bh)_mm512_loadu_si512(p); }
INLINE pairs v_pairs_broadcast(const uint32_t *p) { return (__m512bh)_mm512_set1_epi32((int32_t)*p); }
/// Adds the products of the odd elements, then of the even ones; subnormal sums do not occur (see cache.h).
INLINE f32x16 v_pairs_fma(pairs a, pairs b, f32x16 c) { return _mm512_dpbf16_ps(c, a, b); }
/// Rounds 32 numbers to bfloat, two a word.
INLINE void v_store_pairs(uint32_t *out, f32x16 low, f32x16 high) {
    _mm512_storeu_si512(out, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}
