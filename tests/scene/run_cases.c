/*
 * run_cases.c - hold the model against a file of cases that were measured on a kernel.
 *
 *   run_cases FILE.jsonl [NAME]     exit 1 if the model was sure of something and wrong
 *
 * A case is JSON: setup operations that succeed, one operation with its result and the state of every page after it, and more
 * operations behind. Nothing is executed: each operation becomes the record pagetrail would have logged, with the result the
 * case tells, and the model's pages are compared with the case's. Where the model asks to look at the kernel (APPLY_LOOK) it
 * is counted apart, and the expected pages are given to it as a snapshot.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/vm/state.h"
#include "../../collector/vm/world.h"

#define ARENA UINT64_C(0x200000000000)
#define WINDOW_LOW (ARENA - 4096 * PAGE_BYTES)
#define WINDOW_HIGH (ARENA + 65536 * PAGE_BYTES)
#define ELSEWHERE UINT64_C(0x300000000000)

enum { NAMES_MAX = 64, PID = 1000 };

struct named {
	char name[24];
	uint64_t value;
};

struct file {
	enum fd_kind kind;
	enum fd_access access;
};

struct run {
	struct world *world;
	uint64_t seq, elsewhere, brk;
	int32_t pid, pids;
	uint64_t memlock;
	bool cap;
	struct named name[NAMES_MAX];
	size_t names;
	struct file file[NAMES_MAX];
	uint64_t shm_bytes[NAMES_MAX];
	size_t files, segments;
	bool looked, guessed_wrong, unseen;
	char why[512];
};

static void blame(struct run *run, const char *where, const char *what)
{
	size_t used = strlen(run->why);

	snprintf(run->why + used, sizeof run->why - used, "%s%s: %s", used ? "; " : "", where, what);
}

/* ---- words and numbers of the case file ---- */

struct word {
	const char *name;
	uint64_t value;
};

static const struct word map_words[] = {
	{ "SHARED", 1 }, { "PRIVATE", 2 }, { "SHARED_VALIDATE", 3 }, { "DROPPABLE", 8 }, { "FIXED", 0x10 },
	{ "ANONYMOUS", 0x20 }, { "32BIT", 0x40 }, { "ABOVE4G", 0x80 }, { "GROWSDOWN", 0x100 }, { "DENYWRITE", 0x800 },
	{ "EXECUTABLE", 0x1000 }, { "LOCKED", 0x2000 }, { "NORESERVE", 0x4000 }, { "POPULATE", 0x8000 },
	{ "NONBLOCK", 0x10000 }, { "STACK", 0x20000 }, { "HUGETLB", 0x40000 }, { "SYNC", 0x80000 },
	{ "FIXED_NOREPLACE", 0x100000 }, { "UNINITIALIZED", 0x4000000 }, { "BIT27", 1 << 27 },
	{ "HUGE_2MB", 21u << 26 }, { "NOTYPE", 0 }, { NULL, 0 } };
static const struct word mremap_words[] = { { "MAYMOVE", 1 }, { "FIXED", 2 }, { "DONTUNMAP", 4 }, { "BAD8", 8 }, { NULL, 0 } };
static const struct word mcl_words[] = { { "CURRENT", 1 }, { "FUTURE", 2 }, { "ONFAULT", 4 }, { "BAD8", 8 }, { NULL, 0 } };
static const struct word mlock2_words[] = { { "ONFAULT", 1 }, { "BAD2", 2 }, { NULL, 0 } };
static const struct word shmat_words[] = {
	{ "RDONLY", 010000 }, { "RND", 020000 }, { "REMAP", 040000 }, { "EXEC", 0100000 }, { NULL, 0 } };
