/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of a case. */
#include "unit/judge_case.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/sources.h"

static bool complain(const struct test_case *test, const char *file, unsigned int line,
		     const char *what)
{
	fprintf(stderr, "%s: %s:%u: %s\n", test->name, file, line, what);
	return false;
}

/* Words are separated by blanks; '#' at the start of a word begins a comment. */
static bool split(const char *text, struct words *words)
{
	char *save, *word;

	words->count = 0;
	if (strlen(text) >= sizeof(words->storage))
		return false;
	strcpy(words->storage, text);
	word = strtok_r(words->storage, " \t\n", &save);
	while (word && *word != '#') {
		if (words->count == WORDS_MAX)
			return false;
		words->word[words->count++] = word;
		word = strtok_r(NULL, " \t\n", &save);
	}
	return true;
}

/* The words point into the struct itself, so those of a copy must point into the copy. */
static void copy_words(struct words *to, const struct words *from)
{
	*to = *from;
	for (size_t i = 0; i < from->count; i++)
		to->word[i] = to->storage + (from->word[i] - from->storage);
}

static bool add_line(struct lines *lines, const struct words *words)
{
	struct words *grown = malloc((lines->count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	for (size_t i = 0; i < lines->count; i++)
		copy_words(&grown[i], &lines->lines[i]);
	copy_words(&grown[lines->count], words);
	free(lines->lines);
	lines->lines = grown;
	lines->count++;
	return true;
}

/* A file that does not exist counts as empty. */
static bool read_lines(const struct test_case *test, const char *path, struct lines *lines)
{
	FILE *file = fopen(path, "r");
	struct words words = { .count = 0 };
	char text[1024];
	bool fine = true;

	if (!file)
		return errno == ENOENT || complain(test, path, 0, strerror(errno));
	while (fine && fgets(text, sizeof(text), file)) {
		words.line++;
		if (!split(text, &words))
			fine = complain(test, path, words.line, "the line is too long");
		else if (words.count && !add_line(lines, &words))
			fine = complain(test, path, words.line, "no memory");
	}
	fclose(file);
	return fine;
}

static bool read_mode(const char *word, enum ipmasq_mode *mode)
{
	static const struct {
		const char *name;
		enum ipmasq_mode mode;
	} modes[] = { { "auto", IPMASQ_AUTO }, { "on", IPMASQ_ON }, { "off", IPMASQ_OFF } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(word, modes[i].name))
			continue;
		*mode = modes[i].mode;
		return true;
	}
	return false;
}

static bool take_hosts(struct test_case *test, const char *path)
{
	return !ipmasq_hosts_new(&test->hosts) &&
	       !ipmasq_hosts_load(test->hosts, FILE_SOURCE(path), NULL) &&
	       !ipmasq_options_set_hosts(test->options, test->hosts);
}

static bool take_option(struct test_case *test, int option, char *arg)
{
	struct ipmasq_options *options = test->options;
	enum ipmasq_mode mode;

	switch (option) {
	case 'c':
		test->inputs[test->input_count++] = arg;
		return true;
	case 'p':
		return !ipmasq_options_set_profile(options, arg, NULL);
	case 'r':
		return !ipmasq_options_set_mode(options, IPMASQ_FEATURE_RESERVED_RANGES, IPMASQ_ON);
	case 'n':
		return !ipmasq_options_set_chain(options, arg, NULL);
	case 'h':
		return take_hosts(test, arg);
	case 't':
		test->ports = arg;
		return !ipmasq_options_set_to_ports(options, arg, NULL);
	case '6':
		return read_mode(arg, &mode) &&
		       !ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, mode);
	case 'f':
		return read_mode(arg, &mode) &&
		       !ipmasq_options_set_mode(options, IPMASQ_FEATURE_RANDOM_FULLY, mode);
	}
	return false;
}

/* The options are those of the tools, so that the same file can be passed to them. */
static bool read_options(struct test_case *test)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "profile", required_argument, NULL, 'p' },
		{ "nomasq-all-reserved-ranges", no_argument, NULL, 'r' },
		{ "chain", required_argument, NULL, 'n' },
		{ "hosts", required_argument, NULL, 'h' },
		{ "to-ports", required_argument, NULL, 't' },
		{ "ipv6", required_argument, NULL, '6' },
		{ "random-fully", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct lines lines = { 0 };
	char *argv[WORDS_MAX + 2];
	bool fine = read_lines(test, "options", &lines);
	int option;

	if (fine && lines.count > 1)
		fine = complain(test, "options", 2, "more than one line of options");
	if (!fine || !lines.count) {
		free(lines.lines);
		return fine;
	}
	copy_words(&test->words, &lines.lines[0]);
	free(lines.lines);
	argv[0] = test->words.storage;
	memcpy(argv + 1, test->words.word, test->words.count * sizeof(argv[0]));
	argv[test->words.count + 1] = NULL;
	/* With 0, glibc starts a new scan. */
	optind = 0;
	while ((option = getopt_long((int)test->words.count + 1, argv, "c:", known, NULL)) != -1)
		if (!take_option(test, option, optarg))
			return complain(test, "options", 1, argv[optind - 1]);
	return optind == (int)test->words.count + 1 ||
	       complain(test, "options", 1, "a word that is not an option");
}

void test_case_release(struct test_case *test)
{
	ipmasq_options_free(test->options);
	ipmasq_hosts_free(test->hosts);
	free(test->probes.lines);
	free(test->findings.lines);
	free(test->settings.lines);
}

bool test_case_read(struct test_case *test, const char *name)
{
	*test = (struct test_case){ .name = name };
	if (ipmasq_options_new(&test->options))
		return complain(test, "options", 0, "no memory");
	if (!read_options(test) || !read_lines(test, "probes", &test->probes) ||
	    !read_lines(test, "findings", &test->findings) ||
	    !read_lines(test, "settings", &test->settings))
		return false;
	if (!test->input_count && !access("config.yaml", F_OK))
		test->inputs[test->input_count++] = "config.yaml";
	if (!test->input_count && !access("config.json", F_OK))
		test->inputs[test->input_count++] = "config.json";
	if (!test->probes.count && !test->findings.count && !test->settings.count)
		return complain(test, "probes", 0, "the case expects nothing, so it cannot fail");
	return true;
}
