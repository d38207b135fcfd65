#pragma once
// Sixteen int32 lanes in AVX-512, and sums of products of codes with VNNI.

typedef __m512i i32x16;
/// Int16 pairs and byte quads, one a lane.
typedef __m512i halves;
typedef __m512i quads;

INLINE i32x16 i_broadcast(int32_t a) { return _mm512_set1_epi32(a); }
INLINE f32x16 v_float(i32x16 a) { return _mm512_cvtepi32_ps(a); }

INLINE halves v_halves(const uint8_t *codes) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)codes));
}
/// The low or the high four bits of 32 bytes, an int16 each.
INLINE halves v_nibbles(const uint8_t *codes, size_t is_high) {
    halves both = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)codes));
    return is_high ? _mm512_srli_epi16(both, 4) : _mm512_and_si512(both, _mm512_set1_epi16(15));
}
/// A pair of signed bytes in every lane.
INLINE halves v_bytes_broadcast(const uint8_t *p) {
    return _mm512_cvtepi8_epi16(_mm256_set1_epi16((int16_t)(p[0] | p[1] << 8)));
}
INLINE halves h_mul(halves a, halves b) { return _mm512_mullo_epi16(a, b); }
INLINE halves h_add(halves a, halves b) { return _mm512_add_epi16(a, b); }
INLINE halves v_halves_broadcast(const uint32_t *p) { return _mm512_set1_epi32((int32_t)*p); }
INLINE i32x16 i_halves_dot(halves a, halves b, i32x16 c) { return _mm512_dpwssd_epi32(c, a, b); }
INLINE quads v_quads(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE quads v_quads_broadcast(const uint32_t *p) { return _mm512_set1_epi32((int32_t)*p); }
/// What a sum of products with unsigned quads starts from, given -128 times the sum of the other factors.
INLINE i32x16 i_quads_start(int32_t offset) { return i_broadcast(offset); }
/// c + unsigned quad * signed quad.
INLINE i32x16 i_quads_dot(quads a, quads b, i32x16 c) { return _mm512_dpbusd_epi32(c, a, b); }
/// Rounds 32 numbers to int16, two a word.
INLINE void v_store_codes(uint32_t *out, f32x16 low, f32x16 high) {
    _mm256_storeu_si256((__m256i *)out, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(low)));
    _mm256_storeu_si256((__m256i *)(out + 8), _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(high)));
}

/// Nearest integers, ties to even, of numbers below 2^22 in size.
typedef f32x16 whole;

INLINE whole v_whole(f32x16 x) { return _mm512_roundscale_ps(x, 0); }
INLINE f32x16 v_value(whole n) { return n; }
/// x < bound or NaN ? 0 : a times 2^n, which is no subnormal number.
INLINE f32x16 v_scaled_above(f32x16 x, f32x16 bound, f32x16 a, whole n) {
    return _mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(x, bound, _CMP_GE_OQ), a, n);
}
