/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that are missing, fail, or print wrong output: the right error is reported once, and
 * wrong output is not used.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/programs.h"
#include "support/node_fixture.h"

static const struct {
	const char *save;
	const char *restore;
	int error;
	const char *code;
	const char *says;
} troubles[] = {
	/* Output of a save that is incomplete, or of another kind, is not used. */
	{ "echo nonsense", "exit 0", -EPROTO, "not-understood", "`nonsense'" },
	{ "printf '" FIXTURE_EMPTY "'", "exit 0", -EPROTO, "not-understood",
	  "ends before its COMMIT" },
	{ "printf '" FIXTURE_EMPTY "-A POSTROUTING -j'", "exit 0", -EPROTO, "not-understood",
	  "COMMIT" },
	{ "printf '" FIXTURE_EMPTY "COMMI'", "exit 0", -EPROTO, "not-understood", "`COMMI'" },
	{ "printf '*nat\\n:PREROUTING ACCEPT [0:0]\\nCOMMIT\\n'", "exit 0", -EPROTO,
	  "not-understood", "no POSTROUTING" },
	{ "printf '*nat\\n'", "exit 0", -EPROTO, "not-understood", "ends before its COMMIT" },
	{ FIXTURE_SAY_EMPTY "; echo more", "exit 0", -EPROTO, "not-understood", "`more'" },
	{ FIXTURE_SAY_EMPTY "; kill -9 $$", "exit 0", -EPROTO, "refused", "ended by signal 9" },
	{ "printf '" FIXTURE_EMPTY "'; kill -9 $$", "exit 0", -EPROTO, "refused",
	  "ended by signal 9" },
	{ FIXTURE_SAY_EMPTY "; exit 3", "exit 0", -EPROTO, "refused", "exited with status 3" },
	{ "printf '" FIXTURE_EMPTY "-A IP-MASQ-AGENT -j RETURN\\nCOMMIT\\n'", "exit 0", -EPROTO,
	  "not-understood", "rule of chain IP-MASQ-AGENT before that chain" },
	{ "head -c 100000 /dev/zero", "exit 0", -EPROTO, "not-understood", "is not understood" },
	{ "head -c 100000 /dev/zero | tr '\\0' x", "exit 0", -EPROTO, "not-understood",
	  "`xxxxxxxx" },
	{ "echo \"# Table \\`nat' is incompatible, use 'nft' tool.\"", "exit 0", -EPROTO,
	  "not-understood", "rules that only `nft' can make" },
	/* A restore that wrote nothing, or failed. */
	{ FIXTURE_SAY_EMPTY, "exit 0", -EDOM, "read-back", "does not hold what was written" },
	{ FIXTURE_SAY_EMPTY, "cat >$0.in; exit 0", -EDOM, "read-back",
	  "does not hold what was written" },
	{ FIXTURE_SAY_EMPTY, "kill -9 $$", -EPROTO, "refused", "ended by signal 9" },
	{ FIXTURE_SAY_EMPTY, "exit 1", -EPROTO, "refused", "exited with status 1" },
	/* Messages of iptables 1.8.9. */
	{ "echo 'iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: "
	  "Permission denied (you must be root)' >&2; exit 4",
	  "exit 0", -EPERM, "not-permitted", "CAP_NET_ADMIN" },
	{ FIXTURE_SAY_EMPTY,
	  "echo 'Fatal: can'\\''t open lock file /run/xtables.lock: Permission denied' >&2; exit 4",
	  -EPERM, "not-permitted", "lock file /run/xtables.lock: Permission denied" },
	{ FIXTURE_SAY_EMPTY,
	  "echo 'Another app is currently holding the xtables lock. Stopped waiting after 5s.' "
	  ">&2; "
	  "exit 4",
	  -EBUSY, "lock-held", "/lock, which another program holds" },
	/* A script that executes a program which does not exist. */
	{ FIXTURE_SAY_EMPTY, "exec /no/such/program", -EPROTO, "refused", "not found" },
};

/* Checks the result of a family that failed. */
static void expect_failed(const struct fixture *f, enum ipmasq_family family, int error,
			  const char *code, const char *says)
{
	struct ipmasq_result result = fixture_result(f, family);

	CHECK(result.state == IPMASQ_STATE_FAILED, fixture_said(f));
	CHECK(result.error == error, fixture_said(f));
	CHECK_STRING(result.code, code, fixture_said(f));
	CHECK(result.text && strstr(result.text, says), fixture_said(f));
}

