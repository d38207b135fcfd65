#include "blocks.h"
#include "vectors.h"
#include <string.h>

// Six-bit scales and minimums of Q4_K and Q5_K, eight of each in twelve bytes: get_scale_min_k4 in ggml-quants.c of
// ggml.
static void read_scales_minimums(const uint8_t *s, struct block *block) {
    for (int i = 0; i < 4; i++) {
        block->scales[i] = s[i] & 63;
        block->minimums[i] = s[i + 4] & 63;
        block->scales[i + 4] = (uint8_t)((s[i + 8] & 15) | (s[i] >> 6) << 4);
        block->minimums[i + 4] = (uint8_t)(s[i + 8] >> 4 | (s[i + 4] >> 6) << 4);
    }
}

// Six-bit scales of Q3_K, sixteen in twelve bytes, stored with an offset of 32.
static void read_scales_q3(const uint8_t *s, struct block *block) {
    for (int i = 0; i < 16; i++) {
        int low = i < 8 ? s[i] & 15 : s[i - 8] >> 4;
        int high = s[8 + i % 4] >> (i / 4 * 2) & 3;
        block->scales[i] = (uint8_t)(int8_t)((low | high << 4) - 32);
    }
}

// Readers take the place where a block's codes begin, as formats.h says. Q3_K and Q6_K keep d behind the codes.
static void read_nibbles(const uint8_t *q, struct block *block) {
    store_bytes(load_bytes(q) & 15, block->codes);
    store_bytes(load_bytes(q) >> 4, block->codes + 16);
}

// Sixteen where one of the two bytes, taken eight times each, has the place's bit.
static inline bytes fifth_bits(uint8_t low, uint8_t high) {
    bytes all = {low, low, low, low, low, low, low, low, high, high, high, high, high, high, high, high};
    bytes places = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    return (bytes)((all & places) != 0) & 16;
}

static void read_fives(const uint8_t *s, struct block *block) {
    bytes q = load_bytes(s + 4);
    store_bytes((q & 15) | fifth_bits(s[0], s[1]), block->codes);
    store_bytes(q >> 4 | fifth_bits(s[2], s[3]), block->codes + 16);
}

static void read_bytes(const uint8_t *q, struct block *block) {
    store_bytes(load_bytes(q) ^ 0x80, block->codes);
    store_bytes(load_bytes(q + 16) ^ 0x80, block->codes + 16);
}

static void read_super_twos(const uint8_t *s, struct block *block) {
    store_bytes(load_bytes(s) & 15, block->scales);
    store_bytes(load_bytes(s) >> 4, block->minimums);
    for (int i = 0; i < 256; i += 16) {
        store_bytes(load_bytes(s + 16 + i / 128 * 32 + i % 32) >> (uint8_t)(i % 128 / 32 * 2) & 3, block->codes + i);
    }
    block->d = load_u16(s + 80);
    block->m = load_u16(s + 82);
}

static void read_super_threes(const uint8_t *s, struct block *block) {
    read_scales_q3(s + 96, block);
    for (int i = 0; i < 256; i += 16) {
        bytes low = load_bytes(s + 32 + i / 128 * 32 + i % 32) >> (uint8_t)(i % 128 / 32 * 2) & 3;
        bytes high = load_bytes(s + i % 32) >> (uint8_t)(i / 32) & 1;
        store_bytes(low | high << 2, block->codes + i);
    }
    block->d = load_u16(s + 108);
}

static void read_super_nibbles(const uint8_t *s, struct block *block) {
    read_scales_minimums(s, block);
    for (int i = 0; i < 128; i += 16) {
        bytes q = load_bytes(s + 12 + i);
        uint8_t *codes = block->codes + i / 32 * 64 + i % 32;
        store_bytes(q & 15, codes);
        store_bytes(q >> 4, codes + 32);
    }
}

static void read_super_fives(const uint8_t *s, struct block *block) {
    read_scales_minimums(s, block);
    for (int i = 0; i < 128; i += 16) {
        bytes q = load_bytes(s + 44 + i), high = load_bytes(s + 12 + i % 32) >> (uint8_t)(i / 32 * 2);
        uint8_t *codes = block->codes + i / 32 * 64 + i % 32;
        store_bytes((q & 15) | (high & 1) << 4, codes);
        store_bytes(q >> 4 | (high >> 1 & 1) << 4, codes + 32);
    }
}

static void read_super_sixes(const uint8_t *s, struct block *block) {
    for (int i = 0; i < 64; i += 16) {
        const uint8_t *q = s + i / 32 * 64 + i % 32;
        bytes low = load_bytes(q), next = load_bytes(q + 32), high = load_bytes(s + 128 + i);
        uint8_t *codes = block->codes + i / 32 * 128 + i % 32;
        store_bytes((low & 15) | (high & 3) << 4, codes);
        store_bytes((next & 15) | (high >> 2 & 3) << 4, codes + 32);
        store_bytes(low >> 4 | (high >> 4 & 3) << 4, codes + 64);
        store_bytes(next >> 4 | high >> 6 << 4, codes + 96);
    }
    memcpy(block->scales, s + 192, 16);
    block->d = load_u16(s + 208);
}

