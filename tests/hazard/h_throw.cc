/*
 * h_throw: exceptions in a program whose destructors make calls while the stack is being unwound, through frames of libc
 * (qsort's comparison function, a thread's start) and at depth.
 */
extern "C" {
#include "hazard_counts.h"
}
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

struct caller {
	~caller()
	{
		hazard_round();
	}
};

static void deeper(int depth)
{
	caller calls;

	if (depth == 0)
		throw std::runtime_error("at the bottom");
	deeper(depth - 1);
}

static int compare(const void *a, const void *b)
{
	caller calls;

	if (*static_cast<const int *>(a) == 7 || *static_cast<const int *>(b) == 7)
		throw 7;
	return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static int try_all()
{
	int numbers[] = { 3, 9, 7, 1, 5 }, caught = 0;

	for (int i = 0; i < 50; i++) {
		try {
			deeper(i % 20);
		} catch (const std::runtime_error &) {
			hazard_round();
			caught++;
		}
		try {
			qsort(numbers, 5, sizeof(numbers[0]), compare);
		} catch (int) {
			caught++;
		}
	}
	return caught;
}

int main()
{
	int in_threads = 0;

	hazard_begin();
	int caught = try_all();
	std::thread one([&] { in_threads = try_all(); });
	one.join();
	hazard_end();
	std::printf("%d and %d exceptions caught\n", caught, in_threads);
	return 0;
}
