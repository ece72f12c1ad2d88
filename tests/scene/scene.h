/*
 * scene.h - facts about pages: calls, then what the pages are to be.  Held in memory as below, whichever file they are
 * from: the scene language (read_scene.c, README.md) or JSON cases (read_cases.c).
 *
 *	# mlock stops at a hole and keeps what it locked
 *	map 0-8 rw-   unmap 4-5   lock 0-8 = ENOMEM   expect LLLL.---
 *
 * One scene is a list of steps.  Whoever plays it - model, kernel, a program under the tracer - makes each step, sees
 * whether it ended as the scene says, and compares the pages where there is an expectation.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../collector/vm/range.h"
#include "../../collector/vm/record.h"
#include "state.h"

/* Pages are numbered from here; this part of the address space is empty at the start. */
#define ARENA_START UINT64_C(0x200000000000)
/* In it nothing may be mapped that an expectation does not list. */
#define ARENA_LOW  (ARENA_START - 4096 * PAGE_BYTES)
#define ARENA_HIGH (ARENA_START + 65536 * PAGE_BYTES)

/* What has its value only once a process runs: places, descriptors, segments, figures of /proc/self/status. */
enum name_id {
	NAME_NONE,
	NAME_VDSO,
	NAME_VDSO_END,
	NAME_VVAR,
	NAME_VVAR_END,
	NAME_VCLOCK,
	NAME_VCLOCK_END,
	NAME_STACK,
	NAME_STACK_END,
	NAME_HEAP,
	NAME_HEAP_END,
	NAME_VSYSCALL,
	NAME_VSYSCALL_END,
	NAME_BRK, /* the break at the start, which is made to be at a page */
	NAME_VMSIZE,
	NAME_VMDATA,
	NAME_VMSTK,
	NAME_VMLCK, /* bytes, now */
	NAME_OWN,   /* from here on: what the scene itself names */
	NAMES_MAX = NAME_OWN + 24
};

struct values {
	uint64_t of[NAMES_MAX];
};

/* A number, plus and minus such names. */
struct expr {
	uint64_t number;
	uint8_t plus[2], minus[2]; /* enum name_id */
};

enum step_verb {
	STEP_CALL,	   /* of calls.def; arguments in its order but for what is said at struct step */
	STEP_OPEN,	   /* arg 0: bytes, 1: flags of memfd_create */
	STEP_CLOSE,	   /* 0: descriptor */
	STEP_TRUNCATE,	   /* 0: descriptor, 1: bytes */
	STEP_SEAL_FILE,	   /* 0: descriptor, 1: seals */
	STEP_SEGMENT,	   /* 0: bytes, 1: mode */
	STEP_SHM_LOCKED,   /* 0: segment */
	STEP_READ,	   /* 0: address, 1: bytes: one byte of each page */
	STEP_WRITE,	   /* 2: the byte */
	STEP_JUMP,	   /* runs what is there */
	STEP_FORK,	   /* the rest is the child's; arg 0 not 0: the parent's */
	STEP_EXEC,	   /* the rest is done by a new program of the same process */
	STEP_BECOME,	   /* arg 0: enum right */
	STEP_STRIPE,	   /* 0: address, 1: bytes, 2: protection of every second page, until one is refused */
	STEP_SHADOW_STACK, /* 0: address, 1: bytes */
	STEP_NOTHING
};

enum step_by { BY_ITSELF, BY_THREAD, BY_CHILD }; /* a child that shares the address space */

enum right { RIGHT_ALL, RIGHT_NO_IPC_LOCK, RIGHT_NONE };

enum open_kind { OPEN_FILE, OPEN_MEMFD, OPEN_SECRET, OPEN_SOCKET, OPEN_PIPE, OPEN_SPARSE, OPEN_NOEXEC, OPEN_PATH };

enum outcome_kind { OUTCOME_ANY, OUTCOME_SUCCESS, OUTCOME_VALUE, OUTCOME_ELSEWHERE, OUTCOME_ERRNO, OUTCOME_SIGNAL };

struct outcome {
	enum outcome_kind kind;
	struct expr value; /* OUTCOME_VALUE */
	int number;	   /* errno, signal */
	char *vector;	   /* of mincore, "0110"; NULL: not told */
};

/* Pages that are all alike. */
struct run {
	struct expr at, bytes;
	bool mapped;
	struct state state;
	uint64_t with, without; /* of state.h's flags, beyond the state */
	int8_t present, guard;	/* -1: not told */
	int16_t byte;		/* the first of each page; -1: not told */
};

enum everywhere { EVERYWHERE_ANY, EVERYWHERE_UNLOCKED, EVERYWHERE_LOCKED, EVERYWHERE_ONFAULT };

struct expectation {
	bool lists_pages;
	struct run *run;
	size_t runs;
	int64_t vmlck_pages;	    /* -1: not told */
	enum everywhere everywhere; /* the lock of whatever can be locked, in the arena or not */
};

/*
 * process_madvise: arg 0, 1 and 4, 5 are the ranges (5: 0 bytes: only one), arg 3 the advice.
 * setrlimit: arg 0 the resource, 1 the new soft limit.
 */
struct step {
	int line;
	enum step_verb verb;
	enum call_id call;
	enum step_by by;
	struct expr arg[CALL_ARGS_MAX];
	enum open_kind kind;
	enum fd_access access;
	char *path;   /* OPEN_PATH */
	uint8_t name; /* receives the result */
	struct outcome outcome;
	struct expectation *expect; /* NULL: nothing */
};

struct scene {
	const char *file;
	int line;
	char *title;
	struct step *step;
	size_t steps;
	unsigned since;	     /* KERNEL(), 0: always */
	unsigned needs;	     /* bits by enum need, needs.h */
	char *needs_unknown; /* what nobody knows how to look for; NULL */
	char *own[NAMES_MAX - NAME_OWN];
	unsigned owns;
};

/* A file of scenes, read one by one: a program that plays them stays small, for some limit what it may have. */
struct script {
	const char *path;
	FILE *file;
	bool is_json;
	char *text; /* of the line at hand */
	size_t room;
	int line;
	size_t index; /* of the scene in the file, from 0 */
	struct scene scene;
};

/*
 * script_open - JSON cases if the file's name ends in .jsonl
 *
 * Return: 0; -1 after a message on stderr.
 */
int script_open(struct script *script, const char *path);

/*
 * script_next - read the next scene into script->scene, in place of the one before
 *
 * Return: 1; 0: there is none; -1 after a message on stderr.
 */
int script_next(struct script *script);
void script_close(struct script *script);

/* ---- for the two readers ---- */

/*
 * script_line - the next line into script->text
 */
bool script_line(struct script *script);
int script_puzzled(const struct script *script, const char *what);
int script_next_text(struct script *script);
int script_next_case(struct script *script);
struct step *scene_add_step(struct scene *scene, enum step_verb verb, int line);
struct expectation *scene_expectation(struct scene *scene, int line);
struct run *expectation_add(struct expectation *expect);

/*
 * scene_name - the id of a name, a new one if the scene may and need make it; NAME_NONE if not
 */
uint8_t scene_name(struct scene *scene, const char *name, size_t length, bool make);

/* ---- for the players ---- */

static inline uint64_t expr_value(const struct expr *expr, const struct values *values)
{
	return expr->number + values->of[expr->plus[0]] + values->of[expr->plus[1]] - values->of[expr->minus[0]] -
	       values->of[expr->minus[1]];
}

/*
 * step_is_address - does it return an address
 */
bool step_is_address(const struct step *step);

/*
 * step_text - "lock", "fork": what a message calls it
 */
const char *step_text(const struct step *step);

#endif
