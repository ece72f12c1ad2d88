/*
 * cfi.h - call frame information: what .eh_frame says about the caller of a given instruction.
 *
 * Three steps: cfi_find() finds the code that describes an address, cfi_rules_run() executes it into rules
 * ("the caller's rbp stands at CFA-16"), cfi_evaluate() computes the rules that are expressions.  DWARF 5
 * section 6.4, and for .eh_frame the Linux Standard Base, core part, chapter 10.6.  x86-64 only.
 *
 * Everything here reads nothing outside the object's mapping and takes bounded time, whatever the tables contain.
 * Context of all functions: async-signal-safe; no lock, no allocation, no call out of this library.
 */
#ifndef PAGETRAIL_CFI_H
#define PAGETRAIL_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "stack.h"

/* DWARF register numbers, System V ABI for x86-64, figure 3.36. */
enum cfi_register { CFI_RBX = 3, CFI_RBP = 6, CFI_RSP = 7, CFI_R12 = 12, CFI_R15 = 15, CFI_RIP = 16, CFI_REGISTERS };

/* The unwind tables of one loaded object. */
struct cfi_table {
	const uint8_t *header;		/* .eh_frame_hdr */
	const uint8_t *low, *high;	/* the object's mapping; nothing outside is read */
};

enum cfi_found {
	CFI_FOUND,
	CFI_NONE,	/* no table speaks about this address */
	CFI_BAD,	/* the table is malformed, or uses something we do not know */
};

/* The description of one function: a CIE and an FDE, decoded. */
struct cfi_function {
	uintptr_t start, end;		/* its instructions: [start, end) */
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding;		/* of addresses */
	bool augmented;			/* CIE and FDE carry the length of their augmentation data */
	bool signal;			/* a signal frame: the caller was interrupted, it did not call */
	struct bytes common;		/* instructions of the CIE, then */
	struct bytes own;		/* of the FDE */
	const uint8_t *header;
};

enum cfi_kind {
	CFI_DEFAULT,		/* no rule: the ABI's, that is CFI_SAME for the registers a callee must preserve */
	CFI_SAME,
	CFI_UNDEFINED,		/* not recoverable; for rip: there is no caller */
	CFI_AT_OFFSET,		/* stands at CFA + value */
	CFI_IS_OFFSET,		/* is CFA + value */
	CFI_IS_REGISTER,	/* is the callee's register number value */
	CFI_AT_EXPRESSION,	/* stands where the expression at header + value says */
	CFI_IS_EXPRESSION,	/* is what that expression says */
};

/* How to get from a frame to its caller. */
struct cfi_rules {
	int32_t value[CFI_REGISTERS];
	uint8_t kind[CFI_REGISTERS];	/* enum cfi_kind */
	bool is_signal;			/* see struct cfi_function */
	bool cfa_is_expression;
	uint8_t cfa_register;		/* the canonical frame address (CFA) is cfa_register + cfa_offset, */
	int32_t cfa_offset;
	int32_t cfa_expression;		/* or the expression at header + cfa_expression */
};

/* The registers of a frame, as far as known. */
struct cfi_registers {
	uintptr_t value[CFI_REGISTERS];
	uint32_t known;			/* a bit for each */
};

/*
 * cfi_find - the description of the function around @pc, by binary search in .eh_frame_hdr
 */
enum cfi_found cfi_find(const struct cfi_table *table, uintptr_t pc, struct cfi_function *function);

/*
 * cfi_rules_run - the rules that hold at @pc, which lies in @function
 *
 * Return: false if the instructions are malformed or unknown.
 */
bool cfi_rules_run(const struct cfi_function *function, uintptr_t pc, struct cfi_rules *rules);

/*
 * cfi_base_offset - recognise the expression "register + offset", or what stands there
 * @expression: value of a CFI_*_EXPRESSION rule
 * @deref: set if the expression ends in a load from that address
 *
 * Return: true if it is one of these.
 */
bool cfi_base_offset(const struct cfi_table *table, int32_t expression, uint8_t *base, int32_t *offset, bool *deref);

/*
 * cfi_evaluate - compute an expression
 * @initial: pushed first: the CFA for register rules, nothing (NULL) for the CFA itself
 * @stack: the only memory it may read
 *
 * Return: false if it needs an unknown register, other memory, an operation that cannot occur here, or too long.
 */
bool cfi_evaluate(const struct cfi_table *table, int32_t expression, const struct cfi_registers *registers,
		  const uintptr_t *initial, struct stack *stack, uintptr_t *result);

/*
 * cfi_pointer - decode an address as .eh_frame encodes it (DW_EH_PE_*)
 *
 * Return: the address; 0 with bytes->bad set if the encoding is unknown or needs a relocated word.
 */
uintptr_t cfi_pointer(struct bytes *bytes, uint8_t encoding, const uint8_t *header);

#endif
