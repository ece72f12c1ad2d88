/*
 * rule_lock_lost.c - requests that ended by something else than an unlock.
 *
 * munmap(2), mremap(2), shmdt(2): the lock goes with the mapping.  mmap(2), MAP_FIXED: so it does, and the address stays
 * in use, without the lock.
 */
#include "rule.h"

/*
 * Does the address stay in use, so that somebody may still believe it locked.  MREMAP_DONTUNMAP unlocks the whole mapping,
 * also what it does not move: dontunmap_complete(), mm/mremap.c.
 */
static bool leaves_memory(const struct lock_release *release)
{
	return release->how == LOCK_END_REPLACED ||
	       (release->how == LOCK_END_REMAP && (release->record->call.arg[3] & K_MREMAP_DONTUNMAP));
}

/* New mappings of this call are locked again. */
static bool locks_anew(const struct audit_event *event)
{
	const struct record_call *call = &event->record->call;

	return space_future(event->space) || (call->call == CALL_mmap && (call->arg[3] & K_MAP_LOCKED));
}

/* MAP_LOCKED ends with its mapping by nature, mlockall with everything it covers. */
static bool is_news(const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	const bool asked = release->request->how == LOCK_HOW_CALL;

	if (event->record->type != RECORD_CALL || release->request->failed)
		return false;
	switch (release->how) {
	case LOCK_END_REPLACED:
		return (asked || release->request->how == LOCK_HOW_MAP) && !locks_anew(event);
	case LOCK_END_REMAP:
		return asked || (leaves_memory(release) && release->request->how == LOCK_HOW_MAP);
	case LOCK_END_UNMAP:
	case LOCK_END_DETACH:
	case LOCK_END_BREAK:
		return asked;
	default:
		return false;
	}
}

static void say(struct finding *finding, const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	const char *name = call_table[event->record->call.call].name;
	const struct words pages = pages_of(finding->pages);

	if (leaves_memory(release)) {
		finding->severity = SEVERITY_ERROR;
		finding_say(finding, "%s %s %s that #%llu had locked: the address is in use as before, and no longer locked.",
			    name, release->how == LOCK_END_REPLACED ? "replaced" : "with MREMAP_DONTUNMAP unlocked", pages.at,
			    (unsigned long long)release->request->last_seq);
		return;
	}
	finding_say(finding, "%s took %s away that #%llu had locked and nobody had unlocked; the lock went with %s.", name,
		    pages.at, (unsigned long long)release->request->last_seq, finding->pages == 1 ? "it" : "them");
	finding_advise(finding, "That ends the lock as munlock would; wipe secrets before, for the kernel clears the pages only "
		       "when it gives them out again.");
}

void rule_lock_lost(struct audit *audit, const struct audit_event *event)
{
	const struct lock_release *release = event->release;
	struct audit_call about;
	struct finding *finding;

	if (!is_news(event))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_lock_lost, event, &about,
			      site_of(audit, release->request->stack) + leaves_memory(release));
	if (!finding)
		return;
	finding_pages(finding, release->start, release->end);
	finding_relate(finding, release->request->last_seq);
	say(finding, event);
}
