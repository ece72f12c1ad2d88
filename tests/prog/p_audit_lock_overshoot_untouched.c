/*
 * A large table, locked on fault with everything else, of which almost nothing is used.
 *
 * record: --residency
 * finds: note lock-overshoot 1
 */
#include "audit.h"

int main(void)
{
	char *table = pages(8192);

	MUST(!mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
	for (volatile int i = 0; i < 16; i++)
		table[(size_t)i * page()] = 1;
	puts("locked");
	return 0;
}
