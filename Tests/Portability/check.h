#pragma once
// Fixed pseudo-random inputs and digests of outputs.
#include "attention.h"
#include "encode.h"
#include "kernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct noise {
    uint64_t state;
};

static inline uint64_t next(struct noise *noise) {
    noise->state ^= noise->state << 13;
    noise->state ^= noise->state >> 7;
    noise->state ^= noise->state << 17;
    return noise->state;
}

/// Evenly from -1 ..< 1.
static inline float next_float(struct noise *noise) { return (float)(next(noise) >> 40) / 0x1p23f - 1; }

static inline float *next_floats(struct noise *noise, size_t count) {
    float *values = malloc(count * 4);
    if (!values) abort();
    for (size_t i = 0; i < count; i++) values[i] = next_float(noise);
    return values;
}

/// Zeroed memory on a cache line.
static inline void *zeros(size_t bytes) {
    size_t room = (bytes + 63) / 64 * 64 + 64;
    void *memory = aligned_alloc(64, room);
    if (!memory) abort();
    return memset(memory, 0, room);
}

/// FNV-1a, 64 bits.
static inline uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t count) {
    const uint8_t *next_byte = bytes;
    for (size_t i = 0; i < count; i++) digest = (digest ^ next_byte[i]) * 0x100000001b3u;
    return digest;
}

/// Processors disagree about the sign of a NaN that they make, and nothing reads it.
static inline uint64_t digest_floats(uint64_t digest, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = values[i] == values[i] ? values[i] : __builtin_nanf("");
        digest = digest_bytes(digest, &value, 4);
    }
    return digest;
}

enum { first_digest = 0x1325 };

/// A digest of what the kernels of a table make of inputs that are the same for all; `variant` counts from 0.
typedef uint64_t check(const struct kernel_table *table, int variant);
check check_packing, check_products, check_rounded_products, check_tiny_products, check_encoding, check_rows,
    check_rotation, check_attention, check_sampling;

/// Whether every code of a matrix of random blocks is packed where it belongs.
int check_panels(int format, size_t outputs, size_t inputs);

/// What does not belong to a table: pool, memory, peaks. Whether all is well.
int check_system(void);
