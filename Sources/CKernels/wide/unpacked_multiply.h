#pragma once
// Products of many rows: panels are unpacked once a pass, chunk by chunk, and then multiplied by all rows of the pass.
#include "unpacked_tile.h"

/// Bytes of activations of a pass, so that they stay in the second-level cache, and rows at most, so that the sums do.
enum { unpacked_pass_bytes = 768 * 1024, unpacked_pass_rows = 192 };

/// Rows that a pass needs at least: those of the first tile.
enum { unpacked_least_rows = unpacked_rows };

struct unpacked_pass {
    const struct kernel_multiply *job;
    size_t row, rows;
    /// The chunk that is unpacked.
    size_t first_block, blocks;
    /// The first panel, how many there are, and whether their sums are complete after this chunk.
    size_t panel, count;
    int is_last, base_bits;
    struct unpacked_panel panels[unpacked_panels];
    float acc[unpacked_pass_rows * unpacked_panels][kernel_panel] __attribute__((aligned(64)));
};

/// Rows of a tile: two sums under way for each output leave room for fewer.
INLINE size_t rows_of_kind(const struct unpacked_kind kind) { return kind.halved ? unpacked_halved_rows : unpacked_rows; }

INLINE void unpacked_rows_of(const struct unpacked_tile *tile, const struct unpacked_kind kind, size_t rows) {
    switch (rows) {
    case 1: return unpacked_run(tile, kind, 1);
    case 2: return unpacked_run(tile, kind, 2);
    default:
        if (rows_of_kind(kind) > 2) unpacked_run(tile, kind, 3);
    }
}

INLINE struct unpacked_tile unpacked_tile_at(struct unpacked_pass *pass, size_t row) {
    const struct kernel_activations *x = &pass->job->activations;
    return (struct unpacked_tile){
        .panels = pass->panels,
        .codes = x->codes + (pass->row + row) * x->code_stride + pass->first_block * block_inputs,
        .groups = x->groups + (pass->row + row) * x->group_stride + pass->first_block,
        .code_stride = x->code_stride,
        .group_stride = x->group_stride,
        .blocks = pass->blocks,
        .base_bits = pass->base_bits,
        .acc = pass->acc[row * unpacked_panels],
        .is_first = pass->first_block == 0,
    };
}

/// Writes the outputs of rows whose sums are complete, while they are in the first-level cache.
static __attribute__((noinline)) void finish_rows(const struct unpacked_pass *pass, size_t row, size_t rows) {
    for (size_t r = row; r < row + rows; r++) {
        for (size_t p = 0; p < pass->count; p++) {
            finish(pass->job, pass->panel + p, pass->row + r, v_load(pass->acc[r * unpacked_panels + p]));
        }
    }
}

/// The rows of the pass after the first tile, in tiles of nearly equal size.
INLINE void unpacked_rest(struct unpacked_pass *pass, const struct unpacked_kind kind) {
    const size_t most = rows_of_kind(kind);
    size_t row = most;
    for (size_t left = (pass->rows - 1) / most; left; left--) {
        const size_t rows = (pass->rows - row + left - 1) / left;
        const struct unpacked_tile tile = unpacked_tile_at(pass, row);
        unpacked_rows_of(&tile, kind, rows);
        if (pass->is_last) finish_rows(pass, row, rows);
        row += rows;
    }
}

#define UNPACKED_KIND(name, ...)                                                           \
    static __attribute__((noinline)) void unpacked_rest_##name(struct unpacked_pass *pass) { \
        unpacked_rest(pass, (struct unpacked_kind){__VA_ARGS__});                          \
    }
UNPACKED_KIND(plain, 0, 0, 0)
UNPACKED_KIND(bytes, 0, 0, 1)
UNPACKED_KIND(minimum, 1, 0, 0)
UNPACKED_KIND(halved, 0, 1, 0)
UNPACKED_KIND(halved_minimum, 1, 1, 0)
#undef UNPACKED_KIND

INLINE void unpacked_rest_of(struct unpacked_pass *pass, const struct unpacked_kind kind) {
    if (kind.halved && kind.minimum) unpacked_rest_halved_minimum(pass);
    else if (kind.halved) unpacked_rest_halved(pass);
    else if (kind.minimum) unpacked_rest_minimum(pass);
    else if (kind.byte) unpacked_rest_bytes(pass);
    else unpacked_rest_plain(pass);
}

/// The first tile over a chunk. It unpacks each block before it uses it: its dot products leave room for that.
INLINE void unpacked_first(struct unpacked_pass *pass, const struct unpacked_source *sources, const enum storage storage,
                           const enum scaling scaling, const size_t group, const struct unpacked_kind kind) {
    const struct unpacked_tile tile = unpacked_tile_at(pass, 0);
    const size_t rows = rows_of_kind(kind);
    f32x16 acc[unpacked_sums];
    unpacked_load(&tile, rows, acc);
    for (size_t b = 0; b < pass->blocks; b++) {
        for (size_t p = 0; p < unpacked_panels; p++) {
            unpack_block(&sources[p], b, storage, scaling, group, &pass->panels[p]);
        }
        unpacked_block(&tile, kind, b, rows, acc);
    }
    unpacked_store(&tile, rows, acc);
    if (pass->is_last) finish_rows(pass, 0, rows);
}

/// A few panels over all chunks; those that do not exist repeat the last one, unwritten.
INLINE void unpacked_panels_of(struct unpacked_pass *pass, const enum storage storage, const enum scaling scaling,
                               const size_t group) {
    const struct unpacked_kind kind = {adds_minimum(scaling), group < block_inputs, storage == storage_byte};
    const struct kernel_matrix *matrix = &pass->job->matrix;
    const size_t blocks = matrix->inputs / block_inputs;
    pass->first_block = 0;
    for (size_t left = (blocks + unpacked_blocks - 1) / unpacked_blocks; left; left--) {
        pass->blocks = (blocks - pass->first_block + left - 1) / left;
        pass->is_last = left == 1;
        struct unpacked_source sources[unpacked_panels];
        for (size_t p = 0; p < unpacked_panels; p++) {
            const size_t next = left > 1 ? code_bytes(storage, (pass->first_block + pass->blocks) * block_inputs)
                                         : unpacked_panels * matrix->panel_bytes;
            const uint8_t *from = matrix->panels + (pass->panel + (p < pass->count ? p : pass->count - 1)) * matrix->panel_bytes;
            sources[p] = (struct unpacked_source){from, from + next, matrix->inputs, pass->first_block};
        }
        unpacked_first(pass, sources, storage, scaling, group, kind);
        unpacked_rest_of(pass, kind);
        pass->first_block += pass->blocks;
    }
}

INLINE void unpacked(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                     const enum scaling scaling, const size_t group, const int base) {
    struct unpacked_pass pass;
    size_t most = unpacked_pass_bytes / job->matrix.inputs / unpacked_rows * unpacked_rows;
    if (most < 8 * unpacked_rows) most = 8 * unpacked_rows;
    if (most > unpacked_pass_rows) most = unpacked_pass_rows / unpacked_rows * unpacked_rows;
    pass.job = job;
    pass.base_bits = base ? base_bits(base) : 0;
    size_t passes = (job->rows + most - 1) / most;
    for (pass.row = 0; passes; passes--, pass.row += pass.rows) {
        pass.rows = (job->rows - pass.row + passes - 1) / passes;
        for (pass.panel = first; pass.panel < end; pass.panel += unpacked_panels) {
            pass.count = end - pass.panel < unpacked_panels ? end - pass.panel : unpacked_panels;
            unpacked_panels_of(&pass, storage, scaling, group);
        }
    }
}
