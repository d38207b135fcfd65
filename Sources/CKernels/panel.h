#pragma once
// One element of a packed panel at a time: what a vector kernel does for 16 lanes, done for one.
#include "layout.h"
#include <string.h>

/// The unsigned code of input k for a lane of a storage made of quads.
static inline uint32_t panel_quad_code(enum storage storage, const uint8_t *panel, size_t k, size_t lane) {
    const uint8_t *block = panel + code_bytes(storage, k / block_inputs * block_inputs);
    size_t quad = k % block_inputs / 8 * 2 + k % 2, byte = k % 8 / 2;
    if (storage == storage_byte) return block[quad * 64 + lane * 4 + byte];
    uint32_t code = block[quad / 2 * 64 + lane * 4 + byte] >> (quad % 2 * 4) & 15, plane;
    if (storage == storage_nibble) return code;
    size_t step = storage == storage_nibble_bit ? quad : quad % 4 * 2;
    size_t word = storage == storage_nibble_bit ? 0 : quad / 4;
    memcpy(&plane, block + 256 + word * 64 + lane * 4, 4);
    // The bits may wrap around the end of the word.
    uint64_t bits = (uint64_t)plane << 32 | plane;
    return code | (uint32_t)(bits >> (byte * 8 + 4 + step) & (storage == storage_nibble_bit ? 1 : 3)) << 4;
}

/// The code of input k for a lane, as a float.
static inline float panel_code(const struct layout *layout, const uint8_t *panel, size_t k, size_t lane) {
    float value;
    switch (layout->storage) {
    case storage_half: return half_value(load_u16(panel + plain_place(storage_half, k, lane)));
    case storage_bfloat: return bfloat_value(load_u16(panel + plain_place(storage_bfloat, k, lane)));
    case storage_f32: memcpy(&value, panel + plain_place(storage_f32, k, lane), 4); return value;
    default: return (float)((int)panel_quad_code(layout->storage, panel, k, lane) + layout->base);
    }
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
