/*
 * life.c - the shim's beginning in a program and in its fork children.
 */
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "abi/errno.h"
#include "clock.h"
#include "event.h"
#include "explain.h"
#include "greet.h"
#include "growth.h"
#include "guard.h"
#include "line.h"
#include "maps.h"
#include "raw.h"
#include "real.h"
#include "send.h"
#include "shim.h"
#include "sites.h"
#include "dictionary.h"
#include "step.h"
#include "thread.h"
#include "unwind.h"

struct shim shim;
__thread struct thread_word shim_thread;

static uint32_t last_generation;	/* private to each process: a fork child continues from its parent's */
static int32_t last_pid;		/* the pid before a fork: the child's parent */

/* ---- identity ---- */

static void announce_fork(int32_t pid, int32_t parent)
{
	struct line line;

	if (!event_open(&line, SLOT_FORK, pid))
		return;
	line_key(&line, "ppid");
	line_signed(&line, parent);
	event_close(&line);
}

/* First use after fork: the page the kernel wiped says so.  Two threads may get here at once; one of them announces. */
static bool become_child(struct identity *id)
{
	uint32_t fresh = 0, generation = last_generation + 1;
	int32_t parent = last_pid;

	if (!shim.follow) {
		shim.ring = NULL;
		return false;
	}
	/* whoever forked is its child's first thread, whose id is the pid */
	id->pid = shim.restricted ? thread_id() : (int32_t)raw_syscall3(SYS_getpid, 0, 0, 0);
	if (!atomic_compare_exchange_strong_explicit(&id->generation, &fresh, generation, memory_order_acq_rel,
						     memory_order_acquire))
		return true;
	last_generation = generation;
	last_pid = id->pid;
	shim.key_shared = true;
	guard_after_fork();
	/* the copy was made at some moment of a call that others' calls may have overlapped */
	if (atomic_exchange_explicit(&shim.threaded, false, memory_order_relaxed))
		atomic_store_explicit(&shim.overlapped, true, memory_order_relaxed);
	if (shim.by_libunwind)
		unwind_after_fork();
	announce_fork(id->pid, parent);
	return true;
}

bool identity_current(void)
{
	struct identity *id = shim.identity;
	uint32_t generation = atomic_load_explicit(&id->generation, memory_order_acquire);

	if (__builtin_expect(generation && shim_thread.generation == generation, 1))
		return true;
	if (!generation && !become_child(id))
		return false;
	shim_thread.generation = atomic_load_explicit(&id->generation, memory_order_acquire);
	shim_thread.tid = thread_id();
	if (shim_thread.tid != id->pid)
		atomic_store_explicit(&shim.threaded, true, memory_order_relaxed);
	return true;
}

bool identity_recorded(void)
{
	bool is;

	if (!shim.ring)
		return false;
	guard_enter();
	is = shim.ring && !atomic_load_explicit(&shim.ring->closed, memory_order_relaxed) && identity_current();
	guard_leave();
	return is;
}

int32_t identity_pid(void)
{
	int32_t pid;

	if (!shim.ring)
		return 0;
	guard_enter();
	pid = shim.ring && identity_current() ? shim.identity->pid : 0;
	guard_leave();
	return pid;
}

