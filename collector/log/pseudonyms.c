#include "pseudonyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "../vm/strings.h"

#define DELETED " (deleted)"

struct pseudonyms {
	struct strings dir, file, name, mark;	/* a pseudonym is a word and the number of the true name here */
	struct strings shown;			/* paths whose last part stays */
	uint32_t shown_count;
};

/* A path while it is put together. */
struct path {
	struct pseudonyms *names;
	char *text;
	size_t length, room;
};

struct pseudonyms *pseudonyms_new(void)
{
	struct pseudonyms *names = alloc_zero(1, sizeof(*names));

	strings_init(&names->dir);
	strings_init(&names->file);
	strings_init(&names->name);
	strings_init(&names->mark);
	strings_init(&names->shown);
	return names;
}

void pseudonyms_free(struct pseudonyms *names)
{
	if (!names)
		return;
	strings_free(&names->dir);
	strings_free(&names->file);
	strings_free(&names->name);
	strings_free(&names->mark);
	strings_free(&names->shown);
	free(names);
}

/* All that are shown come first, so their numbers are below those of the paths that are only asked about. */
void pseudonyms_show(struct pseudonyms *names, const char *path)
{
	uint32_t id = strings_intern(&names->shown, path);

	if (id > names->shown_count)
		names->shown_count = id;
}

static bool is_shown(struct pseudonyms *names, const char *path)
{
	uint32_t id = names->shown_count ? strings_intern(&names->shown, path) : 0;

	return id && id <= names->shown_count;
}

/* ---- putting together ---- */

static void add(struct path *path, const char *text, size_t length)
{
	if (path->length + length + 1 > path->room) {
		path->room = (path->length + length + 1) * 2;
		path->text = alloc_resize(path->text, path->room, 1);
	}
	memcpy(path->text + path->length, text, length);
	path->length += length;
	path->text[path->length] = '\0';
}

static void add_text(struct path *path, const char *text)
{
	add(path, text, strlen(text));
}

/* "dir", 3: a word that says what it is, and which one. */
static void add_numbered(struct path *path, struct strings *set, const char *word, const char *text, size_t length)
{
	char *copy = alloc_copy(text, length), name[40];

	snprintf(name, sizeof(name), "%s%u", word, strings_intern(set, copy));
	add_text(path, name);
	free(copy);
}

/* ---- what stays ---- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_only(const char *text, size_t length, const char *letters)
{
	return strspn(text, letters) >= length;
}

/* The kernel's labels, and names of its own file systems and of devices that everybody has. */
static bool is_kernels(const char *path)
{
	static const char *const fixed[] = {
		"", ".", "/", "[heap]", "[stack]", "[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]", "[pagetrail]", "[anon]",
		"linux-vdso.so.1", "/dev/zero", "/dev/null", "/dev/zero" DELETED, "/secretmem", "/secretmem" DELETED,
		"/anon_hugepage", "/anon_hugepage" DELETED,
	};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!strcmp(path, fixed[i]))
			return true;
	/* a System V segment's key */
	return !strncmp(path, "/SYSV", 5) && strspn(path + 5, "0123456789abcdef") == 8 && !strcmp(path + 13, DELETED);
}

static bool is_library(const char *base)
{
	const char *so = strstr(base, ".so");

	return so && so > base && (!so[3] || so[3] == '.') && (begins(base, "lib") || begins(base, "ld-"));
}

/*
 * Libraries that every program has; what they call is their caller's doing (sym/symbols.c), so they must be known by
 * name wherever they lie.
 */
static bool is_runtime(const char *base)
{
	static const char *const known[] = {
		"libc.so.", "libc-2.", "ld-linux", "libpthread.so.", "libpthread-", "libm.so.", "libdl.so.", "librt.so.",
		"libgcc_s.so.", "libstdc++.so.",
	};
	const char *so = strstr(base, ".so");

	for (size_t i = 0; so && i < sizeof(known) / sizeof(known[0]); i++)
		if (begins(base, known[i]))
			return is_only(so + 3, strlen(so + 3), ".0123456789");
	return false;
}

