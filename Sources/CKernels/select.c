#include "scalar/tables.h"

extern const struct kernel_attention scalar_attention;

static const struct kernel_table scalar_table = {
    .multiply = {scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply},
    .multiply_quantised = {NULL, NULL, NULL, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised},
    .quantise = scalar_quantise,
    .rms_norm = scalar_rms_norm,
    .silu_multiply = scalar_silu_multiply,
    .group_sums = scalar_group_sums,
    .rotate = scalar_rotate,
    .attention = &scalar_attention,
};

#if defined(__x86_64__)
#include <cpuid.h>

extern const struct kernel_table avx2_table, avx512_table, avx512bf16_table;

/// Register sets that the system saves for us: xgetbv(0).
static uint64_t saved_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (uint64_t)d << 32 | a;
}

static int has_avx2(void) {
    uint32_t a, b, c, d, b7, c7, d7;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 0;
    return (saved_state() & 6) == 6 && (c & bit_FMA) && (c & bit_F16C) && (b7 & bit_AVX2);
}

static int has_avx512(void) {
    uint32_t a, b, c, d, wanted = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
    if (!has_avx2() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (saved_state() & 0xe6) == 0xe6 && (b & wanted) == wanted && (c & bit_AVX512VNNI);
}

static int has_avx512bf16(void) {
    uint32_t a, b, c, d;
    return has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bit_AVX512BF16);
}

const struct kernel_table *kernel_table_for(int isa) {
    if (isa == kernel_scalar) return &scalar_table;
    if (isa == kernel_avx2 && has_avx2()) return &avx2_table;
    if (isa == kernel_avx512 && has_avx512()) return &avx512_table;
    if (isa == kernel_avx512bf16 && has_avx512bf16()) return &avx512bf16_table;
    return NULL;
}
#else
const struct kernel_table *kernel_table_for(int isa) { return isa == kernel_scalar ? &scalar_table : NULL; }
#endif
