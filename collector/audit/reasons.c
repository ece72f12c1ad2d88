/*
 * reasons.c - why the kernel refused a call, in half a sentence: what follows "failed with ENOMEM because".
 *
 * Which of its tests it was is for ../vm/why.h to say; explain has whole sentences with all figures.
 */
#include <stdio.h>
#include <string.h>

#include "../util/alloc.h"
#include "core.h"

struct phrase {
	const char *text;
	bool at;	/* the address follows */
};

static const struct phrase phrases[WHY_COUNT] = {
	[WHY_unaligned] = { "the address is no multiple of the page size" },
	[WHY_wraps] = { "address and length together are more than 64 bits" },
	[WHY_zero_length] = { "the length is 0, or rounds up to 0" },
	[WHY_beyond] = { "the range ends beyond the addresses a process can have" },
	[WHY_hole] = { "nothing is mapped at", true },
	[WHY_sealed] = { "mseal has sealed what is at", true },
	[WHY_unsplittable] = { "only a part is meant of a mapping that cannot be divided, at", true },
	[WHY_ceiling] = { "its file or the way it was mapped does not allow that access at", true },
	[WHY_mdwe] = { "PR_SET_MDWE forbids to make memory executable" },
	[WHY_as_limit] = { "it would exceed RLIMIT_AS" },
	[WHY_data_limit] = { "it would exceed RLIMIT_DATA" },
	[WHY_commit] = { "it is more memory than the kernel lets be promised (vm.overcommit_memory)" },
	[WHY_lock_future] = { "it would be locked, and exceed RLIMIT_MEMLOCK" },
	[WHY_map_count] = { "the process has as many mappings as vm.max_map_count allows" },
	[WHY_memory] = { "the kernel could not get the memory it needed" },
	[WHY_lock_flags] = { "it has no such flags" },
	[WHY_lock_right] = { "RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK" },
	[WHY_lock_limit] = { "it would exceed RLIMIT_MEMLOCK" },
	[WHY_lock_fault] = { "pages cannot be made resident from", true },
	[WHY_lockall_flags] = { "it has no such flags, or not alone" },
	[WHY_lockall_limit] = { "the whole address space exceeds RLIMIT_MEMLOCK" },
	[WHY_map_offset] = { "the offset is no multiple of the page size" },
	[WHY_map_fd] = { "the descriptor is not open" },
	[WHY_map_huge_file] = { "MAP_HUGETLB is for anonymous memory and files of hugetlbfs" },
	[WHY_map_huge_size] = { "the machine has no huge pages of that size" },
	[WHY_map_length] = { "the length is more than a process can map" },
	[WHY_map_overflow] = { "offset and length exceed what a file can have" },
	[WHY_map_no_room] = { "no range of free addresses is long enough" },
	[WHY_map_past_end] = { "the range ends beyond the addresses a process can have" },
	[WHY_map_unaligned] = { "MAP_FIXED wants an address that is a multiple of the page size" },
	[WHY_map_low] = { "the address is below vm.mmap_min_addr" },
	[WHY_map_taken] = { "something is mapped already at", true },
	[WHY_map_type] = { "it wants one of MAP_PRIVATE and MAP_SHARED, and MAP_SHARED_VALIDATE only for a file" },
	[WHY_map_validate] = { "the file does not know all of the flags" },
	[WHY_map_droppable] = { "MAP_DROPPABLE excludes a file, MAP_LOCKED and MAP_HUGETLB" },
	[WHY_map_not_writable] = { "a shared mapping with PROT_WRITE needs a descriptor that is open for writing" },
	[WHY_map_not_readable] = { "a mapping needs a descriptor that is open for reading" },
	[WHY_map_append] = { "the file can only be appended to" },
	[WHY_map_noexec] = { "the file system is mounted noexec" },
	[WHY_map_no_method] = { "the descriptor is of a kind that cannot be mapped" },
	[WHY_map_grows] = { "MAP_GROWSDOWN is for private anonymous memory" },
	[WHY_map_write_sealed] = { "the file is sealed against writing" },
	[WHY_map_huge_none] = { "not so many huge pages were free" },
	[WHY_map_huge_offset] = { "the offset is no multiple of the huge page size" },
	[WHY_map_sync] = { "MAP_SYNC is for files on persistent memory" },
	[WHY_map_secret_private] = { "memfd_secret memory can only be mapped shared" },
	[WHY_map_secret_limit] = { "memfd_secret memory is locked, and would exceed RLIMIT_MEMLOCK" },
	[WHY_map_driver] = { "the driver or file system behind the descriptor refused it" },
	[WHY_remapfile_prot] = { "its prot must be 0" },
	[WHY_remapfile_range] = { "there is no whole page in the range" },
	[WHY_remapfile_mapping] = { "the range must be one shared mapping of a file" },
	[WHY_protect_grows] = { "PROT_GROWSDOWN and PROT_GROWSUP exclude each other" },
	[WHY_protect_bits] = { "it knows no such protection" },
	[WHY_protect_key] = { "there is no such protection key" },
	[WHY_protect_nothing] = { "nothing is mapped in the range" },
	[WHY_protect_not_down] = { "PROT_GROWSDOWN wants a mapping that grows down" },
	[WHY_protect_up] = { "PROT_GROWSUP wants a mapping that grows up" },
	[WHY_seal_flags] = { "it has no flags" },
	[WHY_remap_flags] = { "it has no such flags" },
	[WHY_remap_length] = { "the new length is 0, or rounds up to 0" },
	[WHY_remap_beyond] = { "the new length reaches beyond the addresses a process can have" },
	[WHY_remap_new_unaligned] = { "the new address is no multiple of the page size" },
	[WHY_remap_may_move] = { "it would have to move the mapping, without MREMAP_MAYMOVE" },
	[WHY_remap_dontunmap] = { "MREMAP_DONTUNMAP cannot change the length" },
	[WHY_remap_overlap] = { "the old place and the new one overlap" },
	[WHY_remap_unmapped] = { "nothing is mapped at", true },
	[WHY_remap_huge] = { "huge pages move only whole, and do not grow" },
	[WHY_remap_private] = { "an old length of 0 is for shared memory" },
	[WHY_remap_special] = { "a mapping of a driver or of the kernel can neither grow nor be left behind" },
	[WHY_remap_crosses] = { "the old range is not within one mapping" },
	[WHY_remap_offset] = { "the mapping would reach beyond what a file can have" },
	[WHY_remap_sealed_to] = { "mseal has sealed what is at", true },
	[WHY_remap_tail] = { "what would be cut off reaches beyond the addresses a process can have" },
	[WHY_remap_covered] = { "the new place covers the old one" },
	[WHY_remap_no_room] = { "there is no room for it to grow where it is, or anywhere" },
	[WHY_remap_refused] = { "one of several mappings could not be moved" },
	[WHY_brk_low] = { "that is below where the heap begins" },
	[WHY_brk_lost] = { "the last page of the heap is no longer mapped" },
	[WHY_brk_room] = { "another mapping is in the way of the heap" },
	[WHY_advice_unknown] = { "the kernel knows no such advice" },
	[WHY_advice_not_built] = { "the kernel was built without it, or the process may not" },
	[WHY_advice_locked] = { "pages are locked at", true },
	[WHY_advice_special] = { "a driver or the kernel made the mapping at", true },
	[WHY_advice_huge] = { "there are huge pages at", true },
	[WHY_advice_shared] = { "it is for private memory, and the mapping is shared at", true },
	[WHY_advice_file] = { "it is for anonymous memory, and there is a file at", true },
	[WHY_advice_no_file] = { "it is for mappings of a file, and there is none at", true },
	[WHY_advice_droppable] = { "it is not for MAP_DROPPABLE, at", true },
	[WHY_advice_not_shared] = { "it is for shared mappings that can be written to, unlike that at", true },
	[WHY_advice_not_file] = { "the file system cannot take a part out of a file" },
	[WHY_advice_no_access] = { "the protection does not allow that access at", true },
	[WHY_advice_fault] = { "a page could not be brought in" },
	[WHY_advice_collapse] = { "there is no room for a huge page, or its pages are in use" },
	[WHY_advice_io] = { "there is no file to read, or its device failed" },
	[WHY_advise_flags] = { "its flags must be 0" },
	[WHY_advise_vector] = { "its vector of ranges is not valid" },
	[WHY_advise_process] = { "there is no such process, or it is out of reach" },
	[WHY_mincore_vector] = { "the vector cannot be written to" },
	[WHY_sync_flags] = { "it has no such flags" },
	[WHY_sync_both] = { "MS_SYNC and MS_ASYNC exclude each other" },
	[WHY_sync_locked] = { "pages are locked at", true },
	[WHY_sync_no_method] = { "its file cannot be synchronized" },
	[WHY_sync_io] = { "writing to the device failed" },
	[WHY_shm_none] = { "there is no such segment" },
	[WHY_shm_address] = { "the address is no multiple of the page size, or missing" },
	[WHY_shm_access] = { "the mode of the segment does not allow it" },
	[WHY_shm_taken] = { "something is mapped where the segment was to go" },
	[WHY_shm_not_attached] = { "no segment is attached at", true },
	[WHY_shm_owner] = { "the segment is somebody else's" },
	[WHY_shm_lock_limit] = { "the locked segments of the user would exceed RLIMIT_MEMLOCK" },
	[WHY_shm_removed] = { "the segment has been removed" },
	[WHY_fd_flags] = { "it has no such flags" },
	[WHY_fd_name] = { "the name is too long or cannot be read" },
	[WHY_fd_many] = { "too many files are open" },
	[WHY_fd_disabled] = { "a setting of the system forbids it" },
	[WHY_limit_order] = { "the soft limit is above the hard one" },
	[WHY_limit_right] = { "raising a hard limit takes CAP_SYS_RESOURCE" },
	[WHY_limit_process] = { "there is no such process, or it is another user's" },
	[WHY_prctl_arguments] = { "an argument is not what the option takes" },
	[WHY_prctl_final] = { "PR_SET_MDWE cannot be changed any more" },
	[WHY_prctl_name] = { "the range or its name is not valid" },
	[WHY_key_flags] = { "it has no such flags or rights" },
	[WHY_key_none] = { "there is no protection key to be had" },
	[WHY_fork_limit] = { "there are as many processes as RLIMIT_NPROC or a control group allows" },
	[WHY_exec_missing] = { "the program or its interpreter is not there" },
	[WHY_exec_access] = { "the program may not be executed" },
	[WHY_exec_format] = { "the file is no program of this machine" },
	[WHY_exec_size] = { "arguments and environment are too long" },
	[WHY_interrupted] = { "a signal ended it" },
	[WHY_no_call] = { "the kernel does not have it, or a seccomp filter says so" },
	[WHY_filter] = { "a seccomp filter or security module refused it" },
	[WHY_policy] = { "a security module refused it" },
};

