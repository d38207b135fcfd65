// Weights: packing, decoding, encoding, and products with them.
#include "check.h"

enum { outputs = 37, most_rows = 35 };

struct sample {
    struct kernel_matrix matrix;
    uint8_t *source;
    size_t source_bytes;
};

// Formats that no file holds get pieces of every size.
static size_t inputs_of(int format) {
    size_t elements = kernel_block_elements(format);
    return kernel_takes_hadamard(format) ? 512 + 128 + 64 + 32 : elements == 1 ? 67 : 3 * elements;
}

// Random blocks. Wherever a format keeps halves, at the start or at the end of a block, their sizes are below 2; plain
// numbers lie in between.
static uint8_t sample_byte(int format, size_t place, uint64_t random) {
    size_t size = kernel_block_bytes(format), at = place % size;
    if (size == 4) return at == 3 ? 0x3e | (random & 0x80) : (uint8_t)random;
    if (size == 2) return at == 1 ? 0x3a | (random & 0x80) : (uint8_t)random;
    int is_high = at == 1 || at == 3 || at == size - 3 || at == size - 1;
    return is_high ? random & 0xbf : (uint8_t)random;
}

// A matrix of a format that no file holds, made of values.
static struct sample made_sample(int format) {
    struct noise noise = {17};
    size_t inputs = inputs_of(format), panels = (outputs + kernel_panel - 1) / kernel_panel;
    struct sample sample = {{NULL, kernel_panel_bytes(format, inputs), outputs, inputs, format}, NULL, 0};
    sample.source = (uint8_t *)next_floats(&noise, outputs * inputs);
    uint8_t *bytes = zeros(panels * sample.matrix.panel_bytes);
    struct kernel_encode job = {
        .table = kernel_table_for(kernel_scalar), .source = sample.source, .target = bytes, .outputs = outputs,
        .panel_bytes = sample.matrix.panel_bytes, .inputs = inputs, .source_format = kernel_f32, .format = format};
    for (size_t part = 0; part < panels; part++) kernel_encode_part(&job, part);
    sample.matrix.panels = bytes;
    return sample;
}

static struct sample sample_of(int format) {
    if (!kernel_block_bytes(format)) return made_sample(format);
    struct noise noise = {0x9e3779b97f4a7c15u + (uint64_t)format};
    size_t inputs = inputs_of(format), panels = (outputs + kernel_panel - 1) / kernel_panel;
    struct sample sample = {{NULL, kernel_panel_bytes(format, inputs), outputs, inputs, format}, NULL, 0};
    sample.source_bytes = outputs * inputs / kernel_block_elements(format) * kernel_block_bytes(format);
    sample.source = zeros(sample.source_bytes);
    for (size_t i = 0; i < sample.source_bytes; i++) sample.source[i] = sample_byte(format, i, next(&noise) >> 32);
    uint8_t *bytes = zeros(panels * sample.matrix.panel_bytes);
    struct kernel_pack pack = {sample.source, bytes, sample.matrix.panel_bytes, outputs, inputs, format};
    for (size_t part = 0; part < panels; part++) kernel_pack_panel(&pack, part);
    sample.matrix.panels = bytes;
    return sample;
}

static void release(struct sample *sample) {
    free((void *)sample->matrix.panels);
    free(sample->source);
}

uint64_t check_packing(const struct kernel_table *table, int format) {
    (void)table;
    struct sample sample = sample_of(format);
    size_t inputs = sample.matrix.inputs, blocks = outputs * inputs / kernel_block_elements(format);
    float *values = zeros(outputs * inputs * 4), *row = zeros(inputs * 4);
    if (kernel_block_bytes(format)) kernel_decode(format, sample.source, blocks, values);
    uint64_t digest = digest_bytes(first_digest, sample.matrix.panels, 3 * sample.matrix.panel_bytes);
    digest = digest_floats(digest, values, outputs * inputs);
    for (size_t output = 0; output < outputs; output++) {
        kernel_decode_row(&sample.matrix, output, row);
        // A packed row is the row of the file; a difference shows as another digest.
        if (memcmp(row, values + output * inputs, inputs * 4)) digest = digest_floats(digest, row, inputs);
    }
    free(values);
    free(row);
    release(&sample);
    return digest;
}

// Rows of x in every form that a product may take.
struct activations {
    float *x, *sums;
    struct kernel_activations rounded;
    size_t stride;
};

static struct activations activations_of(const struct kernel_table *table, size_t inputs, int group) {
    struct noise noise = {77 + inputs};
    size_t stride = (inputs + 31) / 32 * 32;
    struct activations a = {zeros(most_rows * stride * 4), zeros(most_rows * stride * 4), {0}, stride};
    a.rounded = (struct kernel_activations){
        zeros(most_rows * stride), zeros(most_rows * stride / 32 * sizeof(struct kernel_activation_group)),
        zeros(most_rows * stride * 2), stride, stride / 32, stride / 2, zeros(most_rows * stride),
        zeros(most_rows * stride / 32 * sizeof(struct kernel_hadamard_group)), stride, stride / 32};
    for (size_t r = 0; r < most_rows; r++) {
        float *x = a.x + r * stride;
        for (size_t k = 0; k < inputs; k++) x[k] = next_float(&noise);
        table->group_sums(x, inputs, (size_t)group, a.sums + r * stride);
        table->quantise(x, inputs, a.rounded.codes + r * stride, a.rounded.groups + r * stride / 32);
        table->round(x, inputs, a.rounded.pairs + r * stride / 2);
        if (inputs % 32) continue;
        table->quantise_hadamard(x, inputs, a.rounded.hadamard_codes + r * stride,
                                 a.rounded.hadamard_groups + r * stride / 32);
    }
    return a;
}

