/* SPDX-License-Identifier: Apache-2.0 */
/* What the failures of iptables 1.4 to 1.8.11 mean, by the texts that these print. */
#include <signal.h>
#include <string.h>

#include "node/complaint.h"
#include "support/unit.h"

#define TRY(program) "Try `" program " -h' or '" program " --help' for more information.\n"

struct row {
	int status;
	const char *text;
	enum complaint_class class;
	/* Of the sentence that matters. */
	const char *says;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct complaint complaint;

		complaint_read(row->status, row->text, &complaint);
		CHECK(complaint.class == row->class, row->text);
		CHECK_STRING(complaint.sentence, row->says, row->text);
	}
}

static const struct row options[] = {
	{ 2,
	  "iptables-restore v1.4.21: unknown option \"--random-fully\"\nError occurred at line: 3\n"
	  "Try `iptables-restore -h' or 'iptables-restore --help' for more information.\n",
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	{ 2,
	  "iptables-restore v1.6.1: unknown option \"--random-fully\"\nError occurred at line: 3\n",
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	{ 2,
	  "iptables-restore v1.8.4 (legacy): unknown option \"--random-fully\"\n"
	  "Error occurred at line: 3\n" TRY("iptables-restore"),
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	{ 2,
	  "iptables-nft-restore v1.8.7 (nf_tables): unknown option \"--random-fully\"\n"
	  "Error occurred at line: 3\n" TRY("iptables-nft-restore"),
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	{ 2,
	  "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n"
	  "ip6tables-nft-restore v1.8.9 (nf_tables): unknown option \"--random-fully\"\n"
	  "Error occurred at line: 3\n" TRY("ip6tables-nft-restore"),
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	{ 2,
	  "iptables-restore v1.8.11 (legacy): unknown option \"--random-fully\"\n"
	  "Error occurred at line: 3\n" TRY("iptables-restore"),
	  COMPLAINT_NO_OPTION, "unknown option \"--random-fully\"" },
	/* Killed meanwhile; or MASQUERADE itself could not be loaded. */
	{ -SIGKILL, "iptables-restore v1.6.1: unknown option \"--random-fully\"\n",
	  COMPLAINT_TRANSIENT, "it was ended by signal 9" },
	{ 2,
	  "Warning: Extension MASQUERADE revision 0 not supported, missing kernel module?\n"
	  "iptables-nft-restore v1.8.7 (nf_tables): unknown option \"--random-fully\"\n"
	  "Error occurred at line: 3\n",
	  COMPLAINT_TRANSIENT, "unknown option \"--random-fully\"" },
	{ 2,
	  "Warning: Extension MASQUERADE is not supported, missing kernel module?\n"
	  "iptables-restore v1.8.11 (legacy): unknown option \"--random-fully\"\n",
	  COMPLAINT_TRANSIENT, "unknown option \"--random-fully\"" },
	{ 2,
	  "iptables-restore v1.8.9 (legacy): Couldn't load target `MASQUERADE':No such file or "
	  "directory\n\nError occurred at line: 3\n",
	  COMPLAINT_TRANSIENT, "Couldn't load target `MASQUERADE':No such file or directory" },
};

static void test_options(void)
{
	check_rows(options, ARRAY_SIZE(options));
}

static void test_option_names(void)
{
	static const struct {
		const char *text;
		const char *option;
	} rows[] = {
		{ "iptables-restore v1.6.1: unknown option \"--random-fully\"\n",
		  "--random-fully" },
		{ "iptables-restore: unrecognized option '--version'\n"
		  "Try `iptables-restore -h' for more information.\n",
		  "--version" },
		{ "iptables-restore: unrecognized option `--wait'\n", "--wait" },
		{ "iptables-restore v1.6.1: unknown option \"--to-ports\"\n", "--to-ports" },
		{ "iptables-restore v1.6.1: unknown option \"--random-fu", "" },
		{ "iptables-restore v1.6.1: unknown option \"--longer-than-any-option-is-by-far\"",
		  "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct complaint complaint;

		complaint_read(2, rows[i].text, &complaint);
		CHECK_STRING(complaint.option, rows[i].option, rows[i].text);
		CHECK((complaint.class == COMPLAINT_NO_OPTION) == (*rows[i].option != '\0'),
		      rows[i].text);
	}
}

static const struct row tables[] = {
	/* Linux without ip6table_nat; without ip6_tables; without IPv6. */
	{ 1,
	  "ip6tables-save v1.8.4 (legacy): Cannot initialize: Table does not exist (do you need "
	  "to insmod?)\n\n",
	  COMPLAINT_NO_TABLE, "Cannot initialize: Table does not exist (do you need to insmod?)" },
	{ 1,
	  "modprobe: FATAL: Module ip6_tables not found in directory /lib/modules/5.10.0\n"
	  "ip6tables-save v1.8.9 (legacy): Cannot initialize: Table does not exist (do you need "
	  "to insmod?)\n",
	  COMPLAINT_NO_TABLE, "Cannot initialize: Table does not exist (do you need to insmod?)" },
	{ 1,
	  "ip6tables-save v1.8.7 (legacy): Cannot initialize: iptables who? (do you need to "
	  "insmod?)\n\n",
	  COMPLAINT_NO_TABLE, "Cannot initialize: iptables who? (do you need to insmod?)" },
	{ 1,
	  "ip6tables-save v1.8.11 (legacy): Cannot initialize: Address family not supported by "
	  "protocol\n",
	  COMPLAINT_NO_TABLE, "Cannot initialize: Address family not supported by protocol" },
	/* Linux without netfilter; without nf_tables. */
	{ 1, "ip6tables-save/1.8.2 Failed to initialize nft: Protocol not supported\n",
	  COMPLAINT_NO_TABLE,
	  "ip6tables-save/1.8.2 Failed to initialize nft: Protocol not supported" },
	{ 1,
	  "ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Protocol not supported\n",
	  COMPLAINT_NO_TABLE,
	  "ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Protocol not supported" },
	{ 4,
	  "iptables-nft-save v1.8.4 (nf_tables): Could not fetch rule set generation id: Invalid "
	  "argument\n\n",
	  COMPLAINT_NO_TABLE, "Could not fetch rule set generation id: Invalid argument" },
	{ 4,
	  "iptables-nft-save v1.8.11 (nf_tables): Could not fetch rule set generation id: Invalid "
	  "argument\n",
	  COMPLAINT_NO_TABLE, "Could not fetch rule set generation id: Invalid argument" },
	/* Linux without the family in nf_tables; without its chains of type nat. */
	{ 4,
	  "ip6tables-nft-restore v1.8.7 (nf_tables): \nline 1: TABLE_ADD failed (Address family "
	  "not supported by protocol): table nat\n",
	  COMPLAINT_NO_TABLE,
	  "line 1: TABLE_ADD failed (Address family not supported by protocol): table nat" },
	{ 4,
	  "ip6tables-nft-restore v1.8.11 (nf_tables): \nline 1: TABLE_ADD failed (Operation not "
	  "supported): table nat\n",
	  COMPLAINT_NO_TABLE, "line 1: TABLE_ADD failed (Operation not supported): table nat" },
	{ 4,
	  "iptables-restore v1.8.1 (nf_tables): \n"
	  "line 1: CHAIN_ADD failed (No such file or directory): chain POSTROUTING\n"
	  "line 5: RULE_APPEND failed (No such file or directory): rule in chain POSTROUTING\n",
	  COMPLAINT_NO_TABLE,
	  "line 1: CHAIN_ADD failed (No such file or directory): chain POSTROUTING" },
	{ 4,
	  "iptables v1.8.7 (nf_tables):  CHAIN_ADD failed (No such file or directory): chain "
	  "OUTPUT\n",
	  COMPLAINT_NO_TABLE, "CHAIN_ADD failed (No such file or directory): chain OUTPUT" },
};

static void test_tables(void)
{
	check_rows(tables, ARRAY_SIZE(tables));
}

static const struct row transients[] = {
	{ -SIGKILL, "", COMPLAINT_TRANSIENT, "it was ended by signal 9" },
	{ -SIGSEGV, "ip6tables-save v1.8.9 (legacy): Cannot initialize: Table does not exist\n",
	  COMPLAINT_TRANSIENT, "it was ended by signal 11" },
	{ 1, "", COMPLAINT_TRANSIENT, "it exited with status 1 and no explanation" },
	{ 137, "Killed\n", COMPLAINT_TRANSIENT, "Killed" },
	{ 1, "ip6tables-nft-save/1.8.4 Failed to initialize nft: Cannot allocate memory\n",
	  COMPLAINT_TRANSIENT,
	  "ip6tables-nft-save/1.8.4 Failed to initialize nft: Cannot allocate memory" },
	{ 1,
	  "ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Too many open files in "
	  "system\n",
	  COMPLAINT_TRANSIENT,
	  "ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Too many open files in "
	  "system" },
	{ 4,
	  "ip6tables-nft-save v1.8.7 (nf_tables): Could not fetch rule set generation id: Memory "
	  "allocation problem\n\n",
	  COMPLAINT_TRANSIENT,
	  "Could not fetch rule set generation id: Memory allocation problem" },
	{ 4,
	  "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: No "
	  "buffer space available\n",
	  COMPLAINT_TRANSIENT,
	  "Could not fetch rule set generation id: No buffer space available" },
	{ 4,
	  "ip6tables-nft-restore v1.8.11 (nf_tables): \nline 1: TABLE_ADD failed (Cannot allocate "
	  "memory): table nat\n",
	  COMPLAINT_TRANSIENT, "line 1: TABLE_ADD failed (Cannot allocate memory): table nat" },
	{ 4,
	  "ip6tables-nft-restore v1.8.11 (nf_tables): \nline 1: CHAIN_ADD failed (Too many open "
	  "files in system): chain POSTROUTING\n",
	  COMPLAINT_TRANSIENT,
	  "line 1: CHAIN_ADD failed (Too many open files in system): chain POSTROUTING" },
	{ 4, "sendmsg() failed: No buffer space available\n", COMPLAINT_TRANSIENT,
	  "sendmsg() failed: No buffer space available" },
	{ 1, "ip6tables-save v1.8.9 (legacy): Cannot initialize: Memory allocation problem\n",
	  COMPLAINT_TRANSIENT, "Cannot initialize: Memory allocation problem" },
	{ 2,
	  "ip6tables-restore v1.8.9 (legacy): ip6tables-restore: unable to initialize table 'nat'\n"
	  "Error occurred at line: 1\n",
	  COMPLAINT_TRANSIENT, "ip6tables-restore: unable to initialize table 'nat'" },
	{ 1, "Table `nat' does not exist\n", COMPLAINT_TRANSIENT, "Table `nat' does not exist" },
	{ 127,
	  "iptables-nft-save: error while loading shared libraries: libxtables.so.12: cannot open "
	  "shared object file: Error 24\n",
	  COMPLAINT_TRANSIENT,
	  "iptables-nft-save: error while loading shared libraries: libxtables.so.12: cannot open "
	  "shared object file: Error 24" },
	{ 1, "iptables-restore: line 3 failed\n", COMPLAINT_TRANSIENT,
	  "iptables-restore: line 3 failed" },
};

static void test_transients(void)
{
	check_rows(transients, ARRAY_SIZE(transients));
}

static const struct row locks[] = {
	{ 4,
	  "Another app is currently holding the xtables lock. Perhaps you want to use the -w "
	  "option?\n",
	  COMPLAINT_LOCK_HELD,
	  "Another app is currently holding the xtables lock. Perhaps you want to use the -w "
	  "option?" },
	{ 4,
	  "Another app is currently holding the xtables lock; still 4s 0us time ahead to have a "
	  "chance to grab the lock...\n"
	  "Another app is currently holding the xtables lock. Stopped waiting after 5s.\n",
	  COMPLAINT_LOCK_HELD,
	  "Another app is currently holding the xtables lock. Stopped waiting after 5s." },
	{ 4,
	  "Can't lock /run/xtables.lock: Resource temporarily unavailable\n"
	  "Another app is currently holding the xtables lock. Stopped waiting after 5s.\n",
	  COMPLAINT_LOCK_HELD,
	  "Another app is currently holding the xtables lock. Stopped waiting after 5s." },
	/* The wait ended well, and then something else failed. */
	{ 1,
	  "Another app is currently holding the xtables lock; still 4s 0us time ahead to have a "
	  "chance to grab the lock...\n"
	  "iptables-restore: line 3 failed\n",
	  COMPLAINT_TRANSIENT, "iptables-restore: line 3 failed" },
	{ 4, "Fatal: can't open lock file /run/xtables.lock: Is a directory\n", COMPLAINT_LOCK_FILE,
	  "Fatal: can't open lock file /run/xtables.lock: Is a directory" },
	{ 4, "Fatal: can't open lock file /run/xtables.lock: Permission denied\n",
	  COMPLAINT_LOCK_FILE, "Fatal: can't open lock file /run/xtables.lock: Permission denied" },
	{ 4,
	  "iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: "
	  "Permission denied (you must be root)\n",
	  COMPLAINT_NOT_PERMITTED,
	  "Could not fetch rule set generation id: Permission denied (you must be root)" },
	{ 1,
	  "iptables-save v1.8.4 (legacy): Cannot initialize: Permission denied (you must be "
	  "root)\n\n",
	  COMPLAINT_NOT_PERMITTED, "Cannot initialize: Permission denied (you must be root)" },
	{ 1, "ip6tables-nft-save/1.8.7 Failed to initialize nft: Operation not permitted\n",
	  COMPLAINT_NOT_PERMITTED,
	  "ip6tables-nft-save/1.8.7 Failed to initialize nft: Operation not permitted" },
};

static void test_locks(void)
{
	check_rows(locks, ARRAY_SIZE(locks));
}

/* The first line is often a warning that explains nothing. */
static const struct row sentences[] = {
	{ 1,
	  "Warning: Extension tcp revision 0 not supported, missing kernel module?\n"
	  "iptables-nft-restore v1.8.7 (nf_tables): \n"
	  "line 5: RULE_APPEND failed (Invalid argument): rule in chain IP-MASQ-AGENT\n",
	  COMPLAINT_TRANSIENT,
	  "line 5: RULE_APPEND failed (Invalid argument): rule in chain IP-MASQ-AGENT" },
	{ 1,
	  "ERROR: ld.so: object 'libx.so' from /etc/ld.so.preload cannot be preloaded (cannot open "
	  "shared object file): ignored.\n"
	  "iptables-restore: line 3 failed\n",
	  COMPLAINT_TRANSIENT, "iptables-restore: line 3 failed" },
	{ 1, "/usr/bin/wrapper: note\niptables-restore: line 3 failed\n", COMPLAINT_TRANSIENT,
	  "iptables-restore: line 3 failed" },
	{ 1, "modprobe: ERROR: could not insert 'ip_tables': Operation not permitted\n",
	  COMPLAINT_NOT_PERMITTED,
	  "modprobe: ERROR: could not insert 'ip_tables': Operation not permitted" },
	{ 3, "\n\n# one\n  two\n", COMPLAINT_TRANSIENT, "two" },
	{ 3, "# one\n# two\n", COMPLAINT_TRANSIENT, "# one" },
	{ 3, "Try `iptables-restore -h' for more information.\nat last\n", COMPLAINT_TRANSIENT,
	  "at last" },
};

static void test_sentences(void)
{
	check_rows(sentences, ARRAY_SIZE(sentences));
}

static void test_lines(void)
{
	static const struct {
		const char *text;
		size_t line;
	} rows[] = {
		{ "iptables-restore: line 4 failed\n", 4 },
		{ "iptables-nft-restore v1.8.9 (nf_tables): \nline 5: RULE_APPEND failed (x)\n",
		  5 },
		{ "iptables-restore v1.8.9 (legacy): x\nError occurred at line: 12\n", 12 },
		{ "iptables-restore: pipeline 4 failed\n", 0 },
		{ "iptables-restore: line four\n", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct complaint complaint;

		complaint_read(1, rows[i].text, &complaint);
		CHECK(complaint.line == rows[i].line, rows[i].text);
	}
}

static const struct unit_test tests[] = {
	{ "an option that is not known", test_options },
	{ "the name of that option", test_option_names },
	{ "no such table", test_tables },
	{ "all that may pass", test_transients },
	{ "the lock, and permissions", test_locks },
	{ "the sentence that matters", test_sentences },
	{ "the line of the script", test_lines },
};

int main(void)
{
	return unit_main("complaint", tests, ARRAY_SIZE(tests));
}
