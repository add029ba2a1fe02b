/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the nat table directly, on the real kernel, compared with reading it from a program's
 * output. The direct reader may give up, but its answers must be the same, however the rules are
 * damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "node/direct.h"
#include "node/kernel/legacy.h"
#include "node/kernel/nft.h"
#include "node/kernel/send.h"
#include "node/observe.h"
#include "node/programs.h"
#include "support/node_fixture.h"
#include "rules/script.h"

static const char *const texts[] = {
	/* The defaults. */
	"",
	/* Prefix lengths of whole bytes and some others; sources. */
	"nonMasqueradeSrcCIDRs: [172.20.9.0/24, 172.20.64.0/18, 'fd00:172:20:9::/64',"
	" 'fd00:172::/33']\n"
	"masqueradeCIDRs: [10.10.10.10/32, 10.10.0.0/16, 128.0.0.0/1, 'fd00:20::/48', 'fd::/17']\n"
	"nonMasqueradeCIDRs: [10.0.0.0/8, 198.51.100.6/31, 'fd00::/8', '2001:db8::7/128',"
	" '2001:db8:0:1:8000::/65']\n",
	/* A tree. */
	"masqueradeCIDRs: [10.1.0.0/16, 10.3.0.0/16, 10.5.0.0/16, 10.7.0.0/16, 10.9.0.0/16,"
	" 10.11.0.0/16, 10.13.0.0/16, 10.15.0.0/16, 10.17.0.0/16, 10.19.0.0/16, 10.21.0.0/16,"
	" 'fd00:1::/32', 'fd00:3::/32', 'fd00:5::/32', 'fd00:7::/32', 'fd00:9::/32',"
	" 'fd00:b::/32', 'fd00:d::/32', 'fd00:f::/32', 'fd00:11::/32', 'fd00:13::/32']\n"
	"nonMasqueradeCIDRs: [10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12, 'fd00::/8', "
	"'fe80::/10']\n",
};

static const struct {
	size_t text;
	const char *ports;
} policies[] = {
	{ 0, NULL },
	{ 1, NULL },
	{ 1, "1024-2023,40000-40899,5000" },
	{ 2, NULL },
	{ 2, "1024-2023,40000-40899" },
};

/* Rules of others, for both families. */
static const char others[] =
	"cat >$D/others <<'END'\n"
	"*nat\n"
	":KUBE-POSTROUTING - [0:0]\n"
	":IP-MASQ.1a2b.a000001 - [0:0]\n"
	"-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n"
	"-A KUBE-POSTROUTING -j MASQUERADE --random-fully\n"
	"-A POSTROUTING -m comment --comment kubernetes -j KUBE-POSTROUTING\n"
	"-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80\n"
	"COMMIT\n"
	"END\n"
	"iptables-@-restore --noflush <$D/others; ip6tables-@-restore --noflush <$D/others";

static struct fixture fixture;
static struct programs programs;
static struct iptables target;

static void begin_node(const char *variant, enum ipmasq_family family, size_t policy)
{
	struct failure failure;

	fixture_begin(&fixture, "");
	fixture_real(&fixture, variant);
	fixture_do(&fixture, variant, others);
	fixture_policy(&fixture, texts[policies[policy].text], IPMASQ_ON, policies[policy].ports);
	fixture_expect(&fixture, fixture_apply(&fixture), IPMASQ_STATE_CHANGED,
		       IPMASQ_STATE_CHANGED, variant);
	CHECK(programs_find(fixture.node, family, &programs, &failure) == 0, "programs");
	target = (struct iptables){ .node = fixture.node, .family = family };
	target.backend = strcmp(variant, "nft") == 0 ? IPMASQ_BACKEND_NFT : IPMASQ_BACKEND_LEGACY;
	target.programs = &programs.pairs[target.backend];
}

static void end_node(void)
{
	programs_release(&programs);
	fixture_end(&fixture);
}

