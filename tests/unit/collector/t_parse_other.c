/* Every type of line but the calls. */
#include "lines.h"

#include <stdio.h>

#define HEADER(rest) "{\"type\":\"header\",\"version\":1," rest "}"

static void header_has_all_its_fields(void **state)
{
	(void)state;
	good(HEADER(
		"\"tool\":\"pagetrail 0.1\",\"kernel\":\"6.18.44\",\"arch\":\"x86_64\",\"page_size\":4096,"
		"\"clock\":\"CLOCK_MONOTONIC\",\"start_ns\":5,\"realtime_ns\":7,\"argv\":[\"gpg\",\"--gen \\u00e4\"],"
		"\"cwd\":\"/\""));
	assert_int_equal(rec.type, RECORD_HEADER);
	assert_int_equal(rec.header.version, 1);
	assert_string_equal(rec.header.tool, "pagetrail 0.1");
	assert_string_equal(rec.header.kernel, "6.18.44");
	assert_int_equal(rec.header.page_bytes, 4096);
	assert_int_equal(rec.header.start_ns, 5);
	assert_int_equal(rec.header.realtime_ns, 7);
	assert_int_equal(rec.header.argc, 2);
	assert_string_equal(rec.header.argv[0], "gpg");
	assert_string_equal(rec.header.argv[1], "--gen \xc3\xa4");
	assert_string_equal(rec.header.cwd, "/");
}

static void header_may_leave_out_what_only_people_read(void **state)
{
	(void)state;
	good(HEADER("\"page_size\":65536,\"start_ns\":0"));
	assert_int_equal(rec.header.argc, 0);
	assert_null(rec.header.tool);
	bad(HEADER("\"start_ns\":0"), "header: \"page_size\" is missing");
	bad(HEADER("\"page_size\":4096"), "header: \"start_ns\" is missing");
	bad(HEADER("\"page_size\":0,\"start_ns\":0"), "header: \"page_size\" is 0, expected a power of two from 4096");
	bad(HEADER("\"page_size\":5000,\"start_ns\":0"),
	    "header: \"page_size\" is 5000, expected a power of two from 4096");
	bad(HEADER("\"page_size\":4096,\"start_ns\":0,\"argv\":[\"a\",1]"),
	    "header: \"argv\"[1] is 1, expected a string");
	bad(HEADER("\"page_size\":4096,\"start_ns\":0,\"argv\":\"a\""), "header: \"argv\" is \"a\", expected an array");
}

static void of_another_version_only_the_version_is_read(void **state)
{
	(void)state;
	good("{\"type\":\"header\",\"version\":2,\"page_size\":{}}");
	assert_int_equal(rec.header.version, 2);
	bad("{\"type\":\"header\",\"version\":\"1\"}", "header: \"version\" is \"1\", expected a number");
}

#define PROCESS(rest) "{\"type\":\"process\",\"seq\":1,\"pid\":4242,\"t\":9," rest "}"
#define LIMITS "\"limits\":{\"memlock\":[8388608,8388609],\"as\":[-1,-1],\"data\":[1,2],\"stack\":[3,-1]}"

static void process_start_and_exec_have_limits(void **state)
{
	static const char *const lines[] = {
		PROCESS("\"event\":\"start\",\"ppid\":1,\"key\":1,\"exe\":\"/usr/bin/gpg\",\"argv\":[\"gpg\"]," LIMITS
			",\"cap_ipc_lock\":true"),
		PROCESS("\"event\":\"exec\",\"ppid\":1,\"key\":1,\"exe\":\"/usr/bin/gpg\",\"argv\":[\"gpg\"]," LIMITS
			",\"cap_ipc_lock\":true"),
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		good(lines[i]);
		assert_int_equal(rec.type, RECORD_PROCESS);
		assert_int_equal(rec.process.event, i ? PROCESS_EXEC : PROCESS_START);
		assert_int_equal(rec.seq, 1);
		assert_int_equal(rec.pid, 4242);
		assert_int_equal(rec.t_ns, 9);
		assert_int_equal(rec.process.ppid, 1);
		assert_string_equal(rec.process.exe, "/usr/bin/gpg");
		assert_int_equal(rec.process.argc, 1);
		assert_string_equal(rec.process.argv[0], "gpg");
		assert_true(rec.process.has_limits);
		assert_int_equal(rec.process.memlock.soft, 8388608);
		assert_int_equal(rec.process.memlock.hard, 8388609);
		assert_true(rec.process.as.soft == UINT64_MAX);
		assert_int_equal(rec.process.data.hard, 2);
		assert_int_equal(rec.process.stack.soft, 3);
		assert_true(rec.process.stack.hard == UINT64_MAX);
		assert_true(rec.process.cap_ipc_lock);
		assert_false(rec.process.has_core);
		assert_false(rec.process.has_status);
	}
}

