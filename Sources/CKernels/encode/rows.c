#include "../include/encode.h"
#include "unit.h"
#include <math.h>
#include <string.h>

// Six-bit scales and minimums of Q4_K and Q5_K, eight of each in twelve bytes.
static void write_scales_minimums(const struct block *block, uint8_t *s) {
    for (int i = 0; i < 4; i++) {
        s[i] = (uint8_t)(block->scales[i] | (block->scales[i + 4] >> 4) << 6);
        s[i + 4] = (uint8_t)(block->minimums[i] | (block->minimums[i + 4] >> 4) << 6);
        s[i + 8] = (uint8_t)((block->scales[i + 4] & 15) | (block->minimums[i + 4] & 15) << 4);
    }
}

static void write_nibbles(const uint8_t *codes, size_t distance, uint8_t *q) {
    for (size_t i = 0; i < distance; i++) q[i] = (uint8_t)((codes[i] & 15) | (codes[i + distance] & 15) << 4);
}

static void write_fives(const struct block *block, uint8_t *high, uint8_t *q) {
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++) bits |= (uint32_t)(block->codes[i] >> 4) << i;
    memcpy(high, &bits, 4);
    write_nibbles(block->codes, 16, q);
}

static void write_super_min(const struct block *block, int is_five, uint8_t *s) {
    memcpy(s, &block->d, 2);
    memcpy(s + 2, &block->m, 2);
    write_scales_minimums(block, s + 4);
    uint8_t *high = s + 16, *q = s + (is_five ? 48 : 16);
    for (size_t part = 0; part < 4; part++) write_nibbles(block->codes + part * 64, 32, q + part * 32);
    if (!is_five) return;
    for (size_t i = 0; i < 32; i++) {
        uint8_t bits = 0;
        for (size_t group = 0; group < 8; group++) bits |= (uint8_t)((block->codes[group * 32 + i] >> 4) << group);
        high[i] = bits;
    }
}

static void write_q6_k(const struct block *block, uint8_t *s) {
    for (size_t part = 0; part < 2; part++) {
        const uint8_t *codes = block->codes + part * 128;
        write_nibbles(codes, 64, s + part * 64);
        for (size_t i = 0; i < 32; i++) {
            s[128 + part * 32 + i] = (uint8_t)(codes[i] >> 4 | (codes[i + 32] >> 4) << 2 | (codes[i + 64] >> 4) << 4
                                               | (codes[i + 96] >> 4) << 6);
        }
    }
    memcpy(s + 192, block->scales, 16);
    memcpy(s + 208, &block->d, 2);
}

void block_write(int format, const struct block *block, uint8_t *s) {
    memcpy(s, &block->d, 2);
    switch (format) {
    case kernel_q4_0: write_nibbles(block->codes, 16, s + 2); break;
    case kernel_q5_0: write_fives(block, s + 2, s + 6); break;
    case kernel_q8_0:
        for (int i = 0; i < 32; i++) s[2 + i] = block->codes[i] ^ 0x80;
        break;
    case kernel_q4_1:
        memcpy(s + 2, &block->m, 2);
        write_nibbles(block->codes, 16, s + 4);
        break;
    case kernel_q5_1:
        memcpy(s + 2, &block->m, 2);
        write_fives(block, s + 4, s + 8);
        break;
    case kernel_q4_k: write_super_min(block, 0, s); break;
    case kernel_q5_k: write_super_min(block, 1, s); break;
    case kernel_q6_k: write_q6_k(block, s); break;
    default: break;
    }
}

int kernel_can_encode(int format) {
    return format >= 0 && format < kernel_format_count && format != kernel_q2_k && format != kernel_q3_k
        && format != kernel_iq4_nl;
}

// Where row `output` of the result is found: pairs of rows that lie half a head apart become neighbours.
static size_t source_row(const struct kernel_encode *job, size_t output) {
    if (!job->heads) return output;
    size_t width = job->outputs / job->heads, row = output % width;
    return output - row + row % 2 * (width / 2) + row / 2;
}

// Values `first ..< first + count` of a row, read from where the rotation has left them.
static void read_values(const struct kernel_encode *job, size_t output, size_t first, size_t count, float *out) {
    const struct layout *layout = &layouts[job->source_format];
    size_t elements = layout->block_elements;
    const uint8_t *row = job->source + source_row(job, output) * (job->inputs / elements) * layout->block_bytes;
    for (size_t done = 0, next; done < count; done += next) {
        size_t place = (first + done + job->rotation) % job->inputs;
        next = count - done < job->inputs - place ? count - done : job->inputs - place;
        kernel_decode(job->source_format, row + place / elements * layout->block_bytes, next / elements, out + done);
    }
}

// What is wrong with these values, if anything.
static int failure_of(int format, const float *values, size_t count) {
    float limit = layouts[format].storage == storage_f32 || layouts[format].storage == storage_bfloat ? INFINITY : 65504;
    int unsound = 0, large = 0;
    for (size_t i = 0; i < count; i++) {
        float size = fabsf(values[i]);
        unsound |= !(size < INFINITY);
        large |= size > limit;
    }
    return unsound ? kernel_encode_not_finite : large ? kernel_encode_too_large : kernel_encode_done;
}