static const struct word advice_words[] = {
	{ "NORMAL", 0 }, { "RANDOM", 1 }, { "SEQUENTIAL", 2 }, { "WILLNEED", 3 }, { "DONTNEED", 4 }, { "FREE", 8 },
	{ "REMOVE", 9 }, { "DONTFORK", 10 }, { "DOFORK", 11 }, { "MERGEABLE", 12 }, { "UNMERGEABLE", 13 },
	{ "HUGEPAGE", 14 }, { "NOHUGEPAGE", 15 }, { "DONTDUMP", 16 }, { "DODUMP", 17 }, { "WIPEONFORK", 18 },
	{ "KEEPONFORK", 19 }, { "COLD", 20 }, { "PAGEOUT", 21 }, { "POPULATE_READ", 22 }, { "POPULATE_WRITE", 23 },
	{ "DONTNEED_LOCKED", 24 }, { "COLLAPSE", 25 }, { "HWPOISON", 100 }, { "SOFT_OFFLINE", 101 },
	{ "GUARD_INSTALL", 102 }, { "GUARD_REMOVE", 103 }, { NULL, 0 } };
static const struct word limit_words[] = { { "MEMLOCK", 8 }, { "AS", 9 }, { "DATA", 2 }, { "STACK", 3 }, { NULL, 0 } };
static const struct word errno_words[] = {
	{ "EPERM", EPERM }, { "EBADF", EBADF }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "EFAULT", EFAULT }, { "EBUSY", EBUSY }, { "EEXIST", EEXIST }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "EOPNOTSUPP", EOPNOTSUPP }, { "EOVERFLOW", EOVERFLOW }, { NULL, 0 } };

static uint64_t word_value(const struct word *table, const char *text, size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && !memcmp(table->name, text, length))
			return table->value;
	return strtoull(text, NULL, 0);
}

static const char *text_of(json_t *op, const char *key)
{
	return json_string_value(json_object_get(op, key));
}

static uint64_t number_of(json_t *op, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(op, key));
}

/* "A|B|0x10", or a number */
static uint64_t words_of(json_t *op, const char *key, const struct word *table)
{
	const char *text = text_of(op, key);
	uint64_t value = 0;

	if (!text)
		return number_of(op, key);
	while (*text) {
		size_t length = strcspn(text, "|");

		value |= word_value(table, text, length);
		text += length + (text[length] == '|');
	}
	return value;
}

/* "rwx", "none", "r+SEM", "r+0x10", or a number */
static uint64_t prot_of(json_t *op)
{
	static const struct word extra[] = { { "SEM", 8 }, { "GROWSDOWN", 0x01000000 }, { "GROWSUP", 0x02000000 }, { NULL, 0 } };
	const char *text = text_of(op, "prot");
	uint64_t prot = 0;

	if (!text)
		return number_of(op, "prot");
	if (!strncmp(text, "none", 4))
		text += 4;
	for (; *text && *text != '+'; text++)
		prot |= *text == 'r' ? 1 : *text == 'w' ? 2 : *text == 'x' ? 4 : 0;
	while (*text == '+') {
		size_t length = strcspn(++text, "+");

		prot |= word_value(extra, text, length);
		text += length;
	}
	return prot;
}

static uint64_t *name_find(struct run *run, const char *name, size_t length)
{
	for (size_t i = run->names; i; i--)
		if (strlen(run->name[i - 1].name) == length && !memcmp(run->name[i - 1].name, name, length))
			return &run->name[i - 1].value;
	return NULL;
}

static void name_set(struct run *run, const char *name, uint64_t value)
{
	uint64_t *known = name_find(run, name, strlen(name));

	if (known) {
		*known = value;
	} else if (run->names < NAMES_MAX) {
		snprintf(run->name[run->names].name, sizeof run->name[0].name, "%s", name);
		run->name[run->names++].value = value;
	}
}

/* One term of "A+2p-1": a number with unit p (pages), M or k, "max", "abs", "null" or a name.  *@base: 0 when it stands alone. */
static uint64_t term_value(struct run *run, const char *text, size_t length, bool first, uint64_t *base)
{
	uint64_t *known = name_find(run, text, length), value;
	char *unit;

	if (text[0] >= '0' && text[0] <= '9') {
		value = strtoull(text, &unit, 0);
		return *unit == 'p' ? value * PAGE_BYTES : *unit == 'M' ? value << 20 : *unit == 'k' ? value << 10 : value;
	}
	if (first)
		*base = 0;
	if (length == 3 && !memcmp(text, "max", 3))
		return UINT64_MAX;
	return known ? *known : 0;
}

