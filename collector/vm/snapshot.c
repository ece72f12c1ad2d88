/*
 * snapshot.c - bring the model to what the kernel listed, and tell how far it was off.
 *
 * A listing knows the state but not who set it; pages that agree keep their history.  Sample of a line and its flags:
 *   7f10aaf06000-7f10aaf16000 rw-p 00000000 00:00 0    VmFlags: rd wr mr mw me lo
 */
#include <string.h>

#include "state.h"

/* ---- one line of the listing as a VMA ---- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool ends(const char *text, const char *with)
{
	size_t length = strlen(text), tail = strlen(with);

	return length >= tail && !strcmp(text + length - tail, with);
}

/*
 * The shim, the ring (collector/live/session.c: DIRECTORY/pagetrail-8 LETTERS/20 LETTERS), and what the shim names so
 * in its own snapshots.  A directory called pagetrail-1.0 is nothing of ours.
 */
static bool is_tracers(const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567", mark[] = "pagetrail-";
	const char *name = strrchr(path, '/'), *dir;

	if (!name)
		return !strcmp(path, "[pagetrail]");
	if (begins(name, "/libpagetrail.so"))
		return true;
	if ((size_t)(name - path) < 9 + strlen(mark))
		return false;
	dir = name - 8 - strlen(mark);
	return dir[-1] == '/' && begins(dir, mark) && strspn(dir + strlen(mark), letters) == 8 &&
	       strspn(name + 1, letters) == 20;
}

/* The kernel's labels, and the names of its internal file systems, where files are deleted from the start. */
static enum vma_kind kind_of(const char *path)
{
	static const struct {
		const char *name;
		enum vma_kind kind;
	} label[] = {
		{ "[stack]", KIND_STACK }, { "[heap]", KIND_HEAP },	   { "[vdso]", KIND_VDSO },
		{ "[vvar]", KIND_VVAR },   { "[vvar_vclock]", KIND_VVAR }, { "[vsyscall]", KIND_VSYSCALL },
	}, deleted[] = {
		{ "/memfd:", KIND_MEMFD }, { "/SYSV", KIND_SHM }, { "/secretmem", KIND_SECRET },
		{ "/anon_hugepage", KIND_HUGETLB }, { "/dev/zero", KIND_ANON },
	};

	if (!path || begins(path, "[anon"))
		return KIND_ANON;
	for (size_t i = 0; i < sizeof label / sizeof *label; i++)
		if (!strcmp(path, label[i].name))
			return label[i].kind;
	if (is_tracers(path))
		return KIND_TRACER;
	for (size_t i = 0; i < sizeof deleted / sizeof *deleted; i++)
		if (begins(path, deleted[i].name) && ends(path, " (deleted)"))
			return deleted[i].kind;
	return path[0] == '[' ? KIND_ANON : KIND_FILE;
}

/* Does "rd wr mr" hold the word @two? */
static bool has_flag(const char *flags, const char two[3])
{
	const char *at = flags;

	while ((at = strstr(at, two))) {
		bool begins_word = at == flags || at[-1] == ' ';

		if (begins_word && (at[2] == ' ' || !at[2]))
			return true;
		at++;
	}
	return false;
}

static void read_flags(struct vma *vma, const char *flags)
{
	static const struct {
		char two[3];
		uint16_t flag, advice;
	} known[] = {
		{ "gd", VMA_GROWSDOWN, 0 },	{ "nr", VMA_NORESERVE, 0 },	{ "ht", VMA_HUGETLB, 0 },
		{ "dp", VMA_DROPPABLE, 0 },	{ "sf", VMA_SYNC, 0 },		{ "io", VMA_SPECIAL, 0 },
		{ "pf", VMA_SPECIAL, 0 },	{ "mm", VMA_SPECIAL, 0 },	{ "de", VMA_DONTEXPAND, 0 },
		{ "sl", VMA_SEALED, 0 },	{ "rr", 0, ADVICE_RANDOM },	{ "sr", 0, ADVICE_SEQUENTIAL },
		{ "dc", 0, ADVICE_DONTFORK },	{ "wf", 0, ADVICE_WIPEONFORK }, { "dd", 0, ADVICE_DONTDUMP },
		{ "hg", 0, ADVICE_HUGEPAGE },	{ "nh", 0, ADVICE_NOHUGEPAGE }, { "mg", 0, ADVICE_MERGEABLE },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!has_flag(flags, known[i].two))
			continue;
		vma->flags |= known[i].flag;
		vma->advice |= known[i].advice;
	}
	vma->ceiling = (has_flag(flags, "mr") ? PROT_BIT_READ : 0) | (has_flag(flags, "mw") ? PROT_BIT_WRITE : 0) |
		       (has_flag(flags, "me") ? PROT_BIT_EXEC : 0);
	if (has_flag(flags, "lo"))
		vma->lock = has_flag(flags, "lf") ? VMA_LOCKED_ONFAULT : VMA_LOCKED;
}

