#include "decode.h"

#include <errno.h>
#include <string.h>

#include "flags.h"
#include "resident.h"

#define MREMAP_NEWADDR 6	/* MREMAP_FIXED | MREMAP_DONTUNMAP: only with these is the fifth argument looked at */

const char *decode_errno(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "E?";
}

bool decode_failed(const struct record *record)
{
	return record->call.has & HAS_RET && record->call.err;
}

static void add_address(struct text *text, uint64_t address)
{
	if (address)
		text_printf(text, "0x%llx", (unsigned long long)address);
	else
		text_put(text, "NULL");
}

/* strace writes offsets into files in hex; an increment of the break is a signed count of bytes. */
static void add_offset(struct text *text, enum call_id call, int64_t offset)
{
	if (call == CALL_mmap && offset > 0)
		text_printf(text, "0x%llx", (unsigned long long)offset);
	else
		text_printf(text, "%lld", (long long)offset);
}

static void add_argument(struct text *text, const struct record_call *call, int index)
{
	const struct call_arg *arg = &call_table[call->call].arg[index];
	uint64_t word = call->arg[index];

	switch (arg->format) {
	case FORMAT_ADDR:
		add_address(text, word);
		break;
	case FORMAT_SIZE:
		text_printf(text, "%llu", (unsigned long long)word);
		break;
	case FORMAT_OFF:
		add_offset(text, call->call, (int64_t)word);
		break;
	case FORMAT_INT:
		text_printf(text, "%d", (int)word);
		break;
	case FORMAT_UINT:
		text_printf(text, "%u", (unsigned)word);
		break;
	case FORMAT_HEX:
		text_printf(text, word < 10 ? "%llu" : "0x%llx", (unsigned long long)word);
		break;
	default:
		flags_text(text, arg->format, word);
	}
	if (call->call == CALL_mmap && !strcmp(arg->name, "fd") && call->path) {
		text_put(text, "<");
		text_safe(text, call->path);
		text_put(text, ">");
	}
}

/* How many of the arguments say something: trailing words that the call does not look at are left out. */
static int arguments_shown(const struct record_call *call)
{
	int count = call_table[call->call].nargs;

	if (call->call == CALL_mremap && !(call->arg[3] & MREMAP_NEWADDR))
		return count - 1;
	if (call->call == CALL_prctl)
		while (count > 2 && !call->arg[count - 1])
			count--;
	return count;
}

static void add_limit(struct text *text, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		text_put(text, "RLIM_INFINITY");
	else
		text_printf(text, "%llu", (unsigned long long)bytes);
}

void decode_arguments(struct text *text, const struct record *record)
{
	const struct record_call *call = &record->call;
	int count = arguments_shown(call);

	for (int i = 0; i < count; i++) {
		if (i)
			text_put(text, ", ");
		add_argument(text, call, i);
	}
	if (!count && call->path)
		text_quoted(text, call->path);
	if (!(call->has & HAS_RLIMIT))
		return;
	text_put(text, ", {rlim_cur=");
	add_limit(text, call->soft);
	text_put(text, ", rlim_max=");
	add_limit(text, call->hard);
	text_put(text, "}");
}

static void add_error(struct text *text, const struct record_call *call)
{
	const char *meaning = strerrordesc_np(call->err);

	text_printf(text, "%lld %s", call_table[call->call].result == CLASS_ERRNO ? (long long)call->ret : -1LL,
		    decode_errno(call->err));
	if (meaning)
		text_printf(text, " (%s)", meaning);
}

void decode_result(struct text *text, const struct record *record, bool replaced)
{
	const struct record_call *call = &record->call;

	if (replaced)
		text_put(text, "0");
	else if (!(call->has & HAS_RET))
		text_put(text, call->call == CALL_exit ? "?" : "?  <unfinished>");
	else if (call->err)
		add_error(text, call);
	else if (call_table[call->call].result == CLASS_ADDR)
		text_printf(text, "0x%llx", (unsigned long long)call->ret);
	else
		text_printf(text, "%lld", (long long)call->ret);
}

/* Why a lock was refused is arithmetic: asked + VmLck against the limit.  mlock(2) ERRORS; mmap(2), MAP_LOCKED. */
static void add_lock_limit(struct text *text, const struct record_call *call)
{
	if (call->err != ENOMEM && call->err != EPERM && call->err != EAGAIN)
		return;
	if (call->cap_ipc_lock) {
		text_put(text, "  CAP_IPC_LOCK: no limit holds");
		return;
	}
	text_put(text, "  limit ");
	text_bytes(text, call->limit_bytes);
	text_put(text, ", locked ");
	text_bytes(text, call->vmlck_bytes);
	text_put(text, ", no CAP_IPC_LOCK");
}

static void add_break(struct text *text, const struct record *record)
{
	const struct record_call *call = &record->call;
	uint64_t now = call->call == CALL_brk ? call->arg[0] : call->old + call->arg[0];

	if (decode_failed(record) || !(call->has & HAS_RET) || now == call->old)
		return;
	text_put(text, now > call->old ? "  grew by " : "  shrank by ");
	text_bytes(text, now > call->old ? now - call->old : call->old - now);
}

