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

// One lane of a unit into the file's rows or into a panel.
static void store_lane(const struct kernel_encode *job, size_t part, size_t first, size_t count, size_t lane,
                       const struct kernel_unit *unit) {
    const struct layout *layout = &layouts[job->format];
    size_t elements = scaled_elements(layout), bytes = layout->block_bytes, output = part * unit_lanes + lane;
    uint8_t *panel = job->target + part * job->panel_bytes;
    uint8_t *row = job->target + output * (job->inputs / elements) * bytes;
    struct block block;
    for (size_t b = 0; b * elements < count; b++) {
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
