#pragma once
// Products of pairs and quads in NEON: elements are taken apart first.
#include "../exponential.h"

/// What fills the registers: queries and vectors of a tile.
enum { tile_queries = 4, tile_vectors = 1 };

typedef struct { int32x4_t v[4]; } i32x16;
/// Int16 pairs, taken apart: eight lanes in a register.
typedef struct { int16x8_t even[2], odd[2]; } halves;
/// Bfloat pairs, taken apart.
typedef struct { f32x16 even, odd; } pairs;
/// Byte quads, signed.
typedef struct { int8x16_t v[4]; } quads;

INLINE i32x16 i_broadcast(int32_t a) { FOURS(i32x16, vdupq_n_s32(a)); }
INLINE f32x16 v_float(i32x16 a) { FOURS(f32x16, vcvtq_f32_s32(a.v[i])); }

/// Nearest integers, ties to even, of numbers below 2^22 in size, in the low bits of floats.
typedef f32x16 whole;

INLINE whole v_whole(f32x16 x) { return v_add(x, v_broadcast(EXP_ROUND)); }
INLINE f32x16 v_value(whole n) { return v_sub(n, v_broadcast(EXP_ROUND)); }
/// x < bound or NaN ? 0 : a times 2^n, n in the low bits of a float.
INLINE f32x16 v_scaled_above(f32x16 x, f32x16 bound, f32x16 a, whole n) {
    FOURS(f32x16, floats_of(vcgeq_f32(x.v[i], bound.v[i]) & (bits_of(a.v[i]) + (bits_of(n.v[i]) << 23))));
}

INLINE pairs v_pairs(const void *p) {
    words all = w_load(p);
    return (pairs){w_bits(w_shift_left(all, 16)), w_bits(w_and(all, w_broadcast((int32_t)0xffff0000u)))};
}
INLINE pairs v_pairs_broadcast(const uint32_t *p) {
    // Both in one register, from where a multiplication takes a lane for free.
    float32x4_t both = floats_of(vshll_n_u16(vreinterpret_u16_u32(vdup_n_u32(*p)), 16));
    return (pairs){v_broadcast(both[0]), v_broadcast(both[1])};
}
/// Adds the products of the odd elements, then of the even ones.
INLINE f32x16 v_pairs_fma(pairs a, pairs b, f32x16 c) { return v_fma(a.even, b.even, v_fma(a.odd, b.odd, c)); }

INLINE uint16x4_t rounded_bits(float32x4_t a) {
    uint32x4_t bits = bits_of(a);
    return vshrn_n_u32(bits + 0x7fff + (bits >> 16 & 1), 16);
}
/// Rounds 32 numbers to bfloat, two a word.
INLINE void v_store_pairs(uint32_t *out, f32x16 low, f32x16 high) {
    for (int i = 0; i < 4; i++) {
        vst1_u32(out + 2 * i, vreinterpret_u32_u16(rounded_bits(low.v[i])));
        vst1_u32(out + 8 + 2 * i, vreinterpret_u32_u16(rounded_bits(high.v[i])));
    }
}
INLINE uint16x4_t whole_bits(float32x4_t a) { return vreinterpret_u16_s16(vmovn_s32(vcvtnq_s32_f32(a))); }
/// Rounds 32 numbers to int16, two a word.
INLINE void v_store_codes(uint32_t *out, f32x16 low, f32x16 high) {
    for (int i = 0; i < 4; i++) {
        vst1_u32(out + 2 * i, vreinterpret_u32_u16(whole_bits(low.v[i])));
        vst1_u32(out + 8 + 2 * i, vreinterpret_u32_u16(whole_bits(high.v[i])));
    }
}

/// Unsigned bytes; i_quads_start makes up for the 128 that is taken off each.
INLINE quads v_quads(const uint8_t *p) { FOURS(quads, vreinterpretq_s8_u8(vld1q_u8(p + 16 * i) ^ 0x80)); }
INLINE quads v_quads_broadcast(const uint32_t *p) { FOURS(quads, vreinterpretq_s8_u32(vdupq_n_u32(*p))); }
INLINE i32x16 i_quads_start(int32_t offset) {
    (void)offset;
    return i_broadcast(0);
}
/// c + quad * signed quad.
INLINE i32x16 i_quads_dot(quads a, quads b, i32x16 c) { FOURS(i32x16, quad_dots(c.v[i], a.v[i], b.v[i])); }

/// 32 signed bytes, each an int16 then.
INLINE halves v_halves(const uint8_t *codes) {
    halves made;
    for (int i = 0; i < 2; i++) {
        int16x8_t both = vreinterpretq_s16_u8(vld1q_u8(codes + 16 * i));
        made.even[i] = vshrq_n_s16(vshlq_n_s16(both, 8), 8);
        made.odd[i] = vshrq_n_s16(both, 8);
    }
    return made;
}
/// The low or the high four bits of 32 bytes, an int16 each.
INLINE halves v_nibbles(const uint8_t *codes, size_t is_high) {
    halves made;
    for (int i = 0; i < 2; i++) {
        uint16x8_t both = vreinterpretq_u16_u8(vld1q_u8(codes + 16 * i));
        both = (is_high ? vshrq_n_u16(both, 4) : both) & 0x0f0f;
        made.even[i] = vreinterpretq_s16_u16(both & 0xff);
        made.odd[i] = vreinterpretq_s16_u16(vshrq_n_u16(both, 8));
    }
    return made;
}
/// A pair of signed bytes in every lane.
INLINE halves v_bytes_broadcast(const uint8_t *p) {
    int16x8_t even = vdupq_n_s16((int8_t)p[0]), odd = vdupq_n_s16((int8_t)p[1]);
    return (halves){{even, even}, {odd, odd}};
}
INLINE halves h_mul(halves a, halves b) {
    return (halves){{a.even[0] * b.even[0], a.even[1] * b.even[1]}, {a.odd[0] * b.odd[0], a.odd[1] * b.odd[1]}};
}
INLINE halves h_add(halves a, halves b) {
    return (halves){{a.even[0] + b.even[0], a.even[1] + b.even[1]}, {a.odd[0] + b.odd[0], a.odd[1] + b.odd[1]}};
}
INLINE halves v_halves_broadcast(const uint32_t *p) {
    int16x8_t both = vreinterpretq_s16_u32(vdupq_n_u32(*p));
    int16x8_t even = vdupq_laneq_s16(both, 0), odd = vdupq_laneq_s16(both, 1);
    return (halves){{even, even}, {odd, odd}};
}
INLINE i32x16 i_halves_dot(halves a, halves b, i32x16 c) {
    for (int i = 0; i < 2; i++) {
        c.v[2 * i] = vmlal_s16(c.v[2 * i], vget_low_s16(a.even[i]), vget_low_s16(b.even[i]));
        c.v[2 * i] = vmlal_s16(c.v[2 * i], vget_low_s16(a.odd[i]), vget_low_s16(b.odd[i]));
        c.v[2 * i + 1] = vmlal_high_s16(c.v[2 * i + 1], a.even[i], b.even[i]);
        c.v[2 * i + 1] = vmlal_high_s16(c.v[2 * i + 1], a.odd[i], b.odd[i]);
    }
    return c;
}
