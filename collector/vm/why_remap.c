/*
 * why_remap.c - what mremap refuses: check_mremap_params(), check_prep_vma(), mremap_to(), mm/mremap.c.
 *
 * "One mapping" is one VMA of the kernel's.  The model takes neighbours that are alike for one; the kernel may have
 * two.
 */
#include "question.h"

struct remap {
	uint64_t from, to, old_bytes, new_bytes, flags;
	bool placed;	       /* MREMAP_FIXED or MREMAP_DONTUNMAP: the new address is looked at */
	const struct vma *vma; /* that holds the first page; NULL: none */
};

static struct remap remap_of(const struct question *question)
{
	const uint64_t *arg = question->call->arg;
	struct remap remap = {.from = arg[0],
			      .to = arg[4],
			      .old_bytes = page_up(arg[1]),
			      .new_bytes = page_up(arg[2]),
			      .flags = arg[3] & 0xffffffff};

	remap.placed = remap.flags & (K_MREMAP_FIXED | K_MREMAP_DONTUNMAP);
	remap.vma = space_find(question->space, remap.from);
	if (remap.vma && remap.vma->kind == KIND_VSYSCALL)
		remap.vma = NULL;
	return remap;
}

/* Several mappings may move at once, each for itself: since 6.17, to a fixed place and in their size. */
static bool moves_many(const struct question *question, const struct remap *remap)
{
	return (remap->flags & K_MREMAP_FIXED) && remap->old_bytes == remap->new_bytes &&
	       kernel_since(question->space->commons->kernel, KERNEL(6, 17));
}

/* ---- arguments ---- */

enum why_answer test_remap_flags(const struct question *question, struct why_cause *cause)
{
	cause->at = remap_of(question).flags & ~(uint64_t)7;
	return answer_if(cause->at);
}

enum why_answer test_remap_length(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(!remap_of(question).new_bytes);
}

enum why_answer test_remap_beyond(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	cause->at = remap.placed ? remap.to : remap.from;
	return answer_if(remap.new_bytes > USER_END || (remap.placed && remap.to > USER_END - remap.new_bytes));
}

enum why_answer test_remap_new_unaligned(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	cause->at = remap.to;
	return answer_if(remap.placed && remap.to % PAGE_BYTES);
}

enum why_answer test_remap_may_move(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	(void)cause;
	return answer_if(remap.placed && !(remap.flags & K_MREMAP_MAYMOVE));
}

enum why_answer test_remap_dontunmap(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	(void)cause;
	return answer_if((remap.flags & K_MREMAP_DONTUNMAP) && remap.old_bytes != remap.new_bytes);
}

enum why_answer test_remap_overlap(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	cause->at = remap.to;
	return answer_if(remap.placed && ranges_overlap(remap.from, remap.from + remap.old_bytes, remap.to,
							remap.to + remap.new_bytes));
}

/* ---- the source ---- */

enum why_answer test_remap_unmapped(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	cause->at = page_down(remap.from);
	return answer_if(!remap.vma);
}

enum why_answer test_remap_huge(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	if (!remap.vma || !(remap.vma->flags & VMA_HUGETLB))
		return ANSWER_NO;
	cause_vma(question, cause, remap.vma);
	cause->at = remap.from;
	return answer_if(remap.from % HUGE_BYTES || (remap.placed && remap.to % HUGE_BYTES) ||
			 round_up_to(remap.new_bytes, HUGE_BYTES) > round_up_to(remap.old_bytes, HUGE_BYTES));
}

enum why_answer test_remap_private(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	if (!remap.vma || remap.old_bytes || remap.vma->shared)
		return ANSWER_NO;
	cause_vma(question, cause, remap.vma);
	return ANSWER_YES;
}

/* A mapping that a driver made: MREMAP_DONTUNMAP is EINVAL, growth is EFAULT. */
enum why_answer test_remap_special(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	bool special = remap.vma && (remap.vma->flags & (VMA_DONTEXPAND | VMA_SPECIAL));

	if (!special)
		return ANSWER_NO;
	cause_vma(question, cause, remap.vma);
	if (remap.flags & K_MREMAP_DONTUNMAP)
		return answer_if(question->err == EINVAL);
	return answer_if(question->err == EFAULT && remap.new_bytes > remap.old_bytes);
}

