#pragma once
// A few unpacked panels times a few rows over a chunk of inputs, in the order of scalar/multiply.c.
#include "quantised_tile.h"
#include "unpacked.h"

enum { unpacked_sums = unpacked_panels * unpacked_rows };

/// What tiles have to know of a format.
struct unpacked_kind {
    /// Whether weights have a minimum, whether each half of a block has scales of its own, whether codes have eight bits.
    int minimum, halved, byte;
};

struct unpacked_tile {
    const struct unpacked_panel *panels;
    /// Codes and groups of the first row at the first block, and from row to row.
    const int8_t *codes;
    const struct kernel_activation_group *groups;
    size_t code_stride, group_stride, blocks;
    /// The base is minus two to this power; 0 where there is none.
    int base_bits;
    /// Sixteen outputs of each panel of each row, carried from chunk to chunk, and whether this is the first chunk.
    float *acc;
    int is_first;
};

INLINE words unpacked_start(const struct unpacked_tile *tile, const struct unpacked_kind kind, int32_t negated) {
    if (kind.byte) return w_byte_start(negated);
    return kind.minimum ? w_zero() : w_shift_left(w_broadcast(negated), tile->base_bits);
}

/// Adds quads first ..< end of block b to the sums.
INLINE void unpacked_dots(const struct unpacked_tile *tile, const struct unpacked_kind kind, size_t b,
                          const size_t first, const size_t end, const size_t rows, words *sums) {
    const int8_t *x = tile->codes + b * block_inputs;
    for (size_t q = first; q < end; q++) {
        words codes[unpacked_panels];
        for (size_t p = 0; p < unpacked_panels; p++) {
            codes[p] = w_load(tile->panels[p].codes + b * unpacked_block_bytes + q * 64);
        }
        for (size_t r = 0; r < rows; r++) {
            const int32_t four = quad_at(x + r * tile->code_stride, q);
            for (size_t p = 0; p < unpacked_panels; p++) {
                words *sum = &sums[r * unpacked_panels + p];
                *sum = kind.byte ? w_byte_dot(*sum, codes[p], four) : w_dot(*sum, codes[p], four);
            }
        }
    }
}

INLINE void unpacked_whole_block(const struct unpacked_tile *tile, const struct unpacked_kind kind, size_t b,
                           const size_t rows, f32x16 *acc) {
    const struct kernel_activation_group *x = tile->groups + b;
    words sums[unpacked_sums];
    for (size_t i = 0; i < rows * unpacked_panels; i++) {
        sums[i] = unpacked_start(tile, kind, x[i / unpacked_panels * tile->group_stride].negated);
    }
    unpacked_dots(tile, kind, b, 0, 8, rows, sums);
    for (size_t i = 0; i < rows * unpacked_panels; i++) {
        const struct kernel_activation_group *row = &x[i / unpacked_panels * tile->group_stride];
        const struct unpacked_panel *panel = &tile->panels[i % unpacked_panels];
        f32x16 t = v_mul(w_floats(sums[i]), v_load(panel->scales[b]));
        if (kind.minimum) t = v_fma(v_load(panel->minimums[b]), v_broadcast(row->sum), t);
        acc[i] = v_fma(t, v_broadcast(row->scale), acc[i]);
    }
}

INLINE void unpacked_halved_block(const struct unpacked_tile *tile, const struct unpacked_kind kind, size_t b,
                            const size_t rows, f32x16 *acc) {
    const struct kernel_activation_group *x = tile->groups + b;
    words sums[unpacked_sums];
    f32x16 t[unpacked_sums];
    for (size_t i = 0; i < rows * unpacked_panels; i++) {
        sums[i] = unpacked_start(tile, kind, x[i / unpacked_panels * tile->group_stride].negated_first);
    }
    unpacked_dots(tile, kind, b, 0, 4, rows, sums);
    for (size_t i = 0; i < rows * unpacked_panels; i++) {
        const struct kernel_activation_group *row = &x[i / unpacked_panels * tile->group_stride];
        t[i] = v_mul(w_floats(sums[i]), v_load(tile->panels[i % unpacked_panels].scales[2 * b]));
        sums[i] = unpacked_start(tile, kind, row->negated - row->negated_first);
    }
    unpacked_dots(tile, kind, b, 4, 8, rows, sums);
    for (size_t i = 0; i < rows * unpacked_panels; i++) {
        const struct kernel_activation_group *row = &x[i / unpacked_panels * tile->group_stride];
        const struct unpacked_panel *panel = &tile->panels[i % unpacked_panels];
        t[i] = v_fma(w_floats(sums[i]), v_load(panel->scales[2 * b + 1]), t[i]);
        if (kind.minimum) {
            t[i] = v_fma(v_load(panel->minimums[2 * b]), v_broadcast((float)-row->negated_first), t[i]);
            const float second = (float)(row->negated_first - row->negated);
            t[i] = v_fma(v_load(panel->minimums[2 * b + 1]), v_broadcast(second), t[i]);
        }
        acc[i] = v_fma(t[i], v_broadcast(row->scale), acc[i]);
    }
}

INLINE void unpacked_block(const struct unpacked_tile *tile, const struct unpacked_kind kind, size_t b,
                           const size_t rows, f32x16 *acc) {
    if (kind.halved) unpacked_halved_block(tile, kind, b, rows, acc);
    else unpacked_whole_block(tile, kind, b, rows, acc);
}

INLINE void unpacked_load(const struct unpacked_tile *tile, const size_t rows, f32x16 *acc) {
    if (tile->is_first) {
        for (size_t i = 0; i < rows * unpacked_panels; i++) acc[i] = v_zero();
    } else {
        for (size_t i = 0; i < rows * unpacked_panels; i++) acc[i] = v_load(tile->acc + i * kernel_panel);
    }
}

INLINE void unpacked_store(const struct unpacked_tile *tile, const size_t rows, const f32x16 *acc) {
    for (size_t i = 0; i < rows * unpacked_panels; i++) v_store(tile->acc + i * kernel_panel, acc[i]);
}

/// Asks for what the next rows will want at block b: too short for a processor to see that it is read in a line.
INLINE void fetch_next(const struct unpacked_tile *tile, size_t b, const size_t rows) {
    for (size_t i = b; i < rows * unpacked_panels && !tile->is_first; i += tile->blocks) {
        __builtin_prefetch(tile->acc + (rows * unpacked_panels + i) * kernel_panel, 1);
    }
    for (size_t r = rows; r < 2 * rows; r++) {
        __builtin_prefetch(tile->codes + r * tile->code_stride + b * block_inputs);
        __builtin_prefetch(&tile->groups[r * tile->group_stride + b]);
    }
}

INLINE void unpacked_run(const struct unpacked_tile *tile, const struct unpacked_kind kind, const size_t rows) {
    f32x16 acc[unpacked_sums];
    unpacked_load(tile, rows, acc);
    for (size_t b = 0; b < tile->blocks; b++) {
        fetch_next(tile, b, rows);
        unpacked_block(tile, kind, b, rows, acc);
    }
    unpacked_store(tile, rows, acc);
}
