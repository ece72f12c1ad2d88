/*
 * preflight.h - find the program as execvp(3) would, and refuse before the start what cannot be traced.
 */
#ifndef PAGETRAIL_LIVE_PREFLIGHT_H
#define PAGETRAIL_LIVE_PREFLIGHT_H

#include <stdbool.h>

#include "../util/err.h"

/* Exit statuses before the program runs, as the shell and env(1) use them. */
enum { PREFLIGHT_NO = 126, PREFLIGHT_MISSING = 127 };

struct preflight {
	char *path;	/* to execute; free it */
	bool by_shell;	/* neither ELF nor #!: execvp(3) hands it to /bin/sh */
};

/*
 * preflight - where the program is and whether the shim can be loaded into it
 * @name: searched in PATH unless it has a slash
 *
 * A script is judged by its interpreter, which may be a script itself.
 * Return: 0; else PREFLIGHT_NO or PREFLIGHT_MISSING with a message.
 */
int preflight(const char *name, struct preflight *found, struct err *err);

#endif
