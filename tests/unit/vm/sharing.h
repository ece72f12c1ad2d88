/*
 * sharing.h - two processes, what they map and lock, and which locks hold a page besides its mapping's own.
 */
#ifndef TESTS_SHARING_H
#define TESTS_SHARING_H

#include <stdint.h>

#include "../../../collector/vm/sharing.h"
#include "calls.h"

enum { PARENT = 100, CHILD = 101, MOST = 4096 };

/* ---- asking ---- */

struct found {
	size_t count;
	struct holding run[MOST];
};

static inline void note(void *arg, const struct holding *holding)
{
	struct found *found = arg;

	assert_true(found->count < MOST);
	found->run[found->count++] = *holding;
}

/* All other locks on the mapping of @pid that begins at @page. */
static inline const struct found *locks_on(struct script *s, int32_t pid, int page)
{
	static struct found found;
	const struct process *process = world_process(s->world, pid);
	const struct vma *vma = space_find(process->space, PAGE(page));
	struct sharing *all = sharing_new(s->world, process, NULL), *one = sharing_new(s->world, process, vma);
	size_t count;

	found.count = 0;
	sharing_each(one, process, vma, note, &found);
	count = found.count;
	found.count = 0;
	sharing_each(all, process, vma, note, &found);
	assert_int_equal(count, found.count);
	sharing_free(all);
	sharing_free(one);
	return &found;
}

#define assert_held(script, pid_, page, pages, by_pid, by_page, seq_)                                                  \
	do {                                                                                                           \
		const struct found *found_ = locks_on(script, pid_, page);                                             \
		assert_int_equal(found_->count, 1);                                                                    \
		assert_int_equal(found_->run[0].process->pid, by_pid);                                                 \
		assert_int_equal(found_->run[0].start, PAGE(by_page));                                                 \
		assert_int_equal(found_->run[0].end, PAGE((by_page) + (pages)));                                       \
		assert_int_equal(found_->run[0].set_by, seq_);                                                         \
	} while (0)

#define assert_free(script, pid, page) assert_int_equal(locks_on(script, pid, page)->count, 0)

/* ---- saying ---- */

static inline void process_event(struct script *s, int32_t pid, int32_t ppid, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS, .seq = ++s->seq, .pid = pid, .tid = pid };

	record.process = (struct record_process){ .event = event, .ppid = ppid };
	script_apply(s, &record);
}

static inline void do_fork(struct script *s)
{
	process_event(s, CHILD, PARENT, PROCESS_FORK);
}

static inline uint64_t lock_as(struct script *s, int32_t pid, int page, int pages)
{
	s->pid = pid;
	CALL_OF(s, mlock, 0, PAGE(page), PAGES(pages));
	s->pid = PARENT;
	return s->seq;
}

static inline void unlock_as(struct script *s, int32_t pid, int page, int pages)
{
	s->pid = pid;
	CALL_OF(s, munlock, 0, PAGE(page), PAGES(pages));
	s->pid = PARENT;
}

static inline void map_file(struct script *s, int32_t pid, int page, int pages, int prot, unsigned flags, int offset)
{
	struct record record;

	s->pid = pid;
	record = file_record(s, page, pages, prot, flags | K_MAP_FIXED, FD_REGULAR);
	record.call.arg[5] = PAGES(offset);
	script_apply(s, &record);
	s->pid = PARENT;
}

static inline void show_one(struct script *s, int32_t pid, const struct snapshot_range *listed)
{
	struct record record = { .type = RECORD_SNAPSHOT, .seq = ++s->seq, .pid = pid };

	record.snapshot = (struct record_snapshot){ .why = "look", .last = true, .from = listed->start,
						    .to = listed->end, .count = 1, .range = listed };
	script_apply(s, &record);
}

#endif
