#include "../exponential.h"
#include "attention.h"

// q is scaled to base 2 and coded like a key; products of codes are summed as integers and multiplied by the scale of
// the key, then by that of q. Weights are 2^(score - largest), summed in 16 lanes (lane = position mod 16); times the
// scale of their value they become 15-bit codes of the part's largest such product, so that values are summed as
// integers too: at most 512 * 127 * 32767. A value of k8v4 is a code of four bits times the factor of its block, and
// the block's offset: such an integer as well.
enum { weight_code = 32767 };

void scalar_prepare_int8(struct query *query) {
    size_t dimension = query->job->cache.head_dimension;
    float scale = query->job->scale * LOG2_E, scaled[kernel_max_head];
    for (size_t d = 0; d < dimension; d++) scaled[d] = query->q[d] * scale;
    float largest = largest_size(scaled, dimension), factor = code_factor(largest);
    for (size_t d = 0; d < dimension; d++) query->codes[d] = nearest(bounded(scaled[d]) * factor);
    query->unit = code_scale(largest);
}

static float scale_at(const struct query *query, size_t offset, size_t position) {
    const float *scales = (const float *)(const void *)(page_of(query, position) + offset);
    return scales[position % query->job->cache.page_tokens];
}

static float score(const struct query *query, size_t position) {
    const struct kernel_cache *cache = &query->job->cache;
    const uint8_t *keys = page_of(query, position) + position % cache->page_tokens * key_group_bytes;
    int32_t s = 0;
    for (size_t d = 0; d < cache->head_dimension; d++) {
        s += query->codes[d] * (keys[d / 4 * query->layout.key_stride + d % 4] - 128);
    }
    return (float)s * scale_at(query, query->layout.key_scales, position) * query->unit;
}

static int32_t nibble_value(const uint8_t *codes, const int8_t *factors, size_t d) {
    uint8_t both = codes[d / value_block * value_block_bytes + d % 16 * 2];
    const int8_t *own = factors + d / value_block * block_factor_bytes;
    return (d % value_block < 16 ? both & 15 : both >> 4) * own[0] + own[2];
}

static void add_values(const struct query *query, size_t position, int32_t weight, int32_t *sums) {
    size_t slot = position % query->job->cache.page_tokens;
    const uint8_t *page = page_of(query, position);
    const uint8_t *codes = page + query->layout.values + slot / 2 * query->layout.value_stride + slot % 2;
    const int8_t *factors =
        (const int8_t *)page + query->layout.value_factors + slot / 2 * query->layout.factor_stride + slot % 2;
    int is_byte = query->job->cache.format == kernel_kv_int8;
    for (size_t d = 0; d < query->job->cache.head_dimension; d++) {
        sums[d] += weight * (is_byte ? (int8_t)codes[2 * d] : nibble_value(codes, factors, d));
    }
}

void scalar_part_int8(const struct query *query, size_t first, size_t count, struct partial *part) {
    const struct kernel_cache *cache = &query->job->cache;
    float weights[kernel_part_tokens], lanes[16] = {0}, most = 0;
    int32_t sums[kernel_max_head] = {0};
    part->largest = -INFINITY;
    for (size_t t = 0; t < count; t++) {
        weights[t] = score(query, first + t);
        part->largest = weights[t] > part->largest ? weights[t] : part->largest;
    }
    for (size_t t = 0; t < count; t++) {
        weights[t] = scalar_exp2(weights[t] - part->largest);
        lanes[t % 16] += weights[t];
        weights[t] *= scale_at(query, query->layout.value_scales, first + t);
        most = weights[t] > most ? weights[t] : most;
    }
    float factor = most > 0 ? weight_code / most : 0;
    for (size_t t = 0; t < count; t++) add_values(query, first + t, nearest(weights[t] * factor), sums);
    part->sum = fold_lanes(lanes);
    for (size_t d = 0; d < cache->head_dimension; d++) {
        part->values[d] = (float)sums[d] * (most * (1.0f / weight_code));
    }
}
