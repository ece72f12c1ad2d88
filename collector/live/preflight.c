#include "preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "elf_check.h"

#define SCRIPT_DEPTH_MAX 4	/* fs/exec.c: an interpreter of more levels gets ELOOP */
#define SCRIPT_LINE_MAX 256	/* BINPRM_BUF_SIZE */
#define SHELL "/bin/sh"

/* 0: a file that may be executed; else the errno that execve(2) would give. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static char *join(const char *dir, size_t length, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s%s%s", (int)length, dir, length ? "/" : "", name) < 0)
		exit(125);
	return path;
}

/* exec(3): an empty element is the working directory; a file that is there but forbidden is only the second choice. */
static char *search_path(const char *name, int *error)
{
	const char *dirs = getenv("PATH"), *dir;

	*error = ENOENT;
	for (dir = dirs ? dirs : "/bin:/usr/bin"; dir;) {
		size_t length = strcspn(dir, ":");
		char *path = join(dir, length, name);
		int why = executable(path);

		if (!why)
			return path;
		if (why != ENOENT && why != ENOTDIR && why != EISDIR)
			*error = why;
		free(path);
		dir = dir[length] ? dir + length + 1 : NULL;
	}
	return NULL;
}

static int find_program(const char *name, char **path, struct err *err)
{
	int error;

	*path = NULL;
	if (strchr(name, '/')) {
		error = executable(name);
		if (!error)
			*path = alloc_copy(name, strlen(name));
	} else {
		*path = *name ? search_path(name, &error) : NULL;
		if (!*name)
			error = ENOENT;
	}
	if (*path)
		return 0;
	if (error == ENOENT || error == ENOTDIR) {
		err_set(err, -error, "%s: %s", name, strchr(name, '/') ? strerror(error) : "command not found");
		return PREFLIGHT_MISSING;
	}
	err_set(err, -error, "cannot execute %s: %s", name, strerror(error));
	return PREFLIGHT_NO;
}

/* The interpreter of "#! /usr/bin/env -S perl", NULL: not a script. */
static char *read_interpreter(int fd)
{
	char line[SCRIPT_LINE_MAX + 1] = "", *at;
	ssize_t count = pread(fd, line, SCRIPT_LINE_MAX, 0);

	if (count < 2 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[count] = 0;
	at = line + 2 + strspn(line + 2, " \t");
	at[strcspn(at, " \t\n")] = 0;
	return alloc_copy(at, strlen(at));
}

static int check_file(const char *path, int depth, bool *by_shell, struct err *err);

static int check_script(const char *script, const char *interpreter, int depth, struct err *err)
{
	bool by_shell;
	int error = executable(interpreter);

	if (error) {
		err_set(err, -error, "cannot execute %s: its interpreter %s: %s", script, interpreter, strerror(error));
		return PREFLIGHT_NO;
	}
	if (depth >= SCRIPT_DEPTH_MAX) {
		err_set(err, -ELOOP, "cannot execute %s: too many levels of script interpreters", script);
		return PREFLIGHT_NO;
	}
	return check_file(interpreter, depth + 1, &by_shell, err);
}

static int check_open_file(int fd, const char *path, int depth, bool *by_shell, struct err *err)
{
	char *interpreter = read_interpreter(fd);
	struct stat st;
	int rc;

	if (interpreter) {
		rc = check_script(path, interpreter, depth, err);
		free(interpreter);
		return rc;
	}
	if (fstat(fd, &st) < 0) {
		err_set(err, -errno, "cannot trace %s: %s", path, strerror(errno));
		return PREFLIGHT_NO;
	}
	rc = elf_check(fd, &st, path, err);
	if (rc == -ENOEXEC && depth == 0) {
		*by_shell = true;
		return check_script(path, SHELL, depth, err);
	}
	if (rc == -ENOEXEC)
		err_set(err, rc, "cannot execute %s: %s", path, strerror(ENOEXEC));
	return rc ? PREFLIGHT_NO : 0;
}

static int check_file(const char *path, int depth, bool *by_shell, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0) {
		/* execute permission without read permission also makes the process undumpable */
		err_set(err, -errno, "cannot trace %s: it cannot be read: %s", path, strerror(errno));
		return PREFLIGHT_NO;
	}
	rc = check_open_file(fd, path, depth, by_shell, err);
	close(fd);
	return rc;
}

int preflight(const char *name, struct preflight *found, struct err *err)
{
	int rc;

	found->by_shell = false;
	rc = find_program(name, &found->path, err);
	if (rc)
		return rc;
	rc = check_file(found->path, 0, &found->by_shell, err);
	if (rc) {
		free(found->path);
		found->path = NULL;
	}
	return rc;
}
