/*
 * step_slow.c - frames out of the ordinary; see step_slow.h.
 *
 * Where it matters: the loader's lazy binding keeps the CFA in rbx, a signal may interrupt a .plt entry or a
 * function that is just realigning its stack, and hand-written code saves registers in registers.
 */
#include "step_slow.h"
#include "step_rows.h"

#define OWN_FRAMES_MAX 32	/* between here and where the program called us */

/* What a callee must preserve; the other registers of its caller are lost unless a rule says where they are. */
#define PRESERVED (1u << CFI_RBX | 1u << CFI_RBP | 0xfu << CFI_R12)
#define BASIC (1u << CFI_RSP | 1u << CFI_RBP)

struct walker {
	struct cfi_registers registers;
	struct stack stack;
	uintptr_t at;
	bool guessed;
};

/*
 * The kernel starts a process with rbp zero, and the loader's entry code, which has no table, keeps it so (the
 * ABI's mark of the deepest frame). There rsp points to argc.
 */
static bool is_entry(const struct step_frame *frame, const struct stack *stack)
{
	return frame->bp == 0 && stack->end && stack->end - frame->sp <= 64;
}

enum step_outcome step_guess(struct step_frame *frame, struct stack *stack, uintptr_t *pc)
{
	if (is_entry(frame, stack))
		return STEP_END;
	if (frame->bp < frame->sp || !stack_has(stack, frame->bp) || !stack_has(stack, frame->bp + 8))
		return STEP_LOST;
	*pc = stack_word(frame->bp + 8);
	if (!step_is_code(*pc))
		return STEP_LOST;
	frame->sp = frame->bp + 16;
	frame->bp = stack_word(frame->bp);
	frame->at = *pc - 1;
	return STEP_CALLER;
}

static enum step_outcome guess(struct walker *walker, uintptr_t *pc)
{
	struct cfi_registers *const registers = &walker->registers;
	struct step_frame frame = { walker->at, registers->value[CFI_RSP], registers->value[CFI_RBP] };

	if (!(registers->known & 1u << CFI_RBP))
		return STEP_LOST;
	const enum step_outcome outcome = step_guess(&frame, &walker->stack, pc);
	if (outcome != STEP_CALLER)
		return outcome;
	walker->guessed = true;
	walker->at = frame.at;
	registers->value[CFI_RSP] = frame.sp;
	registers->value[CFI_RBP] = frame.bp;
	registers->known = BASIC;
	return STEP_CALLER;
}

static bool find_cfa(struct walker *walker, const struct cfi_table *table, const struct cfi_rules *rules,
		     uintptr_t *cfa)
{
	const struct cfi_registers *const registers = &walker->registers;

	if (rules->cfa_is_expression)
		return cfi_evaluate(table, rules->cfa_expression, registers, NULL, &walker->stack, cfa);
	*cfa = registers->value[rules->cfa_register] + (uintptr_t)(intptr_t)rules->cfa_offset;
	return registers->known & 1u << rules->cfa_register;
}

/*
 * gcc describes the end of a function that realigned its stack wrongly: behind "leave" the CFA is in r10 and
 * rbp is the caller's again, but the rule still says that it stands at rbp.  What this function saved lies in
 * its own frame, so a place outside it means that the register is already restored.
 */
static bool is_stale(const struct walker *walker, uintptr_t cfa, int number, uintptr_t place)
{
	return number == CFI_RBP && place - walker->registers.value[CFI_RSP] >= cfa - walker->registers.value[CFI_RSP];
}

/* Where the caller's register @number stands, for the rules that say so. Return: false if that cannot be computed. */
static bool find_place(struct walker *walker, const struct cfi_table *table, const struct cfi_rules *rules,
		       uintptr_t cfa, int number, uintptr_t *place)
{
	const int32_t value = rules->value[number];

	if (rules->kind[number] == CFI_AT_EXPRESSION)
		return cfi_evaluate(table, value, &walker->registers, &cfa, &walker->stack, place);
	*place = cfa + (uintptr_t)(intptr_t)value;
	return true;
}

/* What the callee's register @number is. Return: false if it is not known. */
static bool keep_register(const struct walker *walker, int number, uintptr_t *result)
{
	if (number < 0 || number >= CFI_REGISTERS)
		return false;
	*result = walker->registers.value[number];
	return walker->registers.known & 1u << number;
}

static bool load_register(struct walker *walker, const struct cfi_table *table, const struct cfi_rules *rules,
			  uintptr_t cfa, int number, uintptr_t *result)
{
	uintptr_t place;

	if (!find_place(walker, table, rules, cfa, number, &place))
		return false;
	if (rules->kind[number] == CFI_AT_EXPRESSION && !rules->is_signal && is_stale(walker, cfa, number, place))
		return keep_register(walker, number, result);
	if (!stack_has(&walker->stack, place))
		return false;
	*result = stack_word(place);
	return true;
}

/* The caller's register @number. Return: false if it is not known. */
static bool find_register(struct walker *walker, const struct cfi_table *table, const struct cfi_rules *rules,
			  uintptr_t cfa, int number, uintptr_t *result)
{
	const int32_t value = rules->value[number];

	switch (rules->kind[number]) {
	case CFI_DEFAULT:
		return PRESERVED & 1u << number && keep_register(walker, number, result);
	case CFI_SAME:
		return keep_register(walker, number, result);
	case CFI_IS_REGISTER:
		return keep_register(walker, value, result);
	case CFI_IS_OFFSET:
		*result = cfa + (uintptr_t)(intptr_t)value;
		return true;
	case CFI_IS_EXPRESSION:
		return cfi_evaluate(table, value, &walker->registers, &cfa, &walker->stack, result);
	case CFI_AT_OFFSET:
	case CFI_AT_EXPRESSION:
		return load_register(walker, table, rules, cfa, number, result);
	}
	return false;
}

