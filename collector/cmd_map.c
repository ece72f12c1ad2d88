/* cmd_map.c - an address space at a moment, or what differs between two. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "reader.h"
#include "report/known.h"
#include "report/mapdiff.h"
#include "report/statement.h"
#include "report/strip.h"
#include "util/alloc.h"
#include "vm/world.h"

static const struct verb_help help = {
	"map LOG [OPTION...]",
	"Prints the address space of a process: a row for every range of pages with its\n"
	"protection, lock, advice, kind, path, and the call that locked it, or else\n"
	"protected it, or else mapped it (\"snapshot\": it was there when the tracer\n"
	"looked). With --tid, --call, --result, --module, --func, --since and --until:\n"
	"only ranges set by such a call. With --resident also which pages were in\n"
	"memory, as far as mincore and `record --residency` have told.\n",
};

struct map_words {
	const char *at, *diff;
	bool strip, locked, resident;
};

static const struct option_row own[] = {
	{ "at", "WHEN", "the moment to show (default: exit)", offsetof(struct map_words, at) },
	{ "diff", "WHEN", "only what differs from that moment",
	  offsetof(struct map_words, diff) },
	{ "resident", NULL, "what is known of which pages are in memory, and from when",
	  offsetof(struct map_words, resident) },
	{ "locked", NULL, "only locked ranges", offsetof(struct map_words, locked) },
	{ "strip", NULL, "draw every page as a character, one strip a mapping", offsetof(struct map_words, strip) },
	{ 0 },
};

enum { AT, DIFF };	/* indices of reader.when */

/* One run of the verb: the process twice where a difference is asked for. */
struct map {
	struct reader reader;
	struct map_words words;
	int32_t pid;
	const char *exe;
	struct world *world, *base;
	const struct process *process, *was;
	struct mapdiff_end *end;	/* what was unmapped between the two moments */
	size_t ends;
	const struct record *record;	/* the one being applied */
	struct known known;		/* --resident */
	bool known_at;			/* by a sample of the very moment, as a mark has one */
	struct who who;
};

static void note_end(void *arg, const struct delta *delta)
{
	struct map *map = arg;

	if (delta->after || !delta->before || delta->before->by.map > map->reader.when[DIFF].seq ||
	    map->record->seq <= map->reader.when[DIFF].seq || map->record->pid != map->pid)
		return;
	map->end = alloc_resize(map->end, map->ends + 1, sizeof(*map->end));
	map->end[map->ends++] = (struct mapdiff_end){ delta->start, delta->end, map->record->seq };
}

/* The address space that is shown, if the record is about it. */
static const struct space *space_shown(const struct map *map, const struct record *record)
{
	const struct process *shown = world_process(map->world, map->pid);
	const struct process *acts = world_process(map->world, record->pid);

	return shown && acts && map->pid && record->pid && shown->space == acts->space ? shown->space : NULL;
}

static void note_change(void *arg, const struct delta *delta)
{
	struct map *map = arg;

	if (map->base)
		note_end(map, delta);
	if (map->words.resident && space_shown(map, map->record))
		known_change(&map->known, delta);
}

static void apply_one(struct map *map, const struct record *record)
{
	bool listens = map->base || map->words.resident;

	world_apply(map->world, record, listens ? note_change : NULL, map);
	if (!map->words.resident)
		return;
	if (record->type == RECORD_PROCESS && record->pid == map->pid && record->process.event != PROCESS_EXIT)
		known_clear(&map->known);
	if (map->known_at)
		return;
	known_see(&map->known, record, space_shown(map, record), map->reader.survey.page_bytes);
	map->known_at = record->type == RECORD_RESIDENCY && record->residency.last && space_shown(map, record) &&
			map->known.last_seq == map->reader.when[AT].seq;
}

static uint64_t later(const struct map *map)
{
	uint64_t at = map->reader.when[AT].seq, diff = map->words.diff ? map->reader.when[DIFF].seq : 0;

	return at > diff ? at : diff;
}

static int apply(struct map *map, struct err *err)
{
	struct reader *reader = &map->reader;
	struct record record;
	int code;

	map->record = &record;
	while ((code = reader_next(reader, &record, err)) > 0 && record.seq <= later(map)) {
		if (record.seq <= reader->when[AT].seq)
			apply_one(map, &record);
		if (map->base && record.seq <= reader->when[DIFF].seq)
			world_apply(map->base, &record, NULL, NULL);
	}
	return code < 0 ? code : 0;
}

