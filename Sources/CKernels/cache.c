#include "cache.h"
#include <string.h>

size_t kernel_cache_head_bytes(size_t page_tokens, size_t head_dimension, int format) {
    return (page_layout_of(page_tokens, head_dimension, format).end + 63) / 64 * 64;
}

static void copy_head(const struct kernel_cache *cache, uint8_t *to, const uint8_t *from, size_t tokens) {
    struct page_layout layout = page_layout(cache);
    for (size_t start = 0; start < layout.values; start += layout.key_stride) {
        memcpy(to + start, from + start, tokens * key_group_bytes);
    }
    size_t groups = (tokens + value_group(cache->format) - 1) / value_group(cache->format);
    memcpy(to + layout.values, from + layout.values, groups * layout.value_stride);
    memcpy(to + layout.value_factors, from + layout.value_factors, groups * layout.factor_stride);
    if (!has_scales(cache->format)) return;
    memcpy(to + layout.key_scales, from + layout.key_scales, tokens * 4);
    memcpy(to + layout.value_scales, from + layout.value_scales, tokens * 4);
}

void kernel_cache_copy(const struct kernel_cache *cache, size_t from, size_t to, size_t tokens) {
    if (from == to) return;
    for (size_t i = 0; i < cache->layers * cache->heads; i++) {
        copy_head(cache, cache_head(cache, i / cache->heads, to, i % cache->heads),
                  cache_head(cache, i / cache->heads, from, i % cache->heads), tokens);
    }
}
