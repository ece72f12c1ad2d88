/* For C libraries and ways of linking that cannot carry the tracer: says a line, makes a call, ends with 21. */
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
	puts(mmap(NULL, 241664, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? "no memory" : "foreign");
	return 21;
}