static void add_extras(struct text *text, const struct record *record)
{
	const struct record_call *call = &record->call;

	if (call->has & HAS_LIMIT)
		add_lock_limit(text, call);
	if (call->has & HAS_OLD)
		add_break(text, record);
	if (call->has & HAS_SIZE) {
		text_put(text, "  ");
		text_bytes(text, call->size_bytes);
	}
	if (call->has & HAS_CHILD)
		text_printf(text, "  child %d", call->child);
	if (call->has & HAS_RESIDENT) {
		text_put(text, "  ");
		resident_text(text, call);
	}
}

void decode_call(const struct view *view, struct text *text, const struct record *record, bool replaced)
{
	enum tone tone = decode_failed(record) ? TONE_BAD : TONE_PLAIN;

	view_tone(view, text, TONE_STRONG, call_table[record->call.call].name);
	text_put(text, "(");
	decode_arguments(text, record);
	text_put(text, ") = ");
	view_begin(view, text, tone);
	decode_result(text, record, replaced);
	add_extras(text, record);
	view_end(view, text, tone);
}

const char *decode_via(enum call_via via)
{
	static const char *const names[] = {
		[VIA_UNKNOWN] = "unknown", [VIA_PLT] = "plt", [VIA_SITE] = "site", [VIA_SYSCALL] = "syscall",
	};

	return names[via];
}

static void extras_json(struct jout *json, const struct record_call *call)
{
	static const char *const kinds[] = {
		[FD_UNKNOWN] = "unknown", [FD_REGULAR] = "regular", [FD_MEMFD] = "memfd", [FD_SECRET] = "secret",
		[FD_HUGETLB] = "hugetlb", [FD_DEVICE] = "device",   [FD_OTHER] = "other", [FD_ZERO] = "zero",
		[FD_SOCKET] = "socket",	  [FD_PIPE] = "pipe",
	};
	static const char *const modes[] = { "?", "r", "w", "rw" };

	if (call->has & HAS_OLD)
		jout_hex(json, "old", call->old);
	if (call->has & HAS_FILE) {
		jout_string(json, "fdkind", kinds[call->fd_kind]);
		jout_string(json, "access", modes[call->access]);
		jout_number(json, "dev", call->dev);
		jout_number(json, "ino", call->ino);
		if (call->seals)
			jout_number(json, "seals", call->seals);
		if (call->noexec)
			jout_bool(json, "noexec", true);
	}
	if (call->path)
		jout_string(json, "path", call->path);
	if (call->has & HAS_LIMIT) {
		jout_limit(json, "limit", call->limit_bytes);
		jout_bool(json, "cap", call->cap_ipc_lock);
		jout_number(json, "vmlck", call->vmlck_bytes);
	}
	if (call->has & HAS_SIZE)
		jout_number(json, "size", call->size_bytes);
	if (call->has & HAS_RLIMIT) {
		jout_limit(json, "soft", call->soft);
		jout_limit(json, "hard", call->hard);
	}
	if (call->has & HAS_CHILD)
		jout_signed(json, "child", call->child);
	resident_json(json, call);
}

static void argument_json(struct jout *json, const struct call_arg *arg, uint64_t word)
{
	struct text words = { 0 };

	switch (arg->format) {
	case FORMAT_ADDR:
	case FORMAT_HEX:
		jout_hex(json, arg->name, word);
		break;
	case FORMAT_SIZE:
		jout_number(json, arg->name, word);
		break;
	case FORMAT_OFF:
	case FORMAT_INT:
	case FORMAT_UINT:
		jout_signed(json, arg->name, (int64_t)word);
		break;
	default:
		flags_text(&words, arg->format, word);
		jout_string(json, arg->name, text_read(&words));
		text_free(&words);
	}
}

static void result_json(struct jout *json, const struct record *record)
{
	const struct record_call *call = &record->call;

	if (!(call->has & HAS_RET)) {
		jout_bool(json, "unfinished", true);
		return;
	}
	if (call_table[call->call].result == CLASS_ADDR && !call->err)
		jout_hex(json, "ret", (uint64_t)call->ret);
	else
		jout_signed(json, "ret", call->ret);
	if (call->err) {
		jout_string(json, "errno", decode_errno(call->err));
		jout_string(json, "error", strerrordesc_np(call->err));
	}
}

void decode_json(struct jout *json, const struct record *record, bool replaced)
{
	const struct call_desc *desc = &call_table[record->call.call];
	static const struct view plain;
	struct text line = { 0 };

	jout_string(json, "call", desc->name);
	jout_object(json, "args");
	for (int i = 0; i < desc->nargs; i++)
		argument_json(json, &desc->arg[i], record->call.arg[i]);
	jout_end(json);
	if (replaced)
		jout_signed(json, "ret", 0);
	else
		result_json(json, record);
	decode_call(&plain, &line, record, replaced);
	jout_string(json, "text", text_read(&line));
	extras_json(json, &record->call);
	text_free(&line);
}
