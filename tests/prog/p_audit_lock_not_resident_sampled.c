/*
 * What only a look at the pages tells: MAP_LOCKED past the end of a file, a locked file that is cut short, a cache locked on
 * fault and hardly used. Then the same three done rightly.
 *
 * record: --residency
 * finds: warning lock-not-resident 1
 * finds: warning lock-not-resident 1
 * finds: note lock-not-resident 1
 */
#include "audit.h"

static int file_of(size_t count)
{
	int fd = memfd_create("pages", MFD_CLOEXEC);

	MUST(fd >= 0 && !ftruncate(fd, (off_t)(count * page())));
	return fd;
}

static char *map_locked(int fd)
{
	char *at = mmap(NULL, 8 * page(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_LOCKED, fd, 0);

	MUST(at != MAP_FAILED);
	return at;
}

static char *map_and_lock(int fd)
{
	char *at = mmap(NULL, 8 * page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	MUST(at != MAP_FAILED && !mlock(at, 8 * page()));
	return at;
}

static char *cache(void)
{
	char *at = pages(16);

	MUST(!mlock2(at, 16 * page(), MLOCK_ONFAULT));
	return at;
}

static void use(char *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		at[i * page()] = 1;
}

int main(void)
{
	int cut = file_of(8);

	map_locked(file_of(2));
	map_and_lock(cut);
	MUST(!ftruncate(cut, (off_t)page()));
	use(cache(), 3);

	map_locked(file_of(8));
	map_and_lock(file_of(8));
	use(cache(), 16);
	puts("locked");
	return 0;
}
