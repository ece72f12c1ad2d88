#include "settle.h"

#include <stdlib.h>
#include <time.h>

#include "../util/alloc.h"
#include "intake.h"

/* Looks at one process, and what lies between them: time for other threads to end the calls they are in. */
#define LOOKS	 8
#define PAUSE_NS 200000

void settle_free(struct settle *settle)
{
	free(settle->waiting);
}

void settle_wanted(struct recorder *recorder, int32_t pid, uint64_t position)
{
	struct settle *settle = &recorder->settle;

	settle->waiting = alloc_room(settle->waiting, settle->count, &settle->room, sizeof(*settle->waiting));
	settle->waiting[settle->count++] = (struct settle_waiting){position, pid};
}

static bool is_settled(const struct recorder *recorder, const struct traced *traced)
{
	return !traced->doubt.count && !traced->vmlck_doubt && !window_holds(&recorder->window, traced->pid);
}

static void settle_process(struct recorder *recorder, int32_t pid)
{
	const struct timespec pause = {0, PAUSE_NS};

	for (int i = 0; i < LOOKS; i++) {
		struct traced *traced = processes_find(recorder->processes, pid);

		if (!traced || traced->gone || traced->foreign || is_settled(recorder, traced))
			return;
		if (i)
			nanosleep(&pause, NULL);
		if (traced->doubt.count || traced->vmlck_doubt)
			looks_take_of(&recorder->looks, traced, recorder->session);
		intake_drain(recorder);
	}
}

void settle_run(struct recorder *recorder)
{
	struct settle *settle = &recorder->settle;

	/* a pass in between may bring more of them */
	for (size_t i = 0; i < settle->count; i++) {
		struct settle_waiting waiting = settle->waiting[i];

		if (!atomic_load(&recorder->session->ring->closed))
			settle_process(recorder, waiting.pid);
		atomic_store(&recorder->session->ring->heartbeat_ns, session_now(recorder->session));
		drain_release(recorder->drain, waiting.position);
	}
	settle->count = 0;
}
