/*
 * h_over_us KIND: does to the tracer's memory what a program may do to an address range it believes to be free or its own:
 *   ring-map ring-unmap ring-protect ring-move   MAP_FIXED over the ring, munmap, mprotect(PROT_NONE), mremap onto it
 *   ring-remove ring-dontfork ring-take          madvise(MADV_REMOVE, MADV_DONTFORK), mremap to elsewhere
 *   page-map page-unmap page-protect page-dontneed page-keeponfork   the same with the page that says who we are
 *   ring-step page-step                          MAP_FIXED, with a call out of a handler after each instruction on the way
 *   all                                          MAP_FIXED over every free range and over the ring, as an emulator does
 *   past-map past-unmap past-move                over the ring and on past the end of the address space, which is refused
 *   far-protect far-remove                       from a page far below half the numbers there are: mprotect ends at the first hole,
 *                                                madvise(MADV_REMOVE) at the first mapping without a file to shrink
 *   vdso-protect vdso-move vdso-unmap            the vdso: mprotect(PROT_NONE), mremap to elsewhere, munmap
 * Where they lie is read in /proc/self/maps, by the ring's name and the page's flag (smaps: wf).  Then makes calls, and looks
 * at every byte of what it mapped there: it must be as it left it.
 */
#include "over.h"

#include <signal.h>
#include <sys/wait.h>

static struct range unmap(struct range at)
{
	munmap(at.start, (size_t)(at.end - at.start));
	return map_over(at);
}

/* ---- a handler at each instruction ---- */

#define TRAP_FLAG 0x100ul /* Intel SDM 1, 3.4.3: a debug exception after each instruction */

static char *advised;
static long steps;

static void step(int number)
{
	(void)number;
	c_madvise(advised);
	steps++;
}

static struct range map_over_in_steps(struct range at)
{
	steps = 0;
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	mmap(at.start, (size_t)(at.end - at.start), PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~TRAP_FLAG);
	if (steps < 100)
		printf("only %ld steps\n", steps);
	fill(at);
	return at;
}

/* Again and again: whoever waits for what it interrupted itself waits longer than the watchdog. */
static struct range step_over(struct range (*find)(void))
{
	struct sigaction action = { .sa_handler = step };
	struct range taken = { 0 };

	advised = c_mmap();
	sigaction(SIGTRAP, &action, NULL);
	for (int i = 0; i < 5; i++)
		taken = map_over_in_steps(find());
	c_munmap(advised);
	return taken;
}

static struct range move_onto(struct range at)
{
	size_t bytes = (size_t)(at.end - at.start);
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mremap(p, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at.start) != at.start)
		abort();
	fill(at);
	return at;
}

static struct range protect(struct range at)
{
	mprotect(at.start, (size_t)(at.end - at.start), PROT_NONE);
	return (struct range){ 0 };
}

/* Without the tracer nothing is there: ENOMEM. */
static struct range advise(struct range at, int advice)
{
	if (madvise(at.start, (size_t)(at.end - at.start), advice) == 0 || errno != ENOMEM)
		printf("advice %d did not fail as it should\n", advice);
	return (struct range){ 0 };
}

static struct range take_away(struct range at)
{
	size_t bytes = (size_t)(at.end - at.start);

	if (mremap(at.start, bytes, bytes * 2, MREMAP_MAYMOVE) != MAP_FAILED || errno != EFAULT)
		puts("mremap of nothing did not fail as it should");
	return (struct range){ 0 };
}

/* All that is free below the lowest mapping of a library; nothing of it is touched but the part that held the ring. */
static struct range take_all(struct range ring)
{
	struct range gap = { (char *)0x10000, NULL };
	char *line = text;

