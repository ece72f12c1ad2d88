/*
 * p_growth - stacks that grow by page faults, which no call shows: the main one, locked and not, one made with
 * MAP_GROWSDOWN, and a child's.
 */
#include <sys/wait.h>

#include "prog.h"

#define STEP 64	/* pages */

static __attribute__((noinline)) int use_stack(int pages)
{
	volatile char frame[4096];

	frame[0] = (char)pages;
	return pages ? use_stack(pages - 1) + frame[0] : 0;
}

static void touch_below(char *start, int pages)
{
	for (int i = 1; i <= pages; i++)
		start[-i * (long)page()] = 1;
}

int main(void)
{
	char *own;
	pid_t child;

	look("begin");
	use_stack(STEP);
	look("grown");
	t_mlockall(MCL_CURRENT);
	use_stack(2 * STEP);
	look("grown-locked");
	t_munlockall();
	use_stack(3 * STEP);
	child = fork();
	if (child == 0) {
		look("child");
		use_stack(4 * STEP);
		look("child-grown");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	look("grown-again");

	own = t_mmap(NULL, STEP * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	touch_below(own, 4);
	look("own-grown");
	t_mlock(own, page());
	touch_below(own, 8);
	look("own-grown-below-a-lock");
	puts("done");
	return 0;
}