/* What follows from the kind alone, where the listing has no flags. */
static void assume_flags(struct vma *vma)
{
	vma->ceiling = PROT_BIT_READ | PROT_BIT_WRITE | PROT_BIT_EXEC;
	switch (vma->kind) {
	case KIND_STACK:
		vma->flags = VMA_GROWSDOWN;
		break;
	case KIND_VDSO:
		vma->flags = VMA_DONTEXPAND;
		break;
	case KIND_VVAR:
		vma->ceiling = PROT_BIT_READ;
		vma->flags = VMA_SPECIAL | VMA_DONTEXPAND;
		vma->advice = ADVICE_DONTDUMP;
		break;
	case KIND_VSYSCALL:
		vma->ceiling = 0;
		break;
	case KIND_HUGETLB:
		vma->flags = VMA_HUGETLB | VMA_DONTEXPAND;
		break;
	case KIND_SECRET:
		vma->ceiling = PROT_BIT_READ | PROT_BIT_WRITE;
		vma->lock = VMA_LOCKED;
		vma->advice = ADVICE_DONTDUMP;
		break;
	}
}

/*
 * prctl(PR_SET_MEMORY_MERGE) lasts over exec: all that is mapped then is mergeable, but for the stack, which is made
 * before.  ksm_execve(), mm/ksm.c; by experiment.
 */
static void assume_mergeable(const struct space *space, struct vma *vma)
{
	if (space->merge_any && vma->kind != KIND_STACK && vma_is_mergeable(vma))
		vma->advice |= ADVICE_MERGEABLE;
}

struct vma vma_listed(const struct snapshot_range *range)
{
	struct vma vma = {
		.start = range->start,
		.end = range->end,
		.prot = (range->perms[0] == 'r' ? PROT_BIT_READ : 0) | (range->perms[1] == 'w' ? PROT_BIT_WRITE : 0) |
			(range->perms[2] == 'x' ? PROT_BIT_EXEC : 0),
		.shared = range->perms[3] == 's',
		.kind = kind_of(range->path),
		.dev = range->dev,
		.ino = range->ino,
		.offset = range->offset,
	};

	if (vma.kind == KIND_SHM)
		vma.dev = 0;
	/* copy_vma(), mm/vma.c: moved before it was touched, it has its address for an offset */
	if (!vma.shared && range->path && !strcmp(range->path, "/dev/zero"))
		vma.flags |= VMA_ZERO;
	if (!vma_has_offset(&vma))
		vma.offset = 0;
	if (range->vmflags)
		read_flags(&vma, range->vmflags);
	else
		assume_flags(&vma);
	return vma;
}

/* Labels are no names: only objects have paths. */
static struct vma listed_vma(struct space *space, const struct record_snapshot *snapshot, size_t index)
{
	const struct snapshot_range *range = &snapshot->range[index];
	struct vma vma = vma_listed(range);

	if (range->path && range->path[0] == '/')
		vma.path = strings_intern(&space->commons->strings, range->path);
	if (snapshot->known && snapshot->known[index].kind)
		vma_known(space, &vma, range, &snapshot->known[index]);
	return vma;
}

/* ---- comparing ---- */

/* Which labelled kinds are one kind of memory: the kernel moves the labels about. */
static unsigned substance(const struct vma *vma)
{
	return vma_is_plain(vma) ? KIND_ANON : vma->kind;
}

/*
 * On btrfs and overlayfs the device or inode in maps is not the one stat(2) gives, so the path will do.
 */
static bool same_file(const struct vma *have, const struct vma *seen)
{
	return have->ino == seen->ino || (have->path && have->path == seen->path) ||
	       (!have->ino && have->kind == KIND_FILE && seen->kind != KIND_ANON);
}

/*
 * Is what is listed the object the model has?  Numbers of the model's own stand for those of the kernel, once seen
 * always for the same.
 */
static bool same_object(const struct space *space, const struct vma *have, const struct vma *seen)
{
	bool same = identities_numbered(have) ? identities_agree(&space->commons->identities, have, seen)
					      : same_file(have, seen);

	if (have->shared != seen->shared || (seen->flags & ~have->flags & VMA_ZERO))
		return false;
	/* the call saw the device; a listing has the name it was opened by */
	if (have->flags & VMA_ZERO)
		return (seen->flags & VMA_ZERO) || same;
	if (have->kind == KIND_TRACER && vma_is_plain(seen))
		return !have->ino; /* only the shim's own snapshots name its anonymous pages */
	if (substance(have) != substance(seen))
		return have->kind == KIND_FILE && same && have->offset == seen->offset;
	if (!vma_has_offset(seen))
		return true;
	return same && have->offset == seen->offset;
}

