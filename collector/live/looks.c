#include "looks.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "proc.h"
#include "smaps.h"

/* At most one part in this many of our time goes into listings of one process. */
#define LOOK_SHARE 10

void looks_free(struct looks *looks)
{
	for (size_t i = 0; i < looks->count; i++)
		snapshot_free(&looks->taken[i]);
	free(looks->taken);
	line_free(&looks->smaps);
}

void looks_wanted(struct traced *traced, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	if (!traced->look || from < traced->look_from)
		traced->look_from = from;
	if (!traced->look || to > traced->look_to)
		traced->look_to = to;
	traced->look = true;
}

void looks_put(struct looks *looks, struct snapshot snapshot)
{
	if (looks->count == looks->room) {
		looks->room = looks->room * 2 + 8;
		looks->taken = alloc_resize(looks->taken, looks->room, sizeof(*looks->taken));
	}
	looks->taken[looks->count++] = snapshot;
}

/* VmLck read twice: where it has changed meanwhile, it belongs to no one listing. */
static int read_process(struct looks *looks, struct snapshot_about *about)
{
	struct proc_status before, after;
	int before_rc = proc_status(about->pid, &before), rc = smaps_read(about->pid, &looks->smaps);

	about->has_vmlck = !before_rc && !rc && !proc_status(about->pid, &after) &&
			   before.vmlck_bytes == after.vmlck_bytes;
	about->vmlck_bytes = about->has_vmlck ? before.vmlck_bytes : 0;
	return rc;
}

static void take(struct looks *looks, struct traced *traced, const struct session *session)
{
	struct snapshot_about about = {traced->pid, .why = "look", .from = traced->look_from, .to = traced->look_to};
	uint64_t begin_ns = session_now(session), end_ns;
	int rc = read_process(looks, &about);

	end_ns = about.end_ns = session_now(session);
	traced->look = false;
	traced->look_after_ns = end_ns + LOOK_SHARE * (end_ns - begin_ns);
	/* without the ring it is another process of this pid, or one that has just become another program */
	if (!rc && strstr(looks->smaps.at, strrchr(session->path, '/')))
		looks_put(looks, snapshot_make(&looks->smaps, &about));
}

void looks_take(struct looks *looks, const struct processes *processes, const struct session *session)
{
	struct traced *traced;

	for (size_t i = 0; (traced = processes_open(processes, i)); i++)
		if (traced->look && !traced->gone && !traced->foreign && session_now(session) >= traced->look_after_ns)
			take(looks, traced, session);
}

struct snapshot looks_next(struct looks *looks, uint64_t until_ns)
{
	struct snapshot next = { 0 };

	if (!looks->count || looks->taken[0].end_ns > until_ns)
		return next;
	next = looks->taken[0];
	looks->count--;
	memmove(&looks->taken[0], &looks->taken[1], looks->count * sizeof(looks->taken[0]));
	return next;
}
