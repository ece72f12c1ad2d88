/*
 * plan.h - calls to be made, one after the other, and as text: what is played, shortened and played again.
 *
 *	1: mmap A+3p 2p 3 0x32 -1 0
 *	2: mlock/syscall r1+1p 1p+17
 *	3: fork 5		a child makes the calls up to number 5
 *
 * A word is a number ("0x32", "2p" for pages, "1p+17") or a place and a number: "A+3p". Places have their value only in the
 * process that makes the call, so a plan means the same with lines left out. The number before the colon stays with its line;
 * "r1" is what line 1 returned.
 */
#ifndef TESTS_FUZZ_PLAN_H
#define TESTS_FUZZ_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../preload/abi/call.h"
#include "objects.h"

enum { PLAN_MAX = 100, PLAN_WORDS = 6, ARENA_PAGES = 48 };

#define ARENA UINT64_C(0x200000000000)
#define ARENA_PAGE(n) (ARENA + (uint64_t)(n) * 4096)

/* Where a word counts from. */
enum place {
	PLACE_ZERO,
	PLACE_ARENA,   /* "A": addresses where nothing is mapped at the start */
	PLACE_BREAK,   /* "B": the program break at the start */
	PLACE_LIBC,    /* "libc": a page of its text */
	PLACE_STACK,   /* "stack": the page in use */
	PLACE_VDSO,    /* "vdso" */
	PLACE_RESULT,  /* "r1" */
	PLACE_OBJECT,  /* "fd1": a descriptor, objects.h */
	PLACE_SEGMENT, /* "seg1": a System V segment */
	PLACE_COUNT
};

struct word {
	uint8_t place; /* enum place */
	uint8_t index; /* of the result, descriptor, segment */
	uint64_t add;  /* bytes */
};

enum step_verb {
	STEP_CALL,
	STEP_TOUCH,  /* write a byte at arg 0 */
	STEP_PEEK,   /* read one */
	STEP_GO_ON,  /* fork; the rest is the child's, the parent waits */
	STEP_EXEC,   /* the rest is done by a new program in this process */
	STEP_FORK,   /* from here on: somebody else makes the calls up to number @until, meanwhile the process waits */
	STEP_VFORK,
	STEP_CLONE,  /* CLONE_VM */
	STEP_THREAD,
	STEP_SPAWN,  /* posix_spawn */
	STEP_VSPAWN, /* vfork and execve */
	STEP_VERBS
};

struct step {
	uint8_t label; /* the number before the colon, 1 and up, ascending */
	uint8_t verb;  /* enum step_verb */
	uint8_t until;
	bool by_syscall;    /* by syscall(2), not by the C library's function */
	enum call_id call;
	struct word arg[PLAN_WORDS];
};

struct plan {
	struct step step[PLAN_MAX];
	unsigned steps;
};

/* What places and results stand for in one process. */
struct values {
	uint64_t place[PLACE_RESULT];
	uint64_t segment[SEGMENTS];
	uint64_t result[UINT8_MAX + 1]; /* by label; 0: none */
};

/*
 * word_value - the word as the kernel gets it
 *
 * The result of a call that was left out, or failed, stands for some page of the arena.
 */
uint64_t word_value(const struct word *word, const struct values *values);

/*
 * step_words - how many words of .arg the step has
 *
 * setrlimit, prlimit and process_madvise have one more than calls.def, for what they are pointed to.
 */
int step_words(const struct step *step);

/*
 * step_print - one line, without a newline
 */
void step_print(FILE *out, const struct step *step);

/*
 * plan_read - the lines of a file; empty ones and those that begin with '#' are passed over
 *
 * Return: 0; -1 after a message on stderr.
 */
int plan_read(struct plan *plan, FILE *in);

#endif
