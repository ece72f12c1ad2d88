/*
 * vfork for x86-64, as libc has to write it too: the return address waits in a register while the child runs on this very
 * stack, because the child's return overwrites its place.  rdi survives the system call.
 */
	.text
	.globl vfork
	.type vfork, @function
vfork:
	.cfi_startproc
	subq $8, %rsp
	.cfi_adjust_cfa_offset 8
	call process_vforking
	addq $8, %rsp
	.cfi_adjust_cfa_offset -8
	popq %rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rdi
	movl $58, %eax
	syscall
	pushq %rdi
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rip, -8
	testq %rax, %rax
	jz 1f
	pushq %rax			/* aligned for the call: return address and this */
	.cfi_adjust_cfa_offset 8
	movq %rax, %rdi			/* pid or -errno */
	movq 8(%rsp), %rsi		/* the caller's frame: return address, */
	leaq 16(%rsp), %rdx		/* stack pointer, */
	movq %rbp, %rcx			/* frame pointer */
	call process_vforked
	popq %rax
	.cfi_adjust_cfa_offset -8
	cmpq $-4095, %rax
	jae 2f
1:	ret
2:	negl %eax
	pushq %rax
	.cfi_adjust_cfa_offset 8
	call __errno_location@PLT
	popq %rdx
	.cfi_adjust_cfa_offset -8
	movl %edx, (%rax)
	movq $-1, %rax
	ret
	.cfi_endproc
	.size vfork, . - vfork

	.section .note.GNU-stack, "", @progbits
