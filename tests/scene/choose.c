/*
 * choose.c - which calls to make, and with what.
 */
#include "choose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../../collector/vm/uapi.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

enum { FILE_PAGES = 64 };

unsigned pick(struct chooser *chooser, unsigned below)
{
	chooser->seed = chooser->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(chooser->seed >> 33) % below;
}

/* ---- objects ---- */

static int add_object(struct chooser *chooser, int fd, enum fd_kind kind, enum fd_access access, const char *path)
{
	struct object *object = &chooser->object[chooser->objects];
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	*object = (struct object){ fd, kind, access, 0, st.st_ino, path };
	/* As subject.c packs what /proc/PID/maps shows. */
	object->dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	chooser->objects++;
	return 0;
}

static int sized(int fd)
{
	if (fd >= 0 && ftruncate(fd, FILE_PAGES * 4096))
		return -1;
	return fd;
}

/* A file on disk, writable and read-only. */
static int add_files(struct chooser *chooser)
{
	char path[] = "/tmp/pages-at-random-XXXXXX";
	int fd = sized(mkstemp(path)), reader = open(path, O_RDONLY | O_CLOEXEC);

	unlink(path);
	if (add_object(chooser, fd, FD_REGULAR, ACCESS_BOTH, path))
		return -1;
	return add_object(chooser, reader, FD_REGULAR, ACCESS_READ, path);
}

int chooser_open(struct chooser *chooser)
{
	int secret = sized((int)syscall(SYS_memfd_secret, 0));

	if (add_object(chooser, sized(memfd_create("random", 0)), FD_MEMFD, ACCESS_BOTH, "/memfd:random (deleted)"))
		return -1;
	if (add_files(chooser))
		return -1;
	add_object(chooser, open("/dev/zero", O_RDWR | O_CLOEXEC), FD_ZERO, ACCESS_BOTH, "/dev/zero");
	if (secret >= 0)
		add_object(chooser, secret, FD_SECRET, ACCESS_BOTH, "/secretmem (deleted)");
	for (int i = 0; i < SEGMENTS; i++) {
		chooser->segment_bytes[i] = (uint64_t)(2 + 4 * i) * 4096 - 10;
		chooser->segment[i] = shmget(IPC_PRIVATE, chooser->segment_bytes[i], IPC_CREAT | 0666);
		if (chooser->segment[i] < 0)
			return -1;
	}
	return 0;
}

void chooser_close(struct chooser *chooser)
{
	for (int i = 0; i < SEGMENTS; i++)
		shmctl(chooser->segment[i], IPC_RMID, NULL);
	for (unsigned i = 0; i < chooser->objects; i++)
		close(chooser->object[i].fd);
}

/* ---- arguments ---- */

static uint64_t some_page(struct chooser *chooser)
{
	uint64_t addr = ARENA_PAGE(pick(chooser, ARENA_PAGES));

	return pick(chooser, 40) ? addr : addr + pick(chooser, 4096);
}

static uint64_t some_length(struct chooser *chooser)
{
	uint64_t bytes = (1 + pick(chooser, pick(chooser, 4) ? 6 : 30)) * UINT64_C(4096);

	switch (pick(chooser, 40)) {
	case 0:
		return bytes + pick(chooser, 4096);
	case 1:
		return pick(chooser, 2) ? 0 : UINT64_MAX - pick(chooser, 8192);
	default:
		return bytes;
	}
}

static uint64_t some_of(struct chooser *chooser, const uint64_t *values, size_t count)
{
	return values[pick(chooser, (unsigned)count)];
}
#define SOME_COUNT(...) (sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define SOME(chooser, ...) some_of(chooser, (const uint64_t[]){ __VA_ARGS__ }, SOME_COUNT(__VA_ARGS__))

/* ---- calls ---- */

#define CHOICE(name, ...) ((struct choice){ .call = CALL_##name, .number = SYS_##name, .args = { __VA_ARGS__ } })

static struct choice choose_map(struct chooser *chooser)
{
	struct choice choice = CHOICE(mmap, some_page(chooser), some_length(chooser), pick(chooser, 8));
	uint64_t flags = SOME(chooser, K_MAP_PRIVATE, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_DROPPABLE) | K_MAP_ANONYMOUS;

	if (!pick(chooser, 3))
		flags = SOME(chooser, K_MAP_PRIVATE, K_MAP_SHARED, K_MAP_SHARED_VALIDATE, 0);
	flags |= SOME(chooser, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED, K_MAP_FIXED_NOREPLACE, 0);
	if (!pick(chooser, 4))
		flags |= K_MAP_LOCKED;
	if (!pick(chooser, 6))
		flags |= SOME(chooser, K_MAP_NORESERVE, K_MAP_STACK, K_MAP_GROWSDOWN, K_MAP_SYNC);
	choice.args[3] = flags;
	choice.args[4] = UINT64_MAX;
	if (!(flags & K_MAP_ANONYMOUS)) {
		choice.object = &chooser->object[pick(chooser, chooser->objects)];
		choice.args[4] = (uint64_t)choice.object->fd;
	}
	choice.args[5] = pick(chooser, 8) * UINT64_C(4096);
	return choice;
}

