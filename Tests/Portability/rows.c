// Operations on rows, and rotation.
#include "check.h"
#include <math.h>

enum { columns = 583, most_groups = columns / 16 + 1 };

// Ordinary values; variant 1 has some that are tiny, huge, infinite or none.
static float *row_of(int variant, uint64_t seed) {
    static const float odd[] = {0, -0.0f, 1e-42f, -3e-39f, 1e-30f, 3e38f, -3e38f, 88, -87, 200};
    struct noise noise = {seed};
    float *row = next_floats(&noise, columns);
    for (size_t i = 0; i < columns && variant; i += 7) row[i] = odd[i / 7 % (sizeof odd / sizeof odd[0])];
    if (variant) row[40] = INFINITY, row[80] = -INFINITY, row[120] = NAN;
    return row;
}

static uint64_t digest_rounded(uint64_t digest, const struct kernel_table *table, const float *x) {
    int8_t *codes = zeros(columns + 32);
    struct kernel_activation_group *groups = zeros(sizeof *groups * most_groups);
    uint32_t *pairs = zeros(columns * 4);
    table->quantise(x, columns, codes, groups);
    table->round(x, columns, pairs);
    digest = digest_bytes(digest, codes, columns);
    for (size_t g = 0; g < (columns + 31) / 32; g++) {
        digest = digest_floats(digest, &groups[g].scale, 1);
        digest = digest_floats(digest, &groups[g].sum, 1);
        digest = digest_bytes(digest, &groups[g].negated, sizeof groups[g].negated);
        digest = digest_bytes(digest, &groups[g].negated_first, sizeof groups[g].negated_first);
    }
    for (size_t p = 0; p < columns / 2; p++) {
        float values[2] = {x[2 * p], x[2 * p + 1]};
        if (values[0] == values[0] && values[1] == values[1]) digest = digest_bytes(digest, &pairs[p], 4);
    }
    free(codes);
    free(groups);
    free(pairs);
    return digest;
}

// Groups with pieces of every size; of the odd ones some have no sound value, some have no value that counts.
static uint64_t digest_hadamard(uint64_t digest, const struct kernel_table *table, const float *x) {
    enum { values = 256 + 32, groups = 2 };
    int8_t codes[columns];
    struct kernel_hadamard_group made[groups];
    for (size_t first = 0; first + values <= columns; first += 32) {
        table->quantise_hadamard(x + first, values, codes, made);
        digest = digest_bytes(digest, codes, values);
        for (size_t g = 0; g < groups; g++) {
            digest = digest_floats(digest, &made[g].scale, 1);
            digest = digest_bytes(digest, &made[g].negated, sizeof made[g].negated);
        }
    }
    return digest;
}

uint64_t check_rows(const struct kernel_table *table, int variant) {
    float *x = row_of(variant, 11), *y = row_of(0, 12), *out = zeros(columns * 4);
    uint64_t digest = digest_rounded(first_digest, table, x);
    digest = digest_hadamard(digest, table, x);
    table->silu_multiply(x, y, columns, out);
    digest = digest_floats(digest, out, columns);
    table->rms_norm(x, y, 1e-6f, columns, out);
    digest = digest_floats(digest, out, columns);
    for (size_t group = 16; group <= 32; group += 16) {
        table->group_sums(x, columns, group, out);
        digest = digest_floats(digest, out, (columns + group - 1) / group);
    }
    int is_finite = kernel_is_finite(x, columns);
    digest = digest_bytes(digest, &is_finite, sizeof is_finite);
    free(x);
    free(y);
    free(out);
    return digest;
}

uint64_t check_rotation(const struct kernel_table *table, int variant) {
    enum { pairs = 36, positions = 300 };
    float *cosines = zeros(positions * pairs * 4), *sines = zeros(positions * pairs * 4), frequencies[pairs];
    for (int p = 0; p < pairs; p++) frequencies[p] = powf(10000, -(float)p / pairs);
    // Powers are those of the C library; products of cosines are ours.
    uint64_t digest = first_digest;
    for (int p = 0; p < pairs; p++) frequencies[p] = roundf(frequencies[p] * 65536) / 65536;
    kernel_rotary_table(frequencies, pairs, positions, 1.25f, cosines, sines);
    digest = digest_floats(digest, cosines, positions * pairs);
    digest = digest_floats(digest, sines, positions * pairs);
    float *x = row_of(0, 21);
    for (size_t position = 0; position < positions; position += 23) {
        size_t angle = position * pairs;
        table->rotate(x, cosines + angle, sines + angle, pairs, variant ? pairs : 1, variant ? 1 : 2);
    }
    digest = digest_floats(digest, x, 2 * pairs);
    free(x);
    free(cosines);
    free(sines);
    return digest;
}
