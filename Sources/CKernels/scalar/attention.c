#include "tables.h"
#include "../cache.h"
#include <math.h>

// The specification of attention for one row and one head. The history is cut into parts of 512 positions counted from
// 0. Part: score = scale * (fma chain over the head dimension); the largest score; weight = exp(score - largest); their
// sum in 16 lanes (lane = position mod 16), folded in halves; acc[d] = fma chain over positions. Parts are combined in
// order.
struct query {
    const float *q;
    const struct kernel_cache *cache;
    const int32_t *pages;
    size_t layer, kv_head, positions;
    float scale;
};

struct partial {
    float largest, sum, acc[kernel_max_head];
};

static const uint8_t *head_of(const struct query *query, size_t position) {
    size_t page = (size_t)query->pages[position / query->cache->page_tokens];
    return cache_keys(query->cache, query->layer, page, query->kv_head);
}

static float score(const struct query *query, size_t position) {
    const struct kernel_cache *cache = query->cache;
    const uint8_t *head = head_of(query, position);
    size_t offset = position % cache->page_tokens;
    float s = 0;
    for (size_t d = 0; d < cache->head_dimension; d++) {
        s = fmaf(query->q[d], cache_value(head, d * padded(cache->page_tokens) + offset, cache->bf16), s);
    }
    return s * query->scale;
}

static void attend_one(const struct query *query, size_t first, size_t end, struct partial *part) {
    const struct kernel_cache *cache = query->cache;
    float weights[kernel_part_tokens], lanes[16] = {0};
    part->largest = -INFINITY;
    for (size_t t = first; t < end; t++) {
        weights[t - first] = score(query, t);
        part->largest = weights[t - first] > part->largest ? weights[t - first] : part->largest;
    }
    for (size_t t = 0; t < end - first; t++) {
        weights[t] = scalar_exp(weights[t] - part->largest);
        lanes[t % 16] += weights[t];
    }
    part->sum = fold_lanes(lanes);
    for (size_t d = 0; d < cache->head_dimension; d++) part->acc[d] = 0;
    for (size_t t = first; t < end; t++) {
        const uint8_t *head = head_of(query, t);
        size_t start = cache_key_elements(cache) + t % cache->page_tokens * padded(cache->head_dimension);
        for (size_t d = 0; d < cache->head_dimension; d++) {
            part->acc[d] = fmaf(weights[t - first], cache_value(head, start + d, cache->bf16), part->acc[d]);
        }
    }
}

static void combine(struct partial *whole, const struct partial *part, size_t dimension) {
    float largest = part->largest > whole->largest ? part->largest : whole->largest;
    float keep = scalar_exp(whole->largest - largest), add = scalar_exp(part->largest - largest);
    whole->largest = largest;
    whole->sum = fmaf(whole->sum, keep, part->sum * add);
    for (size_t d = 0; d < dimension; d++) whole->acc[d] = fmaf(whole->acc[d], keep, part->acc[d] * add);
}

static void attend_row(const struct query *query, float *out) {
    size_t dimension = query->cache->head_dimension;
    struct partial whole, part;
    for (size_t first = 0; first < query->positions; first += kernel_part_tokens) {
        size_t end = first + kernel_part_tokens < query->positions ? first + kernel_part_tokens : query->positions;
        attend_one(query, first, end, first ? &part : &whole);
        if (first) combine(&whole, &part, dimension);
    }
    float inverse = 1.0f / whole.sum;
    for (size_t d = 0; d < dimension; d++) out[d] = whole.acc[d] * inverse;
}

void scalar_attend(const struct kernel_attend *job, const struct kernel_attend_unit *unit, size_t first_head,
                   size_t heads) {
    const struct kernel_cache *cache = &job->cache;
    for (size_t i = 0; i < unit->rows; i++) {
        for (size_t h = first_head; h < first_head + heads; h++) {
            const float *q = job->q + (unit->first_row + i) * job->q_stride + h * cache->head_dimension;
            struct query query = {
                q, cache, unit->pages, job->layer,
                h / (job->heads / cache->heads), unit->first_position + i + 1, job->scale};
            attend_row(&query, job->out + (unit->first_row + i) * job->out_stride + h * cache->head_dimension);
        }
    }
}
