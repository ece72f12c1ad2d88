#include "refusal.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "event.h"
#include "gate.h"
#include "own.h"
#include "raw.h"
#include "shim.h"

static _Atomic uint32_t notes;

/* How much more address space the call wanted; 0: none, or that is not known. */
static uint64_t wanted_bytes(enum call_id call, const uint64_t *words)
{
	uint64_t from, to;

	switch (call) {
	case CALL_mmap:
		return (words[1] + 4095) & ~4095ull;
	case CALL_mremap:
		return words[2] > words[1] ? (words[2] - words[1] + 4095) & ~4095ull : 0;
	case CALL_brk:
		from = ((uint64_t)gate_break() + 4095) & ~4095ull;
		to = (words[0] + 4095) & ~4095ull;
		return to > from ? to - from : 0;
	case CALL_sbrk:
		return (int64_t)words[0] > 0 ? (words[0] + 4095) & ~4095ull : 0;
	default:
		return 0;
	}
}

/* proc(5): /proc/PID/statm begins with the size of the address space in pages. -1: not readable */
static int64_t mapped_bytes(void)
{
	long fd = raw_syscall3(SYS_open, (long)"/proc/thread-self/statm", O_RDONLY | O_CLOEXEC, 0), n;
	int64_t pages = 0;
	char text[64];

	if (raw_failed(fd))
		return -1;
	n = raw_syscall3(SYS_read, fd, (long)text, sizeof(text));
	raw_syscall3(SYS_close, fd, 0, 0);
	for (long i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pages = pages * 10 + (text[i] - '0');
	return n > 0 ? pages * 4096 : -1;
}

static bool is_our_fault(uint64_t wanted)
{
	struct rlimit limit;
	int64_t mapped;

	if (raw_failed(raw_syscall6(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit, 0, 0)) || limit.rlim_cur == RLIM_INFINITY)
		return false;
	mapped = mapped_bytes();
	return mapped >= 0 && (uint64_t)mapped + wanted > limit.rlim_cur &&
	       (uint64_t)mapped + wanted - own_bytes() <= limit.rlim_cur;
}

static void send_note(enum call_id call)
{
	struct line line;

	if (!event_open(&line, SLOT_NOTE, 0))
		return;
	line_key(&line, "what");
	line_quoted(&line, "limit", 16);
	line_key(&line, "text");
	line_raw(&line, "\"");
	line_text(&line, call_table[call].name, 32);
	line_raw(&line, " was refused by RLIMIT_AS for the address space of the tracer; without the tracer it would have been allowed\"");
	event_close(&line);
}

void refusal_explain(enum call_id call, const uint64_t *words)
{
	uint64_t wanted = wanted_bytes(call, words);

	if (!wanted || wanted >> 47 || shim.restricted || atomic_load_explicit(&notes, memory_order_relaxed) >= REFUSALS_MAX)
		return;
	if (!is_our_fault(wanted) || !identity_recorded())
		return;
	atomic_fetch_add_explicit(&notes, 1, memory_order_relaxed);
	send_note(call);
}
