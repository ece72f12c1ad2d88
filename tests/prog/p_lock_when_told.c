/*
 * p_lock_when_told - says who it is, waits for a line, and locks 8 pages; then the same once more. What it may lock may have been
 * changed by somebody else meanwhile: prlimit(2).
 */
#include "prog.h"

static void wait_for_line(void)
{
	while (getchar() != '\n')
		if (feof(stdin))
			exit(1);
}

int main(void)
{
	char *start = t_mmap(NULL, 16 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return 1;
	printf("%d\n", (int)getpid());
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		wait_for_line();
		printf("mlock: %s\n", t_mlock(start + 8 * i * page(), 8 * page()) ? errno_name() : "ok");
		fflush(stdout);
	}
	return 0;
}
