/*
 * state.h - what the files of this room share behind space.h: one address space, and one record being applied to it.
 *
 * Only collector/vm/ and its unit tests include this.
 */
#ifndef PAGETRAIL_STATE_H
#define PAGETRAIL_STATE_H

#include "identity.h"
#include "kernel.h"
#include "limit.h"
#include "range.h"
#include "segment.h"
#include "space.h"
#include "strings.h"
#include "uapi.h"
#include "vmaset.h"

/* What all address spaces of a world have in common. */
struct commons {
	struct strings strings;
	uint64_t spaces;	/* numbers given to address spaces */
	struct identities identities;
	struct table segment;	/* shmid + 1 -> struct segment_lock: SHM_LOCK, segment.c */
	unsigned kernel;	/* kernel.h */
	uint64_t max_maps;	/* vm.max_map_count; 0: not told */
};

struct space {
	struct commons *commons;
	uint64_t id;
	struct vmaset set;
	struct limits limits;
	uint64_t phantom;	/* bytes VmLck counts beyond the locked pages: mremap(MREMAP_DONTUNMAP) leaks them */
	uint64_t peak;
	uint64_t heap_low;	/* no break is below this; UINT64_MAX: not known */
	uint64_t brk;		/* the break as last moved; 0: not known */
	uint64_t look_start, look_end;
	unsigned users;		/* processes in it: more than one between vfork and exec */
	uint8_t future;		/* enum vma_lock of new mappings: mlockall(MCL_FUTURE) */
	uint8_t mdwe;		/* K_MDWE_*: no page may become executable */
	bool read_exec;		/* personality READ_IMPLIES_EXEC */
	bool merge_any;		/* prctl(PR_SET_MEMORY_MERGE) */
};

/* One record on its way into a space. */
struct change {
	struct space *space;
	const struct record *record;
	const struct record_call *call;	/* NULL: not a call */
	uint64_t seq;
	delta_fn *changed;
	void *arg;
	struct range cut;	/* where pages that no call made may have been left behind; empty: nowhere */
};

struct space *space_new(struct commons *commons);

/*
 * space_use, space_drop - one more process in the space; one less, the last frees it
 */
struct space *space_use(struct space *space);
void space_drop(struct space *space);

/*
 * space_fork - what a child gets: no locks, no MCL_FUTURE, no DONTFORK pages; everything else
 * @seq: the record that says so, origin of the missing locks
 */
struct space *space_fork(const struct space *parent, uint64_t seq);

/*
 * space_exec - the empty space of a new program in the same process: limits, MDWE and KSM stay
 */
struct space *space_exec(const struct space *old);

/*
 * space_carried - the space of a process that a start record carries over from the log before; its VMAs come in the
 * snapshot that follows
 */
struct space *space_carried(struct commons *commons, const struct record_process *process);

/*
 * vma_known - set @vma, read from a listing, right by what the model knew of it in the log before
 */
void vma_known(struct space *space, struct vma *vma, const struct snapshot_range *range,
	       const struct snapshot_known *known);

/*
 * space_settle - at the end of every record: remember the highest lock total
 */
void space_settle(struct space *space);

static inline uint64_t space_vmlck(const struct space *space)
{
	return space->set.sums.counted + space->phantom;
}

/* VmLck is at least what the locked pages count; a smaller number contradicts them and is passed over. */
static inline void space_set_vmlck(struct space *space, uint64_t bytes)
{
	if (bytes >= space->set.sums.counted)
		space->phantom = bytes - space->set.sums.counted;
}

/* ---- edit.c: changes that report themselves ---- */

/*
 * edit_map - [vma->start, vma->end) is this from now on, whatever was there
 */
void edit_map(struct change *change, const struct vma *vma);

/*
 * edit_unmap - nothing is mapped in [start, end) from now on
 */
void edit_unmap(struct change *change, uint64_t start, uint64_t end);

/*
 * edit_fn - change @piece, leaving its range alone
 *
 * Return: whether it changed.
 */
typedef bool edit_fn(struct change *change, struct vma *piece, const void *arg);

/*
 * edit_each - apply @fn to each mapped piece of [start, end), in address order; holes are skipped
 */
void edit_each(struct change *change, uint64_t start, uint64_t end, edit_fn *fn, const void *arg);

/*
 * edit_prove - the call succeeded, so all of [start, end) is mapped: fill what the model lacks
 *
 * Pages under a stack that can have grown are taken for grown.  Others were mapped by code pagetrail did not see: they
 * become anonymous rw pages without a map origin.
 * Return: whether there were such others.
 */
bool edit_prove(struct change *change, uint64_t start, uint64_t end);

/* ---- questions ---- */

/*
 * space_hole - the first unmapped page of [start, end), or @end
 */
uint64_t space_hole(const struct space *space, uint64_t start, uint64_t end);

/*
 * space_locked_in - bytes of [start, end) with a lock
 */
uint64_t space_locked_in(const struct space *space, uint64_t start, uint64_t end);

/*
 * space_maps_segment - is any page of the System V segment mapped
 */
bool space_maps_segment(const struct space *space, uint64_t shmid);

/*
 * space_span - the run of pages around @vma that the kernel can hold as one VMA: the model's may be split by history
 * alone
 */
struct range space_span(const struct space *space, const struct vma *vma);

/*
 * space_stack_room - could @vma, which grows down, have grown down to @addr
 *
 * Not past RLIMIT_STACK, and 256 pages away from an accessible mapping below. expand_downwards(), mm/vma.c.
 */
bool space_stack_room(const struct space *space, const struct vma *vma, uint64_t addr);

/*
 * space_may_have_grown - could the hole at @addr be none: a stack above can have grown there by page faults
 */
bool space_may_have_grown(const struct space *space, uint64_t addr);

/*
 * vma_is_mergeable - does KSM take it: ksm_compatible(), mm/ksm.c
 */
bool vma_is_mergeable(const struct vma *vma);

static inline bool call_failed(const struct record_call *call)
{
	return call_table[call->call].result == CLASS_ERRNO ? call->ret != 0 : call->ret == -1;
}

/*
 * call_errno - why it failed, whichever way the call says so
 */
static inline int call_errno(const struct record_call *call)
{
	return call->err || call_table[call->call].result != CLASS_ERRNO ? call->err : (int)call->ret;
}

/*
 * look_at, look_everywhere - remember which pages are in doubt
 *
 * Return: APPLY_LOOK; APPLY_DONE if the process has looked by itself, which the next record will tell.
 */
enum apply_result look_at(struct change *change, uint64_t start, uint64_t end);
enum apply_result look_everywhere(struct change *change);

/*
 * look_if - look_at() if @doubt, else APPLY_DONE
 */
enum apply_result look_if(struct change *change, bool doubt, struct range range);

/* ---- effects: one function per token of calls.def ---- */
typedef enum apply_result effect_fn(struct change *change);

effect_fn effect_map, effect_unmap, effect_remap, effect_brk, effect_sbrk, effect_remapfile;
effect_fn effect_protect, effect_seal;
effect_fn effect_lock, effect_unlock, effect_lockall, effect_unlockall;
effect_fn effect_advise, effect_advisev, effect_residency, effect_sync;
effect_fn effect_attach, effect_detach;
effect_fn effect_limit, effect_prctl, effect_personality;

#endif
