// The wide kernels in plain C, as a set of their own.
#include "kernels.h"
#include "encode/unit.h"
#include "pairs.h"
#include "wide/table.h"
#include "wide/rounded_multiply.h"

extern const struct kernel_attention plain_attention;

const struct kernel_table plain_table = {
    WIDE_FUNCTIONS,
    .multiply_quantised = WIDE_QUANTISED(multiply_rounded),
    .encode = encode_unit_baseline,
    .attention = &plain_attention,
};
