/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files, directories, descriptors and memory: errors, limits of size, and UTF-8. */
#include "config/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/config_check.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

/* The directory for the files of the tests. */
static char scratch[] = "/tmp/test_config.XXXXXX";

static const char *in_scratch(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_scratch(name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

/* Loads a path of the scratch directory and compares result, findings and values. */
static void check_path(const char *profile, const char *name, int result, const char *findings,
		       const char *values)
{
	struct fixture fixture;
	char *dump;

	set_up(&fixture, profile);
	CHECK(ipmasq_config_load(fixture.config, FILE_SOURCE(in_scratch(name)), fixture.diags) ==
		      result,
	      name);
	CHECK(fixture.config->broken == (result != 0 && result != -ENOENT), name);
	dump = dump_diags(fixture.diags);
	CHECK_STRING(dump, findings, name);
	free(dump);
	dump = dump_config(fixture.config);
	CHECK_STRING(dump, values, name);
	free(dump);
	if (ipmasq_diags_count(fixture.diags) > 0) {
		const char *file = finding_at(fixture.diags, 0).place.file;

		CHECK(file && strncmp(file, scratch, strlen(scratch)) == 0, name);
	}
	tear_down(&fixture);
}

static void files(void)
{
	int fd;

	write_file("good", "cidrLimit: 1\n");
	write_file("empty", "");
	write_file("bad", "cidrLimit: x\n");
	CU_ASSERT_EQUAL(symlink("good", in_scratch("link")), 0);
	CU_ASSERT_EQUAL(symlink("nowhere", in_scratch("dangling")), 0);
	check_path("default", "good", 0, "", "cidrLimit@1:12-13 1\n");
	check_path("default", "link", 0, "", "cidrLimit@1:12-13 1\n");
	check_path("default", "empty", 0, "", "");
	check_path("default", "bad", -EINVAL, "E integer 1:12-13\n", "");
	check_path("default", "missing", -ENOENT, "E not-found 0:0-0\n", "");
	check_path("default", "dangling", -ENOENT, "E not-found 0:0-0\n", "");
	check_path("default", "good/x", -ENOENT, "E not-found 0:0-0\n", "");

	/* A sparse file, which takes no space, and long only if it is read. */
	fd = open(in_scratch("huge"), O_WRONLY | O_CREAT, 0600);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, INT64_C(2) << 30), 0);
	close(fd);
	check_path("default", "huge", -EFBIG, "E too-large 0:0-0\n", "");
	unlink(in_scratch("huge"));

	/* Root may read the file anyway. */
	if (geteuid() != 0) {
		CU_ASSERT_EQUAL(chmod(in_scratch("good"), 0), 0);
		check_path("default", "good", -EACCES, "E unreadable 0:0-0\n", "");
	}
}

static void size_limit_is_exact(void)
{
	char *data = malloc(SOURCE_SIZE_MAX + 1);
	struct fixture fixture;

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	memset(data, ' ', SOURCE_SIZE_MAX + 1);
	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config,
					   DATA_SOURCE("test", data, SOURCE_SIZE_MAX),
					   fixture.diags),
			0);
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config,
					   DATA_SOURCE("test", data, SOURCE_SIZE_MAX + 1),
					   fixture.diags),
			-EFBIG);
	CU_ASSERT_TRUE(fixture.config->broken);
	CU_ASSERT_EQUAL(ipmasq_diags_count(fixture.diags), 1);
	free(data);
	tear_down(&fixture);
}

static void endless_inputs_end(void)
{
	struct fixture fixture;
	char *dump;

	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, FILE_SOURCE("/dev/zero"), fixture.diags),
			-EFBIG);
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, FILE_SOURCE("/dev/null"), fixture.diags),
			0);
	dump = dump_diags(fixture.diags);
	CU_ASSERT_STRING_EQUAL(dump, "E too-large 0:0-0\n");
	free(dump);
	tear_down(&fixture);
}

static void descriptors(void)
{
	const char *text = "cidrLimit: 7\n";
	struct fixture fixture;
	int pipes[2];
	char *dump;
	int fd;

	set_up(&fixture, "default");
	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL(write(pipes[1], text, strlen(text)), (ssize_t)strlen(text));
	close(pipes[1]);
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, FD_SOURCE("-", pipes[0]), fixture.diags),
			0);
	/* The descriptor stays open. */
	CU_ASSERT_EQUAL(close(pipes[0]), 0);
	CU_ASSERT_STRING_EQUAL(fixture.config->parts[0].text->name, "-");
	CU_ASSERT_EQUAL(fixture.config->parts[0].values[KEY_CIDR_LIMIT].number, 7);
	CU_ASSERT_FALSE(fixture.config->broken);

	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, FD_SOURCE("closed", -1), fixture.diags),
			-EIO);
	fd = open(scratch, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, FD_SOURCE("dir", fd), fixture.diags),
			-EIO);
	close(fd);
	CU_ASSERT_TRUE(fixture.config->broken);
	dump = dump_diags(fixture.diags);
	CU_ASSERT_STRING_EQUAL(dump, "E unreadable 0:0-0\nE unreadable 0:0-0\n");
	free(dump);
	tear_down(&fixture);
}

