/*
 * replay.c - the main of a parser's fuzz target where libFuzzer is not: it gets the kept inputs, each whole and cut at a
 * few places, and so many of them damaged at random.
 *
 *   parse_NAME ROUNDS FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t seed = 1;

static size_t below(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return n ? (size_t)(seed >> 33) % n : 0;
}

/* Exactly as long as it is, so that a sanitizer sees a byte read too far. */
static void give(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void damage(uint8_t *bytes, size_t *size)
{
	for (size_t times = 1 + below(4); times && *size; times--) {
		size_t at = below(*size);

		if (below(3))
			bytes[at] = (uint8_t)below(256);
		else
			memmove(bytes + at, bytes + at + 1, --*size - at);
	}
}

static void play(const uint8_t *bytes, size_t size, long rounds)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		abort();
	give(bytes, size);
	for (long round = 0; round < rounds; round++) {
		size_t length = below(4) ? size : below(size);

		memcpy(copy, bytes, length);
		damage(copy, &length);
		give(copy, length);
	}
	free(copy);
}

int main(int argc, char **argv)
{
	static uint8_t bytes[1 << 20];
	const char *slash = strrchr(argv[0], '/');
	long rounds = argc > 1 ? atol(argv[1]) : 0;
	int bad = 0;

	for (int i = 2; i < argc; i++) {
		FILE *file = fopen(argv[i], "re");

		if (!file) {
			perror(argv[i]);
			bad++;
			continue;
		}
		play(bytes, fread(bytes, 1, sizeof bytes, file), rounds);
		fclose(file);
	}
	printf("%s: %d passed, %d failed\n", slash ? slash + 1 : argv[0], argc - 2 - bad, bad);
	return bad || argc < 3;
}
