#include "include/kernels.h"

// Cuts jobs into parts for the fork-join pool.
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

void kernel_multiply_part(void *context, size_t part) {
    const struct kernel_multiply *job = context;
    size_t panels = (job->matrix.outputs + kernel_panel - 1) / kernel_panel;
    size_t first = part * job->panels_per_part;
    size_t end = smaller(panels, first + job->panels_per_part);
    if (job->quantised) job->table->multiply_quantised[job->matrix.format](job, first, end);
    else job->table->multiply[job->matrix.format](job, first, end);
}

void kernel_embed_part(void *context, size_t part) {
    const struct kernel_embed *job = context;
    kernel_decode_row(&job->matrix, (size_t)job->tokens[part], job->out + part * job->out_stride);
}

void kernel_products_part(void *context, size_t part) {
    const struct kernel_products *job = context;
    size_t product = 0, first = 0;
    while (part >= job->end_parts[product]) first = job->end_parts[product++];
    kernel_multiply_part((void *)&job->products[product], part - first);
}

static void quantise_row(const struct kernel_rows *job, const float *x, size_t row) {
    const struct kernel_activations *to = &job->activations;
    if (job->quantises == kernel_plain_codes) {
        job->table->quantise(x, job->columns, to->codes + row * to->code_stride, to->groups + row * to->group_stride);
    } else if (job->quantises == kernel_hadamard_codes) {
        job->table->quantise_hadamard(x, job->columns, to->hadamard_codes + row * to->hadamard_code_stride,
                                      to->hadamard_groups + row * to->hadamard_group_stride);
    }
}

void kernel_quantise_part(void *context, size_t part) {
    const struct kernel_rows *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) quantise_row(job, job->a + r * job->a_stride, r);
}

void kernel_round_part(void *context, size_t part) {
    const struct kernel_rows *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) {
        job->table->round(job->a + r * job->a_stride, job->columns,
                          job->activations.pairs + r * job->activations.pair_stride);
    }
}

int kernel_is_finite(const float *x, size_t count) {
    uint32_t overflown = 0;
    for (size_t i = 0; i < count; i++) {
        union { float value; uint32_t bits; } in = {x[i]};
        overflown |= (in.bits & 0x7fffffff) + 0x00800000;
    }
    return !(overflown & 0x80000000);
}

void kernel_poison_part(void *context, size_t part) {
    const struct kernel_poison *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) {
        int is_sound = kernel_is_finite(job->queries + r * job->queries_stride, job->query_columns)
            && kernel_is_finite(job->keys + r * job->keys_stride, job->kv_columns)
            && kernel_is_finite(job->values + r * job->values_stride, job->kv_columns);
        if (!is_sound) job->stream[r * job->stream_stride] = __builtin_nanf("");
    }
}

void kernel_rms_norm_part(void *context, size_t part) {
    const struct kernel_rows *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) {
        job->table->rms_norm(job->a + r * job->a_stride, job->b, job->epsilon, job->columns,
                             job->out + r * job->out_stride);
        quantise_row(job, job->out + r * job->out_stride, r);
    }
}

void kernel_silu_multiply_part(void *context, size_t part) {
    const struct kernel_rows *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) {
        job->table->silu_multiply(job->a + r * job->a_stride, job->b + r * job->b_stride, job->columns,
                                  job->out + r * job->out_stride);
        quantise_row(job, job->out + r * job->out_stride, r);
    }
}

void kernel_group_sums_part(void *context, size_t part) {
    const struct kernel_rows *job = context;
    size_t end = smaller(job->rows, (part + 1) * job->rows_per_part);
    for (size_t r = part * job->rows_per_part; r < end; r++) {
        job->table->group_sums(job->a + r * job->a_stride, job->columns, (size_t)job->group,
                               job->out + r * job->out_stride);
    }
}
