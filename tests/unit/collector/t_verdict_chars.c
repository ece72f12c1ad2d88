/* t_verdict_chars.c - any bytes in XML and in workflow commands. */
#include "calls.h"

#include "../../../collector/verdict/chars.h"

static struct text t;

static void assert_xml(const char *string, bool attribute, const char *want)
{
	chars_xml(&t, string, attribute);
	assert_text(&t, want);
}

static void assert_command(const char *string, bool property, const char *want)
{
	chars_command(&t, string, property);
	assert_text(&t, want);
}

static void what_xml_does_not_have_is_replaced(void **state)
{
	(void)state;
	chars_clean(&t, "a\x01\x1f\x7f\t\n\r");
	assert_text(&t, "a\xef\xbf\xbd\xef\xbf\xbd\x7f\t\n\r");
	chars_clean(&t, "\xff\xc3(\xed\xa0\x80");	/* no UTF-8, cut off, half of a surrogate pair */
	assert_text(&t, "\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	chars_clean(&t, "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbc");	/* U+FFFE, U+FFFF; U+FFFC is a character */
	assert_text(&t, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbc");
	chars_clean(&t, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa5");
	assert_text(&t, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa5");
}

static void markup_is_escaped(void **state)
{
	(void)state;
	assert_xml("a<b> & \"c\" ]]>", false, "a&lt;b&gt; &amp; \"c\" ]]&gt;");
	assert_xml("a<b> & \"c\"", true, "a&lt;b&gt; &amp; &quot;c&quot;");
}

/* Or a parser makes blanks of them: XML 1.0, sections 2.11 and 3.3.3. */
static void white_space_survives(void **state)
{
	(void)state;
	assert_xml("a\n\tb\r", true, "a&#10;&#9;b&#13;");
	assert_xml("a\n\tb\r", false, "a\n\tb&#13;");
}

static void a_command_ends_where_it_should(void **state)
{
	(void)state;
	assert_command("100%: a,b\r\n::error::x", false, "100%25: a,b%0D%0A::error::x");
	assert_command("100%: a,b\r\n::error::x", true, "100%25%3A a%2Cb%0D%0A%3A%3Aerror%3A%3Ax");
	assert_command("\x1b[31m\xff", true, "\xef\xbf\xbd[31m\xef\xbf\xbd");
	assert_command("", true, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_xml_does_not_have_is_replaced),
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(white_space_survives),
		cmocka_unit_test(a_command_ends_where_it_should),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	text_free(&t);
	return failed;
}
