#include "selector.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "../report/frame.h"
#include "../report/sitekey.h"

int selector_function(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a function's name, wildcards allowed", &((struct selector *)into)->function);
}

int selector_site(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a call site as reports show it, wildcards allowed",
			&((struct selector *)into)->site);
}

int selector_module(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a file's name or path, wildcards allowed", &((struct selector *)into)->module);
}

bool selector_is_set(const struct selector *selector)
{
	return selector->function || selector->site || selector->module;
}

int selector_read(struct doc *doc, json_t *value, void *into)
{
	static const struct doc_member members[] = {
		{ "function", selector_function, false },
		{ "site", selector_site, false },
		{ "module", selector_module, false },
		{ 0 },
	};
	int code = doc_object(doc, value, members, "a place", into);

	if (!code && !selector_is_set(into))
		return doc_fail(doc, value, "expected \"function\", \"site\" or \"module\"");
	return code;
}

void selector_free(struct selector *selector)
{
	free(selector->function);
	free(selector->site);
	free(selector->module);
	*selector = (struct selector){ 0 };
}

/* "libgcrypt" and "libgcrypt.so" find libgcrypt.so.20.4.1; "libc" must not find libcrypt. */
static bool is_module(const char *wanted, const char *path)
{
	const char *base = frame_base(path);
	struct text name = { 0 };
	size_t length = strlen(wanted);
	bool is;

	if (!base)
		return false;
	if (!fnmatch(wanted, path, 0) || !fnmatch(wanted, base, 0))
		return true;
	sitekey_module(&name, path);
	is = !strcmp(text_read(&name), wanted) ||
	     (!strncmp(text_read(&name), wanted, length) && !strcmp(text_read(&name) + length, ".so"));
	text_free(&name);
	return is;
}

/* As it is, and without what the compiler added or C++ says of its arguments. */
static bool is_function(const char *wanted, const char *name)
{
	struct text plain = { 0 };
	size_t length = strlen(wanted);
	bool is;

	if (!name)
		return false;
	sitekey_function(&plain, name);
	is = !fnmatch(wanted, name, 0) || !fnmatch(wanted, text_read(&plain), 0) ||
	     (!strncmp(name, wanted, length) && name[length] == '(');
	text_free(&plain);
	return is;
}

static bool in_stack(const char *function, struct symbols *symbols, uint32_t stack)
{
	size_t count = 0;
	const struct symbol_frame *frame = symbols_stack(symbols, stack, &count, NULL);

	for (size_t i = 0; i < count; i++)
		if (is_function(function, frame[i].function))
			return true;
	return false;
}

static bool is_site(const char *site, const struct symbol_frame *caller)
{
	struct text text = { 0 };
	bool is;

	frame_brief(&text, caller);
	is = !fnmatch(site, text_read(&text), 0);
	text_free(&text);
	return is;
}

bool selector_match(const struct selector *selector, struct symbols *symbols, uint32_t stack)
{
	const struct symbol_frame *caller;

	if (!selector_is_set(selector))
		return true;
	caller = stack ? symbols_caller(symbols, stack) : NULL;
	if (!caller || (selector->module && !is_module(selector->module, caller->module)) ||
	    (selector->site && !is_site(selector->site, caller)))
		return false;
	return !selector->function || in_stack(selector->function, symbols, stack);
}

void selector_words(struct text *text, const struct selector *selector)
{
	const char *between = "";

	if (selector->function) {
		text_safe(text, selector->function);
		between = " at ";
	}
	if (selector->site) {
		text_put(text, between);
		text_safe(text, selector->site);
		between = " in ";
	}
	if (selector->module) {
		text_put(text, selector->function || selector->site ? " in " : between);
		text_safe(text, selector->module);
	}
}

bool program_match(const char *wanted, const char *exe)
{
	if (!wanted)
		return true;
	return exe && (!fnmatch(wanted, exe, 0) || !fnmatch(wanted, frame_base(exe), 0));
}

int program_read(struct doc *doc, json_t *value, void *into)
{
	return doc_text(doc, value, "a program's name or path, wildcards allowed", into);
}
