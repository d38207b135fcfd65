#include "tables.h"
#include "../hadamard.h"
#include <math.h>

// The specification of every matrix product. One element is
//     for each group of inputs, ascending:
//         s = 0; for k ascending in the group: s = fma(code, x[k], s)
//         acc = fma(d, s, acc)              (formats without scales: acc = acc + s)
//         acc = fma(m, sum of x over the group, acc)    (formats with a minimum)
//     y = acc; y = y + bias; y = old y + y
static float element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row) {
    const struct layout *layout = &layouts[job->matrix.format];
    const uint8_t *scales = panel + scale_offset(layout->storage, job->matrix.inputs);
    const float *x = job->x + row * job->x_stride, *sums = job->sums + row * job->sums_stride;
    float acc = 0;
    for (size_t first = 0, group = 0; first < job->matrix.inputs; first += layout->group, group++) {
        size_t end = first + layout->group < job->matrix.inputs ? first + layout->group : job->matrix.inputs;
        float s = 0;
        for (size_t k = first; k < end; k++) s = fmaf(panel_code(layout, panel, k, lane), x[k], s);
        struct panel_scale scale = panel_scale(layout, scales, group, lane);
        acc = layout->scaling == scaling_none ? acc + s : fmaf(scale.d, s, acc);
        if (kernel_has_minimum(job->matrix.format)) acc = fmaf(scale.m, sums[group], acc);
    }
    return acc;
}

// The same with quantised activations. In each group of 32 inputs, ascending, with s the scale of x, and i the sum of code *
// (code of x), which is exact, as is the sum n of the codes of x:
//     t = i * d
//     t = fma(m, n, t)                 (formats with a minimum)
//     acc = fma(t, s, acc)
// and where the scales of the weights cover 16 inputs, with both of everything:
//     t = fma(i1, d1, i0 * d0)
//     t = fma(m1, n1, fma(m0, n0, t))  (formats with a minimum)
//     acc = fma(t, s, acc)
static int32_t code_sum(const struct layout *layout, const uint8_t *panel, size_t lane, size_t first, size_t count,
                        const int8_t *codes) {
    int32_t sum = 0;
    for (size_t k = first; k < first + count; k++) {
        int weight = (int)panel_quad_code(layout->storage, panel, k, lane) + layout->base;
        sum += weight * codes[k / 8 * 8 + k % 2 * 4 + k % 8 / 2];
    }
    return sum;
}

static float quantised_element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row) {
    const struct layout *layout = &layouts[job->matrix.format];
    const uint8_t *scales = panel + scale_offset(layout->storage, job->matrix.inputs);
    const int8_t *codes = job->activations.codes + row * job->activations.code_stride;
    const struct kernel_activation_group *groups = job->activations.groups + row * job->activations.group_stride;
    int minimum = kernel_has_minimum(job->matrix.format);
    float acc = 0;
    for (size_t g = 0; g < job->matrix.inputs / kernel_activation_group; g++) {
        const struct kernel_activation_group *x = &groups[g];
        float low = (float)code_sum(layout, panel, lane, g * 32, 16, codes), t;
        float high = (float)code_sum(layout, panel, lane, g * 32 + 16, 16, codes);
        if (layout->group == 32) {
            struct panel_scale w = panel_scale(layout, scales, g, lane);
            t = (low + high) * w.d;
            if (minimum) t = fmaf(w.m, x->sum, t);
        } else {
            struct panel_scale w0 = panel_scale(layout, scales, 2 * g, lane);
            struct panel_scale w1 = panel_scale(layout, scales, 2 * g + 1, lane);
            float first = (float)-x->negated_first, second = (float)(x->negated_first - x->negated);
            t = fmaf(high, w1.d, low * w0.d);
            if (minimum) t = fmaf(w1.m, second, fmaf(w0.m, first, t));
        }
        acc = fmaf(t, x->scale, acc);
    }
    return acc;
}

// Bfloat weights with activations rounded to bfloat. One sum over all pairs, ascending, which takes the odd element
// first, as VDPBF16PS does:
//     acc = fma(odd weight, odd x, acc); acc = fma(even weight, even x, acc)
// Subnormal elements count as zero, and sums that would be subnormal become zero.
static float flushed(float value) { return fabsf(value) < 0x1p-126f ? copysignf(0, value) : value; }

static float rounded_element(const struct kernel_multiply *job, const uint8_t *panel, size_t lane, size_t row) {
    const uint32_t *x = job->activations.pairs + row * job->activations.pair_stride;
    float acc = 0;
    for (size_t p = 0; p < (job->matrix.inputs + 1) / 2; p++) {
        const uint8_t *weights = panel + (p * 16 + lane) * 4;
        float odd = flushed(bfloat_value(load_u16(weights + 2))), even = flushed(bfloat_value(load_u16(weights)));
        acc = flushed(fmaf(odd, flushed(bfloat_value((uint16_t)(x[p] >> 16))), acc));
        acc = flushed(fmaf(even, flushed(bfloat_value((uint16_t)x[p])), acc));
    }
    return acc;
}

void scalar_elements(const struct kernel_multiply *job, size_t first_panel, size_t end_panel,
                     scalar_element *element_of) {
    for (size_t row = 0; row < job->rows; row++) {
        for (size_t n = first_panel * kernel_panel; n < end_panel * kernel_panel && n < job->matrix.outputs; n++) {
            const uint8_t *panel = job->matrix.panels + n / kernel_panel * job->matrix.panel_bytes;
            float value = element_of(job, panel, n % kernel_panel, row);
            if (job->bias) value += job->bias[n];
            float *y = job->y + row * job->y_stride + n;
            *y = job->accumulate ? *y + value : value;
        }
    }
}

void scalar_multiply(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    scalar_elements(job, first_panel, end_panel, element);
}

void scalar_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    scalar_elements(job, first_panel, end_panel, rounded_element);
}

void scalar_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    scalar_elements(job, first_panel, end_panel, quantised_element);
}

void kernel_decode_row(const struct kernel_matrix *matrix, size_t output, float *out) {
    const struct layout *layout = &layouts[matrix->format];
    const uint8_t *panel = matrix->panels + output / kernel_panel * matrix->panel_bytes;
    const uint8_t *scales = panel + scale_offset(layout->storage, matrix->inputs);
    size_t lane = output % kernel_panel;
    if (kernel_takes_hadamard(matrix->format)) {
        for (size_t k = 0; k < matrix->inputs; k += super_inputs) {
            hadamard_weights(matrix, panel, lane, k / super_inputs, out + k);
        }
        return;
    }
    int minimum = kernel_has_minimum(matrix->format);
    for (size_t k = 0; k < matrix->inputs; k++) {
        float code = panel_code(layout, panel, k, lane);
        if (layout->scaling == scaling_none) {
            out[k] = code;
            continue;
        }
        struct panel_scale scale = panel_scale(layout, scales, k / layout->group, lane);
        out[k] = minimum ? scale.d * code + scale.m : scale.d * code;
    }
}