/* Its directory is known by name to everybody. */
static bool is_systems(const char *path)
{
	static const char *const dirs[] = {
		"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/",
	};
	const char *base = strrchr(path, '/');

	for (size_t i = 0; base && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (strlen(dirs[i]) == (size_t)(base + 1 - path) && begins(path, dirs[i]))
			return is_library(base + 1);
	return false;
}

/*
 * The tracer's own pages are known by the names of their files: vm/snapshot.c, collector/live/session.c.
 *
 * Return: from where on the path stays, NULL: nowhere.
 */
static const char *tracers_part(const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567", mark[] = "/pagetrail-";
	const char *base = strrchr(path, '/'), *dir;

	if (!base)
		return NULL;
	if (!strcmp(base, "/libpagetrail.so"))
		return base;
	if ((size_t)(base - path) < 8 + strlen(mark))
		return NULL;
	dir = base - 8 - strlen(mark);
	if (!begins(dir, mark) || !is_only(dir + strlen(mark), 8, letters) || strlen(base + 1) != 20 ||
	    !is_only(base + 1, 20, letters))
		return NULL;
	return dir;
}

/* ---- paths ---- */

/* The parts of [from, to), each ended by a slash. */
static void add_dirs(struct path *path, const char *from, const char *to)
{
	while (from < to) {
		size_t length = strcspn(from, "/");

		if (!length || (length <= 2 && is_only(from, length, ".")))
			add(path, from, length);
		else
			add_numbered(path, &path->names->dir, "dir", from, length);
		add_text(path, "/");
		from += length + 1;
	}
}

static void add_base(struct path *path, const char *base, bool shown)
{
	size_t length = strlen(base);

	if (!length || shown || (length <= 2 && is_only(base, length, ".")))
		add(path, base, length);
	else
		add_numbered(path, &path->names->file, is_library(base) ? "lib" : "file", base, length);
	if (length && !shown && is_library(base))
		add_text(path, ".so");
}

/* is_device(), vm/identity.c: what lies in /dev is one, but for the file systems mounted there. */
static const char *add_device_dir(struct path *path, const char *from)
{
	static const char *const dirs[] = { "/dev/shm/", "/dev/hugepages/", "/dev/" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!begins(from, dirs[i]))
			continue;
		add_text(path, dirs[i]);
		return from + strlen(dirs[i]);
	}
	return from;
}

static void add_path(struct path *path, const char *text)
{
	const char *own = tracers_part(text), *from = text, *slash;
	bool shown;

	if (is_systems(text)) {
		add_text(path, text);
		return;
	}
	if (own) {
		add_dirs(path, from, own);
		add_text(path, own + (own > from));
		return;
	}
	from = add_device_dir(path, from);
	slash = strrchr(from, '/');
	shown = is_runtime(slash ? slash + 1 : from) || is_shown(path->names, text);
	add_dirs(path, from, slash ? slash + 1 : from);
	add_base(path, slash ? slash + 1 : from, shown);
}

/*
 * Names that programs give: "[anon:keys]" and "[anon_shmem:keys]" (PR_SET_VMA_ANON_NAME), "/memfd:keys".
 *
 * Return: whether it was one.
 */
static bool add_given(struct path *path, const char *text)
{
	static const char *const kinds[] = { "[anon:", "[anon_shmem:", "/memfd:" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(text), skip = strlen(kinds[i]);
		bool bracket = kinds[i][0] == '[' && length > skip && text[length - 1] == ']';

		if (!begins(text, kinds[i]))
			continue;
		add_text(path, kinds[i]);
		if (length > skip + bracket)
			add_numbered(path, &path->names->name, "name", text + skip, length - skip - bracket);
		add_text(path, bracket ? "]" : "");
		return true;
	}
	return false;
}

/* "socket:[1234]", "pipe:[1234]", "anon_inode:[eventfd]": what /proc/PID/fd links to; no paths. */
static bool add_link(struct path *path, const char *text)
{
	const char *bracket = strchr(text, '[');

	if (begins(text, "socket:[") || begins(text, "pipe:[") || begins(text, "anon_inode:")) {
		add(path, text, strcspn(text, ":") + 1);
		if (bracket)
			add_numbered(path, &path->names->name, "name", bracket, strlen(bracket));
		return true;
	}
	if (text[0] != '[')
		return false;
	add_text(path, "[");
	add_numbered(path, &path->names->name, "name", text, strlen(text));
	add_text(path, "]");
	return true;
}

char *pseudonyms_path(struct pseudonyms *names, const char *text)
{
	struct path path = { .names = names };
	size_t length = strlen(text), tail = strlen(DELETED);
	bool deleted = length > tail && !strcmp(text + length - tail, DELETED);
	char *live = alloc_copy(text, deleted ? length - tail : length);

	add_text(&path, "");
	if (is_kernels(text))
		add_text(&path, text);
	else if (!add_given(&path, live) && !add_link(&path, live))
		add_path(&path, live);
	if (deleted && !is_kernels(text))
		add_text(&path, DELETED);
	free(live);
	return path.text;
}

char *pseudonyms_label(struct pseudonyms *names, const char *label)
{
	char text[40];

	snprintf(text, sizeof(text), "mark%u", strings_intern(&names->mark, label));
	return alloc_copy(text, strlen(text));
}
