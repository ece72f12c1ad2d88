/*
 * unwind.c - the second unwinder; see unwind.h.
 *
 * Nothing of libunwind is linked or included: it is not needed to build the shim.
 */
#include "unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <ucontext.h>

/* libunwind-x86_64.h: UNW_TDEP_CURSOR_LEN is 127 words up to version 1.8; registers have their DWARF numbers. */
#define CURSOR_WORDS 160
#define REGISTER_RSP 7
#define REGISTER_RIP 16

struct cursor {
	uint64_t word[CURSOR_WORDS];
};

/* Written by the constructor, and by the child after a fork; only read otherwise. */
static struct {
	bool usable;
	int (*backtrace)(void **pc, int max);
	int (*getcontext)(ucontext_t *context);
	int (*init_local)(struct cursor *cursor, ucontext_t *context);
	int (*step)(struct cursor *cursor);
	int (*get_register)(struct cursor *cursor, int number, uintptr_t *value);
} unw;

/* libc and ld.so; filled by the constructor. */
static struct code {
	uintptr_t within;	/* an address in it */
	uintptr_t start, end;
} system_code[2];

/* Threads that are between entering and leaving libunwind. */
static _Atomic int walking_count;
static _Thread_local bool walking;

/* ---- constructor ---- */

/*
 * The library has been preloaded beside us (ring.preload).  It must not be opened here: dlopen() runs the
 * constructors of what the new object needs, libc's among them, before libc has its environment.
 */
static bool load(void)
{
	*(void **)&unw.backtrace = dlsym(RTLD_DEFAULT, "unw_backtrace");
	*(void **)&unw.getcontext = dlsym(RTLD_DEFAULT, "_Ux86_64_getcontext");
	*(void **)&unw.init_local = dlsym(RTLD_DEFAULT, "_ULx86_64_init_local");
	*(void **)&unw.step = dlsym(RTLD_DEFAULT, "_ULx86_64_step");
	*(void **)&unw.get_register = dlsym(RTLD_DEFAULT, "_ULx86_64_get_reg");
	return unw.backtrace && unw.getcontext && unw.init_local && unw.step && unw.get_register;
}

static int note_system_code(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	for (size_t i = 0; i < sizeof(system_code) / sizeof(*system_code); i++)
		for (int j = 0; j < info->dlpi_phnum; j++) {
			const ElfW(Phdr) *const segment = &info->dlpi_phdr[j];
			const uintptr_t start = info->dlpi_addr + segment->p_vaddr;
			if (segment->p_type != PT_LOAD || system_code[i].within - start >= segment->p_memsz)
				continue;
			system_code[i].start = start;
			system_code[i].end = start + segment->p_memsz;
		}
	return 0;
}

bool unwind_init(void)
{
	struct step_start here = { 0, 0, 0 };
	uintptr_t frame[1 + UNWIND_OWN_MAX];

	/* compiler-rt and libtsan; searching leaves a message for dlerror() */
	if (dlsym(RTLD_DEFAULT, "__tsan_init"))
		return false;
	dlerror();
	if (!load())
		return false;
	system_code[0].within = (uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	system_code[1].within = (uintptr_t)dlsym(RTLD_DEFAULT, "__tls_get_addr");
	dl_iterate_phdr(note_system_code, NULL);
	unw.usable = true;
	here.pc = (uintptr_t)__builtin_return_address(0);
	here.sp = (uintptr_t)__builtin_dwarf_cfa();
	unw.usable = unwind_walk(&here, frame, 1).count == 1;
	return unw.usable;
}

/* ---- walking ---- */

static bool is_system_code(uintptr_t pc)
{
	for (size_t i = 0; i < sizeof(system_code) / sizeof(*system_code); i++)
		if (pc >= system_code[i].start && pc < system_code[i].end)
			return true;
	return false;
}

/* Step out of our own frames up to @start, recognised by its stack pointer, which no other frame of this stack has. */
static bool reach(struct cursor *cursor, const struct step_start *start)
{
	uintptr_t sp = 0;

	for (int i = 0; i < UNWIND_OWN_MAX && sp < start->sp; i++)
		if (unw.step(cursor) <= 0 || unw.get_register(cursor, REGISTER_RSP, &sp) != 0)
			return false;
	return sp == start->sp;
}

static struct step_result collect(struct cursor *cursor, uintptr_t *out, int max)
{
	struct step_result result = { 0, false, false };

	while (unw.step(cursor) > 0) {
		if (result.count == max) {
			result.truncated = true;
			break;
		}
		if (unw.get_register(cursor, REGISTER_RIP, &out[result.count]) != 0 || !out[result.count])
			break;
		result.count++;
	}
	return result;
}

/*
 * By libunwind's cache of frames, a hundred times as quick as its cursor, but it tells return addresses only: @start is
 * the first whose address is start->pc.  They go where the caller has room: libunwind itself takes 6 KiB of a stack that may
 * have 16.  Return: false if it is not found.
 */
static bool walk_quickly(const struct step_start *start, uintptr_t *out, int max, struct step_result *result)
{
	const int count = unw.backtrace((void **)out, max + UNWIND_OWN_MAX);
	int first = 0;

	while (first < count && first < UNWIND_OWN_MAX - 2 && out[first] != start->pc)
		first++;
	if (first == count || out[first] != start->pc)
		return false;
	first++;
	result->truncated = count - first > max;
	result->count = result->truncated ? max : count - first;
	for (int i = 0; i < result->count; i++)
		out[i] = out[first + i];
	return true;
}

static void walk_by_cursor(const struct step_start *start, uintptr_t *out, int max, struct step_result *result)
{
	struct cursor cursor;
	ucontext_t context;

	if (unw.getcontext(&context) != 0 || unw.init_local(&cursor, &context) != 0 || !reach(&cursor, start))
		return;
	*result = collect(&cursor, out, max);
}

struct step_result unwind_walk(const struct step_start *start, uintptr_t *out, int max)
{
	struct step_result result = { 0, true, false };
	const int saved = errno;

	if (!unw.usable || walking || is_system_code(start->pc))
		return result;
	walking = true;
	atomic_fetch_add(&walking_count, 1);
	if (!walk_quickly(start, out, max, &result))
		walk_by_cursor(start, out, max, &result);
	atomic_fetch_sub(&walking_count, 1);
	walking = false;
	errno = saved;
	return result;
}

void unwind_after_fork(void)
{
	if (atomic_load(&walking_count))
		unw.usable = false;
}
