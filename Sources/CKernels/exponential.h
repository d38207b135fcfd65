#pragma once
// e^x in single precision, the same operations in every instruction set: n = round(x / ln 2), r = x - n ln 2,
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
