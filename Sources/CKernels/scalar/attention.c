#include "attention.h"
#include "../store.h"

// The specification of attention for one row and one head. The history is cut into parts of 512 positions counted from
// 0. Each part gives its largest score, the sum of its weights and the weighted sums of values, in the way of the
// format; parts are combined in order.
// Combining parts by their largest scores and sums is online softmax (Milakov and Gimelshein, arXiv:1805.02867), as in
// FlashAttention (Dao et al., arXiv:2205.14135); the pages are those of paged attention (Kwon et al., arXiv:2309.06180).

static int is_natural(const struct query *query) { return query->job->cache.format == kernel_kv_f32; }

static float factor(const struct query *query, float difference) {
    return is_natural(query) ? scalar_exp(difference) : scalar_exp2(difference);
}

static void attend_part(const struct query *query, size_t part, size_t count, struct partial *out) {
    size_t first = part * kernel_part_tokens;
    if (query->job->cache.format == kernel_kv_bf16) scalar_part_bf16(query, first, count, out);
    else if (has_scales(query->job->cache.format)) scalar_part_int8(query, first, count, out);
    else scalar_part_f32(query, first, count, out);
}

static void combine(const struct query *query, struct partial *whole, const struct partial *part) {
    float largest = part->largest > whole->largest ? part->largest : whole->largest;
    float keep = factor(query, whole->largest - largest), add = factor(query, part->largest - largest);
    whole->largest = largest;
    whole->sum = fmaf(whole->sum, keep, part->sum * add);
    for (size_t d = 0; d < query->job->cache.head_dimension; d++) {
        whole->values[d] = fmaf(whole->values[d], keep, part->values[d] * add);
    }
}

static struct query query_of(const struct kernel_attend *job, const struct kernel_attend_task *task,
                             const struct block *block, size_t index) {
    const struct kernel_attend_unit *unit = &job->units[task->unit];
    size_t row = unit->first_row + index / block->heads, head = block->first_head + index % block->heads;
    struct query query = {job, page_layout(&job->cache), job->pages + unit->first_page, block->kv_head, .unit = 0};
    query.q = job->q + row * job->q_stride + head * job->cache.head_dimension;
    if (job->cache.format == kernel_kv_bf16) scalar_prepare_bf16(&query);
    if (has_scales(job->cache.format)) scalar_prepare_int8(&query);
    return query;
}

static void write_result(const struct kernel_attend *job, const struct kernel_attend_task *task,
                         const struct block *block, size_t index, const struct partial *whole) {
    size_t row = job->units[task->unit].first_row + index / block->heads;
    float *out = job->out + row * job->out_stride
        + (block->first_head + index % block->heads) * job->cache.head_dimension;
    float inverse = 1.0f / whole->sum;
    for (size_t d = 0; d < job->cache.head_dimension; d++) out[d] = whole->values[d] * inverse;
}

static size_t position_of(const struct kernel_attend *job, const struct kernel_attend_task *task,
                          const struct block *block, size_t index) {
    return job->units[task->unit].first_position + index / block->heads;
}

static void attend_whole(const struct kernel_attend *job, const struct kernel_attend_task *task,
                         const struct block *block, size_t index) {
    struct query query = query_of(job, task, block, index);
    struct partial whole = {0}, part;
    for (size_t p = 0; p < task->end_part; p++) {
        size_t count = part_count(position_of(job, task, block, index), p);
        if (count) attend_part(&query, p, count, p ? &part : &whole);
        if (count && p) combine(&query, &whole, &part);
    }
    write_result(job, task, block, index, &whole);
}

static void leave_records(const struct kernel_attend *job, const struct kernel_attend_task *task,
                          const struct block *block, size_t index) {
    struct query query = query_of(job, task, block, index);
    for (size_t p = task->first_part; p < task->end_part; p++) {
        size_t count = part_count(position_of(job, task, block, index), p), width = padded(job->cache.head_dimension);
        struct partial part;
        if (!count) continue;
        attend_part(&query, p, count, &part);
        struct record record = record_of(job, task, block->queries, p);
        record.largest[index] = part.largest;
        record.sums[index] = part.sum;
        memcpy(record.values + index * width, part.values, job->cache.head_dimension * 4);
    }
}

static void merge_records(const struct kernel_attend *job, const struct kernel_attend_task *task,
                          const struct block *block, size_t index) {
    struct query query = {.job = job};
    struct partial whole = {0}, part;
    for (size_t p = 0; p < job->merges[task->merge].parts; p++) {
        if (!part_count(position_of(job, task, block, index), p)) continue;
        struct record record = record_of(job, task, block->queries, p);
        struct partial *into = p ? &part : &whole;
        into->largest = record.largest[index];
        into->sum = record.sums[index];
        memcpy(into->values, record.values + index * padded(job->cache.head_dimension), job->cache.head_dimension * 4);
        if (p) combine(&query, &whole, &part);
    }
    write_result(job, task, block, index, &whole);
}

static void attend(const struct kernel_attend *job, const struct kernel_attend_task *task) {
    struct block block = block_of(job, task);
    int is_whole = task->merge == kernel_no_merge;
    for (size_t i = 0; i < block.queries; i++) {
        if (is_whole) attend_whole(job, task, &block, i);
        else leave_records(job, task, &block, i);
    }
    if (is_whole || !is_last(job, task)) return;
    for (size_t i = 0; i < block.queries; i++) merge_records(job, task, &block, i);
}

const struct kernel_attention scalar_attention = {attend, store_rows};
