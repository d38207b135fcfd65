#pragma once
// Sixteen outputs of a packed panel at a time: plain codes and scales as floats.
#include "../layout.h"
#include "lanes.h"

/// Plain codes of storages with a row for each input.
INLINE f32x16 code_at(const enum storage storage, const uint8_t *codes, size_t k) {
    if (storage == storage_f32) return v_load((const float *)(const void *)(codes + k * 64));
    return v_half(codes + k * 32);
}

/// d_eff of a group; `scales` is where the scales of the panel begin.
INLINE f32x16 group_scale(const enum scaling scaling, const size_t group, const uint8_t *scales, size_t g) {
    const size_t groups = super_inputs / group, bytes = scale_bytes(scaling, group);
    if (scaling == scaling_half || scaling == scaling_half_min) return v_half(scales + g * bytes);
    const uint8_t *super = scales + g / groups * bytes;
    size_t row = g % groups * 16;
    f32x16 d = v_half(super);
    return v_mul(d, scaling == scaling_super_signed ? v_signed(super + 32 + row) : v_unsigned(super + 64 + row));
}

/// m_eff of a group, for scalings with a minimum.
INLINE f32x16 group_minimum(const enum scaling scaling, const size_t group, const uint8_t *scales, size_t g) {
    const size_t groups = super_inputs / group, bytes = scale_bytes(scaling, group);
    if (scaling == scaling_half_min) return v_half(scales + g * bytes + 32);
    const uint8_t *super = scales + g / groups * bytes;
    return v_negate(v_mul(v_half(super + 32), v_unsigned(super + 64 + (groups + g % groups) * 16)));
}

INLINE int adds_minimum(const enum scaling scaling) {
    return scaling == scaling_half_min || scaling == scaling_super_min;
}

/// acc of a group from its sum of codes, as scalar/multiply.c orders it.
INLINE f32x16 close_group(const enum scaling scaling, f32x16 acc, f32x16 s, f32x16 d, f32x16 m, const float *sum) {
    if (scaling == scaling_none) return v_add(acc, s);
    acc = v_fma(d, s, acc);
    return adds_minimum(scaling) ? v_fma(m, v_broadcast(*sum), acc) : acc;
}

/// Writes the outputs of a panel for a row: bias and residual as scalar/multiply.c orders them.
INLINE void finish(const struct kernel_multiply *job, size_t panel, size_t row, f32x16 value) {
    size_t first = panel * kernel_panel, count = job->matrix.outputs - first;
    float *y = job->y + row * job->y_stride + first;
    if (job->bias) value = v_add(value, v_load_some(job->bias + first, count));
    if (job->accumulate) value = v_add(v_load_some(y, count), value);
    v_store_some(y, value, count);
}
