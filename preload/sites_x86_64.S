/*
 * Where rewritten sites land.  Entered by a jump from "mov $NR,%eax" in a wrapper of libc or ld.so, left by a jump to the
 * instruction after its "syscall", so return addresses and shadow stacks stay paired.
 *
 * At a syscall instruction rax, rcx and r11 are dead (the kernel overwrites them); every other register is handed back as it
 * came.  The 128 bytes below rsp may be in use by the wrapper, a leaf function.
 *
 * Our own code uses no vector registers, but the loader's _dl_find_object() does.  Where the wrapper is no more than a move
 * and a system call, they are the wrapper's caller's business, who does not expect to find them again; elsewhere they are kept.
 */
	.text
	.hidden sites_call, sites_return, sites_vectors

	.p2align 4
	.type site_entry, @function
site_entry:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_undefined %rip
	movq %rsp, %rcx
	.cfi_def_cfa_register %rcx
	leaq -128(%rsp), %rsp
	andq $-16, %rsp
	leaq sites_return(%rip), %r11
	movq (%r11,%rax,8), %r11
	pushq %rcx
	pushq %r11
	pushq %rbp
	movq %rsp, %rbp
	/* rbp: the wrapper's rbp, +8 where to go back to, +16 the wrapper's rsp; said in DWARF: */
	.cfi_escape 0x0f, 3, 0x76, 16, 0x06	/* CFA = *(rbp + 16) */
	.cfi_escape 0x10, 6, 2, 0x76, 0		/* rbp at rbp + 0 */
	.cfi_escape 0x10, 16, 2, 0x76, 8	/* return address at rbp + 8 */
	subq $8, %rsp
	pushq %r9
	pushq %r8
	pushq %r10
	pushq %rdx
	pushq %rsi
	pushq %rdi
	movq %rsp, %rdi			/* six argument words */
	movl %eax, %esi			/* number of the site */
	movq %rcx, %rdx			/* the wrapper's rsp */
	movq (%rbp), %rcx		/* and rbp */
	leaq sites_vectors(%rip), %r11
	cmpb $0, (%r11,%rax)
	jne 2f
	call sites_call
1:	popq %rdi
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
	.cfi_escape 0x0f, 3, 0x76, 16, 0x06
	.cfi_escape 0x10, 6, 2, 0x76, 0
	.cfi_escape 0x10, 16, 2, 0x76, 8
2:	subq $256, %rsp
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movaps %xmm\n, 16*\n(%rsp)
	.endr
	call sites_call
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movaps 16*\n(%rsp), %xmm\n
	.endr
	addq $256, %rsp
	jmp 1b
	.cfi_endproc
	.size site_entry, . - site_entry

	/* One entry per site, 16 bytes apart: it says which site it was. */
	.globl sites_entries
	.hidden sites_entries
	.p2align 4
	.type sites_entries, @function
sites_entries:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_undefined %rip
	.set number, 0
	.rept 256			/* ENTRIES_MAX */
	.p2align 4
	movl $number, %eax
	jmp site_entry
	.set number, number + 1
	.endr
	.cfi_endproc
	.size sites_entries, . - sites_entries
	.section .note.GNU-stack, "", @progbits
