#pragma once
// The arithmetic of the engine. Every function is pure: it reads its arguments and writes its output, allocates
// nothing, starts no thread and keeps no state. Lengths are trusted: the Swift module above checks them before every
// call.
//
// Numbers: weights stay quantised; activations are f32, or int8 in groups of 32 for products with quantised weights;
// every output element is one sum in one fixed order. That order is written down in scalar/; the other instruction sets
// hold different outputs in the lanes of a vector, never different parts of one sum unless the sum is one of integers,
// and are therefore equal to it bit for bit.
#include "formats.h"
#include "instruction_sets.h"
#include "sampling.h"
#include <stddef.h>
#include <stdint.h>

struct kernel_attention;
struct kernel_unit;

/// Changes when the specification gives other numbers.
enum { kernel_arithmetic = 2 };

/// Outputs in a panel: the lanes of every matrix kernel.
enum { kernel_panel = 16 };

/// The name of a format as formats.h spells it.
const char *kernel_format_name(int format);
/// Elements and bytes of one block of a file format.
size_t kernel_block_elements(int format);
size_t kernel_block_bytes(int format);
/// Inputs that share one scale: sums of x are kept per group.
size_t kernel_group(int format);
/// Whether the format adds a minimum, so that `multiply` needs the sums of x.
int kernel_has_minimum(int format);
/// Bytes of one packed panel, `inputs` a multiple of the block; 0 when it does not fit a size_t.
size_t kernel_panel_bytes(int format, size_t inputs);

/// Dequantises `blocks` blocks of the file format into floats.
void kernel_decode(int format, const uint8_t *source, size_t blocks, float *out);

/// A packed matrix: panels of 16 outputs, each its codes for all inputs ascending, then its scales.
struct kernel_matrix {
    const uint8_t *panels;
    size_t panel_bytes, outputs, inputs;
    int format;
};

/// Packs panels from file blocks; a part is one panel. Outputs past the last are packed as zeros.
struct kernel_pack {
    const uint8_t *source;
    uint8_t *panels;
    size_t panel_bytes, outputs, inputs;
    int format;
};
void kernel_pack_panel(void *pack, size_t part);

/// out[0 ..< inputs] = row `output` of the matrix, equal to what kernel_decode gives for it.
void kernel_decode_row(const struct kernel_matrix *matrix, size_t output, float *out);
/// Row i of out = row tokens[i] of the matrix; a part is one row. The stride counts floats.
struct kernel_embed {
    struct kernel_matrix matrix;
    const int32_t *tokens;
    float *out;
    size_t out_stride;
};
void kernel_embed_part(void *embed, size_t part);

/// Activations are quantised in groups of so many.
enum { kernel_activation_group = 32 };

/// One group: x[k] is about scale * code[k]. `sum` is the sum of the codes, `negated` minus that sum, and `negated_first`
/// minus the sum of the first sixteen.
struct kernel_activation_group {
    float scale, sum;
    int32_t negated, negated_first;
};

/// Hadamard transforms of activations are quantised in groups of 256, the last may be shorter: the scale, and minus the
/// sum of the codes.
struct kernel_hadamard_group {
    float scale;
    int32_t negated;
};

/// Rows of activations in less than 32 bits. Codes of eight bits in groups: of eight codes those at even places come
/// first, as quads of codes are stored. Pairs of bfloats; the last may lack its second, which is zero. Codes
/// of the Hadamard transform in eight bits, in the order of the others.
struct kernel_activations {
    int8_t *codes;
    struct kernel_activation_group *groups;
    uint32_t *pairs;
    size_t code_stride, group_stride, pair_stride;
    int8_t *hadamard_codes;
    struct kernel_hadamard_group *hadamard_groups;
    size_t hadamard_code_stride, hadamard_group_stride;
};

struct kernel_table;

/// What is fastest depends on the kind of processor; none of it changes a bit of a result.
struct kernel_tuning {
    /// Bytes that codes are asked for ahead of their use, and rows from which codes are unpacked once for all rows.
    size_t prefetch_bytes, unpacked_rows;
    /// Whether codes are asked for into the second level of cache only.
    int prefetches_far;
};
/// That of this processor. Asks the processor what it is, which is slow: not to be timed.
struct kernel_tuning kernel_tuning_here(void);

