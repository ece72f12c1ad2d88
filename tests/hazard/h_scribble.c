/*
 * h_scribble KIND SEED: a child that does its worst to the ring it shares with its parent, found by its name in the
 * environment, while the parent makes calls.
 *   slots        what looks like records: any kind, length, chain, pid, time and state, texts good and bad, cut and long
 *   dictionary   any words, lengths and buckets
 *   header       any geometry, tail, counters and paths
 *   all          any bytes anywhere
 *   cut          the file is cut short, anywhere, again and again
 * The parent says whether it came to its end.
 */
#include "hazard.h"

#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../preload/abi/ring.h"

enum { SCRIBBLES = 30000, ROUNDS = 3000 };

static uint64_t seed;

static uint32_t any(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(seed >> 33);
}

static uint32_t below(uint32_t n)
{
	return any() % n;
}

/* ---- slots ---- */

static const char *const texts[] = {
	"", ",", ",\"pid\":1", "}\n{\"type\":\"trailer\"", ",\"type\":\"trailer\",\"calls\":0", ",\"seq\":7,\"pid\":1,\"call\":\"exit\"",
	",\"pid\":%d,\"tid\":%d,\"call\":\"munmap\",\"addr\":\"0x0\",\"len\":281474976710656,\"via\":\"plt\",\"t\":1,\"dur\":1,\"ret\":0",
	",\"pid\":%d,\"tid\":%d,\"call\":\"mmap\",\"addr\":\"0x1\",\"len\":18446744073709551615,\"prot\":-1,\"flags\":-1,\"fd\":-1,"
	"\"off\":-1,\"via\":\"plt\",\"t\":1,\"dur\":1,\"ret\":\"0xffffffffffff\"",
	",\"pid\":%d,\"tid\":%d,\"call\":\"fork\",\"via\":\"plt\",\"t\":1,\"dur\":1,\"ret\":1",
	",\"pid\":%d,\"tid\":%d,\"t\":1,\"ppid\":2,\"key\":1,\"exe\":\"/x\",\"argv\":[\"x\"]",
	",\"pid\":%d,\"tid\":%d,\"t\":1,\"why\":\"settle\"", ",\"pid\":%d,\"tid\":%d,\"t\":1,\"what\":\"untraced\"",
	",\"key\":1,\"path\":\"/x\",\"base\":\"0x0\",\"segments\":[[\"0x0\",\"0xffffffffffffffff\",\"0x0\"]]",
	",\"pid\":%d,\"tid\":%d,\"t\":1,\"label\":\"\\u0000\xff\"", ",\"pid\":%d,\"tid\":%d,\"t\":1,\"part\":0,\"vmas\":[]",
};

static void fill_text(struct ring_slot *slot)
{
	int pid = below(2) ? getppid() : (int)below(70000) - 10;
	char text[SLOT_TEXT + 1];
	size_t length = sizeof(texts) / sizeof(texts[0]);
	const char *chosen = texts[below((uint32_t)length)];

	length = strlen(chosen);
	if (strstr(chosen, "%d")) {
		/* one format with two pids is all there is */
		int head = (int)(strstr(chosen, "%d") - chosen);

		length = (size_t)snprintf(text, sizeof(text), "%.*s%d,\"tid\":%d%s", head, chosen, pid, pid,
					  strstr(strstr(chosen, "%d") + 2, "%d") + 2);
		chosen = text;
	}
	if (length > SLOT_TEXT)
		length = SLOT_TEXT;
	memcpy(slot->text, chosen, length);
	for (uint32_t spoil = below(4) ? 0 : 8; spoil; spoil--)
		slot->text[below(SLOT_TEXT)] = (char)any();
	slot->length = (uint16_t)(below(8) ? length : any());
	slot->pid = below(2) ? pid : (int32_t)any();
}

static void scribble_slot(struct ring *ring, struct ring_slot *slots)
{
	uint64_t index = below(RING_SLOTS), position = index + (uint64_t)RING_SLOTS * below(64);
	struct ring_slot *slot = &slots[index];

	fill_text(slot);
	slot->kind = (uint8_t)(below(16) ? below(12) : any());
	slot->next = below(3) ? 0 : below(RING_SLOTS + 9);
	slot->stack = below(3) ? below(RING_DICT_WORDS + 9) : any();
	slot->begin_ns = (uint64_t)any() << below(34);
	slot->end_ns = (uint64_t)any() << below(34);
	atomic_store(&slot->state, (below(16) ? position : (uint64_t)any() << below(32)) << 3 | below(8));
	if (!below(4))
		atomic_fetch_add(&ring->tail, below(9));
}

/* ---- the rest ---- */

static void scribble_words(void *from, size_t bytes, uint32_t count)
{
	for (uint32_t *words = from; count; count--)
		words[below((uint32_t)(bytes / sizeof(*words)))] = below(3) ? any() : below(4096);
}

static void cut(const char *path, off_t bytes)
{
	if (truncate(path, below(2) ? 0 : (off_t)below((uint32_t)bytes)))
		_exit(1);
	usleep(below(3000));
}

/* No call that the tracer sees: it would have to go through what is being spoilt. */
static void scribble(const char *kind, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	struct ring *ring;
	struct ring_slot *slots;

	if (fd < 0 || fstat(fd, &st))
		_exit(1);
	ring = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	slots = (struct ring_slot *)(void *)((char *)ring + ring_slot_offset(RING_DICT_BUCKETS, RING_DICT_WORDS));
	for (int i = 0; i < SCRIBBLES; i++) {
		if (!strcmp(kind, "slots"))
			scribble_slot(ring, slots);
		else if (!strcmp(kind, "dictionary"))
			scribble_words((char *)ring + ring_bucket_offset(), (size_t)((char *)slots - (char *)ring) - ring_bucket_offset(), 9);
		else if (!strcmp(kind, "header"))
			scribble_words(ring, sizeof(*ring), 3);
		else if (!strcmp(kind, "all"))
			scribble_words(ring, (size_t)st.st_size, 9);
		else
			cut(path, st.st_size);
		if (!strcmp(kind, "cut") && i == 40)
			break;
		if (i % 512 == 0)
			usleep(500);
	}
	raise(SIGKILL);
}

int main(int argc, char **argv)
{
	const char *path = getenv(RING_ENV);
	char copy[512];
	pid_t child;

	if (argc < 3 || !path || strlen(path) >= sizeof(copy))
		return 2;
	watchdog(50);
	strcpy(copy, path);
	seed = (uint64_t)atoll(argv[2]) * 7919 + 1;
	counting_begin();
	child = fork();
	if (child == 0)
		scribble(argv[1], copy);
	for (int i = 0; i < ROUNDS || waitpid(child, NULL, WNOHANG) == 0; i++) {
		c_round();
		if (i >= ROUNDS)
			usleep(300);
	}
	counting_end();
	puts("the parent came to its end");
	return 7;
}
