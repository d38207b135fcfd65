#pragma once
// Every weight format, once: lists of them are made of these rows. AddingThings.md has the recipe.
//
// The blocks of Q4_0 to Q8_0, the K-quants and IQ4_NL are those of GGUF: ggml-common.h and ggml-quants.c of ggml.

/// How weights lie in memory: PANEL(name, storage, scaling, inputs that share a scale, base that is added to a code).
/// layout.h says what the words mean.
#define PLAIN_PANELS(PANEL)                      \
    PANEL(f32, storage_f32, scaling_none, 32, 0)  \
    PANEL(f16, storage_half, scaling_none, 32, 0) \
    PANEL(bf16, storage_bfloat, scaling_none, 32, 0)

#define CODED_PANELS(PANEL)                                         \
    PANEL(q4_0, storage_nibble, scaling_half, 32, -8)               \
    PANEL(q4_1, storage_nibble, scaling_half_min, 32, 0)            \
    PANEL(q5_0, storage_nibble_bit, scaling_half, 32, -16)          \
    PANEL(q5_1, storage_nibble_bit, scaling_half_min, 32, 0)        \
    PANEL(q8_0, storage_byte, scaling_half, 32, -128)               \
    PANEL(q2_k, storage_nibble, scaling_super_min, 16, 0)           \
    PANEL(q3_k, storage_nibble, scaling_super_signed, 16, -4)       \
    PANEL(q4_k, storage_nibble, scaling_super_min, 32, 0)           \
    PANEL(q5_k, storage_nibble_bit, scaling_super_min, 32, 0)       \
    PANEL(q6_k, storage_nibble_pair, scaling_super_signed, 16, -32)

/// Rows that are coded after their Hadamard transform, with one scale for 256 inputs, the last of fewer: scalar/hadamard.c.
#define HADAMARD_PANELS(PANEL) PANEL(r8, storage_byte, scaling_half, 256, -128)

/// How weights lie in a file, in the order of `ElementFormat`: FORMAT(name, its panel, elements and bytes of a block,
/// what the codes are made of, where in the block they begin). blocks.c reads them.
#define PLAIN_FORMATS(FORMAT)       \
    FORMAT(f32, f32, 1, 4, none, 0) \
    FORMAT(f16, f16, 1, 2, none, 0) \
    FORMAT(bf16, bf16, 1, 2, none, 0)

#define BLOCK_FORMATS(FORMAT)                      \
    FORMAT(q4_0, q4_0, 32, 18, nibbles, 2)         \
    FORMAT(q4_1, q4_1, 32, 20, nibbles, 4)         \
    FORMAT(q5_0, q5_0, 32, 22, fives, 2)           \
    FORMAT(q5_1, q5_1, 32, 24, fives, 4)           \
    FORMAT(q8_0, q8_0, 32, 34, bytes, 2)           \
    FORMAT(q2_k, q2_k, 256, 84, super_twos, 0)     \
    FORMAT(q3_k, q3_k, 256, 110, super_threes, 0)  \
    FORMAT(q4_k, q4_k, 256, 144, super_nibbles, 4) \
    FORMAT(q5_k, q5_k, 256, 176, super_fives, 4)   \
    FORMAT(q6_k, q6_k, 256, 210, super_sixes, 0)   \
    FORMAT(iq4_nl, q8_0, 32, 18, uneven_nibbles, 2)

/// Formats of panels that no file holds, made of values while these are loaded; rows are multiples of 32 values.
#define HADAMARD_FORMATS(FORMAT) FORMAT(r8, r8, 32, 0, none, 0)

/// Formats in blocks that values can be turned into: ENCODED(name, what the codes are made of, where they begin, how
/// scales are searched, the number of codes of a half or the largest code, candidate scales to each side of the plain one).
#define ENCODED_FORMATS(ENCODED)                                \
    ENCODED(q4_0, nibbles, 2, scaled, 8, 7)                     \
    ENCODED(q4_1, nibbles, 4, ranged, 15, 6)                    \
    ENCODED(q5_0, fives, 2, scaled, 16, 5)                      \
    ENCODED(q5_1, fives, 4, ranged, 31, 6)                      \
    ENCODED(q8_0, bytes, 2, nearest, 127, 0)                    \
    ENCODED(q4_k, super_nibbles, 4, super_ranged, 15, 6)        \
    ENCODED(q5_k, super_fives, 4, super_ranged, 31, 6)          \
    ENCODED(q6_k, super_sixes, 0, super_scaled, 32, 4)

#define FORMAT_CASE(name, ...) kernel_##name,
enum kernel_format {
    PLAIN_FORMATS(FORMAT_CASE) BLOCK_FORMATS(FORMAT_CASE) HADAMARD_FORMATS(FORMAT_CASE) kernel_format_count
};
#undef FORMAT_CASE
