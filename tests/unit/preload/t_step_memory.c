/*
 * t_step_memory.c - a walk by what earlier walks remembered finds what stepping finds, whatever has changed since.
 */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <cmocka.h>

#include "walks.h"

#define NOINLINE __attribute__((noinline))
#define AFTER_CALL __asm__ volatile("" : : : "memory") /* keeps the call before it from being a jump */

static void consume(volatile void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* The walk that all tests begin: from one place at one depth. */
static struct {
	uint32_t key, give;		/* to name the stack with, if it has no name; 0: do not */
	int max;
	struct step_start start;
	struct step_known known;
	struct step_result result;
	uintptr_t frames[MEMORY_FRAMES], plain[MEMORY_FRAMES + 1];
	bool is_right;
} seen;

NOINLINE static void walk_from_start(void)
{
	seen.known.key = seen.key;
	memset(seen.frames, 0, sizeof(seen.frames));
	seen.result = step_walk_known(&seen.start, seen.frames, seen.max, &seen.known);
	if (!seen.known.name && seen.give)
		step_name(&seen.known, seen.give);
	const struct step_result plain = step_walk(&seen.start, seen.plain, MEMORY_FRAMES + 1);
	seen.is_right = seen.result.count == (plain.count < seen.max ? plain.count : seen.max) &&
			(seen.known.name || memcmp(seen.frames, seen.plain, (size_t)seen.result.count * 8) == 0);
}

NOINLINE static void walk(void)
{
	STEP_HERE(seen.start);
	walk_from_start();
	AFTER_CALL;
}

NOINLINE static void middle(void)
{
	walk();
	AFTER_CALL;
}

/* Two ways to the same stack pointer: only one return address differs. */
NOINLINE static void outer(int way)
{
	if (way == 1) {
		middle();
		__asm__ volatile("nop");
	} else {
		middle();
		__asm__ volatile("nop\n\tnop"); /* different, so that the two calls stay two */
	}
	AFTER_CALL;
}

/* One walk. All walks of a test are made from one place in play(), so their stacks differ in the way only. */
struct scene {
	int way;
	uint32_t key, give, want;	/* the name it gets if it has none, and the one it has */
	int max;			/* 0: as many as are remembered */
	void (*before)(void);
};

NOINLINE static void play(const struct scene *scene, int count)
{
	for (int i = 0; i < count; i++, scene++) {
		if (scene->before)
			scene->before();
		seen.key = scene->key;
		seen.give = scene->give;
		seen.max = scene->max ? scene->max : MEMORY_FRAMES;
		outer(scene->way);
		assert_true(seen.is_right);
		assert_int_equal(seen.result.truncated, scene->max != 0);
		assert_int_equal(seen.known.name, scene->want);
	}
}

#define PLAY(...)										\
	play((const struct scene[]){ __VA_ARGS__ },						\
	     sizeof((const struct scene[]){ __VA_ARGS__ }) / sizeof(struct scene))

static int reset(void **state)
{
	(void)state;
	step_forget();
	return 0;
}

static void a_stack_keeps_its_name(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 1, 88, 77, 0, NULL }, { 1, 1, 0, 77, 0, NULL }, { 1, 1, 0, 77, 0, NULL });
}

static void addresses_are_not_written_when_the_name_is_known(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL });
	assert_true(seen.frames[0] != 0);
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 1, 0, 77, 0, NULL });
	assert_int_equal(seen.frames[0], 0);
	assert_true(seen.result.count > 3);
}

static uintptr_t kept;

static void keep_second_address(void)
{
	kept = seen.frames[1];
}

static void another_way_is_another_stack(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 2, 1, 0, 0, 0, keep_second_address });
	assert_true(seen.frames[1] != kept);
	/* the name is gone with the first change */
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 2, 1, 0, 0, 0, NULL }, { 1, 1, 0, 0, 0, NULL });
	assert_int_equal(seen.frames[1], kept);
}

static void a_name_counts_under_its_key_only(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 2, 88, 0, 0, NULL }, { 1, 2, 0, 88, 0, NULL }, { 1, 1, 0, 0, 0, NULL });
}

static void forgetting_drops_names(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 1, 0, 77, 0, NULL }, { 1, 1, 0, 0, 0, step_forget });
}

static struct step_known late;

static void keep_known(void)
{
	late = seen.known;
}

static void name_late(void)
{
	step_name(&late, 77);
}

