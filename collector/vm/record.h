/*
 * record.h - one line of a log, parsed.  The joint of the collector: the live ring, the log reader and the model all
 * meet here.
 *
 * Plain data.  Strings and arrays belong to whoever produced the record (the parser) and live until its next record;
 * the model copies what it keeps.
 */
#ifndef PAGETRAIL_RECORD_H
#define PAGETRAIL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../preload/abi/call.h"

enum record_type {
	RECORD_OTHER, /* a type this reader does not know: kept, not interpreted */
	RECORD_HEADER,
	RECORD_PROCESS,
	RECORD_MODULE,
	RECORD_SNAPSHOT,
	RECORD_STACK,
	RECORD_CALL,
	RECORD_MARK,
	RECORD_LOSS,
	RECORD_NOTE,
	RECORD_CHECK,
	RECORD_RESIDENCY,
	RECORD_TRAILER
};

/* What kind of object a mapped descriptor is, and how it was opened ("fdkind" and "access" in the log). */
enum fd_kind {
	FD_UNKNOWN, FD_REGULAR, FD_MEMFD, FD_SECRET, FD_HUGETLB, FD_DEVICE, FD_OTHER, FD_ZERO, FD_SOCKET, FD_PIPE
};
enum fd_access {
	ACCESS_UNKNOWN, ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_BOTH = 3
};

/* How a call was caught: at a symbol, at a system call of the C library's that was rewritten, through syscall(2) ("via"). */
enum call_via {
	VIA_UNKNOWN, VIA_PLT, VIA_SITE, VIA_SYSCALL
};

/* Which of the optional fields of a call record are present. */
enum call_has {
	HAS_RET = 1 << 0,	/* the call returned; without it the call began and never came back */
	HAS_OLD = 1 << 1,	/* brk: the break before the call */
	HAS_FILE = 1 << 2,	/* mmap of a descriptor: fdkind, access, dev, ino, path, seals, noexec */
	HAS_LIMIT = 1 << 3,	/* failing lock: soft RLIMIT_MEMLOCK, CAP_IPC_LOCK, VmLck */
	HAS_SIZE = 1 << 4,	/* shmat: bytes of the segment */
	HAS_RLIMIT = 1 << 5,	/* setrlimit, prlimit: the new soft and hard limit */
	HAS_CHILD = 1 << 6,	/* posix_spawn: pid of the child */
	HAS_IOV = 1 << 8,	/* process_madvise: its ranges, all of them */
	HAS_TARGET = 1 << 9,	/* process_madvise: pid of whom */
	HAS_RESIDENT = 1 << 10,	/* mincore: how many pages are resident, all of them looked at */
	HAS_RUNS = 1 << 11,	/* mincore: which */
	HAS_LOOKED = 1 << 7,	/* a snapshot of the pages in question follows */
	HAS_OVERLAP = 1 << 12,	/* HAS_LIMIT, but others locked or unlocked meanwhile: vmlck is not that of the call */
};

/* An element of an iovec. */
struct call_range {
	uint64_t addr, len;
};

struct record_call {
	enum call_id call;
	unsigned has;			/* enum call_has */
	uint64_t arg[CALL_ARGS_MAX];	/* in the order of calls.def; signed numbers sign-extended */
	int64_t ret;			/* HAS_RET; addresses as their bits, -1 on failure */
	int err;			/* errno value, 0 on success */
	uint64_t dur_ns;
	uint32_t stack;			/* 0: none */
	enum call_via via;
	uint64_t old;			/* HAS_OLD */
	enum fd_kind fd_kind;		/* HAS_FILE */
	enum fd_access access;
	uint32_t seals;			/* F_SEAL_*; 0: none told */
	bool noexec;			/* its file system is mounted noexec */
	uint64_t dev, ino;
	const char *path;		/* HAS_FILE, execve and posix_spawn; may be NULL */
	uint64_t limit_bytes;		/* HAS_LIMIT; UINT64_MAX: unlimited */
	bool cap_ipc_lock;
	uint64_t vmlck_bytes;
	uint64_t size_bytes;		/* HAS_SIZE */
	uint64_t soft, hard;		/* HAS_RLIMIT; UINT64_MAX: unlimited */
	int32_t child;			/* HAS_CHILD */
	int32_t target;			/* HAS_TARGET */
	size_t iov_count;		/* HAS_IOV */
	const struct call_range *iov;
	uint64_t resident;		/* HAS_RESIDENT */
	size_t run_count;		/* HAS_RUNS; pages by turns absent and resident, from the first on */
	const uint64_t *run;
};

