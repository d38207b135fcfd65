#pragma once
// Where a token stands in the KV pages, and how a value is rounded into them.
#include "include/attention.h"
#include "layout.h"
#include <math.h>

static inline size_t padded(size_t n) { return (n + 15) / 16 * 16; }

/// Dimensions of a key that stand side by side, and tokens of a value; bytes of such a group.
static inline size_t key_group(int format) { return format == kernel_kv_int8 ? 4 : format == kernel_kv_bf16 ? 2 : 1; }
static inline size_t value_group(int format) { return format == kernel_kv_f32 ? 1 : 2; }
enum { key_group_bytes = 4 };
static inline size_t value_group_bytes(int format) { return format == kernel_kv_int8 ? 2 : 4; }

/// Bytes of K of a page of one head.
static inline size_t cache_key_bytes(size_t page_tokens, size_t head_dimension, int format) {
    size_t groups = (head_dimension + key_group(format) - 1) / key_group(format);
    return groups * padded(page_tokens) * key_group_bytes;
}

static inline size_t cache_value_bytes(size_t page_tokens, size_t head_dimension, int format) {
    size_t groups = (page_tokens + value_group(format) - 1) / value_group(format);
    return groups * padded(head_dimension) * value_group_bytes(format);
}

/// First byte of a page of one layer and KV head: K begins here. A page's layers lie side by side, so that memory is
/// first touched little by little while a history grows, and not in all layers at once.
static inline uint8_t *cache_head(const struct kernel_cache *cache, size_t layer, size_t page, size_t head) {
    size_t bytes = kernel_cache_head_bytes(cache->page_tokens, cache->head_dimension, cache->format);
    return cache->base + ((page * cache->layers + layer) * cache->heads + head) * bytes;
}

/// Where the parts of a page begin, counted from its first byte.
struct page_layout {
    size_t values, key_scales, value_scales;
    /// Bytes from one group of dimensions of K to the next, and from one group of tokens of V to the next.
    size_t key_stride, value_stride;
};

static inline struct page_layout page_layout(const struct kernel_cache *cache) {
    size_t tokens = cache->page_tokens, dimension = cache->head_dimension;
    size_t values = cache_key_bytes(tokens, dimension, cache->format);
    size_t scales = values + cache_value_bytes(tokens, dimension, cache->format);
    return (struct page_layout){
        values, scales, scales + padded(tokens) * 4, padded(tokens) * key_group_bytes,
        padded(dimension) * value_group_bytes(cache->format)};
}

static inline uint32_t float_bits(float value) {
    union { float value; uint32_t bits; } in = {value};
    return in.bits;
}

static inline float bits_float(uint32_t bits) {
    union { uint32_t bits; float value; } in = {bits};
    return in.value;
}

/// Numbers of bf16 and int8 pages are zero or between 2^-50 and 2^50 in size: then no product or sum of attention is
/// ever infinite, not a number or subnormal, and instructions that flush subnormals give the same bits as others. NaN
/// becomes zero.
enum { smallest_bits = 0x26800000, largest_bits = 0x58800000 };

static inline float bounded(float value) {
    uint32_t bits = float_bits(value), size = bits & 0x7fffffff;
    uint32_t kept = size < largest_bits ? size : largest_bits;
    kept = size < smallest_bits || size > 0x7f800000 ? 0 : kept;
    return bits_float((bits & 0x80000000) | kept);
}

/// Nearest bfloat of a bounded value, ties to even.
static inline uint32_t bounded_bfloat(float value) {
    uint32_t bits = float_bits(bounded(value));
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/// Nearest integer of a number below 2^22 in size, ties to even.
static inline int32_t nearest(float value) { return (int32_t)float_bits(value + 12582912.0f) - 0x4b400000; }

/// The factor of codes of values up to `largest` in size, and its inverse for rounding.
static inline float code_scale(float largest) { return largest * (1 / 127.0f); }
static inline float code_factor(float largest) { return largest > 0 ? 127 / largest : 0; }

static inline float largest_size(const float *x, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t size = float_bits(bounded(x[i])) & 0x7fffffff;
        largest = size > largest ? size : largest;
    }
    return bits_float(largest);
}
