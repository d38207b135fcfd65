#pragma once
// Logits, sixteen at a time; the order of every sum is that of scalar/sampling.c.
#include "../include/sampling.h"
#include "compress.h"
#include "lanes.h"
#include <math.h>

INLINE size_t block_end(size_t first, size_t count) {
    return count - first > kernel_logit_block ? first + kernel_logit_block : count;
}

/// A bit for each of the lanes that `count` values fill.
INLINE unsigned filled_lanes(size_t count) { return count < 16 ? (1u << count) - 1 : 0xffff; }

/// A bit for each of sixteen tokens that are in play, as far as masks say.
INLINE unsigned lanes_in_play(const struct kernel_logits *row, size_t first) {
    unsigned lanes = filled_lanes(row->count - first);
    if (!row->allowed) return lanes;
    return first / 64 < row->allowed_words ? lanes & (unsigned)(row->allowed[first / 64] >> (first % 64)) : 0;
}

/// Logits in play, and -infinity in the other lanes; all are if `is_plain`.
INLINE f32x16 logits_in_play(const struct kernel_logits *row, size_t first, int is_plain) {
    if (is_plain) return v_load(row->values + first);
    f32x16 logits = v_load_some(row->values + first, row->count - first);
    return v_keep_lanes(logits, lanes_in_play(row, first), v_broadcast(-INFINITY));
}

/// The largest logit of a block in play. Whatever is not finite makes `check` not a number.
INLINE float peak_of_block(const struct kernel_logits *row, size_t first, size_t end, int is_plain, f32x16 *check) {
    f32x16 peaks[4], checks[4];
    for (int part = 0; part < 4; part++) peaks[part] = v_broadcast(-INFINITY), checks[part] = v_zero();
    for (size_t i = first; i < end; i += 64) {
        for (size_t part = 0; part < 4 && (is_plain || i + 16 * part < end); part++) {
            size_t place = i + 16 * part;
            f32x16 logits = is_plain ? v_load(row->values + place) : v_load_some(row->values + place, end - place);
            checks[part] = v_fma(logits, v_zero(), checks[part]);
            peaks[part] = v_max(logits_in_play(row, place, is_plain), peaks[part]);
        }
    }
    *check = v_add(*check, v_add(v_add(checks[0], checks[1]), v_add(checks[2], checks[3])));
    // Zero has one sign.
    return v_fold_max(v_max(v_max(peaks[0], peaks[1]), v_max(peaks[2], peaks[3]))) + 0.0f;
}

INLINE f32x16 weights_of(f32x16 values, float best, struct weight_scale scale) {
    f32x16 distance = v_sub(values, v_broadcast(best)), slope = v_broadcast(scale.slope);
    f32x16 clamped = v_max(distance, v_broadcast(scale.lowest));
    f32x16 shifted = v_fma(clamped, slope, v_broadcast(EXP_ROUND));
    f32x16 r = v_fma(clamped, slope, v_sub(v_broadcast(EXP_ROUND), shifted));
    f32x16 p = v_fma(v_broadcast(WEIGHT_C5), r, v_broadcast(WEIGHT_C4));
    p = v_fma(p, r, v_broadcast(WEIGHT_C3));
    p = v_fma(p, r, v_broadcast(WEIGHT_C2));
    p = v_fma(p, r, v_broadcast(WEIGHT_C1));
    p = v_fma(p, r, v_broadcast(1.0f));
    return v_zero_below(distance, v_broadcast(scale.lowest), v_mul(p, v_power(shifted)));
}

INLINE float sum_of_block(const struct kernel_logits *row, size_t first, size_t end, int is_plain, float peak,
                          struct weight_scale scale) {
    f32x16 lanes = v_zero();
    for (size_t i = first; i < end; i += 16) {
        lanes = v_add(lanes, weights_of(logits_in_play(row, i, is_plain), peak, scale));
    }
    return v_fold(lanes);
}

static int wide_survey(const struct kernel_logits *row, float factor, float *peaks, float *sums) {
    struct weight_scale scale = weight_scale(factor);
    f32x16 check = v_zero();
    for (size_t first = 0; first < row->count; first += kernel_logit_block) {
        size_t whole = first + kernel_logit_block, end = block_end(first, row->count);
        int is_plain = !row->allowed && end == whole;
        *peaks = is_plain ? peak_of_block(row, first, whole, 1, &check) : peak_of_block(row, first, end, 0, &check);
        if (sums && *peaks > -INFINITY) {
            *sums = is_plain ? sum_of_block(row, first, whole, 1, *peaks, scale)
                             : sum_of_block(row, first, end, 0, *peaks, scale);
        } else if (sums) {
            *sums = 0;
        }
        peaks++;
        sums += sums != NULL;
    }
    return v_fold(check) == 0;
}

