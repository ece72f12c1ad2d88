#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000	/* include/linux/sched.h; proc(5) shows the flags word */

/* Sample: 4242 (a b) c) S 4200 4242 ...   The name may hold anything; the state is behind its last parenthesis. */
int proc_stat(int32_t pid, struct proc_stat *out)
{
	char path[64], text[512] = "", *paren;
	unsigned flags;
	ssize_t count;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	count = read(fd, text, sizeof(text) - 1);
	close(fd);
	paren = count > 0 ? strrchr(text, ')') : NULL;
	if (!paren || sscanf(paren,
			     ") %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
			     &out->state, &out->ppid, &flags, &out->start) != 4)
		return -ENOENT;
	out->kernel_thread = flags & PF_KTHREAD;
	return 0;
}

static uint64_t number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* proc(5): VmLck is in kB.  Without it there is no address space any more: what smaps listed of it may be half of it. */
int proc_status(int32_t id, struct proc_status *out)
{
	char path[64], text[8192];
	ssize_t count;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/status", id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	count = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (count < 0)
		return -errno;
	text[count] = '\0';
	if (!strstr(text, "\nVmLck:"))
		return -ESRCH;
	*out = (struct proc_status){number_after(text, "\nVmLck:") * 1024, number_after(text, "\nThreads:")};
	return 0;
}

bool proc_has_thread(int32_t pid, int32_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, tid);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return access(path, F_OK) < 0;
}

int proc_maps(int32_t pid, const char *path)
{
	const char *name = strrchr(path, '/');
	char maps_path[64], *line = NULL;
	int found = -ESRCH;
	size_t room = 0;
	FILE *maps;

	snprintf(maps_path, sizeof(maps_path), "/proc/%d/maps", pid);
	maps = fopen(maps_path, "re");
	while (maps && found != 1 && getline(&line, &room, maps) > 0)
		found = strstr(line, name ? name : path) != NULL;
	free(line);
	if (maps)
		fclose(maps);
	return found;
}
