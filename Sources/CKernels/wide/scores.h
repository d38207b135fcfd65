#pragma once
// Scores of a block of queries for the positions of a part.
#include "attention.h"

INLINE void prepare_bf16(struct attention *a, size_t query) {
    float scale = a->job->scale * LOG2_E;
    const float *q = a->q[query];
    uint16_t rounded[kernel_max_head + 1];
    for (size_t d = 0; d < a->dimension; d++) rounded[d] = (uint16_t)bounded_bfloat(q[d] * scale);
    rounded[a->dimension] = 0;
    memcpy(a->words[query], rounded, (a->dimension + 1) / 2 * 4);
}

INLINE void prepare_int8(struct attention *a, size_t query) {
    float scale = a->job->scale * LOG2_E, scaled[kernel_max_head];
    int8_t codes[kernel_max_head + 4] = {0};
    int32_t sum = 0;
    for (size_t d = 0; d < a->dimension; d++) scaled[d] = a->q[query][d] * scale;
    float largest = largest_size(scaled, a->dimension), factor = code_factor(largest);
    for (size_t d = 0; d < a->dimension; d++) {
        int32_t code = nearest(bounded(scaled[d]) * factor);
        codes[d] = (int8_t)code;
        sum += code;
    }
    memcpy(a->words[query], codes, (a->dimension + 3) / 4 * 4);
    a->units[query] = code_scale(largest);
    a->offsets[query] = -128 * sum;
}

