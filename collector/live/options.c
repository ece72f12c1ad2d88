#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_DEFAULT 64
#define LINGER_DEFAULT_NS 2000000000ull

const char record_usage[] =
	"usage: pagetrail record [OPTION...] [--] PROGRAM [ARG...]\n\n"
	"Runs PROGRAM and records every call it and its children make to map, protect, lock or advise memory. Input,\n"
	"output, signals and exit status are the program's own; 125: pagetrail failed, or --verify found pages that\n"
	"differ, 126: PROGRAM cannot be executed or traced, 127: there is no such program.\n\n"
	"  -o LOG                    where to write; .zst at the end compresses  [pagetrail.PROGRAM.PID.jsonl]\n"
	"  -f, --force               overwrite LOG\n"
	"  -q, --quiet               no summary at the end, no advice before\n"
	"      --no-follow           only PROGRAM, not its children\n"
	"      --no-sites            do not rewrite libc's own system calls: see only what goes through its functions\n"
	"      --residency           write which pages are in memory, at every mark and exit (and\n"
	"                            where --verify=N stops)\n"
	"      --verify[=N]          compare what is known of each page with the kernel, at every mark and exit, and after\n"
	"                            every N calls of a process; its threads stop meanwhile\n"
	"      --unwinder=WHICH      cfi: our own stack walker; libunwind: that library's  [cfi]\n"
	"      --depth=N             most frames of a stack  [64]\n"
	"      --on-full=WHAT        when records come faster than they are written: wait, or drop and count them  "
	"[wait]\n"
	"      --linger=SECONDS|all  how long to go on for children that outlive PROGRAM  [2]\n"
	"      --check               judge the log as `pagetrail check` does, on stderr; where PROGRAM ends with 0 the exit\n"
	"                            status is the verdict's: 0 clean, 1 something fails, 3 the log is not complete\n"
	"      --policy=FILE|NAME    --check by this policy  [none: errors fail]\n"
	"      --baseline=LOG|FILE   --check for what is new\n"
	"      --error-exitcode=N    instead of 1  [1]\n";

struct session_options session_defaults(void)
{
	return (struct session_options){ .depth = DEPTH_DEFAULT, .follow = true, .sites = true };
}

bool option_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *out <= most;
}

static bool read_depth(const char *text, struct record_options *options)
{
	uint64_t depth;

	if (!option_number(text, DEPTH_MAX, &depth) || depth < 1)
		return false;
	options->session.depth = (uint32_t)depth;
	return true;
}

/* Without a value: at marks and exits only. */
static bool read_verify(const char *text, struct record_options *options)
{
	uint64_t every = 0;

	if (text && (!option_number(text, UINT32_MAX, &every) || !every))
		return false;
	options->session.verify = true;
	options->session.verify_every = (uint32_t)every;
	return true;
}

static bool read_linger(const char *text, struct record_options *options)
{
	char *end;
	double seconds = strtod(text, &end);

	if (!strcmp(text, "all")) {
		options->linger_ns = LINGER_ALL;
		return true;
	}
	if (end == text || *end || !(seconds >= 0 && seconds <= 1e9))
		return false;
	options->linger_ns = (uint64_t)(seconds * 1e9);
	return true;
}

/* The index of @text among two words, -1 if it is neither. */
static int one_of(const char *text, const char *first, const char *second)
{
	return !strcmp(text, first) ? 0 : !strcmp(text, second) ? 1 : -1;
}

static bool read_unwinder(const char *text, struct record_options *options)
{
	int which = one_of(text, "cfi", "libunwind");

	options->session.unwinder = which == 1 ? UNWINDER_LIBUNWIND : UNWINDER_CFI;
	return which >= 0;
}

bool option_full(const char *text, enum ring_full *out)
{
	int which = one_of(text, "wait", "drop");

	*out = which == 1 ? FULL_DROP : FULL_WAIT;
	return which >= 0;
}

