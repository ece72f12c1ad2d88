/*
 * needs.h - what a scene needs of the machine it is played on, beyond the kernel's version.
 */
#ifndef TESTS_NEEDS_H
#define TESTS_NEEDS_H

#include "scene.h"

enum need {
	NEED_ROOT,	      /* uid 0: to become another user, to make that user's other files */
	NEED_IPC_LOCK,	      /* CAP_IPC_LOCK: no limit for locks */
	NEED_NO_PKU,	      /* a processor without protection keys */
	NEED_NO_HWPOISON,     /* CONFIG_MEMORY_FAILURE off */
	NEED_NO_SHADOW_STACK, /* CONFIG_X86_USER_SHADOW_STACK off */
	NEED_NO_HUGE_PAGES,   /* vm.nr_hugepages = 0 */
	NEED_EXT4,	      /* where files are made: its mmap method refuses MAP_SYNC */
	NEED_OVERCOMMIT_0,    /* vm.overcommit_memory = 0: the obvious overcommits are refused */
	NEED_SECRET,	      /* memfd_secret(2) */
	NEED_KSM,	      /* CONFIG_KSM */
	NEED_MAP_COUNT,	      /* vm.max_map_count = 65530, which the scenes fill */
	NEEDS
};

/*
 * needs_read - "6.13", "ipc-lock": add to the scene's needs
 *
 * Return: false if nobody knows what that is.
 */
bool needs_read(struct scene *scene, const char *text);

/*
 * needs_unmet - why the scene cannot be played on this machine, NULL if it can
 * @directory: where files are made
 */
const char *needs_unmet(const struct scene *scene, const char *directory);

#endif
