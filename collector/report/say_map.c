/* say_map.c - why mmap and remap_file_pages failed. */
#include <errno.h>

#include "../vm/uapi.h"
#include "change.h"
#include "told.h"

void say_map_offset(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The offset ");
	say_address(text, cause->at);
	text_printf(text, " is not a multiple of the page size, %llu.", (unsigned long long)told->page_bytes);
}

void say_map_fd(struct text *text, const struct told *told, const struct why_cause *cause)
{
	int fd = (int)told->record->call.arg[4];

	(void)cause;
	if (fd < 0)
		text_printf(text, "The descriptor is %d and MAP_ANONYMOUS is not given: there is no file to map.", fd);
	else
		text_printf(text, "Descriptor %d was not open, or open for nothing but its path (O_PATH).", fd);
}

void say_map_huge_file(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MAP_HUGETLB is for anonymous memory and for files of hugetlbfs; this file is none.");
}

void say_map_huge_size(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The machine may not have huge pages of the size asked for; which it has is not in the log.");
}

void say_map_huge_offset(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The offset ");
	say_address(text, cause->at);
	text_put(text, " is not a multiple of the huge page size, which is asked for even where MAP_ANONYMOUS ignores "
		       "offsets.");
	if (runs_changed(&told->runs, told->page_bytes))
		text_put(text, " That is seen late, when what was mapped there has gone.");
}

void say_map_length(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The length ");
	say_address(text, cause->asked);
	text_put(text, " is more than a process can map; rounded up to pages it may even come to 0.");
}

void say_map_overflow(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "Offset ");
	say_address(text, cause->at);
	text_put(text, " and length together exceed what an offset into a file can be.");
}

void say_map_no_room(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "No range of free addresses is ");
	text_bytes(text, cause->asked * told->page_bytes);
	text_put(text, " long: the largest this log knows of has ");
	text_bytes(text, cause->limit * told->page_bytes);
	text_put(text, ".");
}

void say_map_past_end(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "The range begins at ");
	say_address(text, cause->at);
	text_put(text, " and ends beyond the addresses a process can have.");
}

void say_map_unaligned(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "MAP_FIXED wants an address that is a multiple of ");
	text_bytes(text, cause->limit_bytes);
	text_put(text, ", the size of a page; ");
	say_address(text, cause->at);
	text_put(text, " is none.");
}

void say_map_low(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	say_address(text, cause->at);
	text_put(text, " is below vm.mmap_min_addr (65,536 unless it was set), where only the privileged may map.");
}

void say_map_taken(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "MAP_FIXED_NOREPLACE takes nothing away, and ");
	say_mapping(text, told, cause);
	text_put(text, " is there");
	if (cause->vma.by.map)
		text_printf(text, ", since #%llu", (unsigned long long)cause->vma.by.map);
	text_put(text, ". Nothing changed.");
}

void say_map_type(struct text *text, const struct told *told, const struct why_cause *cause)
{
	unsigned type = told->record->call.arg[3] & K_MAP_TYPE;

	(void)cause;
	if (!type)
		text_put(text, "Neither MAP_SHARED nor MAP_PRIVATE is given, and one of them has to be.");
	else if (type == K_MAP_SHARED_VALIDATE)
		text_put(text, "MAP_SHARED_VALIDATE is for files; anonymous memory is MAP_SHARED. (It is also what "
			       "MAP_SHARED and MAP_PRIVATE together come to.)");
	else if (type == K_MAP_DROPPABLE)
		text_put(text, "MAP_DROPPABLE is for anonymous memory.");
	else
		text_printf(text, "The low four bits of the flags, %u, are no type of mapping.", type);
}

void say_map_validate(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "MAP_SHARED_VALIDATE refuses flags that this file does not know");
	text_printf(text, " (0x%llx); MAP_SHARED would have ignored them.", (unsigned long long)cause->at);
}

/* Does the call leave a hole where something was: only the object's own test comes that late. */
static void add_hole(struct text *text, const struct told *told)
{
	if (runs_changed(&told->runs, told->page_bytes))
		text_put(text, " That was seen when what MAP_FIXED replaces had gone already: a hole is left.");
}

void say_map_sync(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, "MAP_SYNC is for files on memory that keeps its contents (DAX), which this one is not.");
	add_hole(text, told);
}