static size_t wide_gather(const struct kernel_logits *row, const float *peaks, float low, struct kernel_candidates *to) {
    size_t kept = 0;
    for (size_t first = 0; first < row->count; first += kernel_logit_block) {
        if (!(*peaks++ >= low)) continue;
        size_t end = block_end(first, row->count);
        for (size_t i = first; i < end; i += 16) {
            f32x16 logits = v_load_some(row->values + i, row->count - i);
            unsigned lanes = v_reaches(logits, v_broadcast(low)) & lanes_in_play(row, i);
            if (!lanes) continue;
            v_compress(to->values + kept, logits, lanes);
            w_compress(to->tokens + kept, w_counted_from((int32_t)i), lanes);
            kept += (size_t)__builtin_popcount(lanes);
        }
    }
    return kept;
}

static void wide_weigh(const float *values, size_t count, float best, float factor, float *weights, float *sums) {
    struct weight_scale scale = weight_scale(factor);
    for (size_t first = 0; first < count; first += kernel_logit_block) {
        size_t end = block_end(first, count);
        f32x16 lanes = v_zero();
        for (size_t i = first; i < end; i += 16) {
            f32x16 some = weights_of(v_load_some(values + i, count - i), best, scale);
            v_store_some(weights + i, some, count - i);
            lanes = v_add(lanes, count - i < 16 ? v_load_part(weights + i, count - i) : some);
        }
        *sums++ = v_fold(lanes);
    }
}

static double wide_mass(const float *values, const float *weights, size_t count, float low) {
    double mass = 0;
    for (size_t first = 0; first < count; first += kernel_logit_block) {
        size_t end = block_end(first, count);
        f32x16 lanes = v_zero();
        for (size_t i = first; i < end; i += 16) {
            f32x16 some = v_load_some(weights + i, count - i);
            lanes = v_add(lanes, v_zero_below(v_load_some(values + i, count - i), v_broadcast(low), some));
        }
        mass += (double)v_fold(lanes);
    }
    return mass;
}

/// Lanes of a list that reach one bound and not another.
INLINE unsigned lanes_between(f32x16 values, float low, float high) {
    return v_reaches(values, v_broadcast(low)) & ~v_reaches(values, v_broadcast(high));
}

INLINE void compress_candidates(const struct kernel_candidates *from, size_t first, unsigned lanes,
                                struct kernel_candidates to, size_t kept) {
    f32x16 values = v_load(from->values + first), weights = v_load(from->weights + first);
    words tokens = w_load((const uint8_t *)(from->tokens + first));
    v_compress(to.values + kept, values, lanes);
    v_compress(to.weights + kept, weights, lanes);
    w_compress(to.tokens + kept, tokens, lanes);
}

static size_t wide_select(const struct kernel_candidates *from, size_t count, float low, float high,
                          struct kernel_candidates *to) {
    size_t kept = 0, i = 0;
    for (; i + 16 <= count; i += 16) {
        unsigned lanes = lanes_between(v_load(from->values + i), low, high);
        compress_candidates(from, i, lanes, *to, kept);
        kept += (size_t)__builtin_popcount(lanes);
    }
    // One by one, so that nothing behind the list is written.
    for (; i < count; i++) {
        float value = from->values[i];
        if (!(value >= low) || value >= high) continue;
        to->tokens[kept] = from->tokens[i];
        to->values[kept] = value;
        to->weights[kept++] = from->weights[i];
    }
    return kept;
}

static void wide_range(const float *values, size_t count, float *least, float *greatest) {
    f32x16 lowest = v_broadcast(INFINITY), highest = v_broadcast(-INFINITY);
    for (size_t i = 0; i < count; i += 16) {
        f32x16 some = v_load_some(values + i, count - i);
        unsigned lanes = filled_lanes(count - i);
        lowest = v_min(v_keep_lanes(some, lanes, v_broadcast(INFINITY)), lowest);
        highest = v_max(v_keep_lanes(some, lanes, v_broadcast(-INFINITY)), highest);
    }
    *least = -v_fold_max(v_negate(lowest)) + 0.0f;
    *greatest = v_fold_max(highest) + 0.0f;
}
