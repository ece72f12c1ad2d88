/* locks_text.c - the ledger of locks for people. */
#include "../audit/words.h"
#include "../vm/range.h"
#include "frame.h"
#include "lockbook.h"
#include "statement.h"

static void put_line(const struct locks *locks, struct text *line, size_t indent)
{
	view_line(locks->asked.view, line, indent);
}

/* ---- who ---- */

/* "#20 mlock  secret_alloc key.c:40" */
static void put_side(const struct locks *locks, struct text *line, const struct lock_side *side)
{
	const struct symbol_frame *caller = symbols_caller(locks->asked.symbols, side->stack);

	view_begin(locks->asked.view, line, TONE_DIM);
	text_printf(line, "#%llu ", (unsigned long long)side->seq);
	view_end(locks->asked.view, line, TONE_DIM);
	text_put(line, side->what);
	if (caller) {
		text_put(line, "  ");
		frame_brief(line, caller);
	}
}

static void put_asked(struct text *line, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		text_put(line, "all of memory");
	else
		text_put(line, amount_of(bytes).at);
	text_put(line, " asked");
}

static void put_holder(const struct locks *locks, struct text *line, const struct lock_request *request)
{
	const struct lock_side side = { request->seq, request->t_ns,
					request->call < CALL_COUNT ? call_table[request->call].name : "snapshot",
					request->stack };

	text_put(line, "    ");
	put_asked(line, request->bytes);
	text_put(line, " by ");
	put_side(locks, line, &side);
	if (request->how == LOCK_HOW_FUTURE && request->because)
		text_printf(line, ", because of mlockall #%llu", (unsigned long long)request->because);
	if (request->onfault)
		text_put(line, ", on fault");
	if (request->failed)
		text_put(line, ", although the call failed");
	if (request->count > 1)
		text_printf(line, ", %s, last #%llu", times_of(request->count).at,
			    (unsigned long long)request->last_seq);
	put_line(locks, line, 8);
}

/* ---- parts of a process ---- */

static void print_runs(const struct locks *locks, const struct lock_process *process)
{
	struct lock_runs runs = lock_runs_of(locks, process);
	struct text line = { 0 };

	for (size_t i = 0; i < runs.count; i++) {
		const struct lock_run *run = &runs.run[i];

		view_tone(locks->asked.view, &line, TONE_GOOD, "held");
		text_printf(&line, "  0x%llx-0x%llx  %s", (unsigned long long)run->start, (unsigned long long)run->end,
			    pages_of((run->end - run->start) / PAGE_BYTES).at);
		if (run->holders > 1)
			text_printf(&line, ", %zu requests: the first munlock ends all", run->holders);
		put_line(locks, &line, 4);
		for (size_t j = 0; j < run->holders; j++)
			put_holder(locks, &line, run->holder[j]);
	}
	lock_runs_free(&runs);
	text_free(&line);
}

static void put_how(struct text *line, const struct lock_ended *ended)
{
	static const char *const how[LOCK_END_COUNT] = {
		[LOCK_END_UNMAP] = ", unmapped while locked",
		[LOCK_END_REPLACED] = ", replaced while locked",
		[LOCK_END_REMAP] = ", cut off or unlocked",
		[LOCK_END_DETACH] = ", detached while locked",
		[LOCK_END_BREAK] = ", given back while locked",
		[LOCK_END_ONFAULT] = ", now locked on fault only",
		[LOCK_END_LISTED] = " shows no lock",
		[LOCK_END_EXEC] = ", never released",
		[LOCK_END_EXIT] = ", never released",
	};

	text_put(line, how[ended->how] ? how[ended->how] : "");
}

static void print_ended(const struct locks *locks, const struct lock_ended *ended)
{
	struct text line = { 0 };

	view_tone(locks->asked.view, &line, TONE_STRONG, "ended");
	text_printf(&line, "  0x%llx  %s, ", (unsigned long long)ended->start, pages_of(ended->pages).at);
	put_asked(&line, ended->bytes);
	if (ended->count > 1)
		text_printf(&line, ", %s, last #%llu", times_of(ended->count).at, (unsigned long long)ended->last_seq);
	text_put(&line, ended->count > 1 ? ", at most " : ", after ");
	text_duration(&line, ended->longest_ns);
	put_line(locks, &line, 4);
	text_put(&line, "    asked by ");
	put_side(locks, &line, &ended->asked);
	put_line(locks, &line, 8);
	text_put(&line, "    ended by ");
	put_side(locks, &line, &ended->end);
	put_how(&line, ended);
	put_line(locks, &line, 8);
	if (ended->elsewhere.pid) {
		text_printf(&line, "    still held in memory by the lock of process %d at 0x%llx", ended->elsewhere.pid,
			    (unsigned long long)ended->elsewhere.addr);
		if (ended->elsewhere.set_by)
			text_printf(&line, " (#%llu)", (unsigned long long)ended->elsewhere.set_by);
		put_line(locks, &line, 8);
	}
	text_free(&line);
}

static void print_forked(const struct locks *locks, const struct lock_process *process)
{
	struct text line = { 0 };

	for (uint64_t i = 0; i < process->forks && i < LOCKS_FORKS; i++) {
		text_printf(&line, "child  %d (#%llu) began with 0 of %s locked: locks are not inherited",
			    process->forked[i].pid, (unsigned long long)process->forked[i].seq,
			    pages_of(process->forked[i].pages).at);
		put_line(locks, &line, 4);
	}
	if (process->forks > LOCKS_FORKS) {
		text_printf(&line, "child  and %llu more", (unsigned long long)(process->forks - LOCKS_FORKS));
		put_line(locks, &line, 4);
	}
	text_free(&line);
}

