/*
 * t_step_every_instruction.c - a signal may come at any instruction, so single-step through real code and walk
 * at each one.
 *
 * Every prologue, epilogue, .plt entry and leaf function on the way, the loader's lazy binding, and the stub that
 * rewritten system calls lead to, is walked by step_walk() and by libunwind.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unwind.h>
#include <cmocka.h>

#include "fake_sites.h"
#include "walks.h"

enum { WRONG_KEPT = 8 };

static struct {
	long steps;
	long whole;		/* end with the callers of the test, known from before */
	long equal;		/* to libunwind's */
	long oracle_wrong;	/* libunwind does not end with those callers, we do */
	long wrong;
	uintptr_t wrong_at[WRONG_KEPT];
	long in_stub;		/* of the steps */
	long site_missed;	/* in the stub, but not with the function whose system call it stands for, and all callers, */
	long site_missed_by_quick, site_missed_by_gcc; /* by libunwind's quick way; as exceptions are unwound */
} seen;

static struct walks walks, callers;

static bool ends_with_callers(const uintptr_t *frames, int count)
{
	const int common = callers.result.count - 2; /* without walks_take() and the test, which stands elsewhere now */

	if (common < 3 || count <= common)
		return false;
	return memcmp(frames + count - common, callers.ours + 2, (size_t)common * sizeof(*frames)) == 0;
}

static bool has_site(const uintptr_t *frames, int count)
{
	int i = 0;

	while (i < count && !is_fake_site(frames[i]))
		i++;
	return i < count && ends_with_callers(frames, count);
}

/* libgcc's own functions: libunwind has some of the same name. */
static _Unwind_Reason_Code (*gcc_backtrace)(_Unwind_Trace_Fn, void *);
static _Unwind_Ptr (*gcc_ip)(struct _Unwind_Context *);
static int gcc_count;

static void find_gcc(void)
{
	void *const gcc = dlopen("libgcc_s.so.1", RTLD_NOW);

	*(void **)&gcc_backtrace = dlsym(gcc, "_Unwind_Backtrace");
	*(void **)&gcc_ip = dlsym(gcc, "_Unwind_GetIP");
}

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *frames)
{
	const uintptr_t pc = gcc_ip(context);

	/* behind the outermost frame it finds one more, 0 */
	if (pc && gcc_count < WALKS_FRAMES)
		((uintptr_t *)frames)[gcc_count++] = pc;
	return _URC_NO_REASON;
}

static void look_at_stub(uintptr_t pc)
{
	static uintptr_t frames[WALKS_FRAMES];

	if (!is_fake_stub(pc))
		return;
	seen.in_stub++;
	seen.site_missed += !has_site(walks.ours, walks.result.count);
	seen.site_missed_by_quick += !has_site(frames, unw_backtrace((void **)frames, WALKS_FRAMES));
	gcc_count = 0;
	gcc_backtrace(note_frame, frames);
	seen.site_missed_by_gcc += !has_site(frames, gcc_count);
}

static void on_trap(int number, siginfo_t *info, void *context)
{
	const ucontext_t *const interrupted = context;

	(void)number, (void)info;
	walks_take(&walks);
	const struct step_result result = walks.result;
	const bool whole = ends_with_callers(walks.ours, result.count) && !result.truncated && !result.guessed &&
			   walks.memory_is_right;
	const bool equal = walks_equal(&walks) == result.count && walks.oracle_count == result.count;
	const bool oracle_wrong = !ends_with_callers(walks.oracle, walks.oracle_count);

	seen.steps++;
	seen.whole += whole;
	seen.equal += equal;
	seen.oracle_wrong += oracle_wrong;
	if (!(whole && (equal || oracle_wrong)) && seen.wrong++ < WRONG_KEPT)
		seen.wrong_at[seen.wrong - 1] = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
	look_at_stub((uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP]);
}

static inline __attribute__((always_inline)) void trap_flag(bool on)
{
	/* behind the red zone, which the compiler may use */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushf\n\tandl $~0x100, (%%rsp)\n\torl %0, (%%rsp)\n\tpopf\n\t"
			 "lea 128(%%rsp), %%rsp" : : "r"(on ? 0x100 : 0) : "memory", "cc");
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

