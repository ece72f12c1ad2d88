#include "objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static int sized(int fd)
{
	if (fd >= 0 && ftruncate(fd, OBJECT_PAGES * 4096)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int sealed(int fd)
{
	if (fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE))
		return -1;
	return fd;
}

static int one_end(int pair[2], int failed)
{
	if (failed)
		return -1;
	close(pair[1]);
	return pair[0];
}

static int open_special(enum object_id id)
{
	int pair[2];

	switch (id) {
	case OBJECT_MEMFD:
		return sized(memfd_create("random", 0));
	case OBJECT_ZERO:
		return open("/dev/zero", O_RDWR);
	case OBJECT_SECRET:
		return sized((int)syscall(SYS_memfd_secret, 0));
	case OBJECT_SEALED:
		return sealed(sized(memfd_create("sealed", MFD_ALLOW_SEALING)));
	case OBJECT_HUGE:
		return memfd_create("huge", MFD_HUGETLB);
	case OBJECT_PIPE:
		return one_end(pair, pipe(pair));
	case OBJECT_SOCKET:
		return one_end(pair, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	default:
		return -1;
	}
}

/* Where others look for it, by number. */
static void settle(struct object *object, int fd, enum object_id id)
{
	struct stat st;

	if (fd < 0)
		return;
	if (fd != OBJECT_FD + (int)id) {
		dup2(fd, OBJECT_FD + (int)id);
		close(fd);
	}
	fstat(OBJECT_FD + (int)id, &st);
	/* as /proc/PID/maps has it: the kernel's MKDEV(), include/linux/kdev_t.h */
	object->dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	object->ino = st.st_ino;
}

static int open_files(struct object out[OBJECTS])
{
	static char path[] = "/tmp/pages-at-random-XXXXXX";
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY };
	int fd = sized(mkstemp(path));

	if (fd < 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		settle(&out[OBJECT_FILE + i], open(path, flags[i]), (enum object_id)(OBJECT_FILE + i));
		out[OBJECT_FILE + i].path = path;
	}
	unlink(path);
	close(fd);
	return 0;
}

int objects_open(struct object out[OBJECTS])
{
	static const struct object known[OBJECTS] = {
		[OBJECT_MEMFD] = { FD_MEMFD, ACCESS_BOTH, .path = "/memfd:random (deleted)" },
		[OBJECT_FILE] = { FD_REGULAR, ACCESS_BOTH, .path = NULL },
		[OBJECT_FILE_READ] = { FD_REGULAR, ACCESS_READ, .path = NULL },
		[OBJECT_FILE_WRITE] = { FD_REGULAR, ACCESS_WRITE, .path = NULL },
		[OBJECT_ZERO] = { FD_ZERO, ACCESS_BOTH, .path = "/dev/zero" },
		[OBJECT_SECRET] = { FD_SECRET, ACCESS_BOTH, .path = "/secretmem (deleted)" },
		[OBJECT_SEALED] = { FD_MEMFD, ACCESS_BOTH, F_SEAL_WRITE, .path = "/memfd:sealed (deleted)" },
		[OBJECT_HUGE] = { FD_HUGETLB, ACCESS_BOTH, .path = "/memfd:huge (deleted)" },
		[OBJECT_PIPE] = { FD_PIPE, ACCESS_READ, .path = "pipe:" },
		[OBJECT_SOCKET] = { FD_SOCKET, ACCESS_BOTH, .path = "socket:" },
	};

	for (int i = 0; i < OBJECTS; i++) {
		out[i] = known[i];
		settle(&out[i], open_special((enum object_id)i), (enum object_id)i);
	}
	return open_files(out);
}

uint64_t segment_bytes(unsigned index)
{
	static const uint64_t bytes[SEGMENTS] = { 2 * 4096 - 10, 6 * 4096 - 10, 3 * 4096 };

	return bytes[index % SEGMENTS];
}

int segments_make(int segment[SEGMENTS])
{
	for (unsigned i = 0; i < SEGMENTS; i++) {
		segment[i] = shmget(IPC_PRIVATE, segment_bytes(i), IPC_CREAT | 0666);
		if (segment[i] < 0)
			return -1;
	}
	return 0;
}

void segments_remove(const int segment[SEGMENTS])
{
	for (unsigned i = 0; i < SEGMENTS; i++)
		shmctl(segment[i], IPC_RMID, NULL);
}
