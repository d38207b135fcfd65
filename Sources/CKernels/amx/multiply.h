#pragma once
// Products of many rows with quantised activations on tiles; few rows, and what is left of them, take vectors, which
// give the same bits.
#include "row_tile.h"

extern const struct kernel_table avx512_table;

/// Bytes of activations that a pass over the panels may use: half the second-level cache of a processor with tiles.
/// Row tiles of a pass at most, so that what is carried from chunk to chunk is small.
enum { tile_pass_bytes = 1024 * 1024, pass_row_tiles = 16 };
/// Rows left over that are worth a tile of their own, which repeats rows of the one before; vectors do fewer sooner.
enum { worthy_rows = 8, vector_panels = 2 };

struct tiled_product {
    const struct kernel_multiply *job;
    chunk_expander expand;
    row_tile_runner run;
    /// Row tiles in all, and those of one pass.
    size_t row_tiles, pass;
};

/// Row tiles of so many rows, and those of a pass: as many as have their codes in the cache.
INLINE size_t row_tiles_of(size_t rows) { return rows / row_tile + (rows % row_tile >= worthy_rows); }
INLINE size_t pass_of(size_t inputs) {
    size_t pass = tile_pass_bytes / inputs / row_tile + 1;
    return pass < pass_row_tiles ? pass : pass_row_tiles;
}

/// The first row of a tile; the last tile ends with the rows.
INLINE size_t first_row_of(const struct kernel_multiply *job, size_t tile) {
    size_t last = job->rows - row_tile;
    return tile * row_tile < last ? tile * row_tile : last;
}

INLINE void write_rows(const struct tiled_product *product, size_t panel, size_t tile, const float *acc) {
    size_t first = first_row_of(product->job, tile);
    for (size_t r = tile * row_tile - first; r < row_tile; r++) {
        finish(product->job, panel, first + r, v_load(acc + r * 16));
    }
}

/// A row tile over a chunk.
INLINE struct row_tile_job job_of(const struct tiled_product *product, const struct chunk_source *source,
                                  const struct chunk *chunk, size_t tile) {
    const struct kernel_activations *x = &product->job->activations;
    const size_t row = first_row_of(product->job, tile), size = sizeof(struct kernel_activation_group);
    const size_t block = source->first_block;
    return (struct row_tile_job){
        .x = x->codes + row * x->code_stride + block * block_inputs,
        .groups = (const uint8_t *)x->groups + (row * x->group_stride + block) * size,
        .code_stride = x->code_stride,
        .group_bytes = x->group_stride * size,
        .chunk = chunk,
        .blocks = source->blocks,
    };
}

/// Tiles first ..< end of a panel, a chunk of inputs after the other.
static void multiply_panel(const struct tiled_product *product, size_t panel, size_t first, size_t end) {
    float acc[pass_row_tiles][row_tile * 16] __attribute__((aligned(64)));
    struct chunk chunk;
    const struct kernel_matrix *matrix = &product->job->matrix;
    const enum storage storage = layouts[matrix->format].storage;
    const uint8_t *codes = matrix->panels + panel * matrix->panel_bytes;
    const size_t blocks = matrix->inputs / block_inputs;
    memset(acc, 0, (end - first) * sizeof acc[0]);
    for (size_t block = 0; block < blocks; block += chunk_blocks) {
        const size_t next = block + chunk_blocks, count = next < blocks ? chunk_blocks : blocks - block;
        const struct chunk_source source = {matrix, panel, block, count};
        product->expand(&source, &chunk);
        for (size_t tile = first; tile < end; tile++) {
            struct row_tile_job job = job_of(product, &source, &chunk, tile);
            job.acc = acc[tile - first];
            job.ahead = codes + (next < blocks ? code_bytes(storage, next * block_inputs) : matrix->panel_bytes);
            job.ahead_lines = tile == first ? code_bytes(storage, block_inputs) / 64 : 0;
            product->run(&job);
        }
    }
    for (size_t tile = first; tile < end; tile++) write_rows(product, panel, tile, acc[tile - first]);
}

/// Rows from `first` on, without tiles.
static void multiply_rest(const struct kernel_multiply *job, size_t first, size_t panel, size_t end) {
    struct kernel_multiply rest = *job;
    rest.activations.codes += first * job->activations.code_stride;
    rest.activations.groups += first * job->activations.group_stride;
    rest.y += first * job->y_stride;
    rest.rows -= first;
    avx512_table.multiply_quantised[job->matrix.format](&rest, panel, end);
}

/// Row tiles first ..< end of all panels; with `rest` also the rows after them, while the panels are still near.
static void multiply_tiles(const struct tiled_product *product, size_t first, size_t end, size_t first_panel,
                           size_t end_panel, int rest) {
    for (size_t panel = first_panel; panel < end_panel; panel += vector_panels) {
        size_t after = end_panel - panel < vector_panels ? end_panel : panel + vector_panels;
        for (size_t p = panel; p < after; p++) multiply_panel(product, p, first, end);
        if (rest) multiply_rest(product->job, end * row_tile, panel, after);
    }
}

static void multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    if (job->rows < row_tile) {
        avx512_table.multiply_quantised[job->matrix.format](job, first_panel, end_panel);
        return;
    }
    const size_t left = job->rows % row_tile;
    const struct tiled_product product = {
        .job = job, .expand = chunk_expanders[job->matrix.format], .run = row_tile_runner_of(job->matrix.format),
        .row_tiles = row_tiles_of(job->rows), .pass = pass_of(job->matrix.inputs),
    };
    tile_configure(layouts[job->matrix.format].group == block_inputs ? &whole_config : &halves_config);
    for (size_t tile = 0; tile < product.row_tiles; tile += product.pass) {
        size_t end = product.row_tiles - tile < product.pass ? product.row_tiles : tile + product.pass;
        int rest = end == product.row_tiles && left && left < worthy_rows;
        multiply_tiles(&product, tile, end, first_panel, end_panel, rest);
    }
    tile_release();
}
