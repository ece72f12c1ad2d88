#include "maps.h"

#include <stddef.h>
#include <sys/stat.h>

#include "event.h"
#include "explain.h"
#include "guard.h"
#include "listing.h"
#include "own.h"
#include "raw.h"
#include "shim.h"
#include "sites.h"

/* Slots left for one more range and the closing fields: a part ends when its chain is this long. */
#define PART_SLOTS 24

#define ADDRESS_END 0xfffffffffffff000ull /* above the vsyscall page */

/* One snapshot being sent. */
struct sender {
	const char *why;
	struct line line;
	uint32_t part;
	bool open;		/* a part is being written */
	bool first;		/* nothing stands in its list yet */
	uint64_t listed;	/* end of the last VMA */
	uint64_t reached;	/* up to here it has been spoken of */
};

/* ---- one VMA ---- */

static void write_range(struct line *line, const struct listing_vma *range, bool first)
{
	line_raw(line, first ? "{\"start\":" : ",{\"start\":");
	line_hex(line, range->start);
	line_key(line, "end");
	line_hex(line, range->end);
	line_key(line, "perms");
	line_quoted(line, range->perms, 4);
	if (range->inode || range->device) { /* a System V segment's inode is its number, which can be 0 */
		line_key(line, "offset");
		line_unsigned(line, range->offset);
		line_key(line, "dev");
		line_unsigned(line, range->device);
		line_key(line, "ino");
		line_unsigned(line, range->inode);
	}
	if (range->path[0]) {
		line_key(line, "path");
		line_quoted(line, range->path, 4096);
	}
	if (range->vmflags) {
		line_key(line, "vmflags");
		line_quoted(line, range->vmflags, 128);
	}
	line_raw(line, "}");
}

/*
 * Our own pages are named, wherever in an unnamed VMA they lie, and, where the listing has no flags, their advice, which we
 * gave, is told: nobody shall take them for the program's.
 */
static void write_pieces(struct sender *sender, struct listing_vma vma)
{
	uint64_t end = vma.end, from, to;
	const char *path = vma.path, *listed = vma.vmflags;

	while (vma.start < end) {
		const char *own = own_range(vma.start, end, &from, &to);

		if (own && from > vma.start)
			own = NULL;
		else
			from = own ? to : end;
		vma.end = from;
		vma.vmflags = listed ? listed : own;
		vma.path = own && !path[0] ? "[pagetrail]" : path;
		write_range(&sender->line, &vma, sender->first);
		sender->first = false;
		vma.offset += vma.end - vma.start;
		vma.start = vma.end;
	}
}

/* ---- parts ---- */

static bool begin_part(struct sender *sender, uint64_t from)
{
	struct line *line = &sender->line;

	guard_enter();
	/* a look is found by the thread whose call it follows; at the start nobody has told the thread who it is */
	sender->open = event_open(line, SLOT_SNAPSHOT, shim.ring ? 0 : shim.identity->pid);
	guard_leave();
	if (!sender->open)
		return false;
	line->head->begin_ns = listing_begun_ns();
	sender->first = true;
	line_key(line, "why");
	line_quoted(line, sender->why, 16);
	line_key(line, "part");
	line_unsigned(line, sender->part++);
	line_key(line, "from");
	line_hex(line, from);
	line_key(line, "ranges");
	line_raw(line, "[");
	return true;
}

static void end_part(struct sender *sender, uint64_t to, bool last, int64_t vmlck)
{
	struct line *line = &sender->line;

	line_raw(line, "]");
	line_key(line, "to");
	line_hex(line, to);
	line_key(line, "last");
	line_bool(line, last);
	if (vmlck >= 0) {
		line_key(line, "vmlck");
		line_signed(line, vmlck);
	}
	event_close(line);
	sender->open = false;
}

