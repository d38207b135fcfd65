#include "tables.h"
#include "../quantise.h"
#include <math.h>
#include <string.h>

// The specification of quantised activations. Columns beyond the last count as zero. A group without a magnitude worth
// a scale is all zero; one with a value that is not finite has the scale NaN, so that no product hides it.
static void quantise_group(const float *x, int8_t *codes, struct kernel_activation_group *group) {
    float largest = 0, poison = 0;
    for (int i = 0; i < kernel_activation_group; i++) {
        float size = fabsf(x[i]);
        largest = size > largest ? size : largest;
        poison += x[i] * 0;
    }
    float inverse = largest > QUANTISE_LOWEST ? 127.0f / largest : 0;
    *group = (struct kernel_activation_group){.scale = (largest > QUANTISE_LOWEST ? largest / 127.0f : 0) + poison};
    for (int i = 0; i < kernel_activation_group; i++) {
        int code = poison == 0 ? (int)rintf(x[i] * inverse) : 0;
        codes[i / 8 * 8 + i % 2 * 4 + i % 8 / 2] = (int8_t)code;
        group->negated -= code;
        if (i == kernel_activation_group / 2 - 1) group->negated_first = group->negated;
    }
    group->sum = (float)-group->negated;
}

void scalar_quantise(const float *x, size_t columns, int8_t *codes, struct kernel_activation_group *groups) {
    for (size_t k = 0; k < columns; k += kernel_activation_group) {
        size_t count = columns - k < kernel_activation_group ? columns - k : kernel_activation_group;
        float values[kernel_activation_group] = {0};
        memcpy(values, x + k, count * 4);
        quantise_group(values, codes + k, groups++);
    }
}
