#include "target.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "raw.h"

#define HEAD_BYTES 1024		/* ELF header and program headers of any ordinary program */
#define SCRIPTS_MAX 4		/* BINPRM_BUF recursion, fs/exec.c: the kernel stops at five */

struct head {
	long bytes;
	bool setid;
	union {
		Elf64_Ehdr elf;
		char text[HEAD_BYTES];
	};
};

static bool read_head(const char *path, struct head *head)
{
	long fd = raw_syscall3(SYS_open, (long)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	struct stat st;

	if (raw_failed(fd))
		return false;
	head->setid = false;
	head->bytes = raw_syscall6(SYS_pread64, fd, (long)head->text, sizeof(head->text) - 1, 0, 0, 0);
	if (!raw_failed(raw_syscall3(SYS_fstat, fd, (long)&st, 0)))
		head->setid = ((st.st_mode & S_ISUID) && (long)st.st_uid != raw_syscall3(SYS_geteuid, 0, 0, 0)) ||
			      ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) &&
			       (long)st.st_gid != raw_syscall3(SYS_getegid, 0, 0, 0));
	raw_syscall3(SYS_close, fd, 0, 0);
	return head->bytes > 0;
}

static bool contains(const char *text, const char *end, const char *word)
{
	for (; text < end && *text; text++) {
		size_t n = 0;

		while (word[n] && text + n < end && text[n] == word[n])
			n++;
		if (!word[n])
			return true;
	}
	return false;
}

static enum target judge_elf(const struct head *head)
{
	const Elf64_Phdr *ph = (const Elf64_Phdr *)(const void *)(head->text + head->elf.e_phoff);

	if (head->bytes < (long)sizeof(Elf64_Ehdr))
		return TARGET_FINE;
	if (head->elf.e_ident[EI_CLASS] != ELFCLASS64 || head->elf.e_machine != EM_X86_64)
		return TARGET_FOREIGN;
	if (head->elf.e_phoff % 8 || head->elf.e_phoff + head->elf.e_phnum * sizeof(*ph) > (uint64_t)head->bytes)
		return TARGET_FINE;
	for (int i = 0; i < head->elf.e_phnum; i++) {
		if (ph[i].p_type != PT_INTERP)
			continue;
		if (ph[i].p_offset >= (uint64_t)head->bytes)
			return TARGET_FINE;
		if (contains(head->text + ph[i].p_offset, head->text + head->bytes, "musl"))
			return TARGET_MUSL;
		return head->setid ? TARGET_SETID : TARGET_FINE;
	}
	return TARGET_STATIC;
}

/* execve(2), "Interpreter scripts": #!interpreter [optional-arg] */
static const char *script_interpreter(struct head *head)
{
	char *at = head->text + 2;

	head->text[head->bytes] = 0;
	while (*at == ' ' || *at == '\t')
		at++;
	for (char *end = at; *end; end++)
		if (*end == ' ' || *end == '\t' || *end == '\n')
			*end = 0;
	return at;
}

enum target target_look(const char *path)
{
	struct head head;

	for (int depth = 0; depth <= SCRIPTS_MAX; depth++) {
		if (!read_head(path, &head))
			return TARGET_FINE;
		if (head.bytes >= SELFMAG && head.text[0] == ELFMAG0 && head.text[1] == ELFMAG1)
			return judge_elf(&head);
		if (head.text[0] != '#' || head.text[1] != '!')
			return TARGET_FINE;
		path = script_interpreter(&head);
	}
	return TARGET_FINE;
}

const char *target_reason(enum target target)
{
	switch (target) {
	case TARGET_STATIC:
		return "static program: it loads no shared object";
	case TARGET_SETID:
		return "set-user-ID or set-group-ID program: the loader ignores LD_PRELOAD";
	case TARGET_FOREIGN:
		return "program of another machine or word size";
	case TARGET_MUSL:
		return "musl program: its loader cannot load a glibc library";
	case TARGET_UNREACHABLE:
		return "the tracer's files cannot be opened from here: chroot, mount namespace or permissions";
	default:
		return NULL;
	}
}
