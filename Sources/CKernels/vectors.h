#pragma once
// Sixteen bytes as one value, in the compiler's own notation: every processor has instructions for that many. Words are
// little-endian.
#include <stdint.h>
#include <string.h>

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint16_t halves __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(16)));

static inline bytes load_bytes(const void *from) {
    bytes value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store_bytes(bytes value, uint8_t *to) { memcpy(to, &value, sizeof value); }
