/*
 * elf_check.h - can the shim be loaded into this ELF file when it is executed?
 */
#ifndef PAGETRAIL_LIVE_ELF_CHECK_H
#define PAGETRAIL_LIVE_ELF_CHECK_H

#include <sys/stat.h>

#include "../util/err.h"

/*
 * elf_check - look for what makes a program ignore or refuse LD_PRELOAD: another machine, no loader (static), a loader
 * that is not glibc's, more rights than the caller (ld.so(8), secure-execution mode)
 * @fd: the file, open for reading; @st: its status; @path: for messages
 *
 * Return: 0: traceable. -ENOEXEC: not an ELF file. -EPERM: cannot be traced, the message says why and what to do.
 */
int elf_check(int fd, const struct stat *st, const char *path, struct err *err);

#endif
