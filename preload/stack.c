/*
 * stack.c - which memory of a stack may be read; see stack.h.
 */
#include "stack.h"

#include "peek.h"

#define PAGE 4096ul
#define PAGES_MAX 256			/* asked for in one walk, */
#define UNKNOWN_SPAN (64ul << 20)	/* at most this far up: more is a wrong frame, not a large stack */
#define DESCRIPTOR_BYTES 0x800		/* sizeof(struct pthread) is 0x900 since glibc 2.28 */

/*
 * Below the main stack the kernel leaves at least 128 MiB free of mappings it places itself (mmap_base(),
 * arch/x86/mm/util.c and mm/mmap.c: gap_min), so an address there belongs to the stack.
 */
#define MAIN_SPAN (128ul << 20)

/*
 * What a function has popped is still there when a signal interrupts it, and tables often still point at it:
 * the kernel leaves the 128 bytes below rsp alone (ABI section 3.2.2).
 */
#define RED_ZONE 128

extern void *__libc_stack_end __attribute__((weak));

/* Written by the constructor. */
static uintptr_t main_end;
static uintptr_t block_offset;	/* of the stack's block in a descriptor, 0: unknown */
static struct {
	uintptr_t start, bytes;
} lent[STACK_LENT_MAX];

static uintptr_t descriptor(void)
{
	uintptr_t self;

	__asm__("mov %%fs:0, %0" : "=r"(self));
	return self;
}

/*
 * glibc stores __libc_stack_end as the main thread's stackblock_size (__tls_init_tp(), since 2.34), next to the word
 * stackblock.  So the value itself tells where in a descriptor, whose layout is private, the two stand.
 */
static uintptr_t find_block(uintptr_t self)
{
	uintptr_t found = 0;

	for (uintptr_t at = 8; at < DESCRIPTOR_BYTES; at += 8)
		if (stack_word(self + at) == main_end) {
			if (found)
				return 0;
			found = at - 8;
		}
	return found;
}

bool stack_init(void)
{
	peek_init();
	if (!&__libc_stack_end)
		return false;
	main_end = (uintptr_t)__libc_stack_end & ~7ul;
	block_offset = find_block(descriptor());
	return true;
}

/* The end of the block that holds both @sp and the running thread's descriptor, 0 if there is none. */
static uintptr_t thread_end(uintptr_t sp)
{
	const uintptr_t self = descriptor();

	if (!block_offset || sp >= self)
		return 0;
	const uintptr_t block = stack_word(self + block_offset);
	const uintptr_t size = stack_word(self + block_offset + 8);
	if (!block || sp < block || self - block >= size)
		return 0;
	return self & ~7ul;
}

void stack_of(struct stack *stack, uintptr_t sp)
{
	stack->asked = 0;
	stack->from = sp - RED_ZONE;
	stack->low = stack->from;
	stack->end = sp < main_end && main_end - sp < MAIN_SPAN ? main_end : thread_end(sp);
	if (stack->end - sp >= 8 && stack->end > sp) {
		stack->span = stack->end - stack->low - 8;
	} else {
		stack->low = UINTPTR_MAX; /* with span 0 contains no aligned word */
		stack->span = 0;
	}
}

void stack_lend(const void *start, size_t bytes)
{
	for (int i = 0; i < STACK_LENT_MAX; i++) {
		if (lent[i].bytes)
			continue;
		lent[i].start = (uintptr_t)start;
		lent[i].bytes = bytes;
		return;
	}
}

static bool is_lent(uintptr_t address)
{
	for (int i = 0; i < STACK_LENT_MAX; i++)
		if (address - lent[i].start < lent[i].bytes)
			return !(address & 7);
	return false;
}

bool stack_ask(struct stack *stack, uintptr_t address)
{
	const uintptr_t page = address & -PAGE;

	if (is_lent(address))
		return true;
	if (stack->end || (address & 7) || stack->asked == PAGES_MAX)
		return false;
	if (address - stack->from >= UNKNOWN_SPAN)
		return false;
	stack->asked++;
	if (!peek_page(address))
		return false;
	if (stack->low + stack->span + 8 == page) {
		stack->span += PAGE;
	} else {
		stack->low = page;
		stack->span = PAGE - 8;
	}
	return true;
}
