/* SPDX-License-Identifier: Apache-2.0 */
/* Fails each allocation once while recorded answers of a kernel are read into a model. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/heap.h"
#include "support/nat_replay.h"
#include "support/recordings.h"
#include "support/unit.h"

static const uint8_t *recording;
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

static void check_recording(const char *name, const uint8_t *data, size_t size)
{
	long count;

	recording = data;
	recording_size = size;
	CHECK(heap_run(read_recording, 0) == 0, name);
	CHECK(heap.live == 0, name);
	count = heap.calls;
	CHECK(count > 2, name);
	for (long n = 1; n <= count; n++) {
		CHECK(heap_run(read_recording, n) == -ENOMEM, name);
		CHECK(heap.live == 0, name);
	}
}

static void test_every_allocation(void)
{
	recordings_each("tests/fuzz/corpus/nat_kernel", 5, check_recording);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is reported, and nothing leaks", test_every_allocation },
	};

	return unit_main("nat kernel oom", tests, ARRAY_SIZE(tests));
}
