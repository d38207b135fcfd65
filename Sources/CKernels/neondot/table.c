#include "../encode/unit.h"
#include "../scalar/tables.h"
#if defined(__aarch64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "dots.h"
#include "../neon/simd.h"
#include "../wide/table.h"
#pragma clang attribute pop

extern const struct kernel_attention neondot_attention;
void neon_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);

const struct kernel_table neondot_table = {
    WIDE_FUNCTIONS,
    .multiply_quantised = WIDE_QUANTISED(neon_multiply_rounded),
    .encode = encode_unit_baseline,
    .attention = &neondot_attention,
};
#endif
