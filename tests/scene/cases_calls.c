/*
 * cases_calls.c - operations of a case as the records pagetrail would have logged.
 */
#include "cases.h"

#include <string.h>

#define ELSEWHERE UINT64_C(0x300000000000)
#define HEAP UINT64_C(0x1000000)
#define HEAP_END UINT64_C(0x1021000)
#define VVAR UINT64_C(0x7ffff7fb9000)
#define VDSO UINT64_C(0x7ffff7fbe000)
#define STACK UINT64_C(0x7ffffffde000)
#define STACK_END UINT64_C(0x7ffffffff000)
#define VSYSCALL UINT64_C(0xffffffffff600000)

enum { PID = 1000 };

static const struct snapshot_range first_listing[] = {
	{ 0x400000, 0x500000, "r-xp", 0, 1, 2, "/bin/case", "rd ex mr mw me sd" },
	{ HEAP, HEAP_END, "rw-p", 0, 0, 0, "[heap]", "rd wr mr mw me ac sd" },
	{ VVAR, VVAR + PAGE_BYTES, "r--p", 0, 0, 0, "[vvar]", "rd mr pf io de dd sd" },
	{ VDSO, VDSO + 2 * PAGE_BYTES, "r-xp", 0, 0, 0, "[vdso]", "rd ex mr mw me de sd" },
	{ STACK, STACK_END, "rw-p", 0, 0, 0, "[stack]", "rd wr mr mw me gd ac" },
	{ VSYSCALL, VSYSCALL + PAGE_BYTES, "--xp", 0, 0, 0, "[vsyscall]", "ex" },
};

static void apply(struct run *run, struct record *record)
{
	record->seq = ++run->seq;
	if (!record->pid)
		record->pid = run->pid;
	record->tid = record->pid;
	run->looked |= world_apply(run->world, record, NULL, NULL) == APPLY_LOOK;
}

void case_list(struct run *run, const struct snapshot_range *range, size_t count, uint64_t from, uint64_t to)
{
	struct record record = { .type = RECORD_SNAPSHOT };

	record.snapshot = (struct record_snapshot){ "look", 0, true, from, to, count, range, false, 0 };
	apply(run, &record);
}

static void begin_process(struct run *run, enum process_event event)
{
	struct record record = { .type = RECORD_PROCESS };
	struct rlimit_pair none = { UINT64_MAX, UINT64_MAX };

	record.process = (struct record_process){ .event = event, .memlock = { run->memlock, run->memlock }, .as = none,
						  .data = none, .stack = { 8 << 20, UINT64_MAX }, .has_limits = true,
						  .cap_ipc_lock = run->cap };
	apply(run, &record);
	case_list(run, first_listing, sizeof first_listing / sizeof *first_listing, 0, SPACE_END);
	run->brk = HEAP_END;
}

void case_begin(struct run *run, json_t *cs)
{
	static const struct named place[] = {
		{ "vdso", VDSO }, { "vdsoend", VDSO + 2 * PAGE_BYTES }, { "vvar", VVAR },
		{ "vvarend", VVAR + PAGE_BYTES }, { "stack", STACK }, { "stackend", STACK_END }, { "heap", HEAP },
		{ "heapend", HEAP_END }, { "brk", HEAP_END }, { "rawbrk", HEAP_END }, { "vsyscall", VSYSCALL } };
	json_t *limit = json_object_get(cs, "rlimit_memlock");

	*run = (struct run){ .world = world_new(), .pid = PID, .pids = PID, .elsewhere = ELSEWHERE };
	run->cap = !strcmp(text_of(cs, "privilege"), "root");
	run->memlock = json_is_integer(limit) ? (uint64_t)json_integer_value(limit) : 8 << 20;
	memcpy(run->name, place, sizeof place);
	run->names = sizeof place / sizeof *place;
	begin_process(run, PROCESS_START);
}

/* ---- operations as records ---- */

/* What the call returned: from the case where it says so, else what a success gives. */
static void set_result(struct run *run, json_t *op, json_t *expect, struct record_call *call, uint64_t usual)
{
	json_t *ret = json_object_get(expect, "ret");
	const char *err = text_of(expect, "errno"), *name = text_of(op, "as");
	bool is_address = call_table[call->call].result == CLASS_ADDR;

	call->has |= HAS_RET;
	if (err) {
		call->ret = -1;
		call->err = (int)word_value(errno_words, err, strlen(err));
		return;
	}
	call->ret = (int64_t)usual;
	if (json_is_integer(ret) && !is_address)
		call->ret = json_integer_value(ret);
	if (json_is_string(ret) && is_address && strcmp(json_string_value(ret), "ok")) {
		if (strcmp(json_string_value(ret), "elsewhere"))
			call->ret = (int64_t)expression(run, json_string_value(ret), false);
		else
			call->ret = (int64_t)(run->elsewhere += UINT64_C(1) << 32);
	}
	if (name)
		name_set(run, name, (uint64_t)call->ret);
}

