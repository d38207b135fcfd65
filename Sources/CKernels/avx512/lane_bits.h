#pragma once
// Lanes as bits of a number, in AVX-512; wide/compress.h says what the functions do. Included by simd.h.
#define lane_bits

INLINE unsigned v_reaches(f32x16 a, f32x16 bound) { return _mm512_cmp_ps_mask(a, bound, _CMP_GE_OQ); }
INLINE f32x16 v_keep_lanes(f32x16 a, unsigned lanes, f32x16 b) { return _mm512_mask_mov_ps(b, (__mmask16)lanes, a); }
INLINE void v_compress(float *to, f32x16 a, unsigned lanes) {
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps((__mmask16)lanes, a));
}
INLINE words w_counted_from(int32_t first) {
    const __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(_mm512_set1_epi32(first), numbers);
}
INLINE void w_compress(int32_t *to, words a, unsigned lanes) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32((__mmask16)lanes, a));
}
