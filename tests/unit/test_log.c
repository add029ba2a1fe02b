/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the agent: each line is whole and valid, and nobody waits for a reader. */
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/log.h"
#include "apply/log_queue.h"
#include "cli/utf8.h"
#include "util/common.h"
#include "support/unit.h"

/* What a log writes to stderr. */
static char text[262144];
static int ends[2];
static int saved;

static void begin(void)
{
	CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

static void end(void)
{
	size_t length = 0;
	ssize_t n;

	dup2(saved, STDERR_FILENO);
	close(saved);
	while ((n = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	close(ends[0]);
}

static bool is_utf8(const char *p)
{
	while (*p) {
		size_t length = utf8_length(p);

		if (length == 0)
			return false;
		p += length;
	}
	return true;
}

/* Texts of others: file names and comments may hold any byte but NUL. */
static const char *const wild[] = {
	"caf\xe9",	"\xff\xfe",	 "half \xe2\x82",	 "\xed\xa0\x80",
	"\xc0\xaf",	"a\"b\\c\nd\te", "\x01\x1f\x7f\x1b[31m", "\xf4\x90\x80\x80",
	"na\xc3\xafve",
};

static void test_json_is_valid_whatever_it_quotes(void)
{
	const struct log log = { .json = true };

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		const struct log_about about = { .event = "note",
						 .family = IPMASQ_IPV4,
						 .reason = wild[i],
						 .code = wild[i],
						 .file = wild[i],
						 .line = 3,
						 .column = 4 };
		struct json_object *object;

		begin();
		log_say(&log, LEVEL_WARNING, &about, "somebody wrote %s", wild[i]);
		end();
		CHECK(is_utf8(text), text);
		CHECK(strchr(text, '\n') == text + strlen(text) - 1, "one line");
		object = json_tokener_parse(text);
		CHECK(object != NULL, text);
		CHECK(json_object_object_get_ex(object, "file", NULL), "the file is named");
		json_object_put(object);
	}
}

static void test_text_is_one_line(void)
{
	const struct log log = { .json = false };

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		const struct log_about about = { .file = wild[i], .code = wild[i], .line = 1 };

		begin();
		log_say(&log, LEVEL_ERROR, &about, "somebody wrote %s", wild[i]);
		end();
		CHECK(strchr(text, '\n') == text + strlen(text) - 1, text);
		for (const char *p = text; p[1]; p++)
			CHECK((unsigned char)*p >= 0x20 && *p != 0x7f, text);
	}
}

static void test_long_messages_are_cut(void)
{
	char *message = malloc(3 * LOG_MESSAGE_MAX + 1);

	CHECK(message != NULL, "memory");
	if (!message)
		return;
	for (int json = 0; json < 2; json++)
		for (size_t start = 0; start < 3; start++) {
			const struct log log = { .json = json };

			/* U+20AC has three bytes. */
			memset(message, 'x', start);
			for (size_t i = 0; i < LOG_MESSAGE_MAX; i++)
				memcpy(message + start + 3 * i, "\xe2\x82\xac",
				       i + 1 < LOG_MESSAGE_MAX ? 3 : 0);
			message[start + 3 * (LOG_MESSAGE_MAX - 1)] = '\0';
			begin();
			log_say(&log, LEVEL_INFO, NULL, "%s", message);
			end();
			CHECK(strlen(text) < LOG_MESSAGE_MAX + 100, "43: bounded");
			CHECK(is_utf8(text), "43: no half character");
			CHECK(strstr(text, " [...]") != NULL, "43: and says so");
		}
	free(message);
}

static char *notice(const void *closure, uint64_t dropped)
{
	char *line;

	CHECK(closure == ends, "what was given");
	return asprintf(&line, "%" PRIu64 " dropped\n", dropped) < 0 ? NULL : line;
}

/* Reads the numbers of the lines, and the notice among them. */
static void check_lines(unsigned int count, uint64_t dropped)
{
	unsigned int expected = 0;
	char *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		unsigned int value = (unsigned int)strtoul(line, NULL, 10);

		if (strstr(line, "dropped")) {
			CHECK(value == dropped, "as many as are missing");
			expected += value;
		} else {
			CHECK(value == expected, "each line is whole and in its place");
			expected++;
		}
	}
	CHECK(expected == count, "up to the last");
}

/* Fills a pipe, so that the next write waits for the reader. Returns how many bytes that took. */
static size_t fill_pipe(int fd)
{
	static const char filler[4096];
	size_t size = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((n = write(fd, filler, sizeof(filler))) > 0)
		size += (size_t)n;
	fcntl(fd, F_SETFL, 0);
	return size;
}

static void test_nobody_reads(void)
{
	struct log_queue *queue = NULL;
	char line[101];
	unsigned int count = 0;
	uint64_t dropped;
	size_t filler;

	CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	filler = fill_pipe(ends[1]);
	CHECK(log_queue_start(ends[1], notice, ends, &queue) == 0, "start");
	/* More than the queue can hold. Nothing leaves it until the pipe is read. */
	for (; count < 3000; count++) {
		snprintf(line, sizeof(line), "%-99u\n", count);
		log_queue_put(queue, line, 100);
	}
	dropped = log_queue_dropped(queue);
	CHECK(dropped > 1000 && dropped < 3000, "some are dropped, and some are not");
	for (size_t left = filler; left > 0;) {
		ssize_t n = read(ends[0], text, left < sizeof(text) ? left : sizeof(text));

		CHECK(n > 0, "what filled the pipe");
		if (n <= 0)
			break;
		left -= (size_t)n;
	}
	/* A reader, until the notice has come. */
	text[0] = '\0';
	for (size_t length = 0; !strstr(text, "dropped");) {
		ssize_t n = read(ends[0], text + length, sizeof(text) - 1 - length);

		CHECK(n > 0, "there is more");
		if (n <= 0)
			break;
		length += (size_t)n;
		text[length] = '\0';
	}
	check_lines(count, dropped);
	CHECK(log_queue_dropped(queue) == dropped, "what is said stays counted");
	log_queue_put(queue, "again\n", 6);
	log_queue_stop(queue);
	memset(text, 0, 7);
	CHECK(read(ends[0], text, 6) == 6 && strcmp(text, "again\n") == 0, "all is as before");
	close(ends[0]);
	close(ends[1]);
}

static void test_the_reader_is_gone(void)
{
	struct log_queue *queue = NULL;

	CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	close(ends[0]);
	CHECK(log_queue_start(ends[1], notice, ends, &queue) == 0, "start");
	log_queue_put(queue, "one\n", 4);
	log_queue_put(queue, "two\n", 4);
	log_queue_stop(queue);
	log_queue_stop(NULL);
	close(ends[1]);
}

static const struct unit_test tests[] = {
	{ "43: JSON is valid whatever it quotes", test_json_is_valid_whatever_it_quotes },
	{ "text is one line", test_text_is_one_line },
	{ "43: long messages are cut", test_long_messages_are_cut },
	{ "37: nobody reads for a time", test_nobody_reads },
	{ "the reader is gone", test_the_reader_is_gone },
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return unit_main("log", tests, ARRAY_SIZE(tests));
}
