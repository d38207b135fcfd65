#pragma once
// What the processor and the system grant, for those who choose instructions.
#include <stdint.h>

/// Kinds of tile arithmetic: bits of cpuid leaf 7, register d.
enum { tiles_bf16 = 1 << 22, tiles_int8 = 1 << 25 };

/// Whether this process may use tiles for a kind of arithmetic. Asks the system for them: it grants them to all threads
/// of a process at once, the first time.
int processor_grants_tiles(uint32_t kind);

/// Kinds of processors that constants were chosen for.
int processor_is_zen4(void);
int processor_is_zen5(void);

/// Whether the instructions of a set can be used: one function for each row of instruction_sets.h.
int processor_has_scalar(void);
int processor_has_neon(void);
/// NEON with dot products of bytes.
int processor_has_neondot(void);
int processor_has_avx2(void);
/// AVX-512 with dot products of bytes.
int processor_has_avx512(void);
/// The same with dot products of bfloats.
int processor_has_avx512bf16(void);
/// The same and tiles. Asks the system for them.
int processor_has_amx(void);
int processor_has_amx_emulated(void);
