#include "environ.h"

#include "guard.h"
#include "peek.h"
#include "shim.h"

#define PRELOAD "LD_PRELOAD="
#define SESSION RING_ENV "="

/*
 * What is made stands on the program's stack, which may be small.  An environment beyond these bounds goes on as it is; one
 * that our variables are missing in leads out of sight then, which the log says of the exec.
 */
#define VALUE_MAX 8192
#define STRINGS_MAX 4096

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static bool begins(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return false;
	return true;
}

/* ld.so(8): LD_PRELOAD is a list separated by spaces or colons. */
static bool lists(const char *list, const char *path)
{
	while (*list) {
		size_t n = length(path);

		if (begins(list, path) && (!list[n] || list[n] == ':' || list[n] == ' '))
			return true;
		while (*list && *list != ':' && *list != ' ')
			list++;
		while (*list == ':' || *list == ' ')
			list++;
	}
	return false;
}

/* What becomes of one pointer into the program's memory, read with care. */
enum look { LOOK_OTHER, LOOK_FOUND, LOOK_LOST };

/* Is @text a value for the variable whose name and "=" are @prefix, and can it be read whole? */
static enum look look_at(struct peek *peek, const char *text, const char *prefix)
{
	for (; *prefix; text++, prefix++) {
		if (!peek_can(peek, text, 1))
			return LOOK_LOST;
		if (*text != *prefix)
			return LOOK_OTHER;
	}
	return (unsigned long)peek_length(peek, text, VALUE_MAX) < VALUE_MAX ? LOOK_FOUND : LOOK_LOST;
}

static enum look look_at_string(struct environ_plan *plan, struct peek *peek, const char *text)
{
	enum look look = look_at(peek, text, PRELOAD);

	if (look == LOOK_FOUND) {
		plan->preload = plan->count;
		plan->has_preload = lists(text + sizeof(PRELOAD) - 1, shim.shim_path);
	}
	if (look != LOOK_OTHER)
		return look;
	look = look_at(peek, text, SESSION);
	if (look == LOOK_FOUND) {
		plan->session = plan->count;
		plan->has_session = lists(text + sizeof(SESSION) - 1, shim.ring_path);
	}
	return look;
}

/* Return: false if something of it cannot be read, which is then the kernel's to say. */
static bool look_through(struct environ_plan *plan, char *const *envp)
{
	struct peek vector = { 0 }, strings = { 0 };

	plan->preload = plan->session = SIZE_MAX;
	for (; envp; plan->count++) {
		if (!peek_can(&vector, &envp[plan->count], sizeof(*envp)))
			return false;
		if (!envp[plan->count])
			break;
		if (look_at_string(plan, &strings, envp[plan->count]) == LOOK_LOST)
			return false;
	}
	if (plan->preload == SIZE_MAX)
		plan->preload = plan->count;
	if (plan->session == SIZE_MAX)
		plan->session = plan->count;
	return true;
}

static struct environ_plan make_plan(char *const *envp, bool without)
{
	struct environ_plan plan = { .without = without };
	const struct ring *ring = shim.ring;

	if (!ring || atomic_load_explicit(&ring->closed, memory_order_relaxed) || !look_through(&plan, envp))
		return plan;
	if (without ? !plan.has_preload : plan.has_preload && plan.has_session)
		return plan;
	if (plan.count > STRINGS_MAX)
		return plan;
	plan.text_bytes = sizeof(PRELOAD) + sizeof(SESSION) + length(shim.preload) + length(shim.ring_path) + 2;
	if (plan.preload < plan.count)
		plan.text_bytes += length(envp[plan.preload]);
	return plan;
}

struct environ_plan environ_plan(char *const *envp, bool without)
{
	struct environ_plan plan;

	guard_enter();
	plan = make_plan(envp, without);
	guard_leave();
	return plan;
}

static char *append(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	*at = 0;
	return at;
}

/* Is the @n characters long @member one of @list? */
static bool is_member(const char *list, const char *member, size_t n)
{
	while (*list) {
		size_t i = 0;

		while (i < n && list[i] == member[i])
			i++;
		if (i == n && (!list[n] || list[n] == ':'))
			return true;
		while (*list && *list != ':')
			list++;
		list += *list == ':';
	}
	return false;
}

/* The members of @list that are not ours, separated by colons. */
static char *append_others(char *at, const char *list, const char *ours)
{
	char *begin = at;

	while (*list) {
		size_t n = 0;

		while (list[n] && list[n] != ':' && list[n] != ' ')
			n++;
		if (n && !is_member(ours, list, n)) {
			if (at > begin)
				*at++ = ':';
			for (size_t i = 0; i < n; i++)
				*at++ = list[i];
		}
		list += n + (list[n] != 0);
	}
	*at = 0;
	return at;
}

static size_t put(char **vector, size_t count, size_t at, char *string)
{
	vector[at] = string;
	return at == count ? count + 1 : count;
}

static void build(const struct environ_plan *plan, char *const *envp, char **vector, char *text)
{
	const char *others = plan->preload < plan->count ? envp[plan->preload] + sizeof(PRELOAD) - 1 : "";
	size_t n = plan->count;
	char *preload = text, *list;

	for (size_t i = 0; i < n; i++)
		vector[i] = envp[i];
	list = text = append(text, PRELOAD);
	if (!plan->without)
		list = text = append(append(text, shim.preload), ":");
	text = append_others(text, others, shim.preload);
	if (text == list && !plan->without)
		*--text = 0; /* the colon */
	n = put(vector, n, plan->preload, preload);
	if (!plan->without) {
		append(append(text + 1, SESSION), shim.ring_path);
		n = put(vector, n, plan->session < plan->count ? plan->session : n, text + 1);
	}
	vector[n] = NULL;
}

char *const *environ_build(const struct environ_plan *plan, char *const *envp, char **vector, char *text)
{
	char *const *built = envp;

	guard_enter();
	if (shim.ring) {
		build(plan, envp, vector, text);
		built = vector;
	}
	guard_leave();
	return built;
}
