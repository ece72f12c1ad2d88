/* t_report_jout.c - whatever the strings hold, what comes out is JSON: jansson is the judge. */
#include "calls.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../../collector/report/jout.h"

struct sink {
	char *text;
	size_t length;
	struct jout json;
};

static struct sink begin(void)
{
	struct sink sink = { 0 };

	return sink;
}

static json_t *finish(struct sink *sink)
{
	json_error_t error;
	json_t *root;

	fclose(sink->json.out);
	root = json_loads(sink->text, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s: %s", error.text, sink->text);
	free(sink->text);
	return root;
}

static void hostile_strings_stay_valid(void **state)
{
	struct sink sink = begin();
	json_t *root;

	(void)state;
	sink.json.out = open_memstream(&sink.text, &sink.length);
	jout_object(&sink.json, NULL);
	jout_string(&sink.json, "a", "quote \" backslash \\ newline \n escape \033 del \x7f");
	jout_string(&sink.json, "b", "broken \xff utf8 \xc3");
	jout_string(&sink.json, "c", "gr\xc3\xbc\xc3\x9f" "e");
	jout_string(&sink.json, "d", NULL);
	jout_end(&sink.json);
	root = finish(&sink);
	assert_string_equal(json_string_value(json_object_get(root, "a")),
			    "quote \" backslash \\ newline \n escape \033 del \x7f");
	assert_string_equal(json_string_value(json_object_get(root, "b")), "broken \xef\xbf\xbd utf8 \xef\xbf\xbd");
	assert_string_equal(json_string_value(json_object_get(root, "c")), "gr\xc3\xbc\xc3\x9f" "e");
	assert_true(json_is_null(json_object_get(root, "d")));
	json_decref(root);
}

static void nested_values_and_line_breaks_stay_valid(void **state)
{
	struct sink sink = begin();
	json_t *root;

	(void)state;
	sink.json.out = open_memstream(&sink.text, &sink.length);
	jout_object(&sink.json, NULL);
	jout_array(&sink.json, "rows");
	for (uint64_t i = 0; i < 3; i++) {
		jout_line(&sink.json);
		jout_object(&sink.json, NULL);
		jout_number(&sink.json, "n", i);
		jout_array(&sink.json, "none");
		jout_end(&sink.json);
		jout_end(&sink.json);
	}
	jout_line(&sink.json);
	jout_end(&sink.json);
	jout_hex(&sink.json, "at", UINT64_MAX);
	jout_seq(&sink.json, "zero", 0);
	jout_limit(&sink.json, "limit", UINT64_MAX);
	jout_signed(&sink.json, "minus", INT64_MIN);
	jout_bool(&sink.json, "yes", true);
	jout_end(&sink.json);
	root = finish(&sink);
	assert_int_equal(json_array_size(json_object_get(root, "rows")), 3);
	assert_string_equal(json_string_value(json_object_get(root, "at")), "0xffffffffffffffff");
	assert_true(json_is_null(json_object_get(root, "zero")));
	assert_int_equal(json_integer_value(json_object_get(root, "limit")), -1);
	assert_int_equal(json_integer_value(json_object_get(root, "minus")), INT64_MIN);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_strings_stay_valid),
		cmocka_unit_test(nested_values_and_line_breaks_stay_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
