/*
 * One memory at several places: anonymous memory and a memfd inherited over fork(), a file opened by both, a segment attached by
 * both, a second mapping by mremap(). Two processes lock and unlock it in turns.
 *
 * The kernel's truth, at each look(): does the page itself have a lock, whoever holds it (KPF_MLOCKED of /proc/kpageflags, which
 * takes root), and has the segment (/proc/sysvipc/shm). With PAGES=FILE it goes there: "LABEL PID ADDRESS 0|1".
 */
#include "prog.h"

#include <stdint.h>
#include <sys/shm.h>
#include <sys/wait.h>

enum { KPF_MLOCKED = 33, MODE_LOCKED = 02000 };

static char *anon, *mem, *file, *segment, *twin;
static int file_fd, shmid, to_child[2], from_child[2];
static pid_t child;

/* ---- evidence ---- */

static uint64_t word_of(const char *path, uint64_t index)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	if (fd < 0 || pread(fd, &word, sizeof(word), (off_t)(index * sizeof(word))) != sizeof(word))
		word = 0;
	close(fd);
	return word;
}

static int is_locked(const char *p)
{
	const uint64_t frame = (UINT64_C(1) << 55) - 1;
	uint64_t entry;

	(void)*(const volatile char *)p;
	entry = word_of("/proc/self/pagemap", HEX(p) / page());
	return entry >> 63 && word_of("/proc/kpageflags", entry & frame) >> KPF_MLOCKED & 1;
}

/* What was mapped before fork() the child has at the same place. */
static void tell_pages(FILE *out, const char *label, const char *start, size_t pages, int is_childs)
{
	for (const char *p = start; p < start + pages * page(); p += page()) {
		int locked = is_locked(p);

		fprintf(out, "%s %d %p %d\n", label, getpid(), (const void *)p, locked);
		if (child && is_childs)
			fprintf(out, "%s %d %p %d\n", label, child, (const void *)p, locked);
	}
}

static int segment_locked(void)
{
	FILE *table = fopen("/proc/sysvipc/shm", "re");
	unsigned mode;
	char line[512];
	int id, locked = 0;

	while (table && fgets(line, sizeof(line), table))
		if (sscanf(line, "%*d %d %o", &id, &mode) == 2 && id == shmid)
			locked = !!(mode & MODE_LOCKED);
	fclose(table);
	return locked;
}

/* Pages that are mapped cannot be dropped, and finding that out brings all counts of locks up to date: mm/fadvise.c. */
static void tell(const char *label)
{
	const char *path = getenv("PAGES");
	FILE *out = path ? fopen(path, "ae") : NULL;

	if (!out)
		return;
	posix_fadvise(file_fd, 0, 0, POSIX_FADV_DONTNEED);
	tell_pages(out, label, anon, 4, 1);
	tell_pages(out, label, mem, 2, 1);
	tell_pages(out, label, file, 2, 1);
	tell_pages(out, label, segment, 2, 1);
	if (twin)
		tell_pages(out, label, twin, 1, 0);
	fprintf(out, "%s %d %p segment%d\n", label, getpid(), (void *)segment, segment_locked());
	fclose(out);
}

/* ---- turns ---- */

/* The child does one thing and says so. */
static void tell_child(const char *what)
{
	char message[32] = { 0 };

	snprintf(message, sizeof(message), "%s", what);
	if (write(to_child[1], message, sizeof(message)) != sizeof(message) || read(from_child[0], message, 1) != 1)
		abort();
}

static void *map_file(size_t offset, int prot)
{
	int fd = open("shared.file", O_RDONLY | O_CLOEXEC);
	void *p = t_mmap(NULL, page(), prot, MAP_PRIVATE, fd, (off_t)offset);

	close(fd);
	return p;
}

static void obey(const char *what)
{
	if (!strncmp(what, "look ", 5) && getenv("SMAPS"))
		copy_smaps(what + 5, getenv("SMAPS"));
	else if (!strcmp(what, "begin"))
		t_madvise(anon, 0, MADV_NORMAL);
	else if (!strcmp(what, "lock"))
		t_mlock(anon, 2 * page());
	else if (!strcmp(what, "unlock first"))
		t_munlock(anon, page());
	else if (!strcmp(what, "unlock second"))
		t_munlock(anon + page(), page());
	else if (!strcmp(what, "lock others")) {
		t_mlock(map_file(0, PROT_READ), page());
		t_mlock(map_file(page(), PROT_READ | PROT_WRITE), page());	/* a copy */
		mlock2(mem + page(), page(), MLOCK_ONFAULT);
		(void)*(volatile char *)(mem + page());
		t_mlock(shmat(shmid, NULL, SHM_RDONLY), page());
	}
}

static void be_the_child(void)
{
	char message[32];

	while (read(to_child[0], message, sizeof(message)) == sizeof(message) && strcmp(message, "end")) {
		obey(message);
		if (write(from_child[1], "", 1) != 1)
			abort();
	}
	_exit(0);
}

static void end_the_child(void)
{
	char message[32] = "end";

	if (write(to_child[1], message, sizeof(message)) != sizeof(message) || waitpid(child, NULL, 0) != child)
		abort();
	child = 0;
}

/* Both wait: what they have done is in the log before the mark, and the kernel's view of both stands still. */
static void look_at_both(const char *label)
{
	char message[32];

	look(label);
	snprintf(message, sizeof(message), "look %s", label);
	if (child)
		tell_child(message);
	tell(label);
	puts(label);
}

static int set_up(void)
{
	int memfd = memfd_create("shared", MFD_CLOEXEC);

	file_fd = open("shared.file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	shmid = shmget(IPC_PRIVATE, 2 * page(), IPC_CREAT | 0600);
	if (ftruncate(memfd, 2 * (off_t)page()) || ftruncate(file_fd, 2 * (off_t)page()) || pipe(to_child) ||
	    pipe(from_child))
		return -1;
	anon = t_mmap(NULL, 4 * page(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mem = t_mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	file = t_mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_SHARED, file_fd, 0);
	segment = shmat(shmid, NULL, 0);
	memset(anon, 1, 4 * page());
	memset(mem, 1, 2 * page());
	memset(file, 1, 2 * page());
	memset(segment, 1, 2 * page());
	return 0;
}

static void take_turns(void)
{
	tell_child("begin");
	t_mlock(anon, 4 * page());
	look_at_both("inherited");
	tell_child("lock");
	look_at_both("both");
	t_munlock(anon, 4 * page());
	look_at_both("released");
	twin = mremap(anon + page(), 0, page(), MREMAP_MAYMOVE);
	t_mlock(twin, page());
	tell_child("unlock first");
	tell_child("unlock second");
	look_at_both("twin");
	tell_child("lock others");
	shmctl(shmid, SHM_LOCK, NULL);
	look_at_both("others");
	end_the_child();
	look_at_both("alone");
	shmctl(shmid, SHM_UNLOCK, NULL);
	t_munmap(twin, page());
	twin = NULL;
	look_at_both("free");
}

int main(void)
{
	if (set_up())
		return 1;
	fflush(stdout);
	child = fork();
	if (!child)
		be_the_child();
	take_turns();
	shmctl(shmid, IPC_RMID, NULL);
	unlink("shared.file");
	return 0;
}
