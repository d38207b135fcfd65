#include "../include/kernels.h"
#include "../include/attention.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "dots.h"
#include "../neon/simd.h"
#include "../neon/pairs.h"
#include "../wide/attend.h"
#include "../store.h"
#pragma clang attribute pop

const struct kernel_attention neondot_attention = {wide_attend, store_rows};
#endif
