/* possible.c - the address first, then the number, then the kernel's tests. */
#include "possible.h"

#include <errno.h>

#include "request.h"
#include "state.h"

/* The newest kernel whose flags and advice are known here: what a newer one takes may be new. */
#define KERNEL_KNOWN KERNEL(6, 18)

const char *impossible_name(enum impossible_kind kind)
{
	static const char *const names[IMPOSSIBLE_KINDS] = { "possible", "worked", "other-error", "no-such-error", "taken",
							     "elsewhere", "unaligned", "outside", "value" };

	return kind < IMPOSSIBLE_KINDS ? names[kind] : "?";
}

static bool is(struct impossible *found, enum impossible_kind kind, enum impossible_basis basis)
{
	found->kind = kind;
	found->basis = basis;
	return true;
}

/* ---- addresses ---- */

/* Where a call has put pages. */
struct placed {
	uint64_t at, bytes;
	bool demanded;		/* it had to be @want */
	bool replaces;		/* whatever was there may go */
	uint64_t want;
	struct range free;	/* pages that must have been free; start == end: none */
};

static bool placed_by_map(const struct space *space, const struct record_call *call, struct placed *placed)
{
	struct request request = request_of(call);
	bool fixed = request.flags & K_MAP_FIXED;

	if ((request.flags & K_MAP_FIXED_NOREPLACE) && kernel_since(space->commons->kernel, KERNEL(4, 17)))
		fixed = true;
	*placed = (struct placed){ .at = (uint64_t)call->ret, .bytes = request.len, .demanded = fixed,
				   .replaces = request_replaces(&request), .want = request.addr };
	placed->free = (struct range){ placed->at, placed->at + placed->bytes };
	return true;
}

static bool placed_by_remap(const struct record_call *call, struct placed *placed)
{
	uint64_t from = call->arg[0], old = page_up(call->arg[1]), bytes = page_up(call->arg[2]), flags = call->arg[3];

	*placed = (struct placed){ .at = (uint64_t)call->ret, .bytes = bytes, .want = from };
	placed->demanded = !(flags & K_MREMAP_MAYMOVE);
	if (flags & K_MREMAP_FIXED) {
		placed->demanded = placed->replaces = true;
		placed->want = call->arg[4];
	}
	/* What the call itself moves is not in its way; of huge pages the length is not known here. */
	if (placed->at != from)
		placed->free = (struct range){ placed->at, placed->at + bytes };
	else if (bytes > old)
		placed->free = (struct range){ from + old, from + bytes };
	return true;
}

static bool placed_by_attach(const struct record_call *call, struct placed *placed)
{
	uint64_t addr = call->arg[1];

	*placed = (struct placed){ .at = (uint64_t)call->ret, .demanded = addr, .replaces = call->arg[2] & K_SHM_REMAP,
				   .want = call->arg[2] & K_SHM_RND ? page_down(addr) : addr };
	placed->bytes = call->has & HAS_SIZE ? page_up(call->size_bytes) : PAGE_BYTES;
	placed->free = (struct range){ placed->at, placed->at + placed->bytes };
	return true;
}

static bool find_placed(const struct space *space, const struct record_call *call, struct placed *placed)
{
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
		return placed_by_map(space, call, placed);
	case EFFECT_REMAP:
		return placed_by_remap(call, placed);
	case EFFECT_ATTACH:
		return placed_by_attach(call, placed);
	default:
		return false;
	}
}

/* A hint beyond 47 bits opens what five levels of page tables have: Documentation/arch/x86/x86_64/5level-paging.rst. */
static uint64_t end_of(uint64_t want)
{
	return want > USER_END ? UINT64_C(1) << 56 : USER_END;
}

/*
 * Pages that were mapped, so that the kernel cannot give them out.  The tracer's own come and go without a record, and a
 * stack's guard gap is no mapping.
 */
static bool is_taken(const struct space *space, struct range pages, struct impossible *found)
{
	const struct vma *vma = vmaset_find(&space->set, pages.start);

	while (vma && vma->start < pages.end && vma->kind == KIND_TRACER)
		vma = vmaset_find(&space->set, vma->end);
	if (!vma || vma->start >= pages.end)
		return false;
	found->cause.vma = *vma;
	found->cause.at = max_u64(vma->start, pages.start);
	found->pages = (struct range){ found->cause.at, min_u64(vma->end, pages.end) };
	return is(found, IMPOSSIBLE_TAKEN, BASIS_PAGES);
}

static bool wrong_place(const struct space *space, const struct placed *placed, struct impossible *found)
{
	found->want = placed->want;
	if (placed->at % PAGE_BYTES)
		return is(found, IMPOSSIBLE_UNALIGNED, BASIS_ARGUMENTS);
	if (placed->demanded && placed->at != placed->want)
		return is(found, IMPOSSIBLE_ELSEWHERE, BASIS_ARGUMENTS);
	if (placed->at + placed->bytes < placed->at || placed->at + placed->bytes > end_of(placed->want))
		return is(found, IMPOSSIBLE_OUTSIDE, BASIS_ARGUMENTS);
	return !placed->replaces && placed->free.start < placed->free.end && is_taken(space, placed->free, found);
}