static struct choice choose_remap(struct chooser *chooser)
{
	uint64_t old = some_length(chooser), new = pick(chooser, 2) ? old : some_length(chooser);
	const uint64_t may = K_MREMAP_MAYMOVE, fixed = may | K_MREMAP_FIXED, keep = K_MREMAP_DONTUNMAP;
	uint64_t flags = SOME(chooser, 0, 0, may, fixed, fixed, fixed | keep, may | keep);

	if (!pick(chooser, 12))
		old = 0;
	return CHOICE(mremap, some_page(chooser), old, new, flags, some_page(chooser));
}

static struct choice choose_advice(struct chooser *chooser)
{
	uint64_t advice = SOME(chooser, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 102, 103,
			       99);

	return CHOICE(madvise, some_page(chooser), some_length(chooser), advice);
}

static struct choice choose_protect(struct chooser *chooser)
{
	uint64_t prot = pick(chooser, 8);

	if (!pick(chooser, 10))
		prot |= SOME(chooser, K_PROT_SEM, K_PROT_GROWSDOWN, K_PROT_GROWSUP, 16);
	return CHOICE(mprotect, some_page(chooser), some_length(chooser), prot);
}

static struct choice choose_segment(struct chooser *chooser)
{
	unsigned i = pick(chooser, SEGMENTS);
	uint64_t flags = SOME(chooser, 0, 0, K_SHM_RDONLY, K_SHM_EXEC, K_SHM_REMAP, K_SHM_REMAP | K_SHM_RDONLY);
	struct choice choice = CHOICE(shmat, (uint64_t)chooser->segment[i], some_page(chooser), flags);

	choice.segment_bytes = chooser->segment_bytes[i];
	return pick(chooser, 2) ? CHOICE(shmdt, some_page(chooser)) : choice;
}

static struct choice choose_brk(struct chooser *chooser)
{
	uint64_t distance = pick(chooser, 8 * 4096);

	return CHOICE(brk, pick(chooser, 2) ? chooser->brk + distance : chooser->brk - distance);
}

/* Switches of the whole process; MDWE cannot be taken back. */
static struct choice choose_switch(struct chooser *chooser)
{
	switch (pick(chooser, 8)) {
	case 0:
		return CHOICE(prctl, K_PR_SET_MDWE, 1 + 2 * pick(chooser, 2));
	case 1: case 2: case 3:
		return CHOICE(prctl, K_PR_SET_MEMORY_MERGE, pick(chooser, 2));
	default:
		return CHOICE(personality, SOME(chooser, 0, K_READ_IMPLIES_EXEC, UINT32_MAX));
	}
}

static struct choice choose_lock(struct chooser *chooser)
{
	uint64_t addr = some_page(chooser), len = some_length(chooser);

	switch (pick(chooser, 12)) {
	case 0: case 1: case 2: case 3:
		return CHOICE(mlock, addr, len);
	case 4: case 5:
		return CHOICE(mlock2, addr, len, SOME(chooser, 0, 1, 1, 1, 2));
	case 6:
		return CHOICE(mlockall, pick(chooser, 9));
	case 7: case 8:
		return CHOICE(munlockall, 0);
	default:
		return CHOICE(munlock, addr, len);
	}
}

static struct choice choose_rare(struct chooser *chooser)
{
	uint64_t addr = some_page(chooser), len = some_length(chooser);

	switch (pick(chooser, 6)) {
	case 0:
		return CHOICE(mseal, addr, 4096, 0);
	case 1:
		return CHOICE(msync, addr, len, K_MS_INVALIDATE);
	case 2:
		return CHOICE(remap_file_pages, addr, len, 0, pick(chooser, 8), 0);
	case 3: case 4:
		return choose_brk(chooser);
	default:
		return choose_switch(chooser);
	}
}

struct choice choose(struct chooser *chooser)
{
	switch (pick(chooser, 25)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		return choose_map(chooser);
	case 6: case 7:
		return CHOICE(munmap, some_page(chooser), some_length(chooser));
	case 8: case 9: case 10:
		return choose_protect(chooser);
	case 11: case 12: case 13: case 14:
		return choose_lock(chooser);
	case 15: case 16: case 17:
		return choose_advice(chooser);
	case 18: case 19:
		return choose_rare(chooser);
	case 20:
		return choose_segment(chooser);
	default:
		return choose_remap(chooser);
	}
}