static void print_moment(struct text *line, const struct when *when)
{
	text_printf(line, "#%llu", (unsigned long long)when->seq);
	if (when->kind != WHEN_SEQ) {
		text_put(line, " (");
		text_safe(line, when->text);
		text_put(line, ")");
	}
}

static void print_head(const struct map *map)
{
	const struct view *view = &map->reader.view;
	struct text line = { 0 };

	statement_print(view, &map->reader.survey.coverage, "");
	view_begin(view, &line, TONE_STRONG);
	text_printf(&line, "process %d  ", map->pid);
	text_safe(&line, map->process->exe ? map->process->exe : "?");
	view_end(view, &line, TONE_STRONG);
	text_put(&line, "  at ");
	print_moment(&line, &map->reader.when[AT]);
	if (map->base) {
		text_put(&line, ", against ");
		print_moment(&line, &map->reader.when[DIFF]);
	}
	view_line(view, &line, 4);
	text_free(&line);
}

/* " (was 48 KiB, peak 64 KiB)": what there is to add to a total; @peak is NULL where there is none. */
static void add_beside(struct text *line, uint64_t was, uint64_t now, const uint64_t *peak)
{
	if (was != now) {
		text_put(line, " (was ");
		text_bytes(line, was);
	}
	if (peak) {
		text_put(line, was != now ? ", peak " : " (peak ");
		text_bytes(line, *peak);
	}
	text_put(line, was != now || peak ? ")" : "");
}

static void add_total(const struct view *view, struct text *line, enum tone tone, const char *what, uint64_t now)
{
	text_put(line, what);
	view_begin(view, line, now ? tone : TONE_PLAIN);
	text_bytes(line, now);
	view_end(view, line, now ? tone : TONE_PLAIN);
}

static void print_totals(const struct map *map)
{
	const struct view *view = &map->reader.view;
	struct space_totals now = space_totals(map->process->space);
	struct space_totals was = map->was ? space_totals(map->was->space) : now;
	struct text line = { 0 };

	add_total(view, &line, TONE_PLAIN, "mapped ", now.mapped);
	add_beside(&line, was.mapped, now.mapped, NULL);
	add_total(view, &line, TONE_GOOD, ", locked ", now.locked);
	add_beside(&line, was.locked, now.locked, &now.locked_peak);
	add_total(view, &line, TONE_BAD, ", writable and executable ", now.wx);
	add_beside(&line, was.wx, now.wx, NULL);
	view_line(view, &line, 4);
	view_line(view, &line, 0);
	text_free(&line);
}

static void print_rows(struct map *map, const struct rows *rows)
{
	const struct view *view = &map->reader.view;
	struct rows_columns columns = rows_columns(view, rows);
	struct text line = { 0 };

	if (!rows->count)
		text_put(&line, "no range is like that");
	if (!rows->count)
		view_line(view, &line, 0);
	else
		rows_head(view, &columns, "");
	for (size_t i = 0; i < rows->count; i++) {
		rows_text(view, &line, &columns, &rows->row[i]);
		who_text(view, &line, &map->who, rows_set_by(&rows->row[i].vma));
		view_line(view, &line, 8);
		if (map->words.resident)
			known_line(view, &map->known, rows->row[i].vma.start, rows->row[i].vma.end,
				   map->reader.survey.page_bytes, "  ");
		if (rows->row[i].vma.lock == VMA_UNLOCKED)
			held_lines(view, &rows->row[i].held, map->process, &rows->row[i].vma, &map->who, "  ");
	}
	text_free(&line);
}

static void print_note(const struct map *map, const char *note)
{
	struct text line = { 0 };

	view_tone(&map->reader.view, &line, TONE_DIM, note);
	view_line(&map->reader.view, &line, 2);
	text_free(&line);
}

static void print_legend(const struct map *map, const char *legend)
{
	struct text line = { 0 };

	view_line(&map->reader.view, &line, 0);
	print_note(map, legend);
}

static void begin_json(const struct map *map, struct jout *json)
{
	jout_object(json, NULL);
	jout_signed(json, "pid", map->pid);
	jout_number(json, "at", map->reader.when[AT].seq);
	if (map->base)
		jout_number(json, "against", map->reader.when[DIFF].seq);
}

static void end_json(struct jout *json)
{
	jout_end(json);
	jout_line(json);
}

