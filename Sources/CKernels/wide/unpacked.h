#pragma once
// Chunks of a few panels with codes as bytes and scales as floats, made once for all rows of a pass. Everything that differs
// between formats but the number of scales ends here.
#include "panels.h"
#include "quads.h"

/// Blocks of a chunk, so that it stays in the first-level cache.
enum { unpacked_blocks = 8, unpacked_block_bytes = block_inputs * kernel_panel };

struct unpacked_panel {
    /// The quads of every block.
    uint8_t codes[unpacked_blocks * unpacked_block_bytes];
    /// One row for each group of weights, of which a block has one or two.
    float scales[2 * unpacked_blocks][kernel_panel], minimums[2 * unpacked_blocks][kernel_panel];
} __attribute__((aligned(64)));

/// Where a chunk of a panel comes from, and what will be read after it.
struct unpacked_source {
    const uint8_t *panel, *ahead;
    size_t inputs, first_block;
};

INLINE void unpack_codes(const uint8_t *block, const enum storage storage, uint8_t *out) {
    for (int l = 0; l < 4; l++) {
        const struct line line = load_line(storage, block, l);
        w_store(out + l * 128, line.even);
        w_store(out + l * 128 + 64, line.odd);
    }
}

/// Block b of a chunk: codes as they are, without their base.
INLINE void unpack_block(const struct unpacked_source *source, size_t b, const enum storage storage,
                         const enum scaling scaling, const size_t group, struct unpacked_panel *out) {
    const size_t bytes = code_bytes(storage, block_inputs), groups = block_inputs / group;
    const size_t ahead_bytes = bytes + block_scale_bytes(scaling, group);
    const uint8_t *scales = source->panel + scale_offset(storage, source->inputs);
    const uint8_t *ahead = source->ahead + b * ahead_bytes;
    for (size_t line = 0; line < ahead_bytes; line += 64) __builtin_prefetch(ahead + line, 0, 2);
    unpack_codes(source->panel + (source->first_block + b) * bytes, storage, out->codes + b * unpacked_block_bytes);
    for (size_t i = b * groups; i < (b + 1) * groups; i++) {
        const size_t g = source->first_block * groups + i;
        v_store(out->scales[i], group_scale(scaling, group, scales, g));
        if (adds_minimum(scaling)) v_store(out->minimums[i], group_minimum(scaling, group, scales, g));
    }
}
