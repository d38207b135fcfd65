#include <math.h>
#include "formats.h"

void encode_unit_baseline(int format, size_t inputs, struct unit *unit) { encode_values(format, inputs, unit); }

#if !defined(__x86_64__)
void encode_unit_avx2(int format, size_t inputs, struct unit *unit) { encode_values(format, inputs, unit); }
void encode_unit_avx512(int format, size_t inputs, struct unit *unit) { encode_values(format, inputs, unit); }
#endif
