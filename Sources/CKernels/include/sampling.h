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

/// Whether a mask allows a token.
static inline int kernel_is_in_play(const struct kernel_logits *row, size_t token) {
    return !row->allowed
        || (token / 64 < row->allowed_words && row->allowed[token / 64] >> (token % 64) & 1);
}

/// Tokens in ascending order, with their logits and weights.
struct kernel_candidates {
    int32_t *tokens;
    float *values, *weights;
};

/// The functions of one instruction set.
struct kernel_sampling {
    /// The largest logit of each block, -infinity where nothing is in play. With `sums` set also the sum of
    /// e^((logit - largest) * factor) over the block, 0 < factor. Gives whether all logits are finite, in play or not; with
    /// a NaN or +infinity among them, the rest says nothing.
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

struct kernel_table;

/// A row on its way to a token, and the memory for it.
struct kernel_selection {
    const struct kernel_table *table;
    /// The candidates, and room for as many.
    struct kernel_candidates list, room;
    /// By block: the largest logit, and the weights together.
    float *peaks, *sums;
    size_t blocks, count;
    /// The largest logit in play, and the weights of all together. A weight is e^((logit - best) * factor).
    float best, factor;
    double weight;
};

/// Bytes of memory, at a multiple of 64, for rows of at most `count` tokens, and a selection that works in them.
size_t kernel_selection_bytes(size_t count);
struct kernel_selection kernel_selection_in(void *memory, size_t count, const struct kernel_table *table);

/// Looks at a row, with `weighs` set at its weights too. Gives whether all logits are finite, in play or not.
int kernel_survey(struct kernel_selection *selection, const struct kernel_logits *row, float factor, int weighs);
/// The first token with the largest logit; -1 if nothing is in play. The row was surveyed, as for all that follows.
int32_t kernel_best_token(const struct kernel_selection *selection, const struct kernel_logits *row);
/// A number that `rank` logits in play reach or more, if there are so many blocks.
float kernel_peak_ranking(struct kernel_selection *selection, size_t rank);
/// Makes the tokens whose logits reach `low`, a finite number, the candidates.
void kernel_gather(struct kernel_selection *selection, const struct kernel_logits *row, float low);
/// Gives the candidates their weights, and what they come to; or the weight 1 to each.
double kernel_weigh(struct kernel_selection *selection);
void kernel_weigh_equally(struct kernel_selection *selection);
/// Keeps the candidates with which the weights reach `goal`, added up from the highest logit down and from the lowest token
/// among equal ones up; one at least, and all if they never do.
void kernel_keep(struct kernel_selection *selection, double goal);
/// The candidate, or the token of the row, at which the running weight passes the share `uniform` of the whole; -1 if there
/// is no weight.
int32_t kernel_draw_candidate(const struct kernel_selection *selection, double uniform);
int32_t kernel_draw(const struct kernel_selection *selection, const struct kernel_logits *row, double uniform);