static bool make_identity(void)
{
	long page = raw_syscall6(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (raw_failed(page))
		return false;
	if (raw_failed(raw_syscall3(SYS_madvise, page, 4096, MADV_WIPEONFORK))) {
		raw_syscall3(SYS_munmap, page, 4096, 0);
		return false;
	}
	shim.identity = (struct identity *)page;
	shim.identity->pid = last_pid = (int32_t)raw_syscall3(SYS_getpid, 0, 0, 0);
	atomic_store_explicit(&shim.identity->generation, ++last_generation, memory_order_release);
	return true;
}

/* ---- the session ---- */

static const char *find_variable(char **envp, const char *name)
{
	for (; envp && *envp; envp++) {
		const char *a = *envp, *b = name;

		while (*b && *a == *b) {
			a++;
			b++;
		}
		if (!*b && *a == '=')
			return a + 1;
	}
	return NULL;
}

static bool header_is_sound(const struct ring *ring, uint64_t file_bytes)
{
	return ring->magic == RING_MAGIC && ring->version == RING_VERSION && ring->bytes == file_bytes && ring->slots &&
	       !(ring->slots & (ring->slots - 1)) && !(ring->dict_buckets & (ring->dict_buckets - 1)) &&
	       ring_bytes(ring->slots, ring->dict_words, ring->dict_buckets) == file_bytes;
}

static struct ring *map_ring(const char *path)
{
	long fd = raw_syscall3(SYS_open, (long)path, O_RDWR | O_CLOEXEC, 0), at = -1;
	struct stat st;
	struct ring *ring;

	if (raw_failed(fd))
		return NULL;
	if (!raw_failed(raw_syscall3(SYS_fstat, fd, (long)&st, 0)) && st.st_size >= (off_t)sizeof(struct ring))
		at = raw_syscall6(SYS_mmap, 0, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	raw_syscall3(SYS_close, fd, 0, 0);
	if (raw_failed(at))
		return NULL;
	ring = (struct ring *)at;
	if (!header_is_sound(ring, (uint64_t)st.st_size)) {
		raw_syscall3(SYS_munmap, at, st.st_size, 0);
		return NULL;
	}
	raw_syscall3(SYS_madvise, at, st.st_size, MADV_DONTDUMP);
	return ring;
}

/* Without following, only the program itself is traced: it is the collector's own child, through any exec. */
static bool wanted(const struct ring *ring)
{
	return ring->follow || raw_syscall3(SYS_getppid, 0, 0, 0) == ring->collector_pid;
}

/* ---- the process record ---- */

static void write_limit(struct line *line, int resource)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	raw_syscall6(SYS_prlimit64, 0, resource, 0, (long)&limit, 0, 0);
	line_raw(line, "[");
	line_signed(line, limit.rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_cur);
	line_raw(line, ",");
	line_signed(line, limit.rlim_max == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_max);
	line_raw(line, "]");
}

static void write_limits(struct line *line)
{
	line_key(line, "limits");
	line_raw(line, "{\"memlock\":");
	write_limit(line, RLIMIT_MEMLOCK);
	line_key(line, "as");
	write_limit(line, RLIMIT_AS);
	line_key(line, "data");
	write_limit(line, RLIMIT_DATA);
	line_key(line, "stack");
	write_limit(line, RLIMIT_STACK);
	line_key(line, "core");
	write_limit(line, RLIMIT_CORE);
	line_raw(line, "}");
}

/* A command line can be megabytes long; the record keeps what fits into half a chain and says when that is not all. */
#define ARGV_SLOTS (SLOT_CHAIN_MAX / 2)

static void write_argv(struct line *line, int argc, char **argv)
{
	int i;

	line_key(line, "argv");
	line_raw(line, "[");
	for (i = 0; i < argc && argv[i] && line->chained < ARGV_SLOTS; i++) {
		if (i)
			line_raw(line, ",");
		line_quoted(line, argv[i], 1024);
	}
	line_raw(line, "]");
	if (i < argc) {
		line_key(line, "argv_cut");
		line_bool(line, true);
	}
}

/* newer than some headers: include/uapi/linux/prctl.h */
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif
#ifndef PR_GET_MEMORY_MERGE
#define PR_GET_MEMORY_MERGE 68
#endif

/* Who started the program may have set them: exec keeps both, mmf_init_flags(), include/linux/mm_types.h. */
static void write_switches(struct line *line)
{
	long mdwe = raw_syscall6(SYS_prctl, PR_GET_MDWE, 0, 0, 0, 0, 0);

	if (mdwe > 0) {
		line_key(line, "mdwe");
		line_unsigned(line, (uint64_t)mdwe);
	}
	if (raw_syscall6(SYS_prctl, PR_GET_MEMORY_MERGE, 0, 0, 0, 0, 0) == 1) {
		line_key(line, "merge_any");
		line_bool(line, true);
	}
}

static void announce_program(int argc, char **argv)
{
	struct line line;

	if (!event_open(&line, SLOT_PROCESS, shim.identity->pid))
		return;
	line_key(&line, "ppid");
	line_signed(&line, raw_syscall3(SYS_getppid, 0, 0, 0));
	line_key(&line, "key");
	line_unsigned(&line, shim.key);
	line_key(&line, "unwinder");
	line_quoted(&line, !shim.depth ? "none" : shim.by_libunwind ? "libunwind" : "cfi", 16);
	line_key(&line, "exe");
	line_quoted(&line, shim.exe, sizeof(shim.exe));
	write_limits(&line);
	line_key(&line, "cap_ipc_lock");
	line_bool(&line, explain_may_lock());
	write_switches(&line);
	write_argv(&line, argc, argv);
	event_close(&line);
}

/* ---- the beginning ---- */

/* libunwind where it is asked for, and by itself where the stepper cannot work; no stacks where neither can. */
static void choose_unwinder(const struct ring *ring)
{
	bool can_step = step_init();

	shim.by_libunwind = (ring->unwinder == UNWINDER_LIBUNWIND || !can_step) && unwind_init();
	shim.depth = can_step || shim.by_libunwind ? ring->depth : 0;
}

static void report_object(const struct site_report *report)
{
	struct line line;

	if (!event_open(&line, SLOT_NOTE, shim.identity->pid))
		return;
	line_key(&line, "what");
	line_quoted(&line, "sites", 8);
	line_key(&line, "object");
	line_quoted(&line, report->object, 64);
	line_key(&line, "found");
	line_signed(&line, report->found);
	line_key(&line, "rewritten");
	line_signed(&line, report->rewritten);
	if (report->error) {
		line_key(&line, "errno");
		line_quoted(&line, errno_name(report->error), 32);
	}
	event_close(&line);
}

static void rewrite_sites(struct ring *ring)
{
	struct site_report report[2];

	sites_install(ring->sites_of, report);
	report_object(&report[0]);
	report_object(&report[1]);
}

static void copy_text(char *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes - 1; i++)
		to[i] = from[i];
	to[bytes - 1] = 0;
}