static void process_can_tell_the_limit_of_core_files(void **state)
{
	(void)state;
	good(PROCESS("\"event\":\"start\",\"limits\":{\"memlock\":[1,1],\"as\":[1,1],\"data\":[1,1],\"stack\":[1,1],\"core\":[0,-1]}"));
	assert_true(rec.process.has_core);
	assert_int_equal(rec.process.core.soft, 0);
	assert_true(rec.process.core.hard == UINT64_MAX);
	bad(PROCESS("\"event\":\"start\",\"limits\":{\"memlock\":[1,1],\"as\":[1,1],\"data\":[1,1],\"stack\":[1,1],\"core\":[0]}"),
	    "process: \"limits\": \"core\" has 1 numbers, expected 2");
}

static void process_fork_and_exit_are_short(void **state)
{
	(void)state;
	good(PROCESS("\"event\":\"fork\",\"ppid\":7"));
	assert_int_equal(rec.process.event, PROCESS_FORK);
	assert_int_equal(rec.process.ppid, 7);
	assert_false(rec.process.has_limits);
	good(PROCESS("\"event\":\"exit\""));
	assert_int_equal(rec.process.event, PROCESS_EXIT);
	assert_false(rec.process.has_status);
	good(PROCESS("\"event\":\"exit\",\"status\":256"));
	assert_true(rec.process.has_status);
	assert_int_equal(rec.process.status, 256);
}

static void bad_processes_are_refused(void **state)
{
	(void)state;
	bad(PROCESS("\"event\":\"nap\""), "process: \"event\" is \"nap\", expected start, fork, exec or exit");
	bad(PROCESS("\"ppid\":1"), "process: \"event\" is missing");
	bad(PROCESS("\"event\":\"start\",\"limits\":[]"), "process: \"limits\" is an array, expected an object");
	bad(PROCESS("\"event\":\"start\",\"limits\":5"), "process: \"limits\" is 5, expected an object");
	bad(PROCESS("\"event\":\"start\",\"limits\":{}"), "process: \"limits\": \"memlock\" is missing");
	bad(PROCESS("\"event\":\"start\",\"limits\":{\"memlock\":[1]}"),
	    "process: \"limits\": \"memlock\" has 1 numbers, expected 2");
	bad(PROCESS("\"event\":\"start\",\"limits\":{\"memlock\":[1,-5]}"),
	    "process: \"limits\": \"memlock\"[1] is -5, expected a number of bytes, or -1 for unlimited");
	bad(PROCESS("\"event\":\"start\",\"limits\":{\"memlock\":[1,\"a\"]}"),
	    "process: \"limits\": \"memlock\"[1] is \"a\", expected a number of bytes, or -1 for unlimited");
}

#define MODULE(rest) "{\"type\":\"module\",\"id\":3,\"key\":1,\"pid\":4242," rest "}"
#define SPAN "\"base\":\"0x7f00\",\"start\":\"0x7f00\",\"end\":\"0x8f00\","