static bool rulesets_equal(const struct ipmasq_ruleset *a, const struct ipmasq_ruleset *b)
{
	if (a->family != b->family || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!chain_equal(&a->chains[i], &b->chains[i]))
			return false;
	return true;
}

/* @doubt: the kernel's reader does not tell which of them is our jump. */
static bool referrers_equal(const struct observation *a, const struct observation *b, bool doubt)
{
	if (a->referrer_count != b->referrer_count)
		return false;
	for (size_t i = 0; i < a->referrer_count; i++) {
		const struct referrer *x = &a->referrers[i];
		const struct referrer *y = &b->referrers[i];

		if (strcmp(x->chain, y->chain) != 0 || strcmp(x->target, y->target) != 0 ||
		    x->number != y->number || (x->right != y->right && !(doubt && y->right)) ||
		    x->in_postrouting != y->in_postrouting ||
		    (x->exact && strcmp(x->words, y->words) != 0))
			return false;
	}
	return true;
}

static bool observations_equal(struct observation *direct, const struct observation *printed)
{
	if (chains_align(direct->rules, printed->rules) < 0)
		return false;
	return direct->root_exists == printed->root_exists &&
	       direct->foreign_count == printed->foreign_count &&
	       direct->rewriter_count == printed->rewriter_count && !printed->odd &&
	       referrers_equal(direct, printed, false) &&
	       rulesets_equal(direct->rules, printed->rules);
}

/* What is read of our chains and of what leads to them is the same where the chains of others are
 * not read. @all_doubts: of @all, which may concern others alone. */
static void compare_scopes(const struct observation *all, unsigned int all_doubts, const char *what)
{
	bool unsure = !all->rules || (all_doubts & ~(unsigned int)DOUBT_OTHERS);
	struct observation scoped = { 0 };
	struct failure failure;
	unsigned int doubts = 0;
	int r = direct_observe(&target, "IP-MASQ-AGENT", false, &scoped, &doubts, &failure);

	CHECK(unsure ? r == READER_UNSURE : doubts == (doubts & all_doubts), what);
	if (!unsure) {
		CHECK(scoped.foreign_count >= all->foreign_count &&
			      (scoped.foreign_count > 0) == (all->foreign_count > 0),
		      what);
		CHECK(scoped.foreign_estimated || scoped.foreign_count == all->foreign_count, what);
		CHECK(scoped.fingerprint == all->fingerprint, what);
		CHECK(referrers_equal(&scoped, all, false), what);
		/* A rule that differs equals none. */
		CHECK(all->differs || rulesets_equal(scoped.rules, all->rules), what);
	}
	observation_release(&scoped);
}

/* Compares both ways to read the table. False if the direct one gave up, or found a rule that
 * differs: the program that made the table then prints one as well. */
static bool compare_readers(const char *what)
{
	struct observation direct = { 0 };
	struct observation printed = { 0 };
	struct failure failure;
	unsigned int doubts = 0;
	int r = direct_observe(&target, "IP-MASQ-AGENT", true, &direct, &doubts, &failure);
	bool differs = direct.differs;

	compare_scopes(&direct, doubts, what);
	if (differs) {
		CHECK(observe(&target, "IP-MASQ-AGENT", &printed, &failure) == 0, what);
		CHECK(printed.odd, what);
	} else if (r == 0) {
		CHECK(observe(&target, "IP-MASQ-AGENT", &printed, &failure) == 0, what);
		CHECK(observations_equal(&direct, &printed), what);
	} else {
		CHECK(r == READER_UNSURE, what);
	}
	if (r == READER_UNSURE && direct.rules && !differs) {
		CHECK(observe(&target, "IP-MASQ-AGENT", &printed, &failure) == 0, what);
		CHECK(referrers_equal(&direct, &printed, doubts & DOUBT_JUMP), what);
		CHECK(direct.foreign_count == printed.foreign_count, what);
		CHECK(direct.rewriter_count == printed.rewriter_count, what);
	}
	observation_release(&direct);
	observation_release(&printed);
	return r == 0 && !differs;
}