/* ---- numbers ---- */

static uint64_t sum_of_vector(const struct record_call *call)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < call->iov_count; i++)
		sum += min_u64(call->iov[i].len, UINT64_MAX - sum);
	return sum;
}

/* The largest number a call that worked returns. */
static uint64_t largest(const struct record_call *call)
{
	switch (call_table[call->call].effect) {
	case EFFECT_FORK:
	case EFFECT_VFORK:
	case EFFECT_CLONE:
	case EFFECT_FD:
	case EFFECT_PRCTL:
	case EFFECT_SHMCTL:
		return INT32_MAX;
	case EFFECT_PERSONALITY:
		return UINT32_MAX;
	case EFFECT_PKEY:
		return 31; /* 16 keys on x86, 32 on POWER: pkeys(7) */
	case EFFECT_ADVISEV:
		return call->has & HAS_IOV ? sum_of_vector(call) : INT64_MAX;
	default:
		return INT64_MAX;
	}
}

/* brk through syscall(2) returns the break; personality(2) any 32 bits, as a negative number too. */
static bool wrong_number(const struct record_call *call, struct impossible *found)
{
	bool failed = call_failed(call);

	switch (call_table[call->call].result) {
	case CLASS_ZERO:
		found->want = 0;
		return call->call != CALL_brk && !failed && call->ret && is(found, IMPOSSIBLE_VALUE, BASIS_ARGUMENTS);
	case CLASS_ERRNO:
		found->want = 4095;
		return (call->ret < 0 || call->ret > 4095) && is(found, IMPOSSIBLE_VALUE, BASIS_ARGUMENTS);
	case CLASS_VALUE:
		found->want = largest(call);
		if (failed || (call->call == CALL_personality && call->ret >= INT32_MIN))
			return false;
		return (call->ret < 0 || (uint64_t)call->ret > found->want) &&
		       is(found, IMPOSSIBLE_VALUE, BASIS_ARGUMENTS);
	default:
		return false;
	}
}

/* ---- the kernel's tests ---- */

/* Tests that look at the arguments and at nothing else. */
static bool is_of_arguments(enum why_reason reason)
{
	switch (reason) {
	case WHY_unaligned:
	case WHY_wraps:
	case WHY_zero_length:
	case WHY_beyond:
	case WHY_map_offset:
	case WHY_map_fd:
	case WHY_map_length:
	case WHY_map_past_end:
	case WHY_map_unaligned:
	case WHY_remapfile_range:
	case WHY_remap_length:
	case WHY_remap_beyond:
	case WHY_remap_new_unaligned:
	case WHY_remap_may_move:
	case WHY_remap_overlap:
	case WHY_shm_address:
	case WHY_sync_both:
	case WHY_limit_order:
		return true;
	default:
		return false;
	}
}

/* The same, but what they refuse a newer kernel may take. */
static bool is_of_flags(enum why_reason reason)
{
	switch (reason) {
	case WHY_lock_flags:
	case WHY_lockall_flags:
	case WHY_map_type:
	case WHY_map_validate:
	case WHY_map_droppable:
	case WHY_map_grows:
	case WHY_map_huge_file:
	case WHY_map_huge_offset:
	case WHY_remapfile_prot:
	case WHY_protect_grows:
	case WHY_protect_bits:
	case WHY_protect_up:
	case WHY_seal_flags:
	case WHY_remap_flags:
	case WHY_remap_dontunmap:
	case WHY_advice_unknown:
	case WHY_advise_flags:
	case WHY_sync_flags:
	case WHY_fd_flags:
	case WHY_key_flags:
	case WHY_prctl_arguments:
		return true;
	default:
		return false;
	}
}

static bool is_of_sums(enum why_reason reason)
{
	switch (reason) {
	case WHY_as_limit:
	case WHY_data_limit:
	case WHY_lock_future:
	case WHY_lock_right:
	case WHY_lock_limit:
	case WHY_lockall_limit:
	case WHY_map_secret_limit:
	case WHY_map_no_room:
	case WHY_mdwe:
	case WHY_prctl_final:
	case WHY_brk_low:
	case WHY_brk_lost:
	case WHY_brk_room:
		return true;
	default:
		return false;
	}
}

static enum impossible_basis basis_of(enum why_reason reason)
{
	if (is_of_arguments(reason) || is_of_flags(reason))
		return BASIS_ARGUMENTS;
	return is_of_sums(reason) ? BASIS_SPACE : BASIS_PAGES;
}