/* ---- the peak ---- */

static void put_limit(struct text *line, const struct lock_process *process)
{
	const struct limits *limits = &process->limits;

	if (!process->peak || !limits->known)
		return;
	text_put(line, " of RLIMIT_MEMLOCK ");
	text_bytes(line, limits->memlock);
	if (limits->memlock && limits->memlock != UINT64_MAX)
		text_printf(line, ", %.1f %%", 100.0 * (double)process->peak / (double)limits->memlock);
	if (limits->cap_ipc_lock && limits->memlock != UINT64_MAX)
		text_put(line, " (CAP_IPC_LOCK: it does not count)");
}

/* A letter for each stretch of time: blank before there was a lock, _ for none, then up to @ for the peak. */
static void put_over_time(struct text *line, const struct lock_process *process)
{
	static const char level[] = ".:-=+*#%@";
	uint64_t last = 0;

	for (size_t i = 0; i < LOCKS_MOMENTS; i++) {
		uint64_t bytes = process->over_time[i] ? process->over_time[i] : last;
		size_t at = process->peak ? (size_t)((double)bytes / (double)process->peak * 8) : 0;

		text_printf(line, "%c", !bytes ? ' ' : bytes == 1 ? '_' : level[at < 8 ? at : 8]);
		last = bytes;
	}
}

static void print_head(const struct locks *locks, const struct lock_process *process)
{
	struct text line = { 0 };

	put_line(locks, &line, 0);
	view_begin(locks->asked.view, &line, TONE_STRONG);
	text_printf(&line, "process %d  ", process->pid);
	text_safe(&line, process->exe ? process->exe : "?");
	view_end(locks->asked.view, &line, TONE_STRONG);
	put_line(locks, &line, 4);
	text_put(&line, "locked ");
	text_bytes(&line, process->now);
	text_put(&line, ", peak ");
	text_bytes(&line, process->peak);
	if (process->peak)
		text_printf(&line, " (#%llu)", (unsigned long long)process->peak_seq);
	put_limit(&line, process);
	put_line(locks, &line, 4);
	if (process->peak) {
		text_put(&line, "over time |");
		put_over_time(&line, process);
		text_put(&line, "| @ is the peak");
		put_line(locks, &line, 4);
	}
	text_free(&line);
}

/* ---- segments and refusals ---- */

static void print_segments(const struct locks *locks)
{
	struct text line = { 0 };

	if (locks->segments) {
		put_line(locks, &line, 0);
		view_tone(locks->asked.view, &line, TONE_STRONG, "System V segments");
		text_put(&line, "  (SHM_LOCK: no VmLck, not ended by munlock or exit)");
		put_line(locks, &line, 4);
	}
	for (size_t i = 0; i < locks->segments; i++) {
		const struct lock_segment *segment = &locks->segment[i];

		text_printf(&line, "%s  shmid %llu", segment->end.seq ? "ended" : "held",
			    (unsigned long long)segment->shmid);
		if (segment->bytes)
			text_printf(&line, ", %s", amount_of(segment->bytes).at);
		text_printf(&line, ", locked by process %d, ", segment->pid);
		put_side(locks, &line, &segment->asked);
		if (segment->end.seq) {
			text_put(&line, ", unlocked by ");
			put_side(locks, &line, &segment->end);
		}
		put_line(locks, &line, 8);
	}
	text_free(&line);
}

static void print_refused(const struct locks *locks)
{
	struct finding *const *finding;
	struct text line = { 0 };
	bool headed = false;
	size_t count;

	finding = audit_findings(locks->audit, &count);
	for (size_t i = 0; i < count; i++) {
		const struct audit_call *about = &finding[i]->about;
		struct lock_side side = { about->seq, about->t_ns, NULL, about->stack };

		if (finding[i]->rule != RULE_lock_refused)
			continue;
		side.what = call_table[about->call].name;
		if (!headed)
			put_line(locks, &line, 0);
		headed = true;
		view_tone(locks->asked.view, &line, TONE_BAD, "refused");
		text_printf(&line, "  process %d, ", about->pid);
		put_side(locks, &line, &side);
		if (finding[i]->count > 1)
			text_printf(&line, ", %s, last #%llu", times_of(finding[i]->count).at,
				    (unsigned long long)finding[i]->last_seq);
		put_line(locks, &line, 4);
		text_put(&line, "    ");
		text_safe(&line, finding[i]->what ? finding[i]->what : "");
		view_prose(locks->asked.view, &line, 4);
	}
	text_free(&line);
}

void locks_text(struct locks *locks)
{
	struct text line = { 0 };
	bool none = true;

	statement_print(locks->asked.view, &locks->asked.survey->coverage, "");
	for (size_t i = 0; i < locks->processes; i++) {
		const struct lock_process *process = locks->process[i];

		if (!lock_process_is_shown(locks, process))
			continue;
		none = false;
		print_head(locks, process);
		print_runs(locks, process);
		for (const struct lock_ended *ended = process->ended; ended; ended = ended->next)
			print_ended(locks, ended);
		print_forked(locks, process);
	}
	print_segments(locks);
	print_refused(locks);
	if (none && !locks->segments) {
		text_put(&line, "nothing was locked");
		put_line(locks, &line, 0);
	}
	text_free(&line);
}
