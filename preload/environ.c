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

struct environ_plan environ_plan(char *const *envp)
{
	struct environ_plan plan = { 0 };
	const struct ring *ring = shim.ring;
	bool preload_done = false, session_done = false;

	if (!ring || atomic_load_explicit(&ring->closed, memory_order_relaxed))
		return plan;
	while (envp && envp[plan.count])
		plan.count++;
	plan.preload = plan.session = plan.count;
	for (size_t i = 0; i < plan.count; i++) {
		if (begins(envp[i], PRELOAD)) {
			plan.preload = i;
			preload_done = lists(envp[i] + sizeof(PRELOAD) - 1, ring->shim_path);
		} else if (begins(envp[i], SESSION)) {
			plan.session = i;
			session_done = lists(envp[i] + sizeof(SESSION) - 1, ring->ring_path);
		}
	}
	if (preload_done && session_done)
		return plan;
	plan.text_bytes = sizeof(PRELOAD) + sizeof(SESSION) + length(ring->shim_path) + length(ring->ring_path) + 2;
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

char *const *environ_build(const struct environ_plan *plan, char *const *envp, char **vector, char *text)
{
	const struct ring *ring = shim.ring;
	char *preload = text, *session;
	size_t n = plan->count;

	for (size_t i = 0; i < n; i++)
		vector[i] = envp[i];
	text = append(append(text, PRELOAD), ring->shim_path);
	if (plan->preload < n && !lists(envp[plan->preload] + sizeof(PRELOAD) - 1, ring->shim_path) &&
	    envp[plan->preload][sizeof(PRELOAD) - 1])
		text = append(append(text, ":"), envp[plan->preload] + sizeof(PRELOAD) - 1);
	else if (plan->preload < n && lists(envp[plan->preload] + sizeof(PRELOAD) - 1, ring->shim_path))
		preload = envp[plan->preload];
	session = text + 1;
	append(append(session, SESSION), ring->ring_path);
	if (plan->preload < plan->count)
		vector[plan->preload] = preload;
	else
		vector[n++] = preload;
	if (plan->session < plan->count)
		vector[plan->session] = session;
	else
		vector[n++] = session;
	vector[n] = NULL;
	return vector;
}
