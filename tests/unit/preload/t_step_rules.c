/*
 * t_step_rules.c - each call frame instruction and each expression operation does what DWARF says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../../preload/cfi.h"
#include "../../../preload/step_rows.h"

#define START 0x1000u

/* DW_CFA_def_cfa rsp 8; DW_CFA_offset rip 1 (times -8): as every compiler begins */
static const uint8_t common[] = { 0x0c, 7, 8, 0x90, 1 };

static struct cfi_rules rules;

static bool run_bytes(const uint8_t *code, size_t size, unsigned where)
{
	uint8_t table[64]; /* the header, of two bytes here, then the code */
	const struct cfi_function function = {
		.start = START, .end = START + 0x100000, .code_align = 1, .data_align = -8, .encoding = 0,
		.common = { common, common + sizeof(common), false }, .own = { table + 2, table + 2 + size, false },
		.header = table,
	};

	memcpy(table + 2, code, size);
	return cfi_rules_run(&function, START + where, &rules);
}

#define RUN(where, ...) run_bytes((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), where)

static void assert_rule(int number, enum cfi_kind kind, int32_t value)
{
	assert_int_equal(rules.kind[number], kind);
	assert_int_equal(rules.value[number], value);
}

static void assert_cfa(int number, int32_t offset)
{
	assert_false(rules.cfa_is_expression);
	assert_int_equal(rules.cfa_register, number);
	assert_int_equal(rules.cfa_offset, offset);
}

static void common_instructions_hold_everywhere(void **state)
{
	(void)state;
	assert_true(RUN(0, 0));
	assert_cfa(CFI_RSP, 8);
	assert_rule(CFI_RIP, CFI_AT_OFFSET, -8);
	assert_rule(CFI_RBP, CFI_DEFAULT, 0);
	assert_false(rules.is_signal);
}