static void a_late_name_is_not_given_to_another_stack(void **state)
{
	(void)state;
	PLAY({ 1, 1, 0, 0, 0, NULL }, { 2, 1, 0, 0, 0, keep_known }, { 2, 1, 0, 0, 0, name_late });
	PLAY({ 1, 1, 0, 0, 0, NULL }, { 1, 1, 0, 0, 0, keep_known }, { 1, 1, 0, 77, 0, name_late });
}

/* rbp is no frame pointer here but a number that changes; no address of the stack does. */
__attribute__((noinline, optimize("omit-frame-pointer"))) static void with_rbp(uintptr_t value)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t.cfi_adjust_cfa_offset 128\n\t" /* behind the red zone */
			 "push %%rbp\n\t.cfi_adjust_cfa_offset 8\n\t.cfi_rel_offset %%rbp, 0\n\t"
			 "mov %0, %%rbp\n\tcall *%1\n\t"
			 "pop %%rbp\n\t.cfi_adjust_cfa_offset -8\n\t.cfi_restore %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp\n\t.cfi_adjust_cfa_offset -128"
			 : : "r"(value), "r"(middle)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
}

static void a_change_of_rbp_alone_keeps_the_name(void **state)
{
	(void)state;
	seen.key = 1;
	seen.give = 77;
	seen.max = MEMORY_FRAMES;
	for (uintptr_t value = 0; value < 10; value++) {
		with_rbp(value * 1000);
		assert_true(seen.is_right);
		assert_int_equal(seen.known.name, value ? 77 : 0);
	}
}

/* Frames of any size, so that the stack pointer further in may be the same although this frame stands elsewhere. */
NOINLINE static void walk_in_room(size_t size)
{
	volatile char *const room = alloca(size);

	consume(room);
	STEP_HERE(seen.start);
	walk_from_start();
	consume(room);
}

NOINLINE static void call_in_room(size_t size)
{
	volatile char *const room = alloca(size);

	consume(room);
	middle();
	consume(room);
}

/* One frame more, taken back from the room: the inner frames are as without it, all but rbp. */
NOINLINE static void shift(void (*inner)(size_t), size_t size)
{
	volatile char room[160];

	consume(room);
	inner(size);
	consume(room);
}

static void play_shifted(void (*inner)(size_t))
{
	uintptr_t unshifted = 0;
	size_t size = 2048;

	seen.key = 1;
	seen.max = MEMORY_FRAMES;
	for (int i = 0; i < 5; i++) {
		seen.give = i % 2 ? 88 : 77;
		if (i % 2 == 0)
			inner(2048);
		else
			shift(inner, size);
		assert_true(seen.is_right);
		assert_int_equal(seen.known.name, i == 2 ? 77 : 0); /* round 1 was at another stack pointer */
		if (i == 0)
			unshifted = seen.start.sp;
		else if (i == 1)
			size -= unshifted - seen.start.sp;
		else
			assert_int_equal(seen.start.sp, unshifted);
	}
}

static void the_rbp_of_the_start_counts(void **state)
{
	(void)state;
	play_shifted(walk_in_room);
}

static void the_rbp_of_a_caller_counts(void **state)
{
	(void)state;
	play_shifted(call_in_room);
}

static void fewer_wanted_frames_are_another_stack(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 1, 88, 0, 2, NULL }, { 1, 1, 0, 88, 2, NULL }, { 1, 1, 0, 0, 3, NULL },
	     { 1, 1, 0, 0, 0, NULL });
}

static struct memory *taken;

static void take(void)
{
	taken = memory_take(&seen.start);
	assert_non_null(taken);
	assert_null(memory_take(&seen.start));
}

static void release(void)
{
	memory_release(taken);
}

static void an_entry_in_use_is_walked_without(void **state)
{
	(void)state;
	PLAY({ 1, 1, 77, 0, 0, NULL }, { 1, 1, 88, 0, 0, take }, { 2, 1, 88, 0, 0, NULL }, { 1, 1, 0, 77, 0, release });
}

/* The same frames up to code without a table, then its guess. */
static void code_without_tables_is_walked_on_by_guess(void **state)
{
	/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
	static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
	void *const memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*function)(void (*)(void));

	(void)state;
	memcpy(memory, code, sizeof(code));
	mprotect(memory, 4096, PROT_READ | PROT_EXEC);
	memcpy(&function, &memory, sizeof(function));
	seen.give = 77;
	seen.max = MEMORY_FRAMES;
	for (int i = 0; i < 3; i++) {
		function(middle);
		assert_true(seen.is_right);
		assert_true(seen.result.guessed);
		assert_int_equal(seen.known.name, 0);
	}
	munmap(memory, 4096);
}