/* A shrinking in place does not look; one that moves as well looks at what is left. */
enum why_answer test_remap_crosses(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	uint64_t bytes = min_u64(remap.old_bytes, remap.new_bytes);

	if (remap.new_bytes > remap.old_bytes)
		bytes = remap.old_bytes;
	else if (!remap.placed)
		return ANSWER_NO;
	if (!remap.vma || moves_many(question, &remap))
		return ANSWER_NO;
	cause->vma = *remap.vma;
	cause->at = space_span(question->space, remap.vma).end;
	if (bytes > cause->at - remap.from)
		return ANSWER_YES;
	/* What one record made can be several mappings all the same. */
	return bytes > PAGE_BYTES ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_remap_offset(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	uint64_t page, pages = remap.new_bytes / PAGE_BYTES;

	if (!remap.vma || remap.new_bytes <= remap.old_bytes)
		return ANSWER_NO;
	cause->vma = *remap.vma;
	page = (remap.vma->offset + (remap.from - remap.vma->start)) / PAGE_BYTES;
	return answer_if(page + pages < page);
}

/* ---- the destination ---- */

/* Several mappings move one by one, each to what lies opposite it; what lies opposite a hole stays. */
static struct refusal stop_of_many(const struct question *question, const struct remap *remap)
{
	uint64_t end = remap->from + remap->old_bytes, distance = remap->to - remap->from;
	const struct vma *vma = remap->vma;
	struct refusal stop = {.reason = WHY_COUNT};

	for (; vma && vma->start < end && stop.reason == WHY_COUNT;
	     vma = vmaset_find(&question->space->set, vma->end)) {
		struct range piece = {max_u64(vma->start, remap->from), min_u64(vma->end, end)};

		if (vma->flags & VMA_SEALED)
			stop = (struct refusal){WHY_sealed, piece.start, vma};
		else
			stop = refuse_removal(question->space,
					      (struct range){piece.start + distance, piece.end + distance});
	}
	return stop;
}

/* What the new place would replace, or what a shrinking would unmap. */
enum why_answer test_remap_sealed_to(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	struct range gone = {remap.from + remap.new_bytes, remap.from + remap.old_bytes};
	struct refusal stop = {.reason = WHY_COUNT};

	if (moves_many(question, &remap))
		stop = stop_of_many(question, &remap);
	else if (remap.flags & K_MREMAP_FIXED)
		stop = refuse_removal(question->space, (struct range){remap.to, remap.to + remap.new_bytes});
	if (stop.reason == WHY_COUNT && remap.old_bytes > remap.new_bytes)
		stop = refuse_removal(question->space, gone);
	if (stop.reason != WHY_sealed)
		return ANSWER_NO;
	cause->at = stop.at;
	cause->vma = *stop.vma;
	return ANSWER_YES;
}

/* A length of 0, or one that wraps, lets the new place cover the old one: that goes first. */
enum why_answer test_remap_covered(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	cause->at = remap.from;
	return answer_if((remap.flags & K_MREMAP_FIXED) && remap.from >= remap.to &&
			 remap.from - remap.to < remap.new_bytes);
}

/* The part that is cut off reaches beyond what a process can have. */
enum why_answer test_remap_tail(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	uint64_t end = remap.from + remap.old_bytes;

	cause->at = remap.from + remap.new_bytes;
	return answer_if(remap.old_bytes > remap.new_bytes && (end < remap.from || end > USER_END));
}

/* Without MREMAP_MAYMOVE the pages behind must be free. */
enum why_answer test_remap_no_room(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);
	uint64_t old_end = remap.from + remap.old_bytes, new_end = remap.from + remap.new_bytes;
	const struct vma *next;

	if (!remap.vma || remap.new_bytes <= remap.old_bytes || remap.placed)
		return ANSWER_NO;
	cause->vma = *remap.vma;
	cause->at = old_end;
	if (remap.flags & K_MREMAP_MAYMOVE)
		return ANSWER_REMOTE;
	if (!remap.old_bytes)
		return ANSWER_YES;
	next = vmaset_find(&question->space->set, old_end);
	if (remap.vma->end > old_end || (next && next->start < new_end) || new_end > USER_END)
		return ANSWER_YES;
	return ANSWER_REMOTE;
}

/* A move of several mappings that one of them refuses; drivers and userfaultfd can. */
enum why_answer test_remap_refused(const struct question *question, struct why_cause *cause)
{
	struct remap remap = remap_of(question);

	if (!remap.vma)
		return ANSWER_NO;
	cause->at = remap.vma->end;
	return moves_many(question, &remap) && remap.from + remap.old_bytes > remap.vma->end ? ANSWER_MAYBE
											     : ANSWER_REMOTE;
}
