#pragma once
// The product of weights and activations that were both coded after their Hadamard transform: nearly all of it is dot products,
// since one scaling serves 256 inputs. scalar/hadamard.c orders what follows the sums of integers.
#include "../hadamard.h"
#include "quads.h"

/// Bytes of activations that a pass over the panels may use, so that they stay in the second-level cache.
enum { hadamard_pass_bytes = 384 * 1024 };
/// How far ahead of their use codes are asked for: from memory into the second-level cache, from there into the first.
enum { hadamard_far_bytes = 16 * 1024, hadamard_near_bytes = 2048 };
/// Sums of a tile; of one row and panel several are under way, to hide the latency of a dot product.
enum { hadamard_sums = hadamard_panels * hadamard_rows, few_rows = 2, chains_of_few = 2 };

struct hadamard_tile {
    const struct kernel_multiply *job;
    /// The first panel and row, and how many of the tile's panels exist: the others repeat the last one, unwritten.
    size_t panel, row, panels;
    const uint8_t *codes[hadamard_panels];
};

INLINE const struct kernel_hadamard_group *hadamard_group_of(const struct hadamard_tile *tile, size_t row, size_t g) {
    const struct kernel_activations *x = &tile->job->activations;
    return &x->hadamard_groups[(tile->row + row) * x->hadamard_group_stride + g];
}

/// Adds the dot products of quad `quad` of group g to the chain whose turn it is.
INLINE void hadamard_quad(const struct hadamard_tile *tile, size_t g, size_t quad, const int fetches,
                          const size_t panels, const size_t rows, words *chain) {
    const size_t stride = tile->job->activations.hadamard_code_stride;
    const int8_t *x = tile->job->activations.hadamard_codes + tile->row * stride + g * super_inputs + quad * 4;
    words codes[hadamard_panels];
    for (size_t p = 0; p < panels; p++) {
        const uint8_t *line = tile->codes[p] + (g * super_inputs + quad * 4) * kernel_panel;
        codes[p] = w_load(line);
        if (fetches) __builtin_prefetch(line + hadamard_far_bytes, 0, 2);
        else __builtin_prefetch(line + hadamard_near_bytes);
    }
    for (size_t r = 0; r < rows; r++) {
        int32_t four;
        __builtin_memcpy(&four, x + r * stride, 4);
        for (size_t p = 0; p < panels; p++) chain[r * panels + p] = w_byte_dot(chain[r * panels + p], codes[p], four);
    }
}

/// The eight quads of 32 inputs, one after the other: a loop over single ones ends too seldom to be foreseen.
INLINE void hadamard_block(const struct hadamard_tile *tile, size_t g, size_t block, const int fetches,
                           const size_t panels, const size_t rows, const size_t chains, words *sums) {
    const size_t first = block * 8, step = panels * rows, second = chains > 1 ? step : 0;
    hadamard_quad(tile, g, first, fetches, panels, rows, sums);
    hadamard_quad(tile, g, first + 1, fetches, panels, rows, sums + second);
    hadamard_quad(tile, g, first + 2, fetches, panels, rows, sums);
    hadamard_quad(tile, g, first + 3, fetches, panels, rows, sums + second);
    hadamard_quad(tile, g, first + 4, fetches, panels, rows, sums);
    hadamard_quad(tile, g, first + 5, fetches, panels, rows, sums + second);
    hadamard_quad(tile, g, first + 6, fetches, panels, rows, sums);
    hadamard_quad(tile, g, first + 7, fetches, panels, rows, sums + second);
}

INLINE void hadamard_group_sums(const struct hadamard_tile *tile, size_t g, const int fetches, const size_t panels,
                                const size_t rows, const size_t chains, words *sums) {
    words parts[hadamard_sums + few_rows * chains_of_few];
    for (size_t r = 0; r < rows; r++) {
        for (size_t p = 0; p < panels; p++) {
            parts[r * panels + p] = w_byte_start(hadamard_group_of(tile, r, g)->negated);
            for (size_t c = 1; c < chains; c++) parts[(c * rows + r) * panels + p] = w_zero();
        }
    }
    const size_t blocks = hadamard_count(tile->job->matrix.inputs, g) / block_inputs;
    for (size_t block = 0; block < blocks; block++) {
        hadamard_block(tile, g, block, fetches, panels, rows, chains, parts);
    }
    for (size_t i = 0; i < panels * rows; i++) {
        sums[i] = parts[i];
        for (size_t c = 1; c < chains; c++) sums[i] = w_add(sums[i], parts[c * panels * rows + i]);
    }
}

