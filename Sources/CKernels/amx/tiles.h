#pragma once
// The eight tile registers of AMX: sixteen rows of up to 64 bytes each. With TILES_EMULATED set the operations are C
// that does what the manual says, so that kernels written for tiles can be proved on a processor that has none.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { tile_count = 8, tile_rows_limit = 16, tile_row_bytes = 64 };

/// What tile_configure reads: the shape of each tile.
struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} __attribute__((aligned(64)));

// The number of a tile is part of the instruction, so these cannot be functions.
#if !defined(TILES_EMULATED)
#include <immintrin.h>
#define tile_configure(config) _tile_loadconfig(config)
#define tile_release() _tile_release()
#define tile_zero(tile) _tile_zero(tile)
#define tile_load(tile, from, stride) _tile_loadd(tile, from, stride)
#define tile_store(tile, to, stride) _tile_stored(tile, to, stride)
/// sums[m][n] += the four products of signed bytes of rows[m][k] and columns[k][n], for every k.
#define tile_dot(sums, rows, columns) _tile_dpbssd(sums, rows, columns)
/// The same with unsigned bytes of columns.
#define tile_dot_unsigned(sums, rows, columns) _tile_dpbsud(sums, rows, columns)
#else
static _Thread_local struct {
    struct tile_config config;
    int8_t rows[tile_count][tile_rows_limit][tile_row_bytes];
} emulated;

static inline void tile_configure(const struct tile_config *config) {
    memset(&emulated, 0, sizeof emulated);
    emulated.config = *config;
}

static inline void tile_release(void) { memset(&emulated, 0, sizeof emulated); }

static inline void tile_zero(int tile) { memset(emulated.rows[tile], 0, sizeof emulated.rows[tile]); }

static inline void tile_load(int tile, const void *from, size_t stride) {
    tile_zero(tile);
    for (size_t row = 0; row < emulated.config.rows[tile]; row++) {
        memcpy(emulated.rows[tile][row], (const int8_t *)from + row * stride, emulated.config.row_bytes[tile]);
    }
}

static inline void tile_store(int tile, void *to, size_t stride) {
    for (size_t row = 0; row < emulated.config.rows[tile]; row++) {
        memcpy((int8_t *)to + row * stride, emulated.rows[tile][row], emulated.config.row_bytes[tile]);
    }
}

static inline void tile_dot_bytes(int sums, int rows, int columns, const int is_unsigned) {
    for (size_t m = 0; m < emulated.config.rows[sums]; m++) {
        int32_t lanes[tile_row_bytes / 4];
        memcpy(lanes, emulated.rows[sums][m], sizeof lanes);
        for (size_t k = 0; k < emulated.config.row_bytes[rows] / 4u; k++) {
            const int8_t *a = &emulated.rows[rows][m][4 * k], *b = emulated.rows[columns][k];
            for (size_t n = 0; n < emulated.config.row_bytes[sums] / 4u; n++) {
                for (size_t i = 4 * n; i < 4 * n + 4; i++) {
                    lanes[n] += a[i % 4] * (is_unsigned ? (uint8_t)b[i] : b[i]);
                }
            }
        }
        memcpy(emulated.rows[sums][m], lanes, sizeof lanes);
    }
}

static inline void tile_dot(int sums, int rows, int columns) { tile_dot_bytes(sums, rows, columns, 0); }
static inline void tile_dot_unsigned(int sums, int rows, int columns) { tile_dot_bytes(sums, rows, columns, 1); }
#endif
