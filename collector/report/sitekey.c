#include "sitekey.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "frame.h"

#define CYCLE_MAX 8 /* frames of one turn of a recursion */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- modules ---- */

/* Where ".so" ends what names a library: at the end of the name, or before digits and dots only. */
static const char *library_end(const char *name)
{
	for (const char *so = strstr(name, ".so"); so; so = strstr(so + 1, ".so"))
		if (so > name && so[3 + strspn(so + 3, "0123456789.")] == '\0' && (!so[3] || so[3] == '.'))
			return so;
	return NULL;
}

/* "libc-2.31" is libc, "ld-linux-x86-64" is not ld-linux-x86: a version has a dot. */
static size_t without_version(const char *name, size_t length)
{
	size_t at = length;
	bool dotted = false;

	while (at && (is_digit(name[at - 1]) || name[at - 1] == '.'))
		dotted |= name[--at] == '.';
	return dotted && at > 1 && at < length && name[at - 1] == '-' && is_digit(name[at]) ? at - 1 : length;
}

void sitekey_module(struct text *text, const char *path)
{
	static const char deleted[] = " (deleted)";
	const char *base = frame_base(path), *so;
	size_t length = base ? strlen(base) : 0, tail = sizeof(deleted) - 1;
	char *name;

	if (!length) {
		text_put(text, "?");
		return;
	}
	if (length > tail && !strcmp(base + length - tail, deleted))
		length -= tail;
	name = alloc_copy(base, length);
	so = library_end(name);
	if (so)
		memcpy(name + without_version(name, (size_t)(so - name)), ".so", sizeof(".so"));
	text_safe(text, name);
	free(name);
}

/* ---- functions ---- */

/* Length of the name that the source has: gcc and clang mark the clones they make with a dot and a word. */
static size_t without_clones(const char *name)
{
	static const char *const words[] = {
		"part", "constprop", "isra", "cold", "lto_priv", "llvm", "localalias", "warm", "hot",
	};
	const char *clone = strstr(name, " [clone ");

	if (clone && clone > name)
		return (size_t)(clone - name);
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		size_t length = strcspn(dot + 1, ".");

		for (size_t i = 0; dot > name && i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i]) == length && !strncmp(dot + 1, words[i], length))
				return (size_t)(dot - name);
	}
	return strlen(name);
}

/* Rust's older mangling ends each name with the hash of the crate: "::h" and 16 hex digits. */
static size_t without_hash(const char *name, size_t length)
{
	const char *tail = name + length - 19;

	if (length <= 19 || !begins(tail, "::h") || strspn(tail + 3, "0123456789abcdef") < 16)
		return length;
	return length - 19;
}

void sitekey_function(struct text *text, const char *function)
{
	char *name;

	if (!function)
		return;
	name = alloc_copy(function, without_hash(function, without_clones(function)));
	text_safe(text, name);
	free(name);
}

void sitekey_frame(struct text *text, const struct symbol_frame *frame)
{
	sitekey_module(text, frame ? frame->module : NULL);
	if (!frame || !frame->function)
		return;
	text_put(text, "!");
	sitekey_function(text, frame->function);
}

/* ---- stacks ---- */

/* Functions that start a program or a thread, whatever module they are in. */
static bool starts(const struct symbol_frame *frame)
{
	static const char *const names[] = {
		"_start", "generic_start_main", "start_thread", "clone", "clone3", "__clone", "__clone3",
		"_dl_start", "_dl_start_user", "_dl_start_final",
	};

	for (size_t i = 0; frame->function && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(frame->function, names[i]))
			return true;
	return frame->function && begins(frame->function, "__libc_start_");
}

static bool is_libc(const struct symbol_frame *frame)
{
	static const char *const names[] = { "libc.so", "libpthread.so", "ld.so", "libc.musl-" };
	struct text module = { 0 };
	bool is = false;

	sitekey_module(&module, frame->module);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is |= begins(text_read(&module), names[i]);
	is |= begins(text_read(&module), "ld-linux") || begins(text_read(&module), "ld-musl-");
	text_free(&module);
	return is;
}

/* How many frames are left when those at the outer end are gone that only start things. */
static size_t without_start(const struct symbol_frame *frame, size_t count)
{
	size_t left = count;

	while (left && (starts(&frame[left - 1]) || is_libc(&frame[left - 1])))
		left--;
	if (left)
		return left;
	while (count && starts(&frame[count - 1]))
		count--;
	return count;
}

/* Do the last @turn names repeat the @turn before them? */
static bool repeats(char *const *name, size_t count, size_t turn)
{
	for (size_t i = 0; i < turn; i++)
		if (strcmp(name[count - 1 - i], name[count - 1 - i - turn]))
			return false;
	return true;
}

/* Drop the last names as long as they are another turn of what stands before. */
static size_t collapse(char **name, size_t count)
{
	for (size_t turn = 1; turn <= CYCLE_MAX && 2 * turn <= count; turn++) {
		if (!repeats(name, count, turn))
			continue;
		for (size_t i = 0; i < turn; i++)
			free(name[--count]);
		turn = 0;
	}
	return count;
}

void sitekey_stack(struct text *text, const struct symbol_frame *frame, size_t count)
{
	size_t kept = 0, left = without_start(frame, count);
	char **name = alloc_zero(left + 1, sizeof(*name));
	struct text one = { 0 };

	for (size_t i = 0; i < left; i++) {
		text_clear(&one);
		sitekey_frame(&one, &frame[i]);
		name[kept++] = alloc_copy(text_read(&one), one.length);
		kept = collapse(name, kept);
	}
	for (size_t i = 0; i < kept; i++) {
		text_put(text, i ? "\n" : "");
		text_put(text, name[i]);
		free(name[i]);
	}
	text_free(&one);
	free(name);
}
