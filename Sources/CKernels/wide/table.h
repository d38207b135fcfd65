#pragma once
// What the tables of all wide instruction sets have in common.
#include "hadamard.h"
#include "hadamard_multiply.h"
#include "hadamard_values.h"
#include "multiply.h"
#include "quantise.h"
#include "quantised_multiply.h"
#include "rows.h"
#include "sampling.h"

#define PRODUCT(name, panel, ...) [kernel_##name] = multiply_##panel,
#define QUANTISED_PRODUCT(name, panel, ...) [kernel_##name] = quantised_##panel,
#define HADAMARD_PRODUCT(name, ...) [kernel_##name] = wide_multiply_hadamard,
#define HADAMARD_QUANTISED(name, ...) [kernel_##name] = wide_multiply_hadamard_quantised,

/// Every member of a table but its encoder, its attention and its products with quantised activations.
#define WIDE_FUNCTIONS                                                                             \
    .multiply = {PLAIN_FORMATS(PRODUCT) BLOCK_FORMATS(PRODUCT) HADAMARD_FORMATS(HADAMARD_PRODUCT)}, \
    .round = wide_round, .quantise = wide_quantise, .quantise_hadamard = wide_quantise_hadamard,   \
    .rms_norm = wide_rms_norm, .silu_multiply = wide_silu_multiply,                                \
    .group_sums = wide_group_sums, .rotate = wide_rotate,                                          \
    .sampling = {.survey = wide_survey, .gather = wide_gather, .weigh = wide_weigh,                \
                 .mass = wide_mass, .select = wide_select, .range = wide_range}

/// Those products: of pairs of bfloats by one function, of every panel of codes by its own, of Hadamard codes by one.
#define WIDE_QUANTISED(rounded) \
    {[kernel_bf16] = rounded, BLOCK_FORMATS(QUANTISED_PRODUCT) HADAMARD_FORMATS(HADAMARD_QUANTISED)}
