/*
 * step_rows.c - the short form of unwind rules, and the cache of them; see step_rows.h.
 */
#include "step.h"
#include "step_rows.h"

struct row_set row_sets[ROW_SETS];
_Atomic uint32_t row_generation;

/* struct dl_find_object of <dlfcn.h>, x86-64, under an own name so that headers before glibc 2.35 do. */
struct found_object {
	unsigned long long flags;
	void *map_start, *map_end;
	void *link_map;
	void *eh_frame;		/* .eh_frame_hdr, in spite of its name */
	unsigned long long reserved[7];
};

extern int find_object(void *pc, struct found_object *result) __asm__("_dl_find_object") __attribute__((weak));

bool row_usable(void)
{
	return find_object != NULL;
}

/*
 * What is found is the object's whole mapping or, where there are holes between its segments (node aligns its
 * text to huge pages), the segment around the address.  The tables are in another segment then.
 */
bool row_table(uintptr_t pc, struct cfi_table *table)
{
	struct found_object found;

	if (find_object((void *)pc, &found) != 0 || !found.eh_frame)
		return false;
	table->header = found.eh_frame;
	if (found.eh_frame < found.map_start || found.eh_frame >= found.map_end)
		if (find_object(found.eh_frame, &found) != 0 || found.eh_frame != table->header)
			return false;
	table->low = found.map_start;
	table->high = found.map_end;
	return true;
}

/* Whether an expression is register @base + *offset. */
static bool base_is(const struct cfi_table *table, int32_t expression, enum cfi_register base, int32_t *offset)
{
	uint8_t found;
	bool deref;

	return cfi_base_offset(table, expression, &found, offset, &deref) && found == base && !deref;
}

/* The frame glibc's __restore_rt describes: the ucontext the kernel pushed, at rsp (arch/x86/kernel/signal_64.c). */
static bool is_at_rsp(const struct cfi_table *table, const struct cfi_rules *rules, int number, int32_t where)
{
	int32_t offset;

	return rules->kind[number] == CFI_AT_EXPRESSION && base_is(table, rules->value[number], CFI_RSP, &offset) &&
	       offset == where;
}

static bool is_ucontext(const struct cfi_table *table, const struct cfi_rules *rules)
{
	uint8_t base;
	int32_t offset;
	bool deref;

	return rules->cfa_is_expression &&
	       cfi_base_offset(table, rules->cfa_expression, &base, &offset, &deref) &&
	       base == CFI_RSP && offset == ROW_UCONTEXT_RSP && deref &&
	       is_at_rsp(table, rules, CFI_RSP, ROW_UCONTEXT_RSP) &&
	       is_at_rsp(table, rules, CFI_RBP, ROW_UCONTEXT_RBP) &&
	       is_at_rsp(table, rules, CFI_RIP, ROW_UCONTEXT_RIP);
}

static bool short_cfa(const struct cfi_table *table, const struct cfi_rules *rules, struct row *row)
{
	uint8_t base = rules->cfa_register;
	int32_t offset = rules->cfa_offset;
	bool deref = false;

	if (rules->cfa_is_expression && !cfi_base_offset(table, rules->cfa_expression, &base, &offset, &deref))
		return false;
	row->cfa = offset;
	row->kind = (base == CFI_RBP ? ROW_BY_RBP : 0) | (deref ? ROW_IN_MEMORY : 0);
	return base == CFI_RBP || base == CFI_RSP;
}

static bool short_rbp(const struct cfi_table *table, const struct cfi_rules *rules, struct row *row)
{
	int32_t offset;

	row->rbp = rules->value[CFI_RBP];
	switch (rules->kind[CFI_RBP]) {
	case CFI_DEFAULT:
	case CFI_SAME:
		row->rbp = 0;
		row->rbp_kind = RBP_KEPT;
		return true;
	case CFI_AT_OFFSET:
		row->rbp_kind = RBP_AT_CFA;
		return true;
	case CFI_AT_EXPRESSION:
		row->rbp_kind = RBP_AT_RBP;
		/* With another CFA the rule may be stale, see step_slow.c. */
		if (row->kind != ROW_AT_RBP || !base_is(table, rules->value[CFI_RBP], CFI_RBP, &offset))
			return false;
		row->rbp = offset;
		return true;
	}
	return false;
}

