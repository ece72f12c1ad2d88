/*
 * act_files.c - descriptors of every kind that a mapping can meet.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static int reopened(int fd, const char *path, int flags)
{
	int again = fd < 0 ? -1 : open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return again;
}

/* Every byte of a file is 0x11. */
static int open_file(const struct actor *actor, uint64_t bytes, int flags)
{
	static char block[4096];
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/scene.%d.XXXXXX", actor->directory, getpid());
	fd = mkstemp(path);
	memset(block, 0x11, sizeof block);
	for (uint64_t done = 0; fd >= 0 && done < bytes; done += sizeof block)
		if (write(fd, block, bytes - done < sizeof block ? bytes - done : sizeof block) <= 0)
			return -1;
	fd = reopened(fd, path, flags);
	unlink(path);
	return fd;
}

static int open_memory(int fd, uint64_t bytes, enum fd_access access)
{
	char path[40];

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return access == ACCESS_READ ? reopened(fd, path, O_RDONLY) : fd;
}

/* On a file system that is mounted nowhere, for nobody but us: fsmount(2). */
static int open_noexec(uint64_t bytes, int flags)
{
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC), mount, fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC);
	fd = mount < 0 ? -1 : openat(mount, "file", flags | O_CREAT | O_CLOEXEC, 0600);
	close(context);
	close(mount);
	return fd < 0 || ftruncate(fd, (off_t)bytes) ? -1 : fd;
}

static int open_pipe(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	close(fd[1]);
	return fd[0];
}

int64_t act_open(const struct actor *actor, const struct step *step, const uint64_t *a)
{
	int flags = step->access == ACCESS_READ ? O_RDONLY : step->access == ACCESS_WRITE ? O_WRONLY : O_RDWR;

	switch (step->kind) {
	case OPEN_FILE:
		return open_file(actor, a[0], flags);
	case OPEN_MEMFD:
		return open_memory(memfd_create("scene", (unsigned)a[1]), a[0], step->access);
	case OPEN_SECRET:
		return open_memory((int)syscall(SYS_memfd_secret, 0), a[0], ACCESS_BOTH);
	case OPEN_SOCKET:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case OPEN_PIPE:
		return open_pipe();
	case OPEN_NOEXEC:
		return open_noexec(a[0], flags);
	case OPEN_SPARSE:
		return open(actor->sparse, flags | O_CLOEXEC);
	default:
		return open(step->path, flags | O_CLOEXEC);
	}
}
