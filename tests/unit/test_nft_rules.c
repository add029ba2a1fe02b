/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of nftables, as text and in JSON, to conditions and verdicts. The cases are paragraphs of
 * tests/unit/nft_rules/rules: the family of the table and the rule; the same rule in JSON, or `-`
 * where only the text tells something; and each rule of the model that it became, as
 * nat_text_print() writes it.
 */
#include "support/dump_check.h"
#include "support/unit.h"
#include "util/buf.h"

static char *load(const char *name)
{
	char *text = NULL;
	size_t room = 0;
	const char *source = getenv("srcdir");
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/nft_rules/%s", source ? source : ".", name);
	file = fopen(path, "r");
	if (!file || getdelim(&text, &room, '\0', file) < 0)
		abort();
	fclose(file);
	return text;
}

/* What was made of the one rule of the chain, each line behind its number. */
static char *rules_of(const char *dump)
{
	char *told = dump_told_text("dump", dump, strlen(dump));
	char *line = told ? strstr(told, "chain post") : NULL;
	struct buf rules = BUF_INIT;
	size_t len;
	char *text;

	line = line ? strchr(line, '\n') : NULL;
	while (line && strncmp(line, "\n    1", 6) == 0) {
		char *end = strchr(line + 1, '\n');

		buf_add(&rules, line + 7, (size_t)(end - line) - 6);
		line = end;
	}
	if (buf_steal(&rules, &text, &len) < 0)
		abort();
	free(told);
	return text;
}

static void check_text(const char *sets, const char *family, const char *rule, const char *expected)
{
	struct buf dump = BUF_INIT;
	char *got;

	buf_printf(&dump, "table %s t {\n%s", family, sets);
	buf_puts(&dump, "\tchain post {\n\t\ttype nat hook postrouting priority srcnat; policy "
			"accept;\n");
	buf_printf(&dump, "\t\t%s\n\t}\n}\n", rule);
	got = rules_of(dump.data);
	CHECK_STRING(got, expected, rule);
	free(got);
	buf_release(&dump);
}

static void check_json(const char *sets, const char *family, const char *expressions,
		       const char *expected)
{
	struct buf dump = BUF_INIT;
	const char *at = sets;
	const char *word;
	char *got;

	buf_printf(&dump, "{\"nftables\": [{\"table\": {\"family\": \"%s\", \"name\": \"t\"}},",
		   family);
	while ((word = strstr(at, "FAMILY")) != NULL) {
		buf_add(&dump, at, (size_t)(word - at));
		buf_puts(&dump, family);
		at = word + strlen("FAMILY");
	}
	buf_puts(&dump, at);
	buf_printf(&dump,
		   "{\"rule\": {\"family\": \"%s\", \"table\": \"t\", \"chain\": \"post\", "
		   "\"handle\": 9, %s}}]}\n",
		   family, expressions);
	got = rules_of(dump.data);
	CHECK_STRING(got, expected, expressions);
	free(got);
	buf_release(&dump);
}

/* The end of a line, where a NUL is written. */
static char *cut_line(char *line)
{
	char *end = strchr(line, '\n');

	if (!end)
		abort();
	*end = '\0';
	return end + 1;
}

static void test_rules(void)
{
	char *rules = load("rules");
	char *text_sets = load("sets.nft");
	char *json_sets = load("sets.json");
	size_t count = 0;
	char *next;

	for (char *at = rules; *at; at = next) {
		char *family = at;
		char *json = cut_line(family);
		char *expected = cut_line(json);
		char *rule = strchr(family, ' ');
		char *end = strstr(expected, "\n\n");

		next = end ? end + 2 : expected + strlen(expected);
		if (end)
			end[1] = '\0';
		/* No line at all: the rule never holds. */
		if (*expected == '-')
			*expected = '\0';
		*rule++ = '\0';
		check_text(text_sets, family, rule, expected);
		if (*json != '-')
			check_json(json_sets, family, json, expected);
		count++;
	}
	CHECK(count > 150, "cases");
	free(rules);
	free(text_sets);
	free(json_sets);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "rules become conditions and verdicts", test_rules },
	};

	return unit_main("nft_rules", tests, sizeof(tests) / sizeof(tests[0]));
}
