#pragma once
// The product of bfloat weights with activations rounded to bfloat: a few panels times one to eight rows, one sum for
// each element, ordered as scalar/multiply.c says.
#include "../layout.h"
#include "lanes.h"
#include "quads.h"

/// Bytes of activations that a pass over the panels may use, so that they stay in the second-level cache.
enum { rounded_pass_bytes = 384 * 1024 };
enum { rounded_sums = 16 };

struct rounded_tile {
    const struct kernel_multiply *job;
    /// The first panel and row, and how many of the tile's panels exist: the others repeat the last one, unwritten.
    size_t panel, row, panels;
    /// Whether the panels are read for the first time.
    int is_first;
};

INLINE void rounded_dots(const struct rounded_tile *tile, const int fetches, const size_t panels, const size_t rows,
                         f32x16 *acc) {
    const struct kernel_matrix *matrix = &tile->job->matrix;
    const size_t stride = tile->job->activations.pair_stride;
    const uint32_t *x = tile->job->activations.pairs + tile->row * stride;
    const uint8_t *codes[panels_for_1];
    for (size_t p = 0; p < panels; p++) {
        size_t panel = tile->panel + (p < tile->panels ? p : tile->panels - 1);
        codes[p] = matrix->panels + panel * matrix->panel_bytes;
    }
    for (size_t i = 0; i < panels * rows; i++) acc[i] = v_zero();
    for (size_t k = 0; k < (matrix->inputs + 1) / 2; k++) {
        pairs weights[panels_for_1];
        for (size_t p = 0; p < panels; p++) {
            weights[p] = v_pairs(codes[p] + k * 64);
            if (fetches) __builtin_prefetch(codes[p] + k * 64 + prefetch_bytes);
        }
        for (size_t r = 0; r < rows; r++) {
            pairs value = v_pairs_broadcast(x + r * stride + k);
            for (size_t p = 0; p < panels; p++) {
                acc[r * panels + p] = v_pairs_fma(weights[p], value, acc[r * panels + p]);
            }
        }
    }
}

INLINE void rounded_run(const struct rounded_tile *tile, const size_t panels, const size_t rows) {
    f32x16 acc[rounded_sums];
    if (tile->is_first) rounded_dots(tile, 1, panels, rows, acc);
    else rounded_dots(tile, 0, panels, rows, acc);
    for (size_t p = 0; p < panels && p < tile->panels; p++) {
        for (size_t r = 0; r < rows; r++) finish(tile->job, tile->panel + p, tile->row + r, acc[r * panels + p]);
    }
}

INLINE void more_rounded_rows(const struct rounded_tile *tile, size_t rows) {
    switch (rows) {
    case 5: return rounded_run(tile, panels_for_more, 5);
    case 6: return rounded_run(tile, panels_for_more, 6);
    case 7: return rounded_run(tile, panels_for_more, 7);
    default: return rounded_run(tile, panels_for_more, 8);
    }
}

INLINE void rounded_rows(const struct rounded_tile *tile, size_t rows) {
    switch (rows) {
    case 1: return rounded_run(tile, panels_for_1, 1);
    case 2: return rounded_run(tile, panels_for_2, 2);
    case 3: return rounded_run(tile, panels_for_more, 3);
    case 4: return rounded_run(tile, panels_for_more, 4);
    default:
        if (tile_rows > 4) more_rounded_rows(tile, rows);
    }
}

/// Rows first_row ..< end_row of one pass, in tiles of nearly equal size.
INLINE void rounded_pass(const struct kernel_multiply *job, size_t first, size_t end, size_t first_row,
                         size_t end_row) {
    size_t tiles = (end_row - first_row + tile_rows - 1) / tile_rows;
    size_t largest = (end_row - first_row + tiles - 1) / tiles;
    size_t step = largest == 1 ? panels_for_1 : largest == 2 ? panels_for_2 : panels_for_more;
    for (size_t panel = first; panel < end; panel += step) {
        struct rounded_tile tile = {.job = job, .panel = panel, .row = first_row, .is_first = 1};
        tile.panels = end - panel < step ? end - panel : step;
        for (size_t left = tiles; left; left--) {
            size_t rows = (end_row - tile.row + left - 1) / left;
            rounded_rows(&tile, rows);
            tile.row += rows;
            tile.is_first = 0;
        }
    }
}

// Not inlined, so that no arithmetic moves out of the region in which subnormals are flushed.
static __attribute__((noinline)) void rounded_all(const struct kernel_multiply *job, size_t first, size_t end) {
    size_t pass = (rounded_pass_bytes / 2 / job->matrix.inputs / tile_rows + 1) * tile_rows;
    for (size_t row = 0; row < job->rows; row += pass) {
        rounded_pass(job, first, end, row, job->rows - row < pass ? job->rows : row + pass);
    }
}

static void multiply_rounded(const struct kernel_multiply *job, size_t first, size_t end) {
    float_mode before = flush_subnormals();
    rounded_all(job, first, end);
    return_to(before);
}
