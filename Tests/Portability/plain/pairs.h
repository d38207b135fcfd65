#pragma once
// Products of pairs and quads in plain C.
#include "exponential.h"
#include "simd.h"

enum { tile_queries = 12, tile_vectors = 2 };

typedef struct { int32_t lane[16]; } i32x16;
/// Int16 pairs, bfloat pairs and byte quads, one a lane.
typedef words halves;
typedef words pairs;
typedef words quads;

INLINE i32x16 i_broadcast(int32_t a) { LANES(i32x16, a); }
INLINE f32x16 v_float(i32x16 a) { LANES(f32x16, (float)a.lane[i]); }
/// Nearest integers, ties to even, of numbers below 2^22 in size, in the low bits of floats.
typedef f32x16 whole;

INLINE whole v_whole(f32x16 x) { return v_add(x, v_broadcast(EXP_ROUND)); }
INLINE f32x16 v_value(whole n) { return v_sub(n, v_broadcast(EXP_ROUND)); }
INLINE f32x16 v_scaled_above(f32x16 x, f32x16 bound, f32x16 a, whole n) {
    LANES(f32x16,
          x.lane[i] >= bound.lane[i] ? float_of(bits_of(a.lane[i]) + (bits_of(n.lane[i]) << 23)) : 0);
}

INLINE pairs v_pairs(const void *p) { return w_load(p); }
INLINE pairs v_pairs_broadcast(const uint32_t *p) { return w_broadcast((int32_t)*p); }
INLINE float flushed(float value) { return fabsf(value) < 0x1p-126f ? copysignf(0, value) : value; }
INLINE float pair_fma(uint32_t a, uint32_t b, float c) {
    c = flushed(fmaf(flushed(float_of(a & 0xffff0000)), flushed(float_of(b & 0xffff0000)), c));
    return flushed(fmaf(flushed(float_of(a << 16)), flushed(float_of(b << 16)), c));
}
INLINE f32x16 v_pairs_fma(pairs a, pairs b, f32x16 c) { LANES(f32x16, pair_fma(a.lane[i], b.lane[i], c.lane[i])); }

INLINE void v_store_pairs(uint32_t *out, f32x16 low, f32x16 high) {
    uint16_t rounded[32];
    for (int i = 0; i < 16; i++) rounded[i] = bfloat_bits(low.lane[i]), rounded[i + 16] = bfloat_bits(high.lane[i]);
    memcpy(out, rounded, sizeof rounded);
}
INLINE void v_store_codes(uint32_t *out, f32x16 low, f32x16 high) {
    int16_t codes[32];
    for (int i = 0; i < 16; i++) {
        codes[i] = (int16_t)rintf(low.lane[i]);
        codes[i + 16] = (int16_t)rintf(high.lane[i]);
    }
    memcpy(out, codes, sizeof codes);
}

INLINE quads v_quads(const uint8_t *p) { return w_load(p); }
INLINE quads v_quads_broadcast(const uint32_t *p) { return w_broadcast((int32_t)*p); }
INLINE i32x16 i_quads_start(int32_t offset) { return i_broadcast(offset); }
INLINE i32x16 i_quads_dot(quads a, quads b, i32x16 c) {
    LANES(i32x16, (int32_t)dot_4((uint32_t)c.lane[i], a.lane[i], b.lane[i]));
}

/// 32 signed bytes, each an int16 then.
INLINE halves v_halves(const uint8_t *codes) {
    LANES(halves, (uint16_t)(int8_t)codes[2 * i] | (uint32_t)(uint16_t)(int8_t)codes[2 * i + 1] << 16);
}
/// The low or the high four bits of 32 bytes, an int16 each.
INLINE halves v_nibbles(const uint8_t *codes, size_t is_high) {
    int shift = is_high ? 4 : 0;
    LANES(halves, (codes[2 * i] >> shift & 15) | (uint32_t)(codes[2 * i + 1] >> shift & 15) << 16);
}
/// A pair of signed bytes in every lane.
INLINE halves v_bytes_broadcast(const uint8_t *p) {
    LANES(halves, (uint16_t)(int8_t)p[0] | (uint32_t)(uint16_t)(int8_t)p[1] << 16);
}
INLINE halves h_mul(halves a, halves b) {
    LANES(halves, (uint16_t)(a.lane[i] * b.lane[i]) | (a.lane[i] >> 16) * (b.lane[i] >> 16) << 16);
}
INLINE halves h_add(halves a, halves b) {
    LANES(halves, (uint16_t)(a.lane[i] + b.lane[i]) | ((a.lane[i] >> 16) + (b.lane[i] >> 16)) << 16);
}
INLINE halves v_halves_broadcast(const uint32_t *p) { return w_broadcast((int32_t)*p); }
INLINE i32x16 i_halves_dot(halves a, halves b, i32x16 c) {
    LANES(i32x16, c.lane[i] + (int16_t)a.lane[i] * (int16_t)b.lane[i]
                      + (int16_t)(a.lane[i] >> 16) * (int16_t)(b.lane[i] >> 16));
}
