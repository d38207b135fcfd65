#include "blocks.h"
#include <string.h>

const char *kernel_format_name(int format) {
#define NAME(name, ...) [kernel_##name] = #name,
    static const char *const names[kernel_format_count] = {
        PLAIN_FORMATS(NAME) BLOCK_FORMATS(NAME) HADAMARD_FORMATS(NAME)};
#undef NAME
    return names[format];
}

size_t kernel_block_elements(int format) { return layouts[format].block_elements; }
size_t kernel_block_bytes(int format) { return layouts[format].block_bytes; }
size_t kernel_group(int format) { return layouts[format].group; }

int kernel_has_minimum(int format) {
    return layouts[format].scaling == scaling_half_min || layouts[format].scaling == scaling_super_min;
}

int kernel_takes_quantised(int format) { return layouts[format].scaling != scaling_none; }
int kernel_takes_hadamard(int format) { return layouts[format].group == super_inputs; }
int kernel_takes_rounded(int format) { return layouts[format].storage == storage_bfloat; }

size_t kernel_panel_bytes(int format, size_t inputs) {
    const struct layout *layout = &layouts[format];
    if (inputs > SIZE_MAX / 256) return 0;
    int super = layout->scaling == scaling_super_signed || layout->scaling == scaling_super_min;
    size_t unit = super ? super_inputs : layout->group, units = (inputs + unit - 1) / unit;
    size_t scales = units * scale_bytes(layout->scaling, layout->group);
    return scale_offset(layout->storage, inputs) + (scales + 63) / 64 * 64;
}

// The bytes at even places of a word of eight.
static uint32_t even_bytes(uint64_t word) {
    word &= 0x00ff00ff00ff00ff;
    word = (word | word >> 8) & 0x0000ffff0000ffff;
    return (uint32_t)(word | word >> 16);
}

static uint32_t rotate_left(uint32_t word, size_t bits) { return word << bits | word >> (-bits & 31); }

// Unsigned codes of one lane for 32 inputs, in a little-endian machine's words.
static void place_block(enum storage storage, const uint8_t *codes, size_t lane, uint8_t *block) {
    uint32_t quads[8], planes[2] = {0, 0};
    uint8_t *words = block + lane * 4;
    for (size_t l = 0; l < 4; l++) {
        uint64_t eight;
        memcpy(&eight, codes + l * 8, 8);
        quads[2 * l] = even_bytes(eight);
        quads[2 * l + 1] = even_bytes(eight >> 8);
    }
    if (storage == storage_byte) {
        for (size_t s = 0; s < 8; s++) memcpy(words + s * 64, &quads[s], 4);
        return;
    }
    for (size_t l = 0; l < 4; l++) {
        uint32_t both = (quads[2 * l] & 0x0f0f0f0f) | (quads[2 * l + 1] & 0x0f0f0f0f) << 4;
        memcpy(words + l * 64, &both, 4);
    }
    if (storage == storage_nibble) return;
    int is_bit = storage == storage_nibble_bit;
    for (size_t s = 0; s < 8; s++) {
        uint32_t upper = quads[s] >> 4 & 0x0f0f0f0f;
        planes[is_bit ? 0 : s / 4] |= rotate_left(upper, is_bit ? 4 + s : 4 + s % 4 * 2);
    }
    memcpy(words + 256, &planes[0], 4);
    if (!is_bit) memcpy(words + 320, &planes[1], 4);
}

static void place_scales(int format, const struct block *block, size_t lane, uint8_t *scales) {
    const struct layout *layout = &layouts[format];
    memcpy(scales + lane * 2, &block->d, 2);
    if (layout->scaling == scaling_half) return;
    size_t groups = super_inputs / layout->group;
    uint8_t *rows = scales + 32;
    if (layout->scaling != scaling_super_signed) {
        memcpy(scales + 32 + lane * 2, &block->m, 2);
        rows += 32;
    }
    if (layout->scaling == scaling_half_min) return;
    for (size_t g = 0; g < groups; g++) {
        rows[g * 16 + lane] = block->scales[g];
        if (layout->scaling == scaling_super_min) rows[(groups + g) * 16 + lane] = block->minimums[g];
    }
}

static void pack_plain_lane(const struct kernel_pack *pack, const uint8_t *row, size_t lane, uint8_t *panel) {
    const struct layout *layout = &layouts[pack->format];
    size_t width = layout->block_bytes;
    for (size_t k = 0; k < pack->inputs; k++) {
        memcpy(panel + plain_place(layout->storage, k, lane), row + k * width, width);
    }
}

void block_place(int format, size_t inputs, const struct block *block, size_t b, size_t lane, uint8_t *panel) {
    const struct layout *layout = &layouts[format];
    size_t elements = scaled_elements(layout);
    uint8_t *scales = panel + scale_offset(layout->storage, inputs);
    for (size_t k = 0; k < elements && b * elements + k < inputs; k += block_inputs) {
        uint8_t *codes = panel + code_bytes(layout->storage, b * elements + k);
        place_block(layout->storage, block->codes + k, lane, codes);
    }
    place_scales(format, block, lane, scales + b * scale_bytes(layout->scaling, layout->group));
}

static void pack_lane(const struct kernel_pack *pack, const uint8_t *row, size_t lane, uint8_t *panel) {
    const struct layout *layout = &layouts[pack->format];
    struct block block;
    for (size_t b = 0; b < pack->inputs / layout->block_elements; b++) {
        block_read(pack->format, row + b * layout->block_bytes, &block);
        block_place(pack->format, pack->inputs, &block, b, lane, panel);
    }
}

void kernel_pack_panel(void *context, size_t part) {
    const struct kernel_pack *pack = context;
    const struct layout *layout = &layouts[pack->format];
    size_t row_bytes = pack->inputs / layout->block_elements * layout->block_bytes;
    uint8_t *panel = pack->panels + part * pack->panel_bytes;
    memset(panel, 0, pack->panel_bytes);
    for (size_t lane = 0; lane < kernel_panel; lane++) {
        size_t output = part * kernel_panel + lane;
        if (output >= pack->outputs) return;
        const uint8_t *row = pack->source + output * row_bytes;
        if (layout->scaling == scaling_none) pack_plain_lane(pack, row, lane, panel);
        else pack_lane(pack, row, lane, panel);
    }
}
