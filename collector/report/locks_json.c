/* locks_json.c - the ledger of locks for programs. */
#include "../vm/range.h"
#include "frame.h"
#include "jout.h"
#include "lockbook.h"
#include "statement.h"

static void side_json(const struct locks *locks, struct jout *json, const char *key, const struct lock_side *side)
{
	const struct symbol_frame *caller = symbols_caller(locks->asked.symbols, side->stack);

	jout_object(json, key);
	jout_seq(json, "seq", side->seq);
	jout_number(json, "t", side->t_ns);
	jout_string(json, "what", side->what);
	if (caller)
		frame_json(json, "caller", caller);
	jout_end(json);
}

/* All of memory, as mlockall asks, is null. */
static void asked_json(struct jout *json, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		jout_null(json, "asked_bytes");
	else
		jout_number(json, "asked_bytes", bytes);
}

static void holder_json(const struct locks *locks, struct jout *json, const struct lock_request *request)
{
	const struct lock_side side = { request->seq, request->t_ns,
					request->call < CALL_COUNT ? call_table[request->call].name : "snapshot",
					request->stack };

	jout_object(json, NULL);
	side_json(locks, json, "asked_by", &side);
	jout_string(json, "how", lock_how_name(request->how));
	if (request->bytes != UINT64_MAX)
		jout_hex(json, "addr", request->addr);
	asked_json(json, request->bytes);
	jout_number(json, "pages", request->pages);
	jout_number(json, "held_pages", request->held);
	jout_bool(json, "onfault", request->onfault);
	jout_bool(json, "failed", request->failed);
	jout_number(json, "count", request->count);
	jout_seq(json, "last_seq", request->last_seq);
	if (request->how == LOCK_HOW_FUTURE)
		jout_seq(json, "because", request->because);
	jout_end(json);
}

static void runs_json(const struct locks *locks, struct jout *json, const struct lock_process *process)
{
	struct lock_runs runs = lock_runs_of(locks, process);

	jout_array(json, "runs");
	for (size_t i = 0; i < runs.count; i++) {
		const struct lock_run *run = &runs.run[i];

		jout_line(json);
		jout_object(json, NULL);
		jout_hex(json, "start", run->start);
		jout_hex(json, "end", run->end);
		jout_number(json, "pages", (run->end - run->start) / PAGE_BYTES);
		jout_array(json, "holders");
		for (size_t j = 0; j < run->holders; j++)
			holder_json(locks, json, run->holder[j]);
		jout_end(json);
		jout_end(json);
	}
	jout_end(json);
	lock_runs_free(&runs);
}

static void ended_json(const struct locks *locks, struct jout *json, const struct lock_ended *ended)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_hex(json, "start", ended->start);
	jout_number(json, "pages", ended->pages);
	asked_json(json, ended->bytes);
	side_json(locks, json, "asked_by", &ended->asked);
	side_json(locks, json, "ended_by", &ended->end);
	jout_string(json, "how", lock_end_name(ended->how));
	jout_number(json, "count", ended->count);
	jout_seq(json, "last_seq", ended->last_seq);
	jout_number(json, "longest_ns", ended->longest_ns);
	if (ended->elsewhere.pid) {
		jout_object(json, "still_held");
		jout_signed(json, "pid", ended->elsewhere.pid);
		jout_hex(json, "addr", ended->elsewhere.addr);
		jout_seq(json, "lock", ended->elsewhere.set_by);
		jout_end(json);
	}
	jout_end(json);
}

static void peak_json(const struct locks *locks, struct jout *json, const struct lock_process *process)
{
	jout_number(json, "locked", process->now);
	jout_object(json, "peak");
	jout_number(json, "bytes", process->peak);
	jout_seq(json, "seq", process->peak_seq);
	jout_number(json, "t", process->peak_ns);
	if (process->limits.known) {
		jout_limit(json, "limit", process->limits.memlock);
		jout_bool(json, "cap_ipc_lock", process->limits.cap_ipc_lock);
	}
	jout_end(json);
	jout_array(json, "over_time");
	for (size_t i = 0; i < LOCKS_MOMENTS; i++) {
		if (!process->over_time[i])
			continue;
		jout_object(json, NULL);
		jout_number(json, "t", (uint64_t)((double)i / LOCKS_MOMENTS * (double)locks->asked.survey->last_ns));
		jout_number(json, "bytes", process->over_time[i] == 1 ? 0 : process->over_time[i]);
		jout_end(json);
	}
	jout_end(json);
}

static void process_json(const struct locks *locks, struct jout *json, const struct lock_process *process)
{
	jout_line(json);
	jout_object(json, NULL);
	jout_signed(json, "pid", process->pid);
	jout_string(json, "exe", process->exe);
	peak_json(locks, json, process);
	runs_json(locks, json, process);
	jout_array(json, "ended");
	for (const struct lock_ended *ended = process->ended; ended; ended = ended->next)
		ended_json(locks, json, ended);
	jout_end(json);
	jout_number(json, "forks", process->forks);
	jout_array(json, "forked");
	for (uint64_t i = 0; i < process->forks && i < LOCKS_FORKS; i++) {
		jout_object(json, NULL);
		jout_signed(json, "pid", process->forked[i].pid);
		jout_seq(json, "seq", process->forked[i].seq);
		jout_number(json, "lost_pages", process->forked[i].pages);
		jout_end(json);
	}
	jout_end(json);
	jout_end(json);
}

static void segments_json(const struct locks *locks, struct jout *json)
{
	jout_line(json);
	jout_array(json, "segments");
	for (size_t i = 0; i < locks->segments; i++) {
		const struct lock_segment *segment = &locks->segment[i];

		jout_object(json, NULL);
		jout_number(json, "shmid", segment->shmid);
		jout_number(json, "bytes", segment->bytes);
		jout_signed(json, "pid", segment->pid);
		side_json(locks, json, "asked_by", &segment->asked);
		if (segment->end.seq)
			side_json(locks, json, "ended_by", &segment->end);
		jout_end(json);
	}
	jout_end(json);
}

static void refused_json(const struct locks *locks, struct jout *json)
{
	struct finding *const *finding;
	size_t count;

	jout_line(json);
	jout_array(json, "refused");
	finding = audit_findings(locks->audit, &count);
	for (size_t i = 0; i < count; i++) {
		const struct audit_call *about = &finding[i]->about;
		struct lock_side side = { about->seq, about->t_ns, NULL, about->stack };

		if (finding[i]->rule != RULE_lock_refused)
			continue;
		side.what = call_table[about->call].name;
		jout_object(json, NULL);
		jout_signed(json, "pid", about->pid);
		side_json(locks, json, "asked_by", &side);
		jout_string(json, "reason", finding[i]->what);
		jout_number(json, "pages", finding[i]->pages);
		jout_number(json, "count", finding[i]->count);
		jout_seq(json, "last_seq", finding[i]->last_seq);
		jout_end(json);
	}
	jout_end(json);
}

void locks_json(struct locks *locks)
{
	struct jout json = { .out = locks->asked.view->out };

	jout_object(&json, NULL);
	jout_number(&json, "at", locks->asked.when->seq);
	statement_json(&json, &locks->asked.survey->coverage);
	jout_array(&json, "processes");
	for (size_t i = 0; i < locks->processes; i++)
		if (lock_process_is_shown(locks, locks->process[i]))
			process_json(locks, &json, locks->process[i]);
	jout_end(&json);
	segments_json(locks, &json);
	refused_json(locks, &json);
	jout_end(&json);
	jout_line(&json);
}