INLINE void hadamard_run(struct hadamard_tile *tile, const int fetches, const size_t panels, const size_t rows,
                         const size_t chains) {
    const struct kernel_matrix *matrix = &tile->job->matrix;
    f32x16 acc[hadamard_sums];
    for (size_t p = 0; p < panels; p++) {
        size_t panel = tile->panel + (p < tile->panels ? p : tile->panels - 1);
        tile->codes[p] = matrix->panels + panel * matrix->panel_bytes;
    }
    for (size_t i = 0; i < panels * rows; i++) acc[i] = v_zero();
    for (size_t g = 0; g * super_inputs < matrix->inputs; g++) {
        words sums[hadamard_sums];
        hadamard_group_sums(tile, g, fetches, panels, rows, chains, sums);
        for (size_t p = 0; p < panels; p++) {
            f32x16 d = v_half(tile->codes[p] + scale_offset(storage_byte, matrix->inputs) + g * 32);
            for (size_t r = 0; r < rows; r++) {
                f32x16 scale = v_mul(d, v_broadcast(hadamard_group_of(tile, r, g)->scale));
                acc[r * panels + p] = v_fma(w_floats(sums[r * panels + p]), scale, acc[r * panels + p]);
            }
        }
    }
    for (size_t p = 0; p < panels && p < tile->panels; p++) {
        for (size_t r = 0; r < rows; r++) finish(tile->job, tile->panel + p, tile->row + r, acc[r * panels + p]);
    }
}

/// More rows than some sets have tiles for.
INLINE void hadamard_more_rows(struct hadamard_tile *tile, size_t rows, const int fetches) {
    if (rows == 4 && hadamard_rows > 3) hadamard_run(tile, fetches, hadamard_panels, 4, 1);
    if (rows == 5 && hadamard_rows > 4) hadamard_run(tile, fetches, hadamard_panels, 5, 1);
    if (rows == 6 && hadamard_rows > 5) hadamard_run(tile, fetches, hadamard_panels, 6, 1);
    if (rows == 7 && hadamard_rows > 6) hadamard_run(tile, fetches, hadamard_panels, 7, 1);
    if (rows == 8 && hadamard_rows > 7) hadamard_run(tile, fetches, hadamard_panels, 8, 1);
}

INLINE void hadamard_rows_of(struct hadamard_tile *tile, size_t rows, const int fetches) {
    switch (rows) {
    case 1: return hadamard_run(tile, fetches, hadamard_panels, 1, 1);
    case 2: return hadamard_run(tile, fetches, hadamard_panels, 2, 1);
    case 3: return hadamard_run(tile, fetches, hadamard_panels, 3, 1);
    default: return hadamard_more_rows(tile, rows, fetches);
    }
}

/// One or two rows: one panel after the other, as memory likes it.
INLINE void hadamard_few(const struct kernel_multiply *job, size_t first, size_t end) {
    for (size_t panel = first; panel < end; panel++) {
        struct hadamard_tile tile = {.job = job, .panel = panel, .panels = 1};
        if (job->rows == 1) hadamard_run(&tile, 1, 1, 1, chains_of_few);
        else hadamard_run(&tile, 1, 1, few_rows, chains_of_few);
    }
}

/// Rows first_row ..< end_row of one pass, in tiles of nearly equal size. Only the first tile finds the codes in no cache.
INLINE void hadamard_pass(const struct kernel_multiply *job, size_t first, size_t end, size_t first_row,
                          size_t end_row) {
    size_t tiles = (end_row - first_row + hadamard_rows - 1) / hadamard_rows;
    for (size_t panel = first; panel < end; panel += hadamard_panels) {
        struct hadamard_tile tile = {.job = job, .panel = panel, .row = first_row};
        tile.panels = end - panel < hadamard_panels ? end - panel : hadamard_panels;
        for (size_t left = tiles; left; left--) {
            size_t rows = (end_row - tile.row + left - 1) / left;
            if (left == tiles) hadamard_rows_of(&tile, rows, 1);
            else hadamard_rows_of(&tile, rows, 0);
            tile.row += rows;
        }
    }
}

static void wide_multiply_hadamard_quantised(const struct kernel_multiply *job, size_t first, size_t end) {
    if (job->rows <= few_rows) {
        hadamard_few(job, first, end);
        return;
    }
    size_t pass = (hadamard_pass_bytes / job->matrix.inputs / hadamard_rows + 1) * hadamard_rows;
    for (size_t row = 0; row < job->rows; row += pass) {
        hadamard_pass(job, first, end, row, job->rows - row < pass ? job->rows : row + pass);
    }
}
