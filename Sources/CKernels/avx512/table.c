#include "../scalar/tables.h"
#if defined(__x86_64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), \
                             apply_to = function)
#include "simd.h"
#include "../wide/rows.h"
#include "../wide/quantise.h"
#include "../wide/multiply.h"
#include "../wide/quantised_multiply.h"
#pragma clang attribute pop

extern const struct kernel_attention avx512_attention, avx512bf16_attention;
void avx512_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void avx512bf16_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);
void amx_emulated_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);

/// What all tables have in common.
#define EVERYWHERE                                                                                              \
    .multiply = {multiply_f32, multiply_half, multiply_bfloat, multiply_q4_0, multiply_q4_1, multiply_q5_0,     \
                 multiply_q5_1, multiply_q8_0, multiply_q2_k, multiply_q3_k, multiply_q4_k, multiply_q5_k,      \
                 multiply_q6_k, multiply_q8_0},                                                                 \
    .round = wide_round, .quantise = wide_quantise, .rms_norm = wide_rms_norm,                                  \
    .silu_multiply = wide_silu_multiply, .group_sums = wide_group_sums, .rotate = wide_rotate

#define QUANTISED(rounded)                                                                                      \
    {NULL, NULL, rounded, quantised_q4_0, quantised_q4_1, quantised_q5_0, quantised_q5_1, quantised_q8_0,          \
     quantised_q2_k, quantised_q3_k, quantised_q4_k, quantised_q5_k, quantised_q6_k, quantised_q8_0}

#define QUANTISED_BY(rounded, product)                                                                          \
    {NULL, NULL, rounded, product, product, product, product, product, product, product, product, product, product, product}

const struct kernel_table avx512_table = {
    EVERYWHERE, .multiply_quantised = QUANTISED(avx512_multiply_rounded), .attention = &avx512_attention,
};

const struct kernel_table avx512bf16_table = {
    EVERYWHERE, .multiply_quantised = QUANTISED(avx512bf16_multiply_rounded), .attention = &avx512bf16_attention,
};

const struct kernel_table amx_table = {
    EVERYWHERE, .multiply_quantised = QUANTISED_BY(avx512bf16_multiply_rounded, amx_multiply_quantised),
    .attention = &avx512bf16_attention,
};

const struct kernel_table amx_emulated_table = {
    EVERYWHERE, .multiply_quantised = QUANTISED_BY(avx512_multiply_rounded, amx_emulated_multiply_quantised),
    .attention = &avx512_attention,
};
#endif
