/*
 * dlopen and dlmopen search libraries by who calls them (RUNPATH, namespace): the loader looks at the return address.  So
 * they are left by a jump, as if we had not been there.
 */
	.text
	.macro PASS_ON name, real
	.globl \name
	.type \name, @function
\name:
	.cfi_startproc
	pushq %rdi
	.cfi_adjust_cfa_offset 8
	pushq %rsi
	.cfi_adjust_cfa_offset 8
	pushq %rdx
	.cfi_adjust_cfa_offset 8
	call loader_opening
	popq %rdx
	.cfi_adjust_cfa_offset -8
	popq %rsi
	.cfi_adjust_cfa_offset -8
	popq %rdi
	.cfi_adjust_cfa_offset -8
	jmpq *\real(%rip)
	.cfi_endproc
	.size \name, . - \name
	.endm

	PASS_ON dlopen, loader_real_dlopen
	PASS_ON dlmopen, loader_real_dlmopen

	.section .note.GNU-stack, "", @progbits
