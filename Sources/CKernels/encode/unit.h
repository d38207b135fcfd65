#pragma once
// What is encoded at once: up to 256 inputs of 16 rows, one row in each lane.
#include "../blocks.h"

enum { unit_inputs = 256, unit_lanes = kernel_panel };

/// The values of a unit and how they are encoded. Blocks of 32 have one scale (and minimum) each; the super formats have
/// one for the unit and small ones for its groups, as in `struct block`.
struct kernel_unit {
    _Alignas(64) float x[unit_inputs][unit_lanes];
    _Alignas(64) uint8_t codes[unit_inputs][unit_lanes];
    _Alignas(64) uint16_t d[8][unit_lanes], m[8][unit_lanes];
    uint8_t scales[16][unit_lanes], minimums[16][unit_lanes];
};

/// Finds codes and scales of the first `inputs` values of every lane, whole blocks of a quantised format. The values are
/// finite and not beyond the largest half.
typedef void encode_unit(int format, size_t inputs, struct kernel_unit *unit);

encode_unit encode_unit_baseline, encode_unit_avx2, encode_unit_avx512;

/// Nearest half, ties to even; what is too large becomes infinite.
static inline uint16_t half_bits(float value) {
    union { float value; uint32_t bits; } in = {value};
    uint32_t sign = in.bits >> 16 & 0x8000, size = in.bits & 0x7fffffff;
    if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    if (size < 0x38800000) {
        // Below the normal halves the sum is exact but for one rounding, the one we want.
        union { float value; uint32_t bits; } sum = {.bits = size};
        sum.value += 0.5f;
        return (uint16_t)(sign | (sum.bits - 0x3f000000));
    }
    return (uint16_t)(sign | (size + 0xc8000fff + (size >> 13 & 1)) >> 13);
}
