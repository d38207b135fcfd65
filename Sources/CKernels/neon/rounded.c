#include "../include/kernels.h"
#if defined(__aarch64__)
#include <stddef.h>
#include <string.h>
#include "dots.h"
#include "simd.h"
#include "pairs.h"
#include "../wide/rounded_multiply.h"

void neon_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel) {
    multiply_rounded(job, first_panel, end_panel);
}
#endif
