/*
 * bench_replay.c - calls a second: jansson alone, our reader, what stands on it, and the verbs as they are.
 *
 *   bench_replay PAGETRAIL [CALLS]
 *
 * A log as the shim writes it, of random calls among 60 mappings and among 60,000, is read from a file by each in turn.
 * Time is processor time, of the child for a verb: what else runs on the machine is not counted. The best of three
 * rounds; nothing here passes or fails by time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "../../collector/audit/audit.h"
#include "../../collector/log/log.h"
#include "../../collector/vm/world.h"

#define BASE UINT64_C(0x7e0000000000)

enum { PAGE = 4096, PAGES_EACH = 4, ROUNDS = 3, STACKS = 64 };

static const char *program, *path;
static long calls = 1000000;

/* ---- the log ---- */

struct log {
	FILE *out;
	uint64_t seq, t, random;
	long left;
	unsigned mappings;
};

static uint64_t below(struct log *log, uint64_t n)
{
	log->random = log->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (log->random >> 33) % n;
}

/* The fields that stand around the arguments of every call. */
static void begin(struct log *log, const char *name, uint64_t addr, unsigned len)
{
	fprintf(log->out, "{\"type\":\"call\",\"seq\":%" PRIu64 ",\"pid\":4242,\"call\":\"%s\","
		"\"addr\":\"0x%" PRIx64 "\",\"len\":%u", ++log->seq, name, addr, len);
}

/* @extra: fields between; @address: the result, 0: the result is 0 */
static void end(struct log *log, const char *extra, uint64_t address)
{
	log->t += 500 + below(log, 2000);
	fprintf(log->out, ",\"stack\":%u%s%s,\"t\":%" PRIu64 ",\"dur\":%u,\"ret\":",
		1 + (unsigned)below(log, STACKS), below(log, 4) ? "" : ",\"via\":\"site\"", extra, log->t,
		300 + (unsigned)below(log, 2000));
	fprintf(log->out, address ? "\"0x%" PRIx64 "\"}\n" : "%" PRIu64 "}\n", address);
	log->left--;
}

static void call(struct log *log, const char *name, uint64_t addr, unsigned pages)
{
	begin(log, name, addr, pages * PAGE);
	end(log, "", 0);
}

static uint64_t address(unsigned mapping)
{
	return BASE + (uint64_t)mapping * PAGES_EACH * PAGE;
}

/* Neighbours differ, so that none become one; every fourth is of a file. */
static void map(struct log *log, unsigned mapping)
{
	const unsigned fixed_private = 0x12, anonymous = 0x20;
	bool file = mapping % 4 == 3;
	char extra[160] = "";

	begin(log, "mmap", address(mapping), PAGES_EACH * PAGE);
	fprintf(log->out, ",\"prot\":%u,\"flags\":%u,\"fd\":%d,\"off\":0", 1 + 2 * (mapping % 2),
		fixed_private | (file ? 0 : anonymous), file ? 3 : -1);
	if (file)
		snprintf(extra, sizeof(extra), ",\"fdkind\":\"regular\",\"access\":\"r\",\"dev\":65024,\"ino\":%u,"
			"\"path\":\"/usr/lib/x86_64-linux-gnu/libdemo.so.%u\"", 1000 + mapping % 64, mapping % 64);
	end(log, extra, address(mapping));
}

static void protect(struct log *log, uint64_t addr, unsigned pages, unsigned prot)
{
	begin(log, "mprotect", addr, pages * PAGE);
	fprintf(log->out, ",\"prot\":%u", prot);
	end(log, "", 0);
}

static void advise(struct log *log, uint64_t addr, unsigned pages, unsigned advice)
{
	begin(log, "madvise", addr, pages * PAGE);
	fprintf(log->out, ",\"advice\":%u", advice);
	end(log, "", 0);
}

/* A call or two that leave the mapping as it was. */
static void use(struct log *log, unsigned i)
{
	const uint64_t at = address(i);

	switch (below(log, 5)) {
	case 0:
		call(log, "mlock", at, PAGES_EACH);
		call(log, "munlock", at, PAGES_EACH);
		break;
	case 1:
		call(log, "mlock", at + PAGE, 2);
		call(log, "munlock", at + PAGE, 2);
		break;
	case 2:
		protect(log, at + 3 * PAGE, 1, 0);
		protect(log, at + 3 * PAGE, 1, 1 + 2 * (i % 2));
		break;
	case 3:
		call(log, "munmap", at, PAGES_EACH);
		map(log, i);
		break;
	default:
		advise(log, at, 1, 0);
		advise(log, at, 1, 3);
	}
}

