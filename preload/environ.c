#include "environ.h"

#include "shim.h"

#define PRELOAD "LD_PRELOAD="
#define SESSION RING_ENV "="

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

struct environ_plan environ_plan(char *const *envp, bool without)
{
	struct environ_plan plan = { .without = without };
	const struct ring *ring = shim.ring;
	bool has_preload = false, has_session = false;

	if (!ring || atomic_load_explicit(&ring->closed, memory_order_relaxed))
		return plan;
	while (envp && envp[plan.count])
		plan.count++;
	plan.preload = plan.session = plan.count;
	for (size_t i = 0; i < plan.count; i++) {
		if (begins(envp[i], PRELOAD)) {
			plan.preload = i;
			has_preload = lists(envp[i] + sizeof(PRELOAD) - 1, ring->shim_path);
		} else if (begins(envp[i], SESSION)) {
			plan.session = i;
			has_session = lists(envp[i] + sizeof(SESSION) - 1, ring->ring_path);
		}
	}
	if (without ? !has_preload : has_preload && has_session)
		return plan;
	plan.text_bytes = sizeof(PRELOAD) + sizeof(SESSION) + length(ring->preload) + length(ring->ring_path) + 2;
	if (plan.preload < plan.count)
		plan.text_bytes += length(envp[plan.preload]);
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

char *const *environ_build(const struct environ_plan *plan, char *const *envp, char **vector, char *text)
{
	const struct ring *ring = shim.ring;
	const char *others = plan->preload < plan->count ? envp[plan->preload] + sizeof(PRELOAD) - 1 : "";
	size_t n = plan->count;
	char *preload = text, *list;

	for (size_t i = 0; i < n; i++)
		vector[i] = envp[i];
	list = text = append(text, PRELOAD);
	if (!plan->without)
		list = text = append(append(text, ring->preload), ":");
	text = append_others(text, others, ring->preload);
	if (text == list && !plan->without)
		*--text = 0; /* the colon */
	n = put(vector, n, plan->preload, preload);
	if (!plan->without) {
		append(append(text + 1, SESSION), ring->ring_path);
		n = put(vector, n, plan->session < plan->count ? plan->session : n, text + 1);
	}
	vector[n] = NULL;
	return vector;
}
