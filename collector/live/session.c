#include "session.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../util/alloc.h"
#include "leftovers.h"
#include "line.h"

#define SHIM_NAME "libpagetrail.so"

/* ---- the shim ---- */

/* A place relative to where this program lies, so that a tree can be built or installed anywhere and moved. */
static bool near_program(char path[PATH_MAX], const char *where)
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX / 2);
	char *slash;

	if (length <= 0 || length == PATH_MAX / 2)
		return false;
	path[length] = 0;
	slash = strrchr(path, '/');
	snprintf(slash + 1, (size_t)(path + PATH_MAX - slash - 1), "%s" SHIM_NAME, where);
	return access(path, R_OK) == 0;
}

static bool find_shim(char path[PATH_MAX])
{
	const char *forced = getenv("PAGETRAIL_LIB");

	if (forced && *forced) {
		snprintf(path, PATH_MAX, "%s", forced);
		return access(path, R_OK) == 0;
	}
	if (near_program(path, "") || near_program(path, "../lib/pagetrail/"))
		return true;
	snprintf(path, PATH_MAX, "%s/%s", PAGETRAIL_LIBDIR, SHIM_NAME);
	return access(path, R_OK) == 0;
}

int session_find_shim(char shim[SESSION_PATH_MAX], bool *common, struct err *err)
{
	char path[PATH_MAX], real[PATH_MAX];
	struct stat st;

	if (!find_shim(path) || !realpath(path, real) || stat(real, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, -ENOENT, "cannot find %s%s", SHIM_NAME,
			       getenv("PAGETRAIL_LIB") ? ": PAGETRAIL_LIB does not name a readable file"
						       : " beside pagetrail or in " PAGETRAIL_LIBDIR
							 "; set PAGETRAIL_LIB");
	if (strlen(real) >= SESSION_PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "the path of %s is longer than %zu bytes", real,
			       SESSION_PATH_MAX - 1);
	/* ld.so(8): LD_PRELOAD is split at colons and spaces, and $ORIGIN and the like are replaced in it */
	if (strpbrk(real, ": $"))
		return err_set(err, -EINVAL, "%s cannot be preloaded: its path has a colon, a space or a dollar sign",
			       real);
	*common = st.st_mode & S_IROTH;
	memcpy(shim, real, strlen(real) + 1);
	return 0;
}

/* The stepper stands on _dl_find_object(), glibc 2.35. */
static bool stepper_works(void)
{
	return dlsym(RTLD_DEFAULT, "_dl_find_object") != NULL;
}

static const char *path_of_library(const char *name)
{
	void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
	struct link_map *map;

	return library && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

int session_find_unwinder(enum ring_unwinder wanted, char path[SESSION_PATH_MAX], struct err *err)
{
	const char *gcc, *unwind;

	path[0] = 0;
	if (wanted == UNWINDER_CFI && stepper_works())
		return 0;
	gcc = path_of_library("libgcc_s.so.1");
	unwind = path_of_library("libunwind.so.8");
	if (unwind[0] && snprintf(path, SESSION_PATH_MAX, "%s%s%s", gcc, gcc[0] ? ":" : "", unwind) >= (int)SESSION_PATH_MAX)
		path[0] = 0;
	if (wanted == UNWINDER_LIBUNWIND && !path[0])
		return err_set(err, -ENOENT,
			       "--unwinder=libunwind: libunwind.so.8 is not installed: apt-get install libunwind8");
	return 0;
}

/* ---- removal, however this process ends ---- */

/* The session to clean up on exit() and fatal signals; set once, cleared by session_remove(). */
static struct session *volatile armed;

/* Async-signal-safe. */
static void close_and_unlink(struct session *session)
{
	if (session->ring)
		atomic_store(&session->ring->closed, 1);
	if (session->path[0])
		unlink(session->path);
	if (session->dir[0])
		rmdir(session->dir);
	session->path[0] = session->dir[0] = 0;
}

static void clean_up(void)
{
	if (armed)
		close_and_unlink(armed);
}

static void clean_up_and_die(int signal_number)
{
	clean_up();
	raise(signal_number);	/* SA_RESETHAND: this time it kills */
}

/* ---- a ring's file that is cut short ---- */

/* A program that cuts it again and again is not raced with for ever. */
#define MENDS_MAX 64

static volatile sig_atomic_t mends;
static struct ring mended;	/* what the header is to be then */

bool session_sound(const struct session *session)
{
	return !memcmp(session->ring, &mended, offsetof(struct ring, tail));
}

/*
 * Async-signal-safe.  The header comes first, in one piece: a program whose ring is there again must not find zeros in it.
 * Where the file cannot be mended (a full tmpfs), we go on with memory of our own.
 */
static bool mend(const struct session *session)
{
	size_t bytes = mended.bytes;

	if (++mends <= MENDS_MAX &&
	    pwrite(session->fd, &mended, sizeof(mended), 0) == (ssize_t)sizeof(mended) &&
	    fallocate(session->fd, 0, 0, (off_t)bytes) == 0)
		return true;
	return mmap(session->ring, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	       MAP_FAILED;
}

bool session_cut(const struct session *session)
{
	struct stat st;

	if (mends <= MENDS_MAX && fstat(session->fd, &st) == 0 && (uint64_t)st.st_size < mended.bytes)
		mend(session);
	return mends > 0;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	const struct session *session = armed;
	uintptr_t at = (uintptr_t)info->si_addr, ring = session ? (uintptr_t)session->ring : 0;
	int saved = errno;
	bool whole = info->si_code == BUS_ADRERR && ring && at >= ring && at - ring < mended.bytes && mend(session);

	(void)context;
	errno = saved;
	if (whole)
		return;
	signal(number, SIG_DFL);
	clean_up_and_die(number);
}

static void arm(struct session *session)
{
	static const int fatal[] = { SIGSEGV, SIGILL, SIGFPE, SIGABRT, SIGSYS };
	struct sigaction bus = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
	struct sigaction action = { .sa_handler = clean_up_and_die, .sa_flags = (int)SA_RESETHAND }, old;

	if (!armed)
		atexit(clean_up);
	armed = session;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		/* one that was ignored stays so, because the program inherits it */
		if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &action, NULL);
	}
	if (sigaction(SIGBUS, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGBUS, &bus, NULL);
}

void session_remove(struct session *session)
{
	close_and_unlink(session);
	if (session->fd > STDERR_FILENO)
		close(session->fd);
	session->fd = 0;
	if (armed == session)
		armed = NULL;
}

/* ---- the ring ---- */

static void random_name(char *out, size_t letters)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[32];

	if (getrandom(bytes, letters, 0) != (ssize_t)letters)
		exit(125);
	for (size_t i = 0; i < letters; i++)
		out[i] = alphabet[bytes[i] & 31];
	out[letters] = 0;
}

/*
 * The program, its children and what they become may run as other users, so the file is open to all; that nobody else
 * finds it is a matter of its name, which a 0711 directory does not tell.
 */
static int create_file(struct session *session, const char *base, size_t bytes)
{
	char random[33];
	int fd, rc;

	random_name(random, LEFTOVERS_LETTERS);
	rc = snprintf(session->dir, sizeof(session->dir), "%s/" LEFTOVERS_PREFIX "%s", base, random);
	rc = rc >= (int)sizeof(session->dir) ? -ENAMETOOLONG : mkdir(session->dir, 0711) < 0 ? -errno : 0;
	if (rc) {
		session->dir[0] = 0;	/* not ours to remove */
		return rc;
	}
	chmod(session->dir, 0711);
	/* held until this process ends */
	rc = leftovers_lock(session->dir);
	if (rc < 0)
		return rc;
	random_name(random, 20);
	snprintf(session->path, sizeof(session->path), "%s/%s", session->dir, random);
	fd = open(session->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	fchmod(fd, 0666);
	/* every page now: a full tmpfs must fail here and not as SIGBUS in the program */
	rc = posix_fallocate(fd, 0, (off_t)bytes);
	if (!rc)
		return fd;
	close(fd);
	return -rc;
}

static int map_ring(struct session *session, int fd, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int rc = at == MAP_FAILED ? -errno : 0;

	if (rc) {
		close(fd);
		return rc;
	}
	session->fd = fd;
	session->ring = at;
	return 0;
}

static int create_in(struct session *session, const char *base, size_t bytes)
{
	int fd = base && base[0] == '/' ? create_file(session, base, bytes) : -ENOENT;
	int rc = fd < 0 ? fd : map_ring(session, fd, bytes);

	if (rc)
		close_and_unlink(session);
	return rc;
}

/* Where a ring may lie, the best first. */
#define BASES 4

static void find_bases(const char *base[BASES])
{
	base[0] = "/dev/shm";
	base[1] = getenv("XDG_RUNTIME_DIR");
	base[2] = getenv("TMPDIR");
	base[3] = "/tmp";
}

void session_clean(void)
{
	const char *base[BASES];

	find_bases(base);
	for (size_t i = 0; i < BASES; i++)
		if (base[i] && base[i][0] == '/')
			leftovers_remove(base[i]);
}

uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t session_now(const struct session *session)
{
	return clock_ns(CLOCK_MONOTONIC) - session->start_ns;
}

static void fill_ring(struct session *session, size_t bytes)
{
	struct ring *ring = session->ring;

	ring->version = RING_VERSION;
	ring->slots = RING_SLOTS;
	ring->dict_words = RING_DICT_WORDS;
	ring->dict_buckets = RING_DICT_BUCKETS;
	ring->bytes = bytes;
	ring->start_ns = session->start_ns;
	ring->collector_pid = getpid();
	ring->depth = session->options.depth;
	ring->unwinder = session->options.unwinder;
	ring->follow = session->options.follow;
	ring->sites = session->options.sites;
	ring->verify = session->options.verify || session->options.residency;
	ring->verify_every = session->options.verify_every;
	memcpy(ring->shim_path, session->shim, sizeof(ring->shim_path));
	snprintf(ring->preload, sizeof(ring->preload), "%s%s%s", session->shim, session->unwinder[0] ? ":" : "",
		 session->unwinder);
	memcpy(ring->ring_path, session->path, sizeof(ring->ring_path));
	atomic_store(&ring->on_full, session->options.on_full);
	atomic_store(&ring->dict_used, 1);
	atomic_store(&ring->next_key, 1);
	ring->magic = RING_MAGIC;
	mends = 0;
	memcpy(&mended, ring, sizeof(mended));
	atomic_store(&mended.closed, 1);
	session->slots =
		(struct ring_slot *)(void *)((char *)ring + ring_slot_offset(RING_DICT_BUCKETS, RING_DICT_WORDS));
	session->words = (const uint64_t *)(const void *)((char *)ring + ring_word_offset(RING_DICT_BUCKETS));
}

int session_create(struct session *session, struct err *err)
{
	const char *base[BASES];
	size_t bytes = ring_bytes(RING_SLOTS, RING_DICT_WORDS, RING_DICT_BUCKETS);
	int rc = -ENOENT;

	find_bases(base);
	arm(session);
	session->start_ns = clock_ns(CLOCK_MONOTONIC);
	session->realtime_ns = clock_ns(CLOCK_REALTIME);
	for (size_t i = 0; i < BASES && rc; i++)
		rc = create_in(session, base[i], bytes);
	if (rc)
		return err_set(err, rc, "cannot create the ring (%zu KiB) in /dev/shm or /tmp: %s", bytes / 1024,
			       strerror(-rc));
	fill_ring(session, bytes);
	return 0;
}

/* ---- the program's environment ---- */

/* Our shim, then what LD_PRELOAD held, without our shim: pagetrail itself may be traced. */
static char *preload_value(const struct session *session)
{
	const char *old = getenv("LD_PRELOAD");
	size_t shim = strlen(session->shim);
	struct line line = { 0 };

	line_add(&line, "LD_PRELOAD=%s", session->ring->preload);
	while (old && *(old += strspn(old, ": "))) {
		size_t length = strcspn(old, ": ");

		if (length != shim || memcmp(old, session->shim, shim))
			line_add(&line, ":%.*s", (int)length, old);
		old += length;
	}
	line_bytes(&line, "", 1);
	return line.at;
}

static bool is_variable(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(entry, name, length) && entry[length] == '=';
}

char **session_environment(const struct session *session)
{
	size_t count = 0, at = 0;
	char **out;

	while (environ[count])
		count++;
	out = alloc_zero(count + 3, sizeof(*out));
	for (size_t i = 0; i < count; i++)
		if (!is_variable(environ[i], "LD_PRELOAD") && !is_variable(environ[i], RING_ENV))
			out[at++] = environ[i];
	out[at++] = preload_value(session);
	if (asprintf(&out[at], "%s=%s", RING_ENV, session->path) < 0)
		exit(125);
	return out;
}

/* Only the last two are our own. */
void session_environment_free(char **environment)
{
	size_t count = 0;

	while (environment && environment[count])
		count++;
	for (size_t i = count < 2 ? 0 : count - 2; i < count; i++)
		free(environment[i]);
	free(environment);
}
