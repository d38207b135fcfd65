#pragma once
// Lanes as bits of a number, in AVX2; wide/compress.h says what the functions do. Included by simd.h.
#define lane_bits

INLINE unsigned v_reaches(f32x16 a, f32x16 bound) {
    unsigned low = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.low, bound.low, _CMP_GE_OQ));
    return low | (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a.high, bound.high, _CMP_GE_OQ)) << 8;
}

/// All bits of a lane from its bit.
INLINE __m256 mask_8(unsigned lanes) {
    __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)lanes), bits), bits));
}
INLINE f32x16 v_keep_lanes(f32x16 a, unsigned lanes, f32x16 b) {
    return (f32x16){
        _mm256_blendv_ps(b.low, a.low, mask_8(lanes)), _mm256_blendv_ps(b.high, a.high, mask_8(lanes >> 8))};
}

/// Which lanes of four to move where, for each set of bits.
static const int32_t lane_moves[16][4] = {
    {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0},
    {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
    {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0},
    {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};

/// Stores some of four lanes and gives the place behind them.
INLINE float *compress_4(float *to, __m128 a, unsigned lanes) {
    lanes &= 15;
    _mm_storeu_ps(to, _mm_permutevar_ps(a, _mm_loadu_si128((const __m128i *)lane_moves[lanes])));
    return to + __builtin_popcount(lanes);
}
INLINE void v_compress(float *to, f32x16 a, unsigned lanes) {
    if (!lanes) return;
    to = compress_4(to, _mm256_castps256_ps128(a.low), lanes);
    to = compress_4(to, _mm256_extractf128_ps(a.low, 1), lanes >> 4);
    to = compress_4(to, _mm256_castps256_ps128(a.high), lanes >> 8);
    compress_4(to, _mm256_extractf128_ps(a.high, 1), lanes >> 12);
}

INLINE words w_counted_from(int32_t first) {
    __m256i start = _mm256_set1_epi32(first);
    return (words){
        _mm256_add_epi32(start, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
        _mm256_add_epi32(start, _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15))};
}
INLINE void w_compress(int32_t *to, words a, unsigned lanes) { v_compress((float *)to, w_bits(a), lanes); }
