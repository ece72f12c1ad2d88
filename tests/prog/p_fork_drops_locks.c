/* A child by fork() has the mappings and the protections of its parent but none of its locks. */
#include "prog.h"

#include <sys/wait.h>

int main(void)
{
	char *p = t_mmap(NULL, 4 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	int status;

	if (p == MAP_FAILED || t_mprotect(p, page(), PROT_READ) || t_mlock(p + page(), 2 * page()))
		return 1;
	printf("parent: %ld locked\n", locked_pages());
	fflush(stdout);
	child = fork();
	if (child == 0) {
		printf("child:  %ld locked\n", locked_pages());
		look("child");
		if (t_mlock(p + 3 * page(), page()))
			return 1;
		printf("child:  %ld locked\n", locked_pages());
		look("child-locked");
		return 5;
	}
	if (child == -1 || waitpid(child, &status, 0) != child)
		return 1;
	printf("parent: %ld locked, child ended with %d\n", locked_pages(), WEXITSTATUS(status));
	look("parent");
	return 0;
}
