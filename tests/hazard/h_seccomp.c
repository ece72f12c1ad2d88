/*
 * h_seccomp prctl|syscall|thread|fork|strict CALLS: installs a filter that lets through the calls of this program, write and exit,
 * and kills for any other; or strict mode.  Then makes calls, among them failing locks, file mappings and brk.
 */
#include "hazard.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter rules[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mprotect), ALLOW(SYS_madvise), ALLOW(SYS_mlock), ALLOW(SYS_munlock),
	ALLOW(SYS_mremap), ALLOW(SYS_brk), ALLOW(SYS_write), ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_rt_sigreturn),
	/* fork() and what it needs */
	ALLOW(SYS_clone), ALLOW(SYS_set_robust_list), ALLOW(SYS_wait4),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
static struct sock_fprog filter = { sizeof(rules) / sizeof(rules[0]), rules };

static int file;
static _Atomic bool here, go;

static int install(const char *how)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	if (!strcmp(how, "strict"))
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
	if (!strcmp(how, "prctl"))
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
}

/* What the recorder would like to know more about: a file, the reasons of a failure. */
static void curious(void)
{
	char *p = mmap(NULL, MARKED_BYTES, PROT_READ, MAP_PRIVATE, file, 0);

	if (p != MAP_FAILED)
		counted(COUNT_MMAP);
	c_munmap(p);
	mlock(p, MARKED_BYTES);
	sbrk(4096);
	mark("filtered");
}

static void *other_thread(void *arg)
{
	(void)arg;
	here = true;
	while (!go)
		;
	for (int i = 0; i < 50; i++)
		c_round();
	go = false;
	syscall(SYS_exit, 0);
	return NULL;
}

/* fork() itself asks the kernel nothing that the filter forbids, so the child's own beginning is the tracer's doing. */
static int in_a_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		c_round();
		_exit(6);
	}
	return waitpid(pid, &status, 0) != pid || status != 6 << 8;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char *p;
	int calls = argc > 2 ? atoi(argv[2]) : 0;

	watchdog(20);
	counting_begin();
	p = c_mmap();
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (!strcmp(argv[1], "thread")) {
		if (pthread_create(&thread, NULL, other_thread, NULL))
			return 1;
		/* a thread's beginning in libc makes calls of its own, which the filter does not let through */
		while (!here)
			;
	}
	/* opened before, as nothing can be opened afterwards */
	counting_file(open("counts", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	if (install(argv[1]))
		return 2;
	for (int i = 0; i < calls; i++)
		c_madvise(p);
	if (calls) {
		c_round();
		curious();
	}
	if (!strcmp(argv[1], "thread")) {
		go = true;
		while (go)
			;
	}
	if (!strcmp(argv[1], "fork") && in_a_child())
		return 5;
	counting_write();
	if (write(1, "survived\n", 9) != 9)
		return 3;
	syscall(SYS_exit, 0);
	return 4;
}
