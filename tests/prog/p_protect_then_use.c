/* A shared anonymous mapping begins without any access and is then made readable and writable. */
#include "prog.h"

#define LEN (1024 * 1024)

/* The permissions of the mapping that begins at @start, as the kernel prints them. */
static const char *permissions(const void *start)
{
	static char perms[8];
	char line[512], want[32];
	FILE *maps = fopen("/proc/self/maps", "r");

	strcpy(perms, "none");
	snprintf(want, sizeof(want), "%lx-", (unsigned long)start);
	while (fgets(line, sizeof(line), maps))
		if (!strncmp(line, want, strlen(want)))
			sscanf(line, "%*s %7s", perms);
	fclose(maps);
	return perms;
}

int main(void)
{
	char *p = t_mmap(NULL, LEN, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	printf("before mprotect %s\n", permissions(p));
	look("before");
	if (t_mprotect(p, LEN, PROT_READ | PROT_WRITE) == -1)
		return 1;
	printf("after mprotect  %s\n", permissions(p));
	look("after");
	strcpy(p, "usable");
	puts(p);
	return 0;
}
