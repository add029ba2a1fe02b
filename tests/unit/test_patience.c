/* SPDX-License-Identifier: Apache-2.0 */
/* How long a read is made again. */
#include "support/unit.h"
#include "util/common.h"
#include "util/patience.h"

/* However long one try takes, there are a few. */
static void test_few(void)
{
	struct patience patience = { .tries = 0 };

	CHECK(patience_left(&patience, 0), "a second try");
	CHECK(patience_left(&patience, 0), "a third one");
	CHECK(!patience_left(&patience, 0), "and no more once the time is over");
	CHECK(!patience_left(&patience, 0), "nor later");
}

/* Tries that take no time are bounded by it. */
static void test_time(void)
{
	struct patience patience = { .pause_ms_max = 8 };
	int64_t begin = monotonic_ms();
	int64_t took;
	unsigned int tries = 0;

	while (patience_left(&patience, 1))
		tries++;
	took = monotonic_ms() - begin;
	CHECK(took >= 1000, "for a second");
	CHECK(took < 10000, "and not much longer");
	CHECK(tries >= 10, "many times");
	CHECK(tries <= 1000, "with pauses between them");
	CHECK(patience.pause_ms == 8, "as long as they may get");
	patience = (struct patience){ .tries = 0 };
	for (tries = 0; patience_left(&patience, 1);)
		tries++;
	CHECK(patience.pause_ms == 0, "without pauses where none are wanted");
	CHECK(tries > 1000, "as often as possible");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a few tries, however long they take", test_few },
		{ "many tries that take no time end by time", test_time },
	};

	return unit_main("patience", tests, ARRAY_SIZE(tests));
}
