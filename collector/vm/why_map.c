/*
 * why_map.c - what mmap, munmap and remap_file_pages refuse: ksys_mmap_pgoff(), do_mmap(), mm/mmap.c; mmap_region(),
 * mm/vma.c.
 */
#include "question.h"

static bool is_fixed(const struct request *map)
{
	return map->flags & (K_MAP_FIXED | K_MAP_FIXED_NOREPLACE);
}

static bool has_file(const struct question *question)
{
	return !(question->map.flags & K_MAP_ANONYMOUS);
}

static bool file_told(const struct question *question)
{
	return question->call->has & HAS_FILE;
}

/* ---- arguments ---- */

enum why_answer test_map_offset(const struct question *question, struct why_cause *cause)
{
	cause->at = question->map.offset;
	return answer_if(question->map.offset % PAGE_BYTES);
}

enum why_answer test_map_fd(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!has_file(question) || file_told(question))
		return ANSWER_NO;
	return (int)question->call->arg[4] < 0 ? ANSWER_YES : ANSWER_MAYBE;
}

enum why_answer test_map_huge_file(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(has_file(question) && file_told(question) && (question->map.flags & K_MAP_HUGETLB) &&
			 question->call->fd_kind != FD_HUGETLB);
}

/* Which sizes there are depends on the machine; 2 MiB and 1 GiB are usual. */
enum why_answer test_map_huge_size(const struct question *question, struct why_cause *cause)
{
	unsigned order = question->map.flags >> K_MAP_HUGE_SHIFT & K_MAP_HUGE_MASK;

	(void)cause;
	if (has_file(question) || !(question->map.flags & K_MAP_HUGETLB))
		return ANSWER_NO;
	return order && order != 21 ? ANSWER_MAYBE : ANSWER_REMOTE;
}

/* A length that wraps is 0 again, which for huge pages is seen as such. */
enum why_answer test_map_length(const struct question *question, struct why_cause *cause)
{
	uint64_t len = question->map.len;

	cause->asked = question->call->arg[1];
	return answer_if(question->call->arg[1] && ((!len && !question->map.huge) || len > USER_END));
}

/* How long a file may be depends on the file system. */
enum why_answer test_map_overflow(const struct question *question, struct why_cause *cause)
{
	uint64_t page = question->map.offset / PAGE_BYTES, pages = question->map.len / PAGE_BYTES;

	cause->at = question->map.offset;
	if (page + pages < page)
		return ANSWER_YES;
	return has_file(question) && question->map.offset >> 40 ? ANSWER_MAYBE : ANSWER_REMOTE;
}

static uint64_t largest_gap(const struct space *space)
{
	const struct vma *vma = vmaset_find(&space->set, 0);
	uint64_t at = 0, largest = 0;

	for (; vma && vma->start < USER_END; vma = vmaset_after(&space->set, vma, USER_END)) {
		largest = max_u64(largest, vma->start - at);
		at = vma->end;
	}
	return max_u64(largest, USER_END - min_u64(at, USER_END));
}

enum why_answer test_map_no_room(const struct question *question, struct why_cause *cause)
{
	/* What was given a place had room; to look for the largest takes a walk over all mappings. */
	if (is_fixed(&question->map) || !question->err)
		return ANSWER_NO;
	cause->limit = largest_gap(question->space) / PAGE_BYTES;
	cause->asked = question->map.len / PAGE_BYTES;
	return cause->asked > cause->limit ? ANSWER_YES : ANSWER_REMOTE;
}

enum why_answer test_map_past_end(const struct question *question, struct why_cause *cause)
{
	cause->at = question->map.addr;
	return answer_if(is_fixed(&question->map) && question->map.addr > USER_END - question->map.len);
}

enum why_answer test_map_unaligned(const struct question *question, struct why_cause *cause)
{
	uint64_t unit = question->map.huge ? HUGE_BYTES : PAGE_BYTES;

	cause->at = question->map.addr;
	cause->limit_bytes = unit;
	return answer_if(is_fixed(&question->map) && question->map.addr % unit);
}

/* vm.mmap_min_addr and the right to go below it are not in the log; 65536 is usual. */
enum why_answer test_map_low(const struct question *question, struct why_cause *cause)
{
	bool attach = question->effect == EFFECT_ATTACH;
	uint64_t addr = question->call->arg[attach ? 1 : 0];
	bool fixed = attach ? addr : is_fixed(&question->map);

