#pragma once
// What the tasks that share a history leave for each other: per part a record of each query's largest score, sum of
// weights and weighted values.
#include "cache.h"

/// The queries of a block, [row][head], and the blocks of a KV head.
struct block {
    size_t kv_head, first_head, heads, queries;
};

static inline struct block block_of(const struct kernel_attend *job, const struct kernel_attend_task *task) {
    size_t group = job->heads / job->cache.heads, width = kernel_attend_block_heads(job->heads, job->cache.heads);
    size_t blocks = (group + width - 1) / width, first = task->block % blocks * width;
    size_t heads = group - first < width ? group - first : width;
    size_t kv_head = task->block / blocks;
    return (struct block){kv_head, kv_head * group + first, heads, job->units[task->unit].rows * heads};
}

/// [queries][padded head dimension] weighted values, then [queries] largest scores and [queries] sums.
struct record {
    float *values, *largest, *sums;
};

static inline struct record record_of(const struct kernel_attend *job, const struct kernel_attend_task *task,
                                      size_t queries, size_t part) {
    size_t floats = kernel_attend_record(queries, job->cache.head_dimension);
    float *values = job->records + job->merges[task->merge].records + part * floats;
    float *largest = values + queries * padded(job->cache.head_dimension);
    return (struct record){values, largest, largest + queries};
}

/// Counts a task's parts as done; whether they were the last, so that the caller has to merge.
static inline int is_last(const struct kernel_attend *job, const struct kernel_attend_task *task) {
    struct kernel_attend_merge *merge = &job->merges[task->merge];
    if (__atomic_sub_fetch(&merge->left, task->end_part - task->first_part, __ATOMIC_ACQ_REL)) return 0;
    __atomic_store_n(&merge->left, merge->parts, __ATOMIC_RELAXED);
    return 1;
}

/// Positions of part `part` that a query at `position` attends to.
static inline size_t part_count(size_t position, size_t part) {
    size_t first = part * kernel_part_tokens, own = position + 1 > first ? position + 1 - first : 0;
    return own < kernel_part_tokens ? own : kernel_part_tokens;
}
