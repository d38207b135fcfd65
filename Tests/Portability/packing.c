// Panels against the words of formats.h and layout.h: every code found where it belongs, one at a time.
#include "check.h"
#include "panel.h"

// Code i of a block whose codes begin at s, as ggml-quants.c of ggml reads it, with an offset that makes it unsigned.
static unsigned low_bits(const uint8_t *q, size_t i, size_t distance) {
    return q[i / (2 * distance) * distance + i % distance] >> (i / distance % 2 * 4) & 15;
}

static unsigned stored_nibbles(const uint8_t *s, size_t i) { return low_bits(s, i, 16); }

static unsigned stored_fives(const uint8_t *s, size_t i) {
    return low_bits(s + 4, i, 16) | (s[i / 8] >> i % 8 & 1u) << 4;
}

static unsigned stored_bytes(const uint8_t *s, size_t i) { return (unsigned)((int8_t)s[i] + 128); }

static unsigned two_bits(const uint8_t *s, size_t i) { return s[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3; }

static unsigned stored_super_twos(const uint8_t *s, size_t i) { return two_bits(s + 16, i); }

static unsigned stored_super_threes(const uint8_t *s, size_t i) {
    return two_bits(s + 32, i) | (s[i % 32] >> i / 32 & 1u) << 2;
}

static unsigned stored_super_nibbles(const uint8_t *s, size_t i) { return low_bits(s + 12, i, 32); }

static unsigned stored_super_fives(const uint8_t *s, size_t i) {
    return low_bits(s + 44, i, 32) | (s[12 + i % 32] >> i / 32 & 1u) << 4;
}

static unsigned stored_super_sixes(const uint8_t *s, size_t i) {
    return low_bits(s, i, 64) | two_bits(s + 128, i) << 4;
}

static unsigned stored_uneven_nibbles(const uint8_t *s, size_t i) {
    static const uint8_t values[] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};
    return values[stored_nibbles(s, i)];
}

static unsigned code_of(int format, const uint8_t *row, size_t k) {
    const uint8_t *s = row + k / kernel_block_elements(format) * kernel_block_bytes(format);
    switch (format) {
#define CODE(name, panel, elements, size, codes, at) \
    case kernel_##name: return stored_##codes(s + at, k % elements);
        BLOCK_FORMATS(CODE)
#undef CODE
    default: return 0;
    }
}

// Whether a code or plain number stands in its place, and nothing in a lane that has no row.
static int is_placed(const struct kernel_pack *pack, size_t output, size_t k) {
    const struct layout *layout = &layouts[pack->format];
    const uint8_t *panel = pack->panels + output / kernel_panel * pack->panel_bytes;
    size_t lane = output % kernel_panel, width = layout->block_bytes;
    size_t row_bytes = pack->inputs / layout->block_elements * layout->block_bytes;
    const uint8_t *row = output < pack->outputs ? pack->source + output * row_bytes : NULL;
    static const uint8_t nothing[4];
    if (layout->scaling == scaling_none) {
        return memcmp(panel + plain_place(layout->storage, k, lane), row ? row + k * width : nothing, width) == 0;
    }
    return panel_quad_code(layout->storage, panel, k, lane) == (row ? code_of(pack->format, row, k) : 0);
}

// Whether bytes are the same as at first where something else was before.
static int is_whole(struct kernel_pack *pack, size_t panels) {
    size_t size = panels * pack->panel_bytes;
    uint8_t *first = pack->panels;
    pack->panels = memset(zeros(size), 0xa5, size);
    for (size_t part = 0; part < panels; part++) kernel_pack_panel(pack, part);
    int is_same = memcmp(first, pack->panels, size) == 0;
    free(first);
    return is_same;
}

int check_panels(int format, size_t outputs, size_t inputs) {
    struct noise noise = {7 + (uint64_t)format};
    size_t panels = (outputs + kernel_panel - 1) / kernel_panel, panel_bytes = kernel_panel_bytes(format, inputs);
    size_t size = outputs * inputs / kernel_block_elements(format) * kernel_block_bytes(format);
    uint8_t *source = zeros(size);
    for (size_t i = 0; i < size; i++) source[i] = (uint8_t)(next(&noise) >> 32);
    struct kernel_pack pack = {source, zeros(panels * panel_bytes), panel_bytes, outputs, inputs, format};
    for (size_t part = 0; part < panels; part++) kernel_pack_panel(&pack, part);
    int is_right = is_whole(&pack, panels);
    for (size_t output = 0; output < panels * kernel_panel; output++) {
        for (size_t k = 0; k < inputs; k++) is_right &= is_placed(&pack, output, k);
    }
    free(pack.panels);
    free(source);
    return is_right;
}
