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
/// none. half: per group 16 f16 d. half_min: per group 16 f16 d, 16 f16 m.
/// super_signed: per 256 inputs 16 f16 d, then per group 16 int8. super_min: per 256 inputs 16 f16 d, 16 f16 dmin, then
/// per group 16 uint8 scales, then per group 16 uint8 minimums.
enum scaling { scaling_none, scaling_half, scaling_half_min, scaling_super_signed, scaling_super_min };

enum { super_inputs = 256 };

/// One element is f32(d_eff * (code + base)) + m_eff.
struct layout {
    enum storage storage;
    enum scaling scaling;
    uint8_t group;
    int16_t base;
    uint16_t block_elements, block_bytes;
};

static const struct layout layouts[kernel_format_count] = {
    [kernel_f32] = {storage_f32, scaling_none, 32, 0, 1, 4},
    [kernel_f16] = {storage_half, scaling_none, 32, 0, 1, 2},
    [kernel_bf16] = {storage_bfloat, scaling_none, 32, 0, 1, 2},
    [kernel_q4_0] = {storage_nibble, scaling_half, 32, -8, 32, 18},
    [kernel_q4_1] = {storage_nibble, scaling_half_min, 32, 0, 32, 20},
    [kernel_q5_0] = {storage_nibble_bit, scaling_half, 32, -16, 32, 22},
    [kernel_q5_1] = {storage_nibble_bit, scaling_half_min, 32, 0, 32, 24},
    [kernel_q8_0] = {storage_byte, scaling_half, 32, -128, 32, 34},
    [kernel_q2_k] = {storage_nibble, scaling_super_min, 16, 0, 256, 84},
    [kernel_q3_k] = {storage_nibble, scaling_super_signed, 16, -4, 256, 110},
    [kernel_q4_k] = {storage_nibble, scaling_super_min, 32, 0, 256, 144},
    [kernel_q5_k] = {storage_nibble_bit, scaling_super_min, 32, 0, 256, 176},
    [kernel_q6_k] = {storage_nibble_pair, scaling_super_signed, 16, -32, 256, 210},
    // Its codes are places in a table of signed bytes; panels hold the bytes, so that they are those of Q8_0.
    [kernel_iq4_nl] = {storage_byte, scaling_half, 32, -128, 32, 18},
};

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
