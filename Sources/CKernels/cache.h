#pragma once
// Where a token stands in the KV pages, and how a value is rounded into them.
#include "include/attention.h"
#include "layout.h"
#include <math.h>

static inline size_t padded(size_t n) { return (n + 15) / 16 * 16; }

/// Whether keys are codes of one byte, and keys and values have a scale for each token.
static inline int has_scales(int format) { return format == kernel_kv_int8 || format == kernel_kv_k8v4; }

/// Dimensions of a key that stand side by side, and tokens of a value; bytes of such a group of a key.
static inline size_t key_group(int format) { return has_scales(format) ? 4 : format == kernel_kv_bf16 ? 2 : 1; }
static inline size_t value_group(int format) { return format == kernel_kv_f32 ? 1 : 2; }
enum { key_group_bytes = 4 };

/// k8v4: dimensions of a value that share a factor and an offset, bytes of a block's codes and of those two for two tokens,
/// the largest code, and the size of a number that the largest of a head becomes: half a step more is at most 127, which
/// is what sums over 512 weights of 15 bits leave room for.
enum { value_block = 32, value_block_bytes = 32, block_factor_bytes = 4, largest_nibble = 15, nibble_range = 118 };
static inline size_t value_blocks(size_t head_dimension) { return (head_dimension + value_block - 1) / value_block; }

/// Bytes from one group of tokens of V to the next.
static inline size_t value_stride(size_t head_dimension, int format) {
    if (format == kernel_kv_k8v4) return value_blocks(head_dimension) * value_block_bytes;
    return padded(head_dimension) * (format == kernel_kv_int8 ? 2 : 4);
}

/// First byte of a page of one layer and KV head: K begins here. A page's layers lie side by side, so that memory is
/// first touched little by little while a history grows, and not in all layers at once.
static inline uint8_t *cache_head(const struct kernel_cache *cache, size_t layer, size_t page, size_t head) {
    size_t bytes = kernel_cache_head_bytes(cache->page_tokens, cache->head_dimension, cache->format);
    return cache->base + ((page * cache->layers + layer) * cache->heads + head) * bytes;
}

/// Where the parts of a page begin, counted from its first byte, and where it ends.
struct page_layout {
    size_t values, value_factors, key_scales, value_scales, end;
    /// Bytes from one group of dimensions of K to the next, from one group of tokens of V to the next, and the same for
    /// the factors of V.
    size_t key_stride, value_stride, factor_stride;
};

static inline struct page_layout page_layout_of(size_t tokens, size_t dimension, int format) {
    struct page_layout page = {
        .key_stride = padded(tokens) * key_group_bytes, .value_stride = value_stride(dimension, format),
        .factor_stride = format == kernel_kv_k8v4 ? block_factor_bytes * value_blocks(dimension) : 0};
    size_t scales = has_scales(format) ? padded(tokens) * 4 : 0;
    size_t value_groups = (tokens + value_group(format) - 1) / value_group(format);
    page.values = (dimension + key_group(format) - 1) / key_group(format) * page.key_stride;
    page.value_factors = page.values + value_groups * page.value_stride;
    page.key_scales = page.value_factors + padded(value_groups * page.factor_stride);
    page.value_scales = page.key_scales + scales;
    page.end = page.value_scales + scales;
    return page;
}

static inline struct page_layout page_layout(const struct kernel_cache *cache) {
    return page_layout_of(cache->page_tokens, cache->head_dimension, cache->format);
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

/// The same for numbers that codes of four bits stand for, and the factor of a block whose numbers end so far above its
/// offset.
static inline float nibble_scale(float largest) { return largest * (1.0f / nibble_range); }
static inline float nibble_inverse(float largest) { return largest > 0 ? nibble_range / largest : 0; }
static inline int32_t block_factor(float range) {
    float exact = range * (1.0f / largest_nibble);
    int32_t factor = nearest(exact);
    if ((float)factor < exact) factor++;
    return factor > 1 ? factor : 1;
}

static inline float largest_size(const float *x, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t size = float_bits(bounded(x[i])) & 0x7fffffff;
        largest = size > largest ? size : largest;
    }
    return bits_float(largest);
}
