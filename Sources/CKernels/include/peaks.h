#pragma once
// What this processor can do at best: loops that do nothing else, to hold the kernels against.
#include <stddef.h>
#include <stdint.h>

/// Kinds of arithmetic, in the order of `MachinePeaks.Arithmetic`.
enum kernel_peak_kind {
    kernel_peak_f32, kernel_peak_bf16, kernel_peak_int8, kernel_peak_tile_bf16, kernel_peak_tile_int8, kernel_peak_count
};

/// Where the parts of a job wait for each other, so that none is done before all run, each on a thread of its own.
struct kernel_meeting {
    /// Parts that meet, and how many have come so far.
    size_t parties, arrived;
};
/// Nothing but the meeting.
void kernel_meeting_part(void *meeting, size_t part);

/// A loop over the kind's fastest instruction on registers; every part does the same.
struct kernel_peak {
    struct kernel_meeting meeting;
    void (*loop)(size_t rounds);
    /// Operations of one round, a multiplication and an addition counting as two.
    size_t operations;
    size_t rounds;
};
/// The loop of a kind; without one when the processor or the system does not offer the kind. Asks the system for the
/// tiles of the processor, and the processor for what it has, which is slow: not to be timed.
struct kernel_peak kernel_peak_for(int kind);
void kernel_peak_part(void *peak, size_t part);

/// Reads `part_bytes` (a multiple of 512) at part * part_bytes, `rounds` times.
struct kernel_read {
    struct kernel_meeting meeting;
    void (*loop)(const uint8_t *bytes, size_t count, size_t rounds);
    const uint8_t *bytes;
    size_t part_bytes, rounds;
};
/// The widest loop that reads.
void (*kernel_read_loop(void))(const uint8_t *, size_t, size_t);
void kernel_read_part(void *read, size_t part);
