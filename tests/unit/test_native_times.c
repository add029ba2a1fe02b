/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the generations of a native table came into force last, by the times in their names. */
#include <string.h>
#include <time.h>

#include "node/kernel/native_table.h"
#include "rules/nft_form.h"
#include "support/unit.h"

#define ROOT "IPMASQ"

/* What the clock says next, and how far each look at it moves it on. */
static uint64_t clock_ms = 1000;
static unsigned int clock_step_ms;

/* The library's too: time passes only as a test wants it. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	time->tv_sec = (time_t)(clock_ms / 1000);
	time->tv_nsec = (long)(clock_ms % 1000) * 1000000;
	clock_ms += clock_step_ms;
	return 0;
}

static void add_chain(struct native_table *table, const char *chain)
{
	char name[NFT_NAME_MAX + 1];

	nft_name(chain, name);
	buf_add(&table->chains.text, name, strlen(name) + 1);
	table->chains.count++;
}

/* With letters that come again. */
static void check_changes(void)
{
	struct native_table table = { .exists = true };
	char what[64];

	add_chain(&table, "OTHERS");
	for (unsigned int i = 0; i < 200; i++) {
		char made[CHAIN_NAME_MAX + 1];
		char found[CHAIN_NAME_MAX + 1] = "";
		char letter = (char)('a' + i % 8);
		char generation = '\0';

		native_timed_name(&table, ROOT, letter, made);
		add_chain(&table, made);
		snprintf(what, sizeof(what), "change %u", i);
		CHECK(native_find_latest(&table, ROOT, found, &generation), what);
		CHECK_STRING(found, made, what);
		CHECK(generation == letter, what);
	}
	CHECK(!table.chains.text.error, "with memory");
	buf_release(&table.chains.text);
}

/* Many more than one in 10 ms. */
static void test_fast_changes(void)
{
	clock_step_ms = 0;
	check_changes();
}

/* Names take longer to read than generations are apart. */
static void test_slow_reads(void)
{
	clock_step_ms = 20;
	check_changes();
}

/* Changes of different speed, with the numbers of the names back at zero in between. */
static void test_numbers_end(void)
{
	static const unsigned int steps[] = { 0, 20, 900, 3 };
	/* 36 to the power of six times 10 ms. */
	const uint64_t end = UINT64_C(21767823360);

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		clock_ms = end - 1000;
		clock_step_ms = steps[i];
		check_changes();
	}
}

static void test_none(void)
{
	struct native_table table = { .exists = true };
	char found[CHAIN_NAME_MAX + 1];
	char generation;

	CHECK(!native_find_latest(&table, ROOT, found, &generation), "an empty table");
	add_chain(&table, "OTHERS");
	add_chain(&table, ROOT);
	CHECK(!native_find_latest(&table, ROOT, found, &generation), "no generation");
	buf_release(&table.chains.text);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the last of changes that follow each other fast is the latest",
		  test_fast_changes },
		{ "so is that of changes that are read slowly", test_slow_reads },
		{ "and that after which the numbers begin again", test_numbers_end },
		{ "where there is no generation, none is the latest", test_none },
	};

	return unit_main("native times", tests, ARRAY_SIZE(tests));
}
