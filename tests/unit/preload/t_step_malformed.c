/*
 * t_step_malformed.c - no table, however damaged, makes the stepper read outside it, crash or run for ever.
 *
 * libc's .eh_frame_hdr and .eh_frame, copied between two pages that cannot be read, are damaged at random and
 * then asked about many addresses. All places in the tables are relative to themselves, so the copy describes
 * code at the same distance.
 */
#include <dlfcn.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../preload/cfi.h"
#include "../../../preload/step_rows.h"

enum { PAGE = 4096, ROUNDS = 3000, LOOKUPS = 100, DAMAGED_MAX = 64 };

static struct cfi_table table;		/* the copy */
static const uint8_t *original;
static size_t size;
static uintptr_t code_start, code_end;	/* of the copied table's functions */
static uint64_t seed = 88172645463325252ull;

static uint64_t random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t below(uint64_t limit)
{
	return random_number() % limit;
}

/* The segment of libc that holds its tables, from .eh_frame_hdr on. */
static int find_tables(struct dl_phdr_info *info, size_t unused, void *address)
{
	const ElfW(Phdr) *header = NULL, *segment = NULL;

	(void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
			header = &info->dlpi_phdr[i];
	for (int i = 0; header && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    header->p_vaddr - info->dlpi_phdr[i].p_vaddr < info->dlpi_phdr[i].p_filesz)
			segment = &info->dlpi_phdr[i];
	if (!segment || (uintptr_t)address != info->dlpi_addr + header->p_vaddr)
		return 0;
	original = address;
	size = segment->p_vaddr + segment->p_filesz - header->p_vaddr;
	return 1;
}

/* Copies the tables to the end of a mapping, so that reading one byte too far is reading the page behind. */
static int copy_tables(void **state)
{
	struct cfi_table libc;

	(void)state;
	if (!row_table((uintptr_t)dlsym(RTLD_DEFAULT, "qsort"), &libc))
		return 1;
	if (!dl_iterate_phdr(find_tables, (void *)(uintptr_t)libc.header))
		return 1;
	size &= ~(size_t)3; /* the header stays aligned */
	const size_t pages = (size + PAGE - 1) / PAGE * PAGE;
	uint8_t *const memory = mmap(NULL, pages + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1, 0);
	uint8_t *const copy = memory + PAGE + pages - size;
	memcpy(copy, original, size);
	mprotect(memory, PAGE, PROT_NONE);
	mprotect(memory + PAGE + pages, PAGE, PROT_NONE);
	table = (struct cfi_table){ copy, copy, copy + size };
	code_start = (uintptr_t)libc.low - (uintptr_t)original + (uintptr_t)copy;
	code_end = (uintptr_t)copy; /* the linker puts code before its tables */
	return 0;
}

static uint8_t *bytes(void)
{
	return (uint8_t *)(uintptr_t)table.header;
}

/* Run an expression of a row on made-up registers. */
static void evaluate(const struct cfi_rules *rules)
{
	static uintptr_t words[64];
	struct stack stack = { (uintptr_t)words, sizeof(words) - 8, (uintptr_t)(words + 64), (uintptr_t)words, 0 };
	struct cfi_registers registers = { .known = ~0u };
	uintptr_t result;

	for (int i = 0; i < CFI_REGISTERS; i++)
		registers.value[i] = (uintptr_t)words + 8 * below(64);
	if (rules->cfa_is_expression)
		cfi_evaluate(&table, rules->cfa_expression, &registers, NULL, &stack, &result);
	for (int i = 0; i < CFI_REGISTERS; i++)
		if (rules->kind[i] == CFI_AT_EXPRESSION || rules->kind[i] == CFI_IS_EXPRESSION)
			cfi_evaluate(&table, rules->value[i], &registers, &words[0], &stack, &result);
}

/* How many of the addresses have rules. */
static int look_up(int count)
{
	struct cfi_function function;
	struct cfi_rules rules;
	int found = 0;

	for (int i = 0; i < count; i++) {
		const uintptr_t pc = code_start + below(code_end - code_start);
		row_find(&table, pc);
		if (cfi_find(&table, pc, &function) != CFI_FOUND || !cfi_rules_run(&function, pc, &rules))
			continue;
		evaluate(&rules);
		found++;
	}
	return found;
}

static void undamaged_copy_is_understood(void **state)
{
	(void)state;
	assert_true(size > 50000);
	assert_true(look_up(10000) > 5000);
}

/* Damage within [from, to) of the tables, look up, repair. */
static int damage(size_t from, size_t to)
{
	size_t where[DAMAGED_MAX];
	const int count = 1 + (int)below(DAMAGED_MAX);

	for (int i = 0; i < count; i++) {
		where[i] = from + below(to - from);
		bytes()[where[i]] = (uint8_t)random_number();
	}
	const int found = look_up(LOOKUPS);
	for (int i = 0; i < count; i++)
		bytes()[where[i]] = original[where[i]];
	return found;
}

static void damaged_bytes_anywhere(void **state)
{
	int found = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		found += damage(0, size);
	assert_true(found > ROUNDS);
}

static void damaged_header(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		damage(0, 12);
}

/* Whole runs of nonsense: every FDE a search may find is one. */
static void damaged_descriptions(void **state)
{
	const size_t from = size / 3;

	(void)state;
	for (int i = 0; i < 30; i++) {
		for (size_t at = from; at < size; at++)
			if (below(8) == 0)
				bytes()[at] = (uint8_t)random_number();
		look_up(20000);
		memcpy(bytes() + from, original + from, size - from);
	}
}

static void tables_that_end_early(void **state)
{
	const struct cfi_table whole = table;
	uint8_t *const end = (uint8_t *)(uintptr_t)whole.high;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		const size_t kept = below(i % 2 ? 64 : size) & ~(size_t)3;
		table.header = table.low = end - kept;
		memcpy(bytes(), original, kept);
		code_start += size - kept, code_end += size - kept;
		look_up(LOOKUPS);
		code_start -= size - kept, code_end -= size - kept;
		memcpy(end - kept, original + size - kept, kept);
	}
	table = whole;
}

static void a_number_without_end(void **state)
{
	(void)state;
	memset(bytes() + size / 3, 0xff, size - size / 3);
	look_up(LOOKUPS);
	memset(bytes() + size / 3, 0x80, size - size / 3);
	look_up(LOOKUPS);
	memcpy(bytes(), original, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undamaged_copy_is_understood),
		cmocka_unit_test(damaged_bytes_anywhere),
		cmocka_unit_test(damaged_header),
		cmocka_unit_test(damaged_descriptions),
		cmocka_unit_test(tables_that_end_early),
		cmocka_unit_test(a_number_without_end),
	};

	if (!row_usable())
		return 77;
	alarm(50);
	return cmocka_run_group_tests(tests, copy_tables, NULL);
}