// Values of IQ4_NL's codes, kvalues_iq4nl in ggml-common.h of ggml: closer to one another where weights are dense.
static const int8_t unevenly_spaced[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

static void read_uneven_nibbles(const uint8_t *q, struct block *block) {
    read_nibbles(q, block);
    for (int i = 0; i < 32; i++) block->codes[i] = (uint8_t)(unevenly_spaced[block->codes[i]] + 128);
}

void block_read(int format, const uint8_t *s, struct block *block) {
    block->d = load_u16(s);
    block->m = load_u16(s + 2);
    switch (format) {
#define READ(name, panel, elements, bytes, codes, at) \
    case kernel_##name: read_##codes(s + at, block); break;
        BLOCK_FORMATS(READ)
#undef READ
    default: break;
    }
}

// Writers, the inverse of the readers.
static void write_scales_minimums(const struct block *block, uint8_t *s) {
    for (int i = 0; i < 4; i++) {
        s[i] = (uint8_t)(block->scales[i] | (block->scales[i + 4] >> 4) << 6);
        s[i + 4] = (uint8_t)(block->minimums[i] | (block->minimums[i + 4] >> 4) << 6);
        s[i + 8] = (uint8_t)((block->scales[i + 4] & 15) | (block->minimums[i + 4] & 15) << 4);
    }
}

static void write_low_bits(const uint8_t *codes, size_t distance, uint8_t *q) {
    for (size_t i = 0; i < distance; i++) q[i] = (uint8_t)((codes[i] & 15) | (codes[i + distance] & 15) << 4);
}

static void write_nibbles(const struct block *block, uint8_t *q) { write_low_bits(block->codes, 16, q); }

static void write_fives(const struct block *block, uint8_t *s) {
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++) bits |= (uint32_t)(block->codes[i] >> 4) << i;
    memcpy(s, &bits, 4);
    write_low_bits(block->codes, 16, s + 4);
}

static void write_bytes(const struct block *block, uint8_t *q) {
    for (int i = 0; i < 32; i++) q[i] = block->codes[i] ^ 0x80;
}

static void write_super_nibbles(const struct block *block, uint8_t *s) {
    write_scales_minimums(block, s);
    for (size_t part = 0; part < 4; part++) write_low_bits(block->codes + part * 64, 32, s + 12 + part * 32);
}

static void write_super_fives(const struct block *block, uint8_t *s) {
    write_scales_minimums(block, s);
    for (size_t i = 0; i < 32; i++) {
        uint8_t bits = 0;
        for (size_t group = 0; group < 8; group++) bits |= (uint8_t)((block->codes[group * 32 + i] >> 4) << group);
        s[12 + i] = bits;
    }
    for (size_t part = 0; part < 4; part++) write_low_bits(block->codes + part * 64, 32, s + 44 + part * 32);
}

static void write_super_sixes(const struct block *block, uint8_t *s) {
    for (size_t part = 0; part < 2; part++) {
        const uint8_t *codes = block->codes + part * 128;
        write_low_bits(codes, 64, s + part * 64);
        for (size_t i = 0; i < 32; i++) {
            s[128 + part * 32 + i] = (uint8_t)(codes[i] >> 4 | (codes[i + 32] >> 4) << 2 | (codes[i + 64] >> 4) << 4
                                               | (codes[i + 96] >> 4) << 6);
        }
    }
    memcpy(s + 192, block->scales, 16);
    memcpy(s + 208, &block->d, 2);
}

void block_write(int format, const struct block *block, uint8_t *s) {
    memcpy(s, &block->d, 2);
    if (kernel_has_minimum(format)) memcpy(s + 2, &block->m, 2);
    switch (format) {
#define WRITE(name, codes, at, ...) \
    case kernel_##name: write_##codes(block, s + at); break;
        ENCODED_FORMATS(WRITE)
#undef WRITE
    default: break;
    }
}

void block_scales(int format, const struct block *block, size_t group, float *d, float *m) {
    *m = 0;
    *d = half_value(block->d);
    switch (layouts[format].scaling) {
    case scaling_half_min: *m = half_value(block->m); break;
    case scaling_super_signed: *d = half_value(block->d) * (float)(int8_t)block->scales[group]; break;
    case scaling_super_min:
        *d = half_value(block->d) * (float)block->scales[group];
        *m = -(half_value(block->m) * (float)block->minimums[group]);
        break;
    default: break;
    }
}

static float plain_value(enum storage storage, const uint8_t *s) {
    if (storage == storage_half) return half_value(load_u16(s));
    if (storage == storage_bfloat) return bfloat_value(load_u16(s));
    float value;
    memcpy(&value, s, 4);
    return value;
}

void kernel_decode(int format, const uint8_t *source, size_t blocks, float *out) {
    const struct layout *layout = &layouts[format];
    struct block block;
    for (size_t b = 0; b < blocks; b++, source += layout->block_bytes) {
        if (layout->scaling == scaling_none) {
            out[b] = plain_value(layout->storage, source);
            continue;
        }
        block_read(format, source, &block);
        for (size_t i = 0; i < layout->block_elements; i++) {
            float d, m;
            block_scales(format, &block, i / layout->group, &d, &m);
            float value = d * (float)(block.codes[i] + layout->base);
            *out++ = kernel_has_minimum(format) ? value + m : value;
        }
    }
}
