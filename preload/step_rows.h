/*
 * step_rows.h - the short form of unwind rules, and the cache of them.
 *
 * Nearly every frame needs three numbers: where the CFA is, seen from rsp or rbp, and where the caller's rbp
 * was saved.  Such a row fits in 32 bits.  Frames that need more are ROW_COMPLEX and are left to step_full().
 */
#ifndef PAGETRAIL_STEP_ROWS_H
#define PAGETRAIL_STEP_ROWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cfi.h"

/* Bit 0 chooses the base register, bit 1 whether the CFA is in memory, bit 2 everything out of the ordinary. */
enum row_kind {
	ROW_RSP,		/* CFA = rsp + cfa */
	ROW_RBP,		/* CFA = rbp + cfa */
	ROW_AT_RSP,		/* CFA = the word at rsp + cfa */
	ROW_AT_RBP,		/* CFA = the word at rbp + cfa: a function that realigned its stack */
	ROW_SIGNAL,		/* the kernel's signal frame: a ucontext at rsp */
	ROW_END,		/* the outermost frame */
	ROW_COMPLEX,		/* full rules needed */
	ROW_NONE,		/* no table speaks about this address */
};
#define ROW_BY_RBP 1
#define ROW_IN_MEMORY 2
#define ROW_SPECIAL 4

enum row_rbp {
	RBP_KEPT,		/* the caller's rbp is still in place */
	RBP_AT_CFA,		/* stands at CFA + rbp */
	RBP_AT_RBP,		/* stands at rbp + rbp; goes with ROW_AT_RBP */
};

struct row {
	int64_t cfa;
	int64_t rbp;
	uint8_t kind;		/* enum row_kind */
	uint8_t rbp_kind;	/* enum row_rbp */
};

/* Where the kernel's signal frame keeps the interrupted registers: <asm/ucontext.h>, <asm/sigcontext.h>. */
#define ROW_UCONTEXT_RBP 120
#define ROW_UCONTEXT_RSP 160
#define ROW_UCONTEXT_RIP 168

/*
 * row_usable - whether this libc can say which object an address belongs to
 */
bool row_usable(void);

/*
 * row_table - the unwind tables of the object that contains @pc
 *
 * Return: false if no object of the loader does, or it has none.
 * Context: async-signal-safe: _dl_find_object() takes no lock (glibc manual, "Dynamic Linker Introspection").
 */
bool row_table(uintptr_t pc, struct cfi_table *table);

/*
 * row_of_rules - the short form of rules
 */
struct row row_of_rules(const struct cfi_table *table, const struct cfi_rules *rules);

/*
 * row_find - the row for @pc from the tables, or ROW_NONE
 * @table: of the object that contains @pc
 */
struct row row_find(const struct cfi_table *table, uintptr_t pc);

/* Addresses at or above this are not cached and not believed. */
#define ROW_PC_LIMIT (1ul << 47)

/*
 * The cache: 2048 sets of two entries of 16 bytes.  An entry is two words of the same make:
 *
 *	 63		   28 27	    16 15	    0
 *	| pc >> 11	     | generation     | half a row   |
 *
 * The set is a function of pc in which pc >> 11 determines how the low 11 bits are permuted, so (set, pc >> 11)
 * names one pc exactly.  Each word says by itself which pc and which generation it belongs to, and a reader
 * takes an entry only if both words say its own.  Halves by two writers may therefore stand side by side, or
 * only one of a pair may be visible, in any order: what a reader accepts always are the two halves of the row
 * of its pc in its generation, and there is only one such row, because code does not change without
 * step_forget().  So relaxed loads and stores are enough.
 *
 * step_forget() takes the next generation; the walk loads it once, before it consults any table (acquire; pairs
 * with the release there), so a row read from tables that are going away is stored under a generation nobody
 * asks for any more. Generations come round after 4096; entries are wiped twice a round, so a stale one could
 * be met only if its writer slept between reading the table and storing the row for 2048 generations.
 */
#define ROW_SETS_BITS 11
#define ROW_SETS (1u << ROW_SETS_BITS)
#define ROW_WAYS 2
#define ROW_GENERATIONS 4096u
#define ROW_HALF_BITS 16

struct row_entry {
	_Atomic uint64_t low, high;
};

struct row_set {
	_Alignas(32) struct row_entry way[ROW_WAYS];
};

extern __attribute__((visibility("hidden"))) struct row_set row_sets[ROW_SETS];
extern __attribute__((visibility("hidden"))) _Atomic uint32_t row_generation;

/*
 * row_miss - find the row for @pc from the tables and put it into the cache
 */
struct row row_miss(uintptr_t pc, uint64_t generation);

/* The generation of a walk, for row_get(). */
static inline uint64_t row_now(void)
{
	const uint32_t count = atomic_load_explicit(&row_generation, memory_order_acquire);

	return (uint64_t)(count % ROW_GENERATIONS) << ROW_HALF_BITS;
}

static inline uint64_t row_name(uintptr_t pc, uint64_t generation)
{
	return (uint64_t)pc >> ROW_SETS_BITS << (ROW_HALF_BITS + 12) | generation;
}

static inline struct row_set *row_set_of(uintptr_t pc)
{
	return &row_sets[(pc ^ pc >> ROW_SETS_BITS) % ROW_SETS];
}

/* The low half is cfa / 8 and nothing else, because everything waits for the CFA; the high half has the rest. */
static inline struct row row_unpack(uint64_t low, uint64_t high)
{
	return (struct row){
		.cfa = (int64_t)(int16_t)low * 8,
		.rbp = (int64_t)((int16_t)high >> 5) * 8,
		.kind = high & 7,
		.rbp_kind = high >> 3 & 3,
	};
}

/*
 * row_pack - the two halves of @row
 *
 * Return: false if it is too large for them; such a row is not cached but looked up every time.
 */
bool row_pack(struct row row, uint16_t *low, uint16_t *high);

/*
 * row_get - the row for @pc, below ROW_PC_LIMIT
 */
static inline struct row row_get(uintptr_t pc, uint64_t generation)
{
	const uint64_t name = row_name(pc, generation);
	struct row_set *const set = row_set_of(pc);

	for (int i = 0; i < ROW_WAYS; i++) {
		const uint64_t low = atomic_load_explicit(&set->way[i].low, memory_order_relaxed);
		const uint64_t high = atomic_load_explicit(&set->way[i].high, memory_order_relaxed);
		if (__builtin_expect(((low ^ name) | (high ^ name)) >> ROW_HALF_BITS == 0, 1))
			return row_unpack(low, high);
	}
	return row_miss(pc, generation);
}

#endif