const char *reason_phrase(enum why_reason reason)
{
	return reason < WHY_COUNT ? phrases[reason].text : NULL;
}

const struct why *event_why(struct audit *audit, const struct audit_event *event)
{
	if (audit->why_seq != event->record->seq) {
		if (!audit->why)
			audit->why = alloc_zero(1, sizeof(*audit->why));
		why_ask(event->space, event->record, audit->why);
		audit->why_seq = event->record->seq;
	}
	return audit->why;
}

const struct why_cause *event_cause(struct audit *audit, const struct audit_event *event)
{
	return why_cause(event_why(audit, event));
}

struct reason reason_of(struct audit *audit, const struct audit_event *event)
{
	const struct why_cause *cause = event_cause(audit, event);
	struct reason out = { "" };

	if (!cause)
		return out;
	snprintf(out.at, sizeof(out.at), " %sbecause %s", cause->sure ? "" : "probably ",
		 phrases[cause->test->reason].text);
	if (phrases[cause->test->reason].at) {
		size_t length = strlen(out.at);

		snprintf(out.at + length, sizeof(out.at) - length, " 0x%llx", (unsigned long long)cause->at);
	}
	return out;
}

const struct why_cause *event_cause_of(struct audit *audit, const struct audit_event *event, enum why_reason reason)
{
	return why_cause_of(event_why(audit, event), reason);
}
