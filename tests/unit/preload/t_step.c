/*
 * t_step.c - step_walk() finds what libunwind finds, frame by frame, on stacks of every make.
 */
#include <alloca.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#include "walks.h"

static struct walks walks;

static void assert_equal_to_oracle(int least)
{
	assert_true(walks.memory_is_right);
	assert_in_range(walks.oracle_count, least, WALKS_FRAMES - 1);
	assert_int_equal(walks_equal(&walks), walks.oracle_count);
	assert_int_equal(walks.result.count, walks.oracle_count);
	assert_false(walks.result.truncated);
	assert_false(walks.result.guessed);
}

#define NOINLINE __attribute__((noinline))
#define AFTER_CALL __asm__ volatile("" : : : "memory") /* keeps the call before it from being a jump */

static void consume(volatile void *first, volatile void *second)
{
	__asm__ volatile("" : : "r"(first), "r"(second) : "memory");
}

NOINLINE static void recurse(int depth, int max)
{
	if (depth)
		recurse(depth - 1, max);
	else
		walks_take_max(&walks, max);
	AFTER_CALL;
}

static void deep_recursion_is_walked_to_the_start(void **state)
{
	(void)state;
	recurse(300, WALKS_FRAMES);
	assert_equal_to_oracle(301);
}

static void depth_limit_sets_truncated(void **state)
{
	(void)state;
	recurse(40, 10);
	assert_int_equal(walks.result.count, 10);
	assert_int_equal(walks_equal(&walks), 10);
	assert_true(walks.result.truncated);
}

static void a_stack_of_just_the_limit_is_complete(void **state)
{
	(void)state;
	recurse(5, WALKS_FRAMES);
	const int all = walks.result.count;
	recurse(5, all);
	assert_equal_to_oracle(6);
	recurse(5, all - 1);
	assert_true(walks.result.truncated);
	recurse(5, 0);
	assert_int_equal(walks.result.count, 0);
	assert_true(walks.result.truncated);
}

__attribute__((noinline, optimize("omit-frame-pointer"))) static void without_frame_pointer(int depth)
{
	volatile char room[40];

	consume(room, room);
	if (depth)
		without_frame_pointer(depth - 1);
	else
		walks_take(&walks);
	consume(room, room);
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) static void with_frame_pointer(int depth)
{
	volatile char room[72];

	consume(room, room);
	without_frame_pointer(depth);
	consume(room, room);
}

static void frames_with_and_without_frame_pointer(void **state)
{
	(void)state;
	with_frame_pointer(7);
	assert_equal_to_oracle(9);
}

/* gcc realigns this stack through a register and keeps the CFA in memory (DW_CFA_def_cfa_expression). */
NOINLINE static void realigned(int length, int a, int b, int c, int d, int e, long on_stack, ...)
{
	_Alignas(64) volatile char aligned[64];
	va_list list;

	va_start(list, on_stack);
	volatile char *const variable = alloca((size_t)length);
	consume(aligned, variable);
	walks_take(&walks);
	variable[0] = (char)(a + b + c + d + e + va_arg(list, int));
	va_end(list);
	consume(aligned, variable);
}

static void frames_that_realign_their_stack(void **state)
{
	(void)state;
	for (int length = 1; length < 5000; length += 777) {
		realigned(length, 1, 2, 3, 4, 5, 6, 7);
		assert_equal_to_oracle(3);
	}
}

/* Larger than any row in the cache can say. */
NOINLINE static void large_frame(void)
{
	volatile char room[3 << 20];

	consume(room, room);
	walks_take(&walks);
	consume(room, room);
}

static void frames_larger_than_a_cached_row(void **state)
{
	(void)state;
	large_frame();
	assert_equal_to_oracle(3);
}

static int compare_and_walk(const void *a, const void *b)
{
	walks_take(&walks);
	return *(const int *)a - *(const int *)b;
}

static void callback_from_qsort(void **state)
{
	int numbers[] = { 3, 1, 2 };

	(void)state;
	qsort(numbers, 3, sizeof(*numbers), compare_and_walk);
	assert_equal_to_oracle(4);
	assert_int_equal(numbers[2], 3);
}

/* ---- signals ---- */
static void on_signal(int number)
{
	(void)number;
	walks_take(&walks);
}

static void take_signal(int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags }, old;

	sigaction(SIGUSR1, &action, &old);
	raise(SIGUSR1);
	sigaction(SIGUSR1, &old, NULL);
}

static void signal_handler_on_the_same_stack(void **state)
{
	(void)state;
	take_signal(0);
	assert_equal_to_oracle(6);
}

static void signal_handler_on_another_stack(void **state)
{
	const size_t size = 1 << 16;
	char *const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const stack_t other = { .ss_sp = memory, .ss_size = size };
	const stack_t none = { .ss_flags = SS_DISABLE };

	(void)state;
	sigaltstack(&other, NULL);
	take_signal(SA_ONSTACK);
	assert_equal_to_oracle(6);
	sigaltstack(&none, NULL);
	munmap(memory, size);
}

/* ---- threads ---- */
static void *thread_main(void *argument)
{
	if (argument)
		take_signal(0);
	else
		with_frame_pointer(3);
	return NULL;
}

