#include "scalar/tables.h"

static const struct kernel_table scalar_table = {
    .multiply = {scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply, scalar_multiply,
                 scalar_multiply},
    .rms_norm = scalar_rms_norm,
    .silu_multiply = scalar_silu_multiply,
    .group_sums = scalar_group_sums,
    .rotate = scalar_rotate,
    .attend = scalar_attend,
};

const struct kernel_table *kernel_table_for(int isa) {
    return isa == kernel_scalar ? &scalar_table : NULL;
}
