/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch on the files of a configuration, also through links and directories that are created
 * later; and the memory that keeps the log from repeating a lasting problem.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/common.h"
#include "apply/inputs.h"
#include "apply/log.h"
#include "cli/hash.h"
#include "support/unit.h"

static char dir[] = "/tmp/ipmasq-inputs-XXXXXX";

static const char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(in_dir(name), "we");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0, name);
}

static void begin(struct inputs *inputs, const struct ipmasq_options *options,
		  const char *const *paths, size_t count)
{
	CHECK(mkdtemp(dir) != NULL, dir);
	inputs_open(inputs, options, paths, count);
	CHECK(inputs_scan(inputs) == 0 && inputs->fd >= 0 && !inputs->blind, "inotify");
}

static void end(struct inputs *inputs)
{
	char command[64];

	inputs_release(inputs);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	CHECK(system(command) == 0, command);
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
}

/* Checks that the kernel reports a change to the files, and that the next scan sees it. */
static void check_reported(struct inputs *inputs, const char *what)
{
	struct pollfd ready = { .fd = inputs->fd, .events = POLLIN };
	uint64_t before = inputs->signature;

	CHECK(poll(&ready, 1, 10000) == 1, what);
	CHECK(inputs_told(inputs), what);
	CHECK(inputs_scan(inputs) == 0, what);
	CHECK(inputs->signature != before, what);
}

static void test_a_file(void)
{
	/* Of no file, until the directory has its name. */
	char path[64] = "/nonexistent";
	const char *const paths[] = { path };
	struct inputs inputs;

	begin(&inputs, NULL, paths, 1);
	snprintf(path, sizeof(path), "%s/late/config", dir);
	CHECK(inputs_scan(&inputs) == 0 && inputs.files.count == 0, "no file yet");
	CHECK(mkdir(in_dir("late"), 0755) == 0, "a directory of the path is created");
	CHECK(inputs_told(&inputs), "it is reported");
	CHECK(inputs_scan(&inputs) == 0 && inputs.files.count == 0, "it is empty");
	put("late/config", "one");
	check_reported(&inputs, "a file is created");
	CHECK(inputs.files.count == 1 && inputs.newest > 0, "it exists");
	put("late/config.new", "two more");
	CHECK(rename(in_dir("late/config.new"), path) == 0, path);
	check_reported(&inputs, "a file replaces it");
	put("late/other", "");
	CHECK(!inputs_told(&inputs), "another file is not reported");
	CHECK(unlink(path) == 0, path);
	check_reported(&inputs, "it is deleted");
	CHECK(inputs.files.count == 0, "it does not exist");
	end(&inputs);
}

/* As the kubelet mounts a ConfigMap: one rename changes all files. */
static void test_a_volume(void)
{
	/* Of no file, until the directory has its name. */
	char path[64] = "/nonexistent";
	const char *const paths[] = { path };
	struct inputs inputs;

	begin(&inputs, NULL, paths, 1);
	snprintf(path, sizeof(path), "%s/config", dir);
	CHECK(mkdir(in_dir("..1"), 0755) == 0 && mkdir(in_dir("..2"), 0755) == 0, dir);
	put("..1/config", "same");
	put("..2/config", "same");
	CHECK(symlink("..1", in_dir("..data")) == 0, dir);
	CHECK(symlink("..data/config", path) == 0, dir);
	CHECK(inputs_scan(&inputs) == 0 && inputs.files.count == 1, "through links");
	CHECK(symlink("..2", in_dir("..tmp")) == 0, dir);
	CHECK(rename(in_dir("..tmp"), in_dir("..data")) == 0, dir);
	check_reported(&inputs, "the link is replaced");
	put("..2/config", "other");
	check_reported(&inputs, "a file at the end of the links");
	end(&inputs);
}

static void test_a_directory(void)
{
	const char *const paths[] = { dir };
	struct input_files before = { 0 };
	const char *missing;
	struct inputs inputs;

	begin(&inputs, NULL, paths, 1);
	put("a", "a");
	CHECK(inputs_scan(&inputs) == 0, dir);
	for (size_t i = 0; i < inputs.files.count; i++)
		CHECK(input_files_add(&before, inputs.files.paths[i]) == 0, "memory");
	CHECK(!input_files_missing(&before, &inputs.files), "no file is missing");
	put("b", "b");
	check_reported(&inputs, "a file is added");
	CHECK(!input_files_missing(&before, &inputs.files), "still none is missing");
	CHECK(unlink(in_dir("a")) == 0, dir);
	check_reported(&inputs, "a file is deleted");
	missing = input_files_missing(&before, &inputs.files);
	CHECK_STRING(missing ? missing : "none", in_dir("a"), "the missing file is named");
	input_files_release(&before);
	end(&inputs);
}

static bool is_listed(const struct inputs *inputs, const char *path)
{
	for (size_t i = 0; i < inputs->files.count; i++)
		if (strcmp(inputs->files.paths[i], path) == 0)
			return true;
	return false;
}

