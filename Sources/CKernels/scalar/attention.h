#pragma once
// One row and one head, as the specification sees them.
#include "../records.h"
#include "tables.h"

struct query {
    const struct kernel_attend *job;
    struct page_layout layout;
    const int32_t *pages;
    size_t kv_head;
    const float *q;
    /// bf16: q * scale * log2 e, rounded. int8 and k8v4: its codes, and what a code is worth.
    float rounded[kernel_max_head + 1], unit;
    int32_t codes[kernel_max_head];
};

/// What a query has gathered over some positions.
struct partial {
    float largest, sum, values[kernel_max_head];
};

float scalar_exp2(float x);

/// First byte of the page that holds a position.
static inline const uint8_t *page_of(const struct query *query, size_t position) {
    const struct kernel_cache *cache = &query->job->cache;
    return cache_head(cache, query->job->layer, (size_t)query->pages[position / cache->page_tokens], query->kv_head);
}

/// Prepares q, and attends to `count` positions from `first` on.
void scalar_prepare_bf16(struct query *query);
void scalar_prepare_int8(struct query *query);
void scalar_part_f32(const struct query *query, size_t first, size_t count, struct partial *part);
void scalar_part_bf16(const struct query *query, size_t first, size_t count, struct partial *part);
void scalar_part_int8(const struct query *query, size_t first, size_t count, struct partial *part);