/* Other threads can change a VMA while the list is read: then it, or what it was joined with, is listed twice. */
static bool send_vma(struct sender *sender, struct listing_vma vma)
{
	if (vma.end <= sender->listed)
		return true;
	if (vma.start < sender->listed) {
		vma.offset += sender->listed - vma.start;
		vma.start = sender->listed;
	}
	if (!sender->open && !begin_part(sender, sender->reached < vma.start ? sender->reached : vma.start))
		return false;
	write_pieces(sender, vma);
	sender->reached = sender->listed = vma.end;
	if (sender->line.chained >= PART_SLOTS)
		end_part(sender, vma.end, false, -1);
	return true;
}

/* ---- snapshots ---- */

void maps_send(const char *why)
{
	struct sender sender = { .why = why };
	struct listing_vma vma;
	bool kept = true;

	if (!listing_open(LISTING_MAPS))
		return;
	while (kept && listing_next(&vma))
		kept = send_vma(&sender, vma);
	if (kept && (sender.open || begin_part(&sender, sender.reached)))
		end_part(&sender, listing_whole() ? ADDRESS_END : sender.reached, true, -1);
	listing_close();
}

void maps_send_unseen(const char *why)
{
	if (!sites_active() && !shim.restricted && identity_recorded())
		maps_send(why);
}

static void send_place(uint64_t start, uint64_t end, const struct listing_vma *vma)
{
	struct sender sender = { .why = "moved" };

	if (!begin_part(&sender, start))
		return;
	sender.line.head->begin_ns = 0; /* it was not read */
	if (vma)
		write_range(&sender.line, vma, true);
	end_part(&sender, end, true, -1);
}

void maps_send_moved(uint64_t from, uint64_t to, uint64_t bytes)
{
	struct listing_vma vma = { .perms = "rw-p", .path = "[pagetrail]" };
	struct stat st;

	guard_enter();
	vma.vmflags = own_range(to, to + bytes, &vma.start, &vma.end);
	if (to == (uint64_t)shim.mapped && !raw_failed(raw_syscall3(SYS_stat, (long)shim.ring_path, (long)&st, 0))) {
		vma.perms = "rw-s";
		vma.path = shim.ring_path;
		vma.device = st.st_dev;
		vma.inode = st.st_ino;
	}
	if (from)
		send_place(from, from + bytes, NULL);
	send_place(to, to + bytes, &vma);
	guard_leave();
}

/* ---- looks ---- */

/* The one listing that is being read; whoever reads it has it to himself (listing.h). */
static struct {
	struct sender sender;
	struct listing_vma vma;
	bool more;
	int64_t vmlck;
} looking;

bool maps_look_begin(const char *why)
{
	if (!listing_open(LISTING_SMAPS))
		return false;
	looking.sender = (struct sender){ .why = why };
	looking.vmlck = explain_vmlck();
	looking.more = listing_next(&looking.vma);
	if (!looking.more)
		listing_close();
	return looking.more;
}

void maps_look_range(uint64_t from, uint64_t to, bool last)
{
	struct sender *sender = &looking.sender;
	bool kept = true;
	uint64_t spoken;

	/* a VMA that reached out of the range before has been listed whole */
	sender->reached = from > sender->listed ? from : sender->listed;
	while (looking.more && looking.vma.end <= from)
		looking.more = listing_next(&looking.vma);
	while (kept && looking.more && looking.vma.start < to) {
		kept = send_vma(sender, looking.vma);
		if (looking.vma.end > to) /* it may reach into the next range */
			break;
		looking.more = listing_next(&looking.vma);
	}
	/* the part before may have ended with the last VMA: what it said must not be said otherwise */
	spoken = sender->reached;
	if (sender->reached < to && listing_whole())
		sender->reached = to;
	if (kept && (sender->open || begin_part(sender, spoken)))
		end_part(sender, sender->reached, last, last && explain_vmlck() == looking.vmlck ? looking.vmlck : -1);
}

void maps_look_end(void)
{
	listing_close();
}
