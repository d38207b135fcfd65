// Rows of logits, from their survey to the cut.
#include "check.h"
#include <math.h>

enum { most = 5000 };

static struct kernel_candidates candidates(void) {
    size_t bytes = (most + kernel_candidate_slack) * 4;
    return (struct kernel_candidates){zeros(bytes), zeros(bytes), zeros(bytes)};
}

static void release(struct kernel_candidates *list) {
    free(list->tokens);
    free(list->values);
    free(list->weights);
}

static uint64_t digest_list(uint64_t digest, const struct kernel_selection *s) {
    digest = digest_bytes(digest, s->list.tokens, s->count * 4);
    digest = digest_floats(digest, s->list.values, s->count);
    return digest_floats(digest, s->list.weights, s->count);
}

/// Gathers what is within reach of the best, weighs it, keeps less and less of it and draws.
static uint64_t digest_choice(uint64_t digest, struct kernel_selection *s, const struct kernel_logits *row, float reach) {
    if (s->best == -INFINITY) return digest;
    float ranking = kernel_peak_ranking(s, 3);
    kernel_gather(s, row, s->best - reach > -3e38f ? s->best - reach : -3e38f);
    double total = kernel_weigh(s);
    digest = digest_list(digest_floats(digest, &ranking, 1), s);
    digest = digest_bytes(digest, &total, sizeof total);
    for (int part = 9; part > 0; part -= 2) {
        kernel_keep(s, total * part / 10);
        int32_t token = kernel_draw_candidate(s, part / 9.5);
        digest = digest_list(digest_bytes(digest, &token, 4), s);
    }
    return digest;
}

static uint64_t digest_row(uint64_t digest, struct kernel_selection *s, const struct kernel_logits *row) {
    int is_finite = kernel_survey(s, row, 1.25f, 1);
    int32_t best = kernel_best_token(s, row);
    digest = digest_bytes(digest_bytes(digest, &is_finite, sizeof is_finite), &best, sizeof best);
    digest = digest_floats(digest_floats(digest, s->peaks, s->blocks), s->sums, s->blocks);
    for (int part = 0; part < 8 && s->best > -INFINITY; part++) {
        int32_t token = kernel_draw(s, row, part / 8.0);
        digest = digest_bytes(digest, &token, 4);
    }
    digest = digest_choice(digest, s, row, 9);
    kernel_survey(s, row, 1e-3f, 0);
    return digest_choice(digest, s, row, 3e38f);
}

/// Rows of several lengths: of bell shape, with many equal values, with values far apart, with some that are not finite;
/// all of them with masks too.
uint64_t check_sampling(const struct kernel_table *table, int variant) {
    static const size_t lengths[] = {1, 15, 16, 17, 255, 256, 257, 300, 1023, most};
    struct noise noise = {77};
    uint64_t digest = first_digest, allowed[most / 64 + 1];
    float *values = next_floats(&noise, most);
    for (size_t i = 0; i < most; i++) {
        values[i] = 8 * (values[i] + next_float(&noise) + next_float(&noise));
        if (variant == 1) values[i] = floorf(values[i] / 4);
        if (variant == 2) values[i] *= i % 11 ? 1e-3f : i % 5 ? 1e36f : 1e-42f;
        if (variant == 3 && i == 270) values[i] = NAN;
    }
    for (size_t i = 0; i < most / 64 + 1; i++) allowed[i] = next(&noise) & (i % 4 ? next(&noise) : 0);
    struct kernel_selection s = {.table = table, .list = candidates(), .room = candidates(), .peaks = zeros(most * 4),
                                 .sums = zeros(most * 4)};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        digest = digest_row(digest, &s, &(struct kernel_logits){values, NULL, lengths[i], 0});
        digest = digest_row(digest, &s, &(struct kernel_logits){values, allowed, lengths[i], most / 64});
        digest = digest_row(digest, &s, &(struct kernel_logits){values, allowed, lengths[i], lengths[i] / 100});
    }
    release(&s.list);
    release(&s.room);
    free(s.peaks);
    free(s.sums);
    free(values);
    return digest;
}