enum process_event {
	PROCESS_START,	/* the program, or a child first seen after its exec */
	PROCESS_FORK,	/* a child with a copy of its parent's address space */
	PROCESS_EXEC,	/* a new program in a known pid */
	PROCESS_EXIT
};

struct rlimit_pair {
	uint64_t soft, hard;	/* bytes; UINT64_MAX: unlimited */
};

/* A System V segment that SHM_LOCK holds, at a seam. */
struct record_segment {
	uint64_t shmid;
	int32_t pid;		/* who locked it */
	bool removed;
};

/*
 * A start record at the head of a log that continues another ("carried"): the process began before, and this is what the
 * model knew of it beyond its VMAs.
 */
struct record_carried {
	bool told, returned;	/* its own record, its parent's fork have been seen */
	bool borrows;		/* the address space is that of ppid: between vfork and exec */
	bool exited;		/* the call was seen, the end of the process was not */
	bool limits_known, core_chosen, undumpable, read_exec;
	uint8_t future;		/* enum vma_lock */
	uint64_t brk, heap_low;	/* 0 and UINT64_MAX: not known */
	size_t segments;
	const struct record_segment *segment;
};

struct record_process {
	enum process_event event;
	int32_t ppid;		/* 0: unknown */
	const char *exe;	/* NULL: unknown */
	size_t argc;
	const char *const *argv;
	struct rlimit_pair memlock, as, data, stack;	/* start and exec */
	struct rlimit_pair core;
	bool has_limits, has_core;
	bool cap_ipc_lock;
	uint8_t mdwe;		/* start and exec: PR_GET_MDWE, set by whoever started it; 0: not told */
	bool merge_any;		/* the same: PR_GET_MEMORY_MERGE */
	const struct record_carried *carried;	/* NULL: begins here */
	bool has_status;	/* exit */
	int status;		/* exit: as wait(2) gives it */
};

/*
 * One VMA as the kernel lists it.  Sample: 7f10aaf06000-7f10aaf16000 rw-p 00000000 00:00 0   VmFlags: rd wr mr mw me lo
 */
struct snapshot_range {
	uint64_t start, end;
	char perms[5];		/* "rw-p" */
	uint64_t offset;
	uint64_t dev, ino;
	const char *path;	/* NULL: anonymous */
	const char *vmflags;	/* NULL: read from maps, which has none */
};

/* What the model knows of a range and no listing of the kernel's has: at the head of a log that continues another. */
struct snapshot_known {
	const char *kind;	/* vma_kind_name(); NULL: the kernel lists it */
	bool guard, zero;	/* VMA_GUARD, VMA_ZERO */
	uint64_t dev, ino;	/* what the kernel calls the object that has a number of the model's; 0: not seen */
};

/*
 * A snapshot may take several lines ("part" 0, 1, ...; the last has "last": true).  Each part speaks for the addresses
 * [from, to) only: whatever the model holds there and the part does not list is not mapped.
 */
struct record_snapshot {
	const char *why; /* "start", "look", "check", ...: what was the occasion; "call": the tid's last call */
	uint32_t part;
	bool last;
	uint64_t from, to;
	size_t count;
	const struct snapshot_range *range;	/* ascending, disjoint */
	const struct snapshot_known *known;	/* one for each range, or NULL: the kernel lists them */
	bool has_vmlck;		/* VmLck of /proc/PID/status, read with it */
	uint64_t vmlck_bytes;
};

struct record_module {
	uint32_t id;
	const char *path;
	const char *build_id;	/* hex digits; NULL: none */
	uint64_t base;		/* load address: address in memory = base + address in the file's symbol table */
	uint64_t start, end;	/* bytes it spans in memory */
};

struct stack_frame {
	uint32_t module;	/* 0: no module (generated code), then offset is the plain address */
	uint64_t offset;	/* return address - base of the module */
};

/* A function at a frame, as it was looked up when the log was symbolized. */
struct stack_name {
	const char *function, *file;	/* NULL: unknown */
	const char *dir;		/* what a relative file is relative to; NULL: unknown */
	int32_t line;			/* 0: unknown */
	uint64_t in_function;		/* bytes from the start of the function, 0 if unknown */
	bool inlined;			/* into the next */
};

struct frame_names {
	bool known;	/* its file was there to be looked at */
	size_t count;	/* 0: and knew no name; several where functions were inlined, innermost first */
	const struct stack_name *name;
};

