#include "greet.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "raw.h"

#define PAUSE_NS 2000000	/* from one try to connect to the next */

static uint64_t now_ns(void)
{
	struct timespec ts = { 0 };

	raw_syscall3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&ts, 0);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Return: the address's length, 0 if the path does not fit into one. */
static long make_address(const char *path, struct sockaddr_un *address)
{
	long i;

	address->sun_family = AF_UNIX;
	for (i = 0; path[i]; i++) {
		if (i + 1 >= (long)sizeof(address->sun_path))
			return 0;
		address->sun_path[i] = path[i];
	}
	address->sun_path[i] = 0;
	return i ? (long)offsetof(struct sockaddr_un, sun_path) + i + 1 : 0;
}

/* connect(2): EAGAIN is a queue that is full at the moment, and nothing tells when it no longer is. */
static long connect_until(long fd, const struct sockaddr_un *address, long length, uint64_t deadline_ns)
{
	const struct timespec pause = { 0, PAUSE_NS };
	long ret;

	for (;;) {
		ret = raw_syscall3(SYS_connect, fd, (long)address, length);
		if ((ret != -EAGAIN && ret != -EINTR) || now_ns() >= deadline_ns)
			return ret;
		raw_syscall3(SYS_nanosleep, (long)&pause, 0, 0);
	}
}

static bool wait_until(long fd, uint64_t deadline_ns)
{
	struct pollfd poll = { .fd = (int)fd, .events = POLLIN };
	struct timespec left;
	uint64_t now;
	long ret;

	do {
		now = now_ns();
		if (now >= deadline_ns)
			return false;
		left = (struct timespec){ (time_t)((deadline_ns - now) / 1000000000ull),
					  (long)((deadline_ns - now) % 1000000000ull) };
		ret = raw_syscall6(SYS_ppoll, (long)&poll, 1, (long)&left, 0, 0, 0);
	} while (ret == -EINTR);
	return ret == 1;
}

static bool is_sound(const struct greet_answer *answer, long length)
{
	return length == (long)sizeof(*answer) && answer->magic == GREET_MAGIC && answer->version == RING_VERSION &&
	       answer->result == GREET_WELCOME && answer->ring_path[0] == '/' &&
	       !answer->ring_path[sizeof(answer->ring_path) - 1];
}

/* Return: the length of what the collector said; 0: it let us go unheard, for others came; -errno. */
static long ask(long fd, const struct sockaddr_un *address, long length, uint64_t deadline_ns, struct greet_answer *answer)
{
	const struct greet_hello hello = { .magic = GREET_MAGIC, .version = RING_VERSION };
	long ret = connect_until(fd, address, length, deadline_ns);

	if (raw_failed(ret))
		return ret;
	ret = raw_syscall6(SYS_sendto, fd, (long)&hello, sizeof(hello), MSG_NOSIGNAL, 0, 0);
	if (ret == -EPIPE || ret == -ECONNRESET)
		return 0;
	if (ret != (long)sizeof(hello) || !wait_until(fd, deadline_ns))
		return -ETIMEDOUT;
	ret = raw_syscall6(SYS_recvfrom, fd, (long)answer, sizeof(*answer), 0, 0, 0);
	return ret == -ECONNRESET ? 0 : ret;
}

bool greet_collector(const char *socket, struct greet_answer *answer)
{
	uint64_t deadline_ns = now_ns() + GREET_PATIENCE_NS;
	const struct timespec pause = { 0, PAUSE_NS };
	struct sockaddr_un address;
	long length = make_address(socket, &address), ret = 0;

	while (length && !ret && now_ns() < deadline_ns) {
		long fd = raw_syscall3(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (raw_failed(fd))
			return false;
		ret = ask(fd, &address, length, deadline_ns, answer);
		raw_syscall3(SYS_close, fd, 0, 0);
		if (!ret)
			raw_syscall3(SYS_nanosleep, (long)&pause, 0, 0);
	}
	return is_sound(answer, ret);
}