static void test_troubles(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++) {
		struct fixture f;
		char what[512];
		int r;

		fixture_begin_fake(&f, "", troubles[i].save, troubles[i].restore);
		r = fixture_apply(&f);
		snprintf(what, sizeof(what), "%s / %s: %d%.300s", troubles[i].save,
			 troubles[i].restore, r, fixture_said(&f));
		CHECK(r == troubles[i].error, what);
		expect_failed(&f, IPMASQ_IPV4, troubles[i].error, troubles[i].code,
			      troubles[i].says);
		CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_SKIPPED, what);
		CHECK(fixture_result(&f, IPMASQ_IPV6).error == 0, what);
		CHECK(fixture_result(&f, IPMASQ_IPV6).text == NULL, what);
		CHECK(ipmasq_diags_count(f.diags) == 1, what);
		CHECK(fixture_found(&f, troubles[i].code, troubles[i].says), what);
		CHECK(!fixture_reported(&f, IPMASQ_IPV4, "created"), "no creation is reported");
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no zombie is left");
		fixture_end(&f);
	}
}

/* Both families fail, each with its own error. The next call starts without these errors. */
static void test_each_family_fails_for_itself(void)
{
	struct fixture f;

	fixture_begin_fake(&f, "", "echo nonsense", "exit 0");
	fixture_policy(&f, "", IPMASQ_ON, NULL);
	fixture_fake(&f, "ip6tables-nft-save", FIXTURE_SAY_EMPTY);
	fixture_fake(&f, "ip6tables-nft-restore", "exit 1");
	CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
	expect_failed(&f, IPMASQ_IPV4, -EPROTO, "not-understood", "`nonsense'");
	expect_failed(&f, IPMASQ_IPV6, -EPROTO, "refused", "exited with status 1");
	CHECK(ipmasq_diags_count(f.diags) == 2, fixture_said(&f));
	fixture_fake(&f, "iptables-nft-save", FIXTURE_SAY_EMPTY);
	fixture_fake(&f, "ip6tables-nft-restore", "exit 0");
	CHECK(fixture_check(&f) == 0, fixture_said(&f));
	CHECK(fixture_result(&f, IPMASQ_IPV4).state == IPMASQ_STATE_DRIFT, fixture_said(&f));
	CHECK(fixture_result(&f, IPMASQ_IPV4).error == 0, fixture_said(&f));
	CHECK(fixture_result(&f, IPMASQ_IPV6).error == 0, fixture_said(&f));
	fixture_end(&f);
}

/* All wordings, with the position of the entry. The rules of the entries follow that for link-local
 * addresses. */
