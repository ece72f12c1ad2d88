/* MADV_DONTNEED on a writable private mapping: anonymous pages read as zero again, changed file pages as the file has them. */
#include "prog.h"

static char *map_private_file(void)
{
	FILE *file = tmpfile();
	char *p;

	for (size_t i = 0; i < page(); i++)
		putc('f', file);
	fflush(file);
	p = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
	fclose(file);
	return p;
}

static void discard(const char *what, char *p)
{
	p[0] = 'w';
	printf("%s: wrote %c", what, p[0]);
	if (t_madvise(p, page(), MADV_DONTNEED))
		exit(1);
	printf(", after MADV_DONTNEED %c\n", p[0] ? p[0] : '0');
}

int main(void)
{
	char *anonymous = t_mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (anonymous == MAP_FAILED)
		return 1;
	discard("anonymous", anonymous);
	discard("file", map_private_file());
	if (t_mlock(anonymous, page()))
		return 1;
	printf("locked: madvise says %s\n", t_madvise(anonymous, page(), MADV_DONTNEED) ? errno_name() : "ok");
	look("discarded");
	return 0;
}
