/*
 * Where rewritten sites land.  Entered by a jump from "mov $NR,%eax" in a wrapper of libc or ld.so, left by a jump to the
 * instruction after its "syscall", so return addresses and shadow stacks stay paired.
 *
 * At a syscall instruction rax, rcx and r11 are dead (the kernel overwrites them); every other register is handed back as it
 * came.  The 128 bytes below rsp may be in use by the wrapper, a leaf function.
 *
 * A signal may come at any instruction, so the unwind tables are true at each of them: to an unwinder the stub is a function
 * that the wrapper called without moving its stack pointer, and that returns to what sites_table says.
 */
	.text
	.hidden sites_call, sites_table

#define ENTRY_BYTES 16			/* and of a record in sites_table */
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression 0x10
#define DW_OP_breg(n) 0x70 + n
#define DW_OP_deref 0x06
#define DW_OP_const1s 0x09
#define DW_OP_dup 0x12
#define DW_OP_and 0x1a
#define DW_OP_plus 0x22
#define DW_OP_plus_uconst 0x23
#define DW_OP_deref_size 0x94
#define DW_OP_nop 0x96
#define RBP 6
#define R11 11
#define RIP 16

/*
 * r11: the site's record, whose first word is where to go back to.  Our own code uses no vector registers, but the loader's
 * _dl_find_object() does.  Where the wrapper is no more than a move and a system call (site_leaf) they are the wrapper's
 * caller's business, who does not expect to find them again; elsewhere they are kept.
 */
	.macro STUB name, keep_vectors
	.p2align 4
	.globl \name
	.hidden \name
	.type \name, @function
\name:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_escape DW_CFA_expression, RIP, 2, DW_OP_breg(R11), 0
	movq %rsp, %rcx
	.cfi_def_cfa_register %rcx
	leaq -128(%rsp), %rsp
	andq $-16, %rsp
	pushq %rcx
	pushq (%r11)
	pushq %rbp
	movq %rsp, %rbp
	/*
	 * rbp: the wrapper's rbp, +8 where to go back to, +16 the wrapper's rsp; said in DWARF.  The "nop" keeps unw_backtrace()
	 * of libunwind 1.6 from taking it for the frame of a function that realigned its stack, whose return address lies at CFA-8.
	 */
	.cfi_escape DW_CFA_def_cfa_expression, 4, DW_OP_breg(RBP), 16, DW_OP_deref, DW_OP_nop
	.cfi_escape DW_CFA_expression, RBP, 2, DW_OP_breg(RBP), 0
	.cfi_escape DW_CFA_expression, RIP, 2, DW_OP_breg(RBP), 8
	subq $8, %rsp
	pushq %r9
	pushq %r8
	pushq %r10
	pushq %rdx
	pushq %rsi
	pushq %rdi
	movq %rsp, %rdi			/* six argument words */
	movq %r11, %rsi			/* the site */
	movq %rcx, %rdx			/* the wrapper's rsp */
	movq (%rbp), %rcx		/* and rbp */
	.if \keep_vectors
	subq $256, %rsp
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movaps %xmm\n, 16*\n(%rsp)
	.endr
	.endif
	call sites_call
	.if \keep_vectors
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movaps 16*\n(%rsp), %xmm\n
	.endr
	addq $256, %rsp
	.endif
	popq %rdi
	popq %rsi
	popq %rdx
	popq %r10
	popq %r8
	popq %r9
	movq 8(%rbp), %r11
	movq 16(%rbp), %rcx
	movq (%rbp), %rbp
	.cfi_restore %rbp
	.cfi_def_cfa %rcx, 0
	.cfi_register %rip, %r11
	movq %rcx, %rsp
	jmpq *%r11
	.cfi_endproc
	.size \name, . - \name
	.endm

	STUB site_leaf, 0
	STUB site_framed, 1

	/* One entry per site: 0..127 for leaf functions, 128..255 for those with a frame. */
	.globl sites_entries
	.hidden sites_entries
	.p2align 4
	.type sites_entries, @function
sites_entries:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	/*
	 * Before the first instruction of an entry no register says which it is, but rip does; the address of the record is in
	 * that instruction, "lea" with a distance of four bytes at its fourth (behind the text, so never negative):
	 * at = (rip & -16) + 3; record = at + *(uint32_t *)at + 4.
	 */
	.cfi_escape DW_CFA_expression, RIP, 13, DW_OP_breg(RIP), 0, DW_OP_const1s, 0xf0, DW_OP_and, DW_OP_plus_uconst, 3, \
		DW_OP_dup, DW_OP_deref_size, 4, DW_OP_plus, DW_OP_plus_uconst, 4
	.set number, 0
	.rept 256			/* ENTRIES_MAX */
	.p2align 4
	leaq sites_table + ENTRY_BYTES * number(%rip), %r11
	.if number < 128		/* ENTRIES_LEAF */
	jmp site_leaf
	.else
	jmp site_framed
	.endif
	.set number, number + 1
	.endr
	.cfi_endproc
	.size sites_entries, . - sites_entries

	.section .note.GNU-stack, "", @progbits