/* VmLck as /proc/PID/status has it after the call: told by the case, or the sum of the locks it lists, or unchanged. */
static uint64_t vmlck_after(const struct run *run, json_t *expect)
{
	json_t *pages = json_object_get(expect, "pages"), *page;
	uint64_t sum = 0;
	size_t i;

	if (json_object_get(expect, "vmlck"))
		return number_of(expect, "vmlck") * PAGE_BYTES;
	if (!pages)
		return space_totals(space_of(run)).vmlck;
	json_array_foreach(pages, i, page) {
		const char *state = text_of(page, "state");
		json_t *n = json_object_get(page, "n");

		if (strstr(state, "locked") || strstr(state, "onfault"))
			sum += n ? (uint64_t)json_integer_value(n) : 1;
	}
	return sum * PAGE_BYTES;
}

/* What the shim adds to a lock that failed. */
static void explain_lock(const struct run *run, json_t *expect, struct record_call *call)
{
	enum call_effect effect = call_table[call->call].effect;

	if (!call->err || (effect != EFFECT_LOCK && effect != EFFECT_LOCKALL))
		return;
	call->has |= HAS_LIMIT;
	call->limit_bytes = run->memlock;
	call->cap_ipc_lock = run->cap;
	call->vmlck_bytes = vmlck_after(run, expect);
}

static void set_file(struct run *run, json_t *op, struct record_call *call)
{
	const char *name = text_of(op, "fd");
	uint64_t *known = name ? name_find(run, name, strlen(name)) : NULL;

	call->arg[4] = UINT64_MAX;
	if (!known || (call->arg[3] & K_MAP_ANONYMOUS))
		return;
	call->arg[4] = *known;
	call->has |= HAS_FILE;
	call->fd_kind = run->file[*known].kind;
	call->access = run->file[*known].access;
	call->dev = 42;
	call->ino = 100 + *known;
	call->path = "/case/file";
}

/* brk is logged as the C library's: 0, or -1, and the break before. */
static void set_brk(struct run *run, struct record_call *call)
{
	call->has |= HAS_OLD;
	call->old = run->brk;
	if (!call->err) {
		call->ret = 0;
		run->brk = call->arg[0];
	}
}

static void set_limit(struct run *run, json_t *op, struct record_call *call)
{
	uint64_t now = space_totals(space_of(run)).mapped;

	call->has |= HAS_RLIMIT;
	call->soft = length_of(run, op, "cur");
	if (json_object_get(op, "rel"))
		call->soft += now;
	call->hard = UINT64_MAX;
	if (call->arg[0] == K_RLIMIT_MEMLOCK)
		run->memlock = call->soft;
}

static void set_segment(struct run *run, json_t *op, struct record_call *call)
{
	const char *name = text_of(op, "id");
	uint64_t *known = name_find(run, name, strlen(name));

	call->arg[0] = known ? *known : 0;
	call->has |= HAS_SIZE;
	call->size_bytes = known ? run->shm_bytes[*known] : 0;
}

static uint64_t usual_result(const struct record_call *call)
{
	switch (call->call) {
	case CALL_mmap:
		return page_down(call->arg[0]);
	case CALL_mremap:
		return call->arg[3] & K_MREMAP_FIXED ? call->arg[4] : call->arg[0];
	case CALL_shmat:
		return page_down(call->arg[1]);
	default:
		return 0;
	}
}

/* Calls that make, move or share mappings. */
static void set_mapping(struct run *run, json_t *op, struct record_call *call)
{
	switch (call->call) {
	case CALL_mmap:
		call->arg[2] = prot_of(op);
		call->arg[3] = words_of(op, "flags", map_words);
		call->arg[5] = length_of(run, op, "off");
		set_file(run, op, call);
		break;
	case CALL_mremap:
		call->arg[2] = length_of(run, op, "new_len");
		call->arg[3] = words_of(op, "flags", mremap_words);
		call->arg[4] = address_of(run, op, "new_addr");
		break;
	case CALL_remap_file_pages:
		call->arg[2] = prot_of(op);
		call->arg[3] = number_of(op, "pgoff");
		break;
	case CALL_shmat:
		call->arg[1] = address_of(run, op, "addr");
		call->arg[2] = words_of(op, "flags", shmat_words);
		set_segment(run, op, call);
		break;
	default:
		break;
	}
}

