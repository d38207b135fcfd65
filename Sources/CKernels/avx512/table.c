#include "../encode/unit.h"
#include "../scalar/tables.h"
#if defined(__x86_64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), \
                             apply_to = function)
#include "simd.h"
#include "../wide/table.h"
#pragma clang attribute pop

extern const struct kernel_attention avx512_attention, avx512bf16_attention;
void avx512_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void avx512bf16_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_emulated_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_emulated_multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);

/// The products of every format in blocks, and those of Hadamard codes, on tiles.
#define TILED_amx(name, ...) [kernel_##name] = amx_multiply_quantised,
#define TILED_amx_emulated(name, ...) [kernel_##name] = amx_emulated_multiply_quantised,
#define HADAMARD_amx(name, ...) [kernel_##name] = amx_multiply_hadamard,
#define HADAMARD_amx_emulated(name, ...) [kernel_##name] = amx_emulated_multiply_hadamard,

const struct kernel_table avx512_table = {
    WIDE_FUNCTIONS, .multiply_quantised = WIDE_QUANTISED(avx512_multiply_rounded), .encode = encode_unit_avx512,
    .attention = &avx512_attention,
};

const struct kernel_table avx512bf16_table = {
    WIDE_FUNCTIONS, .multiply_quantised = WIDE_QUANTISED(avx512bf16_multiply_rounded), .encode = encode_unit_avx512,
    .attention = &avx512bf16_attention,
};

const struct kernel_table amx_table = {
    WIDE_FUNCTIONS, .encode = encode_unit_avx512, .attention = &avx512bf16_attention,
    .multiply_quantised = {[kernel_bf16] = avx512bf16_multiply_rounded, BLOCK_FORMATS(TILED_amx)
                               HADAMARD_FORMATS(HADAMARD_amx)},
};

const struct kernel_table amx_emulated_table = {
    WIDE_FUNCTIONS, .encode = encode_unit_avx512, .attention = &avx512_attention,
    .multiply_quantised = {[kernel_bf16] = avx512_multiply_rounded, BLOCK_FORMATS(TILED_amx_emulated)
                               HADAMARD_FORMATS(HADAMARD_amx_emulated)},
};
#endif