static void instructions_hold_from_their_location_on(void **state)
{
	/* advance 1, offset 16; advance1 200, offset 24; advance2 1000, offset 32; advance4 70000, offset 40 */
#define CODE 0x41, 0x0e, 16, 0x02, 200, 0x0e, 24, 0x03, 0xe8, 0x03, 0x0e, 32, 0x04, 0x70, 0x11, 0x01, 0x00, 0x0e, 40
	static const struct { unsigned at; int32_t offset; } want[] = {
		{ 0, 8 }, { 1, 16 }, { 200, 16 }, { 201, 24 }, { 1200, 24 }, { 1201, 32 }, { 71200, 32 }, { 71201, 40 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_true(RUN(want[i].at, CODE));
		assert_cfa(CFI_RSP, want[i].offset);
	}
#undef CODE
	/* set_loc 0x1010, offset 16 */
	assert_true(RUN(15, 0x01, 0x10, 0x10, 0, 0, 0, 0, 0, 0, 0x0e, 16));
	assert_cfa(CFI_RSP, 8);
	assert_true(RUN(16, 0x01, 0x10, 0x10, 0, 0, 0, 0, 0, 0, 0x0e, 16));
	assert_cfa(CFI_RSP, 16);
}

static void cfa_is_defined_in_every_way(void **state)
{
	(void)state;
	assert_true(RUN(0, 0x0c, 6, 0x90, 1));			/* def_cfa rbp 144 */
	assert_cfa(CFI_RBP, 144);
	assert_true(RUN(0, 0x0d, 10));				/* def_cfa_register r10 */
	assert_cfa(10, 8);
	assert_true(RUN(0, 0x12, 6, 0x7e));			/* def_cfa_sf rbp -2 * -8 */
	assert_cfa(CFI_RBP, 16);
	assert_true(RUN(0, 0x13, 0x7d));			/* def_cfa_offset_sf -3 * -8 */
	assert_cfa(CFI_RSP, 24);
	assert_true(RUN(0, 0x0f, 3, 0x76, 0x78, 0x06));		/* def_cfa_expression *(rbp - 8) */
	assert_true(rules.cfa_is_expression);
	assert_int_equal(rules.cfa_expression, 3);
	assert_true(RUN(0, 0x0e, 56, 0x0f, 1, 0x30, 0x0d, 7));	/* back from an expression by the register alone */
	assert_cfa(CFI_RSP, 56);
}

static void registers_are_saved_in_every_way(void **state)
{
	(void)state;
	assert_true(RUN(0, 0x86, 2));				/* offset rbp */
	assert_rule(CFI_RBP, CFI_AT_OFFSET, -16);
	assert_true(RUN(0, 0x05, 3, 3));			/* offset_extended rbx */
	assert_rule(CFI_RBX, CFI_AT_OFFSET, -24);
	assert_true(RUN(0, 0x11, 3, 0x7f));			/* offset_extended_sf rbx -1 */
	assert_rule(CFI_RBX, CFI_AT_OFFSET, 8);
	assert_true(RUN(0, 0x2f, 3, 2));			/* GNU_negative_offset_extended */
	assert_rule(CFI_RBX, CFI_AT_OFFSET, 16);
	assert_true(RUN(0, 0x14, 7, 1));			/* val_offset rsp */
	assert_rule(CFI_RSP, CFI_IS_OFFSET, -8);
	assert_true(RUN(0, 0x15, 7, 0x7f));			/* val_offset_sf rsp */
	assert_rule(CFI_RSP, CFI_IS_OFFSET, 8);
	assert_true(RUN(0, 0x09, 16, 5));			/* register rip in rdi */
	assert_rule(CFI_RIP, CFI_IS_REGISTER, 5);
	assert_true(RUN(0, 0x07, 16));				/* undefined rip */
	assert_rule(CFI_RIP, CFI_UNDEFINED, 0);
	assert_true(RUN(0, 0x86, 2, 0x08, 6));			/* offset, then same_value rbp */
	assert_rule(CFI_RBP, CFI_SAME, 0);
	assert_true(RUN(0, 0x10, 6, 2, 0x76, 0));		/* expression rbp: at rbp + 0 */
	assert_rule(CFI_RBP, CFI_AT_EXPRESSION, 4);
	assert_true(RUN(0, 0x16, 6, 2, 0x76, 0));		/* val_expression rbp */
	assert_rule(CFI_RBP, CFI_IS_EXPRESSION, 4);
}

static void restore_goes_back_to_the_common_rules(void **state)
{
	(void)state;
	assert_true(RUN(0, 0x90, 5, 0xd0));			/* offset rip 5; restore rip */
	assert_rule(CFI_RIP, CFI_AT_OFFSET, -8);
	assert_true(RUN(0, 0x86, 5, 0x06, 6));			/* offset rbp; restore_extended rbp */
	assert_rule(CFI_RBP, CFI_DEFAULT, 0);
}

static void remembered_states_nest_and_hold_the_cfa(void **state)
{
	(void)state;
	/* offset rbp 2, offset 16, remember, offset 24, remember, def_cfa rbp 40, restore rbp, restore_state twice */
	assert_true(RUN(0, 0x86, 2, 0x0e, 16, 0x0a, 0x0e, 24, 0x0a, 0x0c, 6, 40, 0xc6, 0x0b));
	assert_cfa(CFI_RSP, 24);
	assert_rule(CFI_RBP, CFI_AT_OFFSET, -16);
	assert_true(RUN(0, 0x86, 2, 0x0e, 16, 0x0a, 0x0e, 24, 0x0a, 0x0c, 6, 40, 0xc6, 0x0b, 0x0b));
	assert_cfa(CFI_RSP, 16);
}

static void what_no_walk_needs_is_passed_over(void **state)
{
	(void)state;
	assert_true(RUN(0, 0x00, 0x2e, 0x90, 1, 0x91, 4, 0x07, 40, 0x0e, 16)); /* nop, args_size, xmm0, register 40 */
	assert_cfa(CFI_RSP, 16);
}

static void malformed_instructions_are_refused(void **state)
{
	(void)state;
	assert_false(RUN(0, 0x3f));				/* unknown */
	assert_false(RUN(0, 0x0b));				/* restore_state without remember_state */
	assert_false(RUN(0, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a));	/* too many states */
	assert_false(RUN(0, 0x0e));				/* operand missing */
	assert_false(RUN(0, 0x0e, 0xff, 0xff, 0xff));		/* number without end */
	assert_false(RUN(0, 0x0f, 9, 0x76));			/* expression longer than the rest */
	assert_false(RUN(0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x7f)); /* offset above 2 GiB */
	assert_false(RUN(0, 0x86, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)); /* overflow when factored */
	assert_false(RUN(0, 0x0d, 17));				/* CFA in a vector register */
}

/* ---- expressions ---- */
static uintptr_t memory[4] = { 11, 0x1122334455667788, 33, 44 };
static struct cfi_registers registers;

/* The length is put in front; the table ends where the expression does. */
static bool evaluate_bytes(const uint8_t *code, size_t size, uintptr_t *result)
{
	uint8_t bytes[64] = { (uint8_t)size };
	const struct cfi_table table = { bytes, bytes, bytes + 1 + size };
	struct stack stack = { (uintptr_t)memory, sizeof(memory) - 8, (uintptr_t)(memory + 4), (uintptr_t)memory, 0 };
	const uintptr_t initial = 1000;

	memcpy(bytes + 1, code, size);
	registers.known = 1u << CFI_RBP | 1u << CFI_RIP;
	registers.value[CFI_RBP] = (uintptr_t)memory;
	return cfi_evaluate(&table, 0, &registers, &initial, &stack, result);
}

#define EVALUATE(...)										\
	({											\
		uintptr_t result_ = 0;								\
		assert_true(evaluate_bytes((const uint8_t[]){ __VA_ARGS__ },			\
					   sizeof((const uint8_t[]){ __VA_ARGS__ }), &result_));	\
		result_;									\
	})
#define REFUSED(...)										\
	({											\
		uintptr_t result_;								\
		!evaluate_bytes((const uint8_t[]){ __VA_ARGS__ },				\
				sizeof((const uint8_t[]){ __VA_ARGS__ }), &result_);		\
	})

static void constants_of_every_width(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x30 + 31), 31);
	assert_int_equal(EVALUATE(0x08, 0xfe), 0xfe);
	assert_int_equal((intptr_t)EVALUATE(0x09, 0xfe), -2);
	assert_int_equal(EVALUATE(0x0a, 0xfe, 0xff), 0xfffe);
	assert_int_equal((intptr_t)EVALUATE(0x0b, 0xfe, 0xff), -2);
	assert_int_equal(EVALUATE(0x0c, 1, 2, 3, 4), 0x04030201);
	assert_int_equal((intptr_t)EVALUATE(0x0d, 0xfe, 0xff, 0xff, 0xff), -2);
	assert_int_equal(EVALUATE(0x0e, 1, 0, 0, 0, 0, 0, 0, 2), 0x0200000000000001);
	assert_int_equal(EVALUATE(0x03, 1, 0, 0, 0, 0, 0, 0, 2), 0x0200000000000001);
	assert_int_equal(EVALUATE(0x10, 0xe5, 0x8e, 0x26), 624485);
	assert_int_equal((intptr_t)EVALUATE(0x11, 0x80, 0x7f), -128);
}

