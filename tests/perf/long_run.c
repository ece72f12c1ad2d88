/*
 * long_run VARIANT CALLS [LIBRARY] - about so many recorded calls of one kind; at a tenth, at half and at the end what memory it and
 * its parent, the collector, take by then. On stderr, in KiB: variant, calls, own VmRSS and VmHWM, the collector's.
 *
 *   threads     four threads protect, lock and advise pages of their own
 *   libraries   one library comes and goes, each time somewhere else
 *   code        code made at ever new addresses, which makes a call itself; stacks and mappings that never come again
 *   processes   children that run a program each, and children that only fork
 *   marks       marks with ever new labels
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, THREADS = 4 };

extern char **environ;
extern void pagetrail_mark(const char *label) __attribute__((weak));

static const char *library;

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

/* ---- what was used so far ---- */

static long status_kib(int pid, const char *field)
{
	char path[64], line[256];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			kib = atol(line + strlen(field) + 1);
	if (file)
		fclose(file);
	return kib;
}

static void tell(const char *variant, uint64_t calls)
{
	fprintf(stderr, "%s %" PRIu64 " %ld %ld %ld %ld\n", variant, calls, status_kib(getpid(), "VmRSS"),
		status_kib(getpid(), "VmHWM"), status_kib(getppid(), "VmRSS"), status_kib(getppid(), "VmHWM"));
}

/* ---- the variants: each step makes some calls and says how many ---- */

static uint64_t use_page(char *page)
{
	if (mprotect(page, PAGE, PROT_READ) || mprotect(page, PAGE, PROT_READ | PROT_WRITE) || mlock(page, PAGE) ||
	    munlock(page, PAGE) || madvise(page, PAGE, MADV_NORMAL))
		die("a page");
	return 5;
}

static void *run_thread(void *arg)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t calls = 0;

	while (calls < *(const uint64_t *)arg)
		calls += use_page(page);
	munmap(page, PAGE);
	return NULL;
}

static uint64_t step_threads(uint64_t step)
{
	uint64_t each = 5000;
	pthread_t thread[THREADS];

	(void)step;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run_thread, &each))
			die("a thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return THREADS * (each + 4);
}

/*
 * The loader takes the highest place that is large enough: with one of many spacers of random size moved each time, that is hardly
 * ever a place where it was before.
 */
static void move_spacer(uint64_t step)
{
	static void *spacer[64];
	static size_t bytes[64];
	static uint64_t random = 1;
	const uint64_t at = step % 64;

	random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
	if (bytes[at])
		munmap(spacer[at], bytes[at]);
	bytes[at] = PAGE * (1 + (random >> 33) % 512);
	spacer[at] = mmap(NULL, bytes[at], PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (spacer[at] == MAP_FAILED)
		die("a spacer");
}

static uint64_t step_libraries(uint64_t step)
{
	void *handle = (move_spacer(step), dlopen(library, RTLD_NOW | RTLD_LOCAL));
	int (*visit)(void) = NULL;

	if (!handle)
		die(dlerror());
	*(void **)&visit = dlsym(handle, "visit");
	if (!visit || visit())
		die("visit");
	dlclose(handle);
	return 10;
}

/* push %rbp; mov %rsp,%rbp; movabs $1f,%rax; call *%rax; pop %rbp; ret */
static size_t put_code(char *at, int (*target)(void))
{
	static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd0, 0x5d, 0xc3 };

	memcpy(at, code, sizeof(code));
	memcpy(at + 6, &target, sizeof(target));
	return sizeof(code);
}

static char *advised;

static int advise(void)
{
	return madvise(advised, PAGE, MADV_NORMAL);
}

static uint64_t step_code(uint64_t step)
{
	char *hint = (char *)(UINT64_C(0x100000000000) + step * 2 * PAGE % (UINT64_C(1) << 44));
	char *at = mmap(hint, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*made)(void) = NULL;

	if (!advised)
		advised = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		die("mmap");
	put_code(at, advise);
	if (mprotect(at, PAGE, PROT_READ | PROT_EXEC))
		die("mprotect");
	*(void **)&made = at;
	if (made())
		die("made code");
	munmap(at, PAGE);
	return 4;
}

static uint64_t step_processes(uint64_t step)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	pid_t pid;

	if (step % 2 ? posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) : (pid = fork()) < 0)
		die("a child");
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return step % 2 ? 5 : 1;
}

static uint64_t step_marks(uint64_t step)
{
	char label[32];

	snprintf(label, sizeof(label), "mark %" PRIu64, step);
	if (pagetrail_mark)
		pagetrail_mark(label);
	return 1;
}

static const struct variant {
	const char *name;
	uint64_t (*step)(uint64_t step);
} variants[] = {
	{ "threads", step_threads }, { "libraries", step_libraries }, { "code", step_code },
	{ "processes", step_processes }, { "marks", step_marks },
};

static void run(const struct variant *variant, uint64_t calls)
{
	const uint64_t report[] = { calls / 10, calls / 2, calls };
	uint64_t made = 0;
	int told = 0;

	for (uint64_t step = 0; told < 3; step++) {
		made += variant->step(step);
		for (; told < 3 && made >= report[told]; told++)
			tell(variant->name, made);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	library = argc > 3 ? argv[3] : NULL;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (strcmp(argv[1], variants[i].name))
			continue;
		run(&variants[i], strtoull(argv[2], NULL, 10));
		return 0;
	}
	return 2;
}
