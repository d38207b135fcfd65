#pragma once
// A task of attention: its parts one after the other, combined in order.
#include "scores.h"
#include "soften.h"
#include "values.h"

struct running {
    float largest, sum;
};

INLINE f32x16 v_factor(f32x16 difference, const int format) {
    return format == kernel_kv_f32 ? v_exp(difference) : v_exp2(difference);
}

/// Adds a part of a query to what came before it.
INLINE void combine(float *whole, struct running *before, const float *part, struct running own, size_t width,
                    const int format) {
    float largest = own.largest > before->largest ? own.largest : before->largest;
    float differences[16] = {before->largest - largest, own.largest - largest}, factors[16];
    v_store(factors, v_factor(v_load(differences), format));
    before->largest = largest;
    before->sum = __builtin_fmaf(before->sum, factors[0], own.sum * factors[1]);
    for (size_t d = 0; d < width; d += 16) {
        f32x16 added = v_mul(v_load(part + d), v_broadcast(factors[1]));
        v_store(whole + d, v_fma(v_load(whole + d), v_broadcast(factors[0]), added));
    }
}

/// Part `part` of every query: its largest score, the sum of its weights, its weighted values into a->values.
INLINE void attend_part(struct attention *a, size_t part, const int format) {
    a->first = part * kernel_part_tokens;
    a->longest = 0;
    for (size_t i = 0; i < a->queries; i++) {
        a->counts[i] = part_count(a->positions[i], part);
        a->longest = a->counts[i] > a->longest ? a->counts[i] : a->longest;
    }
    score_part(a, format);
    soften(a, format);
    add_values(a, format);
}

// One function for each format, so that every tile is compiled once.
static __attribute__((noinline)) void part_f32(struct attention *a, size_t part) {
    attend_part(a, part, kernel_kv_f32);
}

static __attribute__((noinline)) void part_bf16(struct attention *a, size_t part) {
    attend_part(a, part, kernel_kv_bf16);
}

static __attribute__((noinline)) void part_int8(struct attention *a, size_t part) {
    attend_part(a, part, kernel_kv_int8);
}

static __attribute__((noinline)) void part_k8v4(struct attention *a, size_t part) {
    attend_part(a, part, kernel_kv_k8v4);
}

INLINE void part_of(struct attention *a, size_t part, const int format) {
    if (format == kernel_kv_f32) part_f32(a, part);
    else if (format == kernel_kv_bf16) part_bf16(a, part);
    else if (format == kernel_kv_int8) part_int8(a, part);
    else part_k8v4(a, part);
}

/// Fetches a query and the place of its result, which lie where another thread or product left them.
INLINE void fetch_rows(const float *q, float *out, size_t dimension) {
    for (size_t d = 0; d < dimension; d += 16) {
        __builtin_prefetch(q + d);
        __builtin_prefetch(out + d, 1);
    }
}

