#include "snapshot.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/alloc.h"
#include "smaps.h"

/* ---- one VMA ---- */

/* A VMA reaches over the edge of the range asked for: only the inside is spoken of. */
static void clip(struct smaps_vma *vma, uint64_t from, uint64_t to)
{
	if (vma->start < from) {
		vma->offset += from - vma->start;
		vma->start = from;
	}
	if (vma->end > to)
		vma->end = to;
}

static void add_quoted(struct line *line, const char *text, size_t length)
{
	char *copy = alloc_copy(text, length);

	line_quoted(line, copy);
	free(copy);
}

static void add_vma(struct line *line, const struct smaps_vma *vma)
{
	line_add(line, "{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",\"perms\":\"%s\"", vma->start, vma->end,
		 vma->perms);
	if (vma->ino || vma->dev) /* a System V segment's inode is its number, which can be 0 */
		line_add(line, ",\"offset\":%" PRIu64 ",\"dev\":%" PRIu64 ",\"ino\":%" PRIu64, vma->offset, vma->dev,
			 vma->ino);
	if (vma->path_length) {
		line_add(line, ",\"path\":");
		add_quoted(line, vma->path, vma->path_length);
	}
	if (vma->flags) {
		line_add(line, ",\"vmflags\":");
		add_quoted(line, vma->flags, vma->flags_length);
	}
	line_add(line, "}");
}

/* ---- parts ---- */

/* A snapshot being put together. */
struct maker {
	struct snapshot snapshot;
	struct line ranges;	/* of the part at hand */
	size_t count;		/* of them */
	const struct snapshot_about *about;
	int32_t tid;		/* who read it, 0: not one of the process's threads */
	uint64_t from;		/* where the part at hand begins */
};

static void finish_part(struct maker *maker, uint64_t to, bool last)
{
	struct snapshot *snapshot = &maker->snapshot;
	struct line line = { 0 };

	line_add(&line, ",\"pid\":%" PRId32, maker->about->pid);
	if (maker->tid)
		line_add(&line, ",\"tid\":%" PRId32, maker->tid);
	line_add(&line, ",\"t\":%" PRIu64 ",\"why\":\"%s\",\"part\":%zu,\"last\":%s",
		 snapshot->end_ns, maker->about->why, snapshot->parts, last ? "true" : "false");
	line_add(&line, ",\"from\":\"0x%" PRIx64 "\",\"to\":\"0x%" PRIx64 "\",\"ranges\":[", maker->from, to);
	line_bytes(&line, maker->ranges.at, maker->ranges.length);
	line_add(&line, "]");
	if (last && maker->about->has_vmlck)
		line_add(&line, ",\"vmlck\":%" PRIu64, maker->about->vmlck_bytes);
	snapshot->part = alloc_resize(snapshot->part, snapshot->parts + 1, sizeof(*snapshot->part));
	snapshot->part[snapshot->parts++] = line;
	line_clear(&maker->ranges);
	maker->count = 0;
	maker->from = to;
}

/* @reached: a VMA that grew while the list was read may be listed twice. */
static void take_vma(struct maker *maker, struct smaps_vma vma, uint64_t *reached)
{
	if (vma.end <= *reached || vma.start >= maker->about->to)
		return;
	clip(&vma, *reached, maker->about->to);
	*reached = vma.end;
	line_add(&maker->ranges, "%s", maker->count ? "," : "");
	add_vma(&maker->ranges, &vma);
	if (++maker->count == SNAPSHOT_PART_RANGES)
		finish_part(maker, vma.end, false);
}

static struct snapshot finish(struct maker *maker)
{
	finish_part(maker, maker->about->to, true);
	line_free(&maker->ranges);
	return maker->snapshot;
}

struct snapshot snapshot_make(const struct line *smaps, const struct snapshot_about *about)
{
	struct maker maker = {.snapshot = {.end_ns = about->end_ns}, .about = about, .from = about->from};
	uint64_t reached = about->from;
	const char *at = smaps->at;
	struct smaps_vma vma;

	while (smaps_next(&at, &vma))
		take_vma(&maker, vma, &reached);
	return finish(&maker);
}

struct snapshot snapshot_vmlck(const struct snapshot_about *about)
{
	const struct snapshot_about alone = {.pid = about->pid,
					     .why = about->why,
					     .end_ns = about->end_ns,
					     .has_vmlck = true,
					     .vmlck_bytes = about->vmlck_bytes};
	struct maker maker = {.snapshot = {.end_ns = alone.end_ns}, .about = &alone};

	return finish(&maker);
}

/* ---- the model's own ---- */