/*
 * A call moves the stack pointer down, so the caller's is higher.  Only what was entered by a jump has its caller's, for some
 * instructions (sites_x86_64.S); then the caller stands elsewhere.
 */
static bool is_outside(const struct cfi_registers *callee, const struct cfi_registers *caller)
{
	return caller->value[CFI_RSP] > callee->value[CFI_RSP] ||
	       (caller->value[CFI_RSP] == callee->value[CFI_RSP] && caller->value[CFI_RIP] != callee->value[CFI_RIP]);
}

/* Make the walker's registers those of the caller. Return: false if that cannot be. */
static bool apply(struct walker *walker, const struct cfi_table *table, const struct cfi_rules *rules)
{
	struct cfi_registers next;
	uintptr_t cfa;

	if (!find_cfa(walker, table, rules, &cfa))
		return false;
	next.known = 0;
	for (int i = 0; i < CFI_REGISTERS; i++)
		if (find_register(walker, table, rules, cfa, i, &next.value[i]))
			next.known |= 1u << i;
	if (rules->kind[CFI_RSP] == CFI_DEFAULT) {
		next.value[CFI_RSP] = cfa;
		next.known |= 1u << CFI_RSP;
	}
	if (!(next.known & 1u << CFI_RSP) || !(next.known & 1u << CFI_RIP))
		return false;
	if (rules->is_signal)
		stack_of(&walker->stack, next.value[CFI_RSP]);
	else if (!is_outside(&walker->registers, &next))
		return false;

	for (int i = 0; i < CFI_REGISTERS; i++)
		walker->registers.value[i] = next.value[i];
	walker->registers.known = next.known;
	return true;
}

static enum step_outcome step_out(struct walker *walker, uintptr_t *pc)
{
	struct cfi_function function;
	struct cfi_table table;
	struct cfi_rules rules;

	const enum cfi_found found = row_table(walker->at, &table) ? cfi_find(&table, walker->at, &function) : CFI_NONE;
	if (found == CFI_NONE)
		return guess(walker, pc);
	if (found == CFI_BAD || !cfi_rules_run(&function, walker->at, &rules))
		return STEP_LOST;
	if (rules.kind[CFI_RIP] == CFI_UNDEFINED)
		return STEP_END;
	if (!apply(walker, &table, &rules))
		return STEP_LOST;
	*pc = walker->registers.value[CFI_RIP];
	if (!step_is_code(*pc))
		return *pc == 0 ? STEP_END : STEP_LOST;
	walker->at = rules.is_signal ? *pc : *pc - 1;
	return STEP_CALLER;
}

/* The registers here; at an instruction of this function, whose rules undo what the compiler did to them. */
static inline __attribute__((always_inline)) void capture(struct walker *walker)
{
	uintptr_t *const value = walker->registers.value;

	__asm__ volatile("lea 0(%%rip), %%rax\n\t"
			 "mov %%rax, %c[rip](%[value])\n\t"
			 "mov %%rbx, %c[rbx](%[value])\n\t"
			 "mov %%rbp, %c[rbp](%[value])\n\t"
			 "mov %%rsp, %c[rsp](%[value])\n\t"
			 "mov %%r12, %c[r12](%[value])\n\t"
			 "mov %%r13, %c[r12]+8(%[value])\n\t"
			 "mov %%r14, %c[r12]+16(%[value])\n\t"
			 "mov %%r15, %c[r12]+24(%[value])"
			 : : [value] "r"(value), [rip] "i"(CFI_RIP * 8), [rbx] "i"(CFI_RBX * 8), [rbp] "i"(CFI_RBP * 8),
			   [rsp] "i"(CFI_RSP * 8), [r12] "i"(CFI_R12 * 8)
			 : "rax", "memory");
	walker->registers.known = PRESERVED | 1u << CFI_RSP;
	walker->at = value[CFI_RIP];
	walker->guessed = false;
	stack_of(&walker->stack, value[CFI_RSP]);
}

/*
 * Walk from our own frame out to @start's, recognised by its stack pointer, which no other frame of this stack has.
 * Return: whether the registers are now those of @start.
 */
static bool reach(struct walker *walker, const struct step_start *start)
{
	const struct cfi_registers *const registers = &walker->registers;
	uintptr_t pc;

	for (int i = 0; i < OWN_FRAMES_MAX && registers->value[CFI_RSP] < start->sp; i++)
		if (step_out(walker, &pc) != STEP_CALLER || walker->guessed)
			return false;
	return registers->value[CFI_RSP] == start->sp && registers->known & 1u << CFI_RBP &&
	       registers->value[CFI_RBP] == start->bp;
}

__attribute__((noinline)) struct step_result step_full(const struct step_start *start, uintptr_t *out, int max)
{
	struct walker walker;
	struct step_result result = { 0, false, false };
	enum step_outcome outcome;
	uintptr_t pc;

	capture(&walker);
	if (!reach(&walker, start)) {
		walker.registers.value[CFI_RSP] = start->sp;
		walker.registers.value[CFI_RBP] = start->bp;
		walker.registers.known = BASIC;
	}
	walker.registers.value[CFI_RIP] = start->pc;
	walker.registers.known |= 1u << CFI_RIP;
	walker.at = start->pc - 1;
	walker.guessed = false;
	stack_of(&walker.stack, start->sp);

	while ((outcome = step_out(&walker, &pc)) == STEP_CALLER && result.count < max)
		out[result.count++] = pc;
	result.truncated = outcome != STEP_END;
	result.guessed = walker.guessed;
	return result;
}
