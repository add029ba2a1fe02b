/* SPDX-License-Identifier: Apache-2.0 */
/* Fails each allocation once while recorded answers of a kernel are read into a model. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/heap.h"
#include "support/nat_replay.h"
#include "support/unit.h"

#define CORPUS "tests/fuzz/corpus/nat_kernel"

static uint8_t recording[1u << 20];
static size_t recording_size;

static int read_recording(void)
{
	struct nat_model *model;
	int r = nat_model_new(&model);

	if (r < 0)
		return r;
	r = nat_replay_read(recording, recording_size, model);
	nat_model_free(model);
	return r;
}

static bool load(const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), CORPUS "/%s", name);
	file = fopen(path, "rb");
	if (!file)
		return false;
	recording_size = fread(recording, 1, sizeof(recording), file);
	fclose(file);
	return recording_size > 0;
}

static void check_recording(const char *name)
{
	long count;

	CHECK(heap_run(read_recording, 0) == 0, name);
	CHECK(heap.live == 0, name);
	count = heap.calls;
	CHECK(count > 2, name);
	for (long n = 1; n <= count; n++) {
		CHECK(heap_run(read_recording, n) == -ENOMEM, name);
		CHECK(heap.live == 0, name);
	}
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void test_every_allocation(void)
{
	const char *srcdir = getenv("srcdir");
	struct dirent **entries;
	int count;

	CU_ASSERT_FATAL(chdir(srcdir ? srcdir : ".") == 0);
	count = scandir(CORPUS, &entries, is_file, alphasort);
	CHECK(count > 4, CORPUS);
	for (int i = 0; i < count; i++) {
		if (CHECK(load(entries[i]->d_name), entries[i]->d_name))
			check_recording(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is reported, and nothing leaks", test_every_allocation },
	};

	return unit_main("nat kernel oom", tests, ARRAY_SIZE(tests));
}
