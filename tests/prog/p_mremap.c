/* mremap: shrinks, grows in place, refuses to move, moves, moves to a chosen place, and takes the locks along. */
#include "prog.h"

static char *reserve(int pages)
{
	char *p = t_mmap(NULL, pages * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	return p;
}

int main(void)
{
	char *room = reserve(64), *chosen = reserve(16), *p, *q;

	p = t_mmap(room, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p != room || t_mlock(p, 2 * page()))
		return 1;
	strcpy(p, "moved along");
	q = t_mremap(p, 8 * page(), 4 * page(), 0, NULL);
	printf("shrunk in place: %d\n", q == p);
	q = t_mremap(p + 2 * page(), 2 * page(), 6 * page(), 0, NULL);
	printf("grown into the hole: %d\n", q == p + 2 * page());
	q = t_mremap(p + 2 * page(), 6 * page(), 100 * page(), 0, NULL);
	printf("no room to grow, may not move: %s\n", q == MAP_FAILED ? errno_name() : "ok");
	q = t_mremap(p, 2 * page(), 4 * page(), MREMAP_MAYMOVE | MREMAP_FIXED, chosen + 2 * page());
	printf("at the chosen place: %d, %s, %ld locked\n", q == chosen + 2 * page(), q, locked_pages());
	look("moved");
	printf("misaligned: %s\n", t_mremap(q + 1, page(), page(), 0, NULL) == MAP_FAILED ? errno_name() : "ok");
	return 0;
}
