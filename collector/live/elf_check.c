#include "elf_check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../util/alloc.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#define OUR_MACHINE_NAME "64-bit x86-64"
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#define OUR_MACHINE_NAME "64-bit ARM"
#else
#error "which machine is this?"
#endif

#define LOADER_BYTES_MAX (4 << 20)	/* ld.so takes 200 KiB */
#define LOADER_PART 16384

static bool read_at(int fd, void *out, size_t bytes, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, out, bytes, (off_t)offset) == (ssize_t)bytes;
}

static int check_machine(const Elf64_Ehdr *ehdr, const char *path, struct err *err)
{
	/* the 32-bit header agrees with the 64-bit one up to e_machine, all that is read of it here */
	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr->e_machine != OUR_MACHINE)
		return err_set(err, -EPERM,
			       "cannot trace %s: it is a program for another machine (%s-bit, ELF machine %u); only %s "
			       "programs can be traced",
			       path, ehdr->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64", ehdr->e_machine,
			       OUR_MACHINE_NAME);
	return 0;
}

/* PT_INTERP's path, or NULL. */
static char *find_loader(int fd, const Elf64_Ehdr *ehdr)
{
	Elf64_Phdr phdr;
	char *loader;

	for (unsigned i = 0; i < ehdr->e_phnum; i++) {
		if (!read_at(fd, &phdr, sizeof(phdr), ehdr->e_phoff + i * sizeof(phdr)))
			return NULL;
		if (phdr.p_type != PT_INTERP)
			continue;
		if (phdr.p_filesz < 2 || phdr.p_filesz > PATH_MAX)
			return NULL;
		loader = alloc_zero(phdr.p_filesz + 1, 1);
		if (read_at(fd, loader, phdr.p_filesz, phdr.p_offset))
			return loader;
		free(loader);
		return NULL;
	}
	return NULL;
}

/*
 * glibc's loader defines the symbol version GLIBC_PRIVATE, which no other loader has.  Its name stands among those of the
 * dynamic symbols, near the beginning.
 */
static bool is_glibc_loader(int fd)
{
	static const char version[] = "GLIBC_PRIVATE";
	char part[LOADER_PART];
	bool found = false;
	ssize_t count;

	/* each part repeats the end of the one before, where the name may have begun */
	for (off_t at = 0; !found && at < LOADER_BYTES_MAX; at += (off_t)(sizeof(part) - sizeof(version))) {
		count = pread(fd, part, sizeof(part), at);
		if (count <= 0)
			break;
		found = memmem(part, (size_t)count, version, sizeof(version));
	}
	return found;
}

static int check_loader(const char *loader, const char *path, struct err *err)
{
	int fd = open(loader, O_RDONLY | O_CLOEXEC);
	bool ours;

	if (fd < 0)
		return err_set(err, -EPERM, "cannot trace %s: its loader %s cannot be read: %s", path, loader,
			       strerror(errno));
	ours = is_glibc_loader(fd);
	close(fd);
	if (ours)
		return 0;
	return err_set(
		err, -EPERM,
		"cannot trace %s: its C library is not glibc%s (loader %s); build it against glibc, or trace such "
		"a build of it",
		path, strstr(loader, "musl") ? " but musl" : "", loader);
}

static int check_interpreter(int fd, const Elf64_Ehdr *ehdr, const char *path, struct err *err)
{
	char *loader;
	int rc;

	if (ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return err_set(err, -EPERM, "cannot trace %s: its program headers make no sense", path);
	loader = find_loader(fd, ehdr);
	if (!loader)
		return err_set(err, -EPERM,
			       "cannot trace %s: static program, so no loader puts the tracer into it; link it "
			       "dynamically (without -static)",
			       path);
	rc = check_loader(loader, path, err);
	free(loader);
	return rc;
}

/*
 * Does executing it raise rights, so that the loader ignores LD_PRELOAD from our directory?  capabilities(7): a set-uid
 * bit counts when the ids differ, file capabilities count except for root; neither on a nosuid mount or under
 * no_new_privs.
 */
static int check_rights(int fd, const struct stat *st, const char *path, struct err *err)
{
	struct statvfs mount;
	const char *what = NULL;

	if ((fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOSUID)) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;
	if ((st->st_mode & S_ISUID) && st->st_uid != getuid())
		what = "set-uid";
	else if ((st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP) && st->st_gid != getgid())
		what = "set-gid";
	else if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		what = "with file capabilities";
	if (!what)
		return 0;
	return err_set(err, -EPERM,
		       "cannot trace %s: program %s, and the loader lets nobody look into a program that gains rights; "
		       "run pagetrail with those rights, or trace a copy without them",
		       path, what);
}

int elf_check(int fd, const struct stat *st, const char *path, struct err *err)
{
	Elf64_Ehdr ehdr = { .e_machine = 0 };
	ssize_t count = pread(fd, &ehdr, sizeof(ehdr), 0);
	int rc;

	if (count < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	rc = check_machine(&ehdr, path, err);
	if (!rc)
		rc = check_interpreter(fd, &ehdr, path, err);
	if (!rc)
		rc = check_rights(fd, st, path, err);
	return rc;
}
