#pragma once
// Where a token stands in the KV pages.
#include "layout.h"

static inline size_t padded(size_t n) { return (n + 15) / 16 * 16; }

/// First byte of a page of one layer and KV head: K begins here.
static inline uint8_t *cache_keys(const struct kernel_cache *cache, size_t layer, size_t page, size_t head) {
    size_t bytes = kernel_cache_head_bytes(cache->page_tokens, cache->head_dimension, cache->bf16);
    return cache->base + ((layer * cache->pages + page) * cache->heads + head) * bytes;
}

/// Elements of K in a page of one head; V begins after them.
static inline size_t cache_key_elements(const struct kernel_cache *cache) {
    return cache->head_dimension * padded(cache->page_tokens);
}

static inline float cache_value(const uint8_t *head, size_t index, int bf16) {
    return bf16 ? bfloat_value(((const uint16_t *)head)[index]) : ((const float *)head)[index];
}
