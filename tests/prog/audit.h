/*
 * audit.h - what the programs with one fault each share: p_audit_RULE.c.
 *
 * Such a program says in its first comment what the audit of its recording has to find, a line for each finding:
 *   finds: error lock-nested-release 1        severity, rule, how often
 * tests/live/the_audit_finds_what_programs_do_with_*.sh compares, for the rules so named; a program without such a line,
 * p_audit_clean_WHAT.c, has to come out without any finding. Faults are made by functions of their own, so that their places
 * differ; a loop that has to stay one place counts with a volatile.
 */
#ifndef PROG_AUDIT_H
#define PROG_AUDIT_H

#include <linux/capability.h>
#include <sys/resource.h>

#include "prog.h"

/* Anonymous memory of the program's own. */
static UNUSED char *pages(size_t count)
{
	char *at = mmap(NULL, count * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		exit(1);
	return at;
}

/* From now on the limit counts: as root, mlock(2) asks CAP_IPC_LOCK first. */
static UNUSED void lock_at_most(size_t bytes)
{
	const struct rlimit limit = { bytes, bytes };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || syscall(SYS_capget, &header, data))
		exit(1);
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	data[0].permitted &= ~(1u << CAP_IPC_LOCK);
	data[0].inheritable &= ~(1u << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, data))
		exit(1);
}

/* A call that has to give this result, or the test is void. */
#define MUST(expression)                                                                                               \
	do {                                                                                                           \
		if (!(expression)) {                                                                                   \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #expression);                       \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

#endif
