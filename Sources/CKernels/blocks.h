#pragma once
// The blocks of the file formats, taken apart into codes and scales.
#include "layout.h"

/// One block: unsigned codes, to which the format's base is added, and its scales.
struct block {
    uint8_t codes[256];
    uint16_t d, m;
    uint8_t scales[16], minimums[16];
};

/// Takes one block of a quantised format apart.
void block_read(int format, const uint8_t *source, struct block *block);
/// d_eff and m_eff of a group of a block.
void block_scales(int format, const struct block *block, size_t group, float *d, float *m);
/// Puts one block back together: the inverse of block_read for the formats that are encoded.
void block_write(int format, const struct block *block, uint8_t *target);
/// Places block `b` of sixteen rows of `inputs` values, one after the other, into the lanes of a panel.
void block_place(int format, size_t inputs, const struct block *blocks, size_t b, uint8_t *panel);
/// Places words `word` ..< `word` + 4 of sixteen rows of plain numbers.
void plain_place_words(enum storage storage, const uint8_t *const rows[], size_t word, uint8_t *panel);
