/*
 * cases.h - what the parts of run_cases share: one case being gone through.
 *
 * cases_words.c reads the file's words and expressions, cases_calls.c makes records of its operations, cases_check.c
 * compares the model with what the case expects.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <jansson.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"

#define ARENA UINT64_C(0x200000000000)
#define WINDOW_LOW (ARENA - 4096 * PAGE_BYTES)
#define WINDOW_HIGH (ARENA + 65536 * PAGE_BYTES)

enum { NAMES_MAX = 64 };

/* What the file calls by name: addresses, descriptors, segments. */
struct named {
	char name[24];
	uint64_t value;
};

struct file {
	enum fd_kind kind;
	enum fd_access access;
};

struct run {
	struct world *world;
	uint64_t seq, elsewhere, brk;
	int32_t pid, pids;
	uint64_t memlock;
	bool cap;
	struct named name[NAMES_MAX];
	size_t names;
	struct file file[NAMES_MAX];
	uint64_t shm_bytes[NAMES_MAX];
	size_t files, segments;
	bool looked;		/* the model asked, at the last operation */
	bool guessed_wrong;	/* it asked at one, and its guess was wrong */
	bool unseen;		/* something happened without a call */
	char why[512];
};

/* ---- cases_words.c ---- */

struct word {
	const char *name;
	uint64_t value;
};

extern const struct word map_words[], mremap_words[], mcl_words[], mlock2_words[], shmat_words[], advice_words[],
	limit_words[], errno_words[];

/*
 * word_value - the value of a word, or the number it is
 */
uint64_t word_value(const struct word *table, const char *text, size_t length);

/*
 * words_of - "A|B|0x10", or a number
 */
uint64_t words_of(json_t *op, const char *key, const struct word *table);

const char *text_of(json_t *op, const char *key);
uint64_t number_of(json_t *op, const char *key);

/*
 * prot_of - "rwx", "none", "r+SEM", "r+0x10", or a number
 */
uint64_t prot_of(json_t *op);

/*
 * name_find - what a name stands for, or NULL; name_set - give it a value
 */
uint64_t *name_find(struct run *run, const char *name, size_t length);
void name_set(struct run *run, const char *name, uint64_t value);

/*
 * expression - "A+2p-1": sums of numbers with unit p (pages), k or M, names, "abs", "null" and "max"
 *
 * An address that begins with a number counts from the arena.
 */
uint64_t expression(struct run *run, const char *text, bool is_length);
uint64_t address_of(struct run *run, json_t *op, const char *key);
uint64_t length_of(struct run *run, json_t *op, const char *key);

/* ---- cases_calls.c ---- */

static inline const struct space *space_of(const struct run *run)
{
	return world_process(run->world, run->pid)->space;
}

/*
 * case_begin - a process as the cases begin with
 */
void case_begin(struct run *run, json_t *cs);

/*
 * case_do - give the model the record of one operation, with the result the case expects
 *
 * What happens to memory without a call (page faults, changes of a file, other programs) is noted in run->unseen.
 */
void case_do(struct run *run, json_t *op, json_t *expect);

/*
 * case_list - give the model a listing of [from, to)
 */
void case_list(struct run *run, const struct snapshot_range *range, size_t count, uint64_t from, uint64_t to);

/* ---- cases_check.c ---- */

/*
 * case_check - compare the model with what is expected; differences are added to run->why
 */
void case_check(struct run *run, json_t *expect, const char *where);

/*
 * case_look - show the model the expected pages as the listing a collector would read
 */
void case_look(struct run *run, json_t *expect);

#endif
