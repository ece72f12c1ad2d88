#include "residency.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "intake.h"
#include "pagemap.h"
#include "proc.h"

/* One sample on its way into the log. */
struct sample {
	struct recorder *recorder;
	const struct verify_waiting *waiting;
	struct line *line;	/* of the part being written */
	uint32_t part;
	size_t runs;		/* in that part */
	uint64_t from;		/* where it begins */
	struct pagemap_run run;	/* not written yet, as more of it may come; end 0: none */
	bool full;		/* no more parts */
};

static void begin_part(struct sample *sample, uint64_t from)
{
	line_clear(sample->line);
	line_bytes(sample->line, sample->waiting->text, sample->waiting->length);
	line_add(sample->line, ",\"part\":%" PRIu32 ",\"from\":\"0x%" PRIx64 "\",\"resident\":[", sample->part, from);
	sample->from = from;
	sample->runs = 0;
}

static void end_part(struct sample *sample, uint64_t to, bool last)
{
	line_add(sample->line, "],\"to\":\"0x%" PRIx64 "\",\"last\":%s%s", to, last ? "true" : "false",
		 sample->full ? ",\"cut\":true" : "");
	journal_put(sample->recorder->journal, RECORD_RESIDENCY, sample->line->at, sample->line->length);
	sample->part++;
}

static void write_run(struct sample *sample)
{
	const struct pagemap_run *run = &sample->run;

	if (!run->end)
		return;
	line_add(sample->line, "%s[\"0x%" PRIx64 "\",%" PRIu64 "%s]", sample->runs ? "," : "", run->start,
		 (run->end - run->start) / PAGE_BYTES, run->swapped ? ",\"swapped\"" : "");
	sample->runs++;
}

/* The next run goes into a new part. Return: whether there may be one more. */
static bool turn_over(struct sample *sample, uint64_t at)
{
	if (sample->runs < RESIDENCY_PART_RUNS)
		return true;
	sample->full = sample->part + 1 == RESIDENCY_PARTS;
	end_part(sample, at, sample->full);
	if (!sample->full)
		begin_part(sample, at);
	return !sample->full;
}

/* Pieces of one run are one. */
static bool take_run(void *arg, const struct pagemap_run *run)
{
	struct sample *sample = arg;

	if (sample->run.end == run->start && sample->run.swapped == run->swapped) {
		sample->run.end = run->end;
		return true;
	}
	write_run(sample);
	sample->run = (struct pagemap_run){ 0 };
	if (!turn_over(sample, run->start))
		return false;
	sample->run = *run;
	return true;
}

/* Return: up to where the sample speaks, short of the end where a mapping could not be read. */
static uint64_t walk(struct sample *sample, struct pagemap *pagemap, const struct space *space)
{
	const struct vma *vma = space_next(space, 0);

	for (; vma && !sample->full; vma = space_next(space, vma->end))
		if (vma_is_sampled(vma) && vma->end <= USER_END &&
		    pagemap_walk(pagemap, vma->start, vma->end, take_run, sample))
			return sample->run.end > vma->start ? sample->run.end : vma->start;
	return USER_END;
}

/* A part that says why there is nothing. */
static void write_unread(struct sample *sample, int rc)
{
	begin_part(sample, 0);
	line_add(sample->line, "],\"to\":\"0x0\",\"last\":true,\"unread\":\"%s\"",
		 strerrorname_np(-rc) ? strerrorname_np(-rc) : "EIO");
	journal_put(sample->recorder->journal, RECORD_RESIDENCY, sample->line->at, sample->line->length);
}

/* A pid of another namespace is somebody else here: only one of ours has the ring mapped. */
static int open_ours(struct recorder *recorder, int32_t id, struct pagemap *pagemap)
{
	pagemap->fd = -1;
	if (proc_maps(id, recorder->session->path) <= 0)
		return -ESRCH;
	return pagemap_open(pagemap, id);
}

void residency_take(struct recorder *recorder, const struct verify_waiting *waiting)
{
	const struct process *process = world_process(recorder->world, waiting->pid);
	struct sample sample = { .recorder = recorder, .waiting = waiting, .line = &recorder->verify.line };
	int32_t id = waiting->tid > 0 ? waiting->tid : waiting->pid;
	struct pagemap pagemap = { .fd = -1 };
	int rc = process && process->space ? open_ours(recorder, id, &pagemap) : -ESRCH;
	uint64_t to;

	if (rc) {
		write_unread(&sample, rc);
		return;
	}
	begin_part(&sample, 0);
	to = walk(&sample, &pagemap, process->space);
	pagemap_close(&pagemap);
	if (sample.full)
		return;
	write_run(&sample);
	sample.full = to < USER_END;
	end_part(&sample, to, true);
}
