#include "looks.h"

#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "proc.h"
#include "smaps.h"

/* At most one part in this many of our time goes into listings of one process. */
#define LOOK_SHARE 10

/* What could not be looked at may be looked at later: between two programs, between two users. */
#define LOOK_AGAIN_NS 100000000ull

void look_free(struct look *look)
{
	ranges_free(&look->wanted);
	line_free(&look->smaps);
	free(look);
}

void looks_free(struct looks *looks)
{
	for (size_t i = 0; i < looks->count; i++)
		look_free(looks->taken[i]);
	for (size_t i = 0; i < looks->readies; i++)
		snapshot_free(&looks->ready[i]);
	free(looks->taken);
	free(looks->ready);
}

void looks_wanted(struct traced *traced, uint64_t from, uint64_t to)
{
	ranges_add(&traced->doubt, from, to);
}

void looks_put(struct looks *looks, struct snapshot snapshot)
{
	looks->ready = alloc_room(looks->ready, looks->readies, &looks->ready_room, sizeof(*looks->ready));
	looks->ready[looks->readies++] = snapshot;
}

struct snapshot looks_ready(struct looks *looks)
{
	struct snapshot next = {.parts = 0};

	if (!looks->readies)
		return next;
	next = looks->ready[0];
	looks->readies--;
	memmove(&looks->ready[0], &looks->ready[1], looks->readies * sizeof(looks->ready[0]));
	return next;
}

static void keep(struct looks *looks, struct look *look)
{
	looks->taken = alloc_room(looks->taken, looks->count, &looks->room, sizeof(struct look *));
	looks->taken[looks->count++] = look;
}

struct look *looks_next(struct looks *looks)
{
	struct look *next;

	if (!looks->count)
		return NULL;
	next = looks->taken[0];
	looks->count--;
	memmove(&looks->taken[0], &looks->taken[1], looks->count * sizeof(struct look *));
	return next;
}

/* VmLck read twice: where it has changed meanwhile, it belongs to no one listing. */
static int read_process(struct look *look)
{
	struct proc_status before, after;
	int before_rc = proc_status(look->pid, &before), rc = smaps_read(look->pid, &look->smaps);

	look->has_vmlck =
		!before_rc && !rc && !proc_status(look->pid, &after) && before.vmlck_bytes == after.vmlck_bytes;
	look->vmlck_bytes = look->has_vmlck ? before.vmlck_bytes : 0;
	return rc;
}

void looks_take_of(struct looks *looks, struct traced *traced, const struct session *session)
{
	struct look *look = alloc_zero(1, sizeof(*look));
	int rc;

	look->pid = traced->pid;
	look->begin_ns = session_now(session);
	rc = read_process(look);
	look->end_ns = session_now(session);
	ranges_copy(&look->wanted, &traced->doubt);
	traced->look_after_ns = look->end_ns + LOOK_SHARE * (look->end_ns - look->begin_ns);
	/* without the ring it is another process of this pid, or one that has just become another program */
	if (!rc && strstr(look->smaps.at, strrchr(session->path, '/'))) {
		keep(looks, look);
		return;
	}
	traced->look_after_ns += LOOK_AGAIN_NS;
	look_free(look);
}

void looks_take(struct looks *looks, const struct processes *processes, const struct session *session)
{
	struct traced *traced;

	for (size_t i = 0; (traced = processes_open(processes, i)); i++)
		if (traced->doubt.count && !traced->gone && !traced->foreign &&
		    session_now(session) >= traced->look_after_ns)
			looks_take_of(looks, traced, session);
}
