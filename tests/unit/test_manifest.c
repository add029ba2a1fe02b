/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations in manifests: the findings, entries and edits for each file of
 * tests/cli/lint-cases, compared with its .expected file (see the README there), and hostile
 * manifests.
 */
#include <dirent.h>
#include <unistd.h>

#include "util/buf.h"
#include "ipmasq.h"
#include "config/manifest_template.h"
#include "config/source.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

#define PROFILE_LINE "# profile: "

static void put_finding(struct buf *buf, const struct ipmasq_finding *finding,
			const struct text *text)
{
	const struct ipmasq_place *place = &finding->place;

	buf_printf(buf, "%s %s %u:%u-%u", ipmasq_severity_name(finding->severity), finding->code,
		   place->line, place->column, place->end_column);
	if (finding->suggestion)
		buf_printf(buf, " write=%s", finding->suggestion);
	if (finding->edit) {
		buf_puts(buf, " in-place-of=");
		if (finding->edit_offset + finding->edit_length <= text->size)
			buf_add(buf, text->data + finding->edit_offset, finding->edit_length);
	}
	buf_putc(buf, '\n');
}

static void put_entries(struct buf *buf, const struct ipmasq_policy *policy)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; i < ipmasq_policy_entry_count(policy, families[f]); i++) {
			struct ipmasq_entry_details entry =
				entry_of(ipmasq_policy_entry(policy, families[f], i));

			if (!entry.place.file)
				continue;
			buf_printf(buf, "  %s %s %u:%u\n", ipmasq_origin_name(entry.origin),
				   entry.cidr[0] ? entry.cidr : "-", entry.place.line,
				   entry.place.column);
		}
}

static struct ipmasq_options *options_of(const struct text *text)
{
	struct ipmasq_options *options;
	char profile[32] = "default";

	if (strncmp(text->data, PROFILE_LINE, strlen(PROFILE_LINE)) == 0)
		sscanf(text->data + strlen(PROFILE_LINE), "%31s", profile);
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_set_profile(options, profile, NULL), 0);
	return options;
}

/* Returns what is found in a file, and where, in the format of the .expected files. */
static char *describe_file(const char *name, unsigned int flags)
{
	struct ipmasq_finding finding;
	struct buf buf = BUF_INIT;
	struct ipmasq_options *options;
	struct ipmasq_input *input;
	struct ipmasq_diags *diags;
	struct text *text;
	char *out = NULL;

	CU_ASSERT_EQUAL_FATAL(source_read(FILE_SOURCE(name), NULL, &text), 0);
	options = options_of(text);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_input_new(options, &input), 0);
	ipmasq_input_load(input, FILE_SOURCE(name), flags, diags);
	for (size_t i = 0; i < ipmasq_input_count(input); i++) {
		struct ipmasq_policy *policy = NULL;
		struct ipmasq_config *config;

		CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(options, &config), 0);
		ipmasq_config_load_input(config, input, i, diags);
		if (ipmasq_policy_new(config, options, diags, &policy) == 0)
			CU_ASSERT_EQUAL(ipmasq_policy_lint(policy, config, options, diags), 0);
		buf_printf(&buf, "configuration %zu%s\n", i + 1, policy ? "" : " rejected");
		if (policy)
			put_entries(&buf, policy);
		ipmasq_policy_free(policy);
		ipmasq_config_free(config);
	}
	CU_ASSERT_EQUAL(ipmasq_diags_settle(diags), 0);
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		put_finding(&buf, &finding, text);
	ipmasq_input_free(input);
	ipmasq_diags_free(diags);
	ipmasq_options_free(options);
	text_unref(text);
	buf_steal(&buf, &out, NULL);
	return out;
}

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".json") == 0);
}

