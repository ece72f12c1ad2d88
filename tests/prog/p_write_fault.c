/* A write barrier, as collectors of garbage use it: the SIGSEGV handler of a protected page makes it writable. */
#include "prog.h"

#include <signal.h>

static volatile sig_atomic_t faults;

static void on_fault(int sig, siginfo_t *info, void *context UNUSED)
{
	char *start = (char *)((unsigned long)info->si_addr & ~(page() - 1));

	if (sig != SIGSEGV || info->si_code != SEGV_ACCERR || t_mprotect(start, page(), PROT_READ | PROT_WRITE))
		_exit(9);
	faults++;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	char *p = t_mmap(NULL, 16 * page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || sigaction(SIGSEGV, &action, NULL))
		return 1;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 16; i += 3)
			p[i * page()]++;
		if (t_mprotect(p, 16 * page(), PROT_READ))
			return 1;
	}
	p[5 * page()]++;
	printf("%d faults, %d\n", faults, p[0]);
	look("end");
	return 0;
}
