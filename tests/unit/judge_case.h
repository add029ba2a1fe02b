/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a case written down? A directory of small files; see cases/README.
 */
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
	struct ipmasq_hosts *hosts; /* of --hosts */
	const char *inputs[WORDS_MAX]; /* of -c, or the config.yaml or config.json that is there */
	size_t input_count;
	const char *ports; /* of --to-ports */
	struct words words; /* of options; the strings above live here */
	struct lines probes;
	struct lines findings;
	struct lines settings;
};

/*
 * Reads the case in the current directory. False, with the reason on stderr: it is not one.
 */
bool test_case_read(struct test_case *test, const char *name);
void test_case_release(struct test_case *test);

#endif
