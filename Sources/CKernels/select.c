#include "include/kernels.h"
#include "processor.h"

struct set {
    const struct kernel_table *table;
    int (*is_present)(void);
};

#define DECLARE(name) extern const struct kernel_table name##_table;
#define ROW(name) [kernel_##name] = {&name##_table, processor_has_##name},
#define ONE(name) +1

PORTABLE_SETS(DECLARE)
#if defined(__x86_64__)
X86_SETS(DECLARE)
#elif defined(__aarch64__)
ARM_SETS(DECLARE)
#endif

static const struct set sets[kernel_isa_count] = {
    PORTABLE_SETS(ROW)
#if defined(__x86_64__)
    X86_SETS(ROW)
#elif defined(__aarch64__)
    ARM_SETS(ROW)
#endif
};
_Static_assert(0 PORTABLE_SETS(ONE) ARM_SETS(ONE) X86_SETS(ONE) == kernel_isa_count,
               "every instruction set belongs to a processor");

const struct kernel_table *kernel_table_for(int isa) {
    if (isa < 0 || isa >= kernel_isa_count || !sets[isa].table || !sets[isa].is_present()) return NULL;
    return sets[isa].table;
}