static void test_refusal_names_the_entry(void)
{
	static const char *const words[] = {
		("echo 'iptables-nft-restore v1.8.9 (nf_tables): \nline 5: RULE_APPEND failed "
		 "(Invalid argument): rule in chain IP-MASQ-AGENT' >&2; exit 4"),
		"echo 'iptables-restore: line 5 failed' >&2; exit 1",
		("echo 'iptables-restore v1.8.9 (legacy): unknown option \"--x\"\n"
		 "Error occurred at line: 5\nTry `iptables-restore -h'\\'' for more.' >&2; exit 2"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct ipmasq_finding finding;
		struct fixture f;

		fixture_begin_fake(&f, "nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 172.16.0.0/12\n",
				   FIXTURE_SAY_EMPTY, words[i]);
		CHECK(fixture_apply(&f) == -EPROTO, words[i]);
		if (CHECK(fixture_find(&f, "refused",
				       "; that line is `-A IP-MASQ-AGENT -d 172.16.0.0/12 ",
				       &finding),
			  fixture_said(&f))) {
			CHECK_STRING(finding.place.file, "test.yaml", words[i]);
			CHECK(finding.place.line == 3, words[i]);
			CHECK(finding.place.column == 3, words[i]);
		}
		CHECK_STRING(fixture_result(&f, IPMASQ_IPV4).place.file, "test.yaml", words[i]);
		CHECK(fixture_result(&f, IPMASQ_IPV4).place.line == 3, words[i]);
		CHECK(fixture_result(&f, IPMASQ_IPV4).place.column == 3, words[i]);
		fixture_end(&f);
	}
}

static void test_missing_programs(void)
{
	struct fixture f;

	fixture_begin(&f, "");
	CHECK(fixture_apply(&f) == -ENOENT, fixture_said(&f));
	CHECK(fixture_found(&f, "no-iptables", "no iptables-restore"), fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_FAILED, "IPv4");
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_SKIPPED, "IPv6 is not required");
	CHECK(fixture_reported(&f, IPMASQ_IPV6, "there are no ip6tables programs"),
	      fixture_said(&f));
	fixture_policy(&f, "", IPMASQ_ON, NULL);
	CHECK(fixture_apply(&f) == -ENOENT, fixture_said(&f));
	CHECK(fixture_found(&f, "no-iptables", "no ip6tables-restore"), fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_FAILED, "IPv6 is required");
	CHECK(fixture_remove(&f) == -ENOENT, "remove cannot read the rules either");
	fixture_real(&f, "nft");
	CHECK(ipmasq_node_set_backend(f.node, IPMASQ_BACKEND_LEGACY) == 0, "legacy");
	CHECK(fixture_apply(&f) == -ENOENT, fixture_said(&f));
	CHECK(fixture_found(&f, "no-iptables", "iptables-legacy-restore"), fixture_said(&f));
	fixture_end(&f);
}

static void test_plain_programs(void)
{
	static const enum ipmasq_backend backends[] = { IPMASQ_BACKEND_NFT, IPMASQ_BACKEND_LEGACY };

	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		const char *name = ipmasq_backend_name(backends[i]);
		struct fixture f;

		fixture_begin(&f, "");
		fixture_do(&f, name,
			   "for p in iptables ip6tables; do for j in save restore; do "
			   "ln -s /usr/sbin/$p-@-$j $D/bin/$p-$j; done; done");
		CHECK(fixture_apply(&f) == 0, fixture_said(&f));
		CHECK(fixture_result(&f, IPMASQ_IPV4).backend == backends[i], name);
		CHECK(fixture_result(&f, IPMASQ_IPV6).backend == backends[i], name);
		CHECK(fixture_apply(&f) == 0, fixture_said(&f));
		CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE, name);
		fixture_end(&f);
	}
}

static void test_no_ipv6(void)
{
	static const char *const no_table = "echo \"ip6tables-save v1.8.9 (legacy): Cannot "
					    "initialize: Table does not exist (do "
					    "you need to insmod?)\" >&2; exit 1";
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	f.node->ipv6_dir = "/no/such";
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_CHANGED, "IPv4");
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_SKIPPED, "IPv6");
	CHECK(fixture_reported(&f, IPMASQ_IPV6, "the node has no IPv6"), fixture_said(&f));
	f.node->ipv6_dir = "/proc";
	fixture_fake(&f, "ip6tables-nft-save", no_table);
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_SKIPPED, "no table");
	CHECK(fixture_reported(&f, IPMASQ_IPV6, "the kernel has no IPv6 nat table"),
	      fixture_said(&f));
	fixture_policy(&f, "", IPMASQ_ON, NULL);
	CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE, "IPv4 is not affected");
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_FAILED,
	      "no table, but IPv6 is required");
	/* The nft variant fails only when it writes. */
	fixture_policy(&f, "", IPMASQ_AUTO, NULL);
	fixture_fake(&f, "ip6tables-nft-save", FIXTURE_SAY_EMPTY);
	fixture_fake(&f, "ip6tables-nft-restore",
		     "case $* in *--test*) exit 0;; esac; echo 'line 1: CHAIN_ADD failed (No such "
		     "file or directory): chain POSTROUTING' >&2; exit 4");
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_SKIPPED, "no chain type");
	fixture_end(&f);
}

/* The other family is still changed, and the first error is returned. */
static void test_one_family_fails(void)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	fixture_fake(&f, "iptables-nft-restore",
		     "echo 'iptables-restore: line 3 failed' >&2; exit 1");
	CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_FAILED, "IPv4");
	CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_CHANGED, "IPv6 is still changed");
	CHECK(!strstr(fixture_do(&f, "nft", "iptables-@-save -t nat"), "MASQ"), "the old rules");
	fixture_end(&f);
}

