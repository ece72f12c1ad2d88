/*
 * p_switches - makes memory, asks for code in it, and moves the break: what of this works, and which marks the pages get, whoever
 * starts the program may have decided with prctl(2) (PR_SET_MDWE, PR_SET_MEMORY_MERGE).
 */
#include "prog.h"

int main(void)
{
	char *start = t_mmap(NULL, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return 1;
	look("made");
	printf("code: %s\n", mprotect(start + page(), page(), PROT_READ | PROT_EXEC) ? errno_name() : "ok");
	if (sbrk(3 * page()) == (void *)-1)
		return 1;
	look("grown");
	return 0;
}
