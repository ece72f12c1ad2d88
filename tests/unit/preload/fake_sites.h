/*
 * fake_sites.h - functions with a rewritten system call, as sites.c leaves those of libc, that lead to the real stub
 * (preload/sites_x86_64.S); what the stub calls is here.
 */
#ifndef PAGETRAIL_TEST_FAKE_SITES_H
#define PAGETRAIL_TEST_FAKE_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../preload/stack.h"

enum { ENTRIES = 256, ENTRY_BYTES = 16, LEAF_ENTRY = 5, FRAMED_ENTRY = 200 };

/* For one call of each kind: 2 of the entry, 19 up to the call, 11 after it; for the second also those that keep vectors. */
enum { FAKE_STUB_STEPS = 2 * (2 + 19 + 11) + 2 * (16 + 1) };

struct fake_site {
	uintptr_t back, rest;
};

extern struct fake_site sites_table[ENTRIES];
struct fake_site sites_table[ENTRIES] __attribute__((visibility("hidden")));
extern const uint8_t sites_entries[ENTRIES * ENTRY_BYTES], site_leaf[];

long fake_site_leaf(long a, long b, long c, long d);
long fake_site_framed(long a, long b, long c, long d);
extern const uint8_t fake_site_leaf_back[], fake_site_framed_back[];

/* The fourth argument moves to r10, as in libc. Behind the jump are the two bytes of "syscall", which nobody executes. */
__asm__(".text\n"
	".globl fake_site_leaf\n"
	".type fake_site_leaf, @function\n"
	"fake_site_leaf:\n"
	".cfi_startproc\n"
	"movq %rcx, %r10\n"
	"jmp sites_entries + 16 * 5\n"
	"syscall\n"
	"fake_site_leaf_back:\n"
	"cmpq $-4095, %rax\n"
	"ret\n"
	".cfi_endproc\n"
	".globl fake_site_framed\n"
	".type fake_site_framed, @function\n"
	"fake_site_framed:\n"
	".cfi_startproc\n"
	"pushq %rbp\n"
	".cfi_adjust_cfa_offset 8\n"
	".cfi_offset %rbp, -16\n"
	"subq $40, %rsp\n"
	".cfi_adjust_cfa_offset 40\n"
	"movl $7, %ebp\n" /* not a frame pointer */
	"movq %rcx, %r10\n"
	"jmp sites_entries + 16 * 200\n"
	"syscall\n"
	"fake_site_framed_back:\n"
	"addq $40, %rsp\n"
	".cfi_adjust_cfa_offset -40\n"
	"popq %rbp\n"
	".cfi_adjust_cfa_offset -8\n"
	".cfi_restore %rbp\n"
	"ret\n"
	".cfi_endproc\n");

long sites_call(const long args[6], const struct fake_site *site, uintptr_t sp, uintptr_t bp);

/* What the kernel would have seen, so that a wrong word is seen. */
__attribute__((visibility("hidden"))) long sites_call(const long args[6], const struct fake_site *site, uintptr_t sp, uintptr_t bp)
{
	const long digits = args[0] * 1000 + args[1] * 100 + args[2] * 10 + args[3];

	(void)sp;
	if (site == &sites_table[LEAF_ENTRY])
		return digits;
	return site == &sites_table[FRAMED_ENTRY] && bp == 7 ? digits : -1;
}

/* The stubs and the entries stand in one piece. */
static bool is_fake_stub(uintptr_t pc)
{
	return pc - (uintptr_t)site_leaf < (uintptr_t)(sites_entries + sizeof(sites_entries)) - (uintptr_t)site_leaf;
}

static bool is_fake_site(uintptr_t pc)
{
	return pc == (uintptr_t)fake_site_leaf_back || pc == (uintptr_t)fake_site_framed_back;
}

static void fake_sites_install(void)
{
	sites_table[LEAF_ENTRY].back = (uintptr_t)fake_site_leaf_back;
	sites_table[FRAMED_ENTRY].back = (uintptr_t)fake_site_framed_back;
	stack_lend(sites_entries, sizeof(sites_entries));
	stack_lend(sites_table, sizeof(sites_table));
}

#endif
