/* main.c - the table of verbs; it drives dispatch and usage.  Nothing else. */
#include <elfutils/version.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "cmd.h"
#include "util/nearest.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} verbs[] = {
	{ "record", cmd_record, "run a program under the tracer and write its log" },
	{ "collect", cmd_collect, "record programs that are started elsewhere" },
	{ "events", cmd_events, "show the calls of a log, one a line, decoded" },
	{ "stats", cmd_stats, "count them by call and by place, with failures and needless ones" },
	{ "map", cmd_map, "show the address space at any moment, and who made it so" },
	{ "locks", cmd_locks, "show who asked for which locks, and how they ended" },
	{ "audit", cmd_audit, "say what is wrong with its locks, protections and mappings" },
	{ "check", cmd_check, "give a verdict for CI: by a policy, and less what a baseline knows" },
	{ "explain", cmd_explain, "tell the story of one page, with stacks" },
	{ "diff", cmd_diff, "say what changed between two runs, by place and by rule, not by address" },
	{ "replay", cmd_replay, "check every result against the model, print the digest of the final state" },
	{ "validate", cmd_validate, "is this a well-formed, complete log" },
	{ "symbolize", cmd_symbolize, "write the names of functions into a log, to be read anywhere" },
	{ "anonymize", cmd_anonymize, "write a log without paths, arguments and names" },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_usage(FILE *out)
{
	fputs("usage: pagetrail VERB [OPTION...] ...\n\n", out);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].what);
	fputs("\n`pagetrail help VERB` says more; `pagetrail --version` says what it is made of.\n", out);
}

static int print_version(void)
{
	printf("pagetrail %s\nreads logs of version 1, plain and .zst: libzstd %s, jansson %s\n", PAGETRAIL_VERSION,
	       ZSTD_versionString(), jansson_version_str());
	printf("names functions, files and lines with libdw %d.%d\n", _ELFUTILS_VERSION / 1000,
	       _ELFUTILS_VERSION % 1000);
	return EXIT_CLEAN;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int unknown_verb(const char *name)
{
	const char *names[VERB_COUNT + 1] = { NULL };
	const char *nearest;

	for (size_t i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i].name;
	nearest = nearest_name(name, names);
	if (nearest)
		complain("no verb '%s'; did you mean '%s'?", name, nearest);
	else
		complain("no verb '%s'; `pagetrail help` lists them", name);
	return EXIT_UNUSABLE;
}

static int help_verb(const char *name)
{
	const struct verb *verb = find_verb(name);
	char option[] = "--help", copy[32];
	char *argv[] = { copy, option, NULL };

	if (!verb)
		return unknown_verb(name);
	snprintf(copy, sizeof(copy), "%s", name);
	return verb->run(2, argv);
}

static int help_topic(const char *name)
{
	if (!strcmp(name, "findings"))
		return cmd_help_findings();
	return strcmp(name, "policies") ? help_verb(name) : cmd_help_policies();
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct verb *verb = name ? find_verb(name) : NULL;

	if (verb)
		return verb->run(argc - 1, argv + 1);
	if (!name) {
		print_usage(stderr);
		return EXIT_UNUSABLE;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		return print_version();
	if (!strcmp(name, "help") && argc > 2)
		return help_topic(argv[2]);
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_usage(stdout);
		return EXIT_CLEAN;
	}
	return unknown_verb(name);
}
