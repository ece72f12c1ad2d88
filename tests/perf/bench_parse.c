/*
 * bench_parse.c - lines a second through the scanner and through jansson, one core.
 *
 * Prints a table; nothing here passes or fails by time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../collector/log/parse.h"

#define CALL(rest) "{\"type\":\"call\",\"seq\":377,\"pid\":4242,\"tid\":4250," rest "}"

/* In the shim's order of fields. */
static const struct sample {
	const char *name, *line;
} samples[] = {
	{ "munlock", CALL("\"call\":\"munlock\",\"addr\":\"0x7f10aaf06800\",\"len\":64,\"stack\":17,\"via\":\"plt\","
			  "\"t\":1204431877,\"dur\":2114,\"ret\":0") },
	{ "mmap of a file", CALL("\"call\":\"mmap\",\"addr\":\"0x7f10aaf06000\",\"len\":1789952,\"prot\":5,\"flags\":2066,"
			  "\"fd\":3,\"off\":155648,\"stack\":17,\"via\":\"site\",\"fdkind\":\"regular\",\"access\":\"r\","
			  "\"dev\":65024,\"ino\":1712345,\"path\":\"/usr/lib/x86_64-linux-gnu/libc.so.6\","
			  "\"t\":1204431877,\"dur\":9114,\"ret\":\"0x7f10aaf06000\"") },
	{ "mlock, refused", CALL("\"call\":\"mlock\",\"addr\":\"0x7f10aaf06800\",\"len\":65536,\"stack\":17,\"via\":\"plt\","
			  "\"t\":1204431877,\"dur\":2114,\"ret\":-1,\"errno\":\"ENOMEM\",\"limit\":8388608,\"cap\":false,"
			  "\"vmlck\":8384512") },
};

typedef int parse_fn(struct parser *, const char *, size_t, struct record *, struct err *);

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double pass(struct parser *parser, parse_fn *parse, const char *line, long times)
{
	size_t length = strlen(line);
	double begin = seconds();
	struct record record;
	struct err err;

	for (long i = 0; i < times; i++) {
		if (parse(parser, line, length, &record, &err)) {
			fprintf(stderr, "bench_parse: %s\n", err.text);
			exit(1);
		}
	}
	return (double)times / (seconds() - begin);
}

/* The best of several short passes: what the machine does besides only makes it slower. */
static double lines_per_second(struct parser *parser, parse_fn *parse, const char *line)
{
	double best = 0;

	for (int i = 0; i < 40; i++) {
		double rate = pass(parser, parse, line, 10000);

		best = rate > best ? rate : best;
	}
	return best;
}

int main(void)
{
	struct parser *parser = parser_new();

	printf("%-16s %6s %12s %12s %6s\n", "line", "bytes", "scanner/s", "jansson/s", "ratio");
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *line = samples[i].line;
		double fast = lines_per_second(parser, parse_line, line);
		double slow = lines_per_second(parser, parse_line_reference, line);

		printf("%-16s %6zu %12.0f %12.0f %6.1f\n", samples[i].name, strlen(line), fast, slow, fast / slow);
	}
	parser_free(parser);
	return 0;
}