static void registers_and_memory(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x76, 8), (uintptr_t)(memory + 1));			/* breg6 8 */
	assert_int_equal(EVALUATE(0x92, 6, 8), (uintptr_t)(memory + 1));		/* bregx 6 8 */
	assert_int_equal(EVALUATE(0x76, 16, 0x06), 33);					/* deref */
	assert_int_equal(EVALUATE(0x76, 9, 0x94, 2), 0x6677 & 0xffff);			/* deref_size 2 inside a word */
	assert_true(REFUSED(0x77, 8));							/* rsp is not known */
	assert_true(REFUSED(0x76, 32, 0x06));						/* behind the stack */
	assert_true(REFUSED(0x76, 0x78, 0x06));						/* before it */
	assert_true(REFUSED(0x76, 4, 0x06));						/* not aligned */
	assert_true(REFUSED(0x76, 0, 0x94, 3));						/* no such size */
}

static void order_of_the_stack(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x96), 1000);						/* nop: the initial value */
	assert_int_equal(EVALUATE(0x31, 0x13), 1000);					/* drop */
	assert_int_equal(EVALUATE(0x12, 0x22), 2000);					/* dup, plus */
	assert_int_equal(EVALUATE(0x31, 0x14), 1000);					/* over */
	assert_int_equal(EVALUATE(0x31, 0x32, 0x15, 2), 1000);				/* pick 2 */
	assert_int_equal(EVALUATE(0x31, 0x16), 1000);					/* swap */
	assert_int_equal(EVALUATE(0x31, 0x32, 0x17), 1);				/* rot: 2 1000 1 */
	assert_int_equal(EVALUATE(0x31, 0x32, 0x17, 0x13), 1000);
	assert_true(REFUSED(0x13));							/* nothing left */
	assert_true(REFUSED(0x13, 0x13));
	assert_true(REFUSED(0x15, 1));
	assert_true(REFUSED(0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12,
			    0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12));		/* too many */
}

