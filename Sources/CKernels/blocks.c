#include "blocks.h"
#include <string.h>

// Six-bit scales and minimums of Q4_K and Q5_K, eight of each in twelve bytes.
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

static void read_nibbles(const uint8_t *q, struct block *block) {
    for (int i = 0; i < 16; i++) {
        block->codes[i] = q[i] & 15;
        block->codes[i + 16] = q[i] >> 4;
    }
}

static void read_fives(const uint8_t *high, const uint8_t *q, struct block *block) {
    uint32_t bits = load_u16(high) | (uint32_t)load_u16(high + 2) << 16;
    for (int i = 0; i < 32; i++) {
        int low = i < 16 ? q[i] & 15 : q[i - 16] >> 4;
        block->codes[i] = (uint8_t)(low | (int)(bits >> i & 1) << 4);
    }
}

static void read_q2(const uint8_t *s, struct block *block) {
    for (int i = 0; i < 16; i++) {
        block->scales[i] = s[i] & 15;
        block->minimums[i] = s[i] >> 4;
    }
    for (int i = 0; i < 256; i++) block->codes[i] = s[16 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
    block->d = load_u16(s + 80);
    block->m = load_u16(s + 82);
}

static void read_q3(const uint8_t *s, struct block *block) {
    read_scales_q3(s + 96, block);
    for (int i = 0; i < 256; i++) {
        int low = s[32 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
        int high = s[i % 32] >> (i / 32) & 1;
        block->codes[i] = (uint8_t)(low | high << 2);
    }
    block->d = load_u16(s + 108);
}

static void read_q4_k(const uint8_t *s, struct block *block) {
    block->d = load_u16(s);
    block->m = load_u16(s + 2);
    read_scales_minimums(s + 4, block);
    for (int part = 0; part < 4; part++) {
        const uint8_t *q = s + 16 + part * 32;
        uint8_t *codes = block->codes + part * 64;
        for (int i = 0; i < 32; i++) {
            codes[i] = q[i] & 15;
            codes[i + 32] = q[i] >> 4;
        }
    }
}

static void read_q5_k(const uint8_t *s, struct block *block) {
    block->d = load_u16(s);
    block->m = load_u16(s + 2);
    read_scales_minimums(s + 4, block);
    for (int part = 0; part < 4; part++) {
        const uint8_t *q = s + 48 + part * 32, *high = s + 16;
        uint8_t *codes = block->codes + part * 64;
        for (int i = 0; i < 32; i++) {
            codes[i] = (uint8_t)((q[i] & 15) | (high[i] >> (2 * part) & 1) << 4);
            codes[i + 32] = (uint8_t)(q[i] >> 4 | (high[i] >> (2 * part + 1) & 1) << 4);
        }
    }
}

static void read_q6_k(const uint8_t *s, struct block *block) {
    for (int part = 0; part < 2; part++) {
        const uint8_t *q = s + part * 64, *high = s + 128 + part * 32;
        uint8_t *codes = block->codes + part * 128;
        for (int i = 0; i < 32; i++) {
            codes[i] = (uint8_t)((q[i] & 15) | (high[i] & 3) << 4);
            codes[i + 32] = (uint8_t)((q[i + 32] & 15) | (high[i] >> 2 & 3) << 4);
            codes[i + 64] = (uint8_t)(q[i] >> 4 | (high[i] >> 4 & 3) << 4);
            codes[i + 96] = (uint8_t)(q[i + 32] >> 4 | (high[i] >> 6) << 4);
        }
    }
    memcpy(block->scales, s + 192, 16);
    block->d = load_u16(s + 208);
}

// Values of IQ4_NL's codes, as GGUF defines them: closer to one another where weights are dense.
static const int8_t unevenly_spaced[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

static void read_iq4_nl(const uint8_t *q, struct block *block) {
    read_nibbles(q, block);
    for (int i = 0; i < 32; i++) block->codes[i] = (uint8_t)(unevenly_spaced[block->codes[i]] + 128);
}

void block_read(int format, const uint8_t *s, struct block *block) {
    block->d = load_u16(s);
    block->m = load_u16(s + 2);
    switch (format) {
    case kernel_q4_0: read_nibbles(s + 2, block); break;
    case kernel_q4_1: read_nibbles(s + 4, block); break;
    case kernel_q5_0: read_fives(s + 2, s + 6, block); break;
    case kernel_q5_1: read_fives(s + 4, s + 8, block); break;
    case kernel_q8_0:
        for (int i = 0; i < 32; i++) block->codes[i] = s[2 + i] ^ 0x80;
        break;
    case kernel_q2_k: read_q2(s, block); break;
    case kernel_q3_k: read_q3(s, block); break;
    case kernel_q4_k: read_q4_k(s, block); break;
    case kernel_q5_k: read_q5_k(s, block); break;
    case kernel_q6_k: read_q6_k(s, block); break;
    case kernel_iq4_nl: read_iq4_nl(s + 2, block); break;
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
