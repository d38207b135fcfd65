#pragma once
// Quantised activations over sixteen lanes, as scalar/quantise.c specifies them.
#include "../quantise.h"
#include "rows.h"

INLINE void quantise_group(f32x16 low, f32x16 high, int8_t *codes, struct kernel_activation_group *group) {
    float largest = v_fold_max(v_max(v_max(v_abs(low), v_zero()), v_abs(high)));
    float poison = v_fold(v_add(v_mul(low, v_zero()), v_mul(high, v_zero())));
    f32x16 inverse = v_broadcast(largest > QUANTISE_LOWEST ? 127.0f / largest : 0);
    bytes16 first = b_zero(), second = b_zero();
    if (poison == 0) first = v_round_bytes(v_mul(low, inverse)), second = v_round_bytes(v_mul(high, inverse));
    b_store_quads(codes, first);
    b_store_quads(codes + 16, second);
    group->scale = (largest > QUANTISE_LOWEST ? largest / 127.0f : 0) + poison;
    group->negated_first = -b_sum(first);
    group->negated = group->negated_first - b_sum(second);
    group->sum = (float)-group->negated;
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
