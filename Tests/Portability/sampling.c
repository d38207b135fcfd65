// Rows of logits, from their survey to the cut.
#include "check.h"
#include <math.h>

enum { most = 5000, most_blocks = most / kernel_logit_block + 1 };

static struct kernel_candidates candidates(void) {
    size_t bytes = (most + kernel_candidate_slack) * 4;
    return (struct kernel_candidates){zeros(bytes), zeros(bytes), zeros(bytes)};
}

static void release(struct kernel_candidates *list) {
    free(list->tokens);
    free(list->values);
    free(list->weights);
}

static uint64_t digest_list(uint64_t digest, const struct kernel_candidates *list, size_t count) {
    digest = digest_bytes(digest, list->tokens, count * 4);
    digest = digest_floats(digest, list->values, count);
    return digest_floats(digest, list->weights, count);
}

/// Gathers what is within reach of the best, weighs it, and keeps a share of it.
static uint64_t digest_choice(uint64_t digest, const struct kernel_sampling *set, const struct kernel_logits *row,
                              const float *peaks, float reach, float factor) {
    float best = -INFINITY, least, greatest, sums[most_blocks];
    for (size_t b = 0; b * kernel_logit_block < row->count; b++) best = peaks[b] > best ? peaks[b] : best;
    if (best == -INFINITY) return digest;
    struct kernel_candidates list = candidates(), room = candidates();
    float low = best - reach > -3e38f ? best - reach : -3e38f;
    size_t count = set->gather(row, peaks, low, &list);
    set->weigh(list.values, count, best, factor, list.weights, sums);
    digest = digest_floats(digest, sums, (count + kernel_logit_block - 1) / kernel_logit_block);
    digest = digest_list(digest, &list, count);
    set->range(list.values, count, &least, &greatest);
    double mass = set->mass(list.values, list.weights, count, least * 0.5f + greatest * 0.5f);
    digest = digest_floats(digest, (float[]){least, greatest}, 2);
    digest = digest_bytes(digest, &mass, sizeof mass);
    double total = set->mass(list.values, list.weights, count, -INFINITY);
    for (int part = 9; part > 0; part -= 2) {
        struct kernel_cut cut = kernel_cut_at(set, &list, count, total * part / 10, &room);
        count = kernel_keep_to(set, &list, count, cut);
        digest = digest_list(digest_bytes(digest, &cut, sizeof cut), &list, count);
    }
    release(&list);
    release(&room);
    return digest;
}

/// Rows of several lengths: of bell shape, with many equal values, with bans, odd ones; all of them with masks too.
uint64_t check_sampling(const struct kernel_table *table, int variant) {
    static const size_t lengths[] = {1, 15, 16, 17, 255, 256, 257, 300, 1023, most};
    struct noise noise = {77};
    uint64_t digest = first_digest, allowed[most / 64 + 1];
    float *values = next_floats(&noise, most), peaks[most_blocks], sums[most_blocks];
    for (size_t i = 0; i < most; i++) {
        values[i] = 8 * (values[i] + next_float(&noise) + next_float(&noise));
        if (variant == 1) values[i] = floorf(values[i] / 4);
        if (variant == 2 && i % 3) values[i] = -INFINITY;
        if (variant == 3) values[i] *= i % 11 ? 1e-3f : i % 5 ? 1e36f : 1e-42f;
    }
    for (size_t i = 0; i < most / 64 + 1; i++) allowed[i] = next(&noise) & (i % 4 ? next(&noise) : 0);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int masks = 0; masks < 3; masks++) {
            struct kernel_logits row = {values, masks ? allowed : NULL, lengths[i], masks > 1 ? lengths[i] / 100 : most / 64};
            int is_finite = table->sampling.survey(&row, 1.25f, peaks, sums);
            size_t blocks = (lengths[i] + kernel_logit_block - 1) / kernel_logit_block;
            digest = digest_bytes(digest, &is_finite, sizeof is_finite);
            digest = digest_floats(digest_floats(digest, peaks, blocks), sums, blocks);
            digest = digest_choice(digest, &table->sampling, &row, peaks, 9, 1.25f);
            digest = digest_choice(digest, &table->sampling, &row, peaks, 3e38f, 1e-3f);
        }
    }
    free(values);
    return digest;
}