/* A file that the profile's agent does not read is no input: it may change or go at any time. */
static void test_the_same_files_as_are_read(void)
{
	const char *const paths[] = { dir };
	struct ipmasq_options *options = NULL;
	struct inputs inputs;
	uint64_t signature;

	CHECK(ipmasq_options_new(&options) == 0, "options");
	CHECK(ipmasq_options_set_profile(options, "aks", NULL) == 0, "aks");
	begin(&inputs, options, paths, 1);
	put("ip-masq-agent", "");
	put("notes", "one");
	CHECK(inputs_told(&inputs), "a new file that is read");
	CHECK(inputs_scan(&inputs) == 0, dir);
	CHECK(is_listed(&inputs, in_dir("ip-masq-agent")), "is read");
	CHECK(!is_listed(&inputs, in_dir("notes")), "is not read");
	signature = inputs.signature;
	put("notes", "another");
	CHECK(!inputs_told(&inputs), "nobody is woken by a change of it");
	CHECK(inputs_scan(&inputs) == 0 && inputs.signature == signature, "a change of that file");
	CHECK(unlink(in_dir("notes")) == 0, dir);
	CHECK(!inputs_told(&inputs), "nor by its deletion");
	CHECK(inputs_scan(&inputs) == 0 && inputs.signature == signature, "its deletion");
	put("notes", "");
	CHECK(!inputs_told(&inputs), "nor by its return");
	put("ip-masq-other", "");
	check_reported(&inputs, "a new file that is read");
	put("ip-masq-other", "more");
	check_reported(&inputs, "a change of it");
	CHECK(unlink(in_dir("ip-masq-other")) == 0, dir);
	check_reported(&inputs, "its deletion");
	end(&inputs);
	ipmasq_options_free(options);
}

/* The configuration is refused then, so no file counts as missing. */
static void test_a_directory_that_cannot_be_listed(void)
{
	const char *const paths[] = { dir };
	struct ipmasq_config *config = NULL;
	struct inputs inputs;
	char target[300];

	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	begin(&inputs, NULL, paths, 1);
	put("a", "");
	CHECK(symlink(target, in_dir("too-long")) == 0, dir);
	CHECK(inputs_scan(&inputs) == 0 && inputs.unlisted, "cannot be listed");
	CHECK(ipmasq_config_new(NULL, &config) == 0, "config");
	CHECK(ipmasq_config_load(config, &(struct ipmasq_source){ .name = dir }, NULL) == -EIO,
	      "cannot be read either");
	ipmasq_config_free(config);
	CHECK(unlink(in_dir("too-long")) == 0, dir);
	CHECK(inputs_scan(&inputs) == 0 && !inputs.unlisted, "it can be listed again");
	CHECK(is_listed(&inputs, in_dir("a")), "its file");
	end(&inputs);
}

/* Without descriptors the kernel refuses inotify, until there are some again. */
static void test_inotify_is_refused_at_first(void)
{
	const char *const paths[] = { dir };
	struct rlimit before;
	struct rlimit none;
	struct inputs inputs;

	CHECK(mkdtemp(dir) != NULL, dir);
	put("a", "one");
	inputs_open(&inputs, NULL, paths, 1);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	CHECK(inputs_scan(&inputs) == 0 && inputs.fd < 0 && inputs.blind == EMFILE, "refused");
	CHECK(!inputs_told(&inputs), "nothing is reported");
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK(inputs_scan(&inputs) == 0 && inputs.fd >= 0 && !inputs.blind, "asked again");
	put("a", "another");
	check_reported(&inputs, "41: from then on changes are reported");
	end(&inputs);
}

static void test_lasting_problems(void)
{
	static const uint64_t hour = UINT64_C(3600000000000);
	struct log_memory memory = { 0 };

	CHECK(log_is_due(&memory, 7, 1), "a new problem");
	CHECK(!log_is_due(&memory, 7, hour), "the same problem within the hour");
	CHECK(log_is_due(&memory, 7, hour + 1), "an hour has passed");
	CHECK(!log_is_due(&memory, 7, hour + 2), "a new hour has begun");
	CHECK(log_is_due(&memory, 8, hour + 2), "another problem");
	CHECK(!log_is_due(&memory, 7, hour + 3), "does not make the first one new");
	for (uint64_t i = 0; i < LOG_MEMORY; i++)
		CHECK(log_is_due(&memory, 100 + i, hour + 10 + i),
		      "more problems than there is room for");
	CHECK(log_is_due(&memory, 7, 2 * hour), "the oldest has been forgotten");
	log_forget(&memory);
	CHECK(log_is_due(&memory, 100 + LOG_MEMORY - 1, 2 * hour), "all is forgotten");
	CHECK(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c), "FNV-1a");
}

static const struct unit_test tests[] = {
	{ "a file is created, replaced and deleted", test_a_file },
	{ "a volume whose files change through a link", test_a_volume },
	{ "a directory of files", test_a_directory },
	{ "a directory stands for the files that are read", test_the_same_files_as_are_read },
	{ "a directory that cannot be listed", test_a_directory_that_cannot_be_listed },
	{ "41: inotify is asked for again", test_inotify_is_refused_at_first },
	{ "a lasting problem is logged once per hour", test_lasting_problems },
};

int main(void)
{
	return unit_main("inputs", tests, ARRAY_SIZE(tests));
}
