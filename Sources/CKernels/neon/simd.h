#pragma once
// Sixteen lanes in NEON: four registers. Included after the ISA is turned on, and after dots.h of the set.
#include <arm_neon.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/// What fills the registers: panels of a tile of one, two and more rows, the rows of the largest tile; rows of a tile
/// of quantised activations; panels and rows of one of Hadamard codes.
enum { panels_for_1 = 2, panels_for_2 = 1, panels_for_more = 1, tile_rows = 4 };
enum { quantised_rows = 3 };
/// Panels and rows of a tile whose codes are unpacked once for all rows, and whether that pays for nibbles.
enum { unpacked_panels = 1, unpacked_rows = 3, unpacked_halved_rows = 2, unpacks_nibbles = 0 };
enum { hadamard_panels = 1, hadamard_rows = 6 };

typedef struct { float32x4_t v[4]; } f32x16;
typedef struct { uint32x4_t v[4]; } words;

/// A value of `type` whose register i is what follows.
#define FOURS(type, ...)                                                                      \
    type made;                                                                                \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++) made.v[i] = (__VA_ARGS__); \
    return made

INLINE f32x16 v_zero(void) { FOURS(f32x16, vdupq_n_f32(0)); }
INLINE f32x16 v_load(const float *p) { FOURS(f32x16, vld1q_f32(p + 4 * i)); }
INLINE void v_store(float *p, f32x16 a) {
    for (int i = 0; i < 4; i++) vst1q_f32(p + 4 * i, a.v[i]);
}
INLINE f32x16 v_broadcast(float a) { FOURS(f32x16, vdupq_n_f32(a)); }
INLINE f32x16 v_fma(f32x16 a, f32x16 b, f32x16 c) { FOURS(f32x16, vfmaq_f32(c.v[i], a.v[i], b.v[i])); }
INLINE f32x16 v_add(f32x16 a, f32x16 b) { FOURS(f32x16, a.v[i] + b.v[i]); }
INLINE f32x16 v_sub(f32x16 a, f32x16 b) { FOURS(f32x16, a.v[i] - b.v[i]); }
INLINE f32x16 v_mul(f32x16 a, f32x16 b) { FOURS(f32x16, a.v[i] * b.v[i]); }
INLINE f32x16 v_div(f32x16 a, f32x16 b) { FOURS(f32x16, a.v[i] / b.v[i]); }
/// a > b ? a : b, and a < b ? a : b, which FMAX and FMIN are not where there is a NaN.
INLINE f32x16 v_max(f32x16 a, f32x16 b) { FOURS(f32x16, vbslq_f32(vcgtq_f32(a.v[i], b.v[i]), a.v[i], b.v[i])); }
INLINE f32x16 v_min(f32x16 a, f32x16 b) { FOURS(f32x16, vbslq_f32(vcltq_f32(a.v[i], b.v[i]), a.v[i], b.v[i])); }
INLINE f32x16 v_negate(f32x16 a) { FOURS(f32x16, vnegq_f32(a.v[i])); }
INLINE f32x16 v_abs(f32x16 a) { FOURS(f32x16, vabsq_f32(a.v[i])); }

INLINE uint32x4_t bits_of(float32x4_t a) { return vreinterpretq_u32_f32(a); }
INLINE float32x4_t floats_of(uint32x4_t a) { return vreinterpretq_f32_u32(a); }

/// x < bound ? 0 : a.
INLINE f32x16 v_zero_below(f32x16 x, f32x16 bound, f32x16 a) {
    FOURS(f32x16, floats_of(vbicq_u32(bits_of(a.v[i]), vcltq_f32(x.v[i], bound.v[i]))));
}
/// 2^n where n is in the low bits of a float.
INLINE f32x16 v_power(f32x16 shifted) { FOURS(f32x16, floats_of((bits_of(shifted.v[i]) << 23) + 0x3f800000)); }

/// Lanes change places with those at the distance 1, 2, 4 or 8: lane i with lane i ^ distance.
INLINE f32x16 v_swap(f32x16 a, const int distance) {
    if (distance == 1) { FOURS(f32x16, vrev64q_f32(a.v[i])); }
    if (distance == 2) { FOURS(f32x16, vextq_f32(a.v[i], a.v[i], 2)); }
    FOURS(f32x16, a.v[i ^ distance / 4]);
}

/// The lanes folded in halves, 8, 4, 2, 1: their sum and their largest.
INLINE float v_fold(f32x16 a) {
    float32x4_t four = (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]);
    float32x2_t two = vget_low_f32(four) + vget_high_f32(four);
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
INLINE float v_fold_max(f32x16 a) {
    return vmaxnmvq_f32(vmaxnmq_f32(vmaxnmq_f32(a.v[0], a.v[2]), vmaxnmq_f32(a.v[1], a.v[3])));
}