/* What the pages are to be: the listing where it speaks, else what is known; @have NULL: nothing is. */
static struct vma agreed(struct space *space, const struct vma *have, const struct vma *seen, bool with_flags,
			 uint64_t seq)
{
	struct identities *identities = &space->commons->identities;
	struct vma want = *seen;

	vma_made_by(&want, seq);
	if (!have || !same_object(space, have, seen)) {
		identities_reveal(identities, seq);
		return want;
	}
	if (identities_numbered(have))
		identities_link(identities, have, seen);
	want.by = have->by;
	want.flags |= have->flags & (VMA_GUARD | VMA_ZERO);
	if (want.flags & VMA_ZERO)
		want.offset = 0;
	want.dev = have->ino ? have->dev : seen->dev;
	want.ino = have->ino ? have->ino : seen->ino;
	want.path = have->path ? have->path : seen->path;
	if ((vma_is_plain(have) || have->kind == KIND_TRACER) && seen->kind == KIND_ANON)
		want.kind = have->kind;
	if (!with_flags && have->prot == seen->prot) {
		want.ceiling = have->ceiling;
		want.lock = have->lock;
		want.advice = have->advice;
		want.flags = have->flags;
	}
	if (want.prot != have->prot)
		want.by.prot = seq;
	if (want.lock != have->lock)
		want.by.lock = seq;
	if (want.advice != have->advice)
		want.by.advice = seq;
	return want;
}

/* Do the pages differ in state, names and numbers aside? */
static bool differs(const struct vma *have, const struct vma *want)
{
	return want->by.map != have->by.map || want->prot != have->prot || want->ceiling != have->ceiling ||
	       want->lock != have->lock || want->advice != have->advice || want->flags != have->flags;
}

/* ---- applying ---- */

/* Pages the model holds and nobody listed. */
static uint64_t take_away(struct change *change, uint64_t start, uint64_t end)
{
	const struct vma *vma = vmaset_find(&change->space->set, start);
	uint64_t bytes = 0;

	for (; vma && vma->start < end; vma = vmaset_after(&change->space->set, vma, end))
		bytes += min_u64(vma->end, end) - max_u64(vma->start, start);
	if (bytes)
		edit_unmap(change, start, end);
	return bytes;
}

static uint64_t compare(struct change *change, const struct vma *have, const struct vma *seen, bool with_flags)
{
	struct vma want = agreed(change->space, have, seen, with_flags, change->seq);
	bool different = differs(have, &want);

	if (different || !vma_same_facts(have, &want))
		edit_map(change, &want);
	return different ? want.end - want.start : 0;
}

/* A stack that grew by page faults is no contradiction: the new pages share the history of the old. */
static bool has_grown(const struct vma *above, const struct vma *seen, uint64_t end)
{
	return above && above->start == end && end < seen->end && vma_is_plain(above) && vma_is_plain(seen) &&
	       (above->flags & VMA_GROWSDOWN) && above->prot == seen->prot;
}

static uint64_t add_new(struct change *change, const struct vma *seen, uint64_t start, uint64_t end, bool with_flags)
{
	const struct vma *above = vmaset_find(&change->space->set, start);
	struct vma piece = vma_clip(seen, start, end);

	if (has_grown(above, seen, end)) {
		struct vma grown = *above;

		grown.start = start;
		grown.end = end;
		edit_map(change, &grown);
		return compare(change, &grown, &piece, with_flags);
	}
	piece = agreed(change->space, NULL, &piece, true, change->seq);
	if (!with_flags)
		assume_mergeable(change->space, &piece);
	edit_map(change, &piece);
	return end - start;
}

/* One listed VMA against whatever the model has there. */
static uint64_t take_listed(struct change *change, const struct vma *seen, bool with_flags)
{
	uint64_t at = seen->start, bytes = 0;

	while (at < seen->end) {
		const struct vma *vma = vmaset_find(&change->space->set, at);
		uint64_t hole_end = vma ? min_u64(vma->start, seen->end) : seen->end;

		if (at < hole_end) {
			bytes += add_new(change, seen, at, hole_end, with_flags);
			at = hole_end;
		} else {
			struct vma have = vma_clip(vma, at, seen->end), part = vma_clip(seen, have.start, have.end);

			bytes += compare(change, &have, &part, with_flags);
			at = have.end;
		}
	}
	return bytes;
}

static void note_heap(struct space *space, const struct vma *seen)
{
	if (seen->kind == KIND_HEAP)
		space->heap_low = min_u64(space->heap_low, seen->start);
}

uint64_t space_snapshot(struct space *space, const struct record *record, uint64_t seq, delta_fn *changed, void *arg)
{
	const struct record_snapshot *snapshot = &record->snapshot;
	struct change change = { space, record, NULL, seq, changed, arg, { 0 } };
	uint64_t at = page_down(snapshot->from), to = page_down(snapshot->to), bytes = 0;

	for (size_t i = 0; i < snapshot->count && at < to; i++) {
		const struct snapshot_range *range = &snapshot->range[i];
		struct vma seen;

		/* Only what lies in order and inside the part it speaks for. */
		if (!range_sane(range->start, range->end - range->start) || range->end <= at || range->start >= to)
			continue;
		seen = listed_vma(space, snapshot, i);
		note_heap(space, &seen);
		seen = vma_clip(&seen, at, to);
		bytes += take_away(&change, at, seen.start);
		bytes += take_listed(&change, &seen, range->vmflags);
		at = seen.end;
	}
	if (at < to)
		bytes += take_away(&change, at, to);
	if (snapshot->last && snapshot->has_vmlck)
		space_set_vmlck(space, snapshot->vmlck_bytes);
	space_settle(space);
	return bytes / PAGE_BYTES;
}
