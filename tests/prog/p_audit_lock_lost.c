/*
 * A locked pool is renewed by MAP_FIXED, which leaves it unlocked; another is unmapped without an unlock.
 *
 * finds: error lock-lost 1
 * finds: note lock-lost 1
 */
#include "audit.h"

static __attribute__((noinline)) void renew(void)
{
	const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	char *at = pages(2);

	MUST(!mlock(at, 2 * page()));
	MUST(mmap(at, 2 * page(), PROT_READ | PROT_WRITE, fixed, -1, 0) == at);
}

static __attribute__((noinline)) void drop(void)
{
	char *at = pages(2);

	MUST(!mlock(at, 2 * page()));
	MUST(!munmap(at, 2 * page()));
}

int main(void)
{
	renew();
	drop();
	printf("locked: %ld\n", locked_pages());
	return 0;
}
