#pragma once
// Products of Hadamard codes on tiles: two row tiles times two panels at once, straight from the packed codes, whose quads are
// rows of a tile. Tiles of 64 inputs sum the products of codes of a group, which is exact; one scaling follows, as
// scalar/hadamard.c orders it, a group behind the tiles, so that both work at once.
#include "../hadamard.h"
#include "multiply.h"

enum { tile_inputs = 64, unit_rows = 2, unit_panels = 2, unit_sums = row_tile * 16 };
/// How far ahead of their use codes are asked for, into the second-level cache.
enum { hadamard_ahead = 16 * 1024 };

/// Tiles 0 to 3 are sums, two panels for each row tile; 4 and 5 activations of the row tiles, 6 and 7 weights of the panels.
static const struct tile_config hadamard_tile_config = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {row_tile, row_tile, row_tile, row_tile, row_tile, row_tile, 16, 16},
};

/// One or two row tiles times one or two panels.
struct hadamard_unit {
    const struct kernel_multiply *job;
    size_t panel, tile;
    /// The first row of each row tile, and the codes of each panel.
    size_t rows[unit_rows];
    const uint8_t *codes[unit_panels];
    /// How far ahead codes are asked for; 0 where they are in a cache.
    size_t ahead;
};

INLINE const int8_t *hadamard_codes_at(const struct hadamard_unit *unit, size_t tile, size_t row, size_t input) {
    const struct kernel_activations *x = &unit->job->activations;
    return x->hadamard_codes + (unit->rows[tile] + row) * x->hadamard_code_stride + input;
}

INLINE const struct kernel_hadamard_group *hadamard_group_at(const struct hadamard_unit *unit, size_t tile, size_t row,
                                                             size_t g) {
    const struct kernel_activations *x = &unit->job->activations;
    return &x->hadamard_groups[(unit->rows[tile] + row) * x->hadamard_group_stride + g];
}

/// Asks for the weights of a tile.
INLINE void fetch_tile(const struct hadamard_unit *unit, const uint8_t *weights) {
    if (!unit->ahead) return;
    for (size_t line = 0; line < 16; line++) __builtin_prefetch(weights + unit->ahead + line * 64, 0, 2);
}

/// Adds the products of 64 inputs from `input` on.
INLINE void dot_tiles(const struct hadamard_unit *unit, size_t input, const size_t tiles, const size_t panels) {
    const size_t stride = unit->job->activations.hadamard_code_stride, place = input * kernel_panel;
    tile_load(4, hadamard_codes_at(unit, 0, 0, input), stride);
    tile_load(6, unit->codes[0] + place, tile_row_bytes);
    tile_dot_unsigned(0, 4, 6);
    fetch_tile(unit, unit->codes[0] + place);
    if (panels > 1) {
        tile_load(7, unit->codes[1] + place, tile_row_bytes);
        tile_dot_unsigned(1, 4, 7);
        fetch_tile(unit, unit->codes[1] + place);
    }
    if (tiles > 1) {
        tile_load(5, hadamard_codes_at(unit, 1, 0, input), stride);
        tile_dot_unsigned(2, 5, 6);
        if (panels > 1) tile_dot_unsigned(3, 5, 7);
    }
}

/// Adds the products of `count` inputs, fewer than a tile has, to stored sums.
INLINE void dot_rest(const struct hadamard_unit *unit, size_t input, size_t count, size_t tile, size_t panel,
                     int32_t *sums) {
    for (size_t quad = 0; quad < count / 4; quad++) {
        words weights = w_load(unit->codes[panel] + input * kernel_panel + quad * 64);
        for (size_t r = 0; r < row_tile; r++) {
            int32_t four;
            __builtin_memcpy(&four, hadamard_codes_at(unit, tile, r, input) + quad * 4, 4);
            words sum = _mm512_load_si512(sums + r * 16);
            _mm512_store_si512(sums + r * 16, w_byte_dot(sum, weights, four));
        }
    }
}

/// Sums of group g: [row tile][panel][row][output].
INLINE void dot_group(const struct hadamard_unit *unit, size_t g, const size_t tiles, const size_t panels,
                      int32_t (*sums)[unit_sums]) {
    const size_t count = hadamard_count(unit->job->matrix.inputs, g), first = g * super_inputs;
    const size_t whole = count / tile_inputs * tile_inputs;
    tile_zero(0);
    tile_zero(1);
    tile_zero(2);
    tile_zero(3);
    for (size_t i = 0; i < whole; i += tile_inputs) dot_tiles(unit, first + i, tiles, panels);
    tile_store(0, sums[0], tile_row_bytes);
    if (panels > 1) tile_store(1, sums[1], tile_row_bytes);
    if (tiles > 1) tile_store(2, sums[2], tile_row_bytes);
    if (tiles > 1 && panels > 1) tile_store(3, sums[3], tile_row_bytes);
    if (whole == count) return;
    for (size_t i = 0; i < tiles * panels; i++) {
        const size_t tile = i / panels, panel = i % panels;
        dot_rest(unit, first + whole, count - whole, tile, panel, sums[tile * unit_panels + panel]);
    }
}

