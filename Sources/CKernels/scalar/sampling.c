#include "tables.h"
#include "../exponential.h"
#include <math.h>

static size_t block_end(size_t first, size_t count) {
    return count - first > kernel_logit_block ? first + kernel_logit_block : count;
}

static float weight(float distance, struct weight_scale scale) {
    float clamped = distance > scale.lowest ? distance : scale.lowest;
    union { float value; uint32_t bits; } shifted = {fmaf(clamped, scale.slope, EXP_ROUND)};
    float r = fmaf(clamped, scale.slope, EXP_ROUND - shifted.value);
    float p = fmaf(WEIGHT_C5, r, WEIGHT_C4);
    p = fmaf(p, r, WEIGHT_C3);
    p = fmaf(p, r, WEIGHT_C2);
    p = fmaf(p, r, WEIGHT_C1);
    p = fmaf(p, r, 1.0f);
    union { uint32_t bits; float value; } power = {(shifted.bits << 23) + 0x3f800000};
    return distance < scale.lowest ? 0.0f : p * power.value;
}

static float sum_of_block(const struct kernel_logits *row, size_t first, size_t end, float peak,
                          struct weight_scale scale) {
    float lanes[16] = {0};
    for (size_t i = first; i < end; i++) {
        if (kernel_is_in_play(row, i)) lanes[i % 16] += weight(row->values[i] - peak, scale);
    }
    return fold_lanes(lanes);
}

int scalar_survey(const struct kernel_logits *row, float factor, float *peaks, float *sums) {
    struct weight_scale scale = weight_scale(factor);
    int is_finite = 1;
    for (size_t first = 0; first < row->count; first += kernel_logit_block) {
        size_t end = block_end(first, row->count);
        float peak = -INFINITY;
        for (size_t i = first; i < end; i++) {
            is_finite &= row->values[i] * 0 == 0;
            if (kernel_is_in_play(row, i) && row->values[i] > peak) peak = row->values[i];
        }
        // Zero has one sign.
        *peaks++ = peak += 0.0f;
        if (sums) *sums++ = peak > -INFINITY ? sum_of_block(row, first, end, peak, scale) : 0;
    }
    return is_finite;
}

size_t scalar_gather(const struct kernel_logits *row, const float *peaks, float low, struct kernel_candidates *to) {
    size_t kept = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (!(peaks[i / kernel_logit_block] >= low) || !(row->values[i] >= low) || !kernel_is_in_play(row, i)) continue;
        to->tokens[kept] = (int32_t)i;
        to->values[kept++] = row->values[i];
    }
    return kept;
}

void scalar_weigh(const float *values, size_t count, float best, float factor, float *weights, float *sums) {
    struct weight_scale scale = weight_scale(factor);
    for (size_t first = 0; first < count; first += kernel_logit_block) {
        float lanes[16] = {0};
        for (size_t i = first; i < block_end(first, count); i++) {
            weights[i] = weight(values[i] - best, scale);
            lanes[i % 16] += weights[i];
        }
        *sums++ = fold_lanes(lanes);
    }
}

double scalar_mass(const float *values, const float *weights, size_t count, float low) {
    double mass = 0;
    for (size_t first = 0; first < count; first += kernel_logit_block) {
        float lanes[16] = {0};
        for (size_t i = first; i < block_end(first, count); i++) lanes[i % 16] += values[i] < low ? 0 : weights[i];
        mass += (double)fold_lanes(lanes);
    }
    return mass;
}

size_t scalar_select(const struct kernel_candidates *from, size_t count, float low, float high,
                     struct kernel_candidates *to) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(from->values[i] >= low) || from->values[i] >= high) continue;
        to->tokens[kept] = from->tokens[i];
        to->values[kept] = from->values[i];
        to->weights[kept++] = from->weights[i];
    }
    return kept;
}

void scalar_range(const float *values, size_t count, float *least, float *greatest) {
    float lowest = INFINITY, highest = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        lowest = values[i] < lowest ? values[i] : lowest;
        highest = values[i] > highest ? values[i] : highest;
    }
    *least = lowest + 0.0f;
    *greatest = highest + 0.0f;
}
