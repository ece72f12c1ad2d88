/* cmd_check.c - a verdict for CI: findings, expectations and budgets of a policy, less what a baseline knows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "cmd.h"

static const struct verb_help help = {
	"check LOG [--policy FILE|NAME] [--baseline LOG|FILE] [OPTION...]",
	"Judges a log: the audit's findings with the severities of a policy, less what the\n"
	"policy allows and what the baseline knows, and the policy's expectations and\n"
	"budgets. Without a policy every rule counts with its own severity, and errors\n"
	"fail. `pagetrail help policies` lists the policies that ship with the tool;\n"
	"pagetrail-policy(5) says how to write one. Filters choose findings by the call they\n"
	"are about; expectations and budgets are about the whole log.\n"
	"Exit status: 0 clean, 1 something fails, 2 usage, or a policy, baseline or log that\n"
	"cannot be read, 3 the log is not complete: no verdict, whatever was found.\n",
};

struct words {
	struct check_words check;
	const char *show_policy;
};

static const struct option_row own[] = {
	{ "policy", "FILE|NAME", "what to judge by: a file, or a ready policy", offsetof(struct words, check.policy) },
	{ "baseline", "LOG|FILE", "what is known already: only what is new fails",
	  offsetof(struct words, check.baseline) },
	{ "write-baseline", "FILE", "write what was found, for --baseline",
	  offsetof(struct words, check.write_baseline) },
	{ "format", "FORMAT", "text (default), json, sarif, junit or github", offsetof(struct words, check.format) },
	{ "source-root", "DIR", "what paths are relative to (default: the repository around the current directory)",
	  offsetof(struct words, check.source_root) },
	{ "stacks", NULL, "whole stacks, not only the nearest frames", offsetof(struct words, check.stacks) },
	{ "show-policy", "NAME", "print a ready policy and end", offsetof(struct words, show_policy) },
	{ 0 },
};

static int show_policy(const char *name)
{
	const struct policy_ready *ready = policy_find_ready(name);

	if (!ready) {
		complain("check: no ready policy '%s'; `pagetrail help policies` lists them", name);
		return EXIT_UNUSABLE;
	}
	fwrite(ready->bytes, 1, ready->length, stdout);
	return fflush(stdout) ? EXIT_UNUSABLE : EXIT_CLEAN;
}

/* --show-policy needs no log, which every other use of the verb does. */
static const char *wants_policy(int argc, char **argv)
{
	static const char option[] = "--show-policy";

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], option) && i + 1 < argc)
			return argv[i + 1];
		if (!strncmp(argv[i], option, sizeof(option) - 1) && argv[i][sizeof(option) - 1] == '=')
			return argv[i] + sizeof(option);
	}
	return NULL;
}

int cmd_check(int argc, char **argv)
{
	const char *path, *name = wants_policy(argc, argv);
	struct reader reader = { 0 };
	struct words words = { 0 };
	struct check check = { 0 };
	struct err err;
	int status;

	if (name)
		return show_policy(name);
	status = reader_options(&reader, argc, argv, &help, own, &words, 1, &path);
	if (status >= 0)
		return status;
	check.words = words.check;
	if (reader.words.json && !check.words.format)
		check.words.format = "json";
	if (check_prepare(&check, &err)) {
		complain("%s", err.text);
		reader_give_back(&reader);
		status = EXIT_UNUSABLE;
	} else {
		status = check_run(&check, &reader, path);
	}
	check_free(&check);
	return status;
}

int cmd_help_policies(void)
{
	struct policy policy;
	struct err err;

	for (const struct policy_ready *ready = policy_ready; ready->name; ready++) {
		if (!policy_parse(ready->bytes, ready->length, ready->name, &policy, &err))
			printf("%-10s %s\n", ready->name, policy.title ? policy.title : "");
		policy_free(&policy);
	}
	puts("\n`pagetrail check --show-policy NAME` prints one; \"extends\": \"NAME\" builds on it.");
	return EXIT_CLEAN;
}
