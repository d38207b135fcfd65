#include "unit.h"
#if defined(__x86_64__)
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2"))), apply_to = function)
#include "formats.h"

void encode_unit_avx512(int format, size_t inputs, struct kernel_unit *unit) { encode_values(format, inputs, unit); }
#pragma clang attribute pop
#endif
