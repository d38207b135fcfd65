#pragma once
// A tile of quantised activations: one panel times a few rows. Dot products of codes are sums of integers, so
// their order is free; everything after them is ordered as scalar/multiply.c says.
#include "quads.h"

/// Rows of the largest tile that any set has.
enum { quantised_sums = 8 };
_Static_assert((int)quantised_rows <= (int)quantised_sums, "sums for every row of a tile");

/// A panel times a few rows. One panel after the other is read, so that memory sees one stream of codes and one of scales.
struct quantised_tile {
    const struct kernel_multiply *job;
    size_t panel, row;
    const uint8_t *codes;
    /// Whether the panel is read for the first time: later tiles find it in a cache, where asking again only takes the
    /// place of a load.
    int is_first;
    /// What is asked for with the first block.
    const uint8_t *ahead;
};

/// The bits of a base, a negative power of two.
INLINE int base_bits(const int base) { return base == -4 ? 2 : base == -8 ? 3 : base == -16 ? 4 : 5; }

/// What a sum of codes starts from: the base times the sum of the codes of x.
INLINE words start_sum(const enum storage storage, const int base, int32_t negated) {
    if (storage == storage_byte) return w_byte_start(negated);
    return base ? w_shift_left(w_broadcast(negated), base_bits(base)) : w_zero();
}

INLINE words dot(const enum storage storage, words sum, words codes, int32_t x) {
    return storage == storage_byte ? w_byte_dot(sum, codes, x) : w_dot(sum, codes, x);
}

INLINE int32_t quad_at(const int8_t *codes, size_t quad) {
    int32_t x;
    __builtin_memcpy(&x, codes + quad * 4, 4);
    return x;
}

/// Asks for as many bytes as a block and its scales have. What is asked for goes through memory in one line and is ahead of
/// the scales too, which stand behind the codes.
INLINE void fetch_block(const struct quantised_tile *tile, size_t g, const size_t bytes) {
    const uint8_t *ahead = tile->ahead + g * bytes;
    if (tile->job->tuning.prefetches_far) {
        for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(ahead + line, 0, 2);
    } else {
        for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(ahead + line);
    }
}

/// Adds lines first_line ..< end_line of block g to the sums.
INLINE void dot_lines(const struct quantised_tile *tile, size_t g, const int first_line, const int end_line,
                      const enum storage storage, const size_t rows, words *sums) {
    const struct kernel_activations *x = &tile->job->activations;
    const int8_t *codes = x->codes + tile->row * x->code_stride + g * block_inputs;
    const uint8_t *block = tile->codes + code_bytes(storage, g * block_inputs);
    for (int l = first_line; l < end_line; l++) {
        const struct line line = load_line(storage, block, l);
        for (size_t r = 0; r < rows; r++) {
            sums[r] = dot(storage, sums[r], line.even, quad_at(codes + r * x->code_stride, 2 * (size_t)l));
        }
        for (size_t r = 0; r < rows; r++) {
            sums[r] = dot(storage, sums[r], line.odd, quad_at(codes + r * x->code_stride, 2 * (size_t)l + 1));
        }
    }
}

INLINE const struct kernel_activation_group *group_of(const struct quantised_tile *tile, size_t row, size_t g) {
    const struct kernel_activations *x = &tile->job->activations;
    return &x->groups[(tile->row + row) * x->group_stride + g];
}

/// Sums over lines first_line ..< end_line of a block, as floats.
INLINE void line_sums(const struct quantised_tile *tile, size_t g, const int first_line, const int end_line,
                      const enum storage storage, const int base, const size_t rows, f32x16 *out) {
    words sums[quantised_sums];
    for (size_t r = 0; r < rows; r++) {
        const struct kernel_activation_group *x = group_of(tile, r, g);
        const int32_t first = end_line == 4 && first_line == 0 ? x->negated : x->negated_first;
        sums[r] = start_sum(storage, base, first_line ? x->negated - first : first);
    }
    dot_lines(tile, g, first_line, end_line, storage, rows, sums);
    for (size_t r = 0; r < rows; r++) out[r] = w_floats(sums[r]);
}

/// A block whose weights share a scale.
INLINE void whole_block(const struct quantised_tile *tile, size_t g, const uint8_t *scales, const enum storage storage,
                        const enum scaling scaling, const int base, const size_t rows, f32x16 *acc) {
    f32x16 sums[quantised_sums];
    line_sums(tile, g, 0, 4, storage, base, rows, sums);
    f32x16 d = group_scale(scaling, 32, scales, g);
    f32x16 m = adds_minimum(scaling) ? group_minimum(scaling, 32, scales, g) : d;
    for (size_t r = 0; r < rows; r++) {
        f32x16 t = v_mul(sums[r], d);
        if (adds_minimum(scaling)) t = v_fma(m, v_broadcast(group_of(tile, r, g)->sum), t);
        acc[r] = v_fma(t, v_broadcast(group_of(tile, r, g)->scale), acc[r]);
    }
}

/// A block whose halves have scales of their own.
INLINE void halved_block(const struct quantised_tile *tile, size_t g, const uint8_t *scales, const enum storage storage,
                         const enum scaling scaling, const int base, const size_t rows, f32x16 *acc) {
    f32x16 low[quantised_sums], high[quantised_sums];
    line_sums(tile, g, 0, 2, storage, base, rows, low);
    line_sums(tile, g, 2, 4, storage, base, rows, high);
    f32x16 d0 = group_scale(scaling, 16, scales, 2 * g), d1 = group_scale(scaling, 16, scales, 2 * g + 1);
    f32x16 m0 = d0, m1 = d1;
    if (adds_minimum(scaling)) {
        m0 = group_minimum(scaling, 16, scales, 2 * g);
        m1 = group_minimum(scaling, 16, scales, 2 * g + 1);
    }
    for (size_t r = 0; r < rows; r++) {
        const struct kernel_activation_group *x = group_of(tile, r, g);
        f32x16 t = v_fma(high[r], d1, v_mul(low[r], d0));
        if (adds_minimum(scaling)) {
            t = v_fma(m0, v_broadcast((float)-x->negated_first), t);
            t = v_fma(m1, v_broadcast((float)(x->negated_first - x->negated)), t);
        }
        acc[r] = v_fma(t, v_broadcast(x->scale), acc[r]);
    }
}

INLINE void quantised_run(struct quantised_tile *tile, const enum storage storage, const enum scaling scaling,
                          const size_t group, const int base, const size_t rows) {
    const size_t block_bytes = code_bytes(storage, block_inputs) + block_scale_bytes(scaling, group);
    const uint8_t *scales = tile->codes + scale_offset(storage, tile->job->matrix.inputs);
    f32x16 acc[quantised_sums];
    for (size_t r = 0; r < rows; r++) acc[r] = v_zero();
    for (size_t g = 0; g < tile->job->matrix.inputs / block_inputs; g++) {
        if (tile->is_first) fetch_block(tile, g, block_bytes);
        if (group == 32) whole_block(tile, g, scales, storage, scaling, base, rows, acc);
        else halved_block(tile, g, scales, storage, scaling, base, rows, acc);
    }
    for (size_t r = 0; r < rows; r++) finish(tile->job, tile->panel, tile->row + r, acc[r]);
}