struct row row_of_rules(const struct cfi_table *table, const struct cfi_rules *rules)
{
	struct row row = { 0, 0, ROW_COMPLEX, RBP_KEPT };
	const struct row complex = row;

	if (rules->kind[CFI_RIP] == CFI_UNDEFINED)
		row.kind = ROW_END;
	else if (rules->is_signal)
		row.kind = is_ucontext(table, rules) ? ROW_SIGNAL : ROW_COMPLEX;
	else if (rules->kind[CFI_RIP] != CFI_AT_OFFSET || rules->value[CFI_RIP] != -8 ||
		 rules->kind[CFI_RSP] != CFI_DEFAULT ||
		 !short_cfa(table, rules, &row) || !short_rbp(table, rules, &row))
		return complex;
	return row;
}

struct row row_find(const struct cfi_table *table, uintptr_t pc)
{
	const struct row none = { 0, 0, ROW_NONE, RBP_KEPT };
	const struct row complex = { 0, 0, ROW_COMPLEX, RBP_KEPT };
	struct cfi_function function;
	struct cfi_rules rules;
	const enum cfi_found found = cfi_find(table, pc, &function);

	if (found == CFI_NONE)
		return none;
	if (found == CFI_BAD || !cfi_rules_run(&function, pc, &rules))
		return complex;
	return row_of_rules(table, &rules);
}

bool row_pack(struct row row, uint16_t *low, uint16_t *high)
{
	*low = (uint16_t)(row.cfa / 8);
	*high = (uint16_t)((uint64_t)(row.rbp / 8) << 5 | (uint64_t)row.rbp_kind << 3 | row.kind);
	const struct row again = row_unpack(*low, *high);
	return again.cfa == row.cfa && again.rbp == row.rbp;
}

/* Replace an entry of another generation if there is one, else one of the two by turns. */
static void put(uintptr_t pc, uint64_t generation, uint16_t low, uint16_t high)
{
	static _Atomic uint32_t turn;
	const uint64_t name = row_name(pc, generation), mask = (ROW_GENERATIONS - 1) << ROW_HALF_BITS;
	struct row_set *const set = row_set_of(pc);
	struct row_entry *entry = NULL;

	for (int i = 0; i < ROW_WAYS && !entry; i++) {
		const uint64_t word = atomic_load_explicit(&set->way[i].low, memory_order_relaxed);
		if (!word || (word & mask) != generation)
			entry = &set->way[i];
	}
	if (!entry) {
		const uint32_t now = atomic_load_explicit(&turn, memory_order_relaxed);
		atomic_store_explicit(&turn, now + 1, memory_order_relaxed);
		entry = &set->way[now % ROW_WAYS];
	}
	atomic_store_explicit(&entry->low, name | low, memory_order_relaxed);
	atomic_store_explicit(&entry->high, name | high, memory_order_relaxed);
}

/*
 * That no table speaks about an address is not kept: a library's tables become known only after its
 * constructors may have run code (ifunc resolvers), without any call that unmaps something.
 */
struct row row_miss(uintptr_t pc, uint64_t generation)
{
	struct cfi_table table;
	struct row row = { 0, 0, ROW_NONE, RBP_KEPT };
	uint16_t low, high;

	if (row_table(pc, &table))
		row = row_find(&table, pc);
	if (row.kind != ROW_NONE && row_pack(row, &low, &high))
		put(pc, generation, low, high);
	return row;
}

static void wipe(void)
{
	for (unsigned i = 0; i < ROW_SETS; i++)
		for (int j = 0; j < ROW_WAYS; j++) {
			atomic_store_explicit(&row_sets[i].way[j].low, 0, memory_order_relaxed);
			atomic_store_explicit(&row_sets[i].way[j].high, 0, memory_order_relaxed);
		}
}

void step_forget(void)
{
	const uint32_t count = atomic_fetch_add_explicit(&row_generation, 1, memory_order_acq_rel) + 1;

	if (count % (ROW_GENERATIONS / 2) == 0)
		wipe();
}
