#include "cache.h"

size_t kernel_cache_head_bytes(size_t page_tokens, size_t head_dimension, int bf16) {
    return (head_dimension * padded(page_tokens) + page_tokens * padded(head_dimension)) * (bf16 ? 2 : 4);
}

static void put(uint8_t *head, size_t index, float value, int bf16) {
    if (bf16) ((uint16_t *)head)[index] = bfloat_bits(value);
    else ((float *)head)[index] = value;
}

void kernel_cache_store(const struct kernel_cache *cache, size_t layer, size_t page, size_t offset, const float *keys,
                        const float *values) {
    size_t dimension = cache->head_dimension, token_stride = padded(cache->page_tokens);
    for (size_t h = 0; h < cache->heads; h++) {
        uint8_t *head = cache_keys(cache, layer, page, h);
        size_t value_start = cache_key_elements(cache) + offset * padded(dimension);
        for (size_t d = 0; d < dimension; d++) {
            put(head, d * token_stride + offset, keys[h * dimension + d], cache->bf16);
            put(head, value_start + d, values[h * dimension + d], cache->bf16);
        }
    }
}

static void copy_elements(uint8_t *to, const uint8_t *from, size_t first, size_t count, size_t width) {
    for (size_t i = first * width; i < (first + count) * width; i++) to[i] = from[i];
}

void kernel_cache_copy(const struct kernel_cache *cache, size_t from, size_t to, size_t tokens) {
    size_t width = cache->bf16 ? 2 : 4, token_stride = padded(cache->page_tokens);
    for (size_t i = 0; i < cache->layers * cache->heads; i++) {
        const uint8_t *source = cache_keys(cache, i / cache->heads, from, i % cache->heads);
        uint8_t *target = cache_keys(cache, i / cache->heads, to, i % cache->heads);
        for (size_t d = 0; d < cache->head_dimension; d++) {
            copy_elements(target, source, d * token_stride, tokens, width);
        }
        copy_elements(target, source, cache_key_elements(cache), tokens * padded(cache->head_dimension), width);
    }
}
