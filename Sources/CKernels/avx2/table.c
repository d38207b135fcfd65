#include "../encode/unit.h"
#include "../scalar/tables.h"
#if defined(__x86_64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "simd.h"
#include "../wide/table.h"
#pragma clang attribute pop

extern const struct kernel_attention avx2_attention;
void avx2_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);

const struct kernel_table avx2_table = {
    WIDE_FUNCTIONS,
    .multiply_quantised = WIDE_QUANTISED(avx2_multiply_rounded),
    .encode = encode_unit_avx2,
    .attention = &avx2_attention,
};
#endif
