#pragma once
// The product of every quantised format with quantised activations, tile by tile.
#include "unpacked_multiply.h"

/// Bytes of activations that a pass over the panels may use, so that they stay in the second-level cache.
enum { quantised_pass_bytes = 192 * 1024 };

INLINE void quantised_rows_of(struct quantised_tile *tile, size_t rows, const enum storage storage,
                              const enum scaling scaling, const size_t group, const int base) {
    switch (rows) {
    case 1: return quantised_run(tile, storage, scaling, group, base, 1);
    case 2: return quantised_run(tile, storage, scaling, group, base, 2);
    case 3: return quantised_run(tile, storage, scaling, group, base, 3);
    default:
        if (quantised_rows > 3) quantised_run(tile, storage, scaling, group, base, 4);
    }
}

/// Rows first_row ..< end_row of one pass, in tiles of nearly equal size.
INLINE void quantised_pass(const struct kernel_multiply *job, size_t first, size_t end, size_t first_row,
                           size_t end_row, const enum storage storage, const enum scaling scaling, const size_t group,
                           const int base) {
    const struct kernel_matrix *matrix = &job->matrix;
    const size_t ahead = scale_offset(storage, matrix->inputs) + job->tuning.prefetch_bytes;
    size_t tiles = (end_row - first_row + quantised_rows - 1) / quantised_rows;
    for (size_t panel = first; panel < end; panel++) {
        struct quantised_tile tile = {.job = job, .panel = panel, .row = first_row};
        tile.codes = matrix->panels + panel * matrix->panel_bytes;
        tile.is_first = 1;
        tile.ahead = tile.codes + ahead;
        for (size_t left = tiles; left; left--) {
            size_t rows = (end_row - tile.row + left - 1) / left;
            quantised_rows_of(&tile, rows, storage, scaling, group, base);
            tile.row += rows;
            tile.is_first = 0;
        }
    }
}

/// Whether codes of a storage are worth unpacking at all: those in three planes are on any set.
INLINE int unpacks(const enum storage storage) { return unpacks_nibbles || storage == storage_nibble_pair; }

INLINE void quantised(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                      const enum scaling scaling, const size_t group, const int base) {
    if (unpacks(storage) && job->rows >= unpacked_least_rows && job->rows >= job->tuning.unpacked_rows) {
        unpacked(job, first, end, storage, scaling, group, base);
        return;
    }
    size_t pass = (quantised_pass_bytes / job->matrix.inputs / quantised_rows + 1) * quantised_rows;
    for (size_t row = 0; row < job->rows; row += pass) {
        size_t end_row = job->rows - row < pass ? job->rows : row + pass;
        quantised_pass(job, first, end, row, end_row, storage, scaling, group, base);
    }
}

#define PRODUCT(name, storage, scaling, group, base)                                             \
    static void quantised_##name(const struct kernel_multiply *job, size_t first, size_t end) {  \
        quantised(job, first, end, storage, scaling, group, base);                               \
    }
CODED_PANELS(PRODUCT)
#undef PRODUCT