static void arithmetic(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x35, 0x33, 0x1a), 1);				/* and */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x1c), 2);				/* minus */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x1e), 15);				/* mul */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x21), 7);				/* or */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x22), 8);				/* plus */
	assert_int_equal(EVALUATE(0x23, 0x90, 1), 1144);				/* plus_uconst */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x24), 40);				/* shl */
	assert_int_equal(EVALUATE(0x09, 0xf0, 0x32, 0x25), (~0ul - 15) >> 2);		/* shr */
	assert_int_equal((intptr_t)EVALUATE(0x09, 0xf0, 0x32, 0x26), -4);		/* shra */
	assert_int_equal(EVALUATE(0x35, 0x33, 0x27), 6);				/* xor */
	assert_int_equal(EVALUATE(0x35, 0x08, 64, 0x24), 0);				/* all bits out */
	assert_int_equal((intptr_t)EVALUATE(0x35, 0x1f), -5);				/* neg */
	assert_int_equal((intptr_t)EVALUATE(0x35, 0x20), -6);				/* not */
	assert_int_equal(EVALUATE(0x09, 0xfb, 0x19), 5);				/* abs */
	assert_true(REFUSED(0x35, 0x33, 0x1b));						/* div does not occur here */
	assert_true(REFUSED(0xf0));
}

static void comparisons_are_signed(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x09, 0xff, 0x31, 0x2d), 1);				/* -1 < 1 */
	assert_int_equal(EVALUATE(0x09, 0xff, 0x31, 0x2b), 0);				/* -1 > 1 */
	assert_int_equal(EVALUATE(0x31, 0x31, 0x2a), 1);				/* ge */
	assert_int_equal(EVALUATE(0x31, 0x31, 0x2c), 1);				/* le */
	assert_int_equal(EVALUATE(0x31, 0x31, 0x29), 1);				/* eq */
	assert_int_equal(EVALUATE(0x31, 0x31, 0x2e), 0);				/* ne */
}

static void jumps_end(void **state)
{
	(void)state;
	assert_int_equal(EVALUATE(0x2f, 1, 0, 0x35), 1000);				/* skip over lit5 */
	assert_int_equal(EVALUATE(0x31, 0x28, 1, 0, 0x35), 1000);			/* bra taken */
	assert_int_equal(EVALUATE(0x30, 0x28, 1, 0, 0x35), 5);				/* bra not taken */
	assert_true(REFUSED(0x2f, 0xfd, 0xff));						/* skip to itself, for ever */
	assert_true(REFUSED(0x2f, 0xfc, 0xff));						/* before the beginning */
	assert_true(REFUSED(0x2f, 1, 0));						/* behind the end */
}

/* .plt: CFA = rsp + 8 + (rip % 16 >= 11) * 8 */
static void the_expression_of_plt_entries(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 16; at++) {
		registers.value[CFI_RIP] = 0x401020 + at;
		assert_int_equal(EVALUATE(0x76, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22),
				 (uintptr_t)memory + (at >= 11 ? 16 : 8));
	}
}

static void base_and_offset_are_recognised(void **state)
{
	static const uint8_t bytes[] = { 2, 0x76, 0x78, 3, 0x77, 0xa0, 1, 3, 0x76, 0, 0x06, 3, 0x76, 0, 0x12, 1, 0x30 };
	const struct cfi_table table = { bytes, bytes, bytes + sizeof(bytes) };
	uint8_t base;
	int32_t offset;
	bool deref;

	(void)state;
	assert_true(cfi_base_offset(&table, 0, &base, &offset, &deref));
	assert_true(base == CFI_RBP && offset == -8 && !deref);
	assert_true(cfi_base_offset(&table, 3, &base, &offset, &deref));
	assert_true(base == CFI_RSP && offset == 160 && !deref);
	assert_true(cfi_base_offset(&table, 7, &base, &offset, &deref));
	assert_true(base == CFI_RBP && offset == 0 && deref);
	assert_false(cfi_base_offset(&table, 11, &base, &offset, &deref));
	assert_false(cfi_base_offset(&table, 15, &base, &offset, &deref));
	assert_false(cfi_base_offset(&table, 1000, &base, &offset, &deref));
	assert_false(cfi_base_offset(&table, -1, &base, &offset, &deref));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_instructions_hold_everywhere),
		cmocka_unit_test(instructions_hold_from_their_location_on),
		cmocka_unit_test(cfa_is_defined_in_every_way),
		cmocka_unit_test(registers_are_saved_in_every_way),
		cmocka_unit_test(restore_goes_back_to_the_common_rules),
		cmocka_unit_test(remembered_states_nest_and_hold_the_cfa),
		cmocka_unit_test(what_no_walk_needs_is_passed_over),
		cmocka_unit_test(malformed_instructions_are_refused),
		cmocka_unit_test(constants_of_every_width),
		cmocka_unit_test(registers_and_memory),
		cmocka_unit_test(order_of_the_stack),
		cmocka_unit_test(arithmetic),
		cmocka_unit_test(comparisons_are_signed),
		cmocka_unit_test(jumps_end),
		cmocka_unit_test(the_expression_of_plt_entries),
		cmocka_unit_test(base_and_offset_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
