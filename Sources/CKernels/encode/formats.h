#pragma once
// From values to the codes of each format: small blocks first, then those of 256.
#include "hadamard.h"

/// Codes of a block for a scale that is stored: x / d, from -half to half - 1, stored from zero up.
LANES void code_scaled(const float (*x)[unit_lanes], size_t count, lanes d, float half, uint8_t (*codes)[unit_lanes]) {
    lanes inverse = ratio(all(1), d);
    for (size_t i = 0; i < count; i++) {
        store_codes(rounded(between(load_lanes(x[i]) * inverse, -half, half - 1)) + half, codes[i]);
    }
}

/// Codes of a block for a scale and a minimum that are stored.
LANES void code_ranged(const float (*x)[unit_lanes], size_t count, lanes d, lanes m, float top,
                       uint8_t (*codes)[unit_lanes]) {
    lanes inverse = ratio(all(1), d);
    for (size_t i = 0; i < count; i++) {
        store_codes(rounded(between((load_lanes(x[i]) - m) * inverse, 0, top)), codes[i]);
    }
}

// The searches of ENCODED_FORMATS. Eight bits: the plain rule, with the scale as it is stored.
static void encode_nearest(struct kernel_unit *unit, size_t inputs, float top, int steps) {
    (void)steps;
    for (size_t b = 0; b < inputs / 32; b++) {
        const float (*x)[unit_lanes] = &unit->x[b * 32];
        lanes largest = all(0);
        for (size_t i = 0; i < 32; i++) largest = larger(largest, size(load_lanes(x[i])));
        lanes inverse = ratio(all(1), store_halves(largest / top, unit->d[b]));
        for (size_t i = 0; i < 32; i++) {
            store_codes(rounded(between(load_lanes(x[i]) * inverse, -top, top)) + (top + 1), unit->codes[b * 32 + i]);
        }
    }
}

static void encode_scaled(struct kernel_unit *unit, size_t inputs, float half, int steps) {
    for (size_t b = 0; b < inputs / 32; b++) {
        const float (*x)[unit_lanes] = &unit->x[b * 32];
        struct group group = group_of(x, 32);
        lanes d = store_halves(search_scale(&group, half, steps), unit->d[b]);
        code_scaled(x, 32, d, half, &unit->codes[b * 32]);
    }
}

static void encode_ranged(struct kernel_unit *unit, size_t inputs, float top, int steps) {
    for (size_t b = 0; b < inputs / 32; b++) {
        const float (*x)[unit_lanes] = &unit->x[b * 32];
        struct group group = group_of(x, 32);
        struct fit best = search_range(&group, top, steps, 0);
        lanes d = store_halves(best.d, unit->d[b]), m = store_halves(best.m, unit->m[b]);
        code_ranged(x, 32, d, m, top, &unit->codes[b * 32]);
    }
}

/// What the groups of a super block are made of while they are searched.
struct super {
    struct group groups[16];
    lanes scales[16], minimums[16];
    lanes d, m;
};

/// Weighted squared error of a group with this scale and minimum.
LANES lanes error_of(const struct group *group, lanes d, lanes m, float lowest, float top) {
    lanes inverse = ratio(all(1), d), error = all(0);
    for (size_t i = 0; i < group->count; i++) {
        lanes x = value_of(group, i);
        lanes off = x - (d * rounded(between((x - m) * inverse, lowest, top)) + m);
        error += weight_of(group, x) * off * off;
    }
    return error;
}

/// The best whole scale next to `scale`, and its minimum next to `minimum`, with the super scales as they are stored.
LANES void settle(struct super *super, size_t g, float lowest, float top, float scale_limits[2], int minimums) {
    lanes first = super->scales[g], floor = super->minimums[g], best = all(INFINITY);
    for (int ds = -1; ds <= 1; ds++) {
        for (int dm = minimums ? -1 : 0; dm <= (minimums ? 1 : 0); dm++) {
            lanes scale = between(first + (float)ds, scale_limits[0], scale_limits[1]);
            lanes minimum = minimums ? between(floor + (float)dm, 0, 63) : all(0);
            lanes error = error_of(&super->groups[g], super->d * scale, -(super->m * minimum), lowest, top);
            lanes_i better = error < best;
            best = pick(better, error, best);
            super->scales[g] = pick(better, scale, super->scales[g]);
            super->minimums[g] = pick(better, minimum, super->minimums[g]);
        }
    }
}