/* As the kubelet mounts a ConfigMap: links into a directory whose name starts with dots. */
static void directories(void)
{
	CU_ASSERT_EQUAL(mkdir(in_scratch("volume"), 0700), 0);
	check_path("default", "volume", 0, "", "");
	CU_ASSERT_EQUAL(mkdir(in_scratch("volume/..2024"), 0700), 0);
	CU_ASSERT_EQUAL(symlink("..2024", in_scratch("volume/..data")), 0);
	write_file("volume/..2024/b", "cidrLimit: 2\n");
	write_file("volume/..2024/ip-masq-z", "cidrLimit: 3\n");
	CU_ASSERT_EQUAL(symlink("..data/ip-masq-z", in_scratch("volume/ip-masq-z")), 0);
	CU_ASSERT_EQUAL(symlink("..data/b", in_scratch("volume/b")), 0);
	CU_ASSERT_EQUAL(symlink("..data/gone", in_scratch("volume/gone")), 0);
	write_file("volume/a", "cidrLimit: 1\n");
	write_file("volume/.hidden", "nonsense");
	CU_ASSERT_EQUAL(mkdir(in_scratch("volume/c"), 0700), 0);
	CU_ASSERT_EQUAL(mkfifo(in_scratch("volume/d"), 0600), 0);
	check_path("default", "volume", 0, "",
		   "cidrLimit@1:12-13 1\n+\ncidrLimit@1:12-13 2\n+\ncidrLimit@1:12-13 3\n");
	check_path("default", "volume/", 0, "",
		   "cidrLimit@1:12-13 1\n+\ncidrLimit@1:12-13 2\n+\ncidrLimit@1:12-13 3\n");
	/* The agent of this profile reads only one of the files. */
	check_path("aks", "volume", 0, "W unsupported-key 1:1-10\n", "");
	/* After a bad file, the next ones are still checked. */
	write_file("volume/a", "cidrLimit: x\n");
	write_file("volume/e", "masqOutBound: 1\n");
	check_path("default", "volume", -EINVAL, "E integer 1:12-13\nE type 1:15-16\n",
		   "cidrLimit@1:12-13 2\n+\ncidrLimit@1:12-13 3\n");
}

/* Compares the listed paths, without the scratch directory, separated by spaces. */
static void check_list(const char *profile, const char *name, int result, const char *wanted)
{
	struct ipmasq_options *options = NULL;
	char **files = NULL;
	char list[128] = "";

	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_set_profile(options, profile, NULL), 0);
	CHECK(ipmasq_options_list_files(options, in_scratch(name), &files) == result, name);
	for (size_t i = 0; files && files[i]; i++) {
		CHECK(strncmp(files[i], scratch, strlen(scratch)) == 0, files[i]);
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? " " : "",
			 files[i] + strlen(scratch) + 1);
	}
	CHECK_STRING(list, wanted, name);
	free(files);
	ipmasq_options_free(options);
}

static void lists_of_files(void)
{
	char **files = NULL;

	CU_ASSERT_EQUAL(mkdir(in_scratch("list"), 0700), 0);
	check_list("default", "list", 0, "");
	write_file("list/b", "not: [looked at");
	write_file("list/ip-masq-a", "");
	write_file("list/.hidden", "");
	CU_ASSERT_EQUAL(mkdir(in_scratch("list/directory"), 0700), 0);
	CU_ASSERT_EQUAL(symlink("b", in_scratch("list/a")), 0);
	CU_ASSERT_EQUAL(symlink("nowhere", in_scratch("list/dangling")), 0);
	check_list("default", "list", 0, "list/a list/b list/ip-masq-a");
	check_list("default", "list/", 0, "list/a list/b list/ip-masq-a");
	check_list("aks", "list", 0, "list/ip-masq-a");
	/* A path of a file is always listed, whatever its name. */
	check_list("aks", "list/b", 0, "list/b");
	check_list("default", "list/.hidden", 0, "list/.hidden");
	check_list("default", "list/dangling", -ENOENT, "");
	check_list("default", "list/b/c", -ENOENT, "");
	CU_ASSERT_EQUAL(ipmasq_options_list_files(NULL, in_scratch("list"), &files), 0);
	CU_ASSERT_STRING_EQUAL(files[2], in_scratch("list/ip-masq-a"));
	free(files);
	CU_ASSERT_EQUAL(ipmasq_options_list_files(NULL, NULL, &files), -EINVAL);
	CU_ASSERT_EQUAL(ipmasq_options_list_files(NULL, scratch, NULL), -EINVAL);
}

