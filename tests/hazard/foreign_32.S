/* A 32-bit program without a C library: writes its line and ends with 21. For the static and, with a loader named, for the
   dynamic case. */
	.code32
	.text
	.globl _start
_start:
	movl $4, %eax		/* write */
	movl $1, %ebx
	movl $text, %ecx
	movl $length, %edx
	int $0x80
	movl $1, %eax		/* exit */
	movl $21, %ebx
	int $0x80
	.section .rodata
text:	.ascii "32 bits\n"
	.set length, . - text
	.section .note.GNU-stack, "", @progbits