	cause->at = addr;
	return fixed && addr < 65536 ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_map_taken(const struct question *question, struct why_cause *cause)
{
	const struct request *map = &question->map;
	const struct vma *vma = vmaset_find(&question->space->set, map->addr);

	if (!(map->flags & K_MAP_FIXED_NOREPLACE) || !vma || vma->start >= map->addr + map->len)
		return ANSWER_NO;
	cause->vma = *vma;
	cause->at = max_u64(vma->start, map->addr);
	return ANSWER_YES;
}

enum why_answer test_map_type(const struct question *question, struct why_cause *cause)
{
	unsigned type = question->map.flags & K_MAP_TYPE;

	(void)cause;
	switch (type) {
	case K_MAP_SHARED:
	case K_MAP_PRIVATE:
		return ANSWER_NO;
	case K_MAP_SHARED_VALIDATE:
		return answer_if(!has_file(question));
	case K_MAP_DROPPABLE:
		return answer_if(has_file(question));
	default:
		return ANSWER_YES;
	}
}

/* MAP_SYNC is for files in memory that keeps its contents; which are, the log does not tell. */
enum why_answer test_map_validate(const struct question *question, struct why_cause *cause)
{
	uint64_t unknown = question->map.flags & 0xffffffff & ~K_MAP_LEGACY;

	cause->at = unknown;
	if ((question->map.flags & K_MAP_TYPE) != K_MAP_SHARED_VALIDATE || !has_file(question) || !unknown)
		return ANSWER_NO;
	return unknown == K_MAP_SYNC ? ANSWER_MAYBE : ANSWER_YES;
}

enum why_answer test_map_droppable(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if((question->map.flags & K_MAP_TYPE) == K_MAP_DROPPABLE && !has_file(question) &&
			 (question->map.flags & (K_MAP_LOCKED | K_MAP_HUGETLB)));
}

enum why_answer test_map_grows(const struct question *question, struct why_cause *cause)
{
	unsigned type = question->map.flags & K_MAP_TYPE;

	(void)cause;
	return answer_if((question->map.flags & K_MAP_GROWSDOWN) && (has_file(question) || type != K_MAP_PRIVATE));
}

/* ---- the file ---- */

/* @bit: of enum fd_access */
static enum why_answer lacks(const struct question *question, unsigned bit)
{
	if (!has_file(question) || !file_told(question))
		return ANSWER_NO;
	if (question->call->access == ACCESS_UNKNOWN)
		return ANSWER_MAYBE;
	return answer_if(!(question->call->access & bit));
}

enum why_answer test_map_not_writable(const struct question *question, struct why_cause *cause)
{
	enum why_answer answer;

	(void)cause;
	if (!question->map.shared || !(question->map.prot & PROT_BIT_WRITE))
		return ANSWER_NO;
	answer = lacks(question, ACCESS_WRITE);
	/* A memfd is open for both, unless it was opened anew by its link in /proc; then seals may come first. */
	return answer == ANSWER_YES && question->call->fd_kind == FD_MEMFD ? ANSWER_MAYBE : answer;
}

enum why_answer test_map_not_readable(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return lacks(question, ACCESS_READ);
}

enum why_answer test_map_append(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return has_file(question) && question->map.shared ? ANSWER_REMOTE : ANSWER_NO;
}

enum why_answer test_map_noexec(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!has_file(question) || !(question->map.prot & PROT_BIT_EXEC))
		return ANSWER_NO;
	return file_told(question) && question->call->noexec ? ANSWER_YES : ANSWER_MAYBE;
}

/* Ordinary files are mapped by the kernel's own code; what is behind any other descriptor has a say of its own. */
static enum why_answer driver_refuses(const struct question *question)
{
	switch (file_told(question) ? question->call->fd_kind : FD_UNKNOWN) {
	case FD_DEVICE:
	case FD_OTHER:
	case FD_SOCKET:
	case FD_UNKNOWN:
		return ANSWER_MAYBE;
	default:
		return ANSWER_REMOTE;
	}
}

/* Which files can be mapped at all: those of disks and memory, and some devices. */
enum why_answer test_map_no_method(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!has_file(question))
		return ANSWER_NO;
	return file_told(question) && question->call->fd_kind == FD_PIPE ? ANSWER_YES : driver_refuses(question);
}