static void module_has_all_its_fields(void **state)
{
	(void)state;
	good(MODULE(SPAN "\"path\":\"/usr/lib/libc.so.6\",\"build_id\":\"93ac61EC\""));
	assert_int_equal(rec.type, RECORD_MODULE);
	assert_int_equal(rec.module.id, 3);
	assert_int_equal(rec.pid, 4242);
	assert_int_equal(rec.module.base, 0x7f00);
	assert_int_equal(rec.module.start, 0x7f00);
	assert_int_equal(rec.module.end, 0x8f00);
	assert_string_equal(rec.module.path, "/usr/lib/libc.so.6");
	assert_string_equal(rec.module.build_id, "93ac61EC");
	good(MODULE(SPAN "\"path\":\"\""));
	assert_null(rec.module.build_id);
	bad(MODULE(SPAN "\"build_id\":\"ab\""), "module: \"path\" is missing");
	bad(MODULE(SPAN "\"path\":\"/a\",\"build_id\":\"../x\""),
	    "module: \"build_id\" is \"../x\", expected hex digits");
	bad(MODULE(SPAN "\"path\":\"/a\",\"build_id\":\"\""), "module: \"build_id\" is \"\", expected hex digits");
	bad(MODULE("\"base\":\"0x0\",\"start\":\"0x2\",\"end\":\"0x1\",\"path\":\"/a\""),
	    "module: \"end\" is below \"start\"");
}

#define SNAPSHOT(ranges)                                                                                               \
	"{\"type\":\"snapshot\",\"seq\":2,\"pid\":5,\"t\":9,\"why\":\"start\",\"part\":1,\"last\":true,"               \
	"\"from\":\"0x1000\",\"to\":\"0x7000\",\"ranges\":" ranges "}"

static void snapshot_has_all_its_fields(void **state)
{
	const struct snapshot_range *range;

	(void)state;
	good(SNAPSHOT("[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"perms\":\"rw-p\"},"
		      "{\"start\":\"0x2000\",\"end\":\"0x3000\",\"perms\":\"r-xs\",\"offset\":4096,\"dev\":65024,"
		      "\"ino\":18446744073709551614,\"path\":\"/lib\",\"vmflags\":\"rd mr mw me lo\"}]"));
	assert_int_equal(rec.type, RECORD_SNAPSHOT);
	assert_int_equal(rec.seq, 2);
	assert_string_equal(rec.snapshot.why, "start");
	assert_int_equal(rec.snapshot.part, 1);
	assert_true(rec.snapshot.last);
	assert_int_equal(rec.snapshot.from, 0x1000);
	assert_int_equal(rec.snapshot.to, 0x7000);
	assert_int_equal(rec.snapshot.count, 2);
	range = rec.snapshot.range;
	assert_int_equal(range[0].start, 0x1000);
	assert_int_equal(range[0].end, 0x2000);
	assert_string_equal(range[0].perms, "rw-p");
	assert_int_equal(range[0].offset, 0);
	assert_int_equal(range[0].ino, 0);
	assert_null(range[0].path);
	assert_null(range[0].vmflags);
	assert_string_equal(range[1].perms, "r-xs");
	assert_int_equal(range[1].offset, 4096);
	assert_int_equal(range[1].dev, 65024);
	assert_true(range[1].ino == UINT64_MAX - 1);
	assert_string_equal(range[1].path, "/lib");
	assert_string_equal(range[1].vmflags, "rd mr mw me lo");
	good(SNAPSHOT("[]"));
	assert_int_equal(rec.snapshot.count, 0);
}

static void snapshot_ranges_ascend_and_do_not_overlap(void **state)
{
	(void)state;
	bad(SNAPSHOT("[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"perms\":\"rw-p\"},"
		     "{\"start\":\"0x1fff\",\"end\":\"0x3000\",\"perms\":\"rw-p\"}]"),
	    "snapshot: \"ranges\"[1]: \"start\" is 0x1fff, expected 0x2000 or more, where the range before ends");
	bad(SNAPSHOT("[{\"start\":\"0x1000\",\"end\":\"0x1000\",\"perms\":\"rw-p\"}]"),
	    "snapshot: \"ranges\"[0]: \"end\" is 0x1000, expected more than \"start\"");
	bad(SNAPSHOT("[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"perms\":\"wr-p\"}]"),
	    "snapshot: \"ranges\"[0]: \"perms\" is \"wr-p\", expected letters like \"rw-p\"");
	bad(SNAPSHOT("[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"perms\":\"rw-\"}]"),
	    "snapshot: \"ranges\"[0]: \"perms\" is \"rw-\", expected letters like \"rw-p\"");
	bad(SNAPSHOT("[{\"start\":\"0x1000\",\"perms\":\"rw-p\"}]"), "snapshot: \"ranges\"[0]: \"end\" is missing");
	bad(SNAPSHOT("[7]"), "snapshot: \"ranges\"[0] is 7, expected an object");
	bad(SNAPSHOT("{}"), "snapshot: \"ranges\" is an object, expected an array");
	bad("{\"type\":\"snapshot\",\"seq\":2,\"pid\":5,\"t\":9,\"why\":\"start\",\"part\":0,\"last\":false,"
	    "\"from\":\"0x2\",\"to\":\"0x1\",\"ranges\":[]}", "snapshot: \"to\" is below \"from\"");
}

