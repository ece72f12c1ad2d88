/* t_report_view.c - lines on terminals of any width, and whole lines everywhere else. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#include "../../../collector/report/view.h"

static const char call[] =
	"#3  0.000250  42/42  mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f10  "
	"<1.5us>  secret_alloc secret.c:12";

typedef void print_fn(const struct view *view, struct text *line, size_t indent);

/* What view_line() or view_prose() prints at a width; the caller frees it. */
static char *printed_by(print_fn *print, const char *string, int width, size_t indent)
{
	char *out = NULL;
	size_t length;
	struct view view = { .width = width };
	struct text line = { 0 };

	view.out = open_memstream(&out, &length);
	text_put(&line, string);
	print(&view, &line, indent);
	fclose(view.out);
	text_free(&line);
	return out;
}

static char *printed(const char *string, int width, size_t indent)
{
	return printed_by(view_line, string, width, indent);
}

static void a_pipe_gets_whole_lines(void **state)
{
	char *out = printed(call, 0, 8);

	(void)state;
	assert_memory_equal(out, call, strlen(call));
	assert_string_equal(out + strlen(call), "\n");
	free(out);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (int width = 40; width < 140; width++) {
		char *out = printed(call, width, 8), *line = out, *end;

		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			if (text_width(line) > (size_t)width)
				fail_msg("%d columns: %s", width, line);
			if (line != out)
				assert_int_equal(strspn(line, " "), 8);
		}
		free(out);
	}
}

static void folding_loses_nothing(void **state)
{
	(void)state;
	for (int width = 40; width < 140; width++) {
		char *out = printed(call, width, 8);
		const char *want = call;

		for (const char *at = out; *at; at++) {
			if (*at == ' ' || *at == '\n')
				continue;
			want += strspn(want, " ");
			assert_int_equal(*at, *want++);
		}
		assert_int_equal(*want, '\0');
		free(out);
	}
}

static void lines_are_broken_between_words_or_flags(void **state)
{
	char *out = printed(call, 80, 8);

	(void)state;
	assert_string_equal(out, "#3  0.000250  42/42  mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|\n"
				 "        MAP_ANONYMOUS, -1, 0) = 0x7f10  <1.5us>  secret_alloc secret.c:12\n");
	free(out);
}

static const char sentence[] =
	"    madvise of 1 page failed with EINVAL at 0x7f10: the mapping there is shared, and not PROT_READ|PROT_WRITE as "
	"the others.";

static void sentences_are_broken_in_a_pipe_as_on_a_terminal(void **state)
{
	char *pipe = printed_by(view_prose, sentence, 0, 4), *wide = printed_by(view_prose, sentence, 200, 4);
	char *narrow = printed_by(view_prose, sentence, 60, 4);

	(void)state;
	assert_string_equal(pipe, "    madvise of 1 page failed with EINVAL at 0x7f10: the mapping there is shared, and not\n"
				  "    PROT_READ|PROT_WRITE as the others.\n");
	assert_string_equal(wide, pipe);
	assert_int_equal(strcspn(narrow, "\n"), 55);
	free(pipe);
	free(wide);
	free(narrow);
}

static void colours_take_no_room(void **state)
{
	char *out = printed("\033[31mred\033[0m and \033[1mstrong\033[0m words, thirty-nine columns", 43, 4);

	(void)state;
	assert_int_equal(strcspn(out, "\n"), strlen(out) - 1);
	free(out);
}

static void paths_lose_directories_only_on_terminals(void **state)
{
	const struct view terminal = { .width = 80 }, pipe = { 0 };
	struct text t = { 0 };

	(void)state;
	view_path(&pipe, &t, "/usr/lib/x86_64-linux-gnu/libgcrypt.so.20.4.1", 24);
	assert_text(&t, "/usr/lib/x86_64-linux-gnu/libgcrypt.so.20.4.1");
	view_path(&terminal, &t, "/usr/lib/x86_64-linux-gnu/libgcrypt.so.20.4.1", 24);
	assert_text(&t, "\xe2\x80\xa6/libgcrypt.so.20.4.1");
	view_path(&terminal, &t, "/usr/bin/gpg", 24);
	assert_text(&t, "/usr/bin/gpg");
	view_path(&terminal, &t, "/a-name-that-is-longer-than-its-column-allows", 10);
	assert_text(&t, "/a-name-that-is-longer-than-its-column-allows");
	text_free(&t);
}

static void a_choice_of_colour_wins_over_the_environment(void **state)
{
	struct view view;
	struct err err;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_int_equal(view_init(&view, stdout, "always", &err), 0);
	assert_true(view.colour);
	assert_int_equal(view_init(&view, stdout, "never", &err), 0);
	assert_false(view.colour);
	assert_int_equal(view_init(&view, stdout, NULL, &err), 0);
	assert_false(view.colour);
	assert_int_not_equal(view_init(&view, stdout, "blue", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_gets_whole_lines),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(folding_loses_nothing),
		cmocka_unit_test(lines_are_broken_between_words_or_flags),
		cmocka_unit_test(sentences_are_broken_in_a_pipe_as_on_a_terminal),
		cmocka_unit_test(colours_take_no_room),
		cmocka_unit_test(paths_lose_directories_only_on_terminals),
		cmocka_unit_test(a_choice_of_colour_wins_over_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