struct record_stack {
	uint32_t id;
	size_t count;		/* innermost first */
	const struct stack_frame *frame;
	bool truncated;		/* the walk stopped before the outermost frame */
	bool guessed;		/* some frame was found by frame pointer, not by unwind table */
	const struct frame_names *names; /* one for each frame; NULL: the log has none */
};

struct record_mark {
	const char *label;
	uint32_t stack;
};

struct record_loss {
	uint64_t count;		/* records that could not be kept */
	const char *why;
};

struct record_note {
	const char *what;	/* one word: "untraced", "race", "tear", ... */
	const char *text;	/* for a person */
	const char *path;	/* "untraced", "not-covered": of the program or object */
	size_t calls;		/* "not-covered": what it calls by itself */
	const char *const *call;
	uint64_t seqs[2]; /* "race": of the two calls, in the order chosen; 0: no race */
	uint64_t start, end; /* the pages */
	int32_t child;	     /* whose pages they are, if one of the calls is the fork that made it; else 0 */
	bool rules;	     /* both set by which rules mappings are made: not known until the next mlockall or munlockall */
	const char *object; /* "sites": whose */
	bool off;	    /* "sites": not looked for at all */
	uint64_t found, rewritten;
	const char *error; /* why not all were rewritten: an errno's name, NULL: none */
};

/* The model was compared with the kernel, page by page (record --verify). */
struct record_check {
	const char *why;    /* "mark" or "exit": when the process waited for it */
	uint64_t pages;	    /* compared */
	uint64_t differ;    /* of these */
	const char *unread; /* an error's name: the process could not be looked at; NULL: it could */
};

/* A run of pages in memory, or swapped out. */
struct residency_range {
	uint64_t start, pages;
	bool swapped;
};

/*
 * Which pages of a process were in memory (record --residency), as of the records before it.  A sample may take several
 * lines ("part" 0, 1, ...; the last has "last": true).  Each part speaks for the mapped pages of [from, to): those in none
 * of its ranges were neither in memory nor swapped out.
 */
struct record_residency {
	const char *why;    /* "mark", "exit" or "calls" */
	const char *unread; /* an error's name: the process could not be looked at; NULL: it could */
	uint32_t part;
	bool last;
	bool cut; /* there was more: from @to on nothing is known */
	uint64_t from, to;
	size_t count;
	const struct residency_range *range; /* ascending, disjoint */
};

struct record_header {
	int version;
	const char *tool, *kernel;
	uint64_t page_bytes;
	uint64_t start_ns;	/* CLOCK_MONOTONIC when recording began; every "t" counts from here */
	uint64_t realtime_ns;	/* the same moment, CLOCK_REALTIME */
	size_t argc;
	const char *const *argv;
	const char *cwd;
	uint64_t max_map_count;	/* vm.max_map_count: VMAs a process can have; 0: not told */
	uint32_t part;		/* of a recording that goes over several logs, from 1; 0: it is one log, or the first */
	const char *continues;	/* name of the log before this one; NULL: none */
};

struct record_trailer {
	uint64_t calls, losses, unfinished, processes, stacks, modules, marks, snapshots;
	uint64_t lines;	   /* of the log, the header's and this one's too, empty ones not; 0: not told */
	uint64_t revealed; /* pages that differed in snapshots after the first */
	bool complete;
	uint64_t state_form; /* digest.h; 0: the trailer says nothing of the state */
	const char *state;   /* digest of all processes' state, as the recording program had it */
	const char *continued; /* name of the log after this one; NULL: none */
};

struct record {
	enum record_type type;
	uint64_t seq;		/* process, snapshot, call, mark: position in the chosen order; 0: none */
	int32_t pid, tid;
	uint64_t t_ns;		/* begin, ns since the header's start_ns */
	union {
		struct record_header header;
		struct record_process process;
		struct record_module module;
		struct record_snapshot snapshot;
		struct record_stack stack;
		struct record_call call;
		struct record_mark mark;
		struct record_loss loss;
		struct record_note note;
		struct record_check check;
		struct record_residency residency;
		struct record_trailer trailer;
	};
};

/*
 * record_end_ns - when a call returned, ns since the header's start_ns; of any other record, and of a call that did not, when
 * it began
 */
static inline uint64_t record_end_ns(const struct record *record)
{
	uint64_t end;

	if (record->type != RECORD_CALL || !(record->call.has & HAS_RET))
		return record->t_ns;
	return __builtin_add_overflow(record->t_ns, record->call.dur_ns, &end) ? UINT64_MAX : end;
}

#endif