static void test_lock_held(void)
{
	struct fixture f;
	char path[128];
	int fd;

	fixture_begin(&f, "");
	fixture_real(&f, "legacy");
	CHECK(ipmasq_node_set_wait(f.node, 3601) == -EINVAL, "an hour at most");
	CHECK(ipmasq_node_set_wait(f.node, 1) == 0, "wait");
	snprintf(path, sizeof(path), "%s/lock", f.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0, path);
	CHECK(fixture_apply(&f) == -EBUSY, fixture_said(&f));
	CHECK(fixture_found(&f, "lock-held", path), fixture_said(&f));
	CHECK(ipmasq_node_set_wait(f.node, 0) == 0, "no wait; iptables would take 0 as no limit");
	CHECK(fixture_apply(&f) == -EBUSY, fixture_said(&f));
	CHECK(!strstr(fixture_do(&f, "legacy", "iptables-@-save -t nat"), "MASQ"),
	      "nothing written");
	close(fd);
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_check(&f) == 0 && fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE,
	      fixture_said(&f));
	fixture_end(&f);
}

static void test_without_random_fully(void)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	fixture_fake(
		&f, "iptables-nft-restore",
		"cat >$0.in; echo \"restore $*\" >>${0%/bin/*}/log\n"
		"if grep -q -e --random-fully $0.in; then\n"
		"echo 'iptables-restore v1.6.1: unknown option \"--random-fully\"' >&2; exit 2\n"
		"fi; exec /usr/sbin/iptables-nft-restore \"$@\" <$0.in");
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_CHANGED, fixture_said(&f));
	CHECK(fixture_reported(&f, IPMASQ_IPV4, "--random-fully is left out"), fixture_said(&f));
	CHECK(fixture_logged(&f, "restore") == 2, "one refused, one transaction");
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE, fixture_said(&f));
	CHECK(!fixture_reported(&f, IPMASQ_IPV4, "--random-fully"), "reported once");
	CHECK(fixture_logged(&f, "restore") == 2, "asked once");
	/* As by another process, which knows nothing of the answer. */
	memset(f.node->random_fully, 0, sizeof(f.node->random_fully));
	CHECK(fixture_check(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE, fixture_said(&f));
	CHECK(fixture_reported(&f, IPMASQ_IPV4, "--random-fully is left out"), fixture_said(&f));
	CHECK(fixture_logged(&f, "restore") == 3, "one test");
	memset(f.node->random_fully, 0, sizeof(f.node->random_fully));
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_IN_LINE, fixture_said(&f));
	CHECK(fixture_logged(&f, "restore") == 4, "one transaction refused, none needed");
	fixture_end(&f);
}

/* Trouble of the program that is given --random-fully is no answer. The option is not dropped, the
 * trouble is reported as it is, and the next apply uses it again. */
static void test_random_fully_is_asked_again(void)
{
	static const struct {
		const char *trouble;
		const char *says;
	} rows[] = {
		{ "mkdir -p $0.lock; XTABLES_LOCKFILE=$0.lock exec "
		  "/usr/sbin/iptables-legacy-restore "
		  "\"$@\"",
		  "can't open lock file" },
		{ "echo 'iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set "
		  "generation id: No buffer space available' >&2; exit 4",
		  "No buffer space available" },
		{ "kill -9 $$", "ended by signal 9" },
		{ "exit 137", "status 137" },
		{ "echo 'iptables-nft-restore v1.8.9 (nf_tables): unknown option \"--wait\"' >&2; "
		  "exit 2",
		  "--wait" },
	};

	EACH_VARIANT(v) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			char name[64];
			char body[512];
			struct fixture f;

			fixture_begin(&f, "");
			fixture_real(&f, *v);
			snprintf(name, sizeof(name), "iptables-%s-restore", *v);
			snprintf(body, sizeof(body),
				 "cat >$0.in; exec <$0.in\n"
				 "if grep -q -e --random-fully $0.in; then %s; fi\n"
				 "exec /usr/sbin/%s \"$@\"",
				 rows[i].trouble, name);
			fixture_fake(&f, name, body);
			CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
			expect_failed(&f, IPMASQ_IPV4, -EPROTO, "refused", rows[i].says);
			CHECK(!fixture_reported(&f, IPMASQ_IPV4, "left out"), fixture_said(&f));
			CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_CHANGED, "IPv6");
			fixture_real(&f, *v);
			CHECK(fixture_apply(&f) == 0, fixture_said(&f));
			CHECK(strstr(fixture_do(&f, *v, "iptables-@-save -t nat"),
				     "--random-fully"),
			      rows[i].says);
			fixture_end(&f);
		}
	}
}

