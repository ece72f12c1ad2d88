#include "record.h"

#include <errno.h>
#include <sys/prctl.h>

#include "abi/errno.h"
#include "abi/map.h"
#include "check.h"
#include "clock.h"
#include "explain.h"
#include "guard.h"
#include "look.h"
#include "maps.h"
#include "own.h"
#include "peek.h"
#include "refusal.h"
#include "send.h"
#include "dictionary.h"

/* The fixed texts of a call's line, made ready from calls.def. */
struct row_text {
	struct line_key call;
	struct line_key arg[CALL_ARGS_MAX];
};

#define CALL_TEXT(name) ",\"call\":\"" name "\""
#define ARG_KEY(type, name, format) LINE_KEY(#name),

static const struct row_text row_text[CALL_COUNT] = {
#define CALL(name, type, class, effect, wrapper, man, ...)                                                             \
	[CALL_##name] = { { CALL_TEXT(#name), sizeof(CALL_TEXT(#name)) - 1 }, { MAP(ARG_KEY, __VA_ARGS__) } },
#include "abi/calls.def"
#undef CALL
};

static const struct line_key via_text[] = {
	[VIA_PLT] = { ",\"via\":\"plt\"", sizeof(",\"via\":\"plt\"") - 1 },
	[VIA_SITE] = { ",\"via\":\"site\"", sizeof(",\"via\":\"site\"") - 1 },
	[VIA_SYSCALL] = { ",\"via\":\"syscall\"", sizeof(",\"via\":\"syscall\"") - 1 },
};

static void write_argument(struct line *line, const struct line_key *key, enum call_format format, uint64_t word)
{
	line_put_key(line, key);
	switch (format) {
	case FORMAT_ADDR:
		line_hex(line, word);
		return;
	case FORMAT_SIZE:
	case FORMAT_HEX:
		line_unsigned(line, word);
		return;
	case FORMAT_OFF:
		line_signed(line, (int64_t)word);
		return;
	case FORMAT_UINT:
		line_unsigned(line, (uint32_t)word);
		return;
	default:
		line_signed(line, (int32_t)word);
	}
}

/* The first thread, whose id is the process's, is what is meant without "tid". */
static void write_names(struct line *line, int32_t pid, int32_t tid)
{
	line_key(line, "pid");
	line_unsigned(line, (uint32_t)pid);
	if (tid == pid)
		return;
	line_key(line, "tid");
	line_unsigned(line, (uint32_t)tid);
}

/*
 * The text of both ids, for the thread's next call.  Who is stopped for good while writing it leaves nobody's; a handler
 * that writes it in between writes the same.
 */
static void keep_names(struct guard *guard, uint64_t whose, const char *text, size_t length)
{
	if (guard_is_shared(guard) || length > sizeof(guard->names.text))
		return;
	guard->named = 0;
	atomic_signal_fence(memory_order_seq_cst);
	for (size_t i = 0; i < length; i++)
		guard->names.text[i] = text[i];
	guard->names.length = (uint32_t)length;
	atomic_signal_fence(memory_order_seq_cst);
	guard->named = whose;
}

static void write_own_names(struct line *line, int32_t pid, int32_t tid)
{
	struct guard *const guard = shim_thread.guard;
	const uint64_t whose = (uint64_t)(uint32_t)pid << 32 | (uint32_t)tid;
	const char *const from = line->at;

	if (__builtin_expect(guard->named == whose, 1)) {
		line_put_key(line, &guard->names);
		return;
	}
	write_names(line, pid, tid);
	keep_names(guard, whose, from, (size_t)(line->at - from));
}

static bool open_line(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
		      enum record_via via, int32_t pid)
{
	const struct call_desc *desc = &call_table[call];
	struct ring_slot *slot;
	uint32_t stack;

	if (!shim.ring || atomic_load_explicit(&shim.ring->closed, memory_order_relaxed) || !identity_current())
		return false;
	if (pid && pid != shim.identity->pid && !shim.follow)
		return false;
	if (atomic_load_explicit(&shim.look_due, memory_order_relaxed) &&
	    atomic_exchange_explicit(&shim.look_due, false, memory_order_relaxed))
		maps_send_unseen("dlopen");
	stack = dictionary_stack(caller);
	slot = send_reserve();
	if (!slot)
		return false;
	rec->call = call;
	rec->words = words;
	rec->by_driver = false;
	rec->expected = shim_thread.expected;
	line_open(&rec->line, slot, SLOT_CALL, pid ? pid : shim.identity->pid);
	slot->stack = stack;
	if (pid)
		write_names(&rec->line, pid, pid);
	else
		write_own_names(&rec->line, slot->pid, shim_thread.tid);
	line_put_key(&rec->line, &row_text[call].call);
	for (int i = 0; i < desc->nargs; i++)
		write_argument(&rec->line, &row_text[call].arg[i], desc->arg[i].format, words[i]);
	if (stack) {
		line_key(&rec->line, "stack");
		line_unsigned(&rec->line, stack);
	}
	/* what most calls come by is what is meant where nothing is said */
	if (via != VIA_PLT)
		line_put_key(&rec->line, &via_text[via]);
	return true;
}

bool record_open(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
		 enum record_via via, int32_t pid)
{
	if (!shim.ring)
		return false;
	if (check_holds())
		check_hold();
	guard_enter();
	if (open_line(rec, call, words, caller, via, pid))
		return true;
	guard_leave();
	return false;
}

/* The clock is read last, so that a duration is the call's and not the recorder's. */
static void write_begin(struct recording *rec)
{
	line_key(&rec->line, "t");
	rec->begin_ns = rec->line.head->begin_ns = clock_session_ns();
	line_unsigned(&rec->line, rec->begin_ns);
}

void record_begun(struct recording *rec)
{
	write_begin(rec);
	line_begun(&rec->line);
	guard_leave();
}

void record_restrict(void)
{
	shim.restricted = true;
	send_may_sleep = false;
	peek_stop_asking();
}

bool record_begin(struct recording *rec, enum call_id call, const uint64_t *words, const struct step_start *caller,
		  enum record_via via)
{
	/* before anything of ours moves: whoever waits reads it */
	if (check_holds())
		check_hold();
	own_move_aside(call, words);
	if (call == CALL_prctl && words[0] == PR_SET_SECCOMP)
		record_restrict();
	if (!explain_wanted(call, words) || !record_open(rec, call, words, caller, via, 0))
		return false;
	if (!shim.restricted)
		rec->by_driver = explain_before(&rec->line, call, words);
	record_begun(rec);
	return true;
}

static void write_errno(struct line *line, int err)
{
	const char *name = errno_name(err);

	line_key(line, "errno");
	if (name)
		line_quoted(line, name, 32);
	else
		line_signed(line, err);
}

/* Whoever asks for the pages of a moment had better wait until it is known which call came first: check_settle(). */
static void note_overlap(const struct line *line)
{
	if (__builtin_expect(!line_alone(line), 0) && !atomic_load_explicit(&shim.overlapped, memory_order_relaxed))
		atomic_store_explicit(&shim.overlapped, true, memory_order_relaxed);
}

int record_result(struct recording *rec, uint64_t ret, int err)
{
	const struct call_desc *desc = &call_table[rec->call];
	struct line *line = &rec->line;
	uint64_t now = clock_session_ns();
	bool failed = desc->result == CLASS_ERRNO ? ret != 0 : (int64_t)ret == -1;

	guard_enter();
	line_home(line);
	line->head->end_ns = now;
	note_overlap(line);
	line_key(line, "dur");
	line_unsigned(line, now - rec->begin_ns);
	line_key(line, "ret");
	if (desc->result == CLASS_ADDR && !failed)
		line_hex(line, ret);
	else
		line_signed(line, (int64_t)ret);
	err = !failed ? 0 : desc->result == CLASS_ERRNO ? (int)ret : err;
	if (err)
		write_errno(line, err);
	if (!shim.restricted)
		explain_after(line, rec->call, rec->words, err);
	return err;
}

void record_done(struct recording *rec)
{
	line_ready(&rec->line, rec->line.head->end_ns);
	shim_thread.expected = rec->expected;
	guard_leave();
}

void record_last(struct recording *rec)
{
	write_begin(rec);
	line_ready(&rec->line, rec->begin_ns);
	guard_leave();
}

void record_end(struct recording *rec, uint64_t ret, int err)
{
	const struct look_call call = { rec->call, rec->words, ret, record_result(rec, ret, err), rec->by_driver };
	struct look look;
	bool looks = look_begin(&look, &call);

	if (looks) {
		line_key(&rec->line, "looked");
		line_bool(&rec->line, true);
	}
	record_done(rec);
	if (looks)
		look_take(&look);
	if (call.err == ENOMEM)
		refusal_explain(rec->call, rec->words);
	if (check_counts())
		check_count();
}
