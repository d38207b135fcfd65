#include "tables.h"
#include "../hadamard.h"
#include "../quantise.h"
#include <math.h>

// The specification of products with weights that were coded after their Hadamard transform (hadamard.h). Transforms
// preserve products, so those of transformed activations with transformed weights are what is wanted. They also spread a
// value that stands out over 256 others, so that one scale serves them all.
//
// Activations: each group is transformed and has one scale. One without a magnitude worth a scale is all zero; one with a
// value that is infinite or not a number, or that becomes so, has the scale NaN, so that no product hides it.
static void quantise_group(const float *x, size_t count, int8_t *codes, struct kernel_hadamard_group *group) {
    float largest = 0, poison = 0;
    for (size_t i = 0; i < count; i++) {
        float size = fabsf(x[i]);
        largest = size > largest ? size : largest;
        poison += x[i] * 0;
    }
    float inverse = largest > QUANTISE_LOWEST ? 127.0f / largest : 0;
    group->scale = poison != 0 ? NAN : largest > QUANTISE_LOWEST ? largest / 127.0f : 0;
    group->negated = 0;
    for (size_t i = 0; i < count; i++) {
        int code = poison == 0 ? (int)rintf(x[i] * inverse) : 0;
        codes[i / 8 * 8 + i % 2 * 4 + i % 8 / 2] = (int8_t)code;
        group->negated -= code;
    }
}

void scalar_quantise_hadamard(const float *x, size_t columns, int8_t *codes, struct kernel_hadamard_group *groups) {
    for (size_t k = 0; k < columns; k += super_inputs) {
        size_t count = hadamard_count(columns, k / super_inputs);
        float values[super_inputs];
        memcpy(values, x + k, count * 4);
        hadamard_transform(values, count);
        quantise_group(values, count, codes + k, groups++);
    }
}

// One element, with i the sum of code * (code of x) over a group, which is exact, d the scale of the weights and s that of
// x; for each group, ascending:
//     acc = fma(i, d * s, acc)
static float quantised_element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row) {
    const struct layout *layout = &layouts[job->matrix.format];
    const uint8_t *scales = panel + scale_offset(layout->storage, job->matrix.inputs);
    const int8_t *codes = job->activations.hadamard_codes + row * job->activations.hadamard_code_stride;
    const struct kernel_hadamard_group *groups =
        job->activations.hadamard_groups + row * job->activations.hadamard_group_stride;
    float acc = 0;
    for (size_t g = 0; g * super_inputs < job->matrix.inputs; g++) {
        int32_t sum = 0;
        for (size_t i = 0; i < hadamard_count(job->matrix.inputs, g); i++) {
            size_t k = g * super_inputs + i;
            int weight = (int)panel_quad_code(layout->storage, panel, k, lane) + layout->base;
            sum += weight * codes[k / 8 * 8 + k % 2 * 4 + k % 8 / 2];
        }
        acc = fmaf((float)sum, panel_scale(layout, scales, g, lane).d * groups[g].scale, acc);
    }
    return acc;
}

// With activations as they are, weights are transformed back instead, w as kernel_decode_row gives them; for each group,
// ascending:
//     s = 0; for k ascending in the group: s = fma(w[k], x[k], s)
//     acc = acc + s
static float element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row) {
    const float *x = job->x + row * job->x_stride;
    float acc = 0, weights[super_inputs];
    for (size_t g = 0; g * super_inputs < job->matrix.inputs; g++) {
        hadamard_weights(&job->matrix, panel, lane, g, weights);
        float s = 0;
        for (size_t i = 0; i < hadamard_count(job->matrix.inputs, g); i++) {
            s = fmaf(weights[i], x[g * super_inputs + i], s);
        }
        acc += s;
    }
    return acc;
}

void scalar_multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    scalar_elements(job, first_panel, end_panel, element);
}

void scalar_multiply_hadamard_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    scalar_elements(job, first_panel, end_panel, quantised_element);
}