/* Whether there are chains that were not read. */
static bool has_estimate(void)
{
	struct observation obs;
	struct failure failure;
	unsigned int doubts;
	bool estimated;

	CHECK(direct_observe(&target, "IP-MASQ-AGENT", false, &obs, &doubts, &failure) == 0,
	      "observed");
	estimated = obs.foreign_estimated;
	observation_release(&obs);
	return estimated;
}

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static void test_untouched(void)
{
	EACH_VARIANT(v)
		for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
			begin_node(*v, families[i % 2], i);
			CHECK(compare_readers(*v), *v);
			target.family = families[(i + 1) % 2];
			programs_release(&programs);
			CHECK(programs_find(fixture.node, target.family, &programs,
					    &(struct failure){ 0 }) == 0,
			      "programs");
			CHECK(compare_readers(*v), *v);
			CHECK(has_estimate() == (**v == 'n'), *v);
			end_node();
		}
}

/* A table without rules of ours, and an empty one. */
static void test_nothing(void)
{
	EACH_VARIANT(v) {
		begin_node(*v, IPMASQ_IPV4, 0);
		fixture_remove(&fixture);
		CHECK(compare_readers("removed"), *v);
		fixture_do(&fixture, *v, "iptables-@ -t nat -F; iptables-@ -t nat -X");
		CHECK(compare_readers("flushed"), *v);
		end_node();
	}
}

static uint32_t seed;

/* Returns a pseudo-random number below @count. Each run has the same numbers. */
static size_t choose_below(size_t count)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % count;
}

/* Matches to insert into a rule, after its chain. */
static const char *const words[] = {
	" -p tcp",
	" -p icmp",
	" -p udp -m udp --dport 53",
	" -i eth7",
	" -o eth7",
	" -m mark --mark 0x1",
	" -m statistic --mode nth --every 2 --packet 0",
	" -m statistic --mode random --probability 0.50000000000",
	" -m statistic --mode random ! --probability 0.25000000000",
	" -m addrtype --dst-type LOCAL",
	" -m addrtype ! --dst-type LOCAL",
	" -m addrtype ! --dst-type LOCAL --limit-iface-out",
	" -m addrtype ! --src-type LOCAL",
	" -m comment --comment \"-j \\\"x\\\"\"",
	" ! -s 0::1/128",
	" ! -s 10.1.2.3/32",
	" -s 10.0.0.0/9",
	" -s fd00::/9",
	" -m limit --limit 3/sec",
	" -m iprange --dst-range 10.0.0.1-10.0.0.9",
	" -m multiport -p tcp --dports 1,2",
};

/* Replacements for the target of a rule. */
static const char *const targets[] = {
	" -j RETURN",
	" -j ACCEPT",
	" -j MASQUERADE",
	" -j MASQUERADE --random-fully",
	" -j MASQUERADE --random",
	" -p tcp -j MASQUERADE --to-ports 5-6",
	" -p tcp -j MASQUERADE --to-ports 7 --random",
	" -j IP-MASQ-AGENT",
	" -g IP-MASQ-AGENT",
	" -g KUBE-POSTROUTING",
	" -j KUBE-POSTROUTING",
	"",
	" -j MARK --set-xmark 0x1/0xffffffff",
	" -j LOG",
	" -j NFLOG",
};

struct lines_of {
	char *text;
	const char *line[2048];
	size_t count;
};

static void split_lines(struct lines_of *l, const char *text)
{
	l->text = strdup(text);
	l->count = 0;
	for (char *p = strtok(l->text, "\n"); p && l->count < ARRAY_SIZE(l->line);
	     p = strtok(NULL, "\n"))
		l->line[l->count++] = p;
}

