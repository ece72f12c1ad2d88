/*
 * here.h - begin a walk at this very instruction, as the shim's wrappers do.
 */
#ifndef PAGETRAIL_TEST_HERE_H
#define PAGETRAIL_TEST_HERE_H

#define STEP_HERE(start)								\
	__asm__ volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"		\
			 : "=&r"((start).pc), "=&r"((start).sp), "=&r"((start).bp))

#endif
