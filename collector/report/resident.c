#include "resident.h"

#define PAGE_SHIFT 12

static enum resident sampled(const struct record_residency *sample, uint64_t page_bytes, uint64_t address)
{
	if (sample->unread || address < sample->from || address >= sample->to)
		return RESIDENT_UNKNOWN;
	for (size_t i = 0; i < sample->count && sample->range[i].start <= address; i++)
		if ((address - sample->range[i].start) / page_bytes < sample->range[i].pages)
			return sample->range[i].swapped ? RESIDENT_SWAPPED : RESIDENT_YES;
	return RESIDENT_NO;
}

enum resident resident_page(const struct record *record, uint64_t page_bytes, uint64_t address)
{
	struct resident_run run = { 0 };

	if (record->type == RECORD_RESIDENCY)
		return sampled(&record->residency, page_bytes, address);
	if (record->type != RECORD_CALL)
		return RESIDENT_UNKNOWN;
	while (resident_run(record, page_bytes, &run))
		if (run.start <= address && address < run.end)
			return run.resident ? RESIDENT_YES : RESIDENT_NO;
	return RESIDENT_UNKNOWN;
}

void resident_text(struct text *text, const struct record_call *call)
{
	uint64_t pages = (call->arg[1] + (1u << PAGE_SHIFT) - 1) >> PAGE_SHIFT;

	if (!(call->has & HAS_RESIDENT))
		return;
	text_count(text, call->resident);
	text_put(text, " of ");
	text_count(text, pages);
	text_put(text, pages == 1 ? " page resident" : " pages resident");
}

void resident_json(struct jout *json, const struct record_call *call)
{
	if (call->has & HAS_RESIDENT)
		jout_number(json, "resident", call->resident);
	if (!(call->has & HAS_RUNS))
		return;
	jout_array(json, "resident_runs");
	for (size_t i = 0; i < call->run_count; i++)
		jout_number(json, NULL, call->run[i]);
	jout_end(json);
}
