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

// Where a panel's scales end; zeros follow up to the next line.
static size_t used_bytes(const struct layout *layout, size_t inputs) {
    int super = layout->scaling == scaling_super_signed || layout->scaling == scaling_super_min;
    size_t unit = super ? super_inputs : layout->group, units = (inputs + unit - 1) / unit;
    return scale_offset(layout->storage, inputs) + units * scale_bytes(layout->scaling, layout->group);
}

size_t kernel_panel_bytes(int format, size_t inputs) {
    const struct layout *layout = &layouts[format];
    if (inputs > SIZE_MAX / 256) return 0;
    return (used_bytes(layout, inputs) + 63) / 64 * 64;
}

// The source of every lane; lanes past the last output have none.
static size_t find_rows(const struct kernel_pack *pack, size_t part, const uint8_t *rows[kernel_panel]) {
    const struct layout *layout = &layouts[pack->format];
    size_t row_bytes = pack->inputs / layout->block_elements * layout->block_bytes, first = part * kernel_panel;
    size_t count = pack->outputs - first < kernel_panel ? pack->outputs - first : kernel_panel;
    for (size_t lane = 0; lane < count; lane++) rows[lane] = pack->source + (first + lane) * row_bytes;
    return count;
}

static void pack_plain(const struct kernel_pack *pack, const uint8_t *const rows[], size_t count, uint8_t *panel) {
    enum storage storage = layouts[pack->format].storage;
    size_t width = layouts[pack->format].block_bytes, word = 0, done;
    // Four words of every lane at once, as long as there are so many.
    for (; count == kernel_panel && (word + 4) * 4 <= pack->inputs * width; word += 4) {
        plain_place_words(storage, rows, word, panel);
    }
    done = word * 4 / width;
    memset(panel + word * 64, 0, pack->panel_bytes - word * 64);
    for (size_t lane = 0; lane < count; lane++) {
        for (size_t k = done; k < pack->inputs; k++) {
            memcpy(panel + plain_place(storage, k, lane), rows[lane] + k * width, width);
        }
    }
}

static void pack_blocks(const struct kernel_pack *pack, const uint8_t *const rows[], size_t count, uint8_t *panel) {
    const struct layout *layout = &layouts[pack->format];
    struct block blocks[kernel_panel];
    memset(blocks, 0, sizeof blocks);
    for (size_t b = 0; b < pack->inputs / layout->block_elements; b++) {
        for (size_t lane = 0; lane < count; lane++) {
            block_read(pack->format, rows[lane] + b * layout->block_bytes, &blocks[lane]);
        }
        block_place(pack->format, pack->inputs, blocks, b, panel);
    }
    size_t used = used_bytes(layout, pack->inputs);
    memset(panel + used, 0, pack->panel_bytes - used);
}

void kernel_pack_panel(void *context, size_t part) {
    const struct kernel_pack *pack = context;
    const uint8_t *rows[kernel_panel];
    size_t count = find_rows(pack, part, rows);
    uint8_t *panel = pack->panels + part * pack->panel_bytes;
    if (layouts[pack->format].scaling == scaling_none) pack_plain(pack, rows, count, panel);
    else pack_blocks(pack, rows, count, panel);
}