/// y[r][n] (+)= sum over k of W[n][k] x[r][k] (+ bias[n]). Strides count floats. `sums` holds the group sums of x.
/// With `quantised` set the product is that of the codes instead of x, or of the pairs if the weights are bfloats;
/// other formats have no such product.
struct kernel_multiply {
    const struct kernel_table *table;
    struct kernel_matrix matrix;
    struct kernel_activations activations;
    const float *x, *sums, *bias;
    float *y;
    size_t x_stride, sums_stride, y_stride, rows, panels_per_part;
    int accumulate, quantised;
    struct kernel_tuning tuning;
};
void kernel_multiply_part(void *multiply, size_t part);
/// Whether a format can be multiplied with quantised activations, and whether with those rounded to bfloat.
int kernel_takes_quantised(int format);
int kernel_takes_rounded(int format);
/// Whether its quantised activations are those of the Hadamard transform.
int kernel_takes_hadamard(int format);

/// Several products as one job: part p belongs to the first product whose `end_part` is above it.
struct kernel_products {
    const struct kernel_multiply *products;
    const size_t *end_parts;
};
void kernel_products_part(void *products, size_t part);

/// Whether no value is infinite or not a number.
int kernel_is_finite(const float *x, size_t count);
/// Makes the first value of a row of `stream` not a number if a value of its queries, keys or values is none or is
/// infinite: attention bounds its numbers and would hide it. A part is `rows_per_part` rows.
struct kernel_poison {
    const float *queries, *keys, *values;
    float *stream;
    size_t queries_stride, keys_stride, values_stride, stream_stride, query_columns, kv_columns, rows, rows_per_part;
};
void kernel_poison_part(void *poison, size_t part);

/// Which codes are made of rows: none, those of the values, those of their Hadamard transform.
enum kernel_codes { kernel_no_codes, kernel_plain_codes, kernel_hadamard_codes };

/// Row-wise operations; a part is `rows_per_part` rows. `quantises` says which codes are made of the result as well.
struct kernel_rows {
    const struct kernel_table *table;
    const float *a, *b;
    float *out;
    struct kernel_activations activations;
    size_t a_stride, b_stride, out_stride, rows, columns, rows_per_part;
    float epsilon;
    int group, quantises;
};
/// out = a / rms(a) * b, b one row of weights for all.
void kernel_rms_norm_part(void *rows, size_t part);
/// out = silu(a) * b.
void kernel_silu_multiply_part(void *rows, size_t part);
/// Quantises a, as `quantises` says; `out` is not used.
void kernel_quantise_part(void *rows, size_t part);
/// Rounds a to bfloat pairs; `out` is not used.
void kernel_round_part(void *rows, size_t part);
/// out[g] = sum of a over group g of `group` columns, the last group may be shorter.
void kernel_group_sums_part(void *rows, size_t part);

/// cosines and sines of f32(position) * frequency, [positions][pairs], computed in f64, rounded, then scaled.
void kernel_rotary_table(const float *frequencies, size_t pairs, size_t positions, float magnitude, float *cosines,
                         float *sines);

/// The functions of one instruction set.
struct kernel_table {
    void (*multiply[kernel_format_count])(const struct kernel_multiply *, size_t first_panel, size_t end_panel);
    void (*multiply_quantised[kernel_format_count])(const struct kernel_multiply *, size_t first_panel,
                                                    size_t end_panel);
    void (*round)(const float *x, size_t columns, uint32_t *pairs);
    void (*quantise)(const float *x, size_t columns, int8_t *codes, struct kernel_activation_group *groups);
    /// `columns` a multiple of 32.
    void (*quantise_hadamard)(const float *x, size_t columns, int8_t *codes, struct kernel_hadamard_group *groups);
    void (*rms_norm)(const float *x, const float *weight, float epsilon, size_t columns, float *out);
    void (*silu_multiply)(const float *gate, const float *up, size_t columns, float *out);
    void (*group_sums)(const float *x, size_t columns, size_t group, float *out);
    void (*rotate)(float *x, const float *cosines, const float *sines, size_t pairs, size_t distance, size_t step);
    void (*encode)(int format, size_t inputs, struct kernel_unit *unit);
    const struct kernel_attention *attention;
    struct kernel_sampling sampling;
};
/// The table of an instruction set, NULL when this processor does not have it. Asking for the one with tiles asks the
/// system for them too.
const struct kernel_table *kernel_table_for(int isa);
