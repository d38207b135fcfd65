#include "include/attention.h"
#include "include/kernels.h"

// Cuts attention and what comes before it into parts for the fork-join pool.
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Turns `pairs` pairs of every head, from the pair `first` on, by the angles of one position.
static void rotate_pairs(const struct kernel_rotate_store *job, float *x, size_t heads, int32_t position,
                         size_t first, size_t pairs) {
    size_t angle = (size_t)position * job->pairs + first;
    size_t distance = job->halves ? job->pairs : 1, step = job->halves ? 1 : 2;
    for (size_t h = 0; h < heads; h++, x += job->store.cache.head_dimension) {
        job->store.table->rotate(x + first * step, job->cosines + angle, job->sines + angle, pairs, distance, step);
    }
}

static void rotate_row(const struct kernel_rotate_store *job, float *x, size_t heads, const int32_t *rotary) {
    if (rotary[0] == rotary[1] && rotary[1] == rotary[2]) return rotate_pairs(job, x, heads, rotary[0], 0, job->pairs);
    for (size_t axis = 0, first = 0; axis < kernel_rotary_axes; first += job->sections[axis++]) {
        rotate_pairs(job, x, heads, rotary[axis], first, job->sections[axis]);
    }
}

void kernel_rotate_store_part(void *context, size_t part) {
    const struct kernel_rotate_store *job = context;
    const struct kernel_store *store = &job->store;
    size_t end = smaller(store->rows, (part + 1) * store->rows_per_part);
    for (size_t r = part * store->rows_per_part; r < end; r++) {
        rotate_row(job, job->queries + r * job->queries_stride, job->query_heads, store->places[r].rotary);
        rotate_row(job, job->keys + r * store->keys_stride, store->cache.heads, store->places[r].rotary);
    }
    store->table->attention->store(store, part * store->rows_per_part, end);
}

// Blocks of query heads of one KV head.
static size_t blocks_per_kv_head(size_t heads, size_t kv_heads) {
    return (heads / kv_heads + kernel_max_queries - 1) / kernel_max_queries;
}

size_t kernel_attend_block_heads(size_t heads, size_t kv_heads) {
    size_t blocks = blocks_per_kv_head(heads, kv_heads);
    return (heads / kv_heads + blocks - 1) / blocks;
}

size_t kernel_attend_blocks(size_t heads, size_t kv_heads) { return kv_heads * blocks_per_kv_head(heads, kv_heads); }

size_t kernel_attend_rows(size_t heads, size_t kv_heads) {
    return kernel_max_queries / kernel_attend_block_heads(heads, kv_heads);
}

size_t kernel_attend_record(size_t queries, size_t head_dimension) {
    size_t floats = queries * ((head_dimension + 15) / 16 * 16 + 2);
    return (floats + 15) / 16 * 16;
}

void kernel_attend_part(void *context, size_t part) {
    const struct kernel_attend *job = context;
    for (uint32_t t = job->shares[part]; t < job->shares[part + 1]; t++) {
        job->table->attention->attend(job, &job->tasks[t]);
    }
}
