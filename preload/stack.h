/*
 * stack.h - which memory of a stack may be read.
 *
 * A walk must survive a wrong frame pointer, so it reads a word only if it is certain to be mapped:
 *   the main thread's stack	up to __libc_stack_end;
 *   a thread of pthread_create	up to its descriptor (fs:0), which glibc puts at the top of the block of memory that
 *				holds the stack; where that block begins and ends stands in the descriptor;
 *   any other			(sigaltstack, coroutines, raw clone): page by page, after the kernel has said that it
 *				can be read (peek.h): 190 ns for each new page; under a
 *				seccomp filter such walks end.
 * Context of all but stack_init(): async-signal-safe; no lock, no allocation; a system call for the third kind only.
 */
#ifndef PAGETRAIL_STACK_H
#define PAGETRAIL_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack {
	uintptr_t low;		/* words may be read from low to */
	uintptr_t span;		/* low + span */
	uintptr_t end;		/* where this stack ends, 0: not known, ask the kernel for each page */
	uintptr_t from;		/* nothing below is ever read */
	unsigned asked;
};

/*
 * stack_init - learn where the main thread's stack ends and where a descriptor keeps its thread's
 *
 * Return: false if there is no __libc_stack_end.
 * Context: constructor only.
 */
bool stack_init(void);

/*
 * stack_of - the stack that @sp points into
 */
void stack_of(struct stack *stack, uintptr_t sp);

/*
 * stack_ask - whether the word at @address may be read after all, for a stack of the third kind
 */
bool stack_ask(struct stack *stack, uintptr_t address);

/*
 * stack_lend - memory that is no stack and may be read all the same, for it is mapped as long as we are
 * @start: a multiple of 8
 *
 * What the tables of the system call stub refer to (sites_x86_64.S). Up to STACK_LENT_MAX ranges; more are ignored.
 * Context: constructor only.
 */
void stack_lend(const void *start, size_t bytes);
#define STACK_LENT_MAX 2

/* Whether the word at @address may be read. */
static inline bool stack_has(struct stack *stack, uintptr_t address)
{
	if (__builtin_expect(address - stack->low <= stack->span && !(address & 7), 1))
		return true;
	return stack_ask(stack, address);
}

static inline uintptr_t stack_word(uintptr_t address)
{
	typedef uintptr_t word __attribute__((may_alias));

	return *(const word *)address;
}

#endif
