/*
 * space.h - one address space: an ordered set of VMAs and what calls do to it.
 *
 * Pure: no I/O, no clock, no globals.  space_apply() costs O(log n) for each VMA it touches, n being the number of
 * VMAs. Memory running out ends the program (util/alloc.h): the model is never left half applied.
 */
#ifndef PAGETRAIL_SPACE_H
#define PAGETRAIL_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"
#include "vma.h"

struct space;
struct limits;
struct strings;		/* interned paths, owned by the world */

/* A run of pages whose state changed.  @before or @after is NULL where nothing was or is mapped. */
struct delta {
	uint64_t start, end;
	const struct vma *before, *after;
};

typedef void delta_fn(void *arg, const struct delta *delta);

/* What space_apply() can say about a call. */
enum apply_result {
	APPLY_DONE,	/* the state after the call is known */
	APPLY_LOOK,	/* the result leaves several states possible, or contradicts the model: read smaps */
};

/*
 * space_apply - what the kernel did for one call that has returned
 * @record: a RECORD_CALL
 * @changed: called once for each run of pages that changed, in address order (mremap tells the destination of each
 * mapping it moves before what it leaves); may be NULL. The pages are still as they were before that run.
 *
 * Successful, failed and partly done calls alike. A call that never returned (no HAS_RET) changes nothing and asks to
 * look. Sources: the man page named in calls.def, the kernel functions named beside each rule, and
 * experiments on Linux 6.18 (tests/scene).
 * Return: APPLY_DONE or APPLY_LOOK; space_look() then says where.
 * Context: pure.
 */
enum apply_result space_apply(struct space *space, const struct record *record, delta_fn *changed, void *arg);

/*
 * space_look - the pages the last APPLY_LOOK was about
 * @start, @end: receive the range, page-aligned; may be the whole address space
 */
void space_look(const struct space *space, uint64_t *start, uint64_t *end);

/*
 * space_snapshot - make [from, to) what the kernel listed
 * @seq: the record that set what it shows: the snapshot itself, or the call it was taken for
 *
 * Pages that already agree keep their history; the others take the listed state with @seq as origin.
 * Facts the listing does not have (locks and advice, where vmflags is NULL) are kept when the page was mapped with the
 * same protection and object before, otherwise none.
 * Return: number of pages that differed.
 * Context: pure.
 */
uint64_t space_snapshot(struct space *space, const struct record *record, uint64_t seq, delta_fn *changed, void *arg);

/*
 * vma_listed - one line of the kernel's listing as a VMA, without path and history
 */
struct vma vma_listed(const struct snapshot_range *range);

/*
 * space_find - the VMA that holds @addr, or NULL
 *
 * The pointer is valid until the space changes.
 */
const struct vma *space_find(const struct space *space, uint64_t addr);

/*
 * space_next - the first VMA that ends above @addr, or NULL; space_next(s, 0) is the first, space_next(s, v->end) the
 * one after v
 */
const struct vma *space_next(const struct space *space, uint64_t addr);

/*
 * space_id - a number that no other space of the same world has or had
 */
uint64_t space_id(const struct space *space);

/*
 * space_users - processes of the world that have this address space, those that ended included
 */
unsigned space_users(const struct space *space);

/*
 * space_limits - what the kernel refuses its calls by, as far as it is known: limit.h
 */
const struct limits *space_limits(const struct space *space);

/*
 * space_future - the lock that mlockall(MCL_FUTURE) gives to new mappings: enum vma_lock
 */
unsigned space_future(const struct space *space);

/* What an address space has beside its mappings. */
struct space_rules {
	uint64_t brk;		/* the break as last moved; 0: not known */
	uint64_t heap_low;	/* no break is below this; UINT64_MAX: not known */
	unsigned future;	/* enum vma_lock, as space_future() */
	unsigned mdwe;		/* PR_GET_MDWE */
	bool read_exec;		/* personality READ_IMPLIES_EXEC */
	bool merge_any;		/* PR_GET_MEMORY_MERGE */
};
struct space_rules space_rules(const struct space *space);

/*
 * space_listed - the device and inode that listings show for the object of @vma, which has a number of the model's own
 *
 * Return: false: it is none of those, or none has shown it.
 */
bool space_listed(const struct space *space, const struct vma *vma, uint64_t *dev, uint64_t *ino);

/*
 * space_vmas - how many VMAs the model holds (neighbours that differ in nothing, their history included, are one)
 */
size_t space_vmas(const struct space *space);

/*
 * space_vmas_joined - how many the kernel has if it has joined all neighbours it can; O(n)
 */
size_t space_vmas_joined(const struct space *space);

/*
 * space_max_maps - how many it may have: vm.max_map_count, which the log tells or is taken to be as the kernel sets it
 */
uint64_t space_max_maps(const struct space *space);

/* Figures of one address space, in bytes. */
struct space_totals {
	uint64_t mapped;		/* vsyscall, which is not in the process's half, left out */
	uint64_t locked;		/* pages with a lock, full or on-fault, the tracer's own left out */
	uint64_t locked_peak;		/* highest value of locked so far */
	uint64_t vmlck;			/* the kernel's counter mm->locked_vm, semantics: mlock(2), proc(5) VmLck */
	uint64_t wx;			/* bytes writable and executable at once */
};
struct space_totals space_totals(const struct space *space);

/*
 * space_advice - the marks that an advice sets and clears, enum vma_advice
 *
 * Return: false for advice that leaves none.
 */
bool space_advice(uint64_t advice, uint16_t *set, uint16_t *clear);

/*
 * space_path - the name behind vma->path, NULL for 0
 */
const char *space_path(const struct space *space, uint32_t path);

#endif