static void corpus(void)
{
	struct dirent **entries;
	int count = scandir(".", &entries, is_case, alphasort);

	CU_ASSERT_TRUE(count >= 40);
	for (int i = 0; i < count; i++) {
		char expected_name[512];
		struct text *expected = NULL;
		char *got = describe_file(entries[i]->d_name, 0);

		snprintf(expected_name, sizeof(expected_name), "%s.expected", entries[i]->d_name);
		if (CHECK(source_read(FILE_SOURCE(expected_name), NULL, &expected) == 0,
			  expected_name))
			CHECK_STRING(got, expected->data, entries[i]->d_name);
		else
			printf("%s\n%s", expected_name, got);
		text_unref(expected);
		free(got);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* A manifest that is found in a directory need not contain a configuration. */
static void found_files(void)
{
	char *got = describe_file("no-config.yaml", IPMASQ_INPUT_FOUND);

	CHECK_STRING(got, "note data-key 4:8-15\n", "no-config.yaml");
	free(got);
	got = describe_file("template-name.yaml", IPMASQ_INPUT_FOUND);
	CHECK_STRING(got, "error template 4:9-35\n", "template-name.yaml");
	free(got);
	got = describe_file("template-broken.yaml", IPMASQ_INPUT_FOUND);
	CHECK_STRING(got, "error template 4:9-37\n", "template-broken.yaml");
	free(got);
}

/* Returns the codes of the findings for a text, and the number of configurations in it. */
static char *findings_of(const char *data, unsigned int flags, size_t *count)
{
	struct buf buf = BUF_INIT;
	struct ipmasq_input *input;
	struct ipmasq_diags *diags;
	char *out = NULL;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_input_new(NULL, &input), 0);
	ipmasq_input_load(input, DATA_SOURCE("test", data, strlen(data)), flags, diags);
	*count = ipmasq_input_count(input);
	for (size_t i = 0; i < ipmasq_diags_count(diags); i++)
		buf_printf(&buf, "%s ", finding_at(diags, i).code);
	ipmasq_input_free(input);
	ipmasq_diags_free(diags);
	buf_steal(&buf, &out, NULL);
	return out;
}

static void other_files_are_passed_over(void)
{
	static const struct {
		const char *text;
		/* How many configurations are in it. */
		size_t count;
		const char *findings;
	} rows[] = {
		{ "", 0, "" },
		{ "# nothing\n", 0, "" },
		{ "resources: [a.yaml]\n", 0, "" },
		{ "- 10.0.0.0/8\n", 0, "" },
		{ "resyncInterval: 10m\nother: 1\n", 0, "" },
		{ "resyncInterval: 10m\n", 1, "" },
		{ "{\"nonmasqueradecidrs\": []}", 1, "" },
		{ "config:\n  nonMasqueradeCIDRs: [10.0.0.1/8]\n", 0, "" },
		{ "masqLinkLocal: true\nnonsense: 1\n", 1, "" },
		{ "name: {{ .Release.Name }}-x\n", 0, "" },
		{ "name: [\n", 0, "" },
		{ "nonMasqueradeCIDRs: [\n", 0, "syntax " },
		{ "nonMasqueradeCIDRs: [{{ .x }}\n", 0, "template " },
		{ "kind: DaemonSet\nname: {{ .x }}-ip-masq\nvolumes: {configMap: a}\n", 0, "" },
		{ "kind: ConfigMap\nmetadata:\n  name: {{ .x }}-ip-masq\n", 0, "template " },
		{ "kind: ConfigMap\nmetadata:\n  name: x\ndata: {config: 'nonMasqueradeCIDRs: "
		  "[x]'}\n",
		  0, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count;
		char *got = findings_of(rows[i].text, IPMASQ_INPUT_FOUND, &count);

		CHECK_STRING(got, rows[i].findings, rows[i].text);
		CHECK(count == rows[i].count, rows[i].text);
		free(got);
	}
}

/* Every kind of placeholder is found as one where it may stand, and nothing else is. */
static void placeholders(void)
{
	static const char *const templates[] = {
		"{{ .Values.x }}",
		"{{x",
		"{%- if x %}",
		"<% x %>",
		"%{x}",
		"${x}",
		"$(x)",
		"$POD_RANGE",
		"%PODS%",
		"__pods__",
		"@PODS@",
		"@a.b-c@",
		"<pods>",
		"<your range>",
	};
	static const char *const others[] = {
		"{x: y}", "$x",	 "$1", "${x", "$(x",   "%a",  "100%",	"_x_",
		"__x",	  "a@b", "<<", "<",   "< x >", "{ {", "# ${x}", "@1@",
	};
	struct placeholder found;
	struct text *text;

	for (size_t i = 0; i < ARRAY_SIZE(templates) + ARRAY_SIZE(others); i++) {
		bool wanted = i < ARRAY_SIZE(templates);
		const char *word = wanted ? templates[i] : others[i - ARRAY_SIZE(templates)];
		char line[64];
		int len = snprintf(line, sizeof(line), "- %s\n- 10.0.0.0/8\n", word);

		CU_ASSERT_EQUAL_FATAL(
			source_read(DATA_SOURCE("test", line, (size_t)len), NULL, &text), 0);
		CHECK(manifest_find_template(text, 0, text->size, &found) == wanted, word);
		if (wanted) {
			CHECK(found.begin == 2 && found.end == 2 + strlen(word), word);
			CHECK(manifest_is_template(word, strlen(word)), word);
		}
		text_unref(text);
	}
}

/* Lines that almost have placeholders are read in time that is in step with their length. */
static void hostile_placeholders(void)
{
	static const char *const words[] = { "${", "{%", "__a", "____", "@a", "<a", "$(a" };
	struct placeholder found;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct buf buf = BUF_INIT;
		struct text *text;

		while (buf.len < 2000000)
			buf_puts(&buf, words[i]);
		CU_ASSERT_EQUAL_FATAL(
			source_read(DATA_SOURCE("test", buf.data, buf.len), NULL, &text), 0);
		manifest_find_template(text, 0, text->size, &found);
		text_unref(text);
		buf_release(&buf);
	}
}

/* Checks the number of configurations and the findings of a stream, and empties the buffer. */
static void check_built(struct buf *buf, size_t configurations, const char *findings,
			const char *what)
{
	char *text = NULL;
	size_t count;
	char *got;

	CU_ASSERT_EQUAL_FATAL(buf_steal(buf, &text, NULL), 0);
	got = findings_of(text, 0, &count);
	CHECK_STRING(got, findings, what);
	CHECK(count == configurations, what);
	free(got);
	free(text);
	*buf = (struct buf)BUF_INIT;
}

/* Streams that could take too much time or memory are refused, or their texts are read once. */
static void hostile_streams(void)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "kind: List\napiVersion: v1\nitems:\n- &a0 {kind: List, items: []}\n");
	for (int i = 1; i <= 3000; i++)
		buf_printf(&buf, "- &a%d {kind: List, items: [*a%d, *a%d]}\n", i, i - 1, i - 1);
	check_built(&buf, 0, "manifest ", "lists of aliases");

	/* The last list is read first, so that each one is reached through the one before. */
	buf_puts(&buf, "kind: List\napiVersion: v1\nx:\n- &a0 {kind: List, items: []}\n");
	for (int i = 1; i <= 3000; i++)
		buf_printf(&buf, "- &a%d {kind: List, items: [*a%d]}\n", i, i - 1);
	buf_puts(&buf, "items: [*a3000]\n");
	check_built(&buf, 0, "nesting ", "lists in lists by aliases");

	buf_puts(&buf, "kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: &a |\n"
		       "    masqLinkLocal: true\n");
	for (int i = 0; i < 5000; i++)
		buf_printf(&buf, "  ip-masq%d: *a\n", i);
	check_built(&buf, 1, "", "one text many times");
}

