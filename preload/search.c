#include "search.h"

#include <stdbool.h>
#include <unistd.h>

#include "raw.h"

extern char **environ;

static const char *path_list(void)
{
	static const char name[] = "PATH=";

	for (char **entry = environ; entry && *entry; entry++) {
		const char *at = *entry;

		for (size_t i = 0; name[i] && *at == name[i]; i++)
			at++;
		if (at - *entry == sizeof(name) - 1)
			return at;
	}
	/* confstr(_CS_PATH), what glibc uses when there is no PATH */
	return "/bin:/usr/bin";
}

static bool has_slash(const char *file)
{
	while (*file && *file != '/')
		file++;
	return *file;
}

/* Directory and name in @room; an empty directory is the working directory. Return: NULL if there is no room. */
static const char *join(const char *directory, const char *end, const char *file, char *room, size_t bytes)
{
	size_t at = 0;

	while (directory < end && at < bytes - 2)
		room[at++] = *directory++;
	if (at)
		room[at++] = '/';
	while (*file && at < bytes - 1)
		room[at++] = *file++;
	room[at] = 0;
	return *file || directory < end ? NULL : room;
}

const char *search_path(const char *file, char *room, size_t bytes)
{
	const char *list = path_list(), *end, *path;

	if (has_slash(file))
		return file;
	for (;; list = end + 1) {
		for (end = list; *end && *end != ':'; end++)
			;
		path = join(list, end, file, room, bytes);
		if (path && raw_syscall3(SYS_access, (long)path, X_OK, 0) == 0)
			return path;
		if (!*end)
			return NULL;
	}
}
