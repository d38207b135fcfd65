#define _GNU_SOURCE
#include "processor.h"

int processor_has_scalar(void) { return 1; }

#if !defined(__x86_64__)
int processor_is_zen4(void) { return 0; }

int processor_is_zen5(void) { return 0; }
#endif

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Register sets that the system saves for us, as xgetbv(0) tells.
enum { saves_avx = 6, saves_avx512 = 0xe6, saves_tiles = 3 << 17 };

static uint64_t saved_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (uint64_t)d << 32 | a;
}

static int saves(uint64_t wanted) { return (saved_state() & wanted) == wanted; }

int processor_has_avx2(void) {
    uint32_t a, b, c, d, b7, c7, d7;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 0;
    return saves(saves_avx) && (c & bit_FMA) && (c & bit_F16C) && (b7 & bit_AVX2);
}

int processor_has_avx512(void) {
    uint32_t a, b, c, d, wanted = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
    if (!processor_has_avx2() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return saves(saves_avx512) && (b & wanted) == wanted && (c & bit_AVX512VNNI);
}

int processor_has_avx512bf16(void) {
    uint32_t a, b, c, d;
    return processor_has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bit_AVX512BF16);
}

static uint32_t amd_family(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_AMD_ebx) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    return (a >> 8 & 15) + (a >> 20 & 255);
}

/// The family has Zen 3 too, without AVX-512.
int processor_is_zen4(void) { return amd_family() == 0x19 && processor_has_avx512(); }

int processor_is_zen5(void) { return amd_family() == 0x1a; }

int processor_grants_tiles(uint32_t kind) {
    enum { request_permission = 0x1023, tile_data = 18, tiles = 1 << 24 };
    uint32_t a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & tiles) || !(d & kind) || !saves(saves_tiles)) return 0;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

int processor_has_amx(void) { return processor_has_avx512bf16() && processor_grants_tiles(tiles_int8); }

int processor_has_amx_emulated(void) { return processor_has_avx512(); }
#elif defined(__aarch64__)
#include <sys/auxv.h>

int processor_has_neon(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMD) != 0; }

int processor_has_neondot(void) { return processor_has_neon() && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP); }
#endif
