#pragma once
// The matrix product of every format: few rows or blocks of rows, the same sums in the same order.
#include "block.h"
#include "few.h"

INLINE void multiply(const struct kernel_multiply *job, size_t first, size_t end, const enum storage storage,
                     const enum scaling scaling, const size_t group) {
    switch (job->rows) {
    case 1: few_rows(job, first, end, storage, scaling, group, few_panels_1, 1); break;
    case 2: few_rows(job, first, end, storage, scaling, group, few_panels_2, 2); break;
    case 3: few_rows(job, first, end, storage, scaling, group, few_panels_3, 3); break;
    case 4: few_rows(job, first, end, storage, scaling, group, few_panels_4, 4); break;
    default: block_rows(job, first, end, storage, scaling, group); break;
    }
}

static void multiply_f32(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_f32, scaling_none, 32);
}
static void multiply_half(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_half, scaling_none, 32);
}
static void multiply_bfloat(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_bfloat, scaling_none, 32);
}
static void multiply_q4_0(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_nibble, scaling_half, 32);
}
static void multiply_q4_1(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_nibble, scaling_half_min, 32);
}
static void multiply_q8_0(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_byte, scaling_half, 32);
}
static void multiply_q5_1(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_byte, scaling_half_min, 32);
}
static void multiply_q2_k(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_nibble, scaling_super_min, 16);
}
static void multiply_q3_k(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_nibble, scaling_super_signed, 16);
}
static void multiply_q4_k(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_nibble, scaling_super_min, 32);
}
static void multiply_q5_k(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_byte, scaling_super_min, 32);
}
static void multiply_q6_k(const struct kernel_multiply *job, size_t first, size_t end) {
    multiply(job, first, end, storage_byte, scaling_super_signed, 16);
}
