#pragma once
// The matrix product of every format, tile by tile.
#include "tile.h"

/// Floats of x that a pass over the panels may use, so that they stay in the second-level cache.
enum { pass_floats = 256 * 1024 };

_Static_assert(tile_rows > 4 || (int)panels_for_2 == panels_for_more, "tiles of one pass span the same panels");

/// Panels that a tile of so many rows spans.
INLINE size_t tile_panels(size_t rows) { return rows == 1 ? panels_for_1 : rows == 2 ? panels_for_2 : panels_for_more; }

INLINE void run_more_rows(struct tile *tile, size_t rows, const enum storage storage, const enum scaling scaling,
                          const size_t group) {
    switch (rows) {
    case 5: tile_run(tile, storage, scaling, group, panels_for_more, 5); break;
    case 6: tile_run(tile, storage, scaling, group, panels_for_more, 6); break;
    case 7: tile_run(tile, storage, scaling, group, panels_for_more, 7); break;
    default: tile_run(tile, storage, scaling, group, panels_for_more, 8); break;
    }
}

INLINE void run_rows(struct tile *tile, size_t rows, const enum storage storage, const enum scaling scaling,
                     const size_t group) {
    switch (rows) {
    case 1: tile_run(tile, storage, scaling, group, panels_for_1, 1); break;
    case 2: tile_run(tile, storage, scaling, group, panels_for_2, 2); break;
    case 3: tile_run(tile, storage, scaling, group, panels_for_more, 3); break;
    case 4: tile_run(tile, storage, scaling, group, panels_for_more, 4); break;
    default:
        if (tile_rows > 4) run_more_rows(tile, rows, storage, scaling, group);
    }
}

/// Rows first_row ..< end_row of one pass, in tiles of nearly equal size.
INLINE void multiply_pass(const struct kernel_multiply *job, size_t first, size_t end, size_t first_row, size_t end_row,
                          const enum storage storage, const enum scaling scaling, const size_t group) {
    size_t tiles = (end_row - first_row + tile_rows - 1) / tile_rows;
    size_t step = tile_panels((end_row - first_row + tiles - 1) / tiles);
    for (size_t panel = first; panel < end; panel += step) {
        struct tile tile = {.job = job, .panel = panel, .row = first_row};
        tile.panels = end - panel < step ? end - panel : step;
        for (size_t left = tiles; left; left--) {
            size_t rows = (end_row - tile.row + left - 1) / left;
            run_rows(&tile, rows, storage, scaling, group);
            tile.row += rows;
        }
    }
}

INLINE void multiply(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                     const enum scaling scaling, const size_t group) {
    size_t pass = (pass_floats / job->matrix.inputs / tile_rows + 1) * tile_rows;
    for (size_t row = 0; row < job->rows; row += pass) {
        size_t end_row = job->rows - row < pass ? job->rows : row + pass;
        multiply_pass(job, first, end, row, end_row, storage, scaling, group);
    }
}

#define PRODUCT(name, storage, scaling, group, base)                                            \
    static void multiply_##name(const struct kernel_multiply *job, size_t first, size_t end) {  \
        multiply(job, first, end, storage, scaling, group);                                     \
    }
PLAIN_PANELS(PRODUCT)
CODED_PANELS(PRODUCT)
#undef PRODUCT
