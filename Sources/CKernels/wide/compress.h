#pragma once
// Lanes as bits of a number. A set with instructions for it has its own in simd.h and says so by `lane_bits`; the others
// do it lane by lane.
#include "../include/sampling.h"

#ifndef lane_bits
/// A bit for each lane of a that is no less than the bound.
INLINE unsigned v_reaches(f32x16 a, f32x16 bound) {
    float lanes[16], bounds[16];
    v_store(lanes, a);
    v_store(bounds, bound);
    unsigned bits = 0;
    for (int i = 0; i < 16; i++) bits |= (unsigned)(lanes[i] >= bounds[i]) << i;
    return bits;
}

/// Lanes of a whose bit is set, and of b in the other places.
INLINE f32x16 v_keep_lanes(f32x16 a, unsigned lanes, f32x16 b) {
    float chosen[16], others[16];
    v_store(chosen, a);
    v_store(others, b);
    for (int i = 0; i < 16; i++) chosen[i] = lanes >> i & 1 ? chosen[i] : others[i];
    return v_load(chosen);
}

/// Stores the lanes whose bit is set side by side. Up to sixteen places are written.
INLINE void v_compress(float *to, f32x16 a, unsigned lanes) {
    float all[16];
    if (!lanes) return;
    v_store(all, a);
    for (int i = 0; i < 16; i++) {
        *to = all[i];
        to += lanes >> i & 1;
    }
}

/// first, first + 1 and so on.
INLINE words w_counted_from(int32_t first) {
    int32_t numbers[16];
    for (int i = 0; i < 16; i++) numbers[i] = first + i;
    return w_load((const uint8_t *)numbers);
}

INLINE void w_compress(int32_t *to, words a, unsigned lanes) {
    float bits[16];
    if (!lanes) return;
    v_store(bits, w_bits(a));
    for (int i = 0; i < 16; i++) {
        memcpy(to, &bits[i], 4);
        to += lanes >> i & 1;
    }
}
#endif
