/*
 * h_registers: calls libc's own functions, past all interposition, with a pattern in every register and in the 128 bytes below
 * the function's stack, and prints what of them the call left alone.  A system call changes rax, rcx and r11 and nothing else;
 * what libc's code around it changes is the same without the tracer.
 */
#include "../prog/prog.h"

#include <dlfcn.h>

#define RED_ZONE 128

enum { RAX, RBX, RDX, RSI, RDI, RBP, R8, R9, R10, R12, R13, R14, R15, GENERAL };

static const char *const name[GENERAL] = { "rax", "rbx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r12", "r13", "r14",
					   "r15" };

/* Order and sizes are known to the assembly below. */
struct registers {
	unsigned long general[GENERAL];
	unsigned long flags;
	unsigned int mxcsr, control;
	unsigned char xmm[16][16];
	unsigned char red_zone[RED_ZONE];
};

extern struct registers registers_before, registers_after;
extern void *registers_function;
void registers_call(void);

struct registers registers_before, registers_after;
void *registers_function;

#define XMM_ALL(load) load(0) load(1) load(2) load(3) load(4) load(5) load(6) load(7) load(8) load(9) load(10) load(11) load(12) \
	load(13) load(14) load(15)
#define XMM_LOAD(n) "movdqu registers_before+120+16*" #n "(%rip), %xmm" #n "\n"
#define XMM_STORE(n) "movdqu %xmm" #n ", registers_after+120+16*" #n "(%rip)\n"
#define GENERAL_ALL(move) move(0, rax) move(1, rbx) move(2, rdx) move(3, rsi) move(4, rdi) move(5, rbp) move(6, r8) move(7, r9) \
	move(8, r10) move(9, r12) move(10, r13) move(11, r14) move(12, r15)
#define GENERAL_LOAD(n, reg) "movq registers_before+8*" #n "(%rip), %" #reg "\n"
#define GENERAL_STORE(n, reg) "movq %" #reg ", registers_after+8*" #n "(%rip)\n"

__asm__(".text\n"
	".globl registers_call\n"
	"registers_call:\n"
	"pushq %rbx\npushq %rbp\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
	"subq $8, %rsp\n"
	/* the function's red zone: below where its return address will stand */
	"leaq -8-128(%rsp), %rdi\n"
	"leaq registers_before+376(%rip), %rsi\n"
	"movl $128, %ecx\n"
	"cld\n"
	"rep movsb\n"
	XMM_ALL(XMM_LOAD) GENERAL_ALL(GENERAL_LOAD)
	/* mmap takes its fourth argument in rcx, as functions do, and moves it to r10 */
	"movq %r10, %rcx\n"
	"call *registers_function(%rip)\n"
	GENERAL_ALL(GENERAL_STORE) XMM_ALL(XMM_STORE)
	"pushfq\n"
	"popq registers_after+104(%rip)\n"
	"stmxcsr registers_after+112(%rip)\n"
	"fnstcw registers_after+116(%rip)\n"
	"leaq -8-128(%rsp), %rsi\n"
	"leaq registers_after+376(%rip), %rdi\n"
	"movl $128, %ecx\n"
	"cld\n"
	"rep movsb\n"
	"addq $8, %rsp\n"
	"popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\n"
	"ret\n");

static void fill(const unsigned long args[6])
{
	unsigned char *at = (unsigned char *)&registers_before;

	for (size_t i = 0; i < sizeof(registers_before); i++)
		at[i] = (unsigned char)(i * 37 + 11);
	registers_before.general[RDI] = args[0];
	registers_before.general[RSI] = args[1];
	registers_before.general[RDX] = args[2];
	registers_before.general[R10] = args[3];
	registers_before.general[R8] = args[4];
	registers_before.general[R9] = args[5];
	memset(&registers_after, 0, sizeof(registers_after));
}

static void show(const char *call, int error)
{
	const struct registers *a = &registers_before, *b = &registers_after;
	int red = 0;

	printf("%s: errno %d, direction %lu, mxcsr %x, control %x; changed:", call, error, b->flags >> 10 & 1, b->mxcsr, b->control);
	for (int i = RBX; i < GENERAL; i++)
		if (a->general[i] != b->general[i])
			printf(" %s", name[i]);
	for (int i = 0; i < 16; i++)
		if (memcmp(a->xmm[i], b->xmm[i], 16))
			printf(" xmm%d", i);
	for (int i = 0; i < RED_ZONE; i++)
		red += a->red_zone[i] != b->red_zone[i];
	printf(" %d bytes of the red zone\n", red);
}

static unsigned long call(const char *function, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
			  unsigned long e, unsigned long f)
{
	static void *libc;
	int error;

	if (!libc)
		libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	registers_function = dlsym(libc, function);
	if (!registers_function)
		abort();
	fill((unsigned long[]){ a, b, c, d, e, f });
	errno = 12345;
	registers_call();
	error = errno;
	show(function, error);
	return registers_after.general[RAX];
}

int main(void)
{
	unsigned long p = call("mmap", 0, 8 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1ul, 0);

	if ((long)p < 0)
		return 1;
	call("mprotect", p, page(), PROT_READ, 1, 2, 3);
	call("mprotect", p, page(), PROT_READ | PROT_WRITE, 1, 2, 3);
	call("madvise", p, 8 * page(), MADV_NORMAL, 4, 5, 6);
	call("mlock", p, page(), 7, 8, 9, 10);
	call("munlock", p, page(), 7, 8, 9, 10);
	call("mincore", p, page(), p, 8, 9, 10);
	call("msync", p, page(), MS_ASYNC, 8, 9, 10);
	call("mprotect", p + 1, page(), PROT_READ, 0, 0, 0);
	call("mlock", 4096, page(), 7, 8, 9, 10);
	call("mremap", p, 8 * page(), 4 * page(), 0, 0, 0);
	call("munmap", p, 4 * page(), 11, 12, 13, 14);
	return 0;
}
