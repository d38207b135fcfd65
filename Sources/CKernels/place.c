// Blocks of sixteen rows into a panel, four lanes at a time.
#include "blocks.h"
#include "vectors.h"
#include <string.h>

enum { lanes = 4, quads = block_inputs / 4 };

static inline void store(words value, uint8_t *to) { store_bytes((bytes)value, to); }

// Word i of lane j becomes word j of row i.
static inline void transpose(words rows[lanes]) {
    words a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    words b = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    words c = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    words d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

#define EVERY_SECOND(low, high, i)                                                                                     \
    __builtin_shufflevector(low, high, i, i + 2, i + 4, i + 6, i + 8, i + 10, i + 12, i + 14, i + 16, i + 18, i + 20,  \
                            i + 22, i + 24, i + 26, i + 28, i + 30)

// The quads of 32 inputs of four lanes, in a little-endian machine's words.
static inline void read_quads(const struct block *block, size_t k, words out[quads]) {
    words even[lanes], odd[lanes];
    for (size_t lane = 0; lane < lanes; lane++) {
        bytes low = load_bytes(block[lane].codes + k), high = load_bytes(block[lane].codes + k + 16);
        even[lane] = (words)EVERY_SECOND(low, high, 0);
        odd[lane] = (words)EVERY_SECOND(low, high, 1);
    }
    transpose(even);
    transpose(odd);
    for (size_t l = 0; l < 4; l++) {
        out[2 * l] = even[l];
        out[2 * l + 1] = odd[l];
    }
}

static inline words rotate_left(words word, uint32_t bits) { return word << bits | word >> (-bits & 31); }

// Unsigned codes of four lanes for 32 inputs; `to` is where the first of these lanes begins.
static inline void place_codes(enum storage storage, const words quad[quads], uint8_t *to) {
    if (storage == storage_byte) {
        for (size_t s = 0; s < quads; s++) store(quad[s], to + s * 64);
        return;
    }
    for (size_t l = 0; l < quads / 2; l++) {
        store((quad[2 * l] & 0x0f0f0f0f) | (quad[2 * l + 1] & 0x0f0f0f0f) << 4, to + l * 64);
    }
    if (storage == storage_nibble) return;
    words planes[2] = {{0}, {0}};
    int is_bit = storage == storage_nibble_bit;
    for (uint32_t s = 0; s < quads; s++) {
        words upper = quad[s] >> 4 & 0x0f0f0f0f;
        planes[is_bit ? 0 : s / 4] |= rotate_left(upper, is_bit ? 4 + s : 4 + s % 4 * 2);
    }
    store(planes[0], to + 256);
    if (!is_bit) store(planes[1], to + 320);
}

// Small scales: byte g of each lane's block becomes one of sixteen in row g.
static void place_small_scales(const uint8_t *first, size_t groups, uint8_t *to) {
    for (size_t g = 0; g < groups; g++) {
        for (size_t lane = 0; lane < kernel_panel; lane++) to[g * 16 + lane] = first[lane * sizeof(struct block) + g];
    }
}

static void place_scales(const struct layout *layout, const struct block *block, uint8_t *scales) {
    for (size_t lane = 0; lane < kernel_panel; lane++) memcpy(scales + lane * 2, &block[lane].d, 2);
    if (layout->scaling == scaling_half) return;
    size_t groups = super_inputs / layout->group;
    if (layout->scaling != scaling_super_signed) {
        scales += 32;
        for (size_t lane = 0; lane < kernel_panel; lane++) memcpy(scales + lane * 2, &block[lane].m, 2);
        if (layout->scaling == scaling_half_min) return;
    }
    scales += 32;
    place_small_scales(block->scales, groups, scales);
    if (layout->scaling == scaling_super_min) {
        place_small_scales(block->minimums, groups, scales + groups * 16);
    }
}

void block_place(int format, size_t inputs, const struct block *block, size_t b, uint8_t *panel) {
    const struct layout *layout = &layouts[format];
    size_t elements = scaled_elements(layout);
    for (size_t k = 0; k < elements && b * elements + k < inputs; k += block_inputs) {
        uint8_t *to = panel + code_bytes(layout->storage, b * elements + k);
        for (size_t lane = 0; lane < kernel_panel; lane += lanes) {
            words quad[quads];
            read_quads(block + lane, k, quad);
            place_codes(layout->storage, quad, to + lane * 4);
        }
    }
    uint8_t *scales = panel + scale_offset(layout->storage, inputs);
    place_scales(layout, block, scales + b * scale_bytes(layout->scaling, layout->group));
}

// Two halves of each input beside one another, of four lanes, become two lines.
static inline void store_halves(words pairs, words next_pairs, uint8_t *to) {
    halves low = (halves)pairs, high = (halves)next_pairs;
    store((words)__builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14), to);
    store((words)__builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15), to + 32);
}

void plain_place_words(enum storage storage, const uint8_t *const rows[], size_t word, uint8_t *panel) {
    words values[kernel_panel];
    for (size_t lane = 0; lane < kernel_panel; lane++) values[lane] = (words)load_bytes(rows[lane] + word * 4);
    for (size_t lane = 0; lane < kernel_panel; lane += lanes) transpose(values + lane);
    for (size_t w = 0; w < lanes; w++) {
        uint8_t *to = panel + (word + w) * 64;
        for (size_t lane = 0; lane < kernel_panel; lane += lanes) {
            if (storage != storage_half) store(values[lane + w], to + lane * 4);
            else if (lane % 8 == 0) store_halves(values[lane + w], values[lane + lanes + w], to + lane * 2);
        }
    }
}
