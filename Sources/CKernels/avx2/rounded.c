#include "../include/kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "simd.h"
#include "pairs.h"
#include "../wide/rounded_multiply.h"
#pragma clang attribute pop

void avx2_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    multiply_rounded(job, first_panel, end_panel);
}
#endif