void say_map_droppable(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MAP_DROPPABLE memory can neither be locked nor consist of huge pages: MAP_LOCKED and "
		       "MAP_HUGETLB exclude it.");
}

/* "descriptor 5 (/srv/data)" */
static void add_file(struct text *text, const struct told *told, const char *word)
{
	const char *path = told->record->call.path;

	text_printf(text, "%s %d", word, (int)told->record->call.arg[4]);
	if (path) {
		text_put(text, " (");
		text_safe(text, path);
		text_put(text, ")");
	}
}

void say_map_not_writable(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_file(text, told, "A shared mapping with PROT_WRITE writes to the file, and descriptor");
	text_put(text, " is not open for writing. MAP_PRIVATE would not need it.");
}

void say_map_not_readable(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_file(text, told, "Every mapping reads the file, and descriptor");
	text_put(text, " is open for writing only.");
}

void say_map_append(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The file may be one that can only be appended to (chattr +a); the log does not tell.");
}

void say_map_noexec(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_file(text, told, "PROT_EXEC was asked of descriptor");
	text_put(text, told->record->call.noexec ? ", which is on a file system mounted noexec."
						 : ", which may be on a file system mounted noexec; the log does not tell.");
}

void say_map_no_method(struct text *text, const struct told *told, const struct why_cause *cause)
{
	enum fd_kind kind = told->record->call.fd_kind;

	(void)cause;
	add_file(text, told, "Descriptor");
	text_put(text, kind == FD_PIPE	   ? " is a pipe, which cannot be mapped."
		       : kind == FD_SOCKET ? " is a socket, which cannot be mapped."
					   : " may be of a kind that cannot be mapped.");
	add_hole(text, told);
}

void say_map_grows(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "MAP_GROWSDOWN is for private anonymous memory.");
}

void say_map_write_sealed(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_file(text, told, "Descriptor");
	text_put(text, told->record->call.seals ? " is sealed against writing (F_SEAL_WRITE, F_SEAL_FUTURE_WRITE)."
						: " may be sealed against writing (F_SEAL_WRITE, F_SEAL_FUTURE_WRITE); seals are "
						  "not in the log.");
}

void say_map_huge_none(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_count(text, cause->asked);
	text_put(text, cause->asked == 1 ? " huge page was asked for, and it was not free"
					 : " huge pages were asked for, and so many were not free");
	text_put(text, " (vm.nr_hugepages; how many there were is not in the log).");
	add_hole(text, told);
}

void say_map_secret_private(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	text_put(text, "memfd_secret memory can only be mapped shared.");
	add_hole(text, told);
}

void say_map_secret_limit(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "memfd_secret memory is locked by nature, and that would exceed RLIMIT_MEMLOCK: ");
	say_lock_sum(text, told, cause);
	text_put(text, ", and the process has no CAP_IPC_LOCK.");
	add_hole(text, told);
}

void say_map_driver(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)cause;
	add_file(text, told, "The driver or file system behind descriptor");
	text_put(text, " may have refused the mapping, for reasons of its own.");
	add_hole(text, told);
}

/* ---- remap_file_pages ---- */

void say_remapfile_prot(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	(void)cause;
	text_put(text, "The protection given must be 0: the mapping keeps its own.");
}

void say_remapfile_range(struct text *text, const struct told *told, const struct why_cause *cause)
{
	(void)told;
	text_put(text, "From ");
	say_address(text, cause->at);
	text_put(text, " on there is no whole page in the range, as the length is rounded down; or the range or the "
		       "offset wraps.");
}

void say_remapfile_mapping(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "The range must be one shared mapping of a file that could be written to, alike from end to "
		       "end; ");
	say_mapping(text, told, cause);
	text_put(text, cause->vma.end ? " is none." : " does not continue it.");
}

/* ---- writable and executable at once ---- */

void say_mdwe(struct text *text, const struct told *told, const struct why_cause *cause)
{
	text_put(text, "prctl(PR_SET_MDWE) is in force: no page may become executable, or be writable and executable "
		       "at once");
	if (call_table[told->record->call.call].effect != EFFECT_PROTECT) {
		text_put(text, ", and ");
		say_prot(text, (unsigned)cause->asked);
		text_put(text, " was asked for. Nothing changed.");
		return;
	}
	text_put(text, "; that refused ");
	say_mapping(text, told, cause);
	say_kept(text, told, told_before(told, cause->at));
}