enum {
	OPTION_NO_FOLLOW = 1000,
	OPTION_NO_SITES,
	OPTION_RESIDENCY,
	OPTION_VERIFY,
	OPTION_UNWINDER,
	OPTION_DEPTH,
	OPTION_FULL,
	OPTION_LINGER,
	OPTION_CHECK,
	OPTION_POLICY,
	OPTION_BASELINE,
	OPTION_STATUS
};

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"force", no_argument, NULL, 'f'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{"no-follow", no_argument, NULL, OPTION_NO_FOLLOW},
	{"no-sites", no_argument, NULL, OPTION_NO_SITES},
	{"residency", no_argument, NULL, OPTION_RESIDENCY},
	{"verify", optional_argument, NULL, OPTION_VERIFY},
	{"unwinder", required_argument, NULL, OPTION_UNWINDER},
	{"depth", required_argument, NULL, OPTION_DEPTH},
	{"on-full", required_argument, NULL, OPTION_FULL},
	{"linger", required_argument, NULL, OPTION_LINGER},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"policy", required_argument, NULL, OPTION_POLICY},
	{"baseline", required_argument, NULL, OPTION_BASELINE},
	{"error-exitcode", required_argument, NULL, OPTION_STATUS},
	{NULL, 0, NULL, 0},
};

static bool read_status(const char *text, struct record_options *options)
{
	uint64_t status;

	if (!option_number(text, 255, &status) || !status)
		return false;
	options->error_status = (uint8_t)status;
	return true;
}

/* Return: NULL, or what a value should have been. */
static const char *read_value(int code, const char *value, struct record_options *options)
{
	switch (code) {
	case OPTION_VERIFY:
		return read_verify(value, options) ? NULL : "--verify: how many calls from one comparison to the next";
	case OPTION_UNWINDER:
		return read_unwinder(value, options) ? NULL : "--unwinder: cfi or libunwind";
	case OPTION_DEPTH:
		return read_depth(value, options) ? NULL : "--depth: a number from 1 to 128";
	case OPTION_FULL:
		return option_full(value, &options->session.on_full) ? NULL : "--on-full: wait or drop";
	case OPTION_STATUS:
		return read_status(value, options) ? NULL : "--error-exitcode: a number from 1 to 255";
	default:
		return read_linger(value, options) ? NULL : "--linger: seconds, or all";
	}
}

static int read_switch(int code, struct record_options *options)
{
	switch (code) {
	case 'o':
		options->log = optarg;
		return 0;
	case 'f':
		options->force = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case OPTION_NO_FOLLOW:
		options->session.follow = false;
		return 0;
	case OPTION_NO_SITES:
		options->session.sites = false;
		return 0;
	case OPTION_RESIDENCY:
		options->session.residency = true;
		return 0;
	default:
		return -ENOENT;
	}
}

/* Whoever names a policy or a baseline wants to check. */
static bool read_check(int code, struct record_options *options)
{
	if (code == OPTION_POLICY)
		options->policy = optarg;
	else if (code == OPTION_BASELINE)
		options->baseline = optarg;
	else if (code != OPTION_CHECK)
		return false;
	options->check = true;
	return true;
}

static int read_option(int code, char **argv, struct record_options *options, struct err *err)
{
	const char *expected;

	if (!read_switch(code, options) || read_check(code, options))
		return 0;
	if (code == ':')
		return err_set(err, -EINVAL, "record: %s needs a value", argv[optind - 1]);
	if (code == '?')
		return err_set(err, -EINVAL, "record: no option %s; `pagetrail help record` lists them",
			       argv[optind - 1]);
	expected = read_value(code, optarg, options);
	return expected ? err_set(err, -EINVAL, "record: '%s' is not what is expected for %s", optarg, expected) : 0;
}

int record_options_read(int argc, char **argv, struct record_options *options, struct err *err)
{
	int code, rc = 0;

	*options = (struct record_options){
		.session = session_defaults(),
		.linger_ns = LINGER_DEFAULT_NS,
		.error_status = 1,
	};
	opterr = 0;
	optind = 0;	/* glibc: start afresh */
	while (!rc && (code = getopt_long(argc, argv, "+:o:fqh", long_options, NULL)) != -1)
		rc = read_option(code, argv, options, err);
	options->program = optind;
	if (!rc && options->check && options->log && !strcmp(options->log, "-"))
		rc = err_set(err, -EINVAL, "record: --check reads the log again; expected a file, not -o -");
	if (rc || options->help || optind < argc)
		return rc;
	return err_set(err, -EINVAL,
		       "record: no program given; usage: pagetrail record [OPTION...] [--] PROGRAM [ARG...]");
}
