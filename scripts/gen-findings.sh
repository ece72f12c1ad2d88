#!/bin/sh
# gen-findings.sh - print pagetrail-findings(7): the rows of collector/audit/rules.def as a manual page, in their order.
#
# The C preprocessor expands the rows as everywhere else, so a rule cannot be in the audit and not on the page.
set -eu
cd "$(dirname "$0")/.."

# A line per rule: name, severity, title, why, advice, source, separated by tabs; the group's headings are comments of the table.
rows() {
	sed 's|^/\* ---- \(.*\) ---- \*/$|GROUP(\1)|; s|^#.*||' collector/audit/rules.def |
		{ echo '#define RULE(id, name, severity, events, effects, title, why, advice, source)' \
			'@ROW name @TAB #severity @TAB title @TAB why @TAB advice @TAB source @END'
		  cat; } | ${CC:-cc} -E -P -x c - | tr '\n' ' ' | sed 's/@END/&\n/g; s/GROUP(/\nGROUP(/g' |
		sed -n 's/^ *GROUP(\([^)]*\)).*@ROW/GROUP\t\1\n@ROW/; s/ *@TAB */\t/g; p' |
		sed -n 's/ *@END *//; s/" *"//g; /^GROUP/p; /@ROW/s/.*@ROW *//p' | sed 's/"//g'
}

head() {
	cat <<-'END'
	.\" Made by scripts/gen-findings.sh from collector/audit/rules.def.
	.TH PAGETRAIL-FINDINGS 7 "" "pagetrail" "pagetrail"
	.SH NAME
	pagetrail-findings \- what the audit of a recording can find
	.SH DESCRIPTION
	.B pagetrail audit
	.I LOG
	judges what a recorded program did to its mappings, locks and protections.
	A finding names its rule, the pages, the call it is about and the calls it depends on, with their stacks; it says in one sentence what
	happened and in one what to do.
	Findings of one rule that come from one place, the four innermost frames of the stack, are one finding with a count.
	.PP
	There are three severities:
	.TP
	.B error
	protection that the program asked for is not there, or memory is open to attack
	.TP
	.B warning
	likely not what was meant, or a risk
	.TP
	.B note
	worth knowing
	.PP
	A finding may have another severity than its rule where the circumstances make it so.
	What a log does not have cannot be judged: the coverage statement at the beginning of the report says whether it is complete.
	END
}

tail() {
	cat <<-'END'
	.SH SEE ALSO
	.BR mlock (2),
	.BR mprotect (2),
	.BR mmap (2),
	.BR madvise (2),
	.BR mremap (2),
	.BR getrlimit (2);
	TLPI is Michael Kerrisk, The Linux Programming Interface; files like mm/mlock.c are the kernel's.
	END
}

head
rows | awk -F '\t' '
	function roff(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); sub(/^[.\x27]/, "\\\\\\&&", text); return text }
	$1 == "GROUP" { print ".SH " toupper($2); next }
	{
		print ".SS " roff($1)
		print ".IR " tolower($2) " \": " roff($3) "\""
		print ".PP\n" roff($4)
		print ".PP\nWhat to do: " roff($5)
		print ".PP\nSource: " roff($6) "."
	}'
tail
