#pragma once
// Sixteen floats as one value; the compiler makes of them what the instruction set has. No operation mixes lanes and
// none is contracted, so every instruction set gives the same bits.
#include "unit.h"

// Every function below is inlined, so it does not matter in which registers such values would be passed.
#pragma GCC diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t lanes_i __attribute__((vector_size(64)));

#define LANES static inline __attribute__((always_inline))

LANES lanes all(float value) { return value - (lanes){}; }
LANES lanes pick(lanes_i mask, lanes yes, lanes no) { return (lanes)((mask & (lanes_i)yes) | (~mask & (lanes_i)no)); }
LANES lanes smaller(lanes a, lanes b) { return pick(a < b, a, b); }
LANES lanes larger(lanes a, lanes b) { return pick(a > b, a, b); }
LANES lanes size(lanes a) { return (lanes)((lanes_i)a & 0x7fffffff); }
LANES lanes between(lanes a, float low, float high) { return larger(all(low), smaller(all(high), a)); }
/// Nearest whole number, ties to even, for sizes below 2^22.
LANES lanes rounded(lanes a) { return (a + 0x1.8p23f) - 0x1.8p23f; }
/// Quotient, zero where the divisor is.
LANES lanes ratio(lanes a, lanes b) { return pick(b == 0, all(0), a / pick(b == 0, all(1), b)); }

LANES lanes load_lanes(const float *p) { return *(const lanes *)p; }

/// The lanes as halves, and what those halves are worth.
LANES lanes store_halves(lanes a, uint16_t *halves) {
    lanes worth;
    for (int i = 0; i < unit_lanes; i++) {
        halves[i] = half_bits(a[i]);
        worth[i] = half_value(halves[i]);
    }
    return worth;
}

LANES void store_codes(lanes a, uint8_t *codes) {
    lanes_i whole = __builtin_convertvector(a, lanes_i);
    typedef uint8_t bytes __attribute__((vector_size(16)));
    *(bytes *)codes = __builtin_convertvector(whole, bytes);
}
