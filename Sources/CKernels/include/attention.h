#pragma once
// Keys and values in pages, and attention over them.
//
// A format says how keys and values are kept and what a query computes with; every row depends on its own sequence
// alone: not on the rows beside it, the size of the pages, the cut of a prompt or the number of threads.
#include <stddef.h>
#include <stdint.h>

struct kernel_table;

/// How keys and values are kept, in the order of `KVFormat`.
enum kernel_kv_format { kernel_kv_f32, kernel_kv_bf16, kernel_kv_int8, kernel_kv_k8v4, kernel_kv_format_count };

/// Positions after which attention closes a part, counted from position 0.
enum { kernel_part_tokens = 512 };
/// The largest head dimension, and the most queries that are computed together.
enum { kernel_max_head = 512, kernel_max_queries = 12 };

/// KV pages of all layers. `tokens` is page_tokens and `width` head_dimension, both padded to 16. A page of one layer
/// and KV head holds K, then V:
/// f32: K [head_dimension][tokens], V [page_tokens][width].
/// bf16: pairs side by side, K [head_dimension / 2][tokens][2], V [page_tokens / 2][width][2].
/// int8: K as code + 128 [head_dimension / 4][tokens][4], V as code [page_tokens / 2][width][2], then f32 scales of K
/// [tokens] and of V [tokens].
/// k8v4: K and the scales of both as in int8. V in blocks of 32 dimensions, as codes of four bits
/// [page_tokens / 2][blocks][16][2]: dimension d of a block in the low bits, d + 16 in the high ones; then the factors of
/// blocks and what is added to their products with codes, signed bytes [page_tokens / 2][blocks][2][2].
struct kernel_cache {
    uint8_t *base;
    size_t pages, page_tokens, layers, heads, head_dimension;
    int format;
};
/// Bytes of one page of one layer and one KV head.
size_t kernel_cache_head_bytes(size_t page_tokens, size_t head_dimension, int format);
/// Copies the first `tokens` slots of a page to another page, in every layer.
void kernel_cache_copy(const struct kernel_cache *cache, size_t from, size_t to, size_t tokens);

/// Where a row's key and value go, and by which positions its pairs are turned: one for each axis, all the same where a
/// sequence has only one. Which slots a row attends to depends on neither.
enum { kernel_rotary_axes = 3 };
struct kernel_row_place {
    int32_t page, offset, rotary[kernel_rotary_axes];
};
/// Stores rows of keys and values ([heads][head_dimension]); those of consecutive positions may share a part only.
struct kernel_store {
    const struct kernel_table *table;
    struct kernel_cache cache;
    const struct kernel_row_place *places;
    const float *keys, *values;
    size_t keys_stride, values_stride, layer, rows, rows_per_part;
};

/// Rotates the pairs of every head of q and k in place by the angles of the row's positions, then stores k and v. The
/// first sections[0] pairs turn by the first axis, the next by the second, the rest by the third (M-RoPE, arXiv:2409.12191).
struct kernel_rotate_store {
    struct kernel_store store;
    float *queries, *keys;
    const float *cosines, *sines;
    size_t queries_stride, query_heads, pairs, sections[kernel_rotary_axes];
    int halves;
};
void kernel_rotate_store_part(void *rotate_store, size_t part);

/// Rows of one sequence: row first_row + i stands at first_position + i and attends to everything up to itself. Its
/// pages begin at `first_page` of the job's list.
struct kernel_attend_unit {
    uint32_t first_page, first_row, rows, first_position;
};
/// Parts first_part ..< end_part of a unit, for one block of query heads. A task that holds all parts writes rows of
/// the result; otherwise it leaves records to its merge.
struct kernel_attend_task {
    uint32_t unit, block, first_part, end_part, merge;
};
enum { kernel_no_merge = UINT32_MAX };
/// The tasks of one unit and block that share its parts: the last to end merges the records. `left` counts the parts
/// that are not done; it stands at `parts` before and after the job.
struct kernel_attend_merge {
    size_t records;
    uint32_t parts, left;
};
struct kernel_attend {
    const struct kernel_table *table;
    struct kernel_cache cache;
    const struct kernel_attend_unit *units;
    const struct kernel_attend_task *tasks;
    /// Part p of the job = tasks shares[p] ..< shares[p + 1].
    const uint32_t *shares;
    const int32_t *pages;
    struct kernel_attend_merge *merges;
    float *records;
    const float *q;
    float *out;
    size_t q_stride, out_stride, heads, layer;
    float scale;
};
void kernel_attend_part(void *attend, size_t part);
/// Query heads that one task takes together, the number of such blocks, and the rows that fit beside them.
size_t kernel_attend_block_heads(size_t heads, size_t kv_heads);
size_t kernel_attend_blocks(size_t heads, size_t kv_heads);
size_t kernel_attend_rows(size_t heads, size_t kv_heads);
/// Floats of the record of one part with so many queries.
size_t kernel_attend_record(size_t queries, size_t head_dimension);

/// The functions of one instruction set.
struct kernel_attention {
    void (*attend)(const struct kernel_attend *job, const struct kernel_attend_task *task);
    void (*store)(const struct kernel_store *job, size_t first_row, size_t end_row);
};
