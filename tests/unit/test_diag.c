/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of findings: edits, filtering, limits, the text around a finding, and formatting. */
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/diag.h"
#include "support/config_check.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

/* Returns @text with the edits of all findings made. They are in the order of the text. */
static char *apply_edits(const char *text, const struct ipmasq_diags *diags)
{
	struct buf buf = BUF_INIT;
	struct ipmasq_finding finding;
	size_t at = 0;
	char *made = NULL;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		if (!finding.edit)
			continue;
		buf_printf(&buf, "%.*s%s", (int)(finding.edit_offset - at), text + at,
			   finding.edit);
		at = finding.edit_offset + finding.edit_length;
	}
	buf_puts(&buf, text + at);
	buf_steal(&buf, &made, NULL);
	return made;
}

static const struct {
	const char *text;
	const char *fixed;
} edits[] = {
	{ "nonMasqueradeCIDRs:\n- 10.10.10.10/8 # ours\n- '2001:db8::1/32'\n",
	  "nonMasqueradeCIDRs:\n- 10.0.0.0/8 # ours\n- '2001:db8::/32'\n" },
	{ "nonMasqueradeCIDRs: [10.1.0.0/8, \"10.2.0.0/8\"]\n",
	  "nonMasqueradeCIDRs: [10.0.0.0/8, \"10.0.0.0/8\"]\n" },
	{ "{\"MasqOutBound\": true, \"NONMASQUERADECIDRS\": [\"10.1.0.0\\/8\"]}",
	  "{\"masqOutBound\": true, \"nonMasqueradeCIDRs\": [\"10.0.0.0/8\"]}" },
	/* Characters of several bytes before and within the line. */
	{ "# \xc3\xbc\n\"MasqOutBound\": true # \xe2\x82\xac\n",
	  "# \xc3\xbc\n\"masqOutBound\": true # \xe2\x82\xac\n" },
	/* A fix that is only likely is left to the user. */
	{ "nonMasqueradeCIDRs: [10.0.0.1]\nresyncInterval: 60\n",
	  "nonMasqueradeCIDRs: [10.0.0.1]\nresyncInterval: 60\n" },
};

static void test_edits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		struct fixture fixture;
		char *text;

		set_up(&fixture, "default");
		ipmasq_config_load(fixture.config,
				   DATA_SOURCE("test", edits[i].text, strlen(edits[i].text)),
				   fixture.diags);
		text = apply_edits(edits[i].text, fixture.diags);
		CHECK_STRING(text, edits[i].fixed, edits[i].text);
		free(text);
		tear_down(&fixture);
	}
}

static bool has_code(const struct diag *diag, void *code)
{
	return strcmp(diag->code, code) == 0;
}

static void test_filter(void)
{
	struct ipmasq_diags *diags;
	char *dump;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	diag_add(diags, IPMASQ_NOTE, "a", NULL, NULL, "1");
	diag_add(diags, IPMASQ_ERROR, "b", NULL, NULL, "2");
	diag_add(diags, IPMASQ_WARNING, "a", NULL, NULL, "3");
	diag_add(diags, IPMASQ_NOTE, "c", NULL, NULL, "4");
	CU_ASSERT_EQUAL(ipmasq_diags_worst(diags), IPMASQ_ERROR);
	diag_filter(diags, has_code, (char[]){ "b" });
	CU_ASSERT_EQUAL(ipmasq_diags_worst(diags), IPMASQ_WARNING);
	diag_filter(diags, has_code, (char[]){ "a" });
	CU_ASSERT_EQUAL(ipmasq_diags_worst(diags), IPMASQ_NOTE);
	dump = dump_diags(diags);
	CU_ASSERT_STRING_EQUAL(dump, "N c 0:0-0\n");
	free(dump);
	/* The last finding may have been filtered out; then the edit has no effect. */
	CU_ASSERT_EQUAL(diag_edit(diags, 0, 1, "x"), 0);
	CU_ASSERT_PTR_NULL(finding_at(diags, 0).edit);
	ipmasq_diags_free(diags);
}

/* A finding for which there is no room still counts for the worst severity. Its edit is dropped. */
static void test_full(void)
{
	struct ipmasq_diags *diags;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	for (int i = 0; i < 1000; i++)
		diag_add(diags, IPMASQ_NOTE, "a", NULL, NULL, "%d", i);
	diag_add(diags, IPMASQ_ERROR, "b", NULL, NULL, "last");
	CU_ASSERT_EQUAL(diag_edit(diags, 0, 1, "x"), 0);
	CU_ASSERT_EQUAL(ipmasq_diags_count(diags), 1000);
	CU_ASSERT_EQUAL(ipmasq_diags_dropped(diags), 1);
	CU_ASSERT_EQUAL(ipmasq_diags_worst(diags), IPMASQ_ERROR);
	CU_ASSERT_PTR_NULL(finding_at(diags, 999).edit);
	ipmasq_diags_free(diags);
}

static const struct {
	const char *text;
	/* The text from the finding on. */
	const char *rest;
	size_t size;
} texts[] = {
	{ "nonMasqueradeCIDRs:\n- 10.0.0.0/33 # ours\n", "10.0.0.0/33 # ours\n", 41 },
	{ "\xef\xbb\xbf# \xc3\xbc\nmasqOutBound: 1", "1", 20 },
};

