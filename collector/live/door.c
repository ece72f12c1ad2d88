#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../util/alloc.h"

#define BACKLOG 4096	/* cut to net.core.somaxconn: listen(2) */

struct waiting {
	int fd;			/* -1: the place is free */
	uint64_t since_ns;
	struct visitor who;
};

struct door {
	int listener, epoll;
	struct sockaddr_un address;
	uid_t *guest;
	size_t guests;
	struct waiting waiting[DOOR_WAITING_MAX];
	struct door_counts counts;
};

/* ---- opening ---- */

static int check_directory(const char *path, bool guests, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make %s for the socket: %s", path, strerror(errno));
	if (stat(path, &st) < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, -EPERM,
			       "%s: others can write there and put a socket of their own in the place of ours; use a "
			       "directory of your own, mode %s",
			       path, guests ? "0711" : "0700");
	if (guests && (st.st_mode & S_IXOTH) == 0 && chmod(path, 0711) < 0)
		return err_set(err, -errno, "cannot open %s to other users: %s", path, strerror(errno));
	return 0;
}

/* Does somebody listen there? A socket outlives its collector where that was killed. */
static bool is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

static int make_room(const struct sockaddr_un *address, struct err *err)
{
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, -EEXIST, "%s is there already and is no socket", address->sun_path);
	if (is_served(address))
		return err_set(err, -EADDRINUSE, "%s: another collector listens there", address->sun_path);
	unlink(address->sun_path);
	return 0;
}

/*
 * Whoever sees the socket can connect: until somebody listens, and it is open to those it is meant for, it has another name.
 *
 * Return: 0, or -1 with errno.
 */
static int appear(int listener, const struct sockaddr_un *address, bool guests)
{
	struct sockaddr_un hidden = *address;
	size_t length = strlen(hidden.sun_path);

	hidden.sun_path[length] = '~';
	hidden.sun_path[length + 1] = '\0';
	unlink(hidden.sun_path);
	if (bind(listener, (const struct sockaddr *)&hidden, sizeof(hidden)) < 0)
		return -1;
	if (chmod(hidden.sun_path, guests ? 0666 : 0600) == 0 && listen(listener, BACKLOG) == 0 &&
	    renameat2(AT_FDCWD, hidden.sun_path, AT_FDCWD, address->sun_path, RENAME_NOREPLACE) == 0)
		return 0;
	unlink(hidden.sun_path);
	return -1;
}

static int listen_at(struct door *door, bool guests, struct err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = DOOR_WAITING_MAX };

	door->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	door->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (door->listener < 0 || door->epoll < 0 || appear(door->listener, &door->address, guests) < 0 ||
	    epoll_ctl(door->epoll, EPOLL_CTL_ADD, door->listener, &event) < 0)
		return err_set(err, -errno, "cannot listen at %s: %s", door->address.sun_path, strerror(errno));
	return 0;
}

static int open_at(struct door *door, const char *path, struct err *err)
{
	char *copy, *directory;
	int rc;

	if (strlen(path) >= sizeof(door->address.sun_path) - 1)
		return err_set(err, -ENAMETOOLONG, "%s: the socket's path can have at most %zu bytes (unix(7))", path,
			       sizeof(door->address.sun_path) - 2);
	door->address.sun_family = AF_UNIX;
	memcpy(door->address.sun_path, path, strlen(path) + 1);
	copy = alloc_copy(path, strlen(path));
	directory = dirname(copy);
	rc = check_directory(directory, door->guests > 0, err);
	free(copy);
	if (!rc)
		rc = make_room(&door->address, err);
	return rc ? rc : listen_at(door, door->guests > 0, err);
}

int door_open(struct door **out, const char *path, const uid_t *guests, size_t guest_count, struct err *err)
{
	struct door *door = alloc_zero(1, sizeof(*door));
	int rc;

	door->listener = door->epoll = -1;
	door->guest = alloc_zero(guest_count, sizeof(*door->guest));
	if (guest_count)
		memcpy(door->guest, guests, guest_count * sizeof(*guests));
	door->guests = guest_count;
	for (size_t i = 0; i < DOOR_WAITING_MAX; i++)
		door->waiting[i].fd = -1;
	rc = open_at(door, path, err);
	if (rc) {
		door_close(door, false);
		return rc;
	}
	*out = door;
	return 0;
}

void door_close(struct door *door, bool remove)
{
	if (!door)
		return;
	for (size_t i = 0; i < DOOR_WAITING_MAX; i++)
		if (door->waiting[i].fd >= 0)
			close(door->waiting[i].fd);
	if (door->listener >= 0)
		close(door->listener);
	if (door->epoll >= 0)
		close(door->epoll);
	if (remove)
		unlink(door->address.sun_path);
	free(door->guest);
	free(door);
}

