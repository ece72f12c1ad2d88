#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../preload/abi/ring.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

static int open_directory(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_at(const char *path, int fd)
{
	struct stat there, here;

	return lstat(path, &there) == 0 && fstat(fd, &here) == 0 && there.st_dev == here.st_dev &&
	       there.st_ino == here.st_ino;
}

int leftovers_lock(const char *dir)
{
	int fd = open_directory(AT_FDCWD, dir);

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	/* where there are no locks the ring still names its collector */
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	if (is_at(dir, fd))
		return fd;
	close(fd);
	return -ESTALE;
}

/* ---- what others have left ---- */

static bool is_session_name(const char *name)
{
	const size_t prefix = sizeof(LEFTOVERS_PREFIX) - 1;

	return !strncmp(name, LEFTOVERS_PREFIX, prefix) && strlen(name) == prefix + LEFTOVERS_LETTERS &&
	       strspn(name + prefix, letters) == LEFTOVERS_LETTERS;
}

/* One that is being made may not be locked yet. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime >= LEFTOVERS_AGE_S;
}

/* A recorder that holds no lock may still be there. */
static bool collector_runs(int fd)
{
	struct ring ring;
	ssize_t got = pread(fd, &ring, sizeof(ring), 0);

	return got == (ssize_t)sizeof(ring) && ring.magic == RING_MAGIC && ring.collector_pid > 0 &&
	       (kill(ring.collector_pid, 0) == 0 || errno != ESRCH);
}

/* Return: whether @name in @dir may go. */
static bool is_dead_ring(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool dead = fd >= 0 && strspn(name, letters) == strlen(name) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_uid == geteuid() && !collector_runs(fd);

	if (fd >= 0)
		close(fd);
	return dead;
}

/* Removing the directory itself fails if anything is left in it. */
static void empty(int dir)
{
	DIR *list = fdopendir(dup(dir));
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && is_dead_ring(dir, entry->d_name))
			unlinkat(dir, entry->d_name, 0);
	if (list)
		closedir(list);
}

static void remove_one(int base, const char *name)
{
	int dir = open_directory(base, name);

	if (dir >= 0 && is_ours(dir) && flock(dir, LOCK_EX | LOCK_NB) == 0) {
		empty(dir);
		unlinkat(base, name, AT_REMOVEDIR);
	}
	if (dir >= 0)
		close(dir);
}

void leftovers_remove(const char *base)
{
	DIR *list = opendir(base);
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (is_session_name(entry->d_name))
			remove_one(dirfd(list), entry->d_name);
	if (list)
		closedir(list);
}
