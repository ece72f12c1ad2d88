#include "sites.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "exec.h"
#include "gate.h"
#include "loader.h"
#include "object.h"
#include "process.h"
#include "raw.h"
#include "stack.h"
#include "step_rows.h"

#define ENTRY_BYTES 16
#define SITE_BYTES 7	/* b8 NR NR NR NR 0f 05 */
#define JUMP_BYTES 5

extern const uint8_t sites_entries[] __attribute__((visibility("hidden")));

/*
 * By number, as the entries: those of leaf functions come first, for they have a stub of their own (sites_x86_64.S).  Written
 * in the constructor, then only under the loader's lock, before the jump that leads there and after the last thread that could
 * come from it.
 */
#define ENTRIES_MAX 256
#define ENTRIES_LEAF 128

struct site {
	uintptr_t back;		/* where its system call would return to, 0: free; the stub and unwinders look here */
	uint16_t nr;
	uint8_t args;		/* how many argument words the call takes: the registers of the others hold anything */
	bool in_loader;
	bool leaf;		/* nothing but the return address lies on the function's stack */
};
_Static_assert(sizeof(struct site) == ENTRY_BYTES, "the entries count on it");

extern struct site sites_table[ENTRIES_MAX] __attribute__((visibility("hidden")));
struct site sites_table[ENTRIES_MAX];
static bool active;

bool sites_active(void)
{
	return active;
}

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _etext[] __attribute__((visibility("hidden")));

/*
 * Did one of our wrappers, which records the call itself, call the function?  The return address says so where it is sure to
 * be at @sp, and this holds in a child, too, that shares its parent's thread-local memory (CLONE_VM).
 */
static bool called_by_us(const struct site *site, uintptr_t sp)
{
	return site->leaf && *(const uintptr_t *)sp - (uintptr_t)__ehdr_start < (uintptr_t)(_etext - __ehdr_start);
}

/* Called by the stub in place of the syscall instruction. */
__attribute__((visibility("hidden"))) long sites_call(const long args[6], const struct site *site, uintptr_t sp, uintptr_t bp);

long sites_call(const long args[6], const struct site *site, uintptr_t sp, uintptr_t bp)
{
	const struct step_start caller = { .pc = site->back, .sp = sp, .bp = bp };
	long nr = site->nr, ret;

	/* here the wrappers leave the work to the site */
	if (nr == SYS_execve || nr == SYS_execveat)
		return exec_call(nr, args, &caller, VIA_SITE);
	if (called_by_us(site, sp) ||
	    record_expected(nr, site->args > 0 ? (uint64_t)args[0] : 0, site->args > 1 ? (uint64_t)args[1] : 0))
		return raw_syscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (nr == SYS_clone)
		return process_fork_call(nr, args, &caller, VIA_SITE);
	ret = gate_call(nr, args, &caller, VIA_SITE);
	if (site->in_loader)
		loader_call(nr, args, ret);
	return ret;
}

/* ---- finding ---- */

/*
 * clone() hands its child a new stack and cannot be made from C; _Fork()'s clone is an ordinary call that returns twice.
 */
static bool is_fork_site(const uint8_t *at)
{
	static const uint8_t *fork_start;

	if (!fork_start)
		fork_start = dlsym(RTLD_NEXT, "_Fork");
	return fork_start && at >= fork_start && at < fork_start + 64;
}

static bool is_site(const uint8_t *at, uint32_t *nr)
{
	if (at[0] != 0xb8 || at[5] != 0x0f || at[6] != 0x05)
		return false;
	*nr = (uint32_t)at[1] | (uint32_t)at[2] << 8 | (uint32_t)at[3] << 16 | (uint32_t)at[4] << 24;
	if (*nr == SYS_clone)
		return is_fork_site(at);
	return gate_knows((long)*nr) || *nr == SYS_execve || *nr == SYS_execveat;
}

/* ---- writing ---- */

/* /proc/self/mem, open while sites are being installed */
static long memory_fd;

/* proc(5): writes to /proc/self/mem go past page protections, so text is never writable, not for a moment. */
static long write_by_proc(uintptr_t at, const uint8_t *bytes, long count)
{
	long n;

	if (raw_failed(memory_fd))
		return memory_fd;
	n = raw_syscall6(SYS_pwrite64, memory_fd, (long)bytes, count, (long)at, 0, 0);
	return n == count ? 0 : raw_failed(n) ? n : -EIO;
}

