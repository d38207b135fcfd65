// Where the ranking of candidates is cut.
#include "include/sampling.h"
#include <math.h>
#include <string.h>

/// So few are sorted.
enum { few_candidates = 24 };

/// Sorts by value, the highest first; equal values keep their order, which is that of their tokens.
static void sort(const struct kernel_candidates *list, size_t count) {
    for (size_t i = 1; i < count; i++) {
        float value = list->values[i], weight = list->weights[i];
        int32_t token = list->tokens[i];
        size_t place = i;
        for (; place && list->values[place - 1] < value; place--) {
            list->values[place] = list->values[place - 1];
            list->weights[place] = list->weights[place - 1];
            list->tokens[place] = list->tokens[place - 1];
        }
        list->values[place] = value;
        list->weights[place] = weight;
        list->tokens[place] = token;
    }
}

/// The candidate of a sorted list with which the weights pass from `before` to the goal.
static struct kernel_cut cut_sorted(const struct kernel_candidates *list, size_t count, double before, double goal) {
    size_t place = 0;
    for (; place + 1 < count; place++) {
        before += (double)list->weights[place];
        if (before >= goal) break;
    }
    return (struct kernel_cut){list->values[place], list->tokens[place]};
}

struct kernel_cut kernel_cut_at(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
                                double goal, const struct kernel_candidates *room) {
    struct kernel_candidates part = *list, kept = *room;
    double before = 0;
    float least, greatest;
    // The part that holds the cut is halved by value, until it is small or all its values are equal.
    while (count > few_candidates) {
        set->range(part.values, count, &least, &greatest);
        if (!(least < greatest)) break;
        float middle = least * 0.5f + greatest * 0.5f;
        if (!(middle > least && middle <= greatest)) middle = greatest;
        double mass = set->mass(part.values, part.weights, count, middle);
        if (before + mass >= goal) {
            count = set->select(&part, count, middle, INFINITY, &kept);
        } else {
            before += mass;
            count = set->select(&part, count, -INFINITY, middle, &kept);
        }
        part = kept;
    }
    if (part.values == list->values) count = set->select(&part, count, -INFINITY, INFINITY, &kept);
    if (count <= few_candidates) sort(&kept, count);
    return cut_sorted(&kept, count, before, goal);
}

/// The number above a finite one.
static float number_above(float value) {
    int32_t bits;
    // Both zeros have the same number above them.
    value += 0.0f;
    memcpy(&bits, &value, 4);
    bits += value < 0 ? -1 : 1;
    memcpy(&value, &bits, 4);
    return value;
}

size_t kernel_keep_to(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
                      struct kernel_cut cut) {
    // Behind the token of the cut, equal values are dropped.
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->tokens[middle] <= cut.token) low = middle + 1;
        else high = middle;
    }
    struct kernel_candidates to = *list, rest = {list->tokens + low, list->values + low, list->weights + low};
    size_t kept = set->select(list, low, cut.value, INFINITY, &to);
    to = (struct kernel_candidates){list->tokens + kept, list->values + kept, list->weights + kept};
    return kept + set->select(&rest, count - low, number_above(cut.value), INFINITY, &to);
}
