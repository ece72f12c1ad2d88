/*
 * cfi_expr.c - the DWARF expressions in unwind tables.  DWARF 5 section 2.5.
 *
 * They occur in a few places only: glibc's signal return ("the registers stand in the ucontext above rsp"),
 * functions that realign their stack ("the CFA is in the word at rbp-8"), and .plt ("rsp+8, and 8 more in the
 * later half of a 16-byte entry"). Operations that make sense only for variables are refused.
 */
#include "cfi.h"

#define DEPTH 16
#define OPERATIONS_MAX 256

enum {
	OP_ADDR = 0x03, OP_DEREF = 0x06, OP_CONST1U = 0x08, OP_CONST1S, OP_CONST2U, OP_CONST2S, OP_CONST4U, OP_CONST4S,
	OP_CONST8U, OP_CONST8S, OP_CONSTU, OP_CONSTS, OP_DUP, OP_DROP, OP_OVER, OP_PICK, OP_SWAP, OP_ROT,
	OP_ABS = 0x19, OP_AND, OP_DIV, OP_MINUS, OP_MOD, OP_MUL, OP_NEG, OP_NOT, OP_OR, OP_PLUS, OP_PLUS_UCONST,
	OP_SHL, OP_SHR, OP_SHRA, OP_XOR,
	OP_BRA, OP_EQ, OP_GE, OP_GT, OP_LE, OP_LT, OP_NE, OP_SKIP, OP_LIT0, OP_LIT31 = OP_LIT0 + 31,
	OP_BREG0 = 0x70, OP_BREG31 = OP_BREG0 + 31, OP_BREGX = 0x92, OP_DEREF_SIZE = 0x94, OP_NOP = 0x96,
};

struct calculator {
	struct bytes code;
	const uint8_t *begin;
	const struct cfi_registers *registers;
	struct stack *stack;
	uintptr_t value[DEPTH];
	unsigned count;
	bool bad;
};

static bool open_expression(const struct cfi_table *table, int32_t expression, struct bytes *code)
{
	const uint8_t *const at = table->header + expression;

	*code = (struct bytes){ at, table->high, false };
	if (at < table->low || at >= table->high)
		return false;
	*code = bytes_part(code, bytes_uleb(code));
	return !code->bad;
}

bool cfi_base_offset(const struct cfi_table *table, int32_t expression, uint8_t *base, int32_t *offset, bool *deref)
{
	struct bytes code;

	if (!open_expression(table, expression, &code))
		return false;
	const uint8_t op = bytes_u8(&code);
	if (op < OP_BREG0 || op >= OP_BREG0 + CFI_RIP)
		return false;
	const int64_t wide = bytes_sleb(&code);
	*base = op - OP_BREG0;
	*offset = (int32_t)wide;
	*deref = code.at < code.end;
	if (*deref && bytes_u8(&code) != OP_DEREF)
		return false;
	return !code.bad && code.at == code.end && wide == (int32_t)wide;
}

static void push(struct calculator *calculator, uintptr_t value)
{
	if (calculator->count == DEPTH)
		calculator->bad = true;
	else
		calculator->value[calculator->count++] = value;
}

static uintptr_t pop(struct calculator *calculator)
{
	if (calculator->count == 0) {
		calculator->bad = true;
		return 0;
	}
	return calculator->value[--calculator->count];
}

/* The value @depth below the top. */
static uintptr_t peek(struct calculator *calculator, unsigned depth)
{
	if (depth >= calculator->count) {
		calculator->bad = true;
		return 0;
	}
	return calculator->value[calculator->count - 1 - depth];
}

static uintptr_t register_plus(struct calculator *calculator, uint64_t number, int64_t offset)
{
	if (number >= CFI_REGISTERS || !(calculator->registers->known & 1u << number)) {
		calculator->bad = true;
		return 0;
	}
	return calculator->registers->value[number] + (uintptr_t)offset;
}

static uintptr_t load(struct calculator *calculator, uintptr_t address, unsigned size)
{
	if (size == 0 || size > 8 || (size & (size - 1)) || !stack_has(calculator->stack, address & -8ul) ||
	    (address & 7) + size > 8) {
		calculator->bad = true;
		return 0;
	}
	const uintptr_t word = stack_word(address & -8ul) >> (address & 7) * 8;
	return size == 8 ? word : word & ((1ul << size * 8) - 1);
}

/* Move within the expression; a way back is fine, OPERATIONS_MAX ends a loop. */
static void jump(struct calculator *calculator, int16_t distance)
{
	struct bytes *const code = &calculator->code;

	if (distance < calculator->begin - code->at || distance > code->end - code->at)
		calculator->bad = true;
	else
		code->at += distance;
}

