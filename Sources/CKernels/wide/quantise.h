#pragma once
// Quantised activations over sixteen lanes, as scalar/quantise.c specifies them.
#include "../quantise.h"
#include "rows.h"

/// One half of a group: its codes, its scale and minus the sum of its codes.
INLINE void quantise_half(f32x16 x, int8_t *codes, float *scale, int32_t *negated) {
    float largest = v_fold_max(v_max(v_abs(x), v_zero()));
    float poison = v_fold(v_mul(x, v_zero()));
    float inverse = largest > QUANTISE_LOWEST ? 127.0f / largest : 0;
    *scale = (largest > QUANTISE_LOWEST ? largest / 127.0f : 0) + poison;
    bytes16 bytes = poison == 0 ? v_round_bytes(v_mul(x, v_broadcast(inverse))) : b_zero();
    b_store_quads(codes, bytes);
    *negated = -b_sum(bytes);
}

INLINE void quantise_group(f32x16 low, f32x16 high, int8_t *codes, struct kernel_activation_group *group) {
    quantise_half(low, codes, &group->scales[0], &group->negated[0]);
    quantise_half(high, codes + 16, &group->scales[1], &group->negated[1]);
    float first = group->scales[0] * (float)-group->negated[0];
    group->sum = __builtin_fmaf(group->scales[1], (float)-group->negated[1], first);
}

static void wide_quantise(const float *x, size_t columns, int8_t *codes, struct kernel_activation_group *groups) {
    size_t k = 0;
    for (; k + kernel_activation_group <= columns; k += kernel_activation_group) {
        quantise_group(v_load(x + k), v_load(x + k + 16), codes + k, groups++);
    }
    if (k == columns) return;
    float rest[kernel_activation_group] = {0};
    memcpy(rest, x + k, (columns - k) * 4);
    quantise_group(v_load(rest), v_load(rest + 16), codes + k, groups);
}
