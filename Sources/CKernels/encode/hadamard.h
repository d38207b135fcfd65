#pragma once
// Codes after the Hadamard transform, as hadamard.h orders it: sixteen rows at a time, one in each lane.
#include "search.h"
#include "../hadamard.h"

LANES void transform_piece(float (*x)[unit_lanes], size_t piece) {
    for (size_t h = 1; h < piece; h *= 2) {
        for (size_t i = 0; i < piece; i++) {
            if (i & h) continue;
            lanes low = load_lanes(x[i]), high = load_lanes(x[i + h]);
            *(lanes *)x[i] = low + high;
            *(lanes *)x[i + h] = low - high;
        }
    }
    for (size_t i = 0; i < piece; i++) *(lanes *)x[i] = load_lanes(x[i]) * hadamard_factor(piece);
}

/// One group: eight bits by the plain rule, with the scale as it is stored. The values are transformed in place.
static void encode_hadamard(struct kernel_unit *unit, size_t inputs) {
    const float top = 127;
    for (size_t first = 0, piece; first < inputs; first += piece) {
        piece = hadamard_piece(inputs - first);
        transform_piece(&unit->x[first], piece);
    }
    lanes largest = all(0);
    for (size_t i = 0; i < inputs; i++) largest = larger(largest, size(load_lanes(unit->x[i])));
    lanes inverse = ratio(all(1), store_halves(largest / top, unit->d[0]));
    for (size_t i = 0; i < inputs; i++) {
        store_codes(rounded(between(load_lanes(unit->x[i]) * inverse, -top, top)) + (top + 1), unit->codes[i]);
    }
}
