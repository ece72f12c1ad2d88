/*
 * target.h - can the program that is about to be executed carry the shim?
 *
 * A musl program refuses to start with our preload, a 32-bit one makes its loader complain on stderr: neither may happen to a
 * program only because its parent is traced.
 */
#ifndef PAGETRAIL_TARGET_H
#define PAGETRAIL_TARGET_H

enum target {
	TARGET_FINE,	/* it can, or we cannot tell and exec will say */
	TARGET_STATIC,	/* no dynamic loader: nothing is loaded into it; harmless */
	TARGET_SETID,	/* set-user-ID, set-group-ID: the loader ignores us; harmless */
	TARGET_FOREIGN,	/* another machine or word size: the loader would complain */
	TARGET_MUSL,	/* another C library: it would not start */
	TARGET_UNREACHABLE, /* from where it starts our files cannot be opened: the loader would complain */
};

/*
 * target_look - what kind of program @path is; scripts are judged by their interpreter
 *
 * Context: async-signal-safe, usable in a vfork child; a descriptor is open for the duration.
 */
enum target target_look(const char *path);

/*
 * target_reason - why it cannot be traced, in words; NULL for TARGET_FINE
 */
const char *target_reason(enum target target);

/*
 * target_refuses - must our variables be kept out of its environment?
 */
static inline int target_refuses(enum target target)
{
	return target == TARGET_FOREIGN || target == TARGET_MUSL || target == TARGET_UNREACHABLE;
}

#endif
