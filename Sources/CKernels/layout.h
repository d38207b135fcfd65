#pragma once
// The packed layout of a panel, known to the packer and to every kernel.
#include "include/kernels.h"

/// How the codes of a panel are stored, for 16 outputs (lanes).
/// f32, half: one row of 16 values per input. bfloat: one row of 16 pairs per two inputs; the last may lack its second.
/// The others come in blocks of 32 inputs and are made of quads: a quad is 16 words, one per lane, of four unsigned
/// codes. Quad 2l holds the inputs 8l, 8l+2, 8l+4, 8l+6 of the block, quad 2l+1 the ones between.
/// nibble: 4 lines of 16 words; word l holds quad 2l in its low nibbles and quad 2l+1 in the high ones.
/// nibble_bit: the same, then 16 words with the fifth bits: byte b of quad s has it at bit (8b + 4 + s) mod 32.
/// nibble_pair: the same, then 2 x 16 words with the two upper bits: byte b of quad s at bit (8b + 4 + 2(s mod 4)) mod
/// 32 of word s / 4. byte: the 8 quads one after the other.
enum storage {
    storage_f32, storage_half, storage_bfloat, storage_nibble, storage_nibble_bit, storage_nibble_pair, storage_byte
};

/// Inputs in a block of codes.
enum { block_inputs = 32 };

/// How the scales of a panel are stored, after the codes:
/// none. half: per group 16 f16 d (a last group may be shorter). half_min: per group 16 f16 d, 16 f16 m.
/// super_signed: per 256 inputs 16 f16 d, then per group 16 int8. super_min: per 256 inputs 16 f16 d, 16 f16 dmin, then
/// per group 16 uint8 scales, then per group 16 uint8 minimums.
enum scaling { scaling_none, scaling_half, scaling_half_min, scaling_super_signed, scaling_super_min };

enum { super_inputs = 256 };

/// One element is f32(d_eff * (code + base)) + m_eff.
struct layout {
    enum storage storage;
    enum scaling scaling;
    int16_t base;
    uint16_t group, block_elements, block_bytes;
};

#define PANEL_CONSTANTS(name, storage, scaling, group, base)                                                           \
    storage_of_##name = storage, scaling_of_##name = scaling, group_of_##name = group, base_of_##name = base,
enum { PLAIN_PANELS(PANEL_CONSTANTS) CODED_PANELS(PANEL_CONSTANTS) HADAMARD_PANELS(PANEL_CONSTANTS) };
#undef PANEL_CONSTANTS

