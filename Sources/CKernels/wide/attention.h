#pragma once
// What a block of queries that share a KV head needs while it walks its history, part by part. Lanes are positions for
// scores, and the head dimension for values. The order of every sum is that of scalar/attention_*.c.
#include "../records.h"
#include "lanes.h"

/// Scores come in whole vectors, so that some past the part are written and ignored.
enum { score_room = kernel_part_tokens + 32 };

struct attention {
    const struct kernel_attend *job;
    struct page_layout layout;
    const int32_t *pages;
    /// The KV head in page 0, bytes from page to page, and the tokens of a page as a power of two.
    const uint8_t *base;
    size_t page_bytes, page_shift;
    /// tokens_ahead of the format.
    size_t ahead;
    size_t queries, dimension;
    /// The end of the history: one more than the last row's position.
    size_t end;
    /// First position of the part; positions of it that each query attends to, and the most of them.
    size_t first, counts[kernel_max_queries], longest;
    /// Where each query stands, what it is and where its result goes.
    size_t positions[kernel_max_queries];
    const float *q[kernel_max_queries];
    float *out[kernel_max_queries];
    /// bf16: pairs of q. int8 and k8v4: quads of its codes, what a code is worth, and -128 times the sum of codes.
    uint32_t words[kernel_max_queries][kernel_max_head / 2];
    float units[kernel_max_queries];
    int32_t offsets[kernel_max_queries];
    float largest[kernel_max_queries], sums[kernel_max_queries];
    /// int8 and k8v4: what a weight's code is worth, and the scales of the part's values.
    float worth[kernel_max_queries], value_scales[score_room];
    float scores[kernel_max_queries][score_room];
    /// All but f32: weights in pairs.
    uint32_t weights[kernel_max_queries][kernel_part_tokens / 2];
    /// [queries][padded dimension]: where the part's weighted values go; room for one part's and for those of all parts
    /// so far.
    float *values, part[kernel_max_queries * kernel_max_head], whole[kernel_max_queries * kernel_max_head];
};

INLINE const uint8_t *page_of(const struct attention *a, size_t position) {
    return a->base + (size_t)a->pages[position >> a->page_shift] * a->page_bytes;
}

INLINE size_t slot_of(const struct attention *a, size_t position) {
    return position & (((size_t)1 << a->page_shift) - 1);
}

/// Tokens that are fetched before their turn: 4 to 8 KiB of a head, of keys and of values. Less leaves memory idle. More is
/// slower on Zen 5, as is a prefetch that ends in the second level.
INLINE size_t tokens_ahead(const int format) { return has_scales(format) ? 64 : 32; }

/// Two cache lines at a time that will be needed soon, from `line` on.
struct ahead {
    const uint8_t *line;
    size_t stride;
};

/// What the scores of the position `offset` of the part should fetch: keys, and values when the keys are at an end.
INLINE struct ahead ahead_of(const struct attention *a, size_t offset) {
    size_t next = offset + a->ahead;
    if (next < a->longest) {
        size_t slot = slot_of(a, a->first + next);
        return (struct ahead){page_of(a, a->first + next) + slot * key_group_bytes, a->layout.key_stride};
    }
    size_t value = next - a->longest < a->longest ? next - a->longest : 0;
    return (struct ahead){page_of(a, a->first + value) + a->layout.values, 128};
}

INLINE void fetch_ahead(struct ahead ahead, size_t index) {
    __builtin_prefetch(ahead.line + index * ahead.stride);
    __builtin_prefetch(ahead.line + index * ahead.stride + 64);
}

/// The largest tile that fits into so many queries.
INLINE size_t tile_of(size_t queries) {
    static const uint8_t sizes[kernel_max_queries + 1] = {0, 1, 2, 3, 4, 4, 6, 6, 8, 8, 8, 8, 12};
    return sizes[queries < tile_queries ? queries : tile_queries];
}

/// 2^x for x <= 0: see exponential.h.
INLINE f32x16 v_exp2(f32x16 x) {
    whole n = v_whole(x);
    f32x16 r = v_sub(x, v_value(n));
    f32x16 p = v_fma(v_broadcast(EXP2_C4), r, v_broadcast(EXP2_C3));
    p = v_fma(p, r, v_broadcast(EXP2_C2));
    p = v_fma(p, r, v_broadcast(EXP2_C1));
    p = v_fma(p, r, v_broadcast(1.0f));
    return v_scaled_above(x, v_broadcast(EXP2_LOWEST), p, n);
}