static void keep_words(const struct ring *ring)
{
	shim.follow = ring->follow;
	copy_text(shim.shim_path, ring->shim_path, sizeof(shim.shim_path));
	copy_text(shim.preload, ring->preload, sizeof(shim.preload));
	copy_text(shim.ring_path, ring->ring_path, sizeof(shim.ring_path));
}

/* Return: whether this process is recorded from now on. */
static bool begin_session(const char *path, int argc, char **argv)
{
	struct ring *ring = map_ring(path);
	long length;

	if (!ring)
		return false;
	if (!wanted(ring) || atomic_load_explicit(&ring->closed, memory_order_relaxed) || !make_identity()) {
		raw_syscall3(SYS_munmap, (long)ring, (long)ring->bytes, 0);
		return false;
	}
	length = raw_syscall3(SYS_readlink, (long)"/proc/self/exe", (long)shim.exe, sizeof(shim.exe) - 1);
	shim.exe[length > 0 ? length : 0] = 0;
	shim.program = getauxval(AT_PHDR) & ~(uintptr_t)4095;
	thread_init();
	clock_init(getauxval(AT_SYSINFO_EHDR), ring->start_ns);
	send_attach(ring);
	dictionary_attach(ring);
	keep_words(ring);
	shim.mapped = ring;
	shim.ring_bytes = ring->bytes;
	shim.verify = ring->verify;
	shim.verify_every = ring->verify_every;
	atomic_store(&shim.key, atomic_fetch_add_explicit(&ring->next_key, 1, memory_order_relaxed));
	choose_unwinder(ring);
	announce_program(argc, argv);
	growth_init((uintptr_t)argv);
	maps_send("start");
	if (ring->sites)
		rewrite_sites(ring);
	shim.ring = ring;
	return true;
}

static void ask_for_session(const char *socket, int argc, char **argv)
{
	struct greet_answer answer;

	if (greet_collector(socket, &answer))
		begin_session(answer.ring_path, argc, argv);
}

/*
 * Linked with -z initfirst: runs before the constructors of every other object, so the real functions are known before
 * any of them can make a call.  getenv() does not work yet at this point; the environment is the third argument.
 */
__attribute__((constructor)) static void begin(int argc, char **argv, char **envp)
{
	const char *path = find_variable(envp, RING_ENV), *socket = find_variable(envp, GREET_ENV);

	real_resolve();
	if (path && begin_session(path, argc, argv))
		return;
	/* the parent was not recorded, or its recording is over */
	if (socket)
		ask_for_session(socket, argc, argv);
}
