/* Ends with status 3 by _exit(), which runs no destructor. */
#include "prog.h"

int main(void)
{
	if (t_mmap(NULL, page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 1;
	if (write(STDOUT_FILENO, "three\n", 6) != 6)
		return 1;
	_exit(3);
}
