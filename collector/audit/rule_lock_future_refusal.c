/*
 * rule_lock_future_refusal.c - memory that the program did not get because it would have been locked: over RLIMIT_MEMLOCK.
 *
 * mlock_future_ok(), mm/mmap.c: mmap and mremap fail with EAGAIN, the break does not move, shmat fails with EAGAIN.  What
 * MCL_FUTURE makes of the C library's own mappings, thread stacks and malloc's arenas, counts as any other, reserved
 * address space without access included.
 */
#include "rule.h"

#include <stdio.h>

/* HEAP_MAX_SIZE, malloc/arena.c: an arena asks for twice that, then for that, and takes an old arena where it gets none. */
#define ARENA_BYTES (UINT64_C(64) << 20)

enum wanted { WANTED_MEMORY, WANTED_STACK, WANTED_ARENA, WANTED_MORE };

/* Where the program called malloc and the like, oldest overwritten first. */
#define ATTEMPTS 32

struct attempts {
	struct attempt {
		uint64_t caller, site;
		enum wanted wanted;
	} known[ATTEMPTS];
	unsigned next;
};

static enum wanted wanted_by(const struct record *record)
{
	const uint64_t flags = record->call.arg[3], bytes = page_up(record->call.arg[1]);

	if (call_table[record->call.call].effect == EFFECT_REMAP)
		return WANTED_MORE;
	if (call_table[record->call.call].effect != EFFECT_MAP || !call_is_librarys(record))
		return WANTED_MEMORY;
	if (flags & K_MAP_STACK)
		return WANTED_STACK;
	return (flags & K_MAP_NORESERVE) && (bytes == ARENA_BYTES || bytes == 2 * ARENA_BYTES) ? WANTED_ARENA :
												WANTED_MEMORY;
}

/* A mapping grows with the lock it has, whatever MCL_FUTURE says. Return: who had asked for that lock. */
static uint64_t grown_lock(const struct audit_event *event)
{
	const struct vma *vma = space_find(event->space, event->record->call.arg[0]);

	return vma ? vma->by.lock : 0;
}

/* The consequence, up to the colon of the sentence. */
static void say_outcome(struct finding *finding, const struct record *record, enum wanted wanted, char *out, size_t room)
{
	const char *name = call_table[record->call.call].name, *who = call_is_librarys(record) ? "of the C library's " : "";
	const int error = call_error(record);

	switch (wanted) {
	case WANTED_STACK:
		snprintf(out, room, "pthread_create failed because the stack of the new thread would be locked");
		finding_advise(finding, "Raise RLIMIT_MEMLOCK, give threads smaller stacks (pthread_attr_setstacksize), or start "
			       "them before mlockall(MCL_FUTURE).");
		break;
	case WANTED_ARENA:
		snprintf(out, room, "malloc made no arena for a thread, which then shares one, because the address space it "
			 "reserves would be locked");
		finding->severity = SEVERITY_NOTE;
		finding_advise(finding, "Nothing is lost but speed; mallopt(M_ARENA_MAX, 1) says that no more arenas are wanted.");
		break;
	case WANTED_MORE:
		snprintf(out, room, "mremap failed with %s because what is added to a locked mapping is locked as well",
			 errno_of(error).at);
		break;
	default:
		snprintf(out, room, "%s %sfailed%s%s because the new memory would be locked", name, who,
			 error ? " with " : "", error ? errno_of(error).at : "");
	}
}

static void say(struct finding *finding, const struct record *record, enum wanted wanted, const struct why_cause *sum)
{
	char outcome[160];

	say_outcome(finding, record, wanted, outcome, sizeof(outcome));
	finding_say(finding, "%s: %s%s, which with %llu locked already makes %llu; without CAP_IPC_LOCK the soft limit "
		    "RLIMIT_MEMLOCK of %s allows %s.", outcome, pages_of(sum->asked).at,
		    wanted == WANTED_MORE ? "" : " under MCL_FUTURE", (unsigned long long)sum->held,
		    (unsigned long long)(sum->asked + sum->held), amount_of(sum->limit_bytes).at, pages_of(sum->limit).at);
}

/*
 * Where malloc fails it has tried mmap, the heap and its arenas in turn: a second refusal of another kind under one call of the
 * program's is the same trouble. An arena less is none, so what fails for good after it is news.
 */
static bool is_another_try(struct audit *audit, const struct audit_event *event, enum wanted wanted)
{
	struct attempts *attempts = event_memory(event, RULE_lock_future_refusal, sizeof(*attempts));
	const uint32_t stack = event->record->call.stack;
	const struct attempt this = { caller_of(audit, stack), site_of(audit, stack), wanted };

	if (!call_is_librarys(event->record) || wanted == WANTED_STACK || !this.caller)
		return false;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		const struct attempt *known = &attempts->known[i];

		if (known->caller == this.caller && (known->wanted == wanted || wanted == WANTED_ARENA))
			return known->site != this.site;
	}
	attempts->known[attempts->next] = this;
	attempts->next = (attempts->next + 1) % ATTEMPTS;
	return false;
}

void rule_lock_future_refusal(struct audit *audit, const struct audit_event *event)
{
	const struct why_cause *sum = event_cause_of(audit, event, WHY_lock_future);
	const enum wanted wanted = wanted_by(event->record);
	struct audit_call about;
	struct finding *finding;

	/* MAP_LOCKED without MCL_FUTURE is lock-refused's. */
	if (!sum || (wanted != WANTED_MORE && !space_future(event->space)) || is_another_try(audit, event, wanted))
		return;
	about = event_call(audit, event);
	finding = finding_new(audit, RULE_lock_future_refusal, event, &about, wanted + caller_of(audit, about.stack));
	if (!finding)
		return;
	if (wanted == WANTED_MORE)
		finding_relate(finding, grown_lock(event));
	say(finding, event->record, wanted, sum);
}
