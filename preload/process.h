/*
 * process.h - forks, execs and the loader's work as seen at rewritten sites (sites.h).
 */
#ifndef PAGETRAIL_PROCESS_H
#define PAGETRAIL_PROCESS_H

#include "record.h"

/*
 * process_fork_site - _Fork()'s clone(2), made and recorded; returns twice
 *
 * Return: the kernel's word. Context: async-signal-safe.
 */
long process_fork_site(const long args[6], const struct step_start *caller);

/*
 * process_exec - execve(2) or execveat(2) from inside libc (posix_spawn, system, popen) or by syscall(2), with our environment
 * kept
 *
 * Return: only on failure, the kernel's word. Context: async-signal-safe; may run in a vfork child.
 */
long process_exec(long nr, const long args[6], const struct step_start *caller, enum record_via via);

/*
 * process_loader_call - the loader has made system call @nr: unmapped or new code ends the validity of what we cached
 */
void process_loader_call(long nr, const long args[6], long ret);

#endif
