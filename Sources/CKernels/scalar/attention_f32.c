#include "attention.h"

// Scores are fma chains over the head dimension, then scaled; weights are e^(score - largest), summed in 16 lanes (lane
// = position mod 16) that are folded in halves; values are fma chains over positions.

static float score(const struct query *query, size_t position) {
    const struct kernel_cache *cache = &query->job->cache;
    const float *keys = (const float *)(const void *)page_of(query, position) + position % cache->page_tokens;
    float s = 0;
    for (size_t d = 0; d < cache->head_dimension; d++) s = fmaf(query->q[d], keys[d * query->layout.key_stride / 4], s);
    return s * query->job->scale;
}

void scalar_part_f32(const struct query *query, size_t first, size_t count, struct partial *part) {
    const struct kernel_cache *cache = &query->job->cache;
    float weights[kernel_part_tokens], lanes[16] = {0};
    part->largest = -INFINITY;
    for (size_t t = 0; t < count; t++) {
        weights[t] = score(query, first + t);
        part->largest = weights[t] > part->largest ? weights[t] : part->largest;
    }
    for (size_t t = 0; t < count; t++) {
        weights[t] = scalar_exp(weights[t] - part->largest);
        lanes[t % 16] += weights[t];
    }
    part->sum = fold_lanes(lanes);
    for (size_t d = 0; d < cache->head_dimension; d++) part->values[d] = 0;
    for (size_t t = 0; t < count; t++) {
        const uint8_t *values = page_of(query, first + t) + query->layout.values;
        const float *value = (const float *)(const void *)(
            values + (first + t) % cache->page_tokens * query->layout.value_stride);
        for (size_t d = 0; d < cache->head_dimension; d++) {
            part->values[d] = fmaf(weights[t], value[d], part->values[d]);
        }
    }
}
