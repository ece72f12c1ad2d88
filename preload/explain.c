#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "peek.h"
#include "raw.h"
#include "residency.h"
#include "vector.h"

/* newer than some headers: include/uapi/linux/prctl.h */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

#define HUGE_PAGE_BYTES (2u << 20)
#define ST_NOEXEC 8	/* statfs(2) f_flags, of the mount: include/linux/statfs.h */

static bool starts_with(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return false;
	return true;
}

/* hugetlbfs is known by its block size: a huge page (fs/hugetlbfs/inode.c sets s_blocksize to it). */
static const char *regular_kind(const struct stat *st, const char *path)
{
	if (starts_with(path, "/secretmem"))
		return "secret";
	if (st->st_blksize >= (blksize_t)HUGE_PAGE_BYTES)
		return "hugetlb";
	return starts_with(path, "/memfd:") ? "memfd" : "regular";
}

/* /dev/zero has a number of its own: Documentation/admin-guide/devices.txt. */
static const char *kind_of(const struct stat *st, const char *path)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return regular_kind(st, path);
	case S_IFSOCK:
		return "socket";
	case S_IFIFO:
		return "pipe";
	case S_IFBLK:
		return "device";
	case S_IFCHR:
		return st->st_rdev == makedev(1, 5) ? "zero" : "device";
	default:
		return "other";
	}
}

/* Do the kernel's own rules for files say nothing about a mapping of it? */
static bool is_drivers(const char *kind)
{
	return kind[0] == 's' || kind[0] == 'd' || kind[0] == 'o';
}

size_t explain_fd_path(char out[32], const char *directory, int fd)
{
	char digits[12];
	int n = 0, at = 0;

	for (; directory[at]; at++)
		out[at] = directory[at];
	do {
		digits[n++] = (char)('0' + fd % 10);
		fd /= 10;
	} while (fd);
	while (n)
		out[at++] = digits[--n];
	out[at] = 0;
	return (size_t)at;
}

/*
 * What its mappings can never be given later: do_mmap(), mm/mmap.c.  Seals are for memory files alone (fcntl(2) F_GET_SEALS), and
 * most of the others have F_SEAL_SEAL.
 */
static void write_bounds(struct line *line, int fd, const char *kind)
{
	struct statfs mount;
	long seals = kind[0] == 'm' || kind[0] == 'h' ? raw_syscall3(SYS_fcntl, fd, F_GET_SEALS, 0) : 0;

	if (!raw_failed(seals) && seals & ~F_SEAL_SEAL) {
		line_key(line, "seals");
		line_unsigned(line, (uint64_t)seals);
	}
	if (!raw_failed(raw_syscall3(SYS_fstatfs, fd, (long)&mount, 0)) && mount.f_flags & ST_NOEXEC) {
		line_key(line, "noexec");
		line_bool(line, true);
	}
}

