#include "processor.h"
#include "scalar/tables.h"

extern const struct kernel_attention scalar_attention;

static const struct kernel_table scalar_table = {
    .multiply = {scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply, scalar_multiply},
    .multiply_quantised = {NULL, NULL, scalar_multiply_rounded, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised, scalar_multiply_quantised,
                           scalar_multiply_quantised, scalar_multiply_quantised, scalar_multiply_quantised},
    .round = scalar_round, .quantise = scalar_quantise,
    .rms_norm = scalar_rms_norm,
    .silu_multiply = scalar_silu_multiply,
    .group_sums = scalar_group_sums,
    .rotate = scalar_rotate,
    .attention = &scalar_attention,
};

#if defined(__x86_64__)
extern const struct kernel_table avx2_table, avx512_table, avx512bf16_table, amx_table, amx_emulated_table;

const struct kernel_table *kernel_table_for(int isa) {
    switch (isa) {
    case kernel_scalar: return &scalar_table;
    case kernel_avx2: return processor_has_avx2() ? &avx2_table : NULL;
    case kernel_avx512: return processor_has_avx512() ? &avx512_table : NULL;
    case kernel_avx512bf16: return processor_has_avx512bf16() ? &avx512bf16_table : NULL;
    case kernel_amx: return processor_has_avx512bf16() && processor_grants_tiles(tiles_int8) ? &amx_table : NULL;
    case kernel_amx_emulated: return processor_has_avx512() ? &amx_emulated_table : NULL;
    }
    return NULL;
}
#else
const struct kernel_table *kernel_table_for(int isa) { return isa == kernel_scalar ? &scalar_table : NULL; }
#endif
