/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a case of tests/cases: a directory of small files, described in its README. */
#ifndef TESTS_JUDGE_CASE_H
#define TESTS_JUDGE_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "ipmasq.h"

#define WORDS_MAX 16

/* A line of words, without its comment. */
struct words {
	char *word[WORDS_MAX];
	size_t count;
	unsigned int line;
	char storage[512];
};

struct lines {
	struct words *lines;
	size_t count;
};

struct test_case {
	const char *name;
	struct ipmasq_options *options;
	/* --hosts */
	struct ipmasq_hosts *hosts;
	/* -c, or else config.yaml or config.json if it exists */
	const char *inputs[WORDS_MAX];
	size_t input_count;
	/* --to-ports */
	const char *ports;
	/* The line of the file "options". The strings above point into it. */
	struct words words;
	struct lines probes;
	struct lines findings;
	struct lines settings;
};

/* Reads the case in the current directory. On failure, prints the reason and returns false. */
bool test_case_read(struct test_case *test, const char *name);
void test_case_release(struct test_case *test);

#endif
