#include "include/peaks.h"
#include "include/kernels.h"
#include "processor.h"

typedef float lane4 __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(64)));

enum { narrow_chains = 12, wide_chains = 16, read_chains = 8 };

/// Keeps a value that nobody reads.
#if defined(__aarch64__)
#define KEEP(value) __asm__ volatile("" : : "w"(value))
#else
#define KEEP(value) __asm__ volatile("" : : "x"(value))
#endif

#define TARGET(features) __attribute__((target(features)))
/// `rounds` times: every one of `count` sums of `type` becomes `step`, which names it `s`.
#define CHAINS(type, count, zero, step)                                            \
    type sums[count];                                                              \
    for (int i = 0; i < count; i++) sums[i] = zero;                                \
    for (size_t round = 0; round < rounds; round++) {                              \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) {       \
            type s = sums[i];                                                      \
            sums[i] = step;                                                        \
        }                                                                          \
    }                                                                              \
    for (int i = 0; i < count; i++) KEEP(sums[i])

#if !defined(__aarch64__)
static void plain_f32(size_t rounds) {
    lane4 sums[narrow_chains] = {{0}}, factor = {1.0f, 1.0f, 1.0f, 1.0f}, term = {0.5f, 0.5f, 0.5f, 0.5f};
    for (size_t round = 0; round < rounds; round++) {
        for (int i = 0; i < narrow_chains; i++) sums[i] = sums[i] * factor + term;
    }
    for (int i = 1; i < narrow_chains; i++) sums[0] += sums[i];
    __asm__ volatile("" : : "m"(sums[0]));
}
#endif

static inline __attribute__((always_inline)) void read_all(const uint8_t *bytes, size_t count, size_t rounds) {
    words sums[read_chains] = {{0}};
    for (size_t round = 0; round < rounds; round++) {
        const words *from = (const words *)bytes;
        // The next round is another reading, whatever the compiler knows about the bytes.
        __asm__ volatile("" : "+r"(from) : : "memory");
        for (size_t i = 0; i < count / sizeof(words); i += read_chains) {
            for (int j = 0; j < read_chains; j++) sums[j] |= from[i + (size_t)j];
        }
    }
    words all = sums[0];
    for (int j = 1; j < read_chains; j++) all |= sums[j];
    __asm__ volatile("" : : "m"(all));
}

static void plain_read(const uint8_t *bytes, size_t count, size_t rounds) { read_all(bytes, count, rounds); }

#if defined(__x86_64__)
#include "amx/tiles.h"
#include <cpuid.h>
#include <immintrin.h>

TARGET("avx2,fma") static void avx2_f32(size_t rounds) {
    __m256 factor = _mm256_set1_ps(0.5f), term = _mm256_set1_ps(1.0f);
    CHAINS(__m256, narrow_chains, term, _mm256_fmadd_ps(s, factor, term));
}

TARGET("avx512f") static void avx512_f32(size_t rounds) {
    __m512 factor = _mm512_set1_ps(0.5f), term = _mm512_set1_ps(1.0f);
    CHAINS(__m512, wide_chains, term, _mm512_fmadd_ps(s, factor, term));
}

TARGET("avx512f,avx512bw,avx512bf16") static void avx512_bf16(size_t rounds) {
    __m512bh pairs = (__m512bh)_mm512_set1_epi16(0x3c00);
    CHAINS(__m512, wide_chains, _mm512_setzero_ps(), _mm512_dpbf16_ps(s, pairs, pairs));
}

TARGET("avx512f,avx512vnni") static void avx512_int8(size_t rounds) {
    __m512i bytes = _mm512_set1_epi32(0x01020304);
    CHAINS(__m512i, wide_chains, bytes, _mm512_dpbusd_epi32(s, bytes, bytes));
}

TARGET("avx2,avxvnni") static void avxvnni_int8(size_t rounds) {
    __m256i bytes = _mm256_set1_epi32(0x01020304);
    CHAINS(__m256i, narrow_chains, bytes, _mm256_dpbusd_avx_epi32(s, bytes, bytes));
}

TARGET("avx2") static void avx2_int8(size_t rounds) {
    __m256i bytes = _mm256_set1_epi32(0x01020304), ones = _mm256_set1_epi16(1);
    CHAINS(__m256i, narrow_chains, bytes,
           _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, _mm256_xor_si256(s, bytes)), ones)));
}

/// Four tiles of sums from two tiles of each operand, so that no product waits for the one before.
#define TILES(product)                                                             \
    struct tile_config config = {.palette = 1};                                    \
    for (int i = 0; i < 8; i++) config.row_bytes[i] = 64, config.rows[i] = 16;     \
    _tile_loadconfig(&config);                                                     \
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);                    \
    _tile_zero(4), _tile_zero(5), _tile_zero(6), _tile_zero(7);                    \
    for (size_t round = 0; round < rounds; round++) {                              \
        product(0, 4, 6);                                                          \
        product(1, 4, 7);                                                          \
        product(2, 5, 6);                                                          \
        product(3, 5, 7);                                                          \
    }                                                                              \
    _tile_release()

TARGET("amx-tile,amx-bf16") static void tile_bf16(size_t rounds) { TILES(_tile_dpbf16ps); }
TARGET("amx-tile,amx-int8") static void tile_int8(size_t rounds) { TILES(_tile_dpbssd); }

