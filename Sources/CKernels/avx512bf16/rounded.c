#include "../include/kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <string.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)
#include "../avx512/simd.h"
#include "pairs.h"
#include "../wide/rounded_multiply.h"
#pragma clang attribute pop

void avx512bf16_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    multiply_rounded(job, first_panel, end_panel);
}
#endif