INLINE void scale_group(const struct hadamard_unit *unit, size_t g, size_t tile, size_t panel, const int32_t *sums,
                        float *acc) {
    const size_t scales = scale_offset(storage_byte, unit->job->matrix.inputs);
    f32x16 d = v_half(unit->codes[panel] + scales + g * 32);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < row_tile; r++) {
        const struct kernel_hadamard_group *x = hadamard_group_at(unit, tile, r, g);
        words sum = w_add(_mm512_load_si512(sums + r * 16), w_byte_start(x->negated));
        f32x16 before = v_load(acc + r * 16);
        v_store(acc + r * 16, v_fma(w_floats(sum), v_mul(d, v_broadcast(x->scale)), before));
    }
}

INLINE void run_unit(const struct hadamard_unit *unit, const size_t tiles, const size_t panels) {
    int32_t sums[2][unit_rows * unit_panels][unit_sums] __attribute__((aligned(64)));
    float acc[unit_rows * unit_panels][unit_sums] __attribute__((aligned(64)));
    const size_t groups = (unit->job->matrix.inputs + super_inputs - 1) / super_inputs;
    memset(acc, 0, sizeof acc);
    dot_group(unit, 0, tiles, panels, sums[0]);
    for (size_t g = 0; g < groups; g++) {
        if (g + 1 < groups) dot_group(unit, g + 1, tiles, panels, sums[(g + 1) % 2]);
        for (size_t i = 0; i < tiles * panels; i++) {
            const size_t tile = i / panels, panel = i % panels, place = tile * unit_panels + panel;
            scale_group(unit, g, tile, panel, sums[g % 2][place], acc[place]);
        }
    }
    for (size_t i = 0; i < tiles * panels; i++) {
        const size_t tile = i / panels, panel = i % panels, first = unit->rows[tile];
        for (size_t r = (unit->tile + tile) * row_tile - first; r < row_tile; r++) {
            finish(unit->job, unit->panel + panel, first + r, v_load(acc[tile * unit_panels + panel] + r * 16));
        }
    }
}

/// Row tiles first ..< end of one or two panels.
INLINE void multiply_panels(const struct kernel_multiply *job, size_t panel, const size_t panels, size_t first,
                            size_t end) {
    const uint8_t *codes = job->matrix.panels + panel * job->matrix.panel_bytes;
    struct hadamard_unit unit = {.job = job, .panel = panel, .codes = {codes, codes + job->matrix.panel_bytes}};
    for (unit.tile = first; unit.tile < end; unit.tile += unit_rows) {
        unit.ahead = unit.tile == first ? hadamard_ahead : 0;
        unit.rows[0] = first_row_of(job, unit.tile);
        unit.rows[1] = first_row_of(job, unit.tile + 1);
        if (end - unit.tile > 1) run_unit(&unit, 2, panels);
        else run_unit(&unit, 1, panels);
    }
}

/// Rows from `first` on, without tiles.
static void multiply_hadamard_rest(const struct kernel_multiply *job, size_t first, size_t panel, size_t end) {
    struct kernel_multiply rest = *job;
    rest.activations.hadamard_codes += first * job->activations.hadamard_code_stride;
    rest.activations.hadamard_groups += first * job->activations.hadamard_group_stride;
    rest.y += first * job->y_stride;
    rest.rows -= first;
    avx512_table.multiply_quantised[job->matrix.format](&rest, panel, end);
}

static void multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    if (job->rows < row_tile) {
        avx512_table.multiply_quantised[job->matrix.format](job, first_panel, end_panel);
        return;
    }
    const size_t tiles = row_tiles_of(job->rows), pass = pass_of(job->matrix.inputs);
    tile_configure(&hadamard_tile_config);
    for (size_t first = 0; first < tiles; first += pass) {
        const size_t end = tiles - first < pass ? tiles : first + pass;
        const int rest = end == tiles && tiles * row_tile < job->rows;
        for (size_t panel = first_panel; panel < end_panel; panel += unit_panels) {
            const size_t after = end_panel - panel < unit_panels ? end_panel : panel + unit_panels;
            if (after - panel > 1) multiply_panels(job, panel, 2, first, end);
            else multiply_panels(job, panel, 1, first, end);
            if (rest) multiply_hadamard_rest(job, tiles * row_tile, panel, after);
        }
    }
    tile_release();
}
