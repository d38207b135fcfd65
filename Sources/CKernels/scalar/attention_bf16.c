#include "../exponential.h"
#include "attention.h"

// q is scaled to base 2 and rounded to bfloat, as the weights are. Every sum over pairs takes the odd element first, as
// VDPBF16PS does: scores over pairs of dimensions, weights and values over pairs of positions (an absent one counts as
// zero). Weights are 2^(score - largest), rounded before they are summed in 16 lanes (lane = pair mod 16).

float scalar_exp2(float x) {
    if (!(x >= EXP2_LOWEST)) return 0;
    float shifted = x + EXP_ROUND;
    float r = x - (shifted - EXP_ROUND);
    float p = fmaf(EXP2_C4, r, EXP2_C3);
    p = fmaf(p, r, EXP2_C2);
    p = fmaf(p, r, EXP2_C1);
    p = fmaf(p, r, 1.0f);
    return bits_float(float_bits(p) + (float_bits(shifted) << 23));
}

static float rounded(float value) { return bits_float(bounded_bfloat(value) << 16); }

void scalar_prepare_bf16(struct query *query) {
    size_t dimension = query->job->cache.head_dimension;
    float scale = query->job->scale * LOG2_E;
    for (size_t d = 0; d < dimension; d++) query->rounded[d] = rounded(query->q[d] * scale);
    query->rounded[dimension] = 0;
}

static float bfloat_at(const uint8_t *base, size_t index) {
    return bfloat_value(load_u16(base + index * 2));
}

static float score(const struct query *query, size_t position) {
    const struct kernel_cache *cache = &query->job->cache;
    const uint8_t *keys = page_of(query, position) + position % cache->page_tokens * key_group_bytes;
    float s = 0;
    for (size_t d = 0; d < cache->head_dimension; d += 2, keys += query->layout.key_stride) {
        s = fmaf(query->rounded[d + 1], bfloat_at(keys, 1), s);
        s = fmaf(query->rounded[d], bfloat_at(keys, 0), s);
    }
    return s;
}

static void add_values(const struct query *query, const uint8_t *pair, const float *weights, float *sums) {
    for (size_t d = 0; d < query->job->cache.head_dimension; d++) {
        sums[d] = fmaf(weights[1], bfloat_at(pair, 2 * d + 1), sums[d]);
        sums[d] = fmaf(weights[0], bfloat_at(pair, 2 * d), sums[d]);
    }
}

void scalar_part_bf16(const struct query *query, size_t first, size_t count, struct partial *part) {
    const struct kernel_cache *cache = &query->job->cache;
    float weights[kernel_part_tokens + 1], lanes[16] = {0};
    part->largest = -INFINITY;
    for (size_t t = 0; t < count; t++) {
        weights[t] = score(query, first + t);
        part->largest = weights[t] > part->largest ? weights[t] : part->largest;
    }
    for (size_t t = 0; t < count; t++) weights[t] = rounded(scalar_exp2(weights[t] - part->largest));
    weights[count] = 0;
    for (size_t d = 0; d < cache->head_dimension; d++) part->values[d] = 0;
    for (size_t t = 0; t < count; t += 2) {
        lanes[t / 2 % 16] += weights[t + 1];
        lanes[t / 2 % 16] += weights[t];
        size_t pair = (first + t) % cache->page_tokens / 2;
        const uint8_t *values = page_of(query, first + t) + query->layout.values + pair * query->layout.value_stride;
        add_values(query, values, weights + t, part->values);
    }
    part->sum = fold_lanes(lanes);
}
