/*
 * repo.h - the tree of sources that results are told in terms of, and which files and frames lie in it.
 */
#ifndef PAGETRAIL_REPO_H
#define PAGETRAIL_REPO_H

#include <stdbool.h>
#include <stddef.h>

#include "../report/text.h"
#include "../sym/symbols.h"
#include "../util/err.h"

struct repo {
	char *path;	/* of its top, absolute, without a slash at the end: "" is the root */
};

/*
 * repo_find - find its top
 * @asked: --source-root; one that is not there must be absolute: it may be that of another machine. NULL: the directory
 *         with .git above or at the current one, or the current one
 *
 * Return: 0, or -errno with a message.
 */
int repo_find(struct repo *repo, const char *asked, struct err *err);
void repo_free(struct repo *repo);

/*
 * repo_clean - a path made absolute: without ".", ".." and doubled slashes; links are left as they are
 * @dir: what @file is relative to; NULL: unknown
 *
 * Return: false where nothing absolute comes of it.
 */
bool repo_clean(struct text *path, const char *dir, const char *file);

/*
 * repo_path - is a file in the repository, and where: "src/key.c"
 * @dir: as above
 * @path: receives it, links resolved where the file is there
 *
 * A relative file that lies elsewhere, or nowhere, is taken for the repository's if the repository has it too: the
 * program may have been built in another copy.
 */
bool repo_path(const struct repo *repo, const char *dir, const char *file, struct text *path);

/*
 * repo_frame - the innermost frame whose source is in the repository
 * @path: receives where
 *
 * Return: NULL if there is none.
 */
const struct symbol_frame *repo_frame(const struct repo *repo, const struct symbol_frame *frame, size_t count,
				      struct text *path);

#endif
