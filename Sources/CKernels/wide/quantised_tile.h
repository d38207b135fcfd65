#pragma once
// A tile of quantised activations: a few panels times one to four rows. Dot products of codes are sums of integers, so
// their order is free; everything after them is ordered as scalar/multiply.c says.
#include "quads.h"

enum { quantised_sums = 8 };

struct quantised_tile {
    const struct kernel_multiply *job;
    /// The first panel and row, and how many of the tile's panels exist: the others repeat the last one, unwritten.
    size_t panel, row, panels;
    /// Whether the panels are read for the first time: later tiles find them in a cache, where a prefetch only takes the
    /// place of a load.
    int is_first;
    const uint8_t *codes[quantised_panels];
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

/// Asks for line l of a block, and for the planes that it is the first to use.
INLINE void fetch_line(const enum storage storage, const uint8_t *block, const int l) {
    __builtin_prefetch(block + l * 64);
    if (storage == storage_byte) __builtin_prefetch(block + 256 + l * 64);
    if (storage == storage_nibble_bit && l == 0) __builtin_prefetch(block + 256);
    if (storage == storage_nibble_pair && l % 2 == 0) __builtin_prefetch(block + 256 + l * 32);
}

/// Adds lines first_line ..< end_line of block g to the sums.
INLINE void dot_lines(const struct quantised_tile *tile, size_t g, const int first_line, const int end_line,
                      const enum storage storage, const size_t panels, const size_t rows, words *sums) {
    const struct kernel_activations *x = &tile->job->activations;
    const int8_t *codes = x->codes + tile->row * x->code_stride + g * block_inputs;
    for (int l = first_line; l < end_line; l++) {
        struct line lines[quantised_panels];
        for (size_t p = 0; p < panels; p++) {
            const uint8_t *block = tile->codes[p] + code_bytes(storage, g * block_inputs);
            lines[p] = load_line(storage, block, l);
            if (tile->is_first) fetch_line(storage, block + prefetch_bytes, l);
        }
        for (size_t r = 0; r < rows; r++) {
            int32_t even = quad_at(codes + r * x->code_stride, 2 * (size_t)l);
            for (size_t p = 0; p < panels; p++) {
                sums[r * panels + p] = dot(storage, sums[r * panels + p], lines[p].even, even);
            }
        }
        for (size_t r = 0; r < rows; r++) {
            int32_t odd = quad_at(codes + r * x->code_stride, 2 * (size_t)l + 1);
            for (size_t p = 0; p < panels; p++) {
                sums[r * panels + p] = dot(storage, sums[r * panels + p], lines[p].odd, odd);
            }
        }
    }
}

INLINE const struct kernel_activation_group *group_of(const struct quantised_tile *tile, size_t row, size_t g) {
    const struct kernel_activations *x = &tile->job->activations;
    return &x->groups[(tile->row + row) * x->group_stride + g];
}

/// Sums of one half of a block, as floats.
INLINE void half_sums(const struct quantised_tile *tile, size_t g, const int h, const enum storage storage,
                      const int base, const size_t panels, const size_t rows, f32x16 *out) {
    words sums[quantised_sums];
    for (size_t i = 0; i < panels * rows; i++) {
        sums[i] = start_sum(storage, base, group_of(tile, i / panels, g)->negated[h]);
    }
    dot_lines(tile, g, 2 * h, 2 * h + 2, storage, panels, rows, sums);
    for (size_t i = 0; i < panels * rows; i++) out[i] = w_floats(sums[i]);
}

/// A block whose weights share a scale.
INLINE void whole_block(const struct quantised_tile *tile, size_t g, const enum storage storage,
                        const enum scaling scaling, const int base, const size_t panels, const size_t rows,
                        f32x16 *acc) {
    f32x16 t[quantised_sums], sums[quantised_sums];
    half_sums(tile, g, 0, storage, base, panels, rows, sums);
    for (size_t i = 0; i < panels * rows; i++) {
        t[i] = v_mul(sums[i], v_broadcast(group_of(tile, i / panels, g)->scales[0]));
    }
    half_sums(tile, g, 1, storage, base, panels, rows, sums);
    for (size_t i = 0; i < panels * rows; i++) {
        t[i] = v_fma(sums[i], v_broadcast(group_of(tile, i / panels, g)->scales[1]), t[i]);
    }
    for (size_t p = 0; p < panels; p++) {
        const uint8_t *scales = tile->codes[p] + scale_offset(storage, tile->job->matrix.inputs);
        f32x16 d = group_scale(scaling, 32, scales, g);
        f32x16 m = adds_minimum(scaling) ? group_minimum(scaling, 32, scales, g) : d;
        for (size_t r = 0; r < rows; r++) {
            f32x16 *a = &acc[r * panels + p];
            *a = v_fma(t[r * panels + p], d, *a);
            if (adds_minimum(scaling)) *a = v_fma(m, v_broadcast(group_of(tile, r, g)->sum), *a);
        }
    }
}

/// One half of a block whose halves have scales of their own.
INLINE void half_block(const struct quantised_tile *tile, size_t g, const int h, const enum storage storage,
                       const enum scaling scaling, const int base, const size_t panels, const size_t rows,
                       f32x16 *acc) {
    const size_t group = 2 * g + (size_t)h;
    f32x16 sums[quantised_sums];
    half_sums(tile, g, h, storage, base, panels, rows, sums);
    for (size_t p = 0; p < panels; p++) {
        const uint8_t *scales = tile->codes[p] + scale_offset(storage, tile->job->matrix.inputs);
        f32x16 d = group_scale(scaling, 16, scales, group);
        f32x16 m = adds_minimum(scaling) ? group_minimum(scaling, 16, scales, group) : d;
        for (size_t r = 0; r < rows; r++) {
            const struct kernel_activation_group *x = group_of(tile, r, g);
            f32x16 *a = &acc[r * panels + p];
            *a = v_fma(sums[r * panels + p], v_mul(d, v_broadcast(x->scales[h])), *a);
            if (adds_minimum(scaling)) *a = v_fma(m, v_broadcast(x->scales[h] * (float)-x->negated[h]), *a);
        }
    }
}

INLINE void quantised_run(struct quantised_tile *tile, const enum storage storage, const enum scaling scaling,
                          const size_t group, const int base, const size_t panels, const size_t rows) {
    const struct kernel_matrix *matrix = &tile->job->matrix;
    f32x16 acc[quantised_sums];
    for (size_t p = 0; p < panels; p++) {
        size_t panel = tile->panel + (p < tile->panels ? p : tile->panels - 1);
        tile->codes[p] = matrix->panels + panel * matrix->panel_bytes;
    }
    for (size_t i = 0; i < panels * rows; i++) acc[i] = v_zero();
    for (size_t g = 0; g < matrix->inputs / block_inputs; g++) {
        if (group == 32) {
            whole_block(tile, g, storage, scaling, base, panels, rows, acc);
        } else {
            half_block(tile, g, 0, storage, scaling, base, panels, rows, acc);
            half_block(tile, g, 1, storage, scaling, base, panels, rows, acc);
        }
    }
    for (size_t p = 0; p < panels && p < tile->panels; p++) {
        for (size_t r = 0; r < rows; r++) finish(tile->job, tile->panel + p, tile->row + r, acc[r * panels + p]);
    }
}
