#pragma once
// e^x in single precision, reduced as Cody and Waite do (Software Manual for the Elementary Functions, 1980), the same
// operations in every instruction set: n = round(x / ln 2), r = x - n ln 2,
// 1 + r + r^2 p(r) scaled by 2^n. The coefficients are a least-squares fit that minimises the largest relative error on
// [-ln 2 / 2, ln 2 / 2]; the result is within 2 ulp.
#define EXP_LOWEST -87.0f
#define EXP_HIGHEST 88.0f
#define EXP_ROUND 12582912.0f
#define EXP_LOG2E 0x1.715476p+0f
#define EXP_LN2_HIGH 0x1.62e4p-1f
#define EXP_LN2_LOW 0x1.7f7d1cp-20f
#define EXP_C2 0x1.fffffcp-2f
#define EXP_C3 0x1.555492p-3f
#define EXP_C4 0x1.5558f2p-5f
#define EXP_C5 0x1.123a2p-7f
#define EXP_C6 0x1.6a23cep-10f

// 2^x for x <= 0 to within 3e-6, for weights that are rounded further: 1 + r p(r) times 2^n, n = round(x), r = x - n.
// Below the lowest argument, and for NaN, it is zero, so a weight is zero or at least 2^-50.
#define EXP2_LOWEST -49.0f
#define EXP2_C1 0x1.62e12cp-1f
#define EXP2_C2 0x1.ec0378p-3f
#define EXP2_C3 0x1.c9fc46p-5f
#define EXP2_C4 0x1.3a02ccp-7f
#define LOG2_E 0x1.715476p+0f

// The weight of a token, 2^(distance * slope) for a distance <= 0 from the best logit, to within 2e-7; zero below 2^-120.
#define WEIGHT_LOWEST -120.0f
#define WEIGHT_C1 0x1.62e42ap-1f
#define WEIGHT_C2 0x1.ebf9bcp-3f
#define WEIGHT_C3 0x1.c6b752p-5f
#define WEIGHT_C4 0x1.3cea88p-7f
#define WEIGHT_C5 0x1.5bba14p-10f

/// What the logarithm to base two of a weight loses with each unit of the logit, and the distance below which it is zero.
struct weight_scale {
    float slope, lowest;
};
static inline struct weight_scale weight_scale(float factor) {
    float slope = factor * LOG2_E, lowest = WEIGHT_LOWEST / slope;
    return (struct weight_scale){slope, lowest > -0x1p127f ? lowest : -0x1p127f};
}