enum why_answer test_map_write_sealed(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!question->map.shared || !file_told(question) || !(question->map.prot & PROT_BIT_WRITE))
		return ANSWER_NO;
	if (question->call->seals & K_SEALS_OF_WRITING)
		return ANSWER_YES;
	return question->call->fd_kind == FD_MEMFD ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_map_huge_none(const struct question *question, struct why_cause *cause)
{
	cause->asked = question->map.len / HUGE_BYTES;
	return question->map.huge ? ANSWER_MAYBE : ANSWER_NO;
}

/* A descriptor's offset and, although there is no file to see, that of MAP_ANONYMOUS. */
enum why_answer test_map_huge_offset(const struct question *question, struct why_cause *cause)
{
	cause->at = question->map.offset;
	return answer_if(question->map.huge && question->map.offset % HUGE_BYTES);
}

/* Not only of MAP_SHARED_VALIDATE: the file system sees the flag in any mapping. */
enum why_answer test_map_sync(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return has_file(question) && (question->map.flags & K_MAP_SYNC) ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_map_secret_private(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(question->map.secret && !question->map.shared);
}

/*
 * Tested by kernels that lock secret memory by flag, when the pages that are replaced have gone and are counted still:
 * vms_complete_munmap_vmas(), mm/vma.c, comes last.
 */
enum why_answer test_map_secret_limit(const struct question *question, struct why_cause *cause)
{
	struct lock_right right = limit_lock_right(question->space, question->call);

	if (!question->map.secret || (right.known && right.cap))
		return ANSWER_NO;
	cause->asked = question->map.len / PAGE_BYTES;
	cause->held = space_vmlck(question->space) / PAGE_BYTES;
	cause->limit_bytes = right.limit_bytes;
	cause->limit = right.limit_bytes == UINT64_MAX ? UINT64_MAX : right.limit_bytes / PAGE_BYTES;
	return cause->asked + cause->held > cause->limit ? ANSWER_MAYBE : ANSWER_NO;
}

enum why_answer test_map_driver(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	if (!has_file(question))
		return ANSWER_NO;
	return driver_refuses(question);
}

/* ---- remap_file_pages ---- */

enum why_answer test_remapfile_prot(const struct question *question, struct why_cause *cause)
{
	(void)cause;
	return answer_if(question->call->arg[2]);
}

enum why_answer test_remapfile_range(const struct question *question, struct why_cause *cause)
{
	const uint64_t *arg = question->call->arg;
	uint64_t start = page_down(arg[0]), bytes = page_down(arg[1]);

	cause->at = start;
	return answer_if(start + bytes <= start || arg[3] + bytes / PAGE_BYTES < arg[3]);
}

/*
 * All of one file, mapped so that it could be written to, and alike.  The kernel wants VMAs with equal flags; the model
 * does not know all of them.
 */
enum why_answer test_remapfile_mapping(const struct question *question, struct why_cause *cause)
{
	uint64_t start = page_down(question->call->arg[0]), end = start + page_down(question->call->arg[1]);
	const struct vma *first = space_find(question->space, start), *vma = first;
	bool several = false;

	cause->at = start;
	if (first)
		cause->vma = *first;
	if (!first || !first->shared)
		return ANSWER_YES;
	/* A memfd sealed against writing stays VM_SHARED, a file not open for writing is not. */
	if (!(first->ceiling & PROT_BIT_WRITE))
		return first->kind == KIND_MEMFD ? ANSWER_MAYBE : ANSWER_YES;
	cause->vma = (struct vma){ 0 };
	while (vma && vma->end < end) {
		const struct vma *next = space_find(question->space, vma->end);

		if (!next || next->dev != first->dev || next->ino != first->ino || next->prot != first->prot ||
		    next->lock != first->lock || next->advice != first->advice ||
		    ((next->flags ^ first->flags) & ~VMA_GUARD) || next->shared != first->shared ||
		    next->ceiling != first->ceiling) {
			cause->at = vma->end;
			return ANSWER_YES;
		}
		/* Opened or attached twice, it is two files to the kernel. */
		several |= next->by.map != first->by.map;
		vma = next;
	}
	return several ? ANSWER_MAYBE : ANSWER_NO;
}
