#include "tables.h"
#include "../panel.h"
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

void scalar_multiply(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    for (size_t row = 0; row < job->rows; row++) {
        for (size_t n = first_panel * kernel_panel; n < end_panel * kernel_panel && n < job->matrix.outputs; n++) {
            const uint8_t *panel = job->matrix.panels + n / kernel_panel * job->matrix.panel_bytes;
            float value = element(job, panel, n % kernel_panel, row);
            if (job->bias) value += job->bias[n];
            float *y = job->y + row * job->y_stride + n;
            *y = job->accumulate ? *y + value : value;
        }
    }
}

void kernel_decode_row(const struct kernel_matrix *matrix, size_t output, float *out) {
    const struct layout *layout = &layouts[matrix->format];
    const uint8_t *panel = matrix->panels + output / kernel_panel * matrix->panel_bytes;
    const uint8_t *scales = panel + scale_offset(layout->storage, matrix->inputs);
    size_t lane = output % kernel_panel;
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
