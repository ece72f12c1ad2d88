/* The heap's end moved by sbrk() and brk(): up, down, and to where it cannot go. Nothing else here uses the heap. */
#include "prog.h"

static void grow(long by)
{
	void *old = sbrk(by);

	said_addr(old, ARGS("\"call\":\"sbrk\",\"increment\":%ld", by));
}

static int put(void *end)
{
	int ret = brk(end);

	said_code(ret, ARGS("\"call\":\"brk\",\"addr\":\"0x%lx\"", HEX(end)));
	return ret;
}

int main(void)
{
	static char buffer[BUFSIZ];
	char *begin;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	begin = sbrk(0);	/* only asks, and so is no call of the log */
	grow(3 * (long)page());
	begin[3 * page() - 1] = 1;
	look("up");
	grow(-2 * (long)page());
	look("down");
	printf("brk: %d\n", put(begin + 10 * page()));
	printf("locked: %d\n", t_mlock(begin + page(), page()));
	look("brk");
	printf("too far: %s\n", put((void *)0x7fffffff0000) ? errno_name() : "ok");
	look("end");
	return 0;
}
