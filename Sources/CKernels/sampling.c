// From a row of logits to a token, by the functions of a set.
#include "include/kernels.h"
#include <math.h>
#include <string.h>

static size_t blocks_of(size_t count) { return (count + kernel_logit_block - 1) / kernel_logit_block; }

static size_t block_length(size_t first, size_t count) {
    return count - first < kernel_logit_block ? count - first : kernel_logit_block;
}

/// Words of a list of candidates, of which there are six, and of a list of blocks, of which there are two; in lines.
static size_t list_words(size_t count) { return (count + kernel_candidate_slack + 15) / 16 * 16; }
static size_t block_words(size_t count) { return (blocks_of(count) + 15) / 16 * 16; }

size_t kernel_selection_bytes(size_t count) { return (6 * list_words(count) + 2 * block_words(count)) * 4; }

struct kernel_selection kernel_selection_in(void *memory, size_t count, const struct kernel_table *table) {
    size_t words = list_words(count);
    float *values = (float *)memory + 2 * words, *peaks = values + 4 * words;
    return (struct kernel_selection){
        .table = table, .list = {memory, values, values + words}, .peaks = peaks, .sums = peaks + block_words(count),
        .room = {(int32_t *)memory + words, values + 2 * words, values + 3 * words}, .best = -INFINITY, .factor = 1};
}

int kernel_survey(struct kernel_selection *s, const struct kernel_logits *row, float factor, int weighs) {
    const struct kernel_sampling *set = &s->table->sampling;
    s->blocks = blocks_of(row->count);
    s->count = 0;
    s->factor = factor;
    s->best = -INFINITY;
    s->weight = 0;
    int is_finite = set->survey(row, factor, s->peaks, weighs ? s->sums : NULL);
    for (size_t b = 0; b < s->blocks; b++) s->best = s->peaks[b] > s->best ? s->peaks[b] : s->best;
    if (!weighs || s->best == -INFINITY) return is_finite;
    // Sums below the largest of a block become sums below the largest of all.
    set->weigh(s->peaks, s->blocks, s->best, factor, s->list.weights, s->room.weights);
    for (size_t b = 0; b < s->blocks; b++) s->weight += (double)(s->sums[b] *= s->list.weights[b]);
    return is_finite;
}

int32_t kernel_best_token(const struct kernel_selection *s, const struct kernel_logits *row) {
    if (s->best == -INFINITY) return -1;
    size_t block = 0;
    while (s->peaks[block] < s->best) block++;
    for (size_t i = block * kernel_logit_block; i < row->count; i++) {
        if (row->values[i] >= s->best && kernel_is_in_play(row, i)) return (int32_t)i;
    }
    return -1;
}

void kernel_gather(struct kernel_selection *s, const struct kernel_logits *row, float low) {
    s->count = s->table->sampling.gather(row, s->peaks, low, &s->list);
}

double kernel_weigh(struct kernel_selection *s) {
    double weight = 0;
    s->table->sampling.weigh(s->list.values, s->count, s->best, s->factor, s->list.weights, s->room.weights);
    for (size_t b = 0; b < blocks_of(s->count); b++) weight += (double)s->room.weights[b];
    return weight;
}

void kernel_weigh_equally(struct kernel_selection *s) {
    for (size_t i = 0; i < s->count; i++) s->list.weights[i] = 1;
}

/// The last of a ranking that is kept.
struct cut {
    float value;
    int32_t token;
};

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
static struct cut cut_sorted(const struct kernel_candidates *list, size_t count, double before, double goal) {
    size_t place = 0;
    for (; place + 1 < count; place++) {
        before += (double)list->weights[place];
        if (before >= goal) break;
    }
    return (struct cut){list->values[place], list->tokens[place]};
}

/// The candidate with which the weights reach the goal, the last one if they never do.
static struct cut cut_at(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
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

/// Keeps the candidates that rank at the cut or before it; gives how many there are.
static size_t keep_to(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
                      struct cut cut) {
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

void kernel_keep(struct kernel_selection *s, double goal) {
    const struct kernel_sampling *set = &s->table->sampling;
    if (s->count) s->count = keep_to(set, &s->list, s->count, cut_at(set, &s->list, s->count, goal, &s->room));
}

float kernel_peak_ranking(struct kernel_selection *s, size_t rank) {
    struct kernel_candidates *list = &s->list;
    for (size_t b = 0; b < s->blocks; b++) {
        list->tokens[b] = (int32_t)b;
        list->values[b] = s->peaks[b];
        list->weights[b] = 1;
    }
    return cut_at(&s->table->sampling, list, s->blocks, (double)rank, &s->room).value;
}

/// The place in a block at which the running weight passes the goal; the last one with a weight if rounding keeps it below;
/// -1 without weights.
static ptrdiff_t place_of(const float *weights, size_t count, double running, double goal) {
    ptrdiff_t last = -1;
    for (size_t i = 0; i < count; i++) {
        if (!(weights[i] > 0)) continue;
        running += (double)weights[i];
        last = (ptrdiff_t)i;
        if (running > goal) break;
    }
    return last;
}

int32_t kernel_draw_candidate(const struct kernel_selection *s, double uniform) {
    const struct kernel_sampling *set = &s->table->sampling;
    double goal = uniform * set->mass(s->list.values, s->list.weights, s->count, -INFINITY);
    double running = 0, before = 0;
    size_t block = 0;
    for (size_t first = 0; first < s->count; first += kernel_logit_block) {
        double mass = set->mass(s->list.values + first, s->list.weights + first, block_length(first, s->count), -INFINITY);
        if (!(mass > 0)) continue;
        block = first;
        before = running;
        running += mass;
        if (running > goal) break;
    }
    ptrdiff_t place = place_of(s->list.weights + block, block_length(block, s->count), before, goal);
    return place < 0 ? -1 : s->list.tokens[(ptrdiff_t)block + place];
}

int32_t kernel_draw(const struct kernel_selection *s, const struct kernel_logits *row, double uniform) {
    double goal = uniform * s->weight, running = 0, before = 0;
    size_t block = 0;
    for (size_t b = 0; b < s->blocks; b++) {
        if (!(s->sums[b] > 0)) continue;
        block = b * kernel_logit_block;
        before = running;
        running += (double)s->sums[b];
        if (running > goal) break;
    }
    size_t length = block_length(block, row->count);
    s->table->sampling.weigh(row->values + block, length, s->best, s->factor, s->room.weights, s->room.values);
    for (size_t i = 0; i < length; i++) {
        if (!kernel_is_in_play(row, block + i)) s->room.weights[i] = 0;
    }
    ptrdiff_t place = place_of(s->room.weights, length, before, goal);
    return place < 0 ? -1 : (int32_t)((ptrdiff_t)block + place);
}
