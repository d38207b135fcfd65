#pragma once
// Attention of up to twelve queries that share a KV head, over sixteen lanes: positions for scores, the head dimension
// for values. The order of every sum is that of scalar/attention.c.
#include "../cache.h"

enum { score_queries = 6 };

struct attention {
    const struct kernel_attend *job;
    const struct kernel_attend_unit *unit;
    size_t kv_head, queries, first, dimension;
    const float *q[kernel_max_queries];
    /// Positions that each query attends to, and how many of them lie in this part.
    size_t positions[kernel_max_queries], counts[kernel_max_queries];
    float largest[kernel_max_queries], sums[kernel_max_queries];
    float weights[kernel_max_queries][kernel_part_tokens];
    float part[kernel_max_queries][kernel_max_head], whole[kernel_max_queries][kernel_max_head];
};

INLINE const uint8_t *page_of(const struct attention *a, size_t position) {
    size_t page = (size_t)a->unit->pages[position / a->job->cache.page_tokens];
    return cache_keys(&a->job->cache, a->job->layer, page, a->kv_head);
}

INLINE f32x16 cache_load(const uint8_t *head, size_t index, const int bf16) {
    return bf16 ? v_bfloat(head + index * 2) : v_load((const float *)(const void *)(head + index * 4));
}

INLINE void score_tile(struct attention *a, const uint8_t *keys, size_t offset, size_t query, const size_t queries,
                       const size_t vectors, const int bf16) {
    size_t stride = padded(a->job->cache.page_tokens), start = offset % a->job->cache.page_tokens;
    f32x16 s[score_queries * score_vectors];
    for (size_t i = 0; i < queries * vectors; i++) s[i] = v_zero();
    for (size_t d = 0; d < a->dimension; d++) {
        f32x16 k[score_vectors];
        for (size_t v = 0; v < vectors; v++) k[v] = cache_load(keys, d * stride + start + v * 16, bf16);
        for (size_t i = 0; i < queries; i++) {
            f32x16 x = v_broadcast(a->q[query + i][d]);
            for (size_t v = 0; v < vectors; v++) s[i * vectors + v] = v_fma(x, k[v], s[i * vectors + v]);
        }
    }
    for (size_t i = 0; i < queries * vectors; i++) {
        float *out = &a->weights[query + i / vectors][offset + i % vectors * 16];
        v_store_some(out, v_mul(s[i], v_broadcast(a->job->scale)), kernel_part_tokens - offset - i % vectors * 16);
    }
}

INLINE void score_queries_of(struct attention *a, const uint8_t *keys, size_t offset, const size_t vectors,
                             const int bf16) {
    size_t query = 0;
    for (; query + 6 <= a->queries; query += 6) score_tile(a, keys, offset, query, 6, vectors, bf16);
    for (; query + 3 <= a->queries; query += 3) score_tile(a, keys, offset, query, 3, vectors, bf16);
    for (; query < a->queries; query++) score_tile(a, keys, offset, query, 1, vectors, bf16);
}

/// Scores of all queries for `count` positions from a->first on; those past a query's own end are ignored later.
INLINE void score_part(struct attention *a, size_t count, const int bf16) {
    size_t page_tokens = a->job->cache.page_tokens;
    for (size_t offset = 0; offset < count;) {
        const uint8_t *keys = page_of(a, a->first + offset);
        size_t left = page_tokens - offset % page_tokens;
        left = left < count - offset ? left : count - offset;
        int pair = score_vectors > 1 && left > 16;
        if (pair) score_queries_of(a, keys, offset, score_vectors, bf16);
        else score_queries_of(a, keys, offset, 1, bf16);
        size_t step = pair ? 16 * score_vectors : 16;
        offset += step < left ? step : left;
    }
}

/// Turns the scores of a query into weights, and finds the largest score and the sum of the weights.
INLINE void soften(struct attention *a, size_t query) {
    float *weights = a->weights[query];
    size_t count = a->counts[query];
    for (size_t t = count; t % 16; t++) weights[t] = -__builtin_inff();
    f32x16 most = v_broadcast(-__builtin_inff()), lanes = v_zero();
    for (size_t t = 0; t < count; t += 16) most = v_max(v_load(weights + t), most);
    float each[16], largest = -__builtin_inff();
    v_store(each, most);
    for (int i = 0; i < 16; i++) largest = each[i] > largest ? each[i] : largest;
    for (size_t t = 0; t < count; t += 16) {
        f32x16 weight = v_exp(v_sub(v_load(weights + t), v_broadcast(largest)));
        v_store(weights + t, weight);
        lanes = v_add(lanes, weight);
    }
    a->largest[query] = largest;
    a->sums[query] = v_fold(lanes);
}

