#include "../include/kernels.h"
#include "../include/attention.h"
#if defined(__aarch64__)
#include <math.h>
#include <string.h>
#include "dots.h"
#include "simd.h"
#include "pairs.h"
#include "../wide/attend.h"
#include "../store.h"

const struct kernel_attention neon_attention = {wide_attend, store_rows};
#endif