/* Trouble that may pass is no reason to skip IPv6. */
static void test_ipv6_is_not_skipped_for_trouble(void)
{
	static const struct {
		const char *job;
		const char *trouble;
	} rows[] = {
		{ "save", "echo 'ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: "
			  "Cannot allocate memory' >&2; exit 1" },
		{ "save", "echo 'ip6tables-nft-save/1.8.4 Failed to initialize nft: Too many open "
			  "files in system' >&2; exit 1" },
		{ "save", "echo 'ip6tables-save v1.8.9 (legacy): Cannot initialize: Memory "
			  "allocation problem' >&2; exit 1" },
		{ "save", "kill -9 $$" },
		{ "restore", "echo 'ip6tables-nft-restore v1.8.9 (nf_tables): ' >&2; echo 'line 1: "
			     "TABLE_ADD failed (Cannot allocate memory): table nat' >&2; exit 4" },
	};

	EACH_VARIANT(v) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			char name[64];
			struct fixture f;

			fixture_begin(&f, "");
			fixture_real(&f, *v);
			snprintf(name, sizeof(name), "ip6tables-%s-%s", *v, rows[i].job);
			fixture_fake(&f, name, rows[i].trouble);
			CHECK(fixture_apply(&f) == -EPROTO, rows[i].trouble);
			CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_CHANGED, *v);
			CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_FAILED,
			      rows[i].trouble);
			fixture_real(&f, *v);
			CHECK(fixture_apply(&f) == 0, fixture_said(&f));
			CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_CHANGED, *v);
			fixture_end(&f);
		}
	}
}

/* iptables-nft-save 1.8.4 prints a table without chains where there is no table. */
static void test_table_without_chains(void)
{
	static const char *const stems[] = { "iptables", "ip6tables" };
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	for (size_t i = 0; i < ARRAY_SIZE(stems); i++) {
		char name[64];
		char body[512];

		snprintf(name, sizeof(name), "%s-nft-save", stems[i]);
		snprintf(body, sizeof(body),
			 "/usr/sbin/%s \"$@\" >$0.out\n"
			 "if grep -q IP-MASQ $0.out; then cat $0.out; else\n"
			 "printf '# Generated by %s v1.8.4\\n*nat\\nCOMMIT\\n# Completed\\n'; fi",
			 name, stems[i]);
		fixture_fake(&f, name, body);
	}
	fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
		       "nothing to remove");
	fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_DRIFT, IPMASQ_STATE_DRIFT, "check");
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED, "apply");
	fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE, "check");
	fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
		       "remove");
	fixture_end(&f);
}