/* The reader checks several bytes at once, so each byte is tried at each position. */
static void every_byte_everywhere(void)
{
	for (size_t at = 0; at < 40; at++) {
		for (unsigned int byte = 0; byte < 256; byte++) {
			bool fine = byte > 0 && byte < 0x80;
			struct ipmasq_diags *diags = NULL;
			struct text *text = NULL;
			char data[41];
			int r;

			memset(data, 'a' + (int)(at % 2), sizeof(data));
			data[at] = (char)byte;
			CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
			r = source_read(DATA_SOURCE("data", data, sizeof(data)), diags, &text);
			if (r != (fine ? 0 : -EINVAL) ||
			    (!fine && finding_at(diags, 0).place.column != (unsigned int)at + 1))
				CHECK(false, data);
			if (r == 0)
				text_unref(text);
			ipmasq_diags_free(diags);
		}
	}
	CHECK(true, "all positions");
}

static void encodings_rejected(void)
{
	static const struct {
		const char *data;
		size_t size;
		const char *finding;
	} rows[] = {
		{ "a: \0b\n", 6, "E encoding 1:4-5\n" },
		{ "\0", 1, "E encoding 1:1-2\n" },
		{ "a: 1\r\nb: \xc3\xa9\xff\n", 13, "E encoding 2:5-6\n" },
		{ "a: \x80\n", 5, "E encoding 1:4-5\n" },
		/* Incomplete characters. */
		{ "a: \xc3\n", 5, "E encoding 1:4-5\n" },
		{ "a: \xe2\x82", 5, "E encoding 1:4-5\n" },
		{ "a: \xf0\x9f\x98", 6, "E encoding 1:4-5\n" },
		/* Overlong forms. */
		{ "a: \xc0\xaf\n", 6, "E encoding 1:4-5\n" },
		{ "a: \xe0\x80\xaf\n", 7, "E encoding 1:4-5\n" },
		{ "a: \xf0\x80\x80\xaf\n", 8, "E encoding 1:4-5\n" },
		/* A surrogate. */
		{ "a: \xed\xa0\x80\n", 7, "E encoding 1:4-5\n" },
		/* Above U+10FFFF. */
		{ "a: \xf4\x90\x80\x80\n", 8, "E encoding 1:4-5\n" },
		{ "a: \xf8\x88\x80\x80\x80\n", 9, "E encoding 1:4-5\n" },
		/* UTF-16 and UTF-32. */
		{ "\xff\xfe"
		  "a\0:\0",
		  6, "E encoding 1:1-2\n" },
		{ "\xfe\xff\0a\0:", 6, "E encoding 1:1-2\n" },
		{ "\xff\xfe\0\0a\0\0\0", 8, "E encoding 1:1-2\n" },
		{ "\0\0\xfe\xff\0\0\0a", 8, "E encoding 1:1-2\n" },
		/* JSON. */
		{ "{\"a\":\"\xff\"}", 9, "E encoding 1:7-8\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture fixture;
		char *dump;

		set_up(&fixture, "default");
		CHECK(ipmasq_config_load(fixture.config,
					 DATA_SOURCE("test", rows[i].data, rows[i].size),
					 fixture.diags) == -EINVAL,
		      rows[i].finding);
		dump = dump_diags(fixture.diags);
		CHECK_STRING(dump, rows[i].finding, rows[i].data);
		free(dump);
		tear_down(&fixture);
	}
}

static void remove_scratch(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", scratch);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "files", files },
		{ "the size limit is exact", size_limit_is_exact },
		{ "endless inputs are refused", endless_inputs_end },
		{ "descriptors", descriptors },
		{ "directories that are laid out as volumes", directories },
		{ "the files for a path", lists_of_files },
		{ "text that is not UTF-8 is refused at its place", encodings_rejected },
		{ "bytes that are not UTF-8 are found at all positions", every_byte_everywhere },
	};
	int status;

	if (!mkdtemp(scratch))
		return EXIT_FAILURE;
	status = unit_main("source", tests, ARRAY_SIZE(tests));
	remove_scratch();
	return status;
}
