#pragma once
// Weighted sums of the values of a part.
#include "attention.h"

/// Tokens of the part from `from` on that lie in one page, at most up to `to`, and where the first one's values and factors are.
struct run {
    const uint8_t *values, *factors;
    size_t end;
    /// From the values to what will be needed soon.
    ptrdiff_t ahead;
};

/// From `page` to the page of the values that are `next` positions behind the part's first. Where they end, to that of the
/// keys of the next part, so that these lie where values would.
INLINE ptrdiff_t distance_ahead(const struct attention *a, size_t next, const uint8_t *page) {
    if (next < a->longest) return page_of(a, a->first + next) - page;
    size_t keys = a->first + kernel_part_tokens + next - a->longest;
    return keys < a->end ? page_of(a, keys) - page - (ptrdiff_t)a->layout.values : 0;
}

INLINE struct run run_of(const struct attention *a, size_t from, size_t to, const size_t group) {
    size_t slot = slot_of(a, a->first + from), left = ((size_t)1 << a->page_shift) - slot;
    const uint8_t *page = page_of(a, a->first + from), *values = page + a->layout.values;
    return (struct run){
        values + slot / group * a->layout.value_stride,
        page + a->layout.value_factors + slot / group * a->layout.factor_stride, to - from < left ? to : from + left,
        distance_ahead(a, from + a->ahead, page)};
}