/* The tracer makes room for the program's mlockall() with its own pages unmapped or out of the count. */
static bool fits_without_tracer(const struct space *space, const struct why_cause *cause)
{
	const struct vma *vma = vmaset_find(&space->set, 0);
	uint64_t own = 0;

	for (; vma; vma = vmaset_find(&space->set, vma->end))
		if (vma->kind == KIND_TRACER)
			own += (vma->end - vma->start) / PAGE_BYTES;
	return cause->asked <= cause->limit + own;
}

/* What a test says that the log cannot be held to. */
static bool is_open(const struct space *space, const struct why_cause *cause)
{
	enum why_reason reason = cause->test->reason;

	if (is_of_flags(reason) && space->commons->kernel > KERNEL_KNOWN)
		return true;
	return reason == WHY_lockall_limit && fits_without_tracer(space, cause);
}

/* All pages a call speaks of: what it did not say is BASIS_SPACE. */
static void set_pages(const struct record_call *call, const struct why *why, struct impossible *found)
{
	const struct why_cause *cause = &found->cause;

	if (found->basis != BASIS_PAGES)
		return;
	found->pages = (struct range){ page_down(cause->at), page_down(cause->at) + PAGE_BYTES };
	if (cause->vma.start < cause->vma.end) {
		found->pages.start = min_u64(found->pages.start, cause->vma.start);
		found->pages.end = max_u64(found->pages.end, cause->vma.end);
	}
	if (why->ranged && why->is == RANGE_PAGES) {
		found->pages.start = min_u64(found->pages.start, page_down(why->range.start));
		found->pages.end = max_u64(found->pages.end, why->range.end);
	} else if (call_table[call->call].effect == EFFECT_MAP || call_table[call->call].effect == EFFECT_REMAP) {
		found->basis = cause->test ? BASIS_PAGES : BASIS_SPACE;
	} else {
		found->basis = BASIS_SPACE;
	}
}

/* Calls whose errors all come from the memory management, and are in why.def. */
static bool has_all_tests(const struct record_call *call)
{
	switch (call_table[call->call].effect) {
	case EFFECT_MAP:
	case EFFECT_UNMAP:
	case EFFECT_REMAP:
	case EFFECT_REMAPFILE:
	case EFFECT_PROTECT:
	case EFFECT_SEAL:
	case EFFECT_LOCK:
	case EFFECT_UNLOCK:
	case EFFECT_LOCKALL:
	case EFFECT_UNLOCKALL:
	case EFFECT_ADVISE:
	case EFFECT_RESIDENCY:
	case EFFECT_ATTACH:
	case EFFECT_DETACH:
		return true;
	default:
		return false;
	}
}

/* Before any test of its own a call can be refused by a filter, a security module or a signal: seccomp(2). */
static bool is_refused_first(int err)
{
	return err == EPERM || err == EACCES || err == ENOSYS || err == EINTR;
}

/* Does a test rule the result out, whatever else there is to be said for it? */
static bool rules_out(const struct why *why)
{
	if (!why->against)
		return false;
	if (!why->err || !why->causes)
		return true;
	return is_of_arguments(why->against->reason) && !is_refused_first(why->err);
}

/* glibc's brk() and sbrk() see only that the heap did not grow as asked: a shrinking that is refused works for them. */
static bool hides_refusals(const struct record_call *call)
{
	enum call_effect effect = call_table[call->call].effect;

	return (effect == EFFECT_BRK || effect == EFFECT_SBRK) && !call_failed(call);
}

static bool fails_tests(const struct space *space, const struct record *record, struct impossible *found)
{
	struct why why;

	if (hides_refusals(&record->call))
		return false;
	why_ask(space, record, &why);
	if (rules_out(&why)) {
		found->cause = why.contrary;
		if (is_open(space, &why.contrary))
			return false;
		is(found, why.err ? IMPOSSIBLE_ERROR : IMPOSSIBLE_WORKED, basis_of(why.against->reason));
		set_pages(&record->call, &why, found);
		return true;
	}
	if (!why.err || why.causes || !has_all_tests(&record->call) || space->commons->kernel > KERNEL_KNOWN)
		return false;
	/* Of some errors it is known without a look at any page. */
	is(found, IMPOSSIBLE_NO_TEST,
	   why_ends_with((int)call_table[record->call.call].effect, why.err) ? BASIS_PAGES : BASIS_ARGUMENTS);
	found->cause.at = why.ranged ? why.range.start : record->call.arg[0];
	set_pages(&record->call, &why, found);
	return true;
}

bool possible_ask(const struct space *before, const struct record *record, struct impossible *found)
{
	const struct record_call *call = &record->call;
	struct placed placed;

	*found = (struct impossible){ 0 };
	if (record->type != RECORD_CALL || call->call >= CALL_COUNT || !(call->has & HAS_RET))
		return false;
	if (wrong_number(call, found))
		return true;
	if (!call_failed(call) && find_placed(before, call, &placed) && wrong_place(before, &placed, found))
		return true;
	return fails_tests(before, record, found);
}
