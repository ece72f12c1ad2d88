/*
 * cfi_rules.c - execute call frame instructions up to an address.  DWARF 5 section 6.4.2.
 */
#include "cfi.h"

#define INSTRUCTIONS_MAX 65536	/* the longest functions here (libcrypto) have some hundred */
#define REMEMBERED_MAX 4	/* nested remember_state; compilers nest one deep */

enum {
	/* the upper two bits of the byte */
	CFA_ADVANCE_LOC = 1, CFA_OFFSET = 2, CFA_RESTORE = 3,
	/* the whole byte */
	CFA_NOP = 0x00, CFA_SET_LOC, CFA_ADVANCE_LOC1, CFA_ADVANCE_LOC2, CFA_ADVANCE_LOC4, CFA_OFFSET_EXTENDED,
	CFA_RESTORE_EXTENDED, CFA_UNDEFINED, CFA_SAME_VALUE, CFA_REGISTER, CFA_REMEMBER_STATE, CFA_RESTORE_STATE,
	CFA_DEF_CFA, CFA_DEF_CFA_REGISTER, CFA_DEF_CFA_OFFSET, CFA_DEF_CFA_EXPRESSION, CFA_EXPRESSION,
	CFA_OFFSET_EXTENDED_SF,
	CFA_DEF_CFA_SF, CFA_DEF_CFA_OFFSET_SF, CFA_VAL_OFFSET, CFA_VAL_OFFSET_SF, CFA_VAL_EXPRESSION,
	CFA_GNU_ARGS_SIZE = 0x2e, CFA_GNU_NEGATIVE_OFFSET_EXTENDED,
};

struct machine {
	const struct cfi_function *function;
	struct bytes code;
	uintptr_t at;			/* the rules so far hold from here */
	uintptr_t pc;			/* and are wanted for here */
	bool bad;
	unsigned remembered_count;
	struct cfi_rules *rules;
	struct cfi_rules initial;	/* what the CIE says; restore goes back to it */
	struct cfi_rules remembered[REMEMBERED_MAX];
};

/* By hand: the compiler may turn a struct assignment into a call of memcpy, which the program may have replaced. */
static void copy(struct cfi_rules *to, const struct cfi_rules *from)
{
	for (int i = 0; i < CFI_REGISTERS; i++) {
		to->value[i] = from->value[i];
		to->kind[i] = from->kind[i];
	}
	to->cfa_is_expression = from->cfa_is_expression;
	to->cfa_register = from->cfa_register;
	to->cfa_offset = from->cfa_offset;
	to->cfa_expression = from->cfa_expression;
}

static int32_t narrow(struct machine *machine, int64_t value)
{
	machine->bad |= value != (int32_t)value;
	return (int32_t)value;
}

/* A rule for a register that no walk needs (vector registers) is read and dropped. */
static void set(struct machine *machine, uint64_t number, enum cfi_kind kind, int64_t value)
{
	if (number >= CFI_REGISTERS)
		return;
	machine->rules->kind[number] = kind;
	machine->rules->value[number] = narrow(machine, value);
}

static void restore(struct machine *machine, uint64_t number)
{
	if (number >= CFI_REGISTERS)
		return;
	machine->rules->kind[number] = machine->initial.kind[number];
	machine->rules->value[number] = machine->initial.value[number];
}

static int64_t factored(struct machine *machine, int64_t value)
{
	int64_t result;

	machine->bad |= __builtin_mul_overflow(value, machine->function->data_align, &result);
	return result;
}

static int64_t unsigned_factored(struct machine *machine)
{
	return factored(machine, (int64_t)bytes_uleb(&machine->code));
}

static int64_t signed_factored(struct machine *machine)
{
	return factored(machine, bytes_sleb(&machine->code));
}

/* An expression is kept as its distance from the header, its length in front. */
static int64_t expression(struct machine *machine)
{
	const uint8_t *const here = machine->code.at;

	bytes_part(&machine->code, bytes_uleb(&machine->code));
	return here - machine->function->header;
}

static void cfa_register(struct machine *machine, uint64_t number)
{
	machine->bad |= number >= CFI_RIP;
	machine->rules->cfa_is_expression = false;
	machine->rules->cfa_register = (uint8_t)number;
}

/*
 * An expression leaves register and offset as they were: libgcrypt goes back from one with def_cfa_register
 * alone and means the old offset, and libgcc understands it so.
 */
static void cfa_offset(struct machine *machine, int64_t offset)
{
	machine->rules->cfa_offset = narrow(machine, offset);
}

static void remember(struct machine *machine)
{
	if (machine->remembered_count == REMEMBERED_MAX)
		machine->bad = true;
	else
		copy(&machine->remembered[machine->remembered_count++], machine->rules);
}

static void recall(struct machine *machine)
{
	if (machine->remembered_count == 0)
		machine->bad = true;
	else
		copy(machine->rules, &machine->remembered[--machine->remembered_count]);
}

/* Instructions that say where the following ones begin to hold. */
static bool execute_location(struct machine *machine, uint8_t op)
{
	struct bytes *const code = &machine->code;
	const uint64_t align = machine->function->code_align;

	switch (op) {
	case CFA_SET_LOC:
		machine->at = cfi_pointer(code, machine->function->encoding, machine->function->header);
		return true;
	case CFA_ADVANCE_LOC1:
		machine->at += bytes_u8(code) * align;
		return true;
	case CFA_ADVANCE_LOC2:
		machine->at += bytes_u16(code) * align;
		return true;
	case CFA_ADVANCE_LOC4:
		machine->at += bytes_u32(code) * align;
		return true;
	}
	return false;
}