// The values of all lanes, zero past the last output. Returns what is wrong with them.
static int fill(const struct kernel_encode *job, size_t part, size_t first, size_t count, struct unit *unit) {
    float values[unit_inputs];
    int failure = kernel_encode_done;
    for (size_t lane = 0; lane < unit_lanes; lane++) {
        size_t output = part * unit_lanes + lane;
        if (output < job->outputs) {
            read_values(job, output, first, count, values);
            int found = failure_of(job->format, values, count);
            if (found) failure = found;
        } else {
            memset(values, 0, count * 4);
        }
        for (size_t k = 0; k < count; k++) unit->x[k][lane] = values[k];
    }
    return failure;
}

static void take_block(const struct unit *unit, int format, size_t b, size_t lane, struct block *block) {
    size_t elements = layouts[format].block_elements;
    for (size_t i = 0; i < elements; i++) block->codes[i] = unit->codes[b * elements + i][lane];
    block->d = unit->d[b][lane];
    block->m = unit->m[b][lane];
    if (elements < unit_inputs) return;
    for (size_t g = 0; g < 16; g++) {
        block->scales[g] = unit->scales[g][lane];
        block->minimums[g] = unit->minimums[g][lane];
    }
}

static void store_plain(int format, float value, uint8_t *out) {
    uint16_t bits = layouts[format].storage == storage_half ? half_bits(value) : bfloat_bits(value);
    if (layouts[format].storage == storage_f32) memcpy(out, &value, 4);
    else memcpy(out, &bits, 2);
}

// One lane of a unit into the file's rows or into a panel.
static void store_lane(const struct kernel_encode *job, size_t part, size_t first, size_t count, size_t lane,
                       const struct unit *unit) {
    const struct layout *layout = &layouts[job->format];
    size_t elements = layout->block_elements, bytes = layout->block_bytes, output = part * unit_lanes + lane;
    uint8_t *panel = job->target + part * job->panel_bytes;
    uint8_t *row = job->target + output * (job->inputs / elements) * bytes;
    struct block block;
    for (size_t b = 0; b < count / elements; b++) {
        size_t place = first / elements + b;
        if (layout->scaling == scaling_none) {
            uint8_t *out = job->panel_bytes ? panel + plain_place(layout->storage, place, lane) : row + place * bytes;
            store_plain(job->format, unit->x[b][lane], out);
            continue;
        }
        take_block(unit, job->format, b, lane, &block);
        if (job->panel_bytes) block_place(job->format, job->inputs, &block, place, lane, panel);
        else block_write(job->format, &block, row + place * bytes);
    }
}

// A row whose format stays: its blocks, each where it belongs.
static void copy_lane(const struct kernel_encode *job, size_t part, size_t lane) {
    const struct layout *layout = &layouts[job->format];
    size_t blocks = job->inputs / layout->block_elements, bytes = layout->block_bytes;
    size_t output = part * unit_lanes + lane, shift = job->rotation / layout->block_elements;
    const uint8_t *row = job->source + source_row(job, output) * blocks * bytes;
    uint8_t *panel = job->target + part * job->panel_bytes;
    struct block block;
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *from = row + (b + shift) % blocks * bytes;
        if (!job->panel_bytes) {
            memcpy(job->target + (output * blocks + b) * bytes, from, bytes);
        } else if (layout->scaling == scaling_none) {
            memcpy(panel + plain_place(layout->storage, b, lane), from, bytes);
        } else {
            block_read(job->format, from, &block);
            block_place(job->format, job->inputs, &block, b, lane, panel);
        }
    }
}

static void encode_rows(struct kernel_encode *job, size_t part) {
    encode_unit *encode = job->isa == kernel_scalar ? encode_unit_baseline
                          : job->isa == kernel_avx2 ? encode_unit_avx2
                                                    : encode_unit_avx512;
    struct unit unit;
    memset(unit.m, 0, sizeof unit.m);
    for (size_t first = 0; first < job->inputs; first += unit_inputs) {
        size_t count = job->inputs - first < unit_inputs ? job->inputs - first : unit_inputs;
        int failure = fill(job, part, first, count, &unit);
        if (failure) {
            __atomic_store_n(&job->failure, failure, __ATOMIC_RELAXED);
            return;
        }
        if (layouts[job->format].scaling != scaling_none) encode(job->format, count, &unit);
        for (size_t lane = 0; lane < unit_lanes && part * unit_lanes + lane < job->outputs; lane++) {
            store_lane(job, part, first, count, lane, &unit);
        }
    }
}

void kernel_encode_part(void *context, size_t part) {
    struct kernel_encode *job = context;
    if (job->panel_bytes) memset(job->target + part * job->panel_bytes, 0, job->panel_bytes);
    if (job->source_format != job->format) {
        encode_rows(job, part);
        return;
    }
    for (size_t lane = 0; lane < unit_lanes && part * unit_lanes + lane < job->outputs; lane++) {
        copy_lane(job, part, lane);
    }
}