static uint64_t expression(struct run *run, const char *text, bool is_length)
{
	uint64_t base = is_length ? 0 : ARENA, value = 0;

	for (bool first = true; *text; first = false) {
		bool minus = *text == '-';
		size_t length;
		uint64_t term;

		text += *text == '-' || *text == '+';
		length = strcspn(text, "+-");
		term = term_value(run, text, length, first, &base);
		value = minus ? value - term : value + term;
		text += length;
	}
	return base + value;
}

static uint64_t address_of(struct run *run, json_t *op, const char *key)
{
	json_t *value = json_object_get(op, key);

	if (!value)
		return 0;
	if (json_is_integer(value))
		return ARENA + (uint64_t)json_integer_value(value);
	return expression(run, json_string_value(value), false);
}

static uint64_t length_of(struct run *run, json_t *op, const char *key)
{
	json_t *value = json_object_get(op, key);

	if (!value)
		return 0;
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : expression(run, json_string_value(value), true);
}

/* ---- the process the cases run in ---- */

#define HEAP UINT64_C(0x1000000)
#define HEAP_END UINT64_C(0x1021000)
#define VVAR UINT64_C(0x7ffff7fb9000)
#define VDSO UINT64_C(0x7ffff7fbe000)
#define STACK UINT64_C(0x7ffffffde000)
#define STACK_END UINT64_C(0x7ffffffff000)
#define VSYSCALL UINT64_C(0xffffffffff600000)

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

static void apply_listing(struct run *run, const struct snapshot_range *range, size_t count, uint64_t from, uint64_t to)
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
	apply_listing(run, first_listing, sizeof first_listing / sizeof *first_listing, 0, SPACE_END);
	run->brk = HEAP_END;
}

static void begin_case(struct run *run, json_t *cs)
{
	static const struct named place[] = {
		{ "vdso", VDSO }, { "vdsoend", VDSO + 2 * PAGE_BYTES }, { "vvar", VVAR }, { "vvarend", VVAR + PAGE_BYTES },
		{ "stack", STACK }, { "stackend", STACK_END }, { "heap", HEAP }, { "heapend", HEAP_END }, { "brk", HEAP_END },
		{ "rawbrk", HEAP_END }, { "vsyscall", VSYSCALL } };
	json_t *limit = json_object_get(cs, "rlimit_memlock");

	*run = (struct run){ .world = world_new(), .pid = PID, .pids = PID, .elsewhere = ELSEWHERE };
	run->cap = !strcmp(text_of(cs, "privilege"), "root");
	run->memlock = json_is_integer(limit) ? (uint64_t)json_integer_value(limit) : 8 << 20;
	memcpy(run->name, place, sizeof place);
	run->names = sizeof place / sizeof *place;
	begin_process(run, PROCESS_START);
}

/* ---- operations as records ---- */

static const struct space *space_of(const struct run *run)
{
	return world_process(run->world, run->pid)->space;
}

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

static void set_arguments(struct run *run, json_t *op, struct record_call *call)
{
	uint64_t addr = address_of(run, op, "addr"), len = length_of(run, op, "len");

	call->arg[0] = addr;
	call->arg[1] = len;
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
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		call->arg[2] = prot_of(op);
		call->arg[3] = json_object_get(op, "pkey") ? number_of(op, "pkey") : UINT64_MAX;
		break;
	case CALL_remap_file_pages:
		call->arg[2] = prot_of(op);
		call->arg[3] = number_of(op, "pgoff");
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
	case CALL_shmat:
		call->arg[1] = addr;
		call->arg[2] = words_of(op, "flags", shmat_words);
		set_segment(run, op, call);
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
					     { "socket", FD_OTHER }, { "pipe", FD_OTHER }, { "path", FD_REGULAR }, { NULL, 0 } };
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
		clone.call = (struct record_call){ .call = CALL_clone, .has = HAS_RET, .arg = { K_CLONE_VM | K_CLONE_VFORK } };
		clone.call.ret = pid = ++run->pids;
		apply(run, &clone);
	}
	do_call(run, inner, expect, call_named(text_of(inner, "call")), pid);
}

