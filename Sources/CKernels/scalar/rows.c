#include "tables.h"
#include "../exponential.h"
#include "../round.h"
#include <math.h>

// Below the lowest argument the result is zero; above the highest it stays at the value there.
float scalar_exp(float x) {
    float clamped = x > EXP_LOWEST ? x : EXP_LOWEST;
    clamped = clamped < EXP_HIGHEST ? clamped : EXP_HIGHEST;
    union { float value; uint32_t bits; } shifted = {fmaf(clamped, EXP_LOG2E, EXP_ROUND)};
    float n = shifted.value - EXP_ROUND;
    float r = fmaf(n, -EXP_LN2_HIGH, clamped);
    r = fmaf(n, -EXP_LN2_LOW, r);
    float p = fmaf(EXP_C6, r, EXP_C5);
    p = fmaf(p, r, EXP_C4);
    p = fmaf(p, r, EXP_C3);
    p = fmaf(p, r, EXP_C2);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    union { uint32_t bits; float value; } power = {(shifted.bits << 23) + 0x3f800000};
    return x < EXP_LOWEST ? 0.0f : p * power.value;
}

// RMSNorm: Zhang and Sennrich, arXiv:1910.07467.
void scalar_rms_norm(const float *x, const float *weight, float epsilon, size_t columns, float *out) {
    float lanes[16] = {0};
    for (size_t i = 0; i < columns; i++) lanes[i % 16] = fmaf(x[i], x[i], lanes[i % 16]);
    float inverse = 1.0f / sqrtf(fold_lanes(lanes) / (float)columns + epsilon);
    for (size_t i = 0; i < columns; i++) out[i] = x[i] * inverse * weight[i];
}

// SwiGLU: Shazeer, arXiv:2002.05202.
void scalar_silu_multiply(const float *gate, const float *up, size_t columns, float *out) {
    for (size_t i = 0; i < columns; i++) out[i] = gate[i] / (1.0f + scalar_exp(-gate[i])) * up[i];
}

void scalar_round(const float *x, size_t columns, uint32_t *pairs) { round_row(x, columns, pairs); }

void scalar_group_sums(const float *x, size_t columns, size_t group, float *out) {
    for (size_t first = 0; first < columns; first += group) {
        float lanes[16] = {0};
        for (size_t i = first; i < first + group && i < columns; i++) lanes[(i - first) % 16] += x[i];
        *out++ = fold_lanes(lanes);
    }
}

// Pair p is (x[p * step], x[p * step + distance]). Rotary position embedding: Su et al., arXiv:2104.09864.
void scalar_rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t distance, size_t step) {
    for (size_t p = 0; p < pairs; p++) {
        float a = x[p * step], b = x[p * step + distance];
        x[p * step] = fmaf(a, cosines[p], -(b * sines[p]));
        x[p * step + distance] = fmaf(b, cosines[p], a * sines[p]);
    }
}

void kernel_rotary_table(const float *frequencies, size_t pairs, size_t positions, float magnitude, float *cosines,
                         float *sines) {
    for (size_t position = 0; position < positions; position++) {
        for (size_t p = 0; p < pairs; p++) {
            double angle = (double)((float)position * frequencies[p]);
            *cosines++ = (float)cos(angle) * magnitude;
            *sines++ = (float)sin(angle) * magnitude;
        }
    }
}