#define STACK(rest) "{\"type\":\"stack\",\"id\":17,\"pid\":4242," rest "}"

static void stack_has_its_frames_innermost_first(void **state)
{
	(void)state;
	good(STACK(
		"\"frames\":[[1,\"0x1234\"],[3,\"0x99\"],[0,\"0x7f0000000000\"]],\"truncated\":true,\"guessed\":true"));
	assert_int_equal(rec.type, RECORD_STACK);
	assert_int_equal(rec.stack.id, 17);
	assert_int_equal(rec.pid, 4242);
	assert_int_equal(rec.stack.count, 3);
	assert_int_equal(rec.stack.frame[0].module, 1);
	assert_int_equal(rec.stack.frame[0].offset, 0x1234);
	assert_int_equal(rec.stack.frame[2].module, 0);
	assert_int_equal(rec.stack.frame[2].offset, 0x7f0000000000);
	assert_true(rec.stack.truncated);
	assert_true(rec.stack.guessed);
	good(STACK("\"frames\":[]"));
	assert_int_equal(rec.stack.count, 0);
	assert_false(rec.stack.truncated);
	assert_false(rec.stack.guessed);
}

static void bad_frames_are_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "[1]", "an array" }, { "[1,2]", "an array" }, { "[-1,\"0x1\"]", "an array" }, { "7", "7" },
		{ "[4294967296,\"0x1\"]", "an array" }, { "\"0x1\"", "\"0x1\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[256], message[256];

		snprintf(line, sizeof(line), STACK("\"frames\":[[1,\"0x1\"],%s]"), wrong[i][0]);
		snprintf(message, sizeof(message), "stack: \"frames\"[1] is %s, expected a frame like [1,\"0x7f10\"]",
			 wrong[i][1]);
		bad(line, message);
	}
	bad(STACK("\"truncated\":true"), "stack: \"frames\" is missing");
}

static void mark_has_a_label_and_perhaps_a_stack(void **state)
{
	(void)state;
	good("{\"type\":\"mark\",\"seq\":9,\"pid\":1,\"tid\":2,\"t\":3,\"label\":\"ready\",\"stack\":5}");
	assert_int_equal(rec.type, RECORD_MARK);
	assert_int_equal(rec.seq, 9);
	assert_int_equal(rec.pid, 1);
	assert_int_equal(rec.tid, 2);
	assert_int_equal(rec.t_ns, 3);
	assert_string_equal(rec.mark.label, "ready");
	assert_int_equal(rec.mark.stack, 5);
	good("{\"type\":\"mark\",\"seq\":9,\"pid\":1,\"tid\":2,\"t\":3,\"label\":\"\"}");
	assert_int_equal(rec.mark.stack, 0);
	bad("{\"type\":\"mark\",\"seq\":9,\"pid\":1,\"tid\":2,\"t\":3}", "mark: \"label\" is missing");
}