/* Deep nesting is refused only in documents for us. */
static void deep_documents(void)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "kind: Other\napiVersion: v1\nx: ");
	for (int i = 0; i < 200; i++)
		buf_puts(&buf, "{a: b, c: [");
	for (int i = 0; i < 200; i++)
		buf_puts(&buf, "], d: e}");
	buf_puts(&buf, "\n---\nkind: ConfigMap\nmetadata: {name: ip-masq}\n"
		       "data: {config: 'masqLinkLocal: true'}\n");
	check_built(&buf, 1, "", "deep");
}

static void names_and_keys(void)
{
	static const char text[] = "kind: ConfigMap\nmetadata: {name: masq-7b9f}\n"
				   "data: {a.yaml: 'x: 1', b: 'x: 2', config: 'x: 3'}\n";
	struct ipmasq_options *options;
	struct ipmasq_config *config;
	struct ipmasq_diags *diags;

	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL(ipmasq_options_add_pattern(options, IPMASQ_CONFIGMAP_PATTERN, "other"), 0);
	CU_ASSERT_EQUAL(ipmasq_options_add_pattern(options, IPMASQ_CONFIGMAP_PATTERN, "masq-*"), 0);
	CU_ASSERT_EQUAL(ipmasq_options_add_pattern(options, IPMASQ_KEY_PATTERN, "a.yaml"), 0);
	CU_ASSERT_EQUAL(ipmasq_options_add_pattern(options, IPMASQ_KEY_PATTERN, "b"), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(options, &config), 0);
	ipmasq_options_free(options);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL(ipmasq_config_load(config, DATA_SOURCE("test", text, strlen(text)), diags),
			0);
	CU_ASSERT_EQUAL(ipmasq_diags_count(diags), 2);
	CU_ASSERT_EQUAL(finding_at(diags, 0).place.column, 17);
	CU_ASSERT_EQUAL(finding_at(diags, 1).place.column, 28);
	ipmasq_diags_free(diags);
	ipmasq_config_free(config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "manifests of tests/cli/lint-cases", corpus },
		{ "files that are found in a directory", found_files },
		{ "files of other programs are ignored", other_files_are_passed_over },
		{ "placeholders of every kind", placeholders },
		{ "lines that almost have placeholders", hostile_placeholders },
		{ "hostile streams take time in proportion to their size", hostile_streams },
		{ "documents of others may be nested deep", deep_documents },
		{ "patterns for names and keys", names_and_keys },
	};
	const char *srcdir = getenv("srcdir");

	if (chdir(srcdir ? srcdir : ".") != 0 || chdir("tests/cli/lint-cases") != 0) {
		perror("tests/cli/lint-cases");
		return EXIT_FAILURE;
	}
	return unit_main("manifest", tests, ARRAY_SIZE(tests));
}
