#pragma once
// From rows of values to the blocks of the file formats, or straight to panels.
#include "kernels.h"

/// Whether there is an encoder for a format.
int kernel_can_encode(int format);

/// The outcome of an encoding: values that are infinite or none, or larger than scales in half precision are made for.
enum { kernel_encode_done, kernel_encode_not_finite, kernel_encode_too_large };

/// Encodes rows [outputs][inputs] of `source_format`, sixteen a part. The result does not depend on the instruction set;
/// where the format stays, blocks are moved and not made anew.
struct kernel_encode {
    const struct kernel_table *table;
    const uint8_t *source;
    /// Panels of `panel_bytes`, or rows of file blocks where that is 0.
    uint8_t *target;
    size_t panel_bytes, outputs, inputs;
    /// Input k of the result is input (k + rotation) mod inputs of the source, the rotation whole blocks of the source.
    size_t rotation;
    /// Rows are made of so many heads whose rotary pairs, half a head apart, are to become neighbours; 0: they stay.
    size_t heads;
    int source_format, format;
    /// What is wrong with the values, written by the parts.
    int failure;
};
void kernel_encode_part(void *encode, size_t part);