static void loss_note_and_trailer_are_read(void **state)
{
	(void)state;
	good("{\"type\":\"loss\",\"count\":3,\"why\":\"ring full\"}");
	assert_int_equal(rec.type, RECORD_LOSS);
	assert_int_equal(rec.loss.count, 3);
	assert_string_equal(rec.loss.why, "ring full");
	good("{\"type\":\"note\",\"what\":\"untraced\",\"text\":\"static\",\"pid\":7}");
	assert_int_equal(rec.type, RECORD_NOTE);
	assert_string_equal(rec.note.what, "untraced");
	assert_string_equal(rec.note.text, "static");
	assert_int_equal(rec.pid, 7);
	good("{\"type\":\"trailer\",\"calls\":1,\"unfinished\":2,\"losses\":3,\"processes\":4,\"stacks\":5,\"modules\":"
	     "6,"
	     "\"marks\":7,\"snapshots\":8,\"lines\":9,\"complete\":true}");
	assert_int_equal(rec.type, RECORD_TRAILER);
	assert_int_equal(rec.trailer.calls, 1);
	assert_int_equal(rec.trailer.unfinished, 2);
	assert_int_equal(rec.trailer.losses, 3);
	assert_int_equal(rec.trailer.processes, 4);
	assert_int_equal(rec.trailer.stacks, 5);
	assert_int_equal(rec.trailer.modules, 6);
	assert_int_equal(rec.trailer.marks, 7);
	assert_int_equal(rec.trailer.snapshots, 8);
	assert_int_equal(rec.trailer.lines, 9);
	assert_true(rec.trailer.complete);
	bad("{\"type\":\"trailer\",\"calls\":1,\"losses\":0}", "trailer: \"complete\" is missing");
	bad("{\"type\":\"loss\"}", "loss: \"count\" is missing");
	bad("{\"type\":\"note\"}", "note: \"what\" is missing");
}

static void unknown_types_are_kept(void **state)
{
	(void)state;
	good("{\"type\":\"weather\",\"pid\":\"cloudy\"}");
	assert_int_equal(rec.type, RECORD_OTHER);
}

/* {"type":"weather","in":[[],[]...],"of":"[[["}: with @lists pairs of brackets besides the outer two. */
static char *line_of_lists(size_t lists)
{
	static const char begin[] = "{\"type\":\"weather\",\"in\":[0", end[] = "],\"of\":\"\\\"[[[{\"}";
	char *line = malloc(sizeof(begin) + 3 * lists + sizeof(end)), *at = stpcpy(line, begin);

	for (size_t i = 0; i < lists; i++)
		at = stpcpy(at, ",[]");
	strcpy(at, end);
	return line;
}

static void a_line_of_too_many_lists_is_refused_before_it_takes_memory(void **state)
{
	char *line = line_of_lists((1 << 18) - 2);

	(void)state;
	good(line);
	assert_int_equal(rec.type, RECORD_OTHER);
	free(line);
	line = line_of_lists((1 << 18) - 1);
	bad(line, "more than 262144 lists and objects in a line");
	free(line);
}

static void what_is_no_record_is_refused(void **state)
{
	(void)state;
	bad("{}", "\"type\" is missing");
	bad("{\"type\":7}", "\"type\" is 7, expected a string");
	bad("[{\"type\":\"mark\"}]", "an array, expected an object");
	bad("", "not JSON at byte 0: '[' or '{' expected near end of file");
	bad("{\"type\":\"mark\"", "not JSON at byte 14: '}' expected near end of file");
	bad("{\"type\":\"mark\"}}", "not JSON at byte 16: end of file expected near '}'");
	bad("{\"type\":\"mark\",}", "not JSON at byte 16: string or '}' expected near '}'");
	bad("hello", "not JSON at byte 5: '[' or '{' expected near 'hello'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_has_all_its_fields),
		cmocka_unit_test(header_may_leave_out_what_only_people_read),
		cmocka_unit_test(of_another_version_only_the_version_is_read),
		cmocka_unit_test(process_start_and_exec_have_limits),
		cmocka_unit_test(process_can_tell_the_limit_of_core_files),
		cmocka_unit_test(process_fork_and_exit_are_short),
		cmocka_unit_test(bad_processes_are_refused),
		cmocka_unit_test(module_has_all_its_fields),
		cmocka_unit_test(snapshot_has_all_its_fields),
		cmocka_unit_test(snapshot_ranges_ascend_and_do_not_overlap),
		cmocka_unit_test(stack_has_its_frames_innermost_first),
		cmocka_unit_test(bad_frames_are_refused),
		cmocka_unit_test(mark_has_a_label_and_perhaps_a_stack),
		cmocka_unit_test(loss_note_and_trailer_are_read),
		cmocka_unit_test(unknown_types_are_kept),
		cmocka_unit_test(a_line_of_too_many_lists_is_refused_before_it_takes_memory),
		cmocka_unit_test(what_is_no_record_is_refused),
	};

	return lines_run(tests);
}
