#include "request.h"

#include "range.h"
#include "uapi.h"

bool request_is_zero(const struct record_call *call)
{
	return (call->has & HAS_FILE) && call->fd_kind == FD_ZERO;
}

struct request request_of(const struct record_call *call)
{
	struct request request = {
		.addr = call->arg[0],
		.len = page_up(call->arg[1]),
		.prot = call->arg[2],
		.flags = call->arg[3],
		.offset = call->arg[5],
		.call = call,
	};
	unsigned type = request.flags & K_MAP_TYPE;
	bool file_huge = (call->has & HAS_FILE) && call->fd_kind == FD_HUGETLB;
	unsigned order = request.flags >> K_MAP_HUGE_SHIFT & K_MAP_HUGE_MASK;
	uint64_t unit = order && (request.flags & K_MAP_HUGETLB) ? UINT64_C(1) << order : HUGE_BYTES;

	request.anonymous = request.flags & K_MAP_ANONYMOUS;
	request.shared = type == K_MAP_SHARED || type == K_MAP_SHARED_VALIDATE;
	request.huge = request.anonymous ? !!(request.flags & K_MAP_HUGETLB) : file_huge;
	request.secret = !request.anonymous && (call->has & HAS_FILE) && call->fd_kind == FD_SECRET;
	/* Shared anonymous memory: shmem_zero_setup(), mm/shmem.c. */
	if (request.shared && request_is_zero(call))
		request.anonymous = true;
	if (request.huge && request.len)
		request.len = round_up_to(request.len, unit);
	return request;
}

bool request_replaces(const struct request *request)
{
	return (request->flags & K_MAP_FIXED) && !(request->flags & K_MAP_FIXED_NOREPLACE);
}