static void release_activations(struct activations *a) {
    free(a->x);
    free(a->sums);
    free(a->rounded.codes);
    free(a->rounded.groups);
    free(a->rounded.pairs);
    free(a->rounded.hadamard_codes);
    free(a->rounded.hadamard_groups);
}

static uint64_t digest_rows(const struct kernel_table *table, const struct sample *sample, const struct activations *a,
                            int quantised) {
    static const size_t row_counts[] = {1, 2, 3, 7, 18, most_rows};
    struct noise noise = {5};
    float *bias = next_floats(&noise, outputs), *y = zeros(most_rows * outputs * 4);
    uint64_t digest = first_digest;
    for (size_t i = 0; i < sizeof row_counts / sizeof row_counts[0]; i++) {
        struct kernel_multiply job = {
            .table = table, .matrix = sample->matrix, .activations = a->rounded, .x = a->x, .sums = a->sums,
            .bias = i % 2 ? bias : NULL, .y = y, .x_stride = a->stride, .sums_stride = a->stride, .y_stride = outputs,
            .rows = row_counts[i], .panels_per_part = 2, .accumulate = i % 3 == 2, .quantised = quantised,
            .tuning = {.prefetch_bytes = 4096, .unpacked_rows = i % 2 ? 0 : most_rows + 1, .prefetches_far = i % 2}};
        for (size_t part = 0; part < 2; part++) kernel_multiply_part(&job, part);
        digest = digest_floats(digest, y, row_counts[i] * outputs);
    }
    free(bias);
    free(y);
    return digest;
}

static uint64_t digest_products(const struct kernel_table *table, int format, int quantised) {
    struct sample sample = sample_of(format);
    struct activations a = activations_of(table, sample.matrix.inputs, (int)kernel_group(format));
    uint64_t digest = digest_rows(table, &sample, &a, quantised);
    release_activations(&a);
    release(&sample);
    return digest;
}

uint64_t check_products(const struct kernel_table *table, int format) { return digest_products(table, format, 0); }

uint64_t check_rounded_products(const struct kernel_table *table, int format) {
    if (!kernel_takes_quantised(format) && !kernel_takes_rounded(format)) return first_digest;
    return digest_products(table, format, 1);
}

// Factors whose products and sums are about the smallest normal number, and some that are subnormal themselves.
static uint16_t tiny_bfloat(struct noise *noise) {
    uint64_t random = next(noise) >> 16;
    uint16_t exponent = random & 15 ? (uint16_t)(60 + (random >> 4) % 8) : 0;
    return (uint16_t)((random >> 8 & 0x807f) | exponent << 7);
}

uint64_t check_tiny_products(const struct kernel_table *table, int variant) {
    struct sample sample = sample_of(kernel_bf16);
    struct activations a = activations_of(table, sample.matrix.inputs, (int)kernel_group(kernel_bf16));
    struct noise noise = {91 + (uint64_t)variant};
    size_t weights = 3 * sample.matrix.panel_bytes / 2, values = most_rows * a.stride;
    for (size_t i = 0; i < weights; i++) ((uint16_t *)(void *)sample.matrix.panels)[i] = tiny_bfloat(&noise);
    for (size_t i = 0; i < values; i++) ((uint16_t *)(void *)a.rounded.pairs)[i] = tiny_bfloat(&noise);
    uint64_t digest = digest_rows(table, &sample, &a, 1);
    release_activations(&a);
    release(&sample);
    return digest;
}

uint64_t check_encoding(const struct kernel_table *table, int format) {
    if (!kernel_can_encode(format)) return first_digest;
    struct noise noise = {3};
    size_t inputs = kernel_takes_hadamard(format) ? inputs_of(format) : 512, panel_bytes = kernel_panel_bytes(format, inputs), panels = (outputs + 15) / 16;
    size_t row_bytes = inputs / kernel_block_elements(format) * kernel_block_bytes(format);
    float *values = next_floats(&noise, outputs * inputs);
    for (size_t i = 0; i < inputs; i++) values[i] = i < 32 ? 0 : i < 64 ? 0.25f : values[i] * 1e-3f;
    struct kernel_encode job = {
        .table = table, .source = (const uint8_t *)values, .target = zeros(outputs * row_bytes), .outputs = outputs,
        .inputs = inputs, .rotation = 256, .source_format = kernel_f32, .format = format};
    for (size_t part = 0; part < panels && row_bytes; part++) kernel_encode_part(&job, part);
    uint64_t digest = digest_bytes(first_digest, job.target, outputs * row_bytes);
    free(job.target);
    job.target = zeros(panels * panel_bytes);
    job.panel_bytes = panel_bytes;
    for (size_t part = 0; part < panels; part++) kernel_encode_part(&job, part);
    digest = digest_bytes(digest, job.target, panels * panel_bytes);
    digest = digest_bytes(digest, &job.failure, sizeof job.failure);
    free(job.target);
    free(values);
    return digest;
}
