/*
 * peek.c - memory that a pointer from the program leads to; see peek.h.
 */
#include "peek.h"

#include <dlfcn.h>
#include <sys/auxv.h>

#include "raw.h"
#include "stack.h"

#define PAGE 4096ul
#define EINVAL 22

extern int _dl_find_object(void *pc, struct dl_find_object *object) __attribute__((weak));
extern void *__curbrk __attribute__((weak));
extern void *__libc_stack_end __attribute__((weak));

/* Written by the constructor; can_ask is cleared for good by peek_stop_asking(). */
static bool can_ask;
static uintptr_t heap_start, arguments_end;

/*
 * rt_sigprocmask(2) copies the new mask in before it looks at its first argument, and an impossible one changes nothing:
 * EINVAL then says that the copy succeeded, EFAULT that it did not.  A ninth of the price of process_vm_readv(2), and usual
 * enough for the filters of sandboxes to let it through.
 */
static bool kernel_can_read(uintptr_t address)
{
	register long size __asm__("r10") = 8;
	long result;

	__asm__ volatile("syscall" : "=a"(result)
			 : "a"(14L /* rt_sigprocmask */), "D"(-1L), "S"(address), "d"(0L), "r"(size)
			 : "rcx", "r11", "memory");
	return result == -EINVAL;
}

bool peek_page(uintptr_t address)
{
	return can_ask && kernel_can_read(address & -PAGE);
}

/* The kernel puts the program's file name above its environment (create_elf_tables(), fs/binfmt_elf.c), next to the stack's end. */
static uintptr_t find_arguments_end(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	while (name && *name)
		name++;
	return (uintptr_t)name;
}

void peek_init(void)
{
	uintptr_t here = 0;

	can_ask = kernel_can_read((uintptr_t)&here) && !kernel_can_read(8);
	heap_start = (uintptr_t)raw_syscall3(SYS_brk, 0, 0, 0);
	arguments_end = find_arguments_end();
}

void peek_stop_asking(void)
{
	can_ask = false;
}

static bool is_on_stack(uintptr_t address)
{
	const uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	struct stack stack;

	stack_of(&stack, sp);
	if (address >= sp && address < stack.end)
		return true;
	return &__libc_stack_end && address >= (uintptr_t)__libc_stack_end && address < arguments_end;
}

static bool is_in_heap(uintptr_t address)
{
	return &__curbrk && heap_start && address >= heap_start && address < ((uintptr_t)__curbrk & -PAGE);
}

static bool is_in_object(uintptr_t address)
{
	struct dl_find_object found;

	return _dl_find_object && _dl_find_object((void *)address, &found) == 0;
}

static bool is_readable(uintptr_t address)
{
	if (can_ask)
		return kernel_can_read(address & -PAGE);
	return is_on_stack(address) || is_in_heap(address) || is_in_object(address);
}

bool peek_can(struct peek *peek, const void *at, size_t bytes)
{
	const uintptr_t start = (uintptr_t)at, last = start + bytes - 1;

	if (!bytes || last < start)
		return !bytes;
	for (uintptr_t page = start & -PAGE; page <= last && page >= (start & -PAGE); page += PAGE) {
		if (page == peek->page && page)
			continue;
		if (!is_readable(page > start ? page : start))
			return false;
		peek->page = page;
	}
	return true;
}

long peek_length(struct peek *peek, const char *text, size_t max)
{
	size_t length = 0;

	while (length < max) {
		size_t here = PAGE - ((uintptr_t)(text + length) & (PAGE - 1));

		if (!peek_can(peek, text + length, 1))
			return -1;
		for (; here && length < max; here--, length++)
			if (!text[length])
				return (long)length;
	}
	return (long)length;
}

const char *peek_text(const char *text, size_t max)
{
	struct peek peek = { 0 };

	return peek_length(&peek, text, max) < 0 ? "" : text;
}