/* As show_smap_vma_flags() prints them, fs/proc/task_mmu.c; vm/snapshot.c reads them back. */
static void add_letters(struct line *line, const struct vma *vma)
{
	static const char *const advice[] = { "rr", "sr", "dc", "wf", "dd", "hg", "nh", "mg" };
	static const struct {
		uint16_t flag;
		const char *letters;
	} flag[] = {
		{ VMA_GROWSDOWN, "gd" }, { VMA_NORESERVE, "nr" }, { VMA_HUGETLB, "ht" }, { VMA_DROPPABLE, "dp" },
		{ VMA_SYNC, "sf" }, { VMA_SPECIAL, "io" }, { VMA_DONTEXPAND, "de" }, { VMA_SEALED, "sl" },
	};

	line_add(line, "%s%s%s%s", vma->prot & PROT_BIT_READ ? " rd" : "", vma->prot & PROT_BIT_WRITE ? " wr" : "",
		 vma->prot & PROT_BIT_EXEC ? " ex" : "", vma->shared ? " sh" : "");
	line_add(line, "%s%s%s", vma->ceiling & PROT_BIT_READ ? " mr" : "", vma->ceiling & PROT_BIT_WRITE ? " mw" : "",
		 vma->ceiling & PROT_BIT_EXEC ? " me" : "");
	line_add(line, "%s%s", vma->lock ? " lo" : "", vma->lock == VMA_LOCKED_ONFAULT ? " lf" : "");
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		line_add(line, "%s%s", vma->advice >> i & 1 ? " " : "", vma->advice >> i & 1 ? advice[i] : "");
	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
		line_add(line, "%s%s", vma->flags & flag[i].flag ? " " : "", vma->flags & flag[i].flag ? flag[i].letters : "");
}

static void add_object(struct line *line, const struct space *space, const struct vma *vma)
{
	const char *path = space_path(space, vma->path);
	uint64_t dev, ino;

	if (vma_has_offset(vma) || vma->ino || vma->dev)
		line_add(line, ",\"offset\":%" PRIu64 ",\"dev\":%" PRIu32 ",\"ino\":%" PRIu64,
			 vma_has_offset(vma) ? vma->offset : 0, vma->dev, vma->ino);
	if (path) {
		line_add(line, ",\"path\":");
		line_quoted(line, path);
	}
	if (space_listed(space, vma, &dev, &ino))
		line_add(line, ",\"listed\":[%" PRIu64 ",%" PRIu64 "]", dev, ino);
}

static void add_model_vma(struct line *line, const struct space *space, const struct vma *vma)
{
	struct line letters = { 0 };
	char perms[5];

	vma_perms(vma, perms);
	add_letters(&letters, vma);
	line_add(line, "{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",\"perms\":\"%s\"", vma->start, vma->end,
		 perms);
	add_object(line, space, vma);
	line_add(line, ",\"vmflags\":\"");
	if (letters.length)
		line_bytes(line, letters.at + 1, letters.length - 1);
	line_add(line, "\",\"kind\":\"%s\"%s%s}", vma_kind_name(vma->kind), vma->flags & VMA_GUARD ? ",\"guard\":true" : "",
		 vma->flags & VMA_ZERO ? ",\"zero\":true" : "");
	line_free(&letters);
}

struct snapshot snapshot_model(const struct space *space, const struct snapshot_about *about)
{
	const struct snapshot_about whole = {
		.pid = about->pid,
		.why = about->why,
		.to = UINT64_MAX,
		.end_ns = about->end_ns,
		.has_vmlck = true,
		.vmlck_bytes = space_totals(space).vmlck,
	};
	struct maker maker = {.snapshot = {.end_ns = whole.end_ns}, .about = &whole};
	const struct vma *vma = space_next(space, 0);

	for (; vma; vma = space_next(space, vma->end)) {
		line_add(&maker.ranges, "%s", maker.count ? "," : "");
		add_model_vma(&maker.ranges, space, vma);
		if (++maker.count == SNAPSHOT_PART_RANGES)
			finish_part(&maker, vma->end, false);
	}
	return finish(&maker);
}

/* ---- pieces of a record ---- */

static struct smaps_vma as_listed(const struct snapshot_range *range)
{
	struct smaps_vma vma = {
		.start = range->start,
		.end = range->end,
		.offset = range->offset,
		.dev = range->dev,
		.ino = range->ino,
		.path = range->path,
		.path_length = range->path ? strlen(range->path) : 0,
		.flags = range->vmflags,
		.flags_length = range->vmflags ? strlen(range->vmflags) : 0,
	};

	memcpy(vma.perms, range->perms, sizeof(vma.perms));
	return vma;
}

struct snapshot snapshot_piece(const struct record *record, uint64_t from, uint64_t to, bool vmlck)
{
	const struct record_snapshot *listed = &record->snapshot;
	const struct snapshot_about about = {
		.pid = record->pid,
		.why = listed->why,
		.from = from,
		.to = to,
		.end_ns = record->t_ns,
		.has_vmlck = vmlck && listed->has_vmlck,
		.vmlck_bytes = listed->vmlck_bytes,
	};
	struct maker maker = {.snapshot = {.end_ns = about.end_ns}, .about = &about, .tid = record->tid, .from = from};
	uint64_t reached = from;

	for (size_t i = 0; i < listed->count; i++)
		take_vma(&maker, as_listed(&listed->range[i]), &reached);
	return finish(&maker);
}

void snapshot_free(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->parts; i++)
		line_free(&snapshot->part[i]);
	free(snapshot->part);
	memset(snapshot, 0, sizeof(*snapshot));
}