static long protect(uintptr_t at, long count, int prot)
{
	uintptr_t page = at & ~(uintptr_t)4095;

	return raw_syscall3(SYS_mprotect, (long)page, (long)(at + (uintptr_t)count - page), prot);
}

/*
 * The way without /proc.  Where a policy refuses to make a page executable again (MDWE, SELinux execmod) the page would be
 * lost, so the way back is first tried on a page of our own that nobody executes.
 */
static long write_by_mprotect(uintptr_t at, const uint8_t *bytes, long count)
{
	long page = raw_syscall6(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ret;

	if (raw_failed(page))
		return page;
	ret = protect((uintptr_t)page, 4096, PROT_READ | PROT_EXEC);
	raw_syscall3(SYS_munmap, page, 4096, 0);
	if (ret == 0)
		ret = protect(at, count, PROT_READ | PROT_WRITE);
	if (ret != 0)
		return ret;
	for (long i = 0; i < count; i++)
		((volatile uint8_t *)at)[i] = bytes[i];
	return protect(at, count, PROT_READ | PROT_EXEC);
}

static long write_text(uintptr_t at, const uint8_t *bytes, long count)
{
	long ret = write_by_proc(at, bytes, count);

	return ret == 0 ? 0 : write_by_mprotect(at, bytes, count);
}

static struct site *free_entry(bool leaf)
{
	unsigned number = leaf ? 0 : ENTRIES_LEAF, end = leaf ? ENTRIES_LEAF : ENTRIES_MAX;

	while (number < end && sites_table[number].back)
		number++;
	return number < end ? &sites_table[number] : NULL;
}

static bool is_leaf(const uint8_t *at)
{
	const struct row row = row_get((uintptr_t)at, row_now());

	return row.kind == ROW_RSP && row.cfa == sizeof(uintptr_t);
}

static long rewrite(const uint8_t *at, uint32_t nr, bool in_loader)
{
	const bool leaf = is_leaf(at);
	struct site *site = free_entry(leaf);
	uint8_t jump[JUMP_BYTES] = { 0xe9 };
	intptr_t distance;
	long ret;

	if (!site)
		return -ENOSPC;
	distance = (intptr_t)(sites_entries + (site - sites_table) * ENTRY_BYTES) - (intptr_t)(at + JUMP_BYTES);
	if (distance != (int32_t)distance)
		return -ERANGE;
	for (int i = 0; i < 4; i++)
		jump[1 + i] = (uint8_t)((uint32_t)distance >> 8 * i);
	/* the record before the jump that leads to it */
	*site = (struct site){ (uintptr_t)at + SITE_BYTES, (uint16_t)nr, (uint8_t)gate_args((long)nr), in_loader, leaf };
	ret = write_text((uintptr_t)at, jump, JUMP_BYTES);
	if (ret == 0)
		active = true;
	else
		site->back = 0;
	return ret;
}

/* One object whose sites are being rewritten. */
struct job {
	struct object object;
	const uint8_t *text, *end;
	bool in_loader;
	struct site_table *found;	/* where to write down what the scan finds; NULL: nowhere */
	struct site_report *report;
};

static void consider(const uint8_t *at, const struct job *job)
{
	/* read once: the table lies in the ring */
	uint32_t count = job->found ? *(volatile uint32_t *)&job->found->count : SITES_MAX;
	uint32_t nr;
	long ret;

	if (at < job->text || at + SITE_BYTES > job->end || !is_site(at, &nr))
		return;
	if (count < SITES_MAX) {
		job->found->offset[count] = (uint32_t)((uintptr_t)at - job->object.start);
		job->found->count = count + 1;
	}
	job->report->found++;
	ret = rewrite(at, nr, job->in_loader);
	if (ret == 0)
		job->report->rewritten++;
	else
		job->report->error = (int)-ret;
}

/* Do the two bytes of "syscall" stand at any of eight places?  (Zero-byte test of both differences.) */
static inline bool holds_syscall(const uint8_t *at)
{
	uint64_t first, second;

	__builtin_memcpy(&first, at, sizeof(first));
	__builtin_memcpy(&second, at + 1, sizeof(second));
	first = (first ^ 0x0f0f0f0f0f0f0f0full) | (second ^ 0x0505050505050505ull);
	return (first - 0x0101010101010101ull) & ~first & 0x8080808080808080ull;
}

static inline bool is_syscall(const uint8_t *at)
{
	return at[0] == 0x0f && at[1] == 0x05;
}

/* A megabyte and a half of libc: eight bytes at a time. */
static void scan(const struct job *job)
{
	const uint8_t *at = job->text;

	for (; at + 9 <= job->end; at += 8) {
		if (!holds_syscall(at))
			continue;
		for (int i = 0; i < 8; i++)
			if (is_syscall(at + i))
				consider(at + i - 5, job);
	}
	for (; at + 2 <= job->end; at++)
		if (is_syscall(at))
			consider(at - 5, job);
}

static bool same_build(const struct site_table *known, const uint8_t *id, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		if (known->build_id[i] != id[i])
			return false;
	return true;
}

static bool use_table(const struct site_table *known, const uint8_t *id, uint32_t length, const struct job *job)
{
	uint32_t count = known->count < SITES_MAX ? known->count : SITES_MAX;

	if (atomic_load_explicit(&known->state, memory_order_acquire) != 2 || !same_build(known, id, length))
		return false;
	for (uint32_t i = 0; i < count; i++)
		consider((const uint8_t *)job->object.start + known->offset[i], job);
	return true;
}

static void rewrite_object(uintptr_t start, struct site_table *known, struct job *job)
{
	uint32_t length = 0, empty = 0;
	const uint8_t *id;

	job->object = object_at(start, start);
	job->text = object_text(&job->object, &job->end);
	id = object_build_id(&job->object, &length);
	if (!job->text || (id && use_table(known, id, length, job)))
		return;
	if (id && atomic_compare_exchange_strong(&known->state, &empty, 1)) {
		for (uint32_t i = 0; i < length; i++)
			known->build_id[i] = id[i];
		known->count = 0;
		job->found = known;
	}
	scan(job);
	if (job->found)
		atomic_store_explicit(&known->state, 2, memory_order_release);
}

void sites_loaded(uintptr_t start, struct site_table known[2])
{
	struct site_report unused = { 0 };
	struct job job = { .object = object_at(start, start), .report = &unused };
	uint32_t length = 0;
	const uint8_t *id = object_build_id(&job.object, &length);

	job.text = object_text(&job.object, &job.end);
	if (!active || !job.text || !id || !same_build(&known[0], id, length))
		return;
	memory_fd = raw_syscall3(SYS_open, (long)"/proc/self/mem", O_RDWR | O_CLOEXEC, 0);
	use_table(&known[0], id, length, &job);
	if (!raw_failed(memory_fd))
		raw_syscall3(SYS_close, memory_fd, 0, 0);
}

void sites_unloaded(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < ENTRIES_MAX; i++)
		if (sites_table[i].back >= start && sites_table[i].back < end)
			sites_table[i].back = 0;
}

