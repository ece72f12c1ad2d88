#include "residency.h"

#include "range.h"

bool resident_run(const struct record *record, uint64_t page_bytes, struct resident_run *run)
{
	const struct record_call *call = &record->call;
	uint64_t bytes;

	if (call->call != CALL_mincore || !(call->has & HAS_RUNS))
		return false;
	run->start = run->next ? run->end : call->arg[0];
	while (run->next < call->run_count && !call->run[run->next])
		run->next++;
	if (run->next >= call->run_count || __builtin_mul_overflow(call->run[run->next], page_bytes, &bytes))
		return false;
	run->resident = run->next++ % 2;
	return !__builtin_add_overflow(run->start, bytes, &run->end);
}

static void tell(uint64_t from, uint64_t to, uint64_t start, uint64_t end, absent_fn *fn, void *arg)
{
	from = max_u64(from, start);
	to = min_u64(to, end);
	if (from < to)
		fn(arg, from, to);
}

/* What is between the ranges; the first that can matter is searched for, as samples are long and mappings many. */
static void sample_absent(const struct record_residency *sample, uint64_t start, uint64_t end, absent_fn *fn, void *arg)
{
	size_t low = 0, high = sample->count;
	uint64_t at;

	start = max_u64(start, sample->from);
	end = min_u64(end, sample->to);
	at = start;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sample->range[middle].start + sample->range[middle].pages * PAGE_BYTES <= start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < sample->count && sample->range[low].start < end; low++) {
		tell(at, sample->range[low].start, start, end, fn, arg);
		at = sample->range[low].start + sample->range[low].pages * PAGE_BYTES;
	}
	tell(at, end, start, end, fn, arg);
}

void absent_each(const struct record *record, uint64_t start, uint64_t end, absent_fn *fn, void *arg)
{
	struct resident_run run = { 0 };

	if (record->type == RECORD_RESIDENCY && !record->residency.unread) {
		sample_absent(&record->residency, start, end, fn, arg);
		return;
	}
	while (record->type == RECORD_CALL && resident_run(record, PAGE_BYTES, &run))
		if (!run.resident)
			tell(run.start, run.end, start, end, fn, arg);
}
