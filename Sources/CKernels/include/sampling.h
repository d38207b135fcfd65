#pragma once
// From a row of logits to the tokens among which one is drawn.
//
// Only tokens that may be drawn are gathered: a threshold is found first, and blocks that do not reach it are not looked
// at again. Sums of weights are sums of blocks; in a block, lane k adds up what stands at k, k + 16 and so on, and the lanes are
// folded in halves. Draws are therefore the same for every instruction set.
#include <stddef.h>
#include <stdint.h>

/// Neighbours whose largest logit and sum of weights are kept.
enum { kernel_logit_block = 256 };
/// Lists of candidates have room for so many more than there may be.
enum { kernel_candidate_slack = 16 };

/// A row of logits. With `allowed` set, token t is in play if bit t % 64 of word t / 64 is set and there is such a word.
/// A logit of -infinity is not in play either.
struct kernel_logits {
    const float *values;
    const uint64_t *allowed;
    size_t count, allowed_words;
};

/// Tokens in ascending order, with their logits and weights.
struct kernel_candidates {
    int32_t *tokens;
    float *values, *weights;
};

/// The functions of one instruction set.
struct kernel_sampling {
    /// The largest logit of each block, -infinity where nothing is in play. With `sums` set also the sum of
    /// e^((logit - largest) * factor) over the block, 0 < factor. Gives whether all logits are finite, in play or not; if not,
    /// the rest says nothing.
    int (*survey)(const struct kernel_logits *row, float factor, float *peaks, float *sums);
    /// Lists what is in play and reaches `low`, a finite number, without its weights; gives how many there are.
    size_t (*gather)(const struct kernel_logits *row, const float *peaks, float low, struct kernel_candidates *to);
    /// weights[i] = e^((values[i] - best) * factor), and their sums by block. No value is above the best.
    void (*weigh)(const float *values, size_t count, float best, float factor, float *weights, float *sums);
    /// The sum of weights where the value reaches `low`.
    double (*mass)(const float *values, const float *weights, size_t count, float low);
    /// Copies what reaches `low` and not `high`, in order; gives how many. The target may be the source, or begin before it.
    size_t (*select)(const struct kernel_candidates *from, size_t count, float low, float high,
                     struct kernel_candidates *to);
    /// The least and the greatest of one value or more.
    void (*range)(const float *values, size_t count, float *least, float *greatest);
};

/// The candidate at which the weights reach `goal`, added up from the highest value down and from the lowest token among
/// equal values up; the last one if they never do. There is one candidate or more, `room` is for as many.
struct kernel_cut {
    float value;
    int32_t token;
};
struct kernel_cut kernel_cut_at(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
                                double goal, const struct kernel_candidates *room);
/// Keeps the candidates that rank at the cut or before it; gives how many there are.
size_t kernel_keep_to(const struct kernel_sampling *set, const struct kernel_candidates *list, size_t count,
                      struct kernel_cut cut);