static size_t some_rule(const struct lines_of *l)
{
	size_t at = choose_below(l->count);

	for (size_t i = 0; i < l->count; i++, at = (at + 1) % l->count)
		if (strncmp(l->line[at], "-A ", 3) == 0)
			break;
	return at;
}

static void put_words(struct buf *b, const char *line)
{
	size_t chain = 3 + strcspn(line + 3, " ");

	buf_add(b, line, chain);
	buf_puts(b, words[choose_below(ARRAY_SIZE(words))]);
	buf_puts(b, line + chain);
}

static void put_target(struct buf *b, const char *line)
{
	const char *at = strstr(line, " -j ");

	if (!at)
		at = strstr(line, " -g ");
	buf_add(b, line, at ? (size_t)(at - line) : strlen(line));
	buf_puts(b, targets[choose_below(ARRAY_SIZE(targets))]);
}

/* Changes a digit, or makes a goto a jump. */
static void put_digit(struct buf *b, const char *line)
{
	size_t start = b->len;
	size_t at;

	buf_puts(b, line);
	for (size_t tries = 0; tries < 50; tries++) {
		at = start + 3 + choose_below(b->len - start - 3);
		if (b->data[at] >= '0' && b->data[at] <= '9') {
			b->data[at] = (char)('0' + choose_below(10));
			return;
		}
		if (b->data[at] == 'g' && b->data[at - 1] == '-') {
			b->data[at] = 'j';
			return;
		}
	}
}

/* Writes the table with one change. */
static void mutate(const struct lines_of *l, struct buf *b)
{
	size_t at = some_rule(l);
	size_t other = some_rule(l);
	size_t how = choose_below(8);

	for (size_t i = 0; i < l->count; i++) {
		const char *line = l->line[i];

		if (i == at && how == 0)
			continue;
		if (i == at && how == 1)
			line = l->line[other];
		if (i == other && how == 1)
			line = l->line[at];
		if (i == at && how == 2) {
			buf_puts(b, line);
			buf_putc(b, '\n');
		}
		if (strcmp(line, "COMMIT") == 0 && how == 3)
			buf_puts(b, "-A KUBE-POSTROUTING -j IP-MASQ-AGENT\n");
		if (i == at && how <= 5 && how >= 4)
			put_words(b, line);
		else if (i == at && how == 6)
			put_target(b, line);
		else if (i == at && how == 7)
			put_digit(b, line);
		else
			buf_puts(b, line);
		buf_putc(b, '\n');
	}
}

/* Per table; there are eight. IPMASQ_MUTATIONS=1000 tries more. */
static size_t mutations = 16;

/* Returns how many changed tables the program accepted. Adds to @answers how many of those were
 * read directly. */
static size_t mutate_often(const char *variant, enum ipmasq_family family, size_t *answers)
{
	const char *stem = family == IPMASQ_IPV4 ? "iptables" : "ip6tables";
	struct lines_of table;
	size_t made = 0;
	char command[256];
	char path[128];

	snprintf(command, sizeof(command), "%s-@-save -t nat", stem);
	split_lines(&table, fixture_do(&fixture, variant, command));
	snprintf(path, sizeof(path), "%s/mutated", fixture.dir);
	snprintf(command, sizeof(command), "%s-@-restore <$D/mutated 2>/dev/null", stem);
	for (size_t i = 0; i < mutations; i++) {
		struct buf text = BUF_INIT;
		FILE *file = fopen(path, "we");

		mutate(&table, &text);
		if (!CHECK(file && !text.error, path))
			return 0;
		fputs(text.data, file);
		fclose(file);
		if (fixture_shell(&fixture, variant, command)) {
			made++;
			*answers += compare_readers(text.data);
		}
		buf_release(&text);
	}
	free(table.text);
	return made;
}

