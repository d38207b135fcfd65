#pragma once
// Weighted least squares over several candidate scales, for every lane by itself. The idea is that of make_qx_quants
// and make_qkx2_quants in ggml-quants.c of ggml; the weights and the order of the search are ours.
#include "lanes.h"

/// Values that share a scale.
struct group {
    const float (*x)[unit_lanes];
    size_t count;
    lanes sum_w, sum_x, sum_xx, offset;
};

LANES lanes value_of(const struct group *group, size_t i) { return load_lanes(group->x[i]); }

/// Large values count more, since they do more; the offset keeps small ones from being forgotten.
LANES lanes weight_of(const struct group *group, lanes x) { return size(x) + group->offset; }

LANES struct group group_of(const float (*x)[unit_lanes], size_t count) {
    struct group group = {x, count, all(0), all(0), all(0), all(0)};
    for (size_t i = 0; i < count; i++) group.sum_xx += value_of(&group, i) * value_of(&group, i);
    for (int i = 0; i < unit_lanes; i++) group.offset[i] = __builtin_sqrtf(group.sum_xx[i] / (float)count);
    group.sum_xx = all(0);
    for (size_t i = 0; i < count; i++) {
        lanes v = value_of(&group, i), w = weight_of(&group, v);
        group.sum_w += w;
        group.sum_x += w * v;
        group.sum_xx += w * v * v;
    }
    return group;
}

/// A scale and a minimum, and by how much they lower the squared error below that of zeros.
struct fit {
    lanes d, m, gain;
};

LANES void keep_better(struct fit *best, struct fit other) {
    lanes_i better = other.gain > best->gain;
    best->d = pick(better, other.d, best->d);
    best->m = pick(better, other.m, best->m);
    best->gain = pick(better, other.gain, best->gain);
}

/// The best scale for the codes that `inverse` gives; codes run from -half to half - 1.
LANES struct fit fit_scale(const struct group *group, lanes inverse, float half) {
    lanes xq = all(0), qq = all(0);
    for (size_t i = 0; i < group->count; i++) {
        lanes x = value_of(group, i), w = weight_of(group, x);
        lanes q = rounded(between(x * inverse, -half, half - 1));
        xq += w * x * q;
        qq += w * q * q;
    }
    lanes d = ratio(xq, qq);
    return (struct fit){d, all(0), d * xq};
}

/// The best scale of codes from -half to half - 1 for a group; the largest value may be at either end.
LANES lanes search_scale(const struct group *group, float half, int steps) {
    lanes extreme = all(0);
    for (size_t i = 0; i < group->count; i++) {
        lanes x = value_of(group, i);
        extreme = pick(size(x) > size(extreme), x, extreme);
    }
    lanes_i is_zero = size(extreme) < 1e-12f;
    lanes inverse = 1.0f / pick(is_zero, all(1), extreme);
    struct fit best = {all(0), all(0), all(-1)};
    for (int step = -steps; step <= steps; step++) {
        float shift = (float)step / (float)steps;
        keep_better(&best, fit_scale(group, inverse * -(half + shift), half));
        keep_better(&best, fit_scale(group, inverse * (half - 1 + shift), half));
    }
    for (int round = 0; round < 2; round++) keep_better(&best, fit_scale(group, ratio(all(1), best.d), half));
    return pick(is_zero, all(0), best.d);
}

/// The best scale and minimum for the codes 0 to top that (x - low) * inverse gives; with `below_zero` a minimum
/// above zero becomes zero.
LANES struct fit fit_range(const struct group *group, lanes low, lanes inverse, float top, int below_zero) {
    lanes q1 = all(0), qq = all(0), xq = all(0);
    for (size_t i = 0; i < group->count; i++) {
        lanes x = value_of(group, i), w = weight_of(group, x);
        lanes q = rounded(between((x - low) * inverse, 0, top));
        q1 += w * q;
        qq += w * q * q;
        xq += w * x * q;
    }
    lanes determinant = group->sum_w * qq - q1 * q1;
    lanes d = ratio(group->sum_w * xq - group->sum_x * q1, determinant);
    lanes m = ratio(qq * group->sum_x - q1 * xq, determinant);
    lanes_i alone = (determinant <= 0) | (below_zero ? m > 0 : (lanes_i){});
    d = larger(pick(alone, ratio(xq, qq), d), all(0));
    m = pick(alone, all(0), m);
    return (struct fit){d, m, d * xq + m * group->sum_x};
}

/// The best scale and minimum of a group; with `below_zero` the minimum is at most zero.
LANES struct fit search_range(const struct group *group, float top, int steps, int below_zero) {
    lanes low = value_of(group, 0), high = low;
    for (size_t i = 1; i < group->count; i++) {
        low = smaller(low, value_of(group, i));
        high = larger(high, value_of(group, i));
    }
    if (below_zero) low = smaller(low, all(0));
    lanes_i is_flat = high - low < 1e-12f;
    lanes inverse = 1.0f / pick(is_flat, all(1), high - low);
    struct fit best = {all(0), low, all(-1)};
    for (int step = -steps; step <= steps; step++) {
        float shift = (float)step / (float)steps;
        keep_better(&best, fit_range(group, low, inverse * (top + shift), top, below_zero));
    }
    for (int round = 0; round < 2; round++) {
        keep_better(&best, fit_range(group, best.m, ratio(all(1), best.d), top, below_zero));
    }
    best.d = pick(is_flat, all(0), best.d);
    best.m = pick(is_flat, low, best.m);
    return best;
}
