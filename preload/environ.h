/*
 * environ.h - the environment a child program is started with: the caller's, with our two variables kept in it.
 *
 * Built on the caller's stack, because it must also work in a vfork child, where nothing may be allocated or changed.
 */
#ifndef PAGETRAIL_ENVIRON_H
#define PAGETRAIL_ENVIRON_H

#include <alloca.h>
#include <stdbool.h>
#include <stddef.h>

/* What has to be done to an environment. */
struct environ_plan {
	bool without;		/* take our variables out instead of putting them in */
	bool has_preload, has_session; /* they are there */
	size_t count;		/* strings in the caller's environment */
	size_t preload;		/* index of LD_PRELOAD there, count: none */
	size_t session;		/* index of our variable, count: none */
	size_t text_bytes;	/* for the strings to be made; 0: nothing to do */
};

/*
 * environ_plan - look at an environment
 * @envp: NULL counts as empty; where it cannot be read there is nothing to do, and the kernel will say EFAULT
 * @without: the program cannot carry the shim (target.h)
 *
 * Context: async-signal-safe.
 */
struct environ_plan environ_plan(char *const *envp, bool without);

/*
 * environ_build - the new environment
 * @vector: room for plan->count + 3 pointers; @text: room for plan->text_bytes
 */
char *const *environ_build(const struct environ_plan *plan, char *const *envp, char **vector, char *text);

/* Declares @name: the environment to pass on instead of @envp.  It lives until the calling function returns. */
#define ENVIRON_FOR_CHILD(name, envp, without)                                                                              \
	struct environ_plan name##_plan = environ_plan(envp, without);                                                     \
	char *const *name = (envp);                                                                                    \
                                                                                                                       \
	if (name##_plan.text_bytes)                                                                                    \
		name = environ_build(&name##_plan, envp, alloca((name##_plan.count + 3) * sizeof(char *)),             \
				     alloca(name##_plan.text_bytes))

#endif
