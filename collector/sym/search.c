#include "search.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "servers.h"

#define DEBUG_DIR "/usr/lib/debug"
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define NO_ROOT (-1)

struct search {
	char **dir;	/* absolute */
	size_t dirs;
	char *below;	/* NULL: the whole machine */
	int root;	/* of below */
	struct servers *servers; /* NULL: nobody is asked */
};

/* A file that is looked for. */
struct wanted {
	const char *build_id;
	int root;
	int fd;		/* found: 0 and up */
	char *name;
};

struct search *search_new(void)
{
	struct search *search = alloc_zero(1, sizeof(*search));

	search->root = NO_ROOT;
	return search;
}

void search_free(struct search *search)
{
	if (!search)
		return;
	for (size_t i = 0; i < search->dirs; i++)
		free(search->dir[i]);
	free(search->dir);
	free(search->below);
	if (search->root >= 0)
		close(search->root);
	servers_free(search->servers);
	free(search);
}

/* ---- what the user says ---- */

static int add_dir(struct search *search, const char *dir, struct err *err)
{
	char *real = realpath(dir, NULL);
	struct stat st;

	if (!real)
		return err_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (stat(real, &st) || !S_ISDIR(st.st_mode)) {
		free(real);
		return err_set(err, -ENOTDIR, "%s: not a directory", dir);
	}
	search->dir = alloc_resize(search->dir, search->dirs + 1, sizeof(*search->dir));
	search->dir[search->dirs++] = real;
	return 0;
}

int search_add_dirs(struct search *search, const char *dirs, struct err *err)
{
	char *copy = alloc_copy(dirs, strlen(dirs)), *rest = NULL, *dir;
	int rc = 0;

	for (dir = strtok_r(copy, ":", &rest); dir && !rc; dir = strtok_r(NULL, ":", &rest))
		rc = add_dir(search, dir, err);
	free(copy);
	return rc;
}

int search_below(struct search *search, const char *dir, struct err *err)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (search->root >= 0)
		close(search->root);
	free(search->below);
	search->root = fd;
	search->below = alloc_copy(dir, strlen(dir));
	return 0;
}

bool search_is_below(const struct search *search)
{
	return search && search->root >= 0;
}

int search_ask_servers(struct search *search, struct err *err)
{
	if (!search->servers)
		search->servers = servers_new(err);
	return search->servers ? 0 : -ENOENT;
}

const char *search_problem(const struct search *search)
{
	return search && search->servers ? servers_problem(search->servers) : NULL;
}

/* ---- opening ---- */

/*
 * openat2(2), RESOLVE_IN_ROOT: links and ".." are resolved as after chroot(2).  Linux 5.6; an older kernel opens nothing.
 */
static int open_inside(int root, const char *path)
{
	struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* The path comes from a log: it may name a device or a pipe, which must not be waited for. */
static int open_regular(int root, const char *path)
{
	int fd = root >= 0 ? open_inside(root, path) : open(path, OPEN_FLAGS);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int search_open(const struct search *search, const char *path, struct err *err)
{
	bool below = search_is_below(search);
	int fd = open_regular(below ? search->root : NO_ROOT, path);
	const char *why = fd == -EINVAL ? "not a regular file" : strerror(-fd);

	if (fd >= 0)
		return fd;
	return err_set(err, fd, "%s%s: %s", below ? search->below : "", path, why);
}

void search_hex(const void *bits, size_t length, char hex[SEARCH_HEX])
{
	const unsigned char *byte = bits;

	hex[0] = '\0';
	for (size_t i = 0; i < length && 2 * i + 3 <= SEARCH_HEX; i++)
		snprintf(hex + 2 * i, 3, "%02x", byte[i]);
}

int search_build_id(int fd, char hex[SEARCH_HEX])
{
	const void *bits = NULL;
	ssize_t length;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return -ENOEXEC;
	}
	length = dwelf_elf_gnu_build_id(elf, &bits);
	snprintf(hex, SEARCH_HEX, "none");
	if (length > 0)
		search_hex(bits, (size_t)length, hex);
	elf_end(elf);
	return 0;
}

static bool has_build_id(int fd, const char *build_id)
{
	char have[SEARCH_HEX];

	return !search_build_id(fd, have) && !strcasecmp(have, build_id);
}

/* Opens the file of that name if none was found yet and it is the one. */
static void __attribute__((format(printf, 2, 3))) try(struct wanted *wanted, const char *format, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int length, fd;

	if (wanted->fd >= 0)
		return;
	va_start(ap, format);
	length = vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);
	fd = length < (int)sizeof(path) ? open_regular(wanted->root, path) : -ENAMETOOLONG;
	if (fd < 0)
		return;
	if (has_build_id(fd, wanted->build_id)) {
		wanted->fd = fd;
		wanted->name = alloc_copy(path, strlen(path));
	} else {
		close(fd);
	}
}

