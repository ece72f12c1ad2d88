#include "vector.h"

#include <fcntl.h>
#include <sys/uio.h>

#include "explain.h"
#include "peek.h"
#include "raw.h"

/* IOV_MAX: more are refused (process_madvise(2) EINVAL). */
#define RANGES_MAX 1024

/* The kernel cuts a vector off here: MAX_RW_COUNT, include/linux/fs.h. */
#define BYTES_MAX 0x7ffff000ull

static const struct iovec *readable(const uint64_t *words)
{
	const struct iovec *vector = (const struct iovec *)words[1];
	struct peek peek = { 0 };

	return words[2] <= RANGES_MAX && peek_can(&peek, vector, words[2] * sizeof(*vector)) ? vector : NULL;
}

/* fdinfo of a pidfd, proc(5): lines, one of them "Pid:\t4242".  0: it is none. */
static int32_t pid_of(int fd)
{
	static const char key[] = "\nPid:\t";
	char path[32], text[512];
	int32_t pid = 0;
	long n = 0;

	if (fd < 0)
		return 0;
	explain_fd_path(path, "/proc/self/fdinfo/", fd);
	fd = (int)raw_syscall3(SYS_open, (long)path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	n = raw_syscall3(SYS_read, fd, (long)text, sizeof(text) - 1);
	raw_syscall3(SYS_close, fd, 0, 0);
	text[n > 0 ? n : 0] = 0;
	for (const char *at = text; *at; at++) {
		unsigned i = 0;

		while (key[i] && at[i] == key[i])
			i++;
		for (at += key[i] ? 0 : i; !key[i] && *at >= '0' && *at <= '9'; at++)
			pid = pid * 10 + (*at - '0');
		if (!key[i])
			return pid;
	}
	return 0;
}

void vector_write(struct line *line, const uint64_t *words)
{
	const struct iovec *vector = readable(words);
	int32_t pid = pid_of((int)words[0]);

	if (pid) {
		line_key(line, "target");
		line_signed(line, pid);
	}
	if (!vector)
		return;
	line_key(line, "iov");
	line_raw(line, "[");
	for (uint64_t i = 0; i < words[2] && i < VECTOR_TOLD; i++) {
		line_raw(line, i ? ",[" : "[");
		line_hex(line, (uint64_t)vector[i].iov_base);
		line_raw(line, ",");
		line_unsigned(line, vector[i].iov_len);
		line_raw(line, "]");
	}
	line_raw(line, "]");
	if (words[2] > VECTOR_TOLD) {
		line_key(line, "iov_cut");
		line_bool(line, true);
	}
}

bool vector_sum(const uint64_t *words, struct vector_sum *sum)
{
	const struct iovec *vector = readable(words);

	*sum = (struct vector_sum){ .from = UINT64_MAX };
	for (uint64_t i = 0; vector && i < words[2] && sum->bytes < BYTES_MAX; i++) {
		uint64_t start = (uint64_t)vector[i].iov_base, bytes = vector[i].iov_len;

		if (bytes > BYTES_MAX - sum->bytes)
			bytes = BYTES_MAX - sum->bytes;
		sum->bytes += bytes;
		if (bytes && start < sum->from)
			sum->from = start;
		if (bytes && start + bytes > sum->to)
			sum->to = start + bytes;
	}
	return vector;
}