static void test_tampering(void)
{
	size_t answers = 0;
	size_t made = 0;

	EACH_VARIANT(v)
		for (size_t i = 1; i < ARRAY_SIZE(policies); i += 1 + (i == 1)) {
			enum ipmasq_family family = families[(i + (**v == 'l')) % 2];

			begin_node(*v, family, i);
			made += mutate_often(*v, family, &answers);
			end_node();
		}
	/* The program accepts half of the tables. Some of those have only forms that the reader
	 * knows. */
	CHECK(made > 8 * mutations / 2, "tables");
	CHECK(answers > made / 5 && answers < made, "answers");
}

static int keep(void *context, const char *data, size_t len)
{
	buf_add(context, data, len);
	return 0;
}

/* Feeds a recorded dump, of what is in @scope, to a reader in pieces. Returns 0 or READER_UNSURE.
 */
static int replay(const struct send_scope *scope, const struct buf *dump, size_t len, size_t piece,
		  struct observation *obs)
{
	bool nft = target.backend == IPMASQ_BACKEND_NFT;
	struct observer observer;
	struct reader *reader;
	int r = observer_begin(&observer, target.family, "IP-MASQ-AGENT", obs);

	CHECK(r == 0, "root");
	reader = nft ? nft_reader_new(&observer, scope) : legacy_reader_new(&observer);
	for (size_t at = 0; at < len && r == 0; at += piece) {
		size_t part = len - at < piece ? len - at : piece;

		r = reader_feed(reader, dump->data + at, part);
	}
	if (r == 0)
		r = reader_end(reader);
	reader_free(reader);
	observer_end(&observer);
	return r;
}

/* The size of the pieces makes no difference, a partial dump is refused, and damage crashes
 * nothing.
 */
static void replay_often(const char *variant, const struct send_scope *scope)
{
	static const size_t pieces[] = { 1, 7, 4096, 65536, 1 << 20 };

	for (size_t family = 0; family < 2; family++) {
		struct buf dump = BUF_INIT;
		struct observation whole;
		struct observation obs;
		struct failure failure;

		begin_node(variant, families[family], 4);
		CHECK(direct_ask(&target, *variant == 'n' ? send_nft_table : send_legacy_table,
				 scope, keep, &dump, &failure) == 0,
		      variant);
		CHECK(replay(scope, &dump, dump.len, dump.len, &whole) == 0, variant);
		for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
			CHECK(replay(scope, &dump, dump.len, pieces[i], &obs) == 0, variant);
			CHECK(observations_equal(&obs, &whole), variant);
			observation_release(&obs);
		}
		for (size_t i = 0; i < 60; i++) {
			size_t len = choose_below(dump.len - 16);

			CHECK(replay(scope, &dump, len, 4096, &obs) == READER_UNSURE, variant);
			observation_release(&obs);
		}
		for (size_t i = 0; i < 300; i++) {
			size_t at = choose_below(dump.len);
			char was = dump.data[at];

			dump.data[at] = (char)choose_below(256);
			replay(scope, &dump, dump.len, 4096, &obs);
			observation_release(&obs);
			if (choose_below(4))
				dump.data[at] = was;
		}
		observation_release(&whole);
		buf_release(&dump);
		end_node();
	}
}

static void test_dumps(void)
{
	struct send_scope scope;

	send_scope_set(&scope, "IP-MASQ-AGENT");
	EACH_VARIANT(v)
		replay_often(*v, NULL);
	replay_often("nft", &scope);
}

static const struct unit_test tests[] = {
	{ "unchanged rules are read without a program", test_untouched },
	{ "a table without rules of ours is read without a program", test_nothing },
	{ "changed rules are read as the programs print them", test_tampering },
	{ "a dump is used only if it is complete", test_dumps },
};

int main(void)
{
	const char *wanted = getenv("IPMASQ_MUTATIONS");

	if (wanted)
		mutations = (size_t)strtoul(wanted, NULL, 10);
	return fixture_main("node_kernel", tests, ARRAY_SIZE(tests));
}
