#include "noise.h"

#include "../../collector/vm/range.h"

static uint64_t bytes(struct noise *noise, unsigned count)
{
	uint64_t word = 0;

	for (; count && noise->left; count--, noise->left--)
		word = word << 8 | *noise->byte++;
	return word;
}

static uint64_t generated(struct noise *noise)
{
	noise->seed = noise->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return noise->seed >> 33 | noise->seed << 31;
}

uint64_t noise_word(struct noise *noise)
{
	return noise->left ? bytes(noise, 8) : generated(noise);
}

unsigned noise_pick(struct noise *noise, unsigned below)
{
	uint64_t word = noise->left ? bytes(noise, below > 256 ? 2 : 1) : generated(noise) >> 20;

	return (unsigned)word % below;
}

/* Mostly pages of the arena; else edges of the address space and noise. */
static uint64_t some_word(struct noise *noise)
{
	static const uint64_t edges[] = { 0, 1, 4095, 4096, UINT64_MAX, UINT64_MAX - 4095, SPACE_END, USER_END, INT64_MAX,
					  HUGE_BYTES, UINT64_C(0xffffffffff600000) };
	const uint64_t page = NOISE_BASE + noise_pick(noise, NOISE_PAGES) * PAGE_BYTES;

	switch (noise_pick(noise, 8)) {
	case 0:
		return edges[noise_pick(noise, sizeof edges / sizeof *edges)];
	case 1:
		return noise_word(noise);
	case 2:
		return page + noise_pick(noise, PAGE_BYTES);
	case 3: case 4:
		return (1 + noise_pick(noise, 20)) * PAGE_BYTES;
	default:
		return page;
	}
}

static uint64_t some_flags(struct noise *noise)
{
	uint64_t word = noise_word(noise);

	return noise_pick(noise, 4) ? word & word >> 20 & 0x1fffff : word;
}

static void fill_result(struct noise *noise, struct record_call *call)
{
	call->ret = noise_pick(noise, 3) ? 0 : (int64_t)some_word(noise);
	if (call_table[call->call].result == CLASS_ADDR)
		call->ret = (int64_t)some_word(noise);
	if (noise_pick(noise, 4))
		return;
	call->ret = -1;
	call->err = (int)noise_pick(noise, 40);
}

static void fill_facts(struct noise *noise, struct record_call *call)
{
	call->old = some_word(noise);
	call->fd_kind = (enum fd_kind)noise_pick(noise, FD_PIPE + 1);
	call->access = (enum fd_access)noise_pick(noise, 4);
	call->dev = noise_pick(noise, 3);
	call->ino = noise_pick(noise, 3);
	call->path = noise_pick(noise, 2) ? "/some/path" : NULL;
	call->limit_bytes = some_word(noise);
	call->cap_ipc_lock = noise_pick(noise, 2);
	call->vmlck_bytes = some_word(noise);
	call->size_bytes = some_word(noise);
	call->soft = some_word(noise);
	call->target = (int32_t)noise_pick(noise, 4);
	call->iov = noise->iov;
	call->iov_count = noise_pick(noise, 5);
	for (size_t i = 0; i < call->iov_count; i++)
		noise->iov[i] = (struct call_range){ some_word(noise), some_word(noise) };
}

static void fill_call(struct noise *noise, struct record_call *call)
{
	call->call = (enum call_id)noise_pick(noise, CALL_COUNT);
	call->has = noise_pick(noise, 10) ? HAS_RET | (noise_pick(noise, 512) << 1) : 0;
	for (int i = 0; i < CALL_ARGS_MAX; i++)
		call->arg[i] = i < 2 || !noise_pick(noise, 3) ? some_word(noise) : some_flags(noise);
	if (call->call == CALL_madvise || call->call == CALL_posix_madvise)
		call->arg[2] = noise_pick(noise, 104);
	if (call->call == CALL_process_madvise)
		call->arg[3] = noise_pick(noise, 104);
	fill_result(noise, call);
	if (call->has & ~(unsigned)HAS_RET)
		fill_facts(noise, call);
}

static void fill_snapshot(struct noise *noise, struct record_snapshot *snapshot)
{
	static const char *const paths[] = { NULL,	"",	      "[stack]", "[heap]", "/SYSV0 (deleted)",
					     "/memfd:", "[vsyscall]", "x" };
	static const char *const flags[] = { NULL, "", "lo", "rd wr lo lf gd", "lolo l", " ", "sl dd dc io" };
	static const char *const whys[] = { "look", "call", "start", "check" };

	snapshot->why = whys[noise_pick(noise, 4)];
	snapshot->part = noise_pick(noise, 3);
	snapshot->last = noise_pick(noise, 2);
	snapshot->from = some_word(noise);
	snapshot->to = some_word(noise);
	snapshot->has_vmlck = noise_pick(noise, 2);
	snapshot->vmlck_bytes = some_word(noise);
	snapshot->count = noise_pick(noise, 8);
	snapshot->range = noise->range;
	for (size_t i = 0; i < snapshot->count; i++) {
		struct snapshot_range *range = &noise->range[i];

		*range = (struct snapshot_range){ some_word(noise), some_word(noise), "rw-p", some_word(noise),
						  noise_pick(noise, 3), noise_pick(noise, 3), paths[noise_pick(noise, 8)],
						  flags[noise_pick(noise, 7)] };
		range->perms[noise_pick(noise, 5)] = "rwxps-\0"[noise_pick(noise, 7)];
	}
}

static void fill_process(struct noise *noise, struct record_process *process)
{
	process->event = (enum process_event)noise_pick(noise, 4);
	process->ppid = (int32_t)noise_pick(noise, 6);
	process->exe = noise_pick(noise, 2) ? "/bin/x" : NULL;
	process->has_limits = noise_pick(noise, 2);
	process->memlock.soft = some_word(noise);
	process->as.soft = some_word(noise);
	process->stack.soft = some_word(noise);
}

struct record noise_record(struct noise *noise, uint64_t seq)
{
	struct record record = { .type = RECORD_CALL, .seq = seq };

	record.pid = record.tid = (int32_t)noise_pick(noise, 6) - 1;
	switch (noise_pick(noise, 12)) {
	case 0:
		record.type = RECORD_SNAPSHOT;
		fill_snapshot(noise, &record.snapshot);
		break;
	case 1:
		record.type = RECORD_PROCESS;
		fill_process(noise, &record.process);
		break;
	case 2:
		if (noise_pick(noise, 8) == 0) {
			record.type = RECORD_HEADER;
			record.header.kernel = noise_pick(noise, 2) ? "6.1.0" : "6.18.44";
			break;
		}
		/* fall through */
	default:
		fill_call(noise, &record.call);
	}
	return record;
}