/* Instructions about the CFA and about all rules at once. */
static bool execute_cfa(struct machine *machine, uint8_t op)
{
	struct bytes *const code = &machine->code;

	switch (op) {
	case CFA_DEF_CFA:
		cfa_register(machine, bytes_uleb(code));
		cfa_offset(machine, (int64_t)bytes_uleb(code));
		return true;
	case CFA_DEF_CFA_SF:
		cfa_register(machine, bytes_uleb(code));
		cfa_offset(machine, signed_factored(machine));
		return true;
	case CFA_DEF_CFA_REGISTER:
		cfa_register(machine, bytes_uleb(code));
		return true;
	case CFA_DEF_CFA_OFFSET:
		cfa_offset(machine, (int64_t)bytes_uleb(code));
		return true;
	case CFA_DEF_CFA_OFFSET_SF:
		cfa_offset(machine, signed_factored(machine));
		return true;
	case CFA_DEF_CFA_EXPRESSION:
		machine->rules->cfa_expression = narrow(machine, expression(machine));
		machine->rules->cfa_is_expression = true;
		return true;
	case CFA_REMEMBER_STATE:
		remember(machine);
		return true;
	case CFA_RESTORE_STATE:
		recall(machine);
		return true;
	case CFA_GNU_ARGS_SIZE: /* for landing pads only */
		bytes_uleb(code);
		return true;
	case CFA_NOP:
		return true;
	}
	return false;
}

/* Instructions about one register: its number, then what they need. */
static bool execute_register(struct machine *machine, uint8_t op)
{
	struct bytes *const code = &machine->code;

	if (op < CFA_OFFSET_EXTENDED || (op > CFA_VAL_EXPRESSION && op != CFA_GNU_NEGATIVE_OFFSET_EXTENDED))
		return false;
	const uint64_t number = bytes_uleb(code);
	switch (op) {
	case CFA_OFFSET_EXTENDED:
		set(machine, number, CFI_AT_OFFSET, unsigned_factored(machine));
		return true;
	case CFA_OFFSET_EXTENDED_SF:
		set(machine, number, CFI_AT_OFFSET, signed_factored(machine));
		return true;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		set(machine, number, CFI_AT_OFFSET, -unsigned_factored(machine));
		return true;
	case CFA_RESTORE_EXTENDED:
		restore(machine, number);
		return true;
	case CFA_UNDEFINED:
		set(machine, number, CFI_UNDEFINED, 0);
		return true;
	case CFA_SAME_VALUE:
		set(machine, number, CFI_SAME, 0);
		return true;
	case CFA_REGISTER:
		set(machine, number, CFI_IS_REGISTER, (int64_t)bytes_uleb(code));
		return true;
	case CFA_EXPRESSION:
		set(machine, number, CFI_AT_EXPRESSION, expression(machine));
		return true;
	case CFA_VAL_EXPRESSION:
		set(machine, number, CFI_IS_EXPRESSION, expression(machine));
		return true;
	case CFA_VAL_OFFSET:
		set(machine, number, CFI_IS_OFFSET, unsigned_factored(machine));
		return true;
	case CFA_VAL_OFFSET_SF:
		set(machine, number, CFI_IS_OFFSET, signed_factored(machine));
		return true;
	}
	return false;
}

static void execute(struct machine *machine, uint8_t op)
{
	const uint8_t low = op & 0x3f;

	switch (op >> 6) {
	case CFA_ADVANCE_LOC:
		machine->at += low * machine->function->code_align;
		return;
	case CFA_OFFSET:
		set(machine, low, CFI_AT_OFFSET, unsigned_factored(machine));
		return;
	case CFA_RESTORE:
		restore(machine, low);
		return;
	}
	if (!execute_cfa(machine, op) && !execute_location(machine, op) && !execute_register(machine, op))
		machine->bad = true;
}

/* Execute until the rules would hold only behind pc. */
static bool run(struct machine *machine, struct bytes code)
{
	machine->code = code;
	for (int count = 0; machine->code.at < machine->code.end; count++) {
		const uintptr_t before = machine->at;
		execute(machine, bytes_u8(&machine->code));
		if (machine->bad || machine->code.bad || count == INSTRUCTIONS_MAX)
			return false;
		if (machine->at != before && machine->at > machine->pc)
			break;
	}
	return true;
}

bool cfi_rules_run(const struct cfi_function *function, uintptr_t pc, struct cfi_rules *rules)
{
	struct machine machine;

	machine.function = function;
	machine.at = function->start;
	machine.pc = pc;
	machine.bad = false;
	machine.remembered_count = 0;
	machine.rules = rules;
	for (int i = 0; i < CFI_REGISTERS; i++) {
		rules->kind[i] = CFI_DEFAULT;
		rules->value[i] = 0;
	}
	rules->is_signal = function->signal;
	rules->cfa_is_expression = false;
	rules->cfa_register = CFI_REGISTERS; /* none yet */
	rules->cfa_offset = 0;
	rules->cfa_expression = 0;
	copy(&machine.initial, rules);
	if (!run(&machine, function->common))
		return false;
	copy(&machine.initial, rules);
	return run(&machine, function->own) && (rules->cfa_is_expression || rules->cfa_register < CFI_RIP);
}