INLINE f32x16 v_half(const uint8_t *p) {
    FOURS(f32x16, vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + 8 * i))));
}
INLINE f32x16 v_signed(const uint8_t *p) {
    int8x16_t bytes = vreinterpretq_s8_u8(vld1q_u8(p));
    int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
    return (f32x16){{
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_high_s16(low)),
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_high_s16(high))}};
}
INLINE f32x16 v_unsigned(const uint8_t *p) {
    uint8x16_t bytes = vld1q_u8(p);
    uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
    return (f32x16){{
        vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))), vcvtq_f32_u32(vmovl_high_u16(low)),
        vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))), vcvtq_f32_u32(vmovl_high_u16(high))}};
}

INLINE words w_zero(void) { FOURS(words, vdupq_n_u32(0)); }
INLINE words w_load(const uint8_t *p) { FOURS(words, vreinterpretq_u32_u8(vld1q_u8(p + 16 * i))); }
INLINE void w_store(uint8_t *p, words a) {
    for (int i = 0; i < 4; i++) vst1q_u32((uint32_t *)(void *)(p + 16 * i), a.v[i]);
}
INLINE words w_broadcast(int32_t a) { FOURS(words, vdupq_n_u32((uint32_t)a)); }
INLINE words w_and(words a, words b) { FOURS(words, a.v[i] & b.v[i]); }
INLINE words w_or(words a, words b) { FOURS(words, a.v[i] | b.v[i]); }
INLINE words w_add(words a, words b) { FOURS(words, a.v[i] + b.v[i]); }
INLINE words w_shift_left(words a, int bits) { FOURS(words, a.v[i] << (uint32_t)bits); }
INLINE words w_shift_right(words a, int bits) { FOURS(words, a.v[i] >> (uint32_t)bits); }
INLINE words w_rotate_right(words a, int bits) { return w_or(w_shift_right(a, bits), w_shift_left(a, -bits & 31)); }
/// The lower and the upper four bits of every byte.
INLINE words w_low_nibbles(words a) { return w_and(a, w_broadcast(0x0f0f0f0f)); }
INLINE words w_high_nibbles(words a) {
    FOURS(words, vreinterpretq_u32_u8(vshrq_n_u8(vreinterpretq_u8_u32(a.v[i]), 4)));
}
/// The words as floats, bit by bit, and as numbers.
INLINE f32x16 w_bits(words a) { FOURS(f32x16, floats_of(a.v[i])); }
INLINE f32x16 w_floats(words a) { FOURS(f32x16, vcvtq_f32_s32(vreinterpretq_s32_u32(a.v[i]))); }

INLINE uint32x4_t word_dots(uint32x4_t sum, int8x16_t codes, int32_t x) {
    return vreinterpretq_u32_s32(quad_dots(vreinterpretq_s32_u32(sum), codes, vreinterpretq_s8_s32(vdupq_n_s32(x))));
}
/// sum += the four products of unsigned codes below 128 with signed ones, in every lane.
INLINE words w_dot(words sum, words codes, int32_t x) {
    FOURS(words, word_dots(sum.v[i], vreinterpretq_s8_u32(codes.v[i]), x));
}
/// The same for codes of eight bits: what of their base the start of the sum has to make up for, and the sum. The
/// base is taken off the codes, so that both factors are signed.
INLINE words w_byte_start(int32_t negated) {
    (void)negated;
    return w_zero();
}
INLINE int8x16_t based(uint32x4_t codes) { return vreinterpretq_s8_u32(codes ^ 0x80808080); }
INLINE words w_byte_dot(words sum, words codes, int32_t x) { FOURS(words, word_dots(sum.v[i], based(codes.v[i]), x)); }

/// Sixteen signed bytes.
typedef int8x16_t bytes16;

/// Rounded to the nearest integers, ties to even.
INLINE bytes16 v_round_bytes(f32x16 a) {
    int16x4_t narrow[4];
    for (int i = 0; i < 4; i++) narrow[i] = vqmovn_s32(vcvtnq_s32_f32(a.v[i]));
    return vcombine_s8(vqmovn_s16(vcombine_s16(narrow[0], narrow[1])), vqmovn_s16(vcombine_s16(narrow[2], narrow[3])));
}
INLINE bytes16 b_zero(void) { return vdupq_n_s8(0); }
/// Stores codes in the order of quads.
INLINE void b_store_quads(int8_t *codes, bytes16 bytes) {
    static const uint8_t order[16] = {0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15};
    vst1q_s8(codes, vqtbl1q_s8(bytes, vld1q_u8(order)));
}
INLINE int32_t b_sum(bytes16 bytes) { return vaddlvq_s8(bytes); }

/// From here on subnormal numbers count as zero, and results that would be subnormal become zero: a bit of FPCR. Gives
/// the mode to return to.
typedef uint64_t float_mode;
enum { flushes_subnormals = 1 << 24 };

INLINE void return_to(float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
INLINE float_mode flush_subnormals(void) {
    float_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    return_to(before | flushes_subnormals);
    return before;
}

#include "lane_bits.h"
