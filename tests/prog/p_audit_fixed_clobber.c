/*
 * A table put where a cache lives, by somebody who remembers the address from another run; and one that is put into
 * addresses reserved for it, and replaced by its owner.
 *
 * finds: note fixed-clobber 1
 */
#include "audit.h"

#define PLACED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

static __attribute__((noinline)) char *make_cache(void)
{
	char *at = mmap(NULL, 4 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(at != MAP_FAILED);
	at[page()] = 1;
	return at;
}

static __attribute__((noinline)) void put_table(char *where)
{
	MUST(mmap(where, 2 * page(), PROT_READ | PROT_WRITE, PLACED, -1, 0) == where);
}

static __attribute__((noinline)) void renew_own(void)
{
	char *at = mmap(NULL, 4 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(mmap(at, page(), PROT_READ | PROT_WRITE, PLACED, -1, 0) == at);
}

int main(void)
{
	char *cache = make_cache(), *reserved;

	put_table(cache);
	reserved = mmap(NULL, 4 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	put_table(reserved);
	renew_own();
	MUST(!cache[page()]);
	puts("lost");
	return 0;
}
