#pragma once
// Softmax of a part: scores become weights.
#include "attention.h"

INLINE float largest_score(const float *scores, size_t limit) {
    f32x16 a = v_broadcast(-__builtin_inff()), b = a;
    for (size_t t = 0; t < limit; t += 32) {
        a = v_max(v_load(scores + t), a);
        b = v_max(v_load(scores + t + 16), b);
    }
    return v_fold_max(v_max(a, b));
}

INLINE void soften_f32(struct attention *a, size_t query, size_t limit) {
    float *scores = a->scores[query];
    f32x16 largest = v_broadcast(a->largest[query]), lanes = v_zero();
    for (size_t t = 0; t < limit; t += 16) {
        f32x16 weight = v_exp(v_sub(v_load(scores + t), largest));
        v_store(scores + t, weight);
        lanes = v_add(lanes, weight);
    }
    a->sums[query] = v_fold(lanes);
}

INLINE void soften_bf16(struct attention *a, size_t query, size_t limit) {
    static const uint32_t ones = 0x3f803f80;
    const float *scores = a->scores[query];
    f32x16 largest = v_broadcast(a->largest[query]), lanes = v_zero();
    for (size_t t = 0; t < limit; t += 32) {
        uint32_t *words = &a->weights[query][t / 2];
        f32x16 low = v_exp2(v_sub(v_load(scores + t), largest)), high = v_exp2(v_sub(v_load(scores + t + 16), largest));
        v_store_pairs(words, low, high);
        lanes = v_pairs_fma(v_pairs(words), v_pairs_broadcast(&ones), lanes);
    }
    a->sums[query] = v_fold(lanes);
}

INLINE void soften_int8(struct attention *a, size_t query, size_t limit) {
    float *scores = a->scores[query];
    f32x16 largest = v_broadcast(a->largest[query]), lanes = v_zero(), most = v_zero();
    for (size_t t = 0; t < limit; t += 16) {
        f32x16 weight = v_exp2(v_sub(v_load(scores + t), largest));
        lanes = v_add(lanes, weight);
        weight = v_mul(weight, v_load(a->value_scales + t));
        v_store(scores + t, weight);
        most = v_max(weight, most);
    }
    float top = v_fold_max(most), factor = top > 0 ? 32767 / top : 0;
    for (size_t t = 0; t < limit; t += 32) {
        f32x16 low = v_mul(v_load(scores + t), v_broadcast(factor));
        v_store_codes(&a->weights[query][t / 2], low, v_mul(v_load(scores + t + 16), v_broadcast(factor)));
    }
    a->sums[query] = v_fold(lanes);
    a->worth[query] = top * (1.0f / 32767);
}

INLINE void gather_value_scales(struct attention *a) {
    size_t page_tokens = (size_t)1 << a->page_shift;
    for (size_t t = 0; t < a->longest;) {
        size_t slot = slot_of(a, a->first + t), left = page_tokens - slot;
        const uint8_t *scales = page_of(a, a->first + t) + a->layout.value_scales + slot * 4;
        left = left < a->longest - t ? left : a->longest - t;
        memcpy(a->value_scales + t, scales, left * 4);
        t += left;
    }
    for (size_t t = a->longest; t % 32; t++) a->value_scales[t] = 0;
}

/// Weights of every query; those past its own end are zero.
INLINE void soften(struct attention *a, const int format) {
    size_t limit = (a->longest + 31) / 32 * 32;
    if (has_scales(format)) gather_value_scales(a);
    // Every query's largest score first: what follows it would wait for it.
    for (size_t query = 0; query < a->queries; query++) {
        for (size_t t = a->counts[query]; t < limit; t++) a->scores[query][t] = -__builtin_inff();
        a->largest[query] = largest_score(a->scores[query], limit);
    }
    for (size_t query = 0; query < a->queries; query++) {
        if (format == kernel_kv_f32) soften_f32(a, query, limit);
        if (format == kernel_kv_bf16) soften_bf16(a, query, limit);
        if (has_scales(format)) soften_int8(a, query, limit);
    }
}