/* /proc/self/task holds one entry per thread; a directory's link count is that number plus two. */
static bool single_threaded(void)
{
	struct stat st;

	return raw_failed(raw_syscall3(SYS_stat, (long)"/proc/self/task", (long)&st, 0)) || st.st_nlink <= 3;
}

extern int _dl_find_object(void *pc, struct dl_find_object *object) __attribute__((weak));

/* libc is the object that holds one of its functions, the loader what the kernel loaded as interpreter. */
static uintptr_t libc_base(void)
{
	struct dl_find_object found;

	if (!_dl_find_object || _dl_find_object((void *)(uintptr_t)__errno_location, &found) != 0)
		return 0;
	return (uintptr_t)found.dlfo_map_start;
}

void sites_install(struct site_table known[2], struct site_report report[2])
{
	struct job libc = { .report = &report[0] }, loader = { .report = &report[1], .in_loader = true };
	uintptr_t libc_start = libc_base(), loader_start = getauxval(AT_BASE);

	report[0] = (struct site_report){ .object = "libc.so.6" };
	report[1] = (struct site_report){ .object = "ld.so" };
	if (!single_threaded()) {
		report[0].error = report[1].error = EBUSY;
		return;
	}
	stack_lend(sites_entries, ENTRIES_MAX * ENTRY_BYTES);
	stack_lend(sites_table, sizeof(sites_table));
	memory_fd = raw_syscall3(SYS_open, (long)"/proc/self/mem", O_RDWR | O_CLOEXEC, 0);
	if (libc_start)
		rewrite_object(libc_start, &known[0], &libc);
	if (loader_start)
		rewrite_object(loader_start, &known[1], &loader);
	if (!raw_failed(memory_fd))
		raw_syscall3(SYS_close, memory_fd, 0, 0);
}