INLINE void score_f32(struct attention *a, const uint8_t *keys, struct ahead ahead, float *scores, size_t query,
                      const size_t queries,
                      const size_t vectors) {
    f32x16 s[tile_queries * tile_vectors], k[tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = v_zero();
    for (size_t d = 0; d < a->dimension; d++, keys += a->layout.key_stride) {
        if (vectors > 1) fetch_ahead(ahead, d);
        for (size_t v = 0; v < vectors; v++) k[v] = v_load((const float *)(const void *)(keys + v * 64));
        for (size_t i = 0; i < queries; i++) {
            f32x16 x = v_broadcast(a->q[query + i][d]);
            for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = v_fma(x, k[v], s[i * vectors + v]);
        }
    }
    f32x16 scale = v_broadcast(a->job->scale);
    for (size_t i = 0; i < queries * vectors; i++) {
        v_store(scores + (query + i / vectors) * score_room + i % vectors * 16, v_mul(s[i], scale));
    }
}

INLINE void score_bf16(struct attention *a, const uint8_t *keys, struct ahead ahead, float *scores, size_t query,
                       const size_t queries,
                       const size_t vectors) {
    f32x16 s[tile_queries * tile_vectors];
    pairs k[tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = v_zero();
    size_t words = (a->dimension + 1) / 2;
    for (size_t w = 0; w < words; w++, keys += a->layout.key_stride) {
        if (vectors > 1) fetch_ahead(ahead, w);
        for (size_t v = 0; v < vectors; v++) k[v] = v_pairs(keys + v * 64);
        for (size_t i = 0; i < queries; i++) {
            pairs x = v_pairs_broadcast(&a->words[query + i][w]);
            for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = v_pairs_fma(x, k[v], s[i * vectors + v]);
        }
    }
    for (size_t i = 0; i < queries * vectors; i++) {
        v_store(scores + (query + i / vectors) * score_room + i % vectors * 16, s[i]);
    }
}

INLINE void score_int8(struct attention *a, const uint8_t *keys, struct ahead ahead, const float *scales,
                       float *scores, size_t query,
                       const size_t queries, const size_t vectors) {
    i32x16 s[tile_queries * tile_vectors];
    quads k[tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = i_quads_start(a->offsets[query + i / vectors]);
    size_t words = (a->dimension + 3) / 4;
    for (size_t w = 0; w < words; w++, keys += a->layout.key_stride) {
        if (vectors > 1) fetch_ahead(ahead, w);
        for (size_t v = 0; v < vectors; v++) k[v] = v_quads(keys + v * 64);
        for (size_t i = 0; i < queries; i++) {
            quads x = v_quads_broadcast(&a->words[query + i][w]);
            for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = i_quads_dot(k[v], x, s[i * vectors + v]);
        }
    }
#pragma clang loop unroll(full) // else the sums live in memory
    for (size_t i = 0; i < queries * vectors; i++) {
        f32x16 score = v_mul(v_float(s[i]), v_load(scales + i % vectors * 16));
        score = v_mul(score, v_broadcast(a->units[query + i / vectors]));
        v_store(scores + (query + i / vectors) * score_room + i % vectors * 16, score);
    }
}

/// Fetches what stands behind the values of a page that will be needed soon: factors and offsets, and scales of keys and values.
INLINE void fetch_scales(const struct attention *a, size_t offset) {
    if (offset + a->ahead >= a->longest) return;
    const uint8_t *page = page_of(a, a->first + offset + a->ahead);
    size_t slot = slot_of(a, a->first + offset + a->ahead);
    const uint8_t *keys = page + a->layout.key_scales + slot * 4, *values = page + a->layout.value_scales + slot * 4;
    const uint8_t *factors = page + a->layout.value_factors + slot / 2 * a->layout.factor_stride;
    for (size_t line = 0; line < 128; line += 64) {
        __builtin_prefetch(keys + line);
        __builtin_prefetch(values + line);
        if (line < 16 * a->layout.factor_stride) __builtin_prefetch(factors + line);
    }
}

INLINE void score_tile(struct attention *a, size_t offset, size_t query, const size_t queries, const size_t vectors,
                       const int format) {
    const uint8_t *page = page_of(a, a->first + offset);
    size_t slot = slot_of(a, a->first + offset);
    const uint8_t *keys = page + slot * key_group_bytes;
    const float *scales = (const float *)(const void *)(page + a->layout.key_scales) + slot;
    float *scores = a->scores[0] + offset;
    struct ahead ahead = ahead_of(a, offset);
    if (vectors > 1 && !query && has_scales(format)) fetch_scales(a, offset);
    if (format == kernel_kv_f32) score_f32(a, keys, ahead, scores, query, queries, vectors);
    if (format == kernel_kv_bf16) score_bf16(a, keys, ahead, scores, query, queries, vectors);
    if (has_scales(format)) score_int8(a, keys, ahead, scales, scores, query, queries, vectors);
}

INLINE void score_queries(struct attention *a, size_t offset, const size_t vectors, const int format) {
    for (size_t query = 0, tile; query < a->queries; query += tile) {
        tile = tile_of(a->queries - query);
        switch (tile) {
        case 1: score_tile(a, offset, query, 1, vectors, format); break;
        case 2: score_tile(a, offset, query, 2, vectors, format); break;
        case 3: score_tile(a, offset, query, 3, vectors, format); break;
        case 4: score_tile(a, offset, query, 4, vectors, format); break;
        case 6: if (tile_queries >= 6) score_tile(a, offset, query, 6, vectors, format); break;
        case 8: if (tile_queries >= 8) score_tile(a, offset, query, 8, vectors, format); break;
        default: if (tile_queries >= 12) score_tile(a, offset, query, 12, vectors, format); break;
        }
    }
}

/// Fetches the keys that scores begin with.
INLINE void fetch_first(const struct attention *a, const int format) {
    size_t words = (a->dimension + key_group(format) - 1) / key_group(format);
    for (size_t t = 0; t < a->ahead && t < a->longest; t += 32) {
        struct ahead first = {
            page_of(a, a->first + t) + slot_of(a, a->first + t) * key_group_bytes, a->layout.key_stride};
        for (size_t w = 0; w < words; w++) fetch_ahead(first, w);
    }
}

/// Scores of all queries for a->longest positions; those past a query's own end are ignored later.
INLINE void score_part(struct attention *a, const int format) {
    size_t page_tokens = (size_t)1 << a->page_shift;
    fetch_first(a, format);
    for (size_t offset = 0; offset < a->longest;) {
        size_t left = page_tokens - slot_of(a, a->first + offset);
        left = left < a->longest - offset ? left : a->longest - offset;
        if (tile_vectors > 1 && left > 16) score_queries(a, offset, tile_vectors, format);
        else score_queries(a, offset, 1, format);
        size_t step = left > 16 ? 16 * tile_vectors : 16;
        offset += step < left ? step : left;
    }
}