INLINE void prepare(struct attention *a, const struct kernel_attend *job, const struct kernel_attend_unit *unit,
                    const struct block *block, const int format) {
    const struct kernel_cache *cache = &job->cache;
    a->job = job;
    a->layout = page_layout(cache);
    a->pages = job->pages + unit->first_page;
    a->base = cache_head(cache, job->layer, 0, block->kv_head);
    a->page_bytes = (size_t)(cache_head(cache, 0, 1, 0) - cache_head(cache, 0, 0, 0));
    a->page_shift = (size_t)__builtin_ctzll(cache->page_tokens);
    a->ahead = tokens_ahead(format);
    a->end = unit->first_position + unit->rows;
    a->queries = block->queries;
    a->dimension = cache->head_dimension;
    for (size_t row = 0, i = 0; row < unit->rows; row++) {
        for (size_t head = block->first_head; head < block->first_head + block->heads; head++, i++) {
            a->positions[i] = unit->first_position + row;
            a->q[i] = job->q + (unit->first_row + row) * job->q_stride + head * a->dimension;
            a->out[i] = job->out + (unit->first_row + row) * job->out_stride + head * a->dimension;
            fetch_rows(a->q[i], a->out[i], a->dimension);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        if (format == kernel_kv_bf16) prepare_bf16(a, i);
        if (has_scales(format)) prepare_int8(a, i);
    }
}

INLINE void write_result(const struct attention *a, size_t query, const float *whole, float sum) {
    float *out = a->out[query];
    f32x16 inverse = v_broadcast(1.0f / sum);
    for (size_t d = 0; d < a->dimension; d += 16) {
        v_store_some(out + d, v_mul(v_load(whole + d), inverse), a->dimension - d);
    }
}

INLINE void attend_whole(struct attention *a, const struct kernel_attend_task *task, const int format) {
    struct running running[kernel_max_queries];
    size_t width = padded(a->dimension);
    for (size_t p = 0; p < task->end_part; p++) {
        a->values = p ? a->part : a->whole;
        part_of(a, p, format);
        for (size_t i = 0; i < a->queries; i++) {
            struct running own = {a->largest[i], a->sums[i]};
            float *whole = a->whole + i * width;
            if (!p) running[i] = own;
            else if (a->counts[i]) combine(whole, &running[i], a->part + i * width, own, width, format);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        write_result(a, i, a->whole + i * width, running[i].sum);
    }
}

INLINE void leave_records(struct attention *a, const struct kernel_attend_task *task, const int format) {
    for (size_t p = task->first_part; p < task->end_part; p++) {
        struct record record = record_of(a->job, task, a->queries, p);
        a->values = record.values;
        part_of(a, p, format);
        memcpy(record.largest, a->largest, a->queries * 4);
        memcpy(record.sums, a->sums, a->queries * 4);
    }
}

INLINE void merge_records(const struct attention *a, const struct kernel_attend_task *task, const int format) {
    size_t width = padded(a->dimension);
    for (size_t i = 0; i < a->queries; i++) {
        struct record whole = record_of(a->job, task, a->queries, 0);
        struct running running = {whole.largest[i], whole.sums[i]};
        for (size_t p = 1; p < a->job->merges[task->merge].parts; p++) {
            if (!part_count(a->positions[i], p)) continue;
            struct record record = record_of(a->job, task, a->queries, p);
            struct running own = {record.largest[i], record.sums[i]};
            combine(whole.values + i * width, &running, record.values + i * width, own, width, format);
        }
        write_result(a, i, whole.values + i * width, running.sum);
    }
}

INLINE void attend_format(const struct kernel_attend *job, const struct kernel_attend_task *task, const int format) {
    struct attention a;
    struct block block = block_of(job, task);
    prepare(&a, job, &job->units[task->unit], &block, format);
    if (task->merge == kernel_no_merge) {
        attend_whole(&a, task, format);
    } else {
        leave_records(&a, task, format);
        if (is_last(job, task)) merge_records(&a, task, format);
    }
}

static __attribute__((noinline)) void attend_f32(const struct kernel_attend *job,
                                                 const struct kernel_attend_task *task) {
    attend_format(job, task, kernel_kv_f32);
}

static __attribute__((noinline)) void attend_bf16(const struct kernel_attend *job,
                                                  const struct kernel_attend_task *task) {
    attend_format(job, task, kernel_kv_bf16);
}

static __attribute__((noinline)) void attend_int8(const struct kernel_attend *job,
                                                  const struct kernel_attend_task *task) {
    attend_format(job, task, kernel_kv_int8);
}

static __attribute__((noinline)) void attend_k8v4(const struct kernel_attend *job,
                                                  const struct kernel_attend_task *task) {
    attend_format(job, task, kernel_kv_k8v4);
}

static void wide_attend(const struct kernel_attend *job, const struct kernel_attend_task *task) {
    if (job->cache.format == kernel_kv_bf16) attend_bf16(job, task);
    else if (job->cache.format == kernel_kv_int8) attend_int8(job, task);
    else if (job->cache.format == kernel_kv_k8v4) attend_k8v4(job, task);
    else attend_f32(job, task);
}
