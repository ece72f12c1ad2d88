/*
 * h_pointers [filtered]: hands bad pointers to every call whose arguments the tracer looks at, and prints what comes of each:
 * EFAULT, mostly, and nobody dies of it.  Filtered: under a seccomp filter that lets everything through.
 *
 * h_pointers empty [filtered]: becomes itself again with nothing in its environment, maps 123 pages there.
 */
#include "hazard.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { NOWHERE, LOW, HOLE, EDGE, KERNEL, KINDS };

static const char *const kind_name[KINDS] = { "null", "low", "hole", "edge", "kernel" };
static char *volatile bad[KINDS];
static char *const args[] = { (char[]){ "true" }, NULL }, *const nothing[] = { NULL };
static const char *true_path = "/bin/true";

static void filter(void)
{
	struct sock_filter rule = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &rule };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		abort();
}

/* EDGE: seven bytes that are no end of anything, then a page that is not there. */
static void make_pointers(void)
{
	char *p = mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 'x', page());
	mprotect(p + page(), page(), PROT_NONE);
	bad[LOW] = (char *)8;
	bad[HOLE] = p + page();
	bad[EDGE] = p + page() - 7;
	bad[KERNEL] = (char *)0xffff800000001000;
}

static void say(const char *what, int kind, long ret)
{
	printf("%s %s: %ld %s\n", what, kind_name[kind], ret, ret == -1 ? errno_name() : "");
	fflush(stdout);
	errno = 0;
}

static void programs(int kind)
{
	char *p = bad[kind]; /* the headers forbid NULL, so ask bad[kind] whether it is */
	char *const entry[] = { p, NULL }, *const second[] = { (char[]){ "A=b" }, bad[kind] ? bad[kind] : bad[LOW], NULL };

	say("execve path", kind, execve(p, args, nothing));
	say("execve argv entry", kind, bad[kind] ? execve(true_path, entry, nothing) : -1);
	say("execve envp entry", kind, bad[kind] ? execve(true_path, args, second) : -1);
	say("syscall execve", kind, syscall(SYS_execve, p, args, nothing));
	say("execveat path", kind, execveat(AT_FDCWD, p, args, nothing, 0));
	say("execv path", kind, execv(p, args));
	say("execle path", kind, execle(p, "true", (char *)NULL, nothing));
	if (!bad[kind])
		return; /* Linux takes NULL for an empty list */
	say("execve argv", kind, execve(true_path, (char *const *)p, nothing));
	say("execve envp", kind, execve(true_path, args, (char *const *)p));
	say("execveat envp", kind, execveat(AT_FDCWD, true_path, args, (char *const *)p, 0));
}

static void spawns(int kind)
{
	char *const entry[] = { (char[]){ "A=b" }, bad[kind] ? bad[kind] : bad[LOW], NULL };
	pid_t pid = -1;
	int status = 0;

	say("posix_spawn path", kind, posix_spawn(&pid, bad[kind], NULL, NULL, args, nothing));
	say("posix_spawn envp entry", kind, posix_spawn(&pid, true_path, NULL, NULL, args, entry));
	if (bad[kind])
		say("posix_spawn envp", kind, posix_spawn(&pid, true_path, NULL, NULL, args, (char *const *)bad[kind]));
	/* libc reads this one itself, in the child, which dies of it */
	say("posix_spawnp file", kind, posix_spawnp(&pid, bad[kind], NULL, NULL, args, nothing));
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		say("posix_spawnp status", kind, status & 0x7f);
}

/* A libc function that reads the pointer itself kills with and without the tracer; where it does is not asked. */
static void dying(int kind)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(bad[kind], args);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	say("execvp file", kind, status & 0xff7f);
}

static void memory(int kind)
{
	char *p = bad[kind];
	int id = shmget(IPC_PRIVATE, page(), 0600);

	say("setrlimit", kind, setrlimit(RLIMIT_MEMLOCK, (struct rlimit *)p));
	say("prlimit", kind, prlimit(0, RLIMIT_AS, (struct rlimit *)p, NULL));
	say("prlimit old", kind, prlimit(0, RLIMIT_STACK, NULL, (struct rlimit *)p));
	say("prctl name", kind, prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, bad[EDGE] - page() + 7, page(), p) ? -1 : 0);
	say("process_madvise", kind, process_madvise(-1, (struct iovec *)p, 2, MADV_COLD, 0));
	say("mincore", kind, mincore(bad[EDGE] - page() + 7, page(), (unsigned char *)p));
	say("memfd_create", kind, memfd_create(p, 0));
	say("shmctl", kind, shmctl(id, IPC_STAT, (struct shmid_ds *)p));
	shmctl(id, IPC_RMID, NULL);
}

static int become_empty(bool filtered)
{
	char self[4096] = { 0 };
	char *const heap_args[] = { strdup("h_pointers"), strdup("again"), NULL };
	char **heap_nothing = calloc(1, sizeof(*heap_nothing));

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	if (filtered)
		filter();
	execve(self, heap_args, heap_nothing);
	return 2;
}

int main(int argc, char **argv)
{
	bool filtered = argc > 1 && !strcmp(argv[argc - 1], "filtered");

	watchdog(20);
	if (argc > 1 && !strcmp(argv[1], "again"))
		return mmap(NULL, 123 * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
	if (argc > 1 && !strcmp(argv[1], "empty"))
		return become_empty(filtered);
	make_pointers();
	if (filtered)
		filter();
	for (int kind = 0; kind < KINDS; kind++) {
		programs(kind);
		spawns(kind);
		dying(kind);
		memory(kind);
	}
	return 0;
}