	read_file("/proc/self/maps");
	while (line && *line) {
		struct range next = parse(line);

		gap.end = next.start;
		if (gap.end > gap.start && (unsigned long)gap.end < 0x7ff000000000)
			mmap(gap.start, (size_t)(gap.end - gap.start), PROT_NONE,
			     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		gap.start = next.end;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return map_over(ring);
}

/* Refused by the kernel: nothing of it happens, to nobody. */
static struct range past(struct range at, const char *how)
{
	size_t bytes = 0x7fffffffe000;
	void *ret = MAP_FAILED;

	if (!strcmp(how, "map"))
		ret = mmap(at.start, bytes, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (!strcmp(how, "move"))
		ret = mremap(text, 4096, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at.start);
	else if (!munmap(at.start, bytes))
		ret = NULL;
	if (ret != MAP_FAILED)
		printf("past-%s did not fail as it should\n", how);
	return (struct range){ 0 };
}

/* Neither reaches anything but the page itself and, of madvise, what is ours. */
static struct range far(const char *how)
{
	char *page = mmap((void *)0x200000000000, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (!strcmp(how, "protect") && (!mprotect(page, 1ul << 63, PROT_NONE) || errno != ENOMEM))
		puts("far-protect did not fail as it should");
	else if (!strcmp(how, "remove") && !madvise(page, 1ul << 63, MADV_REMOVE))
		puts("far-remove did not fail as it should");
	munmap(page, 4096);
	return (struct range){ 0 };
}

static struct range reach_for_vdso(const char *how)
{
	struct range at;
	size_t bytes;

	read_file("/proc/self/maps");
	at = parse(line_before(strstr(text, "[vdso]")));
	bytes = (size_t)(at.end - at.start);
	if (!strcmp(how, "protect"))
		mprotect(at.start, bytes, PROT_NONE);
	else if (!strcmp(how, "unmap"))
		munmap(at.start, bytes);
	else
		mremap(at.start, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x200000000000);
	return (struct range){ 0 };
}

static void rounds(void)
{
	char *p = c_mmap();

	for (int i = 0; i < 100; i++) {
		c_madvise(p);
		c_mprotect(p, PROT_READ);
		c_mprotect(p, PROT_READ | PROT_WRITE);
	}
	c_munmap(p);
}

static struct range disturb(const char *kind)
{
	const char *const whole = kind;
	struct range at = strncmp(kind, "page", 4) ? find_ring() : find_page();

	if (!at.start)
		return at;
	if (!strcmp(kind, "all"))
		return take_all(at);
	if (!strncmp(kind, "past-", 5))
		return past(at, kind + 5);
	if (!strncmp(kind, "far-", 4))
		return far(kind + 4);
	if (!strncmp(kind, "vdso-", 5))
		return reach_for_vdso(kind + 5);
	kind = strchr(kind, '-') + 1;
	if (!strcmp(kind, "map"))
		return map_over(at);
	if (!strcmp(kind, "step"))
		return step_over(strncmp(whole, "page", 4) ? find_ring : find_page);
	if (!strcmp(kind, "unmap"))
		return unmap(at);
	if (!strcmp(kind, "move"))
		return move_onto(at);
	if (!strcmp(kind, "take"))
		return take_away(at);
	if (!strcmp(kind, "protect"))
		return protect(at);
	if (!strcmp(kind, "keeponfork"))
		return advise(at, MADV_KEEPONFORK);
	return advise(at, !strcmp(kind, "remove") ? MADV_REMOVE : !strcmp(kind, "dontfork") ? MADV_DONTFORK : MADV_DONTNEED);
}

static void in_a_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		watchdog(10);
		rounds();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		puts("the child ended badly");
}

int main(int argc, char **argv)
{
	struct range taken;

	if (argc < 2)
		return 2;
	watchdog(20);
	counting_begin();
	rounds();
	taken = disturb(argv[1]);
	rounds();
	in_a_child();
	counting_end();
	if (taken.start)
		fclose(fopen("found", "w"));
	printf("%s: %ld foreign bytes\n", argv[1], foreign_bytes(taken));
	return 0;
}
