#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/alloc.h"

#define DEBUGINFOD "DEBUGINFOD_URLS"

/*
 * The standard search (build-id and debug link below /usr/lib/debug) would go on to ask debuginfod servers, which would
 * tell them what is traced here.  Without the variable it does not: debuginfod_find_debuginfo(3).
 */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
			  const char *link, GElf_Word crc, char **found)
{
	const char *urls = getenv(DEBUGINFOD);
	char *kept = urls ? alloc_copy(urls, strlen(urls)) : NULL;
	int fd;

	unsetenv(DEBUGINFOD);
	fd = dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc, found);
	if (kept)
		setenv(DEBUGINFOD, kept, 1);
	free(kept);
	return fd;
}

/* Never called: modules are reported with their file. */
static int find_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **file, Elf **elf)
{
	(void)module, (void)user, (void)name, (void)base, (void)file, (void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* The path comes from a log: it may name a device or a pipe, which must not be waited for. */
static int open_regular(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(err, -EINVAL, "%s: not a regular file", path);
}

static int open_path(struct elf *elf, const char *path, struct err *err)
{
	int fd = open_regular(path, err);

	if (fd < 0)
		return fd;
	elf->dwfl = dwfl_begin(&callbacks);
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_elf(elf->dwfl, path, path, fd, 0, true);
	dwfl_report_end(elf->dwfl, NULL, NULL);
	if (elf->module && dwfl_module_getelf(elf->module, &elf->bias))
		return 0;
	if (!elf->module)
		close(fd);
	elf_close(elf);
	return err_set(err, -ENOEXEC, "%s: %s", path, dwfl_errmsg(-1));
}

void elf_close(struct elf *elf)
{
	if (elf->dwfl)
		dwfl_end(elf->dwfl);
	memset(elf, 0, sizeof(*elf));
}

/* Receives the hex digits of the file's build-id; "none" without. */
static void read_build_id(const struct elf *elf, char *out, size_t size)
{
	const unsigned char *bits;
	GElf_Addr addr;
	int n = dwfl_module_build_id(elf->module, &bits, &addr);

	snprintf(out, size, "none");
	for (int i = 0; i < n && (size_t)(2 * i + 3) <= size; i++)
		snprintf(out + 2 * i, 3, "%02x", bits[i]);
}

static int open_same(struct elf *elf, const char *path, const char *build_id, struct err *err)
{
	char have[130];
	int rc = open_path(elf, path, err);

	if (rc || !build_id)
		return rc;
	read_build_id(elf, have, sizeof(have));
	if (!strcasecmp(have, build_id))
		return 0;
	elf_close(elf);
	return err_set(err, -ESTALE, "%s: its build-id is %s, the traced one's %.64s", path, have, build_id);
}

/* /usr/lib/debug/.build-id/ab/cdef....debug has symbols and DWARF at the module's own addresses. */
static int open_debug(struct elf *elf, const char *build_id)
{
	char path[200];
	struct err unused;

	if (strlen(build_id) < 4 || strlen(build_id) > 128)
		return -ENOENT;
	snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id, build_id + 2);
	return open_same(elf, path, build_id, &unused);
}

int elf_open(struct elf *elf, const char *path, const char *build_id, struct err *err)
{
	int rc = open_same(elf, path, build_id, err);

	if (rc && build_id && !open_debug(elf, build_id))
		return 0;
	return rc;
}