/// part[d] += weight * value for positions from ..< to of the part, `vectors` x 16 dimensions from `column` on.
INLINE void value_tile(struct attention *a, size_t query, size_t column, size_t from, size_t to, const size_t queries,
                       const size_t vectors, const int bf16) {
    const struct kernel_cache *cache = &a->job->cache;
    size_t stride = padded(a->dimension);
    f32x16 acc[value_queries * value_vectors];
    for (size_t i = 0; i < queries * vectors; i++) {
        acc[i] = v_load(&a->part[query + i / vectors][column + i % vectors * 16]);
    }
    for (size_t t = from; t < to;) {
        size_t slot = (a->first + t) % cache->page_tokens, left = cache->page_tokens - slot;
        size_t end = to - t < left ? to : t + left;
        const uint8_t *head = page_of(a, a->first + t);
        size_t index = cache_key_elements(cache) + slot * stride + column;
        for (; t < end; t++, index += stride) {
            f32x16 value[value_vectors];
            for (size_t v = 0; v < vectors; v++) value[v] = cache_load(head, index + v * 16, bf16);
            for (size_t i = 0; i < queries; i++) {
                f32x16 weight = v_broadcast(a->weights[query + i][t]);
                f32x16 *own = &acc[i * vectors];
                for (size_t v = 0; v < vectors; v++) own[v] = v_fma(weight, value[v], own[v]);
            }
        }
    }
    for (size_t i = 0; i < queries * vectors; i++) {
        v_store(&a->part[query + i / vectors][column + i % vectors * 16], acc[i]);
    }
}

INLINE void value_columns(struct attention *a, size_t query, size_t from, size_t to, const size_t queries,
                          const int bf16) {
    size_t column = 0, width = padded(a->dimension);
    for (; column + value_vectors * 16 <= width; column += value_vectors * 16) {
        value_tile(a, query, column, from, to, queries, value_vectors, bf16);
    }
    for (; column < width; column += 16) value_tile(a, query, column, from, to, queries, 1, bf16);
}

/// Weighted sums of a tile of queries: together as far as the shortest history, then each to its own end.
INLINE void value_queries_of(struct attention *a, size_t query, const size_t queries, const int bf16) {
    size_t shared = a->counts[query];
    for (size_t i = 0; i < queries; i++) {
        shared = a->counts[query + i] < shared ? a->counts[query + i] : shared;
        memset(a->part[query + i], 0, padded(a->dimension) * 4);
    }
    value_columns(a, query, 0, shared, queries, bf16);
    for (size_t i = 0; i < queries; i++) {
        if (a->counts[query + i] > shared) value_columns(a, query + i, shared, a->counts[query + i], 1, bf16);
    }
}

struct running {
    float largest, sum;
};

/// Adds the finished part of a query to what came before it.
INLINE void combine(struct attention *a, size_t query, struct running *before) {
    if (!a->counts[query]) return;
    float *whole = a->whole[query], *part = a->part[query];
    if (!a->first) {
        *before = (struct running){a->largest[query], a->sums[query]};
        memcpy(whole, part, padded(a->dimension) * 4);
        return;
    }
    float largest = a->largest[query] > before->largest ? a->largest[query] : before->largest;
    float differences[16] = {before->largest - largest, a->largest[query] - largest}, factors[16];
    v_store(factors, v_exp(v_load(differences)));
    before->largest = largest;
    before->sum = __builtin_fmaf(before->sum, factors[0], a->sums[query] * factors[1]);
    for (size_t d = 0; d < padded(a->dimension); d += 16) {
        f32x16 added = v_mul(v_load(part + d), v_broadcast(factors[1]));
        v_store(whole + d, v_fma(v_load(whole + d), v_broadcast(factors[0]), added));
    }
}

INLINE void attend_part(struct attention *a, struct running *running, size_t longest, const int bf16) {
    size_t count = longest - a->first < kernel_part_tokens ? longest - a->first : kernel_part_tokens;
    for (size_t i = 0; i < a->queries; i++) {
        size_t own = a->positions[i] > a->first ? a->positions[i] - a->first : 0;
        a->counts[i] = own < kernel_part_tokens ? own : kernel_part_tokens;
    }
    score_part(a, count, bf16);
    for (size_t i = 0; i < a->queries; i++) soften(a, i);
    size_t query = 0;
    for (; query + value_queries <= a->queries; query += value_queries) value_queries_of(a, query, value_queries, bf16);
    for (; query < a->queries; query++) value_queries_of(a, query, 1, bf16);
    for (size_t i = 0; i < a->queries; i++) combine(a, i, &running[i]);
}

INLINE void attend(const struct kernel_attend *job, const struct kernel_attend_unit *unit, size_t first_head,
                   size_t heads, const int bf16) {
    struct attention a;
    struct running running[kernel_max_queries];
    a.job = job;
    a.unit = unit;
    a.dimension = job->cache.head_dimension;
    a.kv_head = first_head / (job->heads / job->cache.heads);
    a.queries = unit->rows * heads;
    for (size_t i = 0; i < a.queries; i++) {
        a.q[i] = job->q + (unit->first_row + i / heads) * job->q_stride + (first_head + i % heads) * a.dimension;
        a.positions[i] = unit->first_position + i / heads + 1;
    }
    size_t longest = unit->first_position + unit->rows;
    for (a.first = 0; a.first < longest; a.first += kernel_part_tokens) attend_part(&a, running, longest, bf16);
    for (size_t i = 0; i < a.queries; i++) {
        size_t row = unit->first_row + i / heads, head = first_head + i % heads;
        float *out = job->out + row * job->out_stride + head * a.dimension;
        f32x16 inverse = v_broadcast(1.0f / running[i].sum);
        for (size_t d = 0; d < a.dimension; d += 16) {
            v_store_some(out + d, v_mul(v_load(&a.whole[i][d]), inverse), a.dimension - d);
        }
    }
}

static void wide_attend(const struct kernel_attend *job, const struct kernel_attend_unit *unit, size_t first_head,
                        size_t heads) {
    if (job->cache.bf16) attend(job, unit, first_head, heads, 1);
    else attend(job, unit, first_head, heads, 0);
}
