#pragma once
// The quads of packed codes, as layout.h describes them.
#include "panels.h"

/// Bytes that the codes are asked for ahead of their use.
enum { prefetch_bytes = 4096 };

/// Two quads, eight inputs of sixteen outputs: the inputs at even and those at odd places.
struct line {
    words even, odd;
};

INLINE words add_plane(words quad, const uint8_t *plane, int bits, int mask) {
    return w_or(quad, w_and(w_rotate_right(w_load(plane), bits), w_broadcast(mask)));
}

/// Line l of a block of 32 inputs.
INLINE struct line load_line(const enum storage storage, const uint8_t *block, const int l) {
    if (storage == storage_byte) return (struct line){w_load(block + l * 128), w_load(block + l * 128 + 64)};
    words both = w_load(block + l * 64);
    struct line line = {w_low_nibbles(both), w_high_nibbles(both)};
    if (storage == storage_nibble_bit) {
        line.even = add_plane(line.even, block + 256, 2 * l, 0x10101010);
        line.odd = add_plane(line.odd, block + 256, 2 * l + 1, 0x10101010);
    } else if (storage == storage_nibble_pair) {
        const uint8_t *plane = block + 256 + l / 2 * 64;
        line.even = add_plane(line.even, plane, l % 2 * 4, 0x30303030);
        line.odd = add_plane(line.odd, plane, l % 2 * 4 + 2, 0x30303030);
    }
    return line;
}

/// Code b of every lane of a quad, as a float with the base added.
INLINE f32x16 quad_value(words quad, int b, int base) {
    words code = w_and(w_shift_right(quad, 8 * b), w_broadcast(255));
    return w_floats(w_add(code, w_broadcast(base)));
}