/* Return: false for what happens to memory without a call: page faults, changes of a file, another program's calls. */
static bool do_op(struct run *run, json_t *op, json_t *expect)
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
	else if (!strcmp(name, "shmget")) {
		run->shm_bytes[++run->segments] = length_of(run, op, "len");
		name_set(run, text_of(op, "as"), run->segments);
	} else
		return false;
	return true;
}

/* ---- comparing ---- */

static void state_text(const struct vma *vma, char *out, size_t size)
{
	static const struct {
		const char *name;
		uint16_t advice, flag;
	} shown[] = {
		{ "rr", ADVICE_RANDOM, 0 }, { "sr", ADVICE_SEQUENTIAL, 0 }, { "dc", ADVICE_DONTFORK, 0 },
		{ "wf", ADVICE_WIPEONFORK, 0 }, { "dd", ADVICE_DONTDUMP, 0 }, { "de", 0, VMA_DONTEXPAND },
		{ "hg", ADVICE_HUGEPAGE, 0 }, { "nh", ADVICE_NOHUGEPAGE, 0 }, { "mg", ADVICE_MERGEABLE, 0 },
		{ "gd", 0, VMA_GROWSDOWN }, { "nr", 0, VMA_NORESERVE }, { "ht", 0, VMA_HUGETLB },
		{ "io pf", 0, VMA_SPECIAL }, { "sf", 0, VMA_SYNC }, { "dp", 0, VMA_DROPPABLE }, { "sl", 0, VMA_SEALED } };
	static const char *const lock[] = { "", " locked", " onfault" };
	char perms[5];
	size_t used;

	if (!vma) {
		snprintf(out, size, "none");
		return;
	}
	vma_perms(vma, perms);
	used = (size_t)snprintf(out, size, "%s%s", perms, lock[vma->lock]);
	for (size_t i = 0; i < sizeof shown / sizeof *shown && used < size; i++)
		if ((vma->advice & shown[i].advice) || (vma->flags & shown[i].flag))
			used += (size_t)snprintf(out + used, size - used, " %s", shown[i].name);
}

/* "mw !me": the flags that stand for the model's ceiling and sharing */
static bool flags_hold(const struct vma *vma, const char *flags)
{
	static const struct word bits[] = { { "mr", 1 }, { "mw", 2 }, { "me", 4 }, { NULL, 0 } };

	for (; *flags; flags += strcspn(flags, " "), flags += *flags == ' ') {
		bool not = *flags == '!';
		const char *flag = flags + not;
		bool has = word_value(bits, flag, 2) & vma->ceiling;

		if (!strncmp(flag, "ms", 2))
			has = vma->shared;
		if (!strncmp(flag, "sh", 2))
			has = vma->shared && (vma->ceiling & PROT_BIT_WRITE);
		if (has == not)
			return false;
	}
	return true;
}

static bool page_matches(const struct vma *vma, json_t *page, char *why, size_t size)
{
	const char *want = text_of(page, "state"), *flags = text_of(page, "vmflags");
	json_t *guard = json_object_get(page, "guard");
	char have[160];

	state_text(vma, have, sizeof have);
	if (want && strcmp(have, want)) {
		snprintf(why, size, "is '%s', should be '%s'", have, want);
		return false;
	}
	if (guard && vma && !!(vma->flags & VMA_GUARD) != json_integer_value(guard)) {
		snprintf(why, size, "guard marker should be %d", (int)json_integer_value(guard));
		return false;
	}
	if (flags && vma && !flags_hold(vma, flags)) {
		snprintf(why, size, "flags should be '%s'", flags);
		return false;
	}
	return true;
}