static int show_state(struct map *map, const struct rows_wanted *wanted, struct err *err)
{
	struct jout json = { .out = map->reader.view.out };
	struct rows rows = { 0 };
	bool held;
	int code = 0;

	rows_collect(&rows, map->process->space, wanted, map->reader.survey.page_bytes);
	if (!map->words.strip && !map->reader.words.json)
		rows_merge(&rows);
	held = rows_hold(&rows, map->world, map->process);
	rows_origins(&rows, &map->who);
	if (held || !map->reader.words.json || filter_is_set(&map->reader.filter))
		code = reader_look_up(&map->reader, &map->who, err);
	if (!code && filter_is_set(&map->reader.filter))
		rows_keep(&rows, &map->who);
	if (!code && map->reader.words.json) {
		begin_json(map, &json);
		rows_json(&json, &rows, &map->who);
		if (map->words.resident)
			known_json(&json, &map->known, wanted->start, wanted->end ? wanted->end : UINT64_MAX);
		end_json(&json);
	} else if (!code && map->words.strip) {
		print_head(map);
		print_totals(map);
		strip_legend(&map->reader.view);
		rows_cut(&rows);
		strip_print(&map->reader.view, &rows, &map->who, map->reader.survey.page_bytes, map->words.locked);
	} else if (!code) {
		print_head(map);
		print_totals(map);
		print_rows(map, &rows);
		if (rows.count)
			print_legend(map,
				     "set by: the call that locked the range, or else protected it, or else mapped it");
		if (rows.count && map->words.resident)
			print_note(map, "in memory: # yes, . no, s swapped out, ? not known; mincore tells of a file's "
					"page cache, a sample of the page tables of this process");
	}
	rows_free(&rows);
	return code;
}

static int show_difference(struct map *map, const struct rows_wanted *wanted, struct err *err)
{
	struct jout json = { .out = map->reader.view.out };
	struct rows was = { 0 }, now = { 0 };
	struct mapdiff diff = { 0 };
	int code = 0;

	rows_collect(&was, map->was->space, wanted, map->reader.survey.page_bytes);
	rows_collect(&now, map->process->space, wanted, map->reader.survey.page_bytes);
	mapdiff_compare(&diff, &was, &now, map->end, map->ends);
	mapdiff_origins(&diff, &map->who);
	if (map->reader.words.json) {
		begin_json(map, &json);
		mapdiff_json(&json, &diff);
		end_json(&json);
	} else {
		code = reader_look_up(&map->reader, &map->who, err);
		if (!code) {
			print_head(map);
			print_totals(map);
			mapdiff_text(&map->reader.view, &diff, &map->who);
			print_legend(map,
				     "+ mapped since  - no longer mapped  ~ changed  ! less safe: lost its lock, or "
				     "writable and executable");
		}
	}
	mapdiff_free(&diff);
	rows_free(&was);
	rows_free(&now);
	return code;
}

/* The process at both moments; the strings of the two worlds are alive as long as the map is. */
static int find_process(struct map *map, struct err *err)
{
	const struct survey_process *found = reader_process(&map->reader, &map->reader.when[AT], err);

	if (!found || (map->words.diff && !reader_process(&map->reader, &map->reader.when[DIFF], err)))
		return -1;
	map->pid = found->pid;
	return 0;
}

static int run(struct map *map, const char *path, struct err *err)
{
	struct rows_wanted wanted = { 0 };
	struct reader *reader = &map->reader;

	if (map->words.resident && (map->words.strip || map->words.diff))
		return err_set(err, -EINVAL, "--resident goes neither with --strip nor with --diff");
	if (reader_when(reader, map->words.at, err) || reader_when(reader, map->words.diff, err) ||
	    reader_open(reader, path, err) || find_process(map, err))
		return -1;
	map->world = world_new();
	map->base = map->words.diff ? world_new() : NULL;
	if (apply(map, err))
		return -1;
	map->process = world_process(map->world, map->pid);
	map->was = map->base ? world_process(map->base, map->pid) : NULL;
	wanted = (struct rows_wanted){reader->filter.start, reader->filter.end, map->words.locked && !map->words.strip};
	reader->filter.by_addr = false;	/* chosen by the rows' addresses, not by those of the calls that set them */
	reader->filter.pid = 0;		/* what a child has from its parent was set by the parent */
	return map->base ? show_difference(map, &wanted, err) : show_state(map, &wanted, err);
}

int cmd_map(int argc, char **argv)
{
	struct map map = { 0 };
	const char *path;
	struct err err;
	int status = reader_options(&map.reader, argc, argv, &help, own, &map.words, 1, &path);

	if (status >= 0)
		return status;
	status = run(&map, path, &err) ? reader_fail(&map.reader, &err) : reader_close(&map.reader, EXIT_CLEAN);
	world_free(map.world);
	world_free(map.base);
	who_free(&map.who);
	free(map.end);
	known_clear(&map.known);
	return status;
}
