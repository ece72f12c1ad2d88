/*
 * write.c - writing a log.  The first error stays: whatever comes after it is dropped, and every call tells it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "log.h"
#include "zst.h"

#define BUFFER_BYTES 262144

struct log_writer {
	int fd;
	bool standard;			/* fd is not ours to close */
	int error;			/* 0 or -errno */
	char *name;
	struct zst_encoder *zst;	/* NULL: plain */
	char *packed;			/* BUFFER_BYTES for the encoder's output */
	size_t used;
	uint64_t written;
	char buffer[BUFFER_BYTES];
};

/* Standard output may be a pipe somebody set to non-blocking. */
static int wait_writable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return poll(&pfd, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int write_all(struct log_writer *writer, const char *bytes, size_t left)
{
	while (left && !writer->error) {
		ssize_t n = write(writer->fd, bytes, left);

		if (n >= 0) {
			bytes += n;
			left -= (size_t)n;
			writer->written += (size_t)n;
		} else if (errno == EAGAIN) {
			writer->error = wait_writable(writer->fd);
		} else if (errno != EINTR) {
			writer->error = -errno;
		}
	}
	return writer->error;
}

static int pack(struct log_writer *writer, enum zst_until until)
{
	struct zst_span in = { writer->buffer, writer->used };
	bool done = false;

	while (!done && !writer->error) {
		size_t made = 0;

		writer->error = zst_encode(writer->zst, &in, until, writer->packed, BUFFER_BYTES, &made, &done);
		if (!writer->error)
			write_all(writer, writer->packed, made);
	}
	return writer->error;
}

static int drain(struct log_writer *writer, enum zst_until until)
{
	if (writer->error)
		return writer->error;
	if (writer->zst)
		pack(writer, until);
	else
		write_all(writer, writer->buffer, writer->used);
	writer->used = 0;
	return writer->error;
}

int log_write(struct log_writer *writer, const char *text, size_t length)
{
	while (length && !writer->error) {
		size_t room = BUFFER_BYTES - writer->used, n = length < room ? length : room;

		memcpy(writer->buffer + writer->used, text, n);
		writer->used += n;
		text += n;
		length -= n;
		if (writer->used == BUFFER_BYTES)
			drain(writer, ZST_MORE);
	}
	return writer->error;
}

uint64_t log_written(const struct log_writer *writer)
{
	return writer->written + (writer->zst ? 0 : writer->used);
}

int log_flush(struct log_writer *writer)
{
	return drain(writer, ZST_FLUSH);
}

static bool ends_in_zst(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && !strcmp(path + length - 4, ".zst");
}

/* What is there may be a device or a pipe: nothing of it can be overwritten. */
static int open_existing(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && !S_ISREG(st.st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	errno = EEXIST;
	return -1;
}

/* An overwritten log is as private as a new one. */
static int open_over(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && fchmod(fd, 0600)) {
		int code = errno;

		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

static int open_file(const char *path, bool overwrite)
{
	int fd;

	if (!strcmp(path, "-"))
		return STDOUT_FILENO;
	if (overwrite)
		return open_over(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	return fd < 0 && errno == EEXIST ? open_existing(path) : fd;
}

int log_create(const char *path, bool overwrite, struct log_writer **writer, struct err *err)
{
	int fd = open_file(path, overwrite);
	struct log_writer *w;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, -EEXIST, "%s exists; -f overwrites it", path);
	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	w = alloc_zero(1, sizeof(*w));
	w->fd = fd;
	w->standard = !strcmp(path, "-");
	w->name = w->standard ? alloc_copy("standard output", 15) : alloc_copy(path, strlen(path));
	if (ends_in_zst(path)) {
		w->zst = zst_encoder_new();
		w->packed = alloc_zero(BUFFER_BYTES, 1);
	}
	*writer = w;
	return 0;
}

int log_finish(struct log_writer *writer, struct err *err)
{
	int rc;

	drain(writer, ZST_END);
	if (!writer->standard && close(writer->fd) && !writer->error)
		writer->error = -errno;
	rc = writer->error;
	if (rc)
		err_set(err, rc, "%s: %s", writer->name, strerror(-rc));
	zst_encoder_free(writer->zst);
	free(writer->packed);
	free(writer->name);
	free(writer);
	return rc;
}