static uint64_t page_address(struct run *run, json_t *page, uint64_t *count)
{
	json_t *n = json_object_get(page, "n");

	*count = n ? (uint64_t)json_integer_value(n) : 1;
	if (json_object_get(page, "at"))
		return expression(run, text_of(page, "at"), false);
	return ARENA + number_of(page, "page") * PAGE_BYTES;
}

static void check_listed(struct run *run, json_t *page, const char *where)
{
	uint64_t count, at = page_address(run, page, &count);
	char why[256], text[320];

	for (uint64_t i = 0; i < count; i++) {
		if (page_matches(space_find(space_of(run), at + i * PAGE_BYTES), page, why, sizeof why))
			continue;
		snprintf(text, sizeof text, "page %" PRId64 " %s", (int64_t)(at - ARENA) / (int64_t)PAGE_BYTES + (int64_t)i, why);
		blame(run, where, text);
		return;
	}
}

/* Every arena page that is not listed must not be mapped. */
static void check_unlisted(struct run *run, json_t *pages, const char *where)
{
	const struct vma *vma = space_next(space_of(run), WINDOW_LOW);
	uint64_t mapped = 0, listed = 0;
	json_t *page;
	size_t i;

	for (; vma && vma->start < WINDOW_HIGH; vma = space_next(space_of(run), vma->end))
		mapped += vma->end - vma->start;
	json_array_foreach(pages, i, page) {
		uint64_t count, at = page_address(run, page, &count);
		bool none = !strcmp(text_of(page, "state") ? text_of(page, "state") : "", "none");

		if (at >= WINDOW_LOW && at < WINDOW_HIGH && !none)
			listed += count * PAGE_BYTES;
	}
	if (mapped > listed)
		blame(run, where, "more pages mapped than listed");
}

static void check_all_locked(struct run *run, const char *want, const char *where)
{
	const struct vma *vma = space_next(space_of(run), 0);
	uint8_t lock = !strcmp(want, "full") ? VMA_LOCKED : !strcmp(want, "onfault") ? VMA_LOCKED_ONFAULT : VMA_UNLOCKED;

	for (; vma; vma = space_next(space_of(run), vma->end))
		if (vma->lock != (vma_is_lockable(vma) ? lock : VMA_UNLOCKED))
			blame(run, where, "not all pages have the lock");
}

static void check(struct run *run, json_t *expect, const char *where)
{
	json_t *pages = json_object_get(expect, "pages"), *vmlck = json_object_get(expect, "vmlck"), *page;
	size_t i;

	if (pages) {
		json_array_foreach(pages, i, page)
			check_listed(run, page, where);
		check_unlisted(run, pages, where);
	}
	if (vmlck && space_totals(space_of(run)).vmlck != (uint64_t)json_integer_value(vmlck) * PAGE_BYTES)
		blame(run, where, "VmLck");
	if (json_object_get(expect, "all_locked"))
		check_all_locked(run, text_of(expect, "all_locked"), where);
}

/* ---- looking: the expected pages as the listing a collector would read ---- */

static void flags_text(const char *state, char *out, size_t size)
{
	const char *rest = strchr(state, ' ');

	snprintf(out, size, "mr mw me%s", rest ? rest : "");
	for (char *at; (at = strstr(out, "locked"));)
		memcpy(at, "lo    ", 6);
	for (char *at; (at = strstr(out, "onfault"));)
		memcpy(at, "lo lf  ", 7);
}

/* Cases do not say what object is mapped; the model knows. */
static void set_object(const struct run *run, struct snapshot_range *range)
{
	const struct vma *vma = space_find(space_of(run), range->start);

	if (!vma || vma_is_plain(vma))
		return;
	range->dev = vma->dev;
	range->ino = vma->ino;
	range->offset = vma->offset;
	range->path = vma->kind == KIND_SECRET ? "/secretmem (deleted)" : space_path(space_of(run), vma->path);
}

