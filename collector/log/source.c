#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "zst.h"

#define INPUT_BYTES 131072
#define WAIT_MS 5000 /* source.h and log.h state it */

struct source {
	int fd;
	bool standard;			/* fd is not ours to close */
	char *name;
	bool ended, torn;
	struct zst_decoder *zst;	/* NULL: plain */
	struct zst_span in;		/* read, not yet given out */
	char input[INPUT_BYTES];	/* packed; of a plain file the first bytes */
};

/* A pipe may give fewer bytes than it takes to recognise a frame. */
static int fill_magic(struct source *source, struct err *err)
{
	size_t have = 0;

	while (have < 4) {
		ssize_t n = read(source->fd, source->input + have, INPUT_BYTES - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, -errno, "%s: %s", source->name, strerror(errno));
		if (n == 0)
			break;
		have += (size_t)n;
	}
	source->in = (struct zst_span){ source->input, have };
	return 0;
}

static int begin(struct source *source, struct err *err)
{
	int rc = fill_magic(source, err);

	if (!rc && !source->zst && zst_is_frame(source->in.p, source->in.left))
		source->zst = zst_decoder_new();
	return rc;
}

static int file_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), ready = 1;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISFIFO(st.st_mode))
		ready = poll(&pfd, 1, WAIT_MS);
	if (ready == 1 && !fcntl(fd, F_SETFL, O_RDONLY))
		return fd;
	close(fd);
	return -ETIMEDOUT;
}

int source_file(const char *path, struct err *err)
{
	int fd = file_of(path);

	if (fd == -ETIMEDOUT)
		return err_set(err, fd, "%s: a pipe that nobody writes to", path);
	return fd < 0 ? err_set(err, fd, "%s: %s", path, strerror(-fd)) : fd;
}

int source_open(const char *path, struct source **source, struct err *err)
{
	bool standard = !strcmp(path, "-");
	int fd = standard ? STDIN_FILENO : source_file(path, err);
	struct source *s;
	int rc;

	if (fd < 0)
		return fd;
	s = alloc_zero(1, sizeof(*s));
	s->fd = fd;
	s->standard = standard;
	s->name = standard ? alloc_copy("standard input", 14) : alloc_copy(path, strlen(path));
	rc = begin(s, err);
	if (rc) {
		source_close(s);
		return rc;
	}
	*source = s;
	return 0;
}

static int read_some(struct source *source, char *out, size_t room, size_t *got, struct err *err)
{
	ssize_t n;

	do
		n = read(source->fd, out, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, -errno, "%s: %s", source->name, strerror(errno));
	source->ended = n == 0;
	*got = (size_t)n;
	return 0;
}

static size_t copy_plain(struct source *source, char *out, size_t room)
{
	size_t n = source->in.left < room ? source->in.left : room;

	memcpy(out, source->in.p, n);
	source->in.p += n;
	source->in.left -= n;
	return n;
}

/* What was read to recognise a frame comes first. */
static int read_plain(struct source *source, char *out, size_t room, size_t *got, struct err *err)
{
	*got = copy_plain(source, out, room);
	return *got || source->ended ? 0 : read_some(source, out, room, got, err);
}

static int fill(struct source *source, struct err *err)
{
	source->in.p = source->input;
	return read_some(source, source->input, INPUT_BYTES, &source->in.left, err);
}

static int refuse_frame(const struct source *source, int code, struct err *err)
{
	if (code == -EFBIG)
		return err_set(err, code, "%s: zstd with a window of more than %u MiB", source->name,
			       1u << (ZST_WINDOW_LOG - 20));
	return err_set(err, code, "%s: damaged zstd data", source->name);
}

static int read_packed(struct source *source, char *out, size_t room, size_t *got, struct err *err)
{
	int rc = 0;

	for (*got = 0; !*got && !rc;) {
		rc = zst_decode(source->zst, &source->in, out, room, got);
		if (rc)
			return refuse_frame(source, rc, err);
		if (*got)
			break;
		if (source->ended) {
			source->torn = !zst_between_frames(source->zst);
			break;
		}
		rc = fill(source, err);
	}
	return rc;
}

int source_read(struct source *source, char *out, size_t room, size_t *got, struct err *err)
{
	return (source->zst ? read_packed : read_plain)(source, out, room, got, err);
}

bool source_torn(const struct source *source)
{
	return source->torn;
}

const char *source_name(const struct source *source)
{
	return source->name;
}

int source_rewind(struct source *source, struct err *err)
{
	if (lseek(source->fd, 0, SEEK_SET) < 0)
		return err_set(err, -errno, "%s: cannot be read twice", source->name);
	source->ended = source->torn = false;
	if (source->zst)
		zst_restart(source->zst);
	return begin(source, err);
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (!source->standard)
		close(source->fd);
	zst_decoder_free(source->zst);
	free(source->name);
	free(source);
}