static void set_arguments(struct run *run, json_t *op, struct record_call *call)
{
	call->arg[0] = address_of(run, op, "addr");
	call->arg[1] = length_of(run, op, "len");
	set_mapping(run, op, call);
	switch (call->call) {
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		call->arg[2] = prot_of(op);
		call->arg[3] = json_object_get(op, "pkey") ? number_of(op, "pkey") : UINT64_MAX;
		break;
	case CALL_mlock2:
		call->arg[2] = words_of(op, "flags", mlock2_words);
		break;
	case CALL_mlockall:
		call->arg[0] = words_of(op, "flags", mcl_words);
		break;
	case CALL_madvise:
	case CALL_posix_madvise:
		call->arg[2] = words_of(op, "advice", advice_words);
		break;
	case CALL_process_madvise:
		call->arg[3] = words_of(op, "advice", advice_words);
		break;
	case CALL_mseal:
	case CALL_msync:
		call->arg[2] = number_of(op, "flags");
		break;
	case CALL_setrlimit:
		call->arg[0] = words_of(op, "res", limit_words);
		set_limit(run, op, call);
		break;
	case CALL_prctl:
		call->arg[0] = number_of(op, "op");
		call->arg[1] = number_of(op, "a2");
		break;
	case CALL_personality:
		call->arg[0] = number_of(op, "value");
		break;
	default:
		break;
	}
}

static void do_call(struct run *run, json_t *op, json_t *expect, enum call_id id, int32_t pid)
{
	struct record record = { .type = RECORD_CALL, .pid = pid };

	record.call.call = id;
	set_arguments(run, op, &record.call);
	set_result(run, op, expect, &record.call, usual_result(&record.call));
	explain_lock(run, expect, &record.call);
	if (id == CALL_brk)
		set_brk(run, &record.call);
	apply(run, &record);
}

static void do_open(struct run *run, json_t *op)
{
	static const struct word kinds[] = { { "file", FD_REGULAR }, { "memfd", FD_MEMFD }, { "secret", FD_SECRET },
					     { "socket", FD_SOCKET }, { "pipe", FD_PIPE },
					     { "path", FD_REGULAR }, { NULL, 0 } };
	const char *kind = text_of(op, "kind"), *mode = text_of(op, "mode");
	struct file file = { FD_REGULAR, ACCESS_BOTH };

	if (kind)
		file.kind = (enum fd_kind)word_value(kinds, kind, strlen(kind));
	if (mode && strcmp(mode, "rw"))
		file.access = *mode == 'r' ? ACCESS_READ : ACCESS_WRITE;
	run->file[run->files] = file;
	name_set(run, text_of(op, "as"), run->files++);
}

static void do_fork(struct run *run, json_t *op)
{
	struct record record = { .type = RECORD_PROCESS, .pid = ++run->pids };

	record.process = (struct record_process){ .event = PROCESS_FORK, .ppid = run->pid };
	apply(run, &record);
	if (!json_object_get(op, "stay"))
		run->pid = run->pids;
}

static enum call_id call_named(const char *name)
{
	unsigned id = 0;

	while (id < CALL_COUNT && strcmp(call_table[id].name, name))
		id++;
	return id;
}

/* A thread's call, or one of a child that shares the address space. */
static void do_inner(struct run *run, json_t *op, json_t *expect, bool child)
{
	json_t *inner = json_object_get(op, "op");
	struct record clone = { .type = RECORD_CALL };
	int32_t pid = run->pid;

	if (child) {
		clone.call = (struct record_call){ .call = CALL_clone, .has = HAS_RET };
		clone.call.arg[0] = K_CLONE_VM | K_CLONE_VFORK;
		clone.call.ret = pid = ++run->pids;
		apply(run, &clone);
	}
	do_call(run, inner, expect, call_named(text_of(inner, "call")), pid);
}

static void do_segment(struct run *run, json_t *op)
{
	run->shm_bytes[++run->segments] = length_of(run, op, "len");
	name_set(run, text_of(op, "as"), run->segments);
}

void case_do(struct run *run, json_t *op, json_t *expect)
{
	const char *name = text_of(op, "call");
	enum call_id id = call_named(name);

	if (!strcmp(name, "fork"))
		do_fork(run, op);
	else if (id < CALL_COUNT)
		do_call(run, op, expect, id, run->pid);
	else if (!strcmp(name, "open"))
		do_open(run, op);
	else if (!strcmp(name, "exec"))
		begin_process(run, PROCESS_EXEC);
	else if (!strcmp(name, "dropcaps"))
		run->cap = false;
	else if (!strcmp(name, "vm_child") || !strcmp(name, "thread"))
		do_inner(run, op, expect, name[0] == 'v');
	else if (!strcmp(name, "shmget"))
		do_segment(run, op);
	else
		run->unseen = true;
}