static void test_text(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct ipmasq_finding finding;
		struct fixture fixture;
		size_t size = texts[i].size;

		set_up(&fixture, "default");
		ipmasq_config_load(fixture.config,
				   DATA_SOURCE("test", texts[i].text, strlen(texts[i].text)),
				   fixture.diags);
		CU_ASSERT_EQUAL_FATAL(ipmasq_diags_get(fixture.diags, 0, &finding, sizeof(finding)),
				      0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(finding.text);
		CHECK(finding.text_size == size, texts[i].text);
		CHECK(finding.text_offset + strlen(texts[i].rest) == size, texts[i].text);
		CHECK(memcmp(finding.text + finding.text_offset, texts[i].rest,
			     size - finding.text_offset) == 0,
		      texts[i].text);
		tear_down(&fixture);
	}
}

/* A finding without a place has no text. For a file that cannot be read, the text is empty. */
static void test_no_text(void)
{
	struct ipmasq_diags *diags;
	struct ipmasq_config *config;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(NULL, &config), 0);
	diag_add(diags, IPMASQ_NOTE, "a", NULL, NULL, "1");
	CU_ASSERT_PTR_NULL(finding_at(diags, 0).text);
	CU_ASSERT_EQUAL(finding_at(diags, 0).text_size, 0);
	ipmasq_config_load(config, FILE_SOURCE("/nonexistent/file"), diags);
	CU_ASSERT_PTR_NOT_NULL(finding_at(diags, 1).text);
	CU_ASSERT_EQUAL(finding_at(diags, 1).text_offset, 0);
	CU_ASSERT_EQUAL(finding_at(diags, 1).text_size, 0);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

/* A caller built with another version of the library may pass another size for the struct. */
static void test_sizes(void)
{
	struct {
		struct ipmasq_finding finding;
		char newer[16];
	} longer;
	const size_t shorter = offsetof(struct ipmasq_finding, message);
	struct ipmasq_diags *diags;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	diag_add(diags, IPMASQ_NOTE, "a", NULL, "s", "1");
	memset(&longer, 0x55, sizeof(longer));
	CU_ASSERT_EQUAL(ipmasq_diags_get(diags, 0, &longer.finding, sizeof(longer)), 0);
	CU_ASSERT_STRING_EQUAL(longer.finding.message, "1");
	for (size_t i = 0; i < sizeof(longer.newer); i++)
		CU_ASSERT_EQUAL(longer.newer[i], 0);
	memset(&longer, 0x55, sizeof(longer));
	CU_ASSERT_EQUAL(ipmasq_diags_get(diags, 0, &longer.finding, shorter), 0);
	CU_ASSERT_STRING_EQUAL(longer.finding.code, "a");
	for (size_t i = shorter; i < sizeof(longer); i++)
		CU_ASSERT_EQUAL(((char *)&longer)[i], 0x55);
	ipmasq_diags_free(diags);
}

static void test_format(void)
{
	struct ipmasq_diags *diags;
	char *text;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_format(diags, IPMASQ_ALL, false, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, "");
	free(text);
	diag_add(diags, IPMASQ_NOTE, "a", NULL, NULL, "1");
	diag_add(diags, IPMASQ_ERROR, "b", NULL, "s", "2\a");
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_format(diags, IPMASQ_ALL, false, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, "note: 1 [a]\nerror: 2  [b]\n  write instead: s\n");
	free(text);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_format(diags, 0, true, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, "\033[1;36mnote: \033[0m1 [a]\n");
	free(text);
	CU_ASSERT_EQUAL(ipmasq_diags_format(diags, 2, false, &text), -ERANGE);
	ipmasq_diags_free(diags);
}

/* Neither the name of a file nor a line of it acts on the terminal that shows a finding. */
static void test_terminal(void)
{
	static const char data[] = "{\"a\xc2\x9b\x31m\xc3\xbc\": 1,\t\"b\": 2}";
	struct fixture fixture;
	char *text = NULL;

	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(
		ipmasq_config_load(fixture.config,
				   DATA_SOURCE("\x1b[31m\xc2\x9b\x31m", data, sizeof(data) - 1),
				   fixture.diags),
		0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_format(fixture.diags, 0, false, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, " [31m 1m:1:2: warning: there is no key \"a?1m\xc3\xbc\", so "
				     "it is ignored [unknown-key]\n"
				     "  {\"a 1m\xc3\xbc\": 1,\t\"b\": 2}\n"
				     "   ^~~~~~~\n");
	free(text);
	tear_down(&fixture);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "edits fix the text, where the fix is certain", test_edits },
		{ "findings can be filtered out", test_filter },
		{ "a full list counts what it drops", test_full },
		{ "a finding gives the text around it", test_text },
		{ "a finding without a place has no text", test_no_text },
		{ "a finding can be read into structs of other sizes", test_sizes },
		{ "findings are formatted one by one or all together", test_format },
		{ "findings do not act on a terminal", test_terminal },
	};

	return unit_main("diag", tests, ARRAY_SIZE(tests));
}