int door_wait_fd(const struct door *door)
{
	return door->epoll;
}

const struct door_counts *door_counts(const struct door *door)
{
	return &door->counts;
}

/* ---- who comes ---- */

static bool may_enter(const struct door *door, uid_t uid)
{
	if (uid == geteuid() || uid == 0)
		return true;
	for (size_t i = 0; i < door->guests; i++)
		if (door->guest[i] == uid)
			return true;
	return false;
}

static void show_out(struct door *door, struct waiting *waiting)
{
	epoll_ctl(door->epoll, EPOLL_CTL_DEL, waiting->fd, NULL);
	close(waiting->fd);
	waiting->fd = -1;
	door->counts.silent++;
}

/* A free place, or that of who has been silent longest. */
static struct waiting *find_place(struct door *door)
{
	struct waiting *oldest = &door->waiting[0];

	for (size_t i = 0; i < DOOR_WAITING_MAX; i++) {
		if (door->waiting[i].fd < 0)
			return &door->waiting[i];
		if (door->waiting[i].since_ns < oldest->since_ns)
			oldest = &door->waiting[i];
	}
	show_out(door, oldest);
	return oldest;
}

static void let_in(struct door *door, int fd, uint64_t now_ns)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct ucred who = { 0 };
	socklen_t length = sizeof(who);
	struct waiting *place;

	/* one who cannot be known is a stranger */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0)
		who.uid = (uid_t)-1;
	place = find_place(door);
	*place = (struct waiting){ fd, now_ns, { fd, who.pid, who.uid } };
	event.data.u32 = (uint32_t)(place - door->waiting);
	epoll_ctl(door->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* As many as there are places, so that a flood of them leaves time for those who speak. */
static void accept_some(struct door *door, uint64_t now_ns)
{
	for (size_t i = 0; i < DOOR_WAITING_MAX; i++) {
		int fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		let_in(door, fd, now_ns);
	}
}

/* Is there a ring for this visitor? If not he is told why. */
static bool is_welcome(struct door *door, struct visitor *visitor, const struct greet_hello *hello)
{
	bool known = may_enter(door, visitor->uid);

	if (known && hello->version == RING_VERSION)
		return true;
	if (known)
		door->counts.versions++;
	else
		door->counts.strangers++;
	door_answer(visitor, known ? GREET_VERSION : GREET_NOT_YOU, "");
	return false;
}

/* Return: whether the visitor is one to be answered; otherwise he has been dealt with, or has not spoken yet. */
static bool hear(struct door *door, struct waiting *waiting, struct visitor *visitor)
{
	struct greet_hello hello;
	ssize_t length = recv(waiting->fd, &hello, sizeof(hello), MSG_TRUNC);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (length != (ssize_t)sizeof(hello) || hello.magic != GREET_MAGIC) {
		show_out(door, waiting);
		return false;
	}
	epoll_ctl(door->epoll, EPOLL_CTL_DEL, waiting->fd, NULL);
	*visitor = waiting->who;
	waiting->fd = -1;
	return is_welcome(door, visitor, &hello);
}

static void show_out_the_silent(struct door *door, uint64_t now_ns)
{
	for (size_t i = 0; i < DOOR_WAITING_MAX; i++)
		if (door->waiting[i].fd >= 0 && now_ns - door->waiting[i].since_ns > DOOR_PATIENCE_NS)
			show_out(door, &door->waiting[i]);
}

bool door_next(struct door *door, uint64_t now_ns, struct visitor *visitor)
{
	struct epoll_event event[64];
	int count;

	show_out_the_silent(door, now_ns);
	count = epoll_wait(door->epoll, event, 64, 0);
	for (int i = 0; i < count; i++) {
		uint32_t place = event[i].data.u32;

		if (place == DOOR_WAITING_MAX)
			accept_some(door, now_ns);
		else if (door->waiting[place].fd >= 0 && hear(door, &door->waiting[place], visitor))
			return true;
	}
	return false;
}

void door_answer(struct visitor *visitor, enum greet_result result, const char *ring_path)
{
	struct greet_answer answer = { .magic = GREET_MAGIC, .version = RING_VERSION, .result = result };

	strncpy(answer.ring_path, ring_path, sizeof(answer.ring_path) - 1);
	/* who has gone meanwhile, or does not read, is nobody to wait for */
	send(visitor->fd, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(visitor->fd);
	visitor->fd = -1;
}
