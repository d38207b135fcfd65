#pragma once
#include "../include/attention.h"
#include "../include/kernels.h"

/// Sixteen partial sums, folded in halves.
static inline float fold_lanes(float lanes[16]) {
    for (int width = 8; width; width /= 2) {
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}

/// One element of a product, of a lane of a panel and a row; bias and what y holds are added to it afterwards.
typedef float scalar_element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row);
void scalar_elements(const struct kernel_multiply *job, size_t first_panel, size_t end_panel,
                     scalar_element *element_of);

float scalar_exp(float x);
void scalar_multiply(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void scalar_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void scalar_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void scalar_multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void scalar_multiply_hadamard_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void scalar_quantise_hadamard(const float *x, size_t columns, int8_t *codes, struct kernel_hadamard_group *groups);
void scalar_quantise(const float *x, size_t columns, int8_t *codes, struct kernel_activation_group *groups);
void scalar_rms_norm(const float *x, const float *weight, float epsilon, size_t columns, float *out);
void scalar_silu_multiply(const float *gate, const float *up, size_t columns, float *out);
void scalar_round(const float *x, size_t columns, uint32_t *pairs);
void scalar_group_sums(const float *x, size_t columns, size_t group, float *out);
void scalar_rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t distance, size_t step);

int scalar_survey(const struct kernel_logits *row, float factor, float *peaks, float *sums);
size_t scalar_gather(const struct kernel_logits *row, const float *peaks, float low, struct kernel_candidates *to);
void scalar_weigh(const float *values, size_t count, float best, float factor, float *weights, float *sums);
double scalar_mass(const float *values, const float *weights, size_t count, float low);
size_t scalar_select(const struct kernel_candidates *from, size_t count, float low, float high,
                     struct kernel_candidates *to);
void scalar_range(const float *values, size_t count, float *least, float *greatest);
