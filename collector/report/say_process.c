/* say_process.c - why calls about descriptors, limits, switches and processes failed.  Most reasons are not in a log.
 */
#include "../vm/uapi.h"
#include "told.h"

static const struct record_call *call_of(const struct told *told)
{
	return &told->record->call;
}

void say_fd_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text,
		    "The flags 0x%llx are not known to this kernel, exclude each other, or name huge pages it does not "
		    "have.",
		    (unsigned long long)cause->at);
}

void say_fd_name(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The name is longer than 249 bytes, or could not be read.");
}

void say_fd_many(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Too many files are open, in the process or in the system.");
}

void say_fd_disabled(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, call_of(told)->call == CALL_memfd_secret ? "Secret memory is switched off (secretmem.enable)."
								: "vm.memfd_noexec asks for MFD_NOEXEC_SEAL.");
}

void say_limit_order(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, cause->sure ? "The soft limit is above the hard limit."
				   : "There is no such limit, or the soft one is above the hard one.");
}

void say_limit_right(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The hard limit would be raised, which takes CAP_SYS_RESOURCE. (CAP_IPC_LOCK does not help.)");
}

void say_limit_process(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_printf(text, "There is no process %d, or it is another user's.", (int)cause->at);
}

void say_prctl_final(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "PR_SET_MDWE is in force already and cannot be changed any more.");
}

void say_prctl_arguments(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "An argument is not what this option takes, unused ones not being 0 included; or this kernel "
		       "does not have the option.");
}

void say_prctl_name(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The range to be named has a hole or is no anonymous memory, or the name could not be read.");
}

void say_key_flags(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Flags must be 0, and rights PKEY_DISABLE_ACCESS, PKEY_DISABLE_WRITE or none.");
}

void say_key_none(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The processor has no protection keys, all of them are taken, or this one is not.");
}

void say_fork_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Too many processes: RLIMIT_NPROC, kernel.pid_max, or a control group's limit.");
}

void say_exec_missing(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, "The program, its interpreter or a directory on the way to it is not there");
	if (call_of(told)->path) {
		text_put(text, ": ");
		text_safe(text, call_of(told)->path);
	}
	text_put(text, ".");
}

void say_exec_access(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The program may not be executed: its mode, a directory on the way to it, or a file system "
		       "mounted noexec.");
}

void say_exec_format(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The file is no program that this kernel can run.");
}

void say_exec_size(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "Arguments and environment are too long: a quarter of RLIMIT_STACK, and 128 KiB for one of "
		       "them.");
}
