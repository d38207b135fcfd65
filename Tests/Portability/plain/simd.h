#pragma once
// The vocabulary of wide/ in plain C: sixteen lanes are an array. It shows that the wide kernels ask for nothing else,
// and is where the simd.h of a new instruction set can begin.
#include "layout.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

// Not a copy for every shape of a tile: a compiler takes minutes for that without vectors.
#define INLINE static inline

enum { panels_for_1 = 4, panels_for_2 = 4, panels_for_more = 2, tile_rows = 8 };
enum { quantised_rows = 4 };
/// Panels and rows of a tile whose codes are unpacked once for all rows, and whether that pays for nibbles.
enum { unpacked_panels = 4, unpacked_rows = 3, unpacked_halved_rows = 2, unpacks_nibbles = 1 };
enum { hadamard_panels = 2, hadamard_rows = 8 };

typedef struct { float lane[16]; } f32x16;
typedef struct { uint32_t lane[16]; } words;

/// A value of `type` whose lane i is `value`.
#define LANES(type, value)                              \
    type made;                                          \
    for (int i = 0; i < 16; i++) made.lane[i] = (value); \
    return made

INLINE float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
INLINE uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

INLINE f32x16 v_zero(void) { LANES(f32x16, 0); }
INLINE f32x16 v_load(const float *p) { LANES(f32x16, p[i]); }
INLINE void v_store(float *p, f32x16 a) { memcpy(p, a.lane, 64); }
INLINE f32x16 v_broadcast(float a) { LANES(f32x16, a); }
INLINE f32x16 v_fma(f32x16 a, f32x16 b, f32x16 c) { LANES(f32x16, fmaf(a.lane[i], b.lane[i], c.lane[i])); }
INLINE f32x16 v_add(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] + b.lane[i]); }
INLINE f32x16 v_sub(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] - b.lane[i]); }
INLINE f32x16 v_mul(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] * b.lane[i]); }
INLINE f32x16 v_div(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] / b.lane[i]); }
INLINE f32x16 v_max(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]); }
INLINE f32x16 v_min(f32x16 a, f32x16 b) { LANES(f32x16, a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]); }
INLINE f32x16 v_negate(f32x16 a) { LANES(f32x16, -a.lane[i]); }
INLINE f32x16 v_abs(f32x16 a) { LANES(f32x16, fabsf(a.lane[i])); }
INLINE f32x16 v_zero_below(f32x16 x, f32x16 bound, f32x16 a) {
    LANES(f32x16, x.lane[i] < bound.lane[i] ? 0 : a.lane[i]);
}
INLINE f32x16 v_power(f32x16 shifted) { LANES(f32x16, float_of((bits_of(shifted.lane[i]) << 23) + 0x3f800000)); }
INLINE f32x16 v_swap(f32x16 a, int distance) { LANES(f32x16, a.lane[i ^ distance]); }
INLINE f32x16 v_half(const uint8_t *p) { LANES(f32x16, half_value(load_u16(p + 2 * i))); }
INLINE f32x16 v_signed(const uint8_t *p) { LANES(f32x16, (float)(int8_t)p[i]); }
INLINE f32x16 v_unsigned(const uint8_t *p) { LANES(f32x16, (float)p[i]); }

INLINE float v_fold(f32x16 a) {
    for (int width = 8; width; width /= 2) {
        for (int i = 0; i < width; i++) a.lane[i] += a.lane[i + width];
    }
    return a.lane[0];
}
INLINE float v_fold_max(f32x16 a) {
    float largest = a.lane[0];
    for (int i = 1; i < 16; i++) largest = a.lane[i] > largest ? a.lane[i] : largest;
    return largest;
}

INLINE words w_zero(void) { LANES(words, 0); }
INLINE words w_load(const uint8_t *p) {
    words made;
    memcpy(made.lane, p, 64);
    return made;
}
INLINE void w_store(uint8_t *p, words a) { memcpy(p, a.lane, 64); }
INLINE words w_broadcast(int32_t a) { LANES(words, (uint32_t)a); }
INLINE words w_and(words a, words b) { LANES(words, a.lane[i] & b.lane[i]); }
INLINE words w_or(words a, words b) { LANES(words, a.lane[i] | b.lane[i]); }
INLINE words w_add(words a, words b) { LANES(words, a.lane[i] + b.lane[i]); }
INLINE words w_shift_left(words a, int bits) { LANES(words, a.lane[i] << bits); }
INLINE words w_shift_right(words a, int bits) { LANES(words, a.lane[i] >> bits); }
INLINE words w_rotate_right(words a, int bits) { LANES(words, a.lane[i] >> bits | a.lane[i] << (-bits & 31)); }
INLINE words w_low_nibbles(words a) { return w_and(a, w_broadcast(0x0f0f0f0f)); }
INLINE words w_high_nibbles(words a) { return w_low_nibbles(w_shift_right(a, 4)); }
INLINE f32x16 w_bits(words a) { LANES(f32x16, float_of(a.lane[i])); }
INLINE f32x16 w_floats(words a) { LANES(f32x16, (float)(int32_t)a.lane[i]); }

/// sum + the four products of unsigned bytes of a with signed bytes of b.
INLINE uint32_t dot_4(uint32_t sum, uint32_t a, uint32_t b) {
    int32_t dot = 0;
    for (int byte = 0; byte < 32; byte += 8) dot += (int32_t)(a >> byte & 255) * (int8_t)(b >> byte);
    return sum + (uint32_t)dot;
}
INLINE words w_dot(words sum, words codes, int32_t x) { LANES(words, dot_4(sum.lane[i], codes.lane[i], (uint32_t)x)); }
INLINE words w_byte_start(int32_t negated) { return w_shift_left(w_broadcast(negated), 7); }
INLINE words w_byte_dot(words sum, words codes, int32_t x) { return w_dot(sum, codes, x); }

typedef struct { int8_t lane[16]; } bytes16;

INLINE bytes16 v_round_bytes(f32x16 a) { LANES(bytes16, (int8_t)rintf(a.lane[i])); }
INLINE bytes16 b_zero(void) { LANES(bytes16, 0); }
INLINE void b_store_quads(int8_t *codes, bytes16 a) {
    for (int i = 0; i < 16; i++) codes[i / 8 * 8 + i % 2 * 4 + i % 8 / 2] = a.lane[i];
}
INLINE int32_t b_sum(bytes16 a) {
    int32_t sum = 0;
    for (int i = 0; i < 16; i++) sum += a.lane[i];
    return sum;
}

/// v_pairs_fma flushes by itself.
typedef int float_mode;
INLINE float_mode flush_subnormals(void) { return 0; }
INLINE void return_to(float_mode before) { (void)before; }
