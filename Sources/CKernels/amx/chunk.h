#pragma once
// A chunk of a panel as tiles take it: signed codes and scales as floats, made once for all rows.
#include "../wide/lanes.h"
#include "../wide/quads.h"

/// Inputs of a chunk, so that it stays in the first-level cache beside the sums.
enum { chunk_inputs = 1024, chunk_blocks = chunk_inputs / block_inputs, block_code_bytes = block_inputs * 16 };

struct chunk {
    /// The quads of every block: rows of a tile with four codes for each of sixteen outputs.
    int8_t codes[chunk_blocks * block_code_bytes];
    /// One row per group of weights, of which a block holds one or two.
    float scales[chunk_blocks * 2][16], minimums[chunk_blocks * 2][16];
} __attribute__((aligned(64)));

/// Where a chunk comes from.
struct chunk_source {
    const struct kernel_matrix *matrix;
    size_t panel, first_block, blocks;
};

typedef void (*chunk_expander)(const struct chunk_source *, struct chunk *);

INLINE void expand_codes(const uint8_t *block, const enum storage storage, const int base, int8_t *out) {
    const words bases = _mm512_set1_epi8((char)base);
    for (int l = 0; l < 4; l++) {
        struct line line = load_line(storage, block, l);
        _mm512_store_si512(out + l * 128, _mm512_add_epi8(line.even, bases));
        _mm512_store_si512(out + l * 128 + 64, _mm512_add_epi8(line.odd, bases));
        for (int i = 0; i < (storage == storage_byte ? 2 : 1); i++) {
            __builtin_prefetch(block + prefetch_bytes + i * 256 + l * 64);
        }
    }
}

/// Bases are added to the codes, which fit signed bytes then: sums of products need no correction.
INLINE void expand_chunk(const struct chunk_source *source, const enum kernel_format format, struct chunk *chunk) {
    const struct layout layout = layouts[format];
    const struct kernel_matrix *matrix = source->matrix;
    const uint8_t *codes = matrix->panels + source->panel * matrix->panel_bytes;
    const uint8_t *scales = codes + scale_offset(layout.storage, matrix->inputs);
    for (size_t b = 0; b < source->blocks; b++) {
        const uint8_t *block = codes + code_bytes(layout.storage, (source->first_block + b) * block_inputs);
        expand_codes(block, layout.storage, layout.base, chunk->codes + b * block_code_bytes);
    }
    const size_t groups = block_inputs / layout.group;
    for (size_t i = 0; i < source->blocks * groups; i++) {
        const size_t g = source->first_block * groups + i;
        v_store(chunk->scales[i], group_scale(layout.scaling, layout.group, scales, g));
        if (!adds_minimum(layout.scaling)) continue;
        v_store(chunk->minimums[i], group_minimum(layout.scaling, layout.group, scales, g));
    }
}

#define CHUNK_EXPANDER(name, ...)                                                       \
    static void expand_##name(const struct chunk_source *source, struct chunk *chunk) { \
        expand_chunk(source, kernel_##name, chunk);                                     \
    }
#define EXPANDER_OF(name, panel, ...) [kernel_##name] = expand_##panel,

CODED_PANELS(CHUNK_EXPANDER)
static const chunk_expander chunk_expanders[kernel_format_count] = {BLOCK_FORMATS(EXPANDER_OF)};
