#pragma once
// Lanes as bits of a number, in NEON; wide/compress.h says what the functions do. Included by simd.h.
#define lane_bits

/// The bits of the four lanes of register i.
INLINE uint32x4_t bits_at(const int i) { return (uint32x4_t){1, 2, 4, 8} << (uint32_t)(4 * i); }

INLINE unsigned v_reaches(f32x16 a, f32x16 bound) {
    uint32x4_t bits = vdupq_n_u32(0);
    for (int i = 0; i < 4; i++) bits |= vcgeq_f32(a.v[i], bound.v[i]) & bits_at(i);
    return vaddvq_u32(bits);
}

INLINE f32x16 v_keep_lanes(f32x16 a, unsigned lanes, f32x16 b) {
    FOURS(f32x16, vbslq_f32(vtstq_u32(vdupq_n_u32(lanes), bits_at(i)), a.v[i], b.v[i]));
}

/// Where the bytes of four lanes come from for each set of bits, and how many lanes that are.
#define LANE(i) 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3
static const uint8_t lane_moves[16][16] = {
    {0},                 {LANE(0)},                   {LANE(1)},                   {LANE(0), LANE(1)},
    {LANE(2)},           {LANE(0), LANE(2)},          {LANE(1), LANE(2)},          {LANE(0), LANE(1), LANE(2)},
    {LANE(3)},           {LANE(0), LANE(3)},          {LANE(1), LANE(3)},          {LANE(0), LANE(1), LANE(3)},
    {LANE(2), LANE(3)},  {LANE(0), LANE(2), LANE(3)}, {LANE(1), LANE(2), LANE(3)}, {LANE(0), LANE(1), LANE(2), LANE(3)}};
static const uint8_t lane_counts[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
#undef LANE

INLINE void v_compress(float *to, f32x16 a, unsigned lanes) {
    if (!lanes) return;
    for (int i = 0; i < 4; i++, lanes >>= 4) {
        uint8x16_t moved = vqtbl1q_u8(vreinterpretq_u8_f32(a.v[i]), vld1q_u8(lane_moves[lanes & 15]));
        vst1q_f32(to, vreinterpretq_f32_u8(moved));
        to += lane_counts[lanes & 15];
    }
}

INLINE words w_counted_from(int32_t first) {
    FOURS(words, vdupq_n_u32((uint32_t)(first + 4 * i)) + (uint32x4_t){0, 1, 2, 3});
}
INLINE void w_compress(int32_t *to, words a, unsigned lanes) { v_compress((float *)(void *)to, w_bits(a), lanes); }
