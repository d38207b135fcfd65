#pragma once
// Keys and values into the pages: plain loops over the dimension, which each instruction set compiles for itself. All
// of it is done in integers or single operations, so every compilation gives the same bits.
#include "cache.h"
#include <string.h>

#define INLINE_STORE static inline __attribute__((always_inline))

struct row_store {
    const struct kernel_store *job;
    struct page_layout layout;
    size_t dimension, row, head;
    const struct kernel_row_place *place;
    uint8_t *page;
};

INLINE_STORE void store_f32(const struct row_store *s, const float *key, const float *value) {
    float *keys = (float *)(void *)s->page + s->place->offset;
    for (size_t d = 0; d < s->dimension; d++) keys[d * (s->layout.key_stride / 4)] = key[d];
    memcpy(s->page + s->layout.values + (size_t)s->place->offset * s->layout.value_stride, value, s->dimension * 4);
}

INLINE_STORE void store_bf16_key(const struct row_store *s, const float *key) {
    uint32_t *keys = (uint32_t *)(void *)s->page + s->place->offset, pairs[kernel_max_head / 2 + 1];
    uint16_t rounded[kernel_max_head + 1];
    size_t count = (s->dimension + 1) / 2;
    for (size_t d = 0; d < s->dimension; d++) rounded[d] = (uint16_t)bounded_bfloat(key[d]);
    rounded[s->dimension] = 0;
    memcpy(pairs, rounded, count * 4);
    for (size_t p = 0; p < count; p++) keys[p * (s->layout.key_stride / 4)] = pairs[p];
}

/// One value fills half of its words; with that of the next token it fills them whole.
INLINE_STORE void store_bf16_value(const struct row_store *s, const float *value, const float *next) {
    size_t offset = (size_t)s->place->offset;
    uint8_t *words = s->page + s->layout.values + offset / 2 * s->layout.value_stride;
    if (next) {
        uint32_t *out = (uint32_t *)(void *)words;
        for (size_t d = 0; d < s->dimension; d++) out[d] = bounded_bfloat(value[d]) | bounded_bfloat(next[d]) << 16;
    } else {
        uint16_t *out = (uint16_t *)(void *)words + offset % 2;
        for (size_t d = 0; d < s->dimension; d++) out[2 * d] = (uint16_t)bounded_bfloat(value[d]);
    }
}

INLINE_STORE int32_t code(float value, float factor) { return nearest(bounded(value) * factor); }

INLINE_STORE void store_int8_key(const struct row_store *s, const float *key) {
    uint32_t *keys = (uint32_t *)(void *)s->page + s->place->offset;
    uint8_t codes[kernel_max_head + 4];
    float largest = largest_size(key, s->dimension), factor = code_factor(largest);
    for (size_t d = 0; d < s->dimension; d++) codes[d] = (uint8_t)(code(key[d], factor) + 128);
    for (size_t d = s->dimension; d % 4; d++) codes[d] = 128;
    for (size_t d = 0; d < s->dimension; d += 4) {
        uint32_t quad;
        memcpy(&quad, codes + d, 4);
        keys[d / 4 * (s->layout.key_stride / 4)] = quad;
    }
    ((float *)(void *)(s->page + s->layout.key_scales))[s->place->offset] = code_scale(largest);
}

INLINE_STORE void store_int8_value(const struct row_store *s, const float *value) {
    size_t offset = (size_t)s->place->offset;
    int8_t *out = (int8_t *)s->page + s->layout.values + offset / 2 * s->layout.value_stride + offset % 2;
    float largest = largest_size(value, s->dimension), factor = code_factor(largest);
    for (size_t d = 0; d < s->dimension; d++) out[2 * d] = (int8_t)code(value[d], factor);
    ((float *)(void *)(s->page + s->layout.value_scales))[offset] = code_scale(largest);
}

/// One block: `x` in units of the token's scale.
INLINE_STORE void store_block(uint8_t *codes, int8_t *factors, const float *x, size_t count) {
    float least = x[0], most = x[0];
    for (size_t d = 1; d < count; d++) {
        least = x[d] < least ? x[d] : least;
        most = x[d] > most ? x[d] : most;
    }
    int32_t block[value_block] = {0}, offset = nearest(least), factor = block_factor(most - (float)offset);
    float step = 1 / (float)factor;
    for (size_t d = 0; d < count; d++) {
        int32_t nibble = nearest((x[d] - (float)offset) * step);
        block[d] = nibble < 0 ? 0 : nibble > largest_nibble ? largest_nibble : nibble;
    }
    for (size_t d = 0; d < 16; d++) codes[2 * d] = (uint8_t)(block[d] | block[d + 16] << 4);
    factors[0] = (int8_t)factor;
    factors[2] = (int8_t)offset;
}

INLINE_STORE void store_nibble_value(const struct row_store *s, const float *value) {
    size_t offset = (size_t)s->place->offset;
    uint8_t *codes = s->page + s->layout.values + offset / 2 * s->layout.value_stride + offset % 2;
    int8_t *factors = (int8_t *)s->page + s->layout.value_factors + offset / 2 * s->layout.factor_stride + offset % 2;
    float scaled[kernel_max_head], largest = largest_size(value, s->dimension), inverse = nibble_inverse(largest);
    for (size_t d = 0; d < s->dimension; d++) scaled[d] = bounded(value[d]) * inverse;
    for (size_t first = 0; first < s->dimension; first += value_block) {
        size_t count = s->dimension - first < value_block ? s->dimension - first : value_block;
        store_block(codes, factors, scaled + first, count);
        codes += value_block_bytes;
        factors += block_factor_bytes;
    }
    ((float *)(void *)(s->page + s->layout.value_scales))[offset] = nibble_scale(largest);
}

/// Stores a row; `pair` says that the next row holds the next token of its pair and is stored along.
INLINE_STORE void store_row(struct row_store *s, const int pair) {
    const struct kernel_store *job = s->job;
    const struct kernel_row_place *place = &job->places[s->row];
    for (s->head = 0; s->head < job->cache.heads; s->head++) {
        const float *key = job->keys + s->row * job->keys_stride + s->head * s->dimension;
        const float *value = job->values + s->row * job->values_stride + s->head * s->dimension;
        s->page = cache_head(&job->cache, job->layer, (size_t)place->page, s->head);
        s->place = place;
        if (job->cache.format == kernel_kv_bf16) {
            store_bf16_key(s, key);
            store_bf16_value(s, value, pair ? value + job->values_stride : NULL);
            s->place = place + 1;
            if (pair) store_bf16_key(s, key + job->keys_stride);
        } else if (has_scales(job->cache.format)) {
            store_int8_key(s, key);
            if (job->cache.format == kernel_kv_int8) store_int8_value(s, value);
            else store_nibble_value(s, value);
        } else {
            store_f32(s, key, value);
        }
    }
}

static void store_rows(const struct kernel_store *job, size_t first_row, size_t end_row) {
    struct row_store s = {.job = job, .layout = page_layout(&job->cache), .dimension = job->cache.head_dimension};
    for (s.row = first_row; s.row < end_row;) {
        const struct kernel_row_place *place = &job->places[s.row];
        int pair = job->cache.format == kernel_kv_bf16 && s.row + 1 < end_row && place->offset % 2 == 0
            && place[1].page == place->page && place[1].offset == place->offset + 1;
        store_row(&s, pair);
        s.row += pair ? 2 : 1;
    }
}
