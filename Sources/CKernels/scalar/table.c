#include "../encode/unit.h"
#include "tables.h"

extern const struct kernel_attention scalar_attention;

#define PRODUCT(name, ...) [kernel_##name] = scalar_multiply,
#define QUANTISED_PRODUCT(name, ...) [kernel_##name] = scalar_multiply_quantised,
#define HADAMARD_PRODUCT(name, ...) [kernel_##name] = scalar_multiply_hadamard,
#define HADAMARD_QUANTISED(name, ...) [kernel_##name] = scalar_multiply_hadamard_quantised,

const struct kernel_table scalar_table = {
    .multiply = {PLAIN_FORMATS(PRODUCT) BLOCK_FORMATS(PRODUCT) HADAMARD_FORMATS(HADAMARD_PRODUCT)},
    .multiply_quantised = {[kernel_bf16] = scalar_multiply_rounded, BLOCK_FORMATS(QUANTISED_PRODUCT)
                               HADAMARD_FORMATS(HADAMARD_QUANTISED)},
    .round = scalar_round,
    .quantise = scalar_quantise,
    .quantise_hadamard = scalar_quantise_hadamard,
    .rms_norm = scalar_rms_norm,
    .silu_multiply = scalar_silu_multiply,
    .group_sums = scalar_group_sums,
    .rotate = scalar_rotate,
    .encode = encode_unit_baseline,
    .attention = &scalar_attention,
    .sampling = {.survey = scalar_survey, .gather = scalar_gather, .weigh = scalar_weigh,
                 .mass = scalar_mass, .select = scalar_select, .range = scalar_range},
};
