/*
 * exec.h - new programs: their record, their environment, and whether they can carry the shim at all.
 *
 * Context of all: async-signal-safe; may run in a vfork child.
 */
#ifndef PAGETRAIL_EXEC_H
#define PAGETRAIL_EXEC_H

#include "record.h"
#include "target.h"

/*
 * exec_call - execve(2) or execveat(2) seen as such: at its site, from exec(3), posix_spawn, system or popen, or by syscall(2)
 *
 * Return: only on failure, the kernel's word.
 */
long exec_call(long nr, const long args[6], const struct step_start *caller, enum record_via via);

/*
 * exec_look, exec_search - what kind of program a path, or a name searched as by execvp(3), leads to
 *
 * TARGET_FINE without a look where sites are rewritten: they know the path that is taken in the end.
 */
enum target exec_look(const char *path);
enum target exec_search(const char *file);

/*
 * exec_note_untraced - tell the log that @pid runs a program we cannot follow into; nothing for TARGET_FINE
 */
void exec_note_untraced(int32_t pid, const char *path, enum target target);

#endif
