/*
 * parse_log.c - any bytes as a log, plain or zstd: what reads it once, what reads it again, and what is built of it.
 *
 * Read twice it is the same; no bytes make the reader, the model, the rules or the checks fall over.
 */
#include <stdlib.h>
#include <string.h>

#include "memory_file.h"

#include "../../collector/audit/audit.h"
#include "../../collector/log/log.h"
#include "../../collector/report/logcheck.h"
#include "../../collector/report/survey.h"
#include "../../collector/sym/symbols.h"
#include "../../collector/vm/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pass {
	uint64_t records, bad, hash;
	const char *tear;
};

struct built {
	struct survey survey;
	struct symbols *symbols;
	struct world *world;
	struct audit *audit;
	struct logcheck *check;
};

static void ignore(void *arg, uint64_t number, const char *text)
{
	(void)arg;
	(void)number;
	(void)text;
}

static void take(struct built *built, const struct record *record, uint64_t number)
{
	logcheck_add(built->check, record, number);
	survey_add(&built->survey, record);
	symbols_add(built->symbols, record);
	audit_apply(built->audit, record);
}

/* A line that cannot be parsed is passed over; whatever else is wrong ends it. */
static struct pass read_all(struct log_reader *reader, struct built *built)
{
	struct pass pass = { 0 };
	struct record record;
	struct err err;
	uint64_t number = 0, before;
	size_t length;
	int code;

	while ((code = log_next(reader, &record, &err))) {
		before = number;
		log_line(reader, &length, &number);
		if (code < 0 && number == before)
			break;
		pass.records += code > 0;
		pass.bad += code < 0;
		pass.hash = (pass.hash ^ record.seq ^ length) * 0x100000001b3;
		if (code > 0 && built)
			take(built, &record, number);
	}
	pass.tear = log_tear(reader);
	return pass;
}

static struct pass build(struct log_reader *reader)
{
	struct built built = { .symbols = symbols_new(), .world = world_new() };
	struct pass pass;
	size_t count;

	built.audit = audit_new(built.world, NULL, NULL);
	built.check = logcheck_new(ignore, NULL);
	pass = read_all(reader, &built);
	audit_end(built.audit);
	audit_findings(built.audit, &count);
	logcheck_complete(built.check);
	logcheck_free(built.check);
	audit_free(built.audit);
	world_free(built.world);
	symbols_free(built.symbols);
	survey_free(&built.survey);
	return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_reader *reader;
	struct pass first, second;
	struct err err;
	char path[32];
	int fd = memory_file(data, size, path);

	if (!log_open(path, &reader, &err)) {
		first = build(reader);
		if (log_rewind(reader, &err))
			abort();
		second = read_all(reader, NULL);
		if (first.records != second.records || first.bad != second.bad || !first.tear != !second.tear)
			abort();
		log_close(reader);
	}
	close(fd);
	return 0;
}
