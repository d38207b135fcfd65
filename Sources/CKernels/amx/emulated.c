// The same kernel with tiles made of C, for proofs on any processor with AVX-512.
#if defined(__x86_64__)
#define TILES_EMULATED 1
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), \
                             apply_to = function)
#include "../avx512/simd.h"
#include "multiply.h"
#include "hadamard_multiply.h"

void amx_emulated_multiply_quantised(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    multiply_quantised(job, first_panel, end_panel);
}

void amx_emulated_multiply_hadamard(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    multiply_hadamard(job, first_panel, end_panel);
}
#pragma clang attribute pop
#endif