/// Super scales that fit all groups best with codes and small scales as they are.
LANES void refit(struct super *super, size_t groups, float lowest, float top, int minimums) {
    lanes aa = all(0), bb = all(0), ab = all(0), xa = all(0), xb = all(0);
    for (size_t g = 0; g < groups; g++) {
        lanes d = super->d * super->scales[g], m = -(super->m * super->minimums[g]), inverse = ratio(all(1), d);
        for (size_t i = 0; i < super->groups[g].count; i++) {
            lanes x = value_of(&super->groups[g], i), w = weight_of(&super->groups[g], x);
            lanes a = rounded(between((x - m) * inverse, lowest, top)) * super->scales[g];
            lanes b = -super->minimums[g];
            aa += w * a * a;
            xa += w * x * a;
            if (!minimums) continue;
            bb += w * b * b;
            ab += w * a * b;
            xb += w * x * b;
        }
    }
    lanes determinant = aa * bb - ab * ab;
    lanes d = ratio(xa * bb - xb * ab, determinant), m = ratio(aa * xb - ab * xa, determinant);
    lanes_i alone = determinant <= aa * bb * 1e-6f;
    lanes_i fits = ~alone & (d > 0) & (m >= 0);
    lanes_i empty = (bb == 0) & (aa > 0);
    super->d = pick(fits, d, pick(empty, ratio(xa, aa), super->d));
    super->m = pick(fits, m, super->m);
}

static void encode_super_ranged(struct kernel_unit *unit, size_t inputs, float top, int steps) {
    (void)inputs;
    struct super super;
    lanes largest = all(0), deepest = all(0);
    for (size_t g = 0; g < 8; g++) {
        super.groups[g] = group_of(&unit->x[g * 32], 32);
        struct fit best = search_range(&super.groups[g], top, steps, 1);
        super.scales[g] = best.d;
        super.minimums[g] = -best.m;
        largest = larger(largest, best.d);
        deepest = larger(deepest, -best.m);
    }
    super.d = store_halves(largest / 63.0f, unit->d[0]);
    super.m = store_halves(deepest / 63.0f, unit->m[0]);
    float limits[2] = {0, 63};
    lanes per_scale = ratio(all(1), super.d), per_minimum = ratio(all(1), super.m);
    for (size_t g = 0; g < 8; g++) {
        super.scales[g] = rounded(between(super.scales[g] * per_scale, 0, 63));
        super.minimums[g] = rounded(between(super.minimums[g] * per_minimum, 0, 63));
        settle(&super, g, 0, top, limits, 1);
    }
    refit(&super, 8, 0, top, 1);
    super.d = store_halves(super.d, unit->d[0]);
    super.m = store_halves(super.m, unit->m[0]);
    for (size_t g = 0; g < 8; g++) {
        store_codes(super.scales[g], unit->scales[g]);
        store_codes(super.minimums[g], unit->minimums[g]);
        code_ranged(&unit->x[g * 32], 32, super.d * super.scales[g], -(super.m * super.minimums[g]), top,
                    &unit->codes[g * 32]);
    }
}

static void encode_super_scaled(struct kernel_unit *unit, size_t inputs, float half, int steps) {
    (void)inputs;
    struct super super;
    lanes extreme = all(0);
    for (size_t g = 0; g < 16; g++) {
        super.groups[g] = group_of(&unit->x[g * 16], 16);
        super.scales[g] = search_scale(&super.groups[g], half, steps);
        super.minimums[g] = all(0);
        extreme = pick(size(super.scales[g]) > size(extreme), super.scales[g], extreme);
    }
    super.d = store_halves(extreme / -128.0f, unit->d[0]);
    super.m = all(0);
    float limits[2] = {-128, 127};
    lanes per_scale = ratio(all(1), super.d);
    for (size_t g = 0; g < 16; g++) {
        super.scales[g] = rounded(between(super.scales[g] * per_scale, -128, 127));
        settle(&super, g, -half, half - 1, limits, 0);
    }
    refit(&super, 16, -half, half - 1, 0);
    super.d = store_halves(super.d, unit->d[0]);
    for (size_t g = 0; g < 16; g++) {
        typedef int8_t small __attribute__((vector_size(16)));
        *(small *)unit->scales[g] =
            __builtin_convertvector(__builtin_convertvector(super.scales[g], lanes_i), small);
        code_scaled(&unit->x[g * 16], 16, super.d * super.scales[g], half, &unit->codes[g * 16]);
    }
}

static void encode_values(int format, size_t inputs, struct kernel_unit *unit) {
    switch (format) {
#define ENCODE(name, codes, at, search, top, steps) \
    case kernel_##name: encode_##search(unit, inputs, top, steps); break;
        ENCODED_FORMATS(ENCODE)
#undef ENCODE
#define ENCODE(name, ...) \
    case kernel_##name: encode_hadamard(unit, inputs); break;
        HADAMARD_FORMATS(ENCODE)
#undef ENCODE
    default: break;
    }
}