/// IQ4_NL has the panels of Q8_0: its codes are places in a table of signed bytes, and panels hold the bytes.
#define LAYOUT(name, panel, elements, bytes, codes, at)                                                                \
    [kernel_##name] = {(enum storage)storage_of_##panel, (enum scaling)scaling_of_##panel, base_of_##panel,            \
                       group_of_##panel, elements, bytes},
static const struct layout layouts[] = {PLAIN_FORMATS(LAYOUT) BLOCK_FORMATS(LAYOUT) HADAMARD_FORMATS(LAYOUT)};
#undef LAYOUT

// What the rows of formats.h must keep.
#define ONE(...) +1
#define PLAIN_ROW(name, panel, elements, bytes, codes, at)                                                             \
    _Static_assert(elements == 1 && (int)scaling_of_##panel == (int)scaling_none, #name " has no blocks");
#define BLOCK_ROW(name, panel, elements, bytes, codes, at)                                                             \
    _Static_assert(group_of_##panel == 16 || group_of_##panel == 32, #name " has groups of 16 or 32");                 \
    _Static_assert(elements == ((int)scaling_of_##panel < (int)scaling_super_signed ? block_inputs : super_inputs),    \
                   #name " has blocks that fit its scales");                                                           \
    _Static_assert((int)scaling_of_##panel != (int)scaling_none && at < bytes, #name " has scales and codes");
#define HADAMARD_ROW(name, panel, elements, bytes, codes, at)                                                          \
    _Static_assert((int)group_of_##panel == super_inputs && (int)storage_of_##panel == (int)storage_byte,              \
                   #name " has groups of 256 codes in bytes");                                                         \
    _Static_assert(elements == block_inputs && bytes == 0, #name " has whole blocks of codes, and none in files");
_Static_assert(0 PLAIN_FORMATS(ONE) BLOCK_FORMATS(ONE) HADAMARD_FORMATS(ONE) == kernel_format_count,
               "a row for every format");
_Static_assert(sizeof layouts / sizeof layouts[0] == kernel_format_count, "a layout for every format");
PLAIN_FORMATS(PLAIN_ROW)
BLOCK_FORMATS(BLOCK_ROW)
HADAMARD_FORMATS(HADAMARD_ROW)
#undef HADAMARD_ROW
#undef PLAIN_ROW
#undef BLOCK_ROW
#undef ONE

/// Elements that are scaled together: those of a block, or of a group that is larger.
static inline size_t scaled_elements(const struct layout *layout) {
    return layout->group > layout->block_elements ? layout->group : layout->block_elements;
}

/// Bytes of codes of one panel for `inputs` inputs, a multiple of 32 but for f32, half and bfloat.
static inline size_t code_bytes(enum storage storage, size_t inputs) {
    switch (storage) {
    case storage_f32: return inputs * 64;
    case storage_half: return inputs * 32;
    case storage_bfloat: return (inputs + 1) / 2 * 64;
    case storage_nibble: return inputs * 8;
    case storage_nibble_bit: return inputs * 10;
    case storage_nibble_pair: return inputs * 12;
    case storage_byte: return inputs * 16;
    }
    return 0;
}

/// Where a plain code stands in a panel.
static inline size_t plain_place(enum storage storage, size_t input, size_t lane) {
    if (storage == storage_bfloat) return (input / 2 * kernel_panel + lane) * 4 + input % 2 * 2;
    return (input * kernel_panel + lane) * (storage == storage_f32 ? 4 : 2);
}

/// Bytes of scales per group, or per 256 inputs for the super formats.
static inline size_t scale_bytes(enum scaling scaling, size_t group) {
    switch (scaling) {
    case scaling_none: return 0;
    case scaling_half: return 32;
    case scaling_half_min: return 64;
    case scaling_super_signed: return 32 + super_inputs / group * 16;
    case scaling_super_min: return 64 + super_inputs / group * 32;
    }
    return 0;
}

/// Bytes of scales for a block of codes, on average.
static inline size_t block_scale_bytes(enum scaling scaling, size_t group) {
    size_t bytes = scale_bytes(scaling, group);
    return scaling < scaling_super_signed ? bytes : (bytes * block_inputs + super_inputs - 1) / super_inputs;
}

static inline size_t scale_offset(enum storage storage, size_t inputs) {
    return (code_bytes(storage, inputs) + 63) / 64 * 64;
}

/// f32 of an IEEE half.
static inline float half_value(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    union { uint32_t bits; float value; } out;
    if (exponent == 31) {
        out.bits = sign | 0x7f800000 | (fraction ? 0x400000 : 0) | fraction << 13;
    } else if (exponent) {
        out.bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else {
        out.value = (float)fraction * 0x1p-24f;
        out.bits |= sign;
    }
    return out.value;
}

static inline float bfloat_value(uint16_t bits) {
    union { uint32_t bits; float value; } out = {(uint32_t)bits << 16};
    return out.value;
}

/// Nearest bfloat, ties to even; a NaN stays one.
static inline uint16_t bfloat_bits(float value) {
    union { float value; uint32_t bits; } in = {value};
    if ((in.bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(in.bits >> 16 | 0x40);
    return (uint16_t)((in.bits + 0x7fff + (in.bits >> 16 & 1)) >> 16);
}

static inline uint16_t load_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }
