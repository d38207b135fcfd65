#include "../include/encode.h"
#include "unit.h"
#include <math.h>
#include <string.h>

int kernel_can_encode(int format) {
    switch (format) {
#define CAN(name, ...) \
    case kernel_##name: return 1;
        ENCODED_FORMATS(CAN)
        HADAMARD_FORMATS(CAN)
#undef CAN
    default: return format >= 0 && format < kernel_format_count && layouts[format].scaling == scaling_none;
    }
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
static int fill(const struct kernel_encode *job, size_t part, size_t first, size_t count, struct kernel_unit *unit) {
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

static void take_block(const struct kernel_unit *unit, int format, size_t b, size_t lane, struct block *block) {
    size_t elements = scaled_elements(&layouts[format]);
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

// Lanes of a part that have a row.
static size_t used_lanes(const struct kernel_encode *job, size_t part) {
    size_t left = job->outputs - part * unit_lanes;
    return left < unit_lanes ? left : unit_lanes;
}

// A unit into a panel of blocks.
static void store_panel(const struct kernel_encode *job, size_t part, size_t first, size_t count,
                        const struct kernel_unit *unit) {
    size_t elements = scaled_elements(&layouts[job->format]), lanes = used_lanes(job, part);
    struct block blocks[unit_lanes];
    memset(blocks, 0, sizeof blocks);
    for (size_t b = 0; b * elements < count; b++) {
        for (size_t lane = 0; lane < lanes; lane++) take_block(unit, job->format, b, lane, &blocks[lane]);
        block_place(job->format, job->inputs, blocks, first / elements + b, job->target + part * job->panel_bytes);
    }
}

// One lane of a unit into the file's rows, or into a panel of plain numbers.
static void store_lane(const struct kernel_encode *job, size_t part, size_t first, size_t count, size_t lane,
                       const struct kernel_unit *unit) {
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
        block_write(job->format, &block, row + place * bytes);
    }
}

// Block `b` of a row whose format stays.
static const uint8_t *kept_block(const struct kernel_encode *job, size_t output, size_t b) {
    const struct layout *layout = &layouts[job->source_format];
    size_t blocks = job->inputs / layout->block_elements, shift = job->rotation / layout->block_elements;
    return job->source + (source_row(job, output) * blocks + (b + shift) % blocks) * layout->block_bytes;
}

// Rows whose format stays: their blocks, each where it belongs.
static void copy_rows(const struct kernel_encode *job, size_t part) {
    const struct layout *layout = &layouts[job->format];
    size_t blocks = job->inputs / layout->block_elements, bytes = layout->block_bytes, output = part * unit_lanes;
    uint8_t *panel = job->target + part * job->panel_bytes;
    for (size_t lane = 0; lane < used_lanes(job, part); lane++, output++) {
        for (size_t b = 0; b < blocks; b++) {
            size_t place = job->panel_bytes ? plain_place(layout->storage, b, lane) : (output * blocks + b) * bytes;
            memcpy(job->panel_bytes ? panel + place : job->target + place, kept_block(job, output, b), bytes);
        }
    }
}

// The same into a panel of blocks.
static void copy_panel(const struct kernel_encode *job, size_t part) {
    struct block read[unit_lanes];
    memset(read, 0, sizeof read);
    for (size_t b = 0; b < job->inputs / layouts[job->format].block_elements; b++) {
        for (size_t lane = 0; lane < used_lanes(job, part); lane++) {
            block_read(job->format, kept_block(job, part * unit_lanes + lane, b), &read[lane]);
        }
        block_place(job->format, job->inputs, read, b, job->target + part * job->panel_bytes);
    }
}

static void encode_rows(struct kernel_encode *job, size_t part) {
    struct kernel_unit unit;
    memset(unit.m, 0, sizeof unit.m);
    for (size_t first = 0; first < job->inputs; first += unit_inputs) {
        size_t count = job->inputs - first < unit_inputs ? job->inputs - first : unit_inputs;
        int failure = fill(job, part, first, count, &unit);
        if (failure) {
            __atomic_store_n(&job->failure, failure, __ATOMIC_RELAXED);
            return;
        }
        if (layouts[job->format].scaling != scaling_none) job->table->encode(job->format, count, &unit);
        if (job->panel_bytes && layouts[job->format].scaling != scaling_none) {
            store_panel(job, part, first, count, &unit);
            continue;
        }
        for (size_t lane = 0; lane < used_lanes(job, part); lane++) store_lane(job, part, first, count, lane, &unit);
    }
}

void kernel_encode_part(void *context, size_t part) {
    struct kernel_encode *job = context;
    if (job->panel_bytes) memset(job->target + part * job->panel_bytes, 0, job->panel_bytes);
    if (job->source_format != job->format) encode_rows(job, part);
    else if (job->panel_bytes && layouts[job->format].scaling != scaling_none) copy_panel(job, part);
    else copy_rows(job, part);
}
