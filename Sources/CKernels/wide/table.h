#pragma once
// What the tables of all wide instruction sets have in common.
#include "multiply.h"
#include "quantise.h"
#include "quantised_multiply.h"
#include "rows.h"

#define PRODUCT(name, panel, ...) [kernel_##name] = multiply_##panel,
#define QUANTISED_PRODUCT(name, panel, ...) [kernel_##name] = quantised_##panel,

/// Every member of a table but its encoder, its attention and its products with quantised activations.
#define WIDE_FUNCTIONS                                                                         \
    .multiply = {PLAIN_FORMATS(PRODUCT) BLOCK_FORMATS(PRODUCT)}, .round = wide_round,          \
    .quantise = wide_quantise, .rms_norm = wide_rms_norm, .silu_multiply = wide_silu_multiply, \
    .group_sums = wide_group_sums, .rotate = wide_rotate

/// Those products: of pairs of bfloats by one function, of every panel of codes by its own.
#define WIDE_QUANTISED(rounded) {[kernel_bf16] = rounded, BLOCK_FORMATS(QUANTISED_PRODUCT)}