static void run_thread(size_t stack_bytes, void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	if (stack_bytes)
		assert_int_equal(pthread_attr_setstacksize(&attributes, stack_bytes), 0);
	assert_int_equal(pthread_create(&thread, &attributes, thread_main, argument), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}

static void thread_is_walked_to_its_start(void **state)
{
	(void)state;
	run_thread(0, NULL);
	assert_equal_to_oracle(8);
	run_thread(0, &walks);
	assert_equal_to_oracle(6);
}

/* libunwind's cursor and context alone take 2.5 KiB, so only our walk runs there. */
NOINLINE static void walk_only(void)
{
	struct step_start start;

	STEP_HERE(start);
	walks.result = step_walk(&start, walks.ours, WALKS_FRAMES);
	AFTER_CALL;
}

static void *small_thread_main(void *argument)
{
	(void)argument;
	walk_only();
	AFTER_CALL;
	return NULL;
}

static void smallest_thread_is_walked_to_its_start(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	pthread_attr_init(&attributes);
	assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN), 0);
	assert_int_equal(pthread_create(&thread, &attributes, small_thread_main, NULL), 0);
	pthread_join(thread, NULL);
	assert_int_equal(walks.result.count, 3); /* small_thread_main, start_thread, clone3 */
	assert_false(walks.result.truncated);
	pthread_attr_destroy(&attributes);
}

/* ---- stacks that nobody announced ---- */
static ucontext_t context_main, context_other;

static void on_other_stack(void)
{
	with_frame_pointer(2);
	AFTER_CALL;
}

static void coroutine_is_walked_to_its_start(void **state)
{
	const size_t size = 1 << 17;
	char *const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	getcontext(&context_other);
	context_other.uc_stack.ss_sp = memory;
	context_other.uc_stack.ss_size = size;
	context_other.uc_link = &context_main;
	makecontext(&context_other, on_other_stack, 0);
	swapcontext(&context_main, &context_other);
	assert_int_equal(walks_equal(&walks), walks.result.count);
	assert_in_range(walks.result.count, 6, 8);
	munmap(memory, size);
}

/* ---- code without tables ---- */
typedef void jit_function(void (*function)(void));

/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char jit_with_frame[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
/* push %rbp; mov $0x123456789abcdef8,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char jit_with_garbage[] = { 0x55, 0x48, 0xbd, 0xf8, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12,
						  0xff, 0xd7, 0x5d, 0xc3 };
/* push %rbp; lea -0x8000(%rsp),%rbp ... : a frame pointer below the stack pointer */
static const unsigned char jit_with_low[] = { 0x55, 0x48, 0x8d, 0xac, 0x24, 0x00, 0x80, 0xff, 0xff,
					      0xff, 0xd7, 0x5d, 0xc3 };

static void run_jit(const unsigned char *code, size_t size)
{
	void *const memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	jit_function *function;

	memcpy(memory, code, size);
	mprotect(memory, 4096, PROT_READ | PROT_EXEC);
	memcpy(&function, &memory, sizeof(function));
	function(walk_only);
	munmap(memory, 4096);
}

static void frame_without_table_is_guessed(void **state)
{
	struct walks direct;

	(void)state;
	run_jit(jit_with_frame, sizeof(jit_with_frame));
	assert_true(walks.result.guessed);
	assert_false(walks.result.truncated);
	walks_take(&direct);
	/* below: the JIT's frame, run_jit, this test; the rest as from here */
	assert_int_equal(walks.result.count - 2, direct.result.count - 1);
	for (int i = 2; i < direct.result.count; i++)
		assert_int_equal(walks.ours[i + 1], direct.ours[i]);
}

static void wrong_frame_pointer_ends_the_walk(void **state)
{
	(void)state;
	run_jit(jit_with_garbage, sizeof(jit_with_garbage));
	assert_int_equal(walks.result.count, 1);
	assert_true(walks.result.truncated);
	run_jit(jit_with_low, sizeof(jit_with_low));
	assert_int_equal(walks.result.count, 1);
	assert_true(walks.result.truncated);
}

static void impossible_starts_are_refused(void **state)
{
	const struct step_start starts[] = {
		{ 0, 0, 0 },
		{ (uintptr_t)walk_only, 0, 0 },
		{ (uintptr_t)walk_only, 8, 8 },
		{ (uintptr_t)walk_only, UINTPTR_MAX - 7, UINTPTR_MAX },
		{ (uintptr_t)walk_only, 0x123456789abcdef8, 1 },
		{ UINTPTR_MAX, (uintptr_t)&walks, (uintptr_t)&walks },
		{ 0x800000000000, (uintptr_t)&state, 0 },
		{ (uintptr_t)walk_only, (uintptr_t)&state + 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		const struct step_result result = step_walk(&starts[i], walks.ours, WALKS_FRAMES);
		assert_true(result.truncated);
		assert_int_equal(result.count, 0);
	}
}

static void forgetting_changes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++) {
		recurse(3, WALKS_FRAMES);
		if (i % 100 == 0)
			assert_equal_to_oracle(4);
		step_forget();
	}
	assert_equal_to_oracle(4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deep_recursion_is_walked_to_the_start),
		cmocka_unit_test(depth_limit_sets_truncated),
		cmocka_unit_test(a_stack_of_just_the_limit_is_complete),
		cmocka_unit_test(frames_with_and_without_frame_pointer),
		cmocka_unit_test(frames_that_realign_their_stack),
		cmocka_unit_test(frames_larger_than_a_cached_row),
		cmocka_unit_test(callback_from_qsort),
		cmocka_unit_test(signal_handler_on_the_same_stack),
		cmocka_unit_test(signal_handler_on_another_stack),
		cmocka_unit_test(thread_is_walked_to_its_start),
		cmocka_unit_test(smallest_thread_is_walked_to_its_start),
		cmocka_unit_test(coroutine_is_walked_to_its_start),
		cmocka_unit_test(frame_without_table_is_guessed),
		cmocka_unit_test(wrong_frame_pointer_ends_the_walk),
		cmocka_unit_test(impossible_starts_are_refused),
		cmocka_unit_test(forgetting_changes_nothing),
	};

	if (!step_init())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
