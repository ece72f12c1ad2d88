/*
 * h_coroutines: makes calls on stacks of its own making (swapcontext): from malloc, static, and mapped so that the stack ends where
 * the mapping does, with nothing behind it; from handlers of signals on top of those.
 */
#include "hazard.h"

#include <signal.h>
#include <ucontext.h>

#define STACK_BYTES 65536

static ucontext_t home, inside;
static char fixed[STACK_BYTES] __attribute__((aligned(16)));

static void handler(int number)
{
	(void)number;
	c_round();
}

static __attribute__((noinline)) void deeper(int depth)
{
	if (depth)
		deeper(depth - 1);
	else
		c_round();
	c_round();
}

static void body(void)
{
	deeper(5);
	raise(SIGUSR1);
	swapcontext(&inside, &home);
	deeper(0);
}

static void run_on(char *stack)
{
	if (getcontext(&inside))
		abort();
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = STACK_BYTES;
	inside.uc_link = &home;
	makecontext(&inside, body, 0);
	swapcontext(&home, &inside);
	c_round();
	swapcontext(&home, &inside);
}

/* A page of nothing on each side. */
static char *between_holes(void)
{
	char *p = mmap(NULL, STACK_BYTES + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mprotect(p + page(), STACK_BYTES, PROT_READ | PROT_WRITE))
		abort();
	return p + page();
}

int main(void)
{
	watchdog(20);
	counting_begin();
	signal(SIGUSR1, handler);
	for (int i = 0; i < 20; i++) {
		char *stack = malloc(STACK_BYTES);

		run_on(stack);
		run_on(fixed);
		run_on(between_holes());
		free(stack);
	}
	counting_end();
	puts("home again");
	return 0;
}
