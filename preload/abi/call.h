/*
 * call.h - the table of calls (calls.def) as an enum and as descriptors.
 *
 * Shared by both rooms, so it includes nothing but integer types.  The descriptors are constant data: reading them is
 * async-signal-safe.
 */
#ifndef PAGETRAIL_CALL_H
#define PAGETRAIL_CALL_H

#include <stdint.h>

#define CALL_ARGS_MAX 6

enum call_id {
#define CALL(name, ...) CALL_##name,
#include "calls.def"
#undef CALL
	CALL_COUNT
};

enum call_class {
	CLASS_ZERO, CLASS_ADDR, CLASS_ERRNO, CLASS_VALUE, CLASS_NONE
};

/* What a call does to an address space: the model has one function per effect. */
enum call_effect {
	EFFECT_MAP, EFFECT_UNMAP, EFFECT_REMAP, EFFECT_BRK, EFFECT_SBRK, EFFECT_REMAPFILE,
	EFFECT_PROTECT, EFFECT_PKEY, EFFECT_SEAL,
	EFFECT_LOCK, EFFECT_UNLOCK, EFFECT_LOCKALL, EFFECT_UNLOCKALL,
	EFFECT_ADVISE, EFFECT_ADVISEV, EFFECT_RESIDENCY, EFFECT_SYNC,
	EFFECT_ATTACH, EFFECT_DETACH, EFFECT_SHMCTL, EFFECT_FD,
	EFFECT_LIMIT, EFFECT_PRCTL, EFFECT_PERSONALITY,
	EFFECT_FORK, EFFECT_VFORK, EFFECT_CLONE, EFFECT_SPAWN, EFFECT_EXEC, EFFECT_EXIT
};

/* How an argument word is written in the log and read by a person. */
enum call_format {
	FORMAT_ADDR,	/* hex string */
	FORMAT_SIZE,	/* unsigned 64-bit number */
	FORMAT_OFF,	/* signed 64-bit number */
	FORMAT_INT,	/* signed 32-bit number */
	FORMAT_UINT,	/* unsigned 32-bit number */
	FORMAT_HEX,	/* unsigned 64-bit number, hex in views */
	/* signed 32-bit numbers, names from flags.def in views */
	FORMAT_PROT, FORMAT_MMAP, FORMAT_MREMAP, FORMAT_MLOCK, FORMAT_MLOCKALL, FORMAT_ADVICE, FORMAT_PADVICE, FORMAT_MSYNC,
	FORMAT_SHMAT, FORMAT_SHMCTL, FORMAT_MEMFD, FORMAT_RLIMIT, FORMAT_PRCTL, FORMAT_CLONE
};

struct call_arg {
	const char *name;
	enum call_format format;
};

struct call_desc {
	const char *name;
	const char *man;
	enum call_class result;
	enum call_effect effect;
	int nargs;
	struct call_arg arg[CALL_ARGS_MAX];
};

/* One descriptor per call, indexed by enum call_id. */
extern const struct call_desc call_table[CALL_COUNT];

#endif