__attribute__((noinline)) static int leaf(int a)
{
	__asm__ volatile("" : "+r"(a));
	return a * 3 + 1;
}

__attribute__((noinline)) static long realigned(int length, ...)
{
	_Alignas(64) volatile char aligned[64];
	volatile char *const variable = alloca((size_t)length);
	va_list list;

	va_start(list, length);
	aligned[0] = variable[0] = 1;
	const long result = leaf(aligned[0]) + va_arg(list, int) + variable[0];
	va_end(list);
	return result;
}

/* Arguments on the stack: this caller's CFA offset changes between its pushes, without a frame pointer. */
__attribute__((noinline)) static int many(int a, int b, int c, int d, int e, int f, int g, int h, int i)
{
	return leaf(a + b + c + d + e + f + g + h + i);
}

__attribute__((noinline, optimize("omit-frame-pointer"))) static int work(void)
{
	int numbers[] = { 5, 2, 9, 4, 1 };
	char text[128];
	double number;

	qsort(numbers, 5, sizeof(*numbers), compare);
	snprintf(text, sizeof(text), "%d %s %.3f %lx", numbers[0], "text", 3.25, 77ul);
	sscanf("2.5", "%lf", &number);
	char *const memory = malloc(100000);
	memset(memory, 1, 1000);
	free(memory);
	const long parsed = strtol(strchr("x=12", '1'), NULL, 10);
		const long sites = fake_site_leaf(1, 2, 3, 4) + fake_site_framed(5, 6, 7, 8);
	return (int)(realigned(100, 3) + many(1, 2, 3, 4, 5, 6, 7, 8, (int)number) + parsed + sites);
}

static void report(void)
{
	printf("%ld instructions, %ld of the stub: %ld whole, %ld equal to libunwind, %ld where libunwind is wrong, %ld wrong\n",
	       seen.steps, seen.in_stub, seen.whole, seen.equal, seen.oracle_wrong, seen.wrong);
	for (int i = 0; i < seen.wrong && i < WRONG_KEPT; i++) {
		Dl_info info = { .dli_fname = "?" };
		dladdr((void *)seen.wrong_at[i], &info);
		printf("wrong at %s + %#lx\n", info.dli_fname, seen.wrong_at[i] - (uintptr_t)info.dli_fbase);
	}
}

static void single_step(int flags)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | flags }, old;
	int result;

	memset(&seen, 0, sizeof(seen));
	walks_take(&callers);
	sigaction(SIGTRAP, &action, &old);
	trap_flag(true);
	result = work();
	trap_flag(false);
	sigaction(SIGTRAP, &old, NULL);
	report();
	assert_int_equal(result, 4 + 3 + 1 + (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 2) * 3 + 1 + 12 + 1234 + 5678);
	assert_in_range(callers.result.count, 4, 40);
	assert_true(seen.steps > 1000);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.whole, seen.steps);
	assert_int_equal(seen.in_stub, FAKE_STUB_STEPS);
	assert_int_equal(seen.site_missed, 0);
	assert_int_equal(seen.site_missed_by_quick, 0);
	assert_int_equal(seen.site_missed_by_gcc, 0);
	assert_true(seen.oracle_wrong < 20); /* gcc's tables are wrong at the end of realigned() */
}

static void every_instruction_is_walked_as_libunwind_does(void **state)
{
	(void)state;
	single_step(0);
}

static void every_instruction_is_walked_from_another_stack(void **state)
{
	static char memory[1 << 16];
	const stack_t other = { .ss_sp = memory, .ss_size = sizeof(memory) }, none = { .ss_flags = SS_DISABLE };

	(void)state;
	sigaltstack(&other, NULL);
	single_step(SA_ONSTACK);
	sigaltstack(&none, NULL);
}

static void *in_thread(void *state)
{
	every_instruction_is_walked_from_another_stack(state);
	every_instruction_is_walked_as_libunwind_does(state);
	return state;
}

static void every_instruction_of_a_thread_is_walked(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, in_thread, state), 0);
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_is_walked_as_libunwind_does),
		cmocka_unit_test(every_instruction_is_walked_from_another_stack),
		cmocka_unit_test(every_instruction_of_a_thread_is_walked),
	};

	if (!step_init())
		return 77;
	find_gcc();
	fake_sites_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
