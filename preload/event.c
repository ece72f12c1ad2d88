#include "event.h"

#include "clock.h"
#include "guard.h"
#include "send.h"
#include "shim.h"

bool event_open(struct line *line, enum slot_kind kind, int32_t pid)
{
	struct ring_slot *slot;

	guard_enter();
	slot = shim.mapped ? send_reserve() : NULL;
	if (!slot) {
		guard_leave();
		return false;
	}
	line_open(line, slot, kind, pid ? pid : shim.identity->pid);
	line_key(line, "pid");
	line_signed(line, slot->pid);
	line_key(line, "tid");
	line_signed(line, pid ? pid : shim_thread.tid);
	line_key(line, "t");
	line_unsigned(line, clock_session_ns());
	return true;
}

void event_close(struct line *line)
{
	line_ready(line, clock_session_ns());
	guard_leave();
}
