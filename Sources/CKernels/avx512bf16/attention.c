#include "../include/kernels.h"
#include "../include/attention.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)
#include "../avx512/simd.h"
#include "pairs.h"
#include "../wide/attend.h"
#include "../store.h"
#pragma clang attribute pop

const struct kernel_attention avx512bf16_attention = {wide_attend, store_rows};
#endif
