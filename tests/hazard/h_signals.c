/*
 * h_signals plain|altstack|jump SIGNALS: a timer sends SIGUSR1 20 microseconds after each handler to a program that does
 * nothing but make calls; the handler makes calls too, so most of them begin inside a recording.  In the mode "jump" every
 * third handler leaves by siglongjmp, wherever it struck.
 */
#include "hazard.h"

#include <setjmp.h>
#include <signal.h>
#include <time.h>

static char *main_page, *handler_page;
static sigjmp_buf back;
static volatile sig_atomic_t handled, jumps, may_jump;
static int wanted;
static bool jumping;
static timer_t timer;

static void send_signal_after(long ns)
{
	const struct itimerspec once = { { 0, 0 }, { 0, ns } };

	timer_settime(timer, 0, &once, NULL);
}

static void handler(int number)
{
	int saved = errno;

	(void)number;
	c_madvise(handler_page);
	c_round();
	handled++;
	/* only now, so that the program gets on however slow the machine is */
	if (handled < wanted)
		send_signal_after(20000);
	errno = saved;
	if (jumping && may_jump && handled % 3 == 0) {
		jumps++;
		siglongjmp(back, 1);
	}
}

static void install(bool alternate)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART | (alternate ? SA_ONSTACK : 0) };
	stack_t stack = { .ss_size = 32768 };

	if (alternate) {
		stack.ss_sp = malloc(stack.ss_size);
		sigaltstack(&stack, NULL);
	}
	if (sigaction(SIGUSR1, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer))
		abort();
}

static void calls(void)
{
	sigsetjmp(back, 1);
	may_jump = 1;
	while (handled < wanted) {
		for (int i = 0; i < 20; i++)
			c_madvise(main_page);
		c_mprotect(main_page, PROT_READ);
		c_mprotect(main_page, PROT_READ | PROT_WRITE);
	}
	may_jump = 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	watchdog(30);
	counting_begin();
	wanted = atoi(argv[2]);
	jumping = !strcmp(argv[1], "jump");
	main_page = c_mmap();
	handler_page = c_mmap();
	install(!strcmp(argv[1], "altstack"));
	send_signal_after(20000);
	calls();
	counting_end();
	printf("%s: done\n", argv[1]);
	if (jumping)
		fprintf(fopen("jumps", "w"), "%d\n", (int)jumps);
	return 0;
}