static void write_beginning(FILE *out)
{
	fputs("{\"type\":\"header\",\"version\":1,\"page_size\":4096,\"start_ns\":1,\"kernel\":\"6.12.0\",\"argv\":[\"demo\"]}\n"
	      "{\"type\":\"process\",\"seq\":1,\"event\":\"start\",\"pid\":4242,\"ppid\":1,\"t\":1,\"exe\":\"/opt/demo\","
	      "\"cap_ipc_lock\":true}\n"
	      "{\"type\":\"module\",\"id\":1,\"pid\":4242,\"base\":\"0x555500000000\",\"start\":\"0x555500000000\","
	      "\"end\":\"0x555500004000\",\"path\":\"/opt/demo\"}\n", out);
	for (unsigned i = 1; i <= STACKS; i++)
		fprintf(out, "{\"type\":\"stack\",\"id\":%u,\"frames\":[[1,\"0x%x\"],[1,\"0x1204\"],[1,\"0x1100\"]]}\n", i, 0x1300 + i);
}

static void write_log(unsigned mappings)
{
	struct log log = { .out = fopen(path, "we"), .seq = 1, .left = calls, .mappings = mappings };

	if (!log.out) {
		perror(path);
		exit(1);
	}
	write_beginning(log.out);
	for (unsigned i = 0; i < mappings; i++)
		map(&log, i);
	while (log.left > 0)
		use(&log, (unsigned)below(&log, mappings));
	fprintf(log.out, "{\"type\":\"trailer\",\"calls\":%" PRIu64 ",\"losses\":0,\"processes\":1,\"stacks\":%d,\"modules\":1,"
		"\"complete\":true}\n", log.seq - 1, STACKS);
	calls = (long)log.seq - 1;
	fclose(log.out);
}

/* ---- readers ---- */

static void give_up(const char *why)
{
	fprintf(stderr, "bench_replay: %s\n", why);
	unlink(path);
	exit(1);
}

static void jansson_alone(void)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while (file && (length = getline(&line, &room, file)) > 0) {
		json_t *json = json_loadb(line, (size_t)length, 0, NULL);

		if (!json)
			give_up("jansson does not read the log");
		json_decref(json);
	}
	free(line);
	fclose(file);
}

static void read_with(struct world *world, struct audit *audit)
{
	struct log_reader *reader;
	struct record record;
	struct err err;
	int code = log_open(path, &reader, &err);

	if (code)
		give_up(err.text);
	while ((code = log_next(reader, &record, &err)) > 0) {
		if (audit)
			audit_apply(audit, &record);
		else if (world)
			world_apply(world, &record, NULL, NULL);
	}
	if (code || log_tear(reader))
		give_up(code ? err.text : log_tear(reader));
	log_close(reader);
}

static void our_reader(void)
{
	read_with(NULL, NULL);
}

static void with_model(void)
{
	struct world *world = world_new();

	read_with(world, NULL);
	world_free(world);
}

static void with_audit(void)
{
	struct world *world = world_new();
	struct audit *audit = audit_new(world, NULL, NULL);

	read_with(world, audit);
	audit_free(audit);
	world_free(world);
}

static double processor_seconds(int who)
{
	struct rusage used;

	getrusage(who, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static bool run_verb(const char *verb)
{
	int status;
	pid_t child = fork();

	if (!child) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		execl(program, program, verb, path, (char *)NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) < 2;
}

/* Calls a second, the best round; 0: there is no such verb. */
static double measure(const char *verb, void (*read)(void))
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double before = processor_seconds(read ? RUSAGE_SELF : RUSAGE_CHILDREN), rate;

		if (read)
			read();
		else if (!run_verb(verb))
			return 0;
		rate = (double)calls / (processor_seconds(read ? RUSAGE_SELF : RUSAGE_CHILDREN) - before);
		best = rate > best ? rate : best;
	}
	return best;
}

/* ---- the table ---- */

static const struct row {
	const char *name, *verb;
	void (*read)(void);
} rows[] = {
	{ "jansson alone", NULL, jansson_alone },
	{ "our reader", NULL, our_reader },
	{ "our reader, model", NULL, with_model },
	{ "our reader, model, rules", NULL, with_audit },
	{ "pagetrail validate", "validate", NULL },
	{ "pagetrail replay", "replay", NULL },
	{ "pagetrail check", "check", NULL },
	{ "pagetrail audit", "audit", NULL },
	{ "pagetrail stats", "stats", NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void measure_all(unsigned mappings, double rate[ROWS])
{
	write_log(mappings);
	for (size_t i = 0; i < ROWS; i++)
		rate[i] = measure(rows[i].verb, rows[i].read);
}

int main(int argc, char **argv)
{
	static char name[] = "/tmp/bench_replay.XXXXXX";
	double few[ROWS], many[ROWS];
	int fd = mkstemp(name);

	if (argc < 2 || fd < 0)
		return 2;
	close(fd);
	program = argv[1];
	path = name;
	if (argc > 2)
		calls = atol(argv[2]);
	measure_all(60, few);
	measure_all(60000, many);
	unlink(path);
	printf("%-26s %12s %8s %12s %8s %7s\n", "calls/s, mappings:", "60", "jansson", "60,000", "jansson", "cost");
	for (size_t i = 0; i < ROWS; i++)
		if (few[i] > 0 && many[i] > 0)
			printf("%-26s %12.0f %7.1fx %12.0f %7.1fx %6.2fx\n", rows[i].name, few[i], few[i] / few[0], many[i],
			       many[i] / many[0], few[i] / many[i]);
	return 0;
}