static void look(struct run *run, json_t *expect)
{
	static struct snapshot_range range[256];
	static char flags[256][160];
	json_t *pages = json_object_get(expect, "pages"), *page;
	uint64_t count, last = WINDOW_LOW;
	size_t i, used = 0;

	json_array_foreach(pages, i, page) {
		uint64_t at = page_address(run, page, &count);
		const char *state = text_of(page, "state");

		if (at < last || at >= WINDOW_HIGH || used == 256 || !state || !strcmp(state, "none"))
			continue;
		flags_text(state, flags[used], sizeof flags[0]);
		range[used] = (struct snapshot_range){ .start = at, .end = at + count * PAGE_BYTES, .vmflags = flags[used] };
		memcpy(range[used].perms, state, 4);
		set_object(run, &range[used]);
		last = range[used++].end;
	}
	apply_listing(run, range, used, WINDOW_LOW, WINDOW_HIGH);
}

/* ---- cases ---- */

enum verdict { AGREES, LOOKS_RIGHT, LOOKS_WRONG, UNSEEN, WRONG, VERDICTS };

static void step(struct run *run, json_t *op, json_t *expect, const char *where)
{
	size_t blamed = strlen(run->why);

	run->looked = false;
	run->unseen |= !do_op(run, op, expect);
	check(run, expect, where);
	if (run->looked && run->why[blamed]) {
		run->why[blamed] = '\0';
		run->guessed_wrong = true;
	}
	if (run->looked && json_object_get(expect, "pages"))
		look(run, expect);
}

static enum verdict run_case(json_t *cs, char *why, size_t size)
{
	json_t *op = json_object_get(cs, "op"), *item, *list;
	bool looked = false;
	struct run run;
	enum verdict verdict;
	size_t i;

	begin_case(&run, cs);
	list = json_object_get(cs, "setup");
	json_array_foreach(list, i, item)
		step(&run, item, json_object_get(item, "expect"), "setup");
	if (op) {
		step(&run, op, json_object_get(cs, "expect"), text_of(op, "call"));
		looked |= run.looked;
	}
	list = json_object_get(cs, "after");
	json_array_foreach(list, i, item) {
		step(&run, item, json_object_get(item, "expect"), "after");
		looked |= run.looked;
	}
	snprintf(why, size, "%s", run.why);
	if (run.why[0])
		verdict = run.unseen ? UNSEEN : WRONG;
	else
		verdict = run.guessed_wrong ? LOOKS_WRONG : looked ? LOOKS_RIGHT : AGREES;
	world_free(run.world);
	return verdict;
}

int main(int argc, char **argv)
{
	static const char *const word[] = { "agree", "look", "look and differ", "no call shows it", "WRONG" };
	unsigned counts[VERDICTS] = { 0 };
	char *line = NULL, why[512];
	size_t room = 0;
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;

	if (!file) {
		fprintf(stderr, "run_cases: usage: run_cases FILE.jsonl [NAME]\n");
		return 2;
	}
	while (getline(&line, &room, file) > 0) {
		json_t *cs = line[0] == '{' ? json_loads(line, 0, NULL) : NULL;
		enum verdict verdict;

		if (!cs || (argc > 2 && strcmp(argv[2], text_of(cs, "name")))) {
			json_decref(cs);
			continue;
		}
		verdict = run_case(cs, why, sizeof why);
		counts[verdict]++;
		if (verdict != AGREES)
			printf("%-16s %s%s%s\n", word[verdict], text_of(cs, "name"), why[0] ? ": " : "", why);
		json_decref(cs);
	}
	for (unsigned i = 0; i < VERDICTS; i++)
		printf("%u %s%s", counts[i], word[i], i + 1 < VERDICTS ? ", " : "\n");
	free(line);
	fclose(file);
	return counts[WRONG] > 0;
}
