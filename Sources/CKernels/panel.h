#pragma once
// One element of a packed panel at a time: what a vector kernel does for 16 lanes, done for one.
#include "layout.h"
#include <string.h>

/// The code of input k for a lane, as a float.
static inline float panel_code(const struct layout *layout, const uint8_t *panel, size_t k, size_t lane) {
    switch (layout->storage) {
    case storage_half: return half_value(load_u16(panel + (k * 16 + lane) * 2));
    case storage_bfloat: return bfloat_value(load_u16(panel + (k * 16 + lane) * 2));
    case storage_byte: return (float)(int8_t)panel[k * 16 + lane];
    case storage_nibble: {
        uint8_t pair = panel[k / 8 * 64 + lane * 4 + k % 8 / 2];
        return (float)((k % 2 ? pair >> 4 : pair & 15) + layout->base);
    }
    case storage_f32: break;
    }
    float value;
    memcpy(&value, panel + (k * 16 + lane) * 4, 4);
    return value;
}

struct panel_scale {
    float d, m;
};

/// d_eff and m_eff of a group for a lane; `scales` is where the scales of the panel begin.
static inline struct panel_scale panel_scale(const struct layout *layout, const uint8_t *scales, size_t group,
                                             size_t lane) {
    size_t groups = super_inputs / layout->group, bytes = scale_bytes(layout->scaling, layout->group);
    const uint8_t *unit = scales + group * bytes, *super = scales + group / groups * bytes;
    size_t row = group % groups * 16 + lane;
    switch (layout->scaling) {
    case scaling_none: break;
    case scaling_half: return (struct panel_scale){half_value(load_u16(unit + lane * 2)), 0};
    case scaling_half_min:
        return (struct panel_scale){half_value(load_u16(unit + lane * 2)), half_value(load_u16(unit + 32 + lane * 2))};
    case scaling_super_signed:
        return (struct panel_scale){half_value(load_u16(super + lane * 2)) * (float)(int8_t)super[32 + row], 0};
    case scaling_super_min:
        return (struct panel_scale){
            half_value(load_u16(super + lane * 2)) * (float)super[64 + row],
            -(half_value(load_u16(super + 32 + lane * 2)) * (float)super[64 + groups * 16 + row])};
    }
    return (struct panel_scale){1, 0};
}
