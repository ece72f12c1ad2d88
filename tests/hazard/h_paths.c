/*
 * h_paths ROUNDS: makes calls by 4096 paths of twelve steps to the left or to the right, each round in another order.  The address
 * of a call says by which path it was made: page number N of a block has the path of N's bits.
 */
#include "../prog/prog.h"

#define STEPS 12
#define PATHS (1u << STEPS)

static char *block;

static void step(unsigned path, int steps);

__attribute__((noinline)) static void left(unsigned path, int steps)
{
	step(path, steps);
	__asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) static void right(unsigned path, int steps)
{
	step(path, steps);
	__asm__ volatile("" : : : "memory");
}

static void step(unsigned path, int steps)
{
	if (steps == STEPS)
		madvise(block + path * page(), page(), MADV_NORMAL);
	else if (path >> steps & 1)
		right(path, steps + 1);
	else
		left(path, steps + 1);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0;

	alarm(30);
	block = mmap(NULL, PATHS * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int round = 0; round < rounds; round++)
		for (unsigned i = 0; i < PATHS; i++)
			step((i * 37u + (unsigned)round * 11u) % PATHS, 0);
	puts("done");
	return 0;
}