/* A program that does not say its version is not taken for one of the legacy variant. */
static void test_versions(void)
{
	static const struct {
		const char *body;
		/* AUTO: there is no answer. */
		enum ipmasq_backend backend;
		const char *says;
	} rows[] = {
		{ "kill -9 $$", IPMASQ_BACKEND_AUTO, "--version failed: it was ended by signal 9" },
		{ "echo 'iptables-restore v1.8.9 (nf_tables)'; kill -9 $$", IPMASQ_BACKEND_AUTO,
		  "signal 9" },
		{ "echo 'error while loading shared libraries' >&2; exit 127", IPMASQ_BACKEND_AUTO,
		  "shared libraries" },
		{ "exit 0", IPMASQ_BACKEND_AUTO, "no version" },
		{ "echo iptables-restore v1.8.9", IPMASQ_BACKEND_AUTO, "no version" },
		{ "echo 'iptables-restore v1.8.11 (nf_tables)'", IPMASQ_BACKEND_NFT, "" },
		{ "echo 'iptables-restore v1.8.4 (legacy)'", IPMASQ_BACKEND_LEGACY, "" },
		{ "echo 'iptables-restore v1.6.1'", IPMASQ_BACKEND_LEGACY, "" },
		{ "echo \"iptables-restore: unrecognized option '--version'\" >&2; exit 1",
		  IPMASQ_BACKEND_LEGACY, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum ipmasq_backend backend = IPMASQ_BACKEND_AUTO;
		struct failure failure = { .error = 0 };
		struct programs programs;
		struct fixture f;
		int r;

		fixture_begin(&f, "");
		fixture_real(&f, "nft");
		fixture_real(&f, "legacy");
		fixture_fake(&f, "iptables-save", "exit 0");
		fixture_fake(&f, "iptables-restore", rows[i].body);
		CHECK(programs_find(f.node, IPMASQ_IPV4, &programs, &failure) == 0, rows[i].body);
		r = programs_default(f.node, &programs, &backend, &failure);
		programs_release(&programs);
		if (rows[i].backend == IPMASQ_BACKEND_AUTO) {
			CHECK(r == -EPROTO, rows[i].body);
			CHECK(strstr(failure.text, rows[i].says), failure.text);
			CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
			CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_FAILED, rows[i].body);
			CHECK(fixture_logged(&f, "iptables-restore") == 0, "nothing was written");
		} else {
			CHECK(r == 0 && backend == rows[i].backend, rows[i].body);
		}
		fixture_end(&f);
	}
}

/* 50,000 rules of others, some of them longer than the limit for a line. */
static void test_foreign_crowd(void)
{
	struct fixture f;

	fixture_begin_fake(
		&f, "",
		"printf '" FIXTURE_EMPTY ":C - [0:0]\\n'\n"
		"yes '-A C -s 1.2.3.4/32 -j RETURN' | head -n 50000\n"
		"printf -- '-A POSTROUTING -m comment --comment \"'; head -c 3000000 /dev/zero "
		"| tr "
		"'\\0' z\nprintf '\" -j C\\n-A POSTROUTING -j IP-MASQ-AGENT\\nCOMMIT\\n'",
		"exit 0");
	CHECK(fixture_check(&f) == 0, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_DRIFT, "drift");
	CHECK(fixture_reported(&f, IPMASQ_IPV4,
			       "rule 2 of POSTROUTING leads to chain IP-MASQ-AGENT"),
	      fixture_said(&f));
	fixture_end(&f);
}

static void test_chain_names_are_checked(void)
{
	struct fixture f;

	fixture_begin_fake(&f, "", "echo ran >>${0%/bin/*}/log", "echo ran >>${0%/bin/*}/log");
	CHECK(ipmasq_node_remove(f.node, "POSTROUTING", f.report, f.diags) == -EINVAL, "built in");
	CHECK(ipmasq_node_remove(f.node, "-F", f.report, f.diags) == -EINVAL, "an option");
	CHECK(ipmasq_node_remove(f.node, "", f.report, f.diags) == -EINVAL, "empty");
	CHECK(fixture_found(&f, "chain-name", "POSTROUTING"), fixture_said(&f));
	CHECK(fixture_logged(&f, "ran") == 0, "nothing was run");
	fixture_end(&f);
}

static const struct unit_test tests[] = {
	{ "each failure of a program has its error", test_troubles },
	{ "each family has a result of its own", test_each_family_fails_for_itself },
	{ "a refusal names the entry of the configuration", test_refusal_names_the_entry },
	{ "missing programs", test_missing_programs },
	{ "programs without a variant in their names", test_plain_programs },
	{ "a node without IPv6 is an error only if IPv6 is on", test_no_ipv6 },
	{ "a failure of one family does not stop the other", test_one_family_fails },
	{ "the wait for the lock is bounded", test_lock_held },
	{ "--random-fully is left out if the program does not know it", test_without_random_fully },
	{ "trouble is no answer about --random-fully", test_random_fully_is_asked_again },
	{ "trouble that may pass does not skip IPv6", test_ipv6_is_not_skipped_for_trouble },
	{ "a table without chains is empty", test_table_without_chains },
	{ "only a version is an answer about the variant", test_versions },
	{ "many rules of others", test_foreign_crowd },
	{ "chain names are checked before a program runs", test_chain_names_are_checked },
};

int main(void)
{
	return fixture_main("node_trouble", tests, ARRAY_SIZE(tests));
}
