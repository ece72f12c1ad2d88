/*
 * p_storm [-t THREADS] [-r ROUNDS] [-c CALLS] [-p PAGES] [-s SEED] [-f FORKS] [-m] - a storm of calls on pages that all
 * threads share.
 *
 * Every thread makes CALLS random calls a round, on an arena of PAGES pages at a fixed place and on mappings whose
 * addresses the kernel chose, which any thread may change and release.  After each round all threads wait while the first
 * one marks the moment and keeps the kernel's listing (SMAPS, prog.h).  One call in FORKS (0: none) is a fork; the child
 * makes some calls of its own, marks and keeps its listing, and ends.  -m: with mlockall and munlockall.
 *
 * What comes of it differs from run to run: nothing is printed but that it is over.
 */
#include "prog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>

#define ARENA	((char *)0x200000000000)
#define SHARED	32 /* mappings at addresses of the kernel's choice, known to all, */
#define PIECE	4  /* of so many pages: whoever has an address that is out of date hits nothing but another of them */
#define THREADS 64

static int threads = 4, rounds = 10, calls = 200, pages = 24, forks;
static unsigned seed = 1;
static bool lock_all;
static int memory; /* a descriptor to map */
static pthread_barrier_t barrier;

static char *_Atomic shared[SHARED];

struct storm {
	int number; /* of the thread */
	unsigned long random;
	int children;
};

/* xorshift64*: Marsaglia 2003, Vigna 2016 */
static unsigned long next(struct storm *storm, unsigned long below)
{
	unsigned long x = storm->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	storm->random = x;
	return (x * 2685821657736338717ul >> 33) % below;
}

/* ---- where ---- */

struct place {
	char *at;
	size_t bytes;
};

static struct place in_arena(struct storm *storm)
{
	size_t first = next(storm, pages), most = pages - first < 6 ? pages - first : 6;

	return (struct place){ARENA + first * page(), (1 + next(storm, most)) * page()};
}

/* Part of a mapping somebody made; perhaps it has gone already. */
static struct place anywhere(struct storm *storm)
{
	unsigned long number = next(storm, 2 * SHARED);
	char *at = number < SHARED ? shared[number] : NULL;

	return at ? (struct place){at, (1 + next(storm, PIECE)) * page()} : in_arena(storm);
}

static int some_prot(struct storm *storm)
{
	static const int prot[] = {PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC};

	return prot[next(storm, 4)];
}

/* ---- what ---- */

static void map_free(struct storm *storm)
{
	char *at = mmap(NULL, PIECE * page(), some_prot(storm), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	at = atomic_exchange(&shared[next(storm, SHARED)], at);
	if (at)
		munmap(at, PIECE * page());
}

static void map_fixed(struct storm *storm)
{
	static const int how[] = {MAP_FIXED, MAP_FIXED, MAP_FIXED_NOREPLACE, 0};
	struct place place = in_arena(storm);
	int flags = how[next(storm, 4)] | (next(storm, 4) ? MAP_PRIVATE : MAP_SHARED);
	bool file = !next(storm, 4);

	mmap(place.at, place.bytes, some_prot(storm), flags | (file ? 0 : MAP_ANONYMOUS), file ? memory : -1, 0);
}

static void move(struct storm *storm)
{
	struct place from = anywhere(storm), to = in_arena(storm);

	switch (next(storm, 3)) {
	case 0:
		mremap(from.at, from.bytes, to.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to.at);
		break;
	case 1:
		mremap(from.at, from.bytes, to.bytes, 0);
		break;
	default:
		mremap(from.at, from.bytes, from.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to.at);
	}
}

static void advise(struct storm *storm)
{
	static const int advice[] = {MADV_DONTDUMP, MADV_DODUMP,   MADV_DONTFORK, MADV_DOFORK,
				     MADV_RANDOM,   MADV_DONTNEED, MADV_NORMAL,	  MADV_SEQUENTIAL};
	struct place place = anywhere(storm);

	madvise(place.at, place.bytes, advice[next(storm, 8)]);
}

static void lock_everything(struct storm *storm)
{
	static const int flags[] = {MCL_CURRENT, MCL_FUTURE, MCL_CURRENT | MCL_FUTURE, MCL_CURRENT | MCL_ONFAULT};

	if (next(storm, 2))
		munlockall();
	else
		mlockall(flags[next(storm, 4)]);
}

static void call(struct storm *storm)
{
	struct place place = anywhere(storm);

	switch (next(storm, 16 + (lock_all && !next(storm, 20)))) {
	case 0 ... 2:
		map_free(storm);
		break;
	case 3 ... 5:
		map_fixed(storm);
		break;
	case 6 ... 7:
		munmap(place.at, place.bytes);
		break;
	case 8 ... 9:
		mprotect(place.at, place.bytes, some_prot(storm));
		break;
	case 10:
		mlock(place.at, place.bytes);
		break;
	case 11:
		mlock2(place.at, place.bytes, MLOCK_ONFAULT);
		break;
	case 12:
		munlock(place.at, place.bytes);
		break;
	case 13 ... 14:
		advise(storm);
		break;
	case 15:
		move(storm);
		break;
	default:
		lock_everything(storm);
	}
}

/* ---- who ---- */

/* Nothing that another thread may have held when the process was copied is used here. */
static void be_child(struct storm *storm)
{
	char label[32];

	snprintf(label, sizeof(label), "child-%d-%d", storm->number, storm->children);
	for (int i = 0; i < calls / 20; i++)
		call(storm);
	look(label);
	_exit(0);
}

static void multiply(struct storm *storm)
{
	pid_t pid = fork();

	if (!pid)
		be_child(storm);
	storm->children++;
	next(storm, 2);
	while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

static void *work(void *arg)
{
	struct storm *storm = arg;
	char label[32];

	/* the stacks of threads that begin are nobody's to change */
	pthread_barrier_wait(&barrier);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < calls; i++) {
			if (forks && !next(storm, forks))
				multiply(storm);
			else
				call(storm);
		}
		pthread_barrier_wait(&barrier);
		snprintf(label, sizeof(label), "round-%d", round);
		if (!storm->number)
			look(label);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:r:c:p:s:f:m")) != -1) {
		if (option == 't')
			threads = atoi(optarg);
		else if (option == 'r')
			rounds = atoi(optarg);
		else if (option == 'c')
			calls = atoi(optarg);
		else if (option == 'p')
			pages = atoi(optarg);
		else if (option == 's')
			seed = (unsigned)atoi(optarg);
		else if (option == 'f')
			forks = atoi(optarg);
		else if (option == 'm')
			lock_all = true;
		else
			exit(2);
	}
	if (threads < 1 || threads > THREADS || pages < 1)
		exit(2);
}

int main(int argc, char **argv)
{
	static struct storm storm[THREADS];
	pthread_t thread[THREADS];

	read_options(argc, argv);
	memory = memfd_create("storm", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, 64 * (off_t)page()) || pthread_barrier_init(&barrier, NULL, threads))
		return 1;
	for (int i = 0; i < threads; i++) {
		storm[i] = (struct storm){i, (seed + 1) * 0x9e3779b97f4a7c15ul + (unsigned)i * 0xbf58476d1ce4e5b9ul, 0};
		if (i && pthread_create(&thread[i], NULL, work, &storm[i]))
			return 1;
	}
	work(&storm[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	look("end");
	printf("over\n");
	return 0;
}
