#include "repo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/alloc.h"

/* ---- paths ---- */

static void drop_last(struct text *path)
{
	const char *slash = path->length ? strrchr(path->at, '/') : NULL;

	if (!slash)
		return;
	path->length = (size_t)(slash - path->at);
	path->at[path->length] = '\0';
}

static void add_parts(struct text *path, const char *parts)
{
	while (*parts) {
		size_t length = strcspn(parts, "/");

		if (length == 2 && !strncmp(parts, "..", 2))
			drop_last(path);
		else if (length && !(length == 1 && *parts == '.'))
			text_printf(path, "/%.*s", (int)length, parts);
		parts += length + (parts[length] == '/');
	}
}

bool repo_clean(struct text *path, const char *dir, const char *file)
{
	text_clear(path);
	if (file[0] != '/' && (!dir || dir[0] != '/'))
		return false;
	if (file[0] != '/')
		add_parts(path, dir);
	add_parts(path, file);
	return true;
}

/* ---- the top ---- */

static char *copy_of(const struct text *text)
{
	return alloc_copy(text_read(text), text->length);
}

static bool has_git(const char *dir)
{
	struct text path = { 0 };
	struct stat status;
	bool there;

	text_printf(&path, "%s/.git", dir);	/* a file in a linked work tree; gitrepository-layout(5) */
	there = !stat(text_read(&path), &status);
	text_free(&path);
	return there;
}

static int find_here(struct repo *repo, struct err *err)
{
	char *here = getcwd(NULL, 0);
	struct text top = { 0 };

	if (!here)
		return err_set(err, -errno, "cannot tell the current directory: %s", strerror(errno));
	repo_clean(&top, NULL, here);
	while (top.length && !has_git(text_read(&top)))
		drop_last(&top);
	if (!top.length && !has_git(""))
		repo_clean(&top, NULL, here);
	repo->path = copy_of(&top);
	text_free(&top);
	free(here);
	return 0;
}

int repo_find(struct repo *repo, const char *asked, struct err *err)
{
	struct text top = { 0 };
	char *real;

	if (!asked)
		return find_here(repo, err);
	real = realpath(asked, NULL);
	if (!repo_clean(&top, NULL, real ? real : asked))
		return err_set(err, -errno, "--source-root %s: %s", asked, strerror(errno));
	repo->path = copy_of(&top);
	text_free(&top);
	free(real);
	return 0;
}

void repo_free(struct repo *repo)
{
	free(repo->path);
	repo->path = NULL;
}

/* ---- what lies in it ---- */

static bool is_below(const struct repo *repo, const char *file, struct text *path)
{
	size_t length = strlen(repo->path);

	if (strncmp(file, repo->path, length) || file[length] != '/' || !file[length + 1])
		return false;
	text_clear(path);
	text_put(path, file + length + 1);
	return true;
}

static bool is_below_really(const struct repo *repo, const char *file, struct text *path)
{
	char *real = realpath(file, NULL);
	bool below = real && is_below(repo, real, path);

	free(real);
	return below;
}

static bool is_file(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode);
}

bool repo_path(const struct repo *repo, const char *dir, const char *file, struct text *path)
{
	struct text whole = { 0 };
	bool below = false;

	if (repo_clean(&whole, dir, file))
		below = is_below_really(repo, text_read(&whole), path) || is_below(repo, text_read(&whole), path);
	if (!below && file[0] != '/') {
		text_clear(&whole);
		text_put(&whole, repo->path);
		add_parts(&whole, file);
		below = is_below(repo, text_read(&whole), path) && is_file(text_read(&whole));
	}
	text_free(&whole);
	return below;
}

const struct symbol_frame *repo_frame(const struct repo *repo, const struct symbol_frame *frame, size_t count,
				      struct text *path)
{
	for (size_t i = 0; i < count; i++)
		if (frame[i].file && repo_path(repo, frame[i].dir, frame[i].file, path))
			return &frame[i];
	return NULL;
}
