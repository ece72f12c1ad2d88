/*
 * cmd.h - the verbs.  Each reads its own command line (argv[0] is the verb), prints its report on stdout and its
 * messages on stderr, and returns the exit status of the program.
 */
#ifndef PAGETRAIL_CMD_H
#define PAGETRAIL_CMD_H

/* Exit status of the readers.  record has its own: the traced program's, or 125, 126, 127. */
enum {
	EXIT_CLEAN = 0,
	EXIT_FINDINGS = 1,	/* validate, check, diff: something was found */
	EXIT_UNUSABLE = 2,	/* usage, or input that cannot be read */
	EXIT_INCOMPLETE = 3,	/* the log is not complete: no verdict */
};

int cmd_record(int argc, char **argv);
int cmd_collect(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_locks(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_symbolize(int argc, char **argv);
int cmd_anonymize(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_diff(int argc, char **argv);

/*
 * cmd_help_findings - print the rules of the audit
 */
int cmd_help_findings(void);

/*
 * cmd_help_policies - print the policies that ship with the tool
 */
int cmd_help_policies(void);

/*
 * complain - print a message on stderr: "pagetrail: " before, a newline after
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
