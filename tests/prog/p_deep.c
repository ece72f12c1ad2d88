/* p_deep DEPTH: makes one madvise() call under DEPTH frames of its own functions. */
#include "prog.h"

static char *target;

static int at_the_bottom(void)
{
	return t_madvise(target, page(), MADV_NORMAL) + 1;
}

static int down(int levels)
{
	int below = levels > 0 ? down(levels - 1) : at_the_bottom();

	return below + 1;
}

int main(int argc, char **argv)
{
	int depth = argc > 1 ? atoi(argv[1]) : 10;

	target = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (target == MAP_FAILED)
		return 1;
	printf("%d\n", down(depth));
	return 0;
}
