/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the generations of a native table came into force last, by the times in their names. */
#include <string.h>

#include "node/kernel/native_table.h"
#include "rules/nft_form.h"
#include "support/unit.h"

#define ROOT "IPMASQ"

static void add_chain(struct native_table *table, const char *chain)
{
	char name[NFT_NAME_MAX + 1];

	nft_name(chain, name);
	buf_add(&table->chains.text, name, strlen(name) + 1);
	table->chains.count++;
}

/* Many more than one in 10 ms, with letters that come again. */
static void test_fast_changes(void)
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
		{ "where there is no generation, none is the latest", test_none },
	};

	return unit_main("native times", tests, ARRAY_SIZE(tests));
}
