#pragma once
// Every instruction set that there are kernels for, slowest first, in the order of `InstructionSet`. Each has a table
// NAME_table and a function processor_has_NAME. AddingThings.md has the recipe.

#define PORTABLE_SETS(SET) SET(scalar)
/// neondot has SDOT, neon is for processors without.
#define ARM_SETS(SET) SET(neon) SET(neondot)
/// amx_emulated is amx with tiles made of C: for proofs, on processors that have AVX-512 only.
#define X86_SETS(SET) SET(avx2) SET(avx512) SET(avx512bf16) SET(amx) SET(amx_emulated)

#define SET_CASE(name) kernel_##name,
enum kernel_isa { PORTABLE_SETS(SET_CASE) ARM_SETS(SET_CASE) X86_SETS(SET_CASE) kernel_isa_count };
#undef SET_CASE