static bool climbs(const char *path)
{
	return strstr(path, "/../") || (strlen(path) >= 3 && !strcmp(path + strlen(path) - 3, "/.."));
}

/* @dir: without a slash at its end; "" is the root. */
static void try_dir(struct wanted *wanted, const char *dir, const char *path, const char *link)
{
	const char *id = wanted->build_id, *slash = strrchr(path, '/');

	try(wanted, "%s/.build-id/%.2s/%s.debug", dir, id, id + 2);
	if (path[0] != '/' || climbs(path))
		return;
	try(wanted, "%s%s.debug", dir, path);
	try(wanted, "%s%s", dir, path);
	if (link && !strchr(link, '/'))
		try(wanted, "%s%.*s%s", dir, (int)(slash + 1 - path), path, link);
}

/* Shorter ones do not fill a path by build-id, and nobody makes longer ones. */
static bool is_usable(const char *build_id)
{
	return build_id && strlen(build_id) >= 4 && strlen(build_id) < SEARCH_HEX - 1;
}

int search_open_debug(const struct search *search, const char *path, const char *link, const char *build_id,
		      char **name)
{
	struct wanted wanted = { .build_id = build_id, .root = NO_ROOT, .fd = -1 };
	const char *slash = strrchr(path, '/');

	if (!is_usable(build_id))
		return -ENOENT;
	for (size_t i = 0; search && i < search->dirs; i++)
		try_dir(&wanted, search->dir[i], path, link);
	if (search_is_below(search))
		wanted.root = search->root;
	try_dir(&wanted, DEBUG_DIR, path, link);
	if (slash && path[0] == '/' && !climbs(path) && link && !strchr(link, '/')) {
		try(&wanted, "%.*s%s", (int)(slash + 1 - path), path, link);
		try(&wanted, "%.*s.debug/%s", (int)(slash + 1 - path), path, link);
	}
	*name = wanted.name;
	return wanted.fd >= 0 ? wanted.fd : -ENOENT;
}

/* @dir: as above, and the beginning of @from. */
static void try_shared(struct wanted *wanted, const char *dir, const char *from, const char *link)
{
	const char *id = wanted->build_id, *slash = strrchr(from, '/');

	try(wanted, "%s/.build-id/%.2s/%s.debug", dir, id, id + 2);
	if (link[0] == '/')
		try(wanted, "%s%s", dir, link);
	else if (slash)
		try(wanted, "%.*s%s", (int)(slash + 1 - from), from, link);
}

int search_open_shared(const struct search *search, const char *from, const char *link, const char *build_id,
		       char **name)
{
	struct wanted wanted = { .build_id = build_id, .root = NO_ROOT, .fd = -1 };

	if (!is_usable(build_id) || !from)
		return -ENOENT;
	for (size_t i = 0; search && i < search->dirs; i++)
		if (link[0] == '/' || !strncmp(from, search->dir[i], strlen(search->dir[i])))
			try_shared(&wanted, search->dir[i], from, link);
	if (search_is_below(search))
		wanted.root = search->root;
	try(&wanted, DEBUG_DIR "/.build-id/%.2s/%s.debug", build_id, build_id + 2);
	try_shared(&wanted, "", from, link);
	*name = wanted.name;
	return wanted.fd >= 0 ? wanted.fd : -ENOENT;
}

int search_ask(const struct search *search, const char *build_id, bool executable, char **name)
{
	int fd;

	if (!search || !search->servers || !build_id)
		return -ENOENT;
	fd = servers_ask(search->servers, build_id, executable, name);
	if (fd < 0 || has_build_id(fd, build_id))
		return fd;
	close(fd);
	free(*name);
	return -ENOENT;
}