TARGET("avx2") static void avx2_read(const uint8_t *bytes, size_t count, size_t rounds) {
    read_all(bytes, count, rounds);
}
TARGET("avx512f") static void avx512_read(const uint8_t *bytes, size_t count, size_t rounds) {
    read_all(bytes, count, rounds);
}

/// Bits of cpuid leaf 7 that ask for more than what `kernel_table_for` has checked.
enum { vnni512_c = 1 << 11 };
enum { avxvnni_1a = 1 << 4, bf16_1a = 1 << 5 };

static int leaf7(unsigned subleaf, uint32_t out[4]) {
    return __get_cpuid_count(7, subleaf, &out[0], &out[1], &out[2], &out[3]);
}

static struct kernel_peak best_f32(void) {
    if (kernel_table_for(kernel_avx512)) {
        return (struct kernel_peak){.loop = avx512_f32, .operations = wide_chains * 16 * 2};
    }
    if (kernel_table_for(kernel_avx2)) {
        return (struct kernel_peak){.loop = avx2_f32, .operations = narrow_chains * 8 * 2};
    }
    return (struct kernel_peak){.loop = plain_f32, .operations = narrow_chains * 4 * 2};
}

static struct kernel_peak best_int8(void) {
    uint32_t bits[4] = {0}, more[4] = {0};
    if (!kernel_table_for(kernel_avx2) || !leaf7(0, bits)) return (struct kernel_peak){0};
    if (kernel_table_for(kernel_avx512) && (bits[2] & vnni512_c)) {
        return (struct kernel_peak){.loop = avx512_int8, .operations = wide_chains * 64 * 2};
    }
    if (leaf7(1, more) && (more[0] & avxvnni_1a)) {
        return (struct kernel_peak){.loop = avxvnni_int8, .operations = narrow_chains * 32 * 2};
    }
    return (struct kernel_peak){.loop = avx2_int8, .operations = narrow_chains * 32 * 2};
}

struct kernel_peak kernel_peak_for(int kind) {
    uint32_t bits[4] = {0};
    switch (kind) {
    case kernel_peak_f32: return best_f32();
    case kernel_peak_int8: return best_int8();
    case kernel_peak_bf16:
        if (!kernel_table_for(kernel_avx512) || !leaf7(1, bits) || !(bits[0] & bf16_1a)) break;
        return (struct kernel_peak){.loop = avx512_bf16, .operations = wide_chains * 32 * 2};
    case kernel_peak_tile_bf16:
        if (!processor_grants_tiles(tiles_bf16)) break;
        return (struct kernel_peak){.loop = tile_bf16, .operations = 4 * 16 * 16 * 32 * 2};
    case kernel_peak_tile_int8:
        if (!processor_grants_tiles(tiles_int8)) break;
        return (struct kernel_peak){.loop = tile_int8, .operations = 4 * 16 * 16 * 64 * 2};
    }
    return (struct kernel_peak){0};
}

void (*kernel_read_loop(void))(const uint8_t *, size_t, size_t) {
    if (kernel_table_for(kernel_avx512)) return avx512_read;
    return kernel_table_for(kernel_avx2) ? avx2_read : plain_read;
}
#elif defined(__aarch64__)
#include <arm_neon.h>

static void neon_f32(size_t rounds) {
    float32x4_t factor = vdupq_n_f32(0.5f), term = vdupq_n_f32(1.0f);
    CHAINS(float32x4_t, wide_chains, term, vfmaq_f32(term, s, factor));
}

TARGET("dotprod") static void neondot_int8(size_t rounds) {
    int8x16_t bytes = vdupq_n_s8(1);
    CHAINS(int32x4_t, wide_chains, vdupq_n_s32(0), vdotq_s32(s, bytes, bytes));
}

struct kernel_peak kernel_peak_for(int kind) {
    if (kind == kernel_peak_f32) return (struct kernel_peak){.loop = neon_f32, .operations = wide_chains * 4 * 2};
    if (kind != kernel_peak_int8 || !kernel_table_for(kernel_neondot)) return (struct kernel_peak){0};
    return (struct kernel_peak){.loop = neondot_int8, .operations = wide_chains * 16 * 2};
}

void (*kernel_read_loop(void))(const uint8_t *, size_t, size_t) { return plain_read; }
#else
struct kernel_peak kernel_peak_for(int kind) {
    if (kind != kernel_peak_f32) return (struct kernel_peak){0};
    return (struct kernel_peak){.loop = plain_f32, .operations = narrow_chains * 4 * 2};
}

void (*kernel_read_loop(void))(const uint8_t *, size_t, size_t) { return plain_read; }
#endif

void kernel_meeting_part(void *context, size_t part) {
    // A thread that never comes (the pool may have other work) must not keep the others for ever.
    enum { most_looks = 1 << 19 };
    (void)part;
    struct kernel_meeting *meeting = context;
    size_t before = __atomic_fetch_add(&meeting->arrived, 1, __ATOMIC_ACQ_REL);
    size_t all = (before / meeting->parties + 1) * meeting->parties;
    for (int look = 0; look < most_looks; look++) {
        if (__atomic_load_n(&meeting->arrived, __ATOMIC_ACQUIRE) >= all) return;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
}

void kernel_peak_part(void *context, size_t part) {
    struct kernel_peak *peak = context;
    kernel_meeting_part(&peak->meeting, part);
    peak->loop(peak->rounds);
}

void kernel_read_part(void *context, size_t part) {
    struct kernel_read *read = context;
    kernel_meeting_part(&read->meeting, part);
    read->loop(read->bytes + part * read->part_bytes, read->part_bytes, read->rounds);
}
