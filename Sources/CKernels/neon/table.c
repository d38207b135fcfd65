#include "../encode/unit.h"
#include "../scalar/tables.h"
#if defined(__aarch64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "dots.h"
#include "simd.h"
#include "../wide/table.h"

extern const struct kernel_attention neon_attention;
void neon_multiply_rounded(const struct kernel_multiply *job, size_t first_panel, size_t end_panel);

/// Encoders are made of what every processor of this kind has.
const struct kernel_table neon_table = {
    WIDE_FUNCTIONS,
    .multiply_quantised = WIDE_QUANTISED(neon_multiply_rounded),
    .encode = encode_unit_baseline,
    .attention = &neon_attention,
};
#endif