static bool write_descriptor(struct line *line, int flags, int fd)
{
	static const char *const access[] = { "r", "w", "rw", "rw" };
	struct stat st;
	char link[32], path[1024];
	const char *kind;
	long mode, length;

	if ((flags & MAP_ANONYMOUS) || fd < 0)
		return false;
	mode = raw_syscall3(SYS_fcntl, fd, F_GETFL, 0);
	if (raw_failed(mode) || raw_failed(raw_syscall3(SYS_fstat, fd, (long)&st, 0)))
		return false;
	explain_fd_path(link, "/proc/self/fd/", fd);
	length = raw_syscall3(SYS_readlink, (long)link, (long)path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = 0;
	kind = kind_of(&st, path);
	line_key(line, "fdkind");
	line_quoted(line, kind, 16);
	line_key(line, "access");
	line_quoted(line, access[mode & O_ACCMODE], 2);
	line_key(line, "dev");
	line_unsigned(line, st.st_dev);
	line_key(line, "ino");
	line_unsigned(line, st.st_ino);
	line_key(line, "path");
	line_quoted(line, path, sizeof(path));
	write_bounds(line, fd, kind);
	return is_drivers(kind);
}

/* A reader of status: how much of the key has been seen, and the number behind it. */
struct vmlck {
	unsigned matched;
	int64_t kb;
};

static bool may_be_a_limit(enum call_id call, int err)
{
	switch (call_table[call].effect) {
	case EFFECT_LOCK:
	case EFFECT_LOCKALL:
	case EFFECT_BRK:
	case EFFECT_SBRK:
		return true;
	case EFFECT_MAP:
	case EFFECT_REMAP:
	case EFFECT_ATTACH:
		return err == EAGAIN || err == EPERM || err == ENOMEM;
	default:
		return false;
	}
}

/* Takes @text to its end or finds the number; *matched letters of the key stood at the end of what came before. */
static bool scan_vmlck(const char *text, long count, struct vmlck *found)
{
	static const char key[] = "\nVmLck:";

	for (long i = 0; i < count; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (found->matched == sizeof(key) - 1) {
			if (digit)
				found->kb = found->kb * 10 + (text[i] - '0');
			else if (text[i] != ' ' && text[i] != '\t')
				return true;
		} else if (text[i] == key[found->matched]) {
			found->matched++;
		} else {
			found->matched = text[i] == key[0];
		}
	}
	return false;
}

/* proc(5): "VmLck:\t      64 kB" in status, behind a list of groups that may be long */
int64_t explain_vmlck(void)
{
	struct vmlck found = { 0 };
	char text[2048];
	long fd = raw_syscall3(SYS_open, (long)"/proc/thread-self/status", O_RDONLY | O_CLOEXEC, 0), n;
	bool complete = false;

	if (raw_failed(fd))
		return -1;
	while (!complete && (n = raw_syscall3(SYS_read, fd, (long)text, sizeof(text))) > 0)
		complete = scan_vmlck(text, n, &found);
	raw_syscall3(SYS_close, fd, 0, 0);
	return complete ? found.kb * 1024 : -1;
}

/*
 * mlock(2) asks for CAP_IPC_LOCK in the initial user namespace (can_do_mlock(), mm/mlock.c): root of another namespace is
 * limited like anyone.  The initial namespace's link always reads user:[4026531837] (PROC_USER_INIT_INO).
 */
bool explain_may_lock(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	char link[32];
	long length = raw_syscall3(SYS_readlink, (long)"/proc/self/ns/user", (long)link, sizeof(link) - 1);

	link[length > 0 ? length : 0] = 0;
	raw_syscall3(SYS_capget, (long)&header, (long)data, 0);
	return (data[0].effective & 1u << CAP_IPC_LOCK) && (length <= 0 || starts_with(link, "user:[4026531837]"));
}

static void explain_limit(struct line *line)
{
	struct rlimit limit;

	if (raw_failed(raw_syscall6(SYS_prlimit64, 0, RLIMIT_MEMLOCK, 0, (long)&limit, 0, 0)))
		return;
	line_key(line, "limit");
	line_signed(line, limit.rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_cur);
	line_key(line, "cap");
	line_bool(line, explain_may_lock());
}

static void write_refusal(struct line *line)
{
	int64_t vmlck;

	explain_limit(line);
	vmlck = explain_vmlck();
	if (vmlck >= 0) {
		line_key(line, "vmlck");
		line_signed(line, vmlck);
	}
	/* read after the call: by then others may have locked and unlocked */
	if (!line_alone(line)) {
		line_key(line, "overlap");
		line_bool(line, true);
	}
}

static void write_segment(struct line *line, int shmid)
{
	struct shmid_ds ds;

	if (raw_failed(raw_syscall3(SYS_shmctl, shmid, IPC_STAT, (long)&ds)))
		return;
	line_key(line, "size");
	line_unsigned(line, ds.shm_segsz);
}

static void write_new_limits(struct line *line, const struct rlimit *limit)
{
	struct peek peek = { 0 };

	if (!peek_can(&peek, limit, sizeof(*limit)))
		return;
	line_key(line, "soft");
	line_signed(line, limit->rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit->rlim_cur);
	line_key(line, "hard");
	line_signed(line, limit->rlim_max == RLIM_INFINITY ? -1 : (int64_t)limit->rlim_max);
}

static bool limit_concerns_memory(uint64_t resource)
{
	return resource == RLIMIT_MEMLOCK || resource == RLIMIT_AS || resource == RLIMIT_DATA || resource == RLIMIT_STACK ||
	       resource == RLIMIT_CORE;
}

bool explain_wanted(enum call_id call, const uint64_t *words)
{
	switch (call) {
	case CALL_setrlimit:
		return words[1] && limit_concerns_memory(words[0]);
	case CALL_prlimit:
		return words[2] && limit_concerns_memory(words[1]);
	case CALL_prctl:
		return words[0] == PR_SET_VMA || words[0] == PR_SET_MDWE || words[0] == PR_SET_MEMORY_MERGE ||
		       words[0] == PR_SET_DUMPABLE || words[0] == PR_SET_THP_DISABLE;
	case CALL_shmctl:
		return words[1] == SHM_LOCK || words[1] == SHM_UNLOCK || words[1] == IPC_RMID;
	default:
		return true;
	}
}

bool explain_before(struct line *line, enum call_id call, const uint64_t *words)
{
	if (call == CALL_mmap)
		return write_descriptor(line, (int)words[3], (int)words[4]);
	if (call == CALL_setrlimit)
		write_new_limits(line, (const struct rlimit *)words[1]);
	else if (call == CALL_prlimit)
		write_new_limits(line, (const struct rlimit *)words[2]);
	else if (call == CALL_process_madvise)
		vector_write(line, words);
	return false;
}

void explain_after(struct line *line, enum call_id call, const uint64_t *words, int err)
{
	if (err && may_be_a_limit(call, err))
		write_refusal(line);
	if (call == CALL_shmat)
		write_segment(line, (int)words[0]);
	if (call == CALL_mincore && !err)
		residency_write(line, words);
}