/* ---- many stacks, chosen at random ---- */
struct choice {
	uint64_t seed;
	long walks, wrong;
};

static uint64_t choose(struct choice *choice)
{
	choice->seed ^= choice->seed << 13;
	choice->seed ^= choice->seed >> 7;
	choice->seed ^= choice->seed << 17;
	return choice->seed >> 20;
}

NOINLINE static void branch(struct choice *choice, int depth);

#define TWIG(name, room_size)								\
	NOINLINE static void name(struct choice *choice, int depth)			\
	{										\
		volatile char room[room_size];						\
		consume(room);								\
		branch(choice, depth);							\
		AFTER_CALL;								\
	}
TWIG(twig_a, 8) TWIG(twig_b, 8) TWIG(twig_c, 24) TWIG(twig_d, 200)

NOINLINE static void leaf(struct choice *choice)
{
	struct step_start start;

	STEP_HERE(start);
	choice->walks++;
	choice->wrong += !walks_check_memory(&start);
}

static void branch(struct choice *choice, int depth)
{
	static void (*const twigs[])(struct choice *, int) = { twig_a, twig_b, twig_c, twig_d };
	const int walks = (int)(choose(choice) % 3);

	for (int i = 0; i < walks; i++)
		leaf(choice);
	for (int i = 0; depth > 0 && i < 2; i++)
		twigs[choose(choice) % 4](choice, depth - 1);
}

static void random_stacks_are_walked_right(void **state)
{
	struct choice choice = { .seed = 88172645463325252ull };

	(void)state;
	for (int round = 0; round < 40; round++)
		branch(&choice, 1 + round % 11);
	assert_true(choice.walks > 10000);
	assert_int_equal(choice.wrong, 0);
}

static void *in_thread(void *argument)
{
	struct choice *const choice = argument;

	for (int round = 0; round < 20; round++)
		branch(choice, 1 + round % 11);
	return NULL;
}

static void racing_threads_are_walked_right(void **state)
{
	struct choice choice[3] = { { .seed = 1234567 }, { .seed = 7654321 }, { .seed = 1111111 } };
	pthread_t thread[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, in_thread, &choice[i]), 0);
	for (int i = 0; i < 300; i++)
		step_forget();
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		assert_true(choice[i].walks > 1000);
		assert_int_equal(choice[i].wrong, 0);
	}
}

/* A handler walks the very stacks whose walk it interrupted. */
static volatile sig_atomic_t handled, handled_wrong;

static void on_alarm(int number)
{
	struct step_start start;

	(void)number;
	STEP_HERE(start);
	handled_wrong += !walks_check_memory(&start);
	handled++;
}

static void walks_interrupted_by_walks_are_right(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	struct choice choice = { .seed = 424242 };
	struct sigaction old;

	(void)state;
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int round = 0; handled < 1000 && round < 100000; round++)
		branch(&choice, 1 + round % 11);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	assert_true(handled >= 1000);
	assert_int_equal(handled_wrong, 0);
	assert_int_equal(choice.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stack_keeps_its_name, reset),
		cmocka_unit_test_setup(addresses_are_not_written_when_the_name_is_known, reset),
		cmocka_unit_test_setup(another_way_is_another_stack, reset),
		cmocka_unit_test_setup(a_name_counts_under_its_key_only, reset),
		cmocka_unit_test_setup(forgetting_drops_names, reset),
		cmocka_unit_test_setup(a_late_name_is_not_given_to_another_stack, reset),
		cmocka_unit_test_setup(a_change_of_rbp_alone_keeps_the_name, reset),
		cmocka_unit_test_setup(the_rbp_of_the_start_counts, reset),
		cmocka_unit_test_setup(the_rbp_of_a_caller_counts, reset),
		cmocka_unit_test_setup(fewer_wanted_frames_are_another_stack, reset),
		cmocka_unit_test_setup(an_entry_in_use_is_walked_without, reset),
		cmocka_unit_test_setup(code_without_tables_is_walked_on_by_guess, reset),
		cmocka_unit_test_setup(random_stacks_are_walked_right, reset),
		cmocka_unit_test_setup(racing_threads_are_walked_right, reset),
		cmocka_unit_test_setup(walks_interrupted_by_walks_are_right, reset),
	};

	if (!step_init())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