/// Adds the values of positions from ..< to, 16 * vectors columns, to the sums of the part.
INLINE void values_f32(struct attention *a, size_t from, size_t to, size_t query, size_t column, const size_t queries,
                       const size_t vectors) {
    size_t width = padded(a->dimension);
    float *part = a->values + query * width + column;
    f32x16 s[tile_queries * tile_vectors], x[2 * tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = v_load(part + i / vectors * width + i % vectors * 16);
    for (size_t t = from; t < to;) {
        struct run run = run_of(a, t, to, 1);
        for (; t < run.end; t++, run.values += a->layout.value_stride) {
            const float *values = (const float *)(const void *)run.values + column;
            for (size_t v = 0; v < vectors; v++) __builtin_prefetch((const uint8_t *)(values + v * 16) + run.ahead);
            for (size_t v = 0; v < vectors; v++) x[v] = v_load(values + v * 16);
            for (size_t i = 0; i < queries; i++) {
                f32x16 weight = v_broadcast(a->scores[query + i][t]);
                for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = v_fma(weight, x[v], s[i * vectors + v]);
            }
        }
    }
    for (size_t i = 0; i < queries * vectors; i++) v_store(part + i / vectors * width + i % vectors * 16, s[i]);
}

INLINE void values_bf16(struct attention *a, size_t query, size_t column, const size_t queries, const size_t vectors) {
    size_t width = padded(a->dimension), stride = a->layout.value_stride;
    f32x16 s[tile_queries * tile_vectors];
    pairs x[2 * tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = v_zero();
    const uint32_t *weights = a->weights[query];
    for (size_t t = 0; t < a->longest;) {
        struct run run = run_of(a, t, a->longest, 2);
        const uint8_t *values = run.values + column * 4;
        for (; t < run.end; t += 2, values += stride, weights++) {
            for (size_t v = 0; v < vectors; v++) __builtin_prefetch(values + v * 64 + run.ahead);
            for (size_t v = 0; v < vectors; v++) x[v] = v_pairs(values + v * 64);
            for (size_t i = 0; i < queries; i++) {
                pairs weight = v_pairs_broadcast(weights + i * (kernel_part_tokens / 2));
                for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = v_pairs_fma(weight, x[v], s[i * vectors + v]);
            }
        }
    }
    float *part = a->values + query * width + column;
    for (size_t i = 0; i < queries * vectors; i++) v_store(part + i / vectors * width + i % vectors * 16, s[i]);
}

/// 16 * vectors columns of a pair of tokens, from `column` on. `ahead` leads to those that will be needed soon.
INLINE void load_int8(halves *x, const uint8_t *values, ptrdiff_t ahead, size_t column, const size_t vectors) {
    values += column * 2;
    for (size_t v = 0; v < vectors; v += 2) __builtin_prefetch(values + v * 32 + ahead);
    for (size_t v = 0; v < vectors; v++) x[v] = v_halves(values + v * 32);
}

INLINE void load_k8v4(halves *x, const uint8_t *values, const uint8_t *factors, ptrdiff_t ahead, size_t column,
                      const size_t vectors) {
    size_t block = column / value_block, high = vectors > 1 ? 0 : column / 16 % 2;
    values += block * value_block_bytes;
    for (size_t v = 0; v < vectors; v += 4) __builtin_prefetch(values + v * 16 + ahead);
    for (size_t v = 0; v < vectors; v++) {
        const uint8_t *own = factors + (block + v / 2) * block_factor_bytes;
        halves codes = v_nibbles(values + v / 2 * value_block_bytes, (v + high) % 2);
        x[v] = h_add(h_mul(codes, v_bytes_broadcast(own)), v_bytes_broadcast(own + 2));
    }
}

INLINE void values_int8(struct attention *a, size_t query, size_t column, const size_t queries, const size_t vectors,
                        const int format) {
    size_t width = padded(a->dimension), stride = a->layout.value_stride;
    i32x16 s[tile_queries * tile_vectors];
    halves x[2 * tile_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = i_broadcast(0);
    const uint32_t *weights = a->weights[query];
    for (size_t t = 0; t < a->longest;) {
        struct run run = run_of(a, t, a->longest, 2);
        for (; t < run.end; t += 2, run.values += stride, run.factors += a->layout.factor_stride, weights++) {
            if (format == kernel_kv_int8) load_int8(x, run.values, run.ahead, column, vectors);
            else load_k8v4(x, run.values, run.factors, run.ahead, column, vectors);
            for (size_t i = 0; i < queries; i++) {
                halves weight = v_halves_broadcast(weights + i * (kernel_part_tokens / 2));
                for (size_t v = 0; v < vectors; v++) {
                    s[i * vectors + v] = i_halves_dot(weight, x[v], s[i * vectors + v]);
                }
            }
        }
    }
    float *part = a->values + query * width + column;
#pragma clang loop unroll(full) // else the sums live in memory
    for (size_t i = 0; i < queries * vectors; i++) {
        f32x16 sum = v_mul(v_float(s[i]), v_broadcast(a->worth[query + i / vectors]));
        v_store(part + i / vectors * width + i % vectors * 16, sum);
    }
}

/// f32 pages may hold anything past a query's own end, so a tile goes together as far as its shortest history, and then
/// each query to its own end.
INLINE void values_f32_ends(struct attention *a, size_t query, size_t column, const size_t queries,
                            const size_t vectors) {
    size_t width = padded(a->dimension), shared = a->counts[query];
    for (size_t i = 0; i < queries; i++) {
        shared = a->counts[query + i] < shared ? a->counts[query + i] : shared;
        memset(a->values + (query + i) * width + column, 0, vectors * 64);
    }
    values_f32(a, 0, shared, query, column, queries, vectors);
    for (size_t i = 0; i < queries; i++) {
        size_t count = a->counts[query + i];
        if (count > shared) values_f32(a, shared, count, query + i, column, 1, vectors);
    }
}

INLINE void value_tile(struct attention *a, size_t query, size_t column, const size_t queries, const size_t vectors,
                       const int format) {
    if (format == kernel_kv_f32) values_f32_ends(a, query, column, queries, vectors);
    if (format == kernel_kv_bf16) values_bf16(a, query, column, queries, vectors);
    if (has_scales(format)) values_int8(a, query, column, queries, vectors, format);
}

INLINE void value_queries(struct attention *a, size_t column, const size_t vectors, const int format) {
    const size_t room = tile_queries * tile_vectors / vectors;
    for (size_t query = 0, tile; query < a->queries; query += tile) {
        tile = tile_of(a->queries - query);
        switch (tile) {
        case 1: value_tile(a, query, column, 1, vectors, format); break;
        case 2: value_tile(a, query, column, 2, vectors, format); break;
        case 3: value_tile(a, query, column, 3, vectors, format); break;
        case 4: value_tile(a, query, column, 4, vectors, format); break;
        case 6: if (tile_queries >= 6) value_tile(a, query, column, 6, vectors, format); break;
        case 8: if (room >= 8) value_tile(a, query, column, 8, vectors, format); break;
        default: if (room >= 12) value_tile(a, query, column, 12, vectors, format); break;
        }
    }
}

INLINE void add_values(struct attention *a, const int format) {
    size_t column = 0, width = padded(a->dimension);
    const size_t many = tile_vectors * 2;
    if (a->queries <= tile_queries / 2) {
        for (; column + many * 16 <= width; column += many * 16) value_queries(a, column, many, format);
    }
    for (; column + tile_vectors * 16 <= width; column += tile_vectors * 16) {
        value_queries(a, column, tile_vectors, format);
    }
    for (; column < width; column += 16) value_queries(a, column, 1, format);
}
