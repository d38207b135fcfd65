// Keys and values in pages, and attention over them: whole, and cut into parts that are merged.
#include "check.h"

enum { tokens = 1100, page_tokens = 16, query_heads = 6, kv_heads = 2, dimension = 56, new_rows = 3 };

// One layer of pages, holding `tokens` rows of keys and values; page p of the sequence is the one at place 7p.
struct history {
    struct kernel_cache cache;
    struct kernel_row_place *places;
    int32_t *pages;
    size_t bytes;
};

static struct history history_of(const struct kernel_table *table, int format) {
    size_t pages = (tokens + page_tokens - 1) / page_tokens;
    struct history h = {{NULL, pages, page_tokens, 1, kv_heads, dimension, format}, NULL, NULL, 0};
    h.bytes = pages * kv_heads * kernel_cache_head_bytes(page_tokens, dimension, format);
    h.cache.base = zeros(h.bytes);
    h.pages = zeros(pages * 4);
    h.places = zeros(tokens * sizeof *h.places);
    for (size_t p = 0; p < pages; p++) h.pages[p] = (int32_t)(p * 7 % pages);
    for (size_t t = 0; t < tokens; t++) {
        int32_t position = (int32_t)t % 50;
        h.places[t] = (struct kernel_row_place){
            h.pages[t / page_tokens], (int32_t)(t % page_tokens), {position, t % 3 ? position : 7, position}};
    }
    struct noise noise = {31};
    size_t width = kv_heads * dimension, pairs = dimension / 2;
    float *keys = next_floats(&noise, tokens * width), *values = next_floats(&noise, tokens * width);
    float *queries = next_floats(&noise, tokens * width), *angles = next_floats(&noise, 100 * pairs);
    struct kernel_store store = {table, h.cache, h.places, keys, values, width, width, 0, tokens, tokens};
    struct kernel_rotate_store job = {
        store, queries, keys, angles, angles + 50 * pairs, width, kv_heads, pairs, {10, 11, 7}, 1};
    kernel_rotate_store_part(&job, 0);
    free(keys);
    free(values);
    free(queries);
    free(angles);
    return h;
}

static uint64_t attend(const struct kernel_table *table, const struct history *h, int cuts) {
    struct noise noise = {41};
    size_t blocks = kernel_attend_blocks(query_heads, kv_heads);
    uint32_t parts = (tokens - 1) / kernel_part_tokens + 1, count = 0;
    size_t queries = new_rows * kernel_attend_block_heads(query_heads, kv_heads);
    size_t record = parts * kernel_attend_record(queries, dimension);
    struct kernel_attend_unit unit = {0, 0, new_rows, tokens - new_rows};
    struct kernel_attend_task tasks[64];
    struct kernel_attend_merge merges[8];
    for (uint32_t b = 0; b < blocks; b++) {
        merges[b] = (struct kernel_attend_merge){b * record, parts, parts};
        for (uint32_t p = 0; p < (cuts ? parts : 1); p++) {
            tasks[count++] = (struct kernel_attend_task){
                0, b, p, cuts ? p + 1 : parts, cuts ? b : (uint32_t)kernel_no_merge};
        }
    }
    size_t width = query_heads * dimension;
    float *q = next_floats(&noise, new_rows * width), *out = zeros(new_rows * width * 4);
    uint32_t shares[2] = {0, count};
    struct kernel_attend job = {
        .table = table, .cache = h->cache, .units = &unit, .tasks = tasks, .shares = shares, .pages = h->pages,
        .merges = merges, .records = zeros(blocks * record * 4), .q = q, .out = out, .q_stride = width,
        .out_stride = width, .heads = query_heads, .layer = 0, .scale = 0.7f};
    kernel_attend_part(&job, 0);
    uint64_t digest = digest_floats(first_digest, out, new_rows * width);
    free(job.records);
    free(q);
    free(out);
    return digest;
}

uint64_t check_attention(const struct kernel_table *table, int format) {
    struct history h = history_of(table, format);
    uint64_t digest = digest_bytes(first_digest, h.cache.base, h.bytes);
    uint64_t whole = attend(table, &h, 0), cut = attend(table, &h, 1);
    digest = digest_bytes(digest, &whole, sizeof whole);
    // The cut leaves no trace.
    if (cut != whole) digest = digest_bytes(digest, &cut, sizeof cut);
    free(h.cache.base);
    free(h.pages);
    free(h.places);
    return digest;
}