static bool execute_constant(struct calculator *calculator, uint8_t op)
{
	struct bytes *const code = &calculator->code;

	if (op >= OP_LIT0 && op <= OP_LIT31) {
		push(calculator, op - OP_LIT0);
		return true;
	}
	switch (op) {
	case OP_ADDR:
	case OP_CONST8U:
	case OP_CONST8S:
		push(calculator, bytes_u64(code));
		return true;
	case OP_CONST1U:
		push(calculator, bytes_u8(code));
		return true;
	case OP_CONST1S:
		push(calculator, (uintptr_t)bytes_s8(code));
		return true;
	case OP_CONST2U:
		push(calculator, bytes_u16(code));
		return true;
	case OP_CONST2S:
		push(calculator, (uintptr_t)bytes_s16(code));
		return true;
	case OP_CONST4U:
		push(calculator, bytes_u32(code));
		return true;
	case OP_CONST4S:
		push(calculator, (uintptr_t)bytes_s32(code));
		return true;
	case OP_CONSTU:
		push(calculator, bytes_uleb(code));
		return true;
	case OP_CONSTS:
		push(calculator, (uintptr_t)bytes_sleb(code));
		return true;
	}
	return false;
}

/* Registers, memory, the order of the stack, jumps. */
static bool execute_move(struct calculator *calculator, uint8_t op)
{
	struct bytes *const code = &calculator->code;
	uintptr_t a, b, c;

	if (op >= OP_BREG0 && op <= OP_BREG31) {
		push(calculator, register_plus(calculator, op - OP_BREG0, bytes_sleb(code)));
		return true;
	}
	switch (op) {
	case OP_BREGX:
		a = bytes_uleb(code);
		push(calculator, register_plus(calculator, a, bytes_sleb(code)));
		return true;
	case OP_DEREF:
		push(calculator, load(calculator, pop(calculator), 8));
		return true;
	case OP_DEREF_SIZE:
		push(calculator, load(calculator, pop(calculator), bytes_u8(code)));
		return true;
	case OP_DUP:
		push(calculator, peek(calculator, 0));
		return true;
	case OP_OVER:
		push(calculator, peek(calculator, 1));
		return true;
	case OP_PICK:
		push(calculator, peek(calculator, bytes_u8(code)));
		return true;
	case OP_DROP:
		pop(calculator);
		return true;
	case OP_SWAP:
		a = pop(calculator), b = pop(calculator);
		push(calculator, a), push(calculator, b);
		return true;
	case OP_ROT: /* the top goes below the other two */
		a = pop(calculator), b = pop(calculator), c = pop(calculator);
		push(calculator, a), push(calculator, c), push(calculator, b);
		return true;
	case OP_SKIP:
		jump(calculator, bytes_s16(code));
		return true;
	case OP_BRA: {
		const int16_t distance = bytes_s16(code);
		if (pop(calculator))
			jump(calculator, distance);
		return true;
	}
	case OP_NOP:
		return true;
	}
	return false;
}

static bool execute_unary(struct calculator *calculator, uint8_t op)
{
	if (op != OP_ABS && op != OP_NEG && op != OP_NOT && op != OP_PLUS_UCONST)
		return false;
	const uintptr_t a = pop(calculator);

	if (op == OP_NOT)
		push(calculator, ~a);
	else if (op == OP_PLUS_UCONST)
		push(calculator, a + bytes_uleb(&calculator->code));
	else
		push(calculator, op == OP_NEG || (intptr_t)a < 0 ? -a : a);
	return true;
}

/* @a below @b on the stack. Comparisons are signed. */
static bool binary(uint8_t op, uintptr_t a, uintptr_t b, uintptr_t *result)
{
	const intptr_t x = (intptr_t)a, y = (intptr_t)b;

	switch (op) {
	case OP_AND: *result = a & b; return true;
	case OP_OR: *result = a | b; return true;
	case OP_XOR: *result = a ^ b; return true;
	case OP_PLUS: *result = a + b; return true;
	case OP_MINUS: *result = a - b; return true;
	case OP_MUL: *result = a * b; return true;
	case OP_SHL: *result = b < 64 ? a << b : 0; return true;
	case OP_SHR: *result = b < 64 ? a >> b : 0; return true;
	case OP_SHRA: *result = (uintptr_t)(x >> (b < 64 ? b : 63)); return true;
	case OP_EQ: *result = x == y; return true;
	case OP_NE: *result = x != y; return true;
	case OP_GE: *result = x >= y; return true;
	case OP_GT: *result = x > y; return true;
	case OP_LE: *result = x <= y; return true;
	case OP_LT: *result = x < y; return true;
	}
	return false;
}

static void execute(struct calculator *calculator, uint8_t op)
{
	uintptr_t a, b, result;

	if (execute_constant(calculator, op) || execute_move(calculator, op) || execute_unary(calculator, op))
		return;
	b = pop(calculator);
	a = pop(calculator);
	if (binary(op, a, b, &result))
		push(calculator, result);
	else
		calculator->bad = true;
}

bool cfi_evaluate(const struct cfi_table *table, int32_t expression, const struct cfi_registers *registers,
		  const uintptr_t *initial, struct stack *stack, uintptr_t *result)
{
	struct calculator calculator;

	if (!open_expression(table, expression, &calculator.code))
		return false;
	calculator.begin = calculator.code.at;
	calculator.registers = registers;
	calculator.stack = stack;
	calculator.count = 0;
	calculator.bad = false;
	if (initial)
		push(&calculator, *initial);
	for (int operations = 0; calculator.code.at < calculator.code.end; operations++) {
		execute(&calculator, bytes_u8(&calculator.code));
		if (calculator.bad || calculator.code.bad || operations == OPERATIONS_MAX)
			return false;
	}
	*result = pop(&calculator);
	return !calculator.bad;
}
