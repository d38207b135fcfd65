// Every kernel of every instruction set of this processor, and the wide kernels in plain C, against the scalar
// specification, bit for bit, on fixed pseudo-random inputs. Prints a digest for each check of the scalar set: they are the same on every processor, which
// scripts/build-aarch64 compares. Exits with 1 where a set differs.
#include "check.h"

#define NAME(name) #name,
static const char *const sets[] = {PORTABLE_SETS(NAME) ARM_SETS(NAME) X86_SETS(NAME)};

extern const struct kernel_table plain_table;

static int failures;

static void compare(const char *what, const char *variant, const char *set, uint64_t found, uint64_t expected) {
    if (found == expected) return;
    fprintf(stderr, "%s %s: %s differs from the specification\n", what, variant, set);
    failures++;
}

static void run(const char *what, const char *variant, check *check, int number) {
    uint64_t expected = check(kernel_table_for(kernel_scalar), number);
    printf("%s %s %016llx\n", what, variant, (unsigned long long)expected);
    for (int isa = kernel_scalar + 1; isa < kernel_isa_count; isa++) {
        const struct kernel_table *table = kernel_table_for(isa);
        if (table) compare(what, variant, sets[isa], check(table, number), expected);
    }
    compare(what, variant, "wide/ in plain C", check(&plain_table, number), expected);
}

// Whole panels and ones with empty lanes; plain rows of whole vectors and of single numbers. Some formats are in no file.
static int are_panels_right(int format) {
    if (!kernel_block_bytes(format)) return 1;
    size_t elements = kernel_block_elements(format), inputs = elements == 1 ? 67 : 3 * elements;
    return check_panels(format, 37, inputs) && check_panels(format, 16, elements == 1 ? 64 : elements)
        && check_panels(format, 5, elements == 1 ? 1 : elements);
}

static void run_formats(void) {
    for (int format = 0; format < kernel_format_count; format++) {
        const char *name = kernel_format_name(format);
        if (!are_panels_right(format)) {
            fprintf(stderr, "packing %s: a panel is not that of the file\n", name);
            failures++;
        }
        run("packing", name, check_packing, format);
        run("products", name, check_products, format);
        run("rounded products", name, check_rounded_products, format);
        run("encoding", name, check_encoding, format);
    }
}

static void print_sets(void) {
    fprintf(stderr, "instruction sets here:");
    for (int isa = 0; isa < kernel_isa_count; isa++) {
        if (kernel_table_for(isa)) fprintf(stderr, " %s", sets[isa]);
    }
    fprintf(stderr, "\n");
}

int main(void) {
    static const char *const rows_of_logits[] = {"bell", "equal values", "far apart", "not finite"};
    static const char *const kv_formats[] = {"f32", "bf16", "int8", "k8v4"};
    print_sets();
    run_formats();
    run("rounded products", "subnormal", check_tiny_products, 0);
    run("rows", "ordinary", check_rows, 0);
    run("rows", "odd", check_rows, 1);
    run("rotation", "neighbours", check_rotation, 0);
    run("rotation", "halves", check_rotation, 1);
    for (int format = 0; format < kernel_kv_format_count; format++) {
        run("attention", kv_formats[format], check_attention, format);
    }
    for (int variant = 0; variant < 4; variant++) run("sampling", rows_of_logits[variant], check_sampling, variant);
    if (!check_system()) {
        fprintf(stderr, "pool, memory or peaks are wrong\n");
        failures++;
    }
    return failures > 0;
}
