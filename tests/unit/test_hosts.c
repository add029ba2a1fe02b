/* SPDX-License-Identifier: Apache-2.0 */
/* Host names: their addresses, files in the format of hosts(5), and their entries in a policy. */
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "support/config_check.h"
#include "profile/hosts.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

/* Returns "NAME ADDRESS...", one line per name, or the reason if a name has no address. */
static char *dump_hosts(const struct ipmasq_hosts *hosts)
{
	char shown[IPMASQ_TEXT_MAX];
	struct buf buf = BUF_INIT;
	enum ipmasq_family family;
	uint8_t address[16];
	const char *name;
	char *text = NULL;

	for (size_t i = 0; (name = ipmasq_hosts_name(hosts, i)); i++) {
		buf_puts(&buf, name);
		for (size_t j = 0; ipmasq_hosts_address(hosts, name, j, &family, address) == 0; j++)
			buf_printf(&buf, " %s",
				   ipmasq_format_range(family, address, address, shown));
		if (hosts->hosts[i].why)
			buf_printf(&buf, " (%s)", hosts->hosts[i].why);
		buf_putc(&buf, '\n');
	}
	buf_steal(&buf, &text, NULL);
	return text;
}

static int add(struct ipmasq_hosts *hosts, const char *name, const char *text)
{
	enum ipmasq_family family = IPMASQ_IPV4;
	uint8_t address[16];

	if (ipmasq_parse_address(text, &family, address) < 0)
		return -EDOM;
	return ipmasq_hosts_add(hosts, name, family, address);
}

static void names_and_addresses(void)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 };
	struct ipmasq_hosts *hosts;
	enum ipmasq_family family;
	uint8_t address[16];
	char *dump;

	CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "10.0.0.9"), 0);
	CU_ASSERT_EQUAL(add(hosts, "cache.example.", "2001:db8::2"), 0);
	CU_ASSERT_EQUAL(ipmasq_hosts_fail(hosts, "gone.example", "no such name"), 0);
	CU_ASSERT_EQUAL(ipmasq_hosts_fail(hosts, "back.example", "no such name"), 0);
	CU_ASSERT_EQUAL(add(hosts, "DB.Example.", "2001:db8::1"), 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "10.0.0.10"), 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "9.0.0.10"), 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "10.0.0.9"), 0);
	CU_ASSERT_EQUAL(ipmasq_hosts_fail(hosts, "db.example", "has addresses anyway"), 0);
	CU_ASSERT_EQUAL(add(hosts, "back.example", "10.0.0.1"), 0);
	/* None of these is added. */
	CU_ASSERT_EQUAL(ipmasq_hosts_add(hosts, "db.example", IPMASQ_IPV6, mapped), -EINVAL);
	CU_ASSERT_EQUAL(add(hosts, "10.0.0.1", "10.0.0.1"), -EINVAL);
	CU_ASSERT_EQUAL(add(hosts, "", "10.0.0.1"), -EINVAL);
	CU_ASSERT_EQUAL(ipmasq_hosts_fail(hosts, "a b", "x"), -EINVAL);
	dump = dump_hosts(hosts);
	CU_ASSERT_STRING_EQUAL(dump, "db.example 9.0.0.10 10.0.0.9 10.0.0.10 2001:db8::1\n"
				     "cache.example. 2001:db8::2\n"
				     "gone.example (no such name)\n"
				     "back.example 10.0.0.1\n");
	free(dump);
	CU_ASSERT_EQUAL(ipmasq_hosts_address(hosts, "none.example", 0, &family, address), -ERANGE);
	CU_ASSERT_EQUAL(ipmasq_hosts_address(hosts, "db.example", 4, &family, address), -ERANGE);
	ipmasq_hosts_free(hosts);
	ipmasq_hosts_free(NULL);
}

/* A name may have as many addresses as fit into a DNS answer, so that adding one stays cheap. */
static void addresses_have_a_bound(void)
{
	struct ipmasq_hosts *hosts;
	enum ipmasq_family family;
	uint8_t read[16];
	int r = 0;

	CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
	for (unsigned int i = 0; i < 8192 && r == 0; i++) {
		uint8_t address[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };

		r = ipmasq_hosts_add(hosts, "db.example", IPMASQ_IPV4, address);
	}
	CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "10.0.0.1"), 0);
	CU_ASSERT_EQUAL(add(hosts, "db.example", "11.0.0.1"), -E2BIG);
	CU_ASSERT_EQUAL(ipmasq_hosts_address(hosts, "db.example", 8191, &family, read), 0);
	CU_ASSERT_EQUAL(ipmasq_hosts_address(hosts, "db.example", 8192, &family, read), -ERANGE);
	ipmasq_hosts_free(hosts);
}

/* The time to find many names must not grow with the square of their number. */
static void many_names(void)
{
	struct ipmasq_hosts *hosts;
	enum ipmasq_family family;
	uint8_t read[16];
	char name[64];
	size_t found = 0;

	CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
	for (unsigned int i = 0; i < 50000; i++) {
		uint8_t address[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		snprintf(name, sizeof(name), "Host-%u.example", i);
		if (ipmasq_hosts_add(hosts, name, IPMASQ_IPV4, address) < 0)
			break;
	}
	for (unsigned int i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "host-%u.EXAMPLE.", i);
		found += ipmasq_hosts_address(hosts, name, 0, &family, read) == 0;
		found += ipmasq_hosts_address(hosts, name, 1, &family, read) == 0;
	}
	CU_ASSERT_EQUAL(found, 50000);
	CU_ASSERT_PTR_NOT_NULL(ipmasq_hosts_name(hosts, 49999));
	CU_ASSERT_PTR_NULL(ipmasq_hosts_name(hosts, 50000));
	ipmasq_hosts_free(hosts);
}

static void write_to(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (CHECK(file != NULL, path)) {
		fputs(text, file);
		fclose(file);
	}
}

static void files(void)
{
	static const struct {
		const char *text;
		const char *hosts;
		const char *findings;
		int result;
	} rows[] = {
		{ "", "", "", 0 },
		{ "# nothing\n\n \t\r\n", "", "", 0 },
		{ "10.0.0.1 db.example\n", "db.example 10.0.0.1\n", "", 0 },
		{ "\t10.0.0.1\tdb.example  db # two\n::1 db",
		  "db.example 10.0.0.1\ndb 10.0.0.1 ::1\n", "", 0 },
		{ "10.0.0.1 db.example\r\n10.0.0.2 db.example\r\n",
		  "db.example 10.0.0.1 10.0.0.2\n", "", 0 },
		{ "10.0.0.1#db\n10.0.0.1\n", "", "", 0 },
		{ "fe80::1%lo0 localhost\n127.0.0.1 localhost\n", "localhost 127.0.0.1\n", "", 0 },
		{ "ff02::1 ip6-allnodes\n", "ip6-allnodes ff02::1\n", "", 0 },
		{ "db.example 10.0.0.1\n10.0.0.2 ok\n", "ok 10.0.0.2\n", "E hosts-file 1:1-11\n",
		  -EINVAL },
		{ "10.0.0.1/32 db.example\n", "", "E hosts-file 1:1-12\n", -EINVAL },
		{ "::ffff:10.0.0.1 db.example\n", "", "E hosts-file 1:1-16\n", -EINVAL },
		{ "10.0.0.1 \xc3\xa4 db 10.0.0.2 \n", "db 10.0.0.1\n",
		  "E hosts-file 1:10-11\nE hosts-file 1:15-23\n", -EINVAL },
	};
	char path[] = "/tmp/ipmasq-hosts-XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ipmasq_diags *diags;
		struct ipmasq_hosts *hosts;
		char *dump;

		write_to(path, rows[i].text);
		CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
		CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
		CHECK(ipmasq_hosts_load(hosts, FILE_SOURCE(path), diags) == rows[i].result,
		      rows[i].text);
		dump = dump_hosts(hosts);
		CHECK_STRING(dump, rows[i].hosts, rows[i].text);
		free(dump);
		dump = dump_diags(diags);
		CHECK_STRING(dump ? dump : "", rows[i].findings, rows[i].text);
		free(dump);
		ipmasq_hosts_free(hosts);
		ipmasq_diags_free(diags);
	}
	remove(path);
	{
		struct ipmasq_hosts *hosts;

		CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
		CU_ASSERT_EQUAL(ipmasq_hosts_load(hosts, FILE_SOURCE(path), NULL), -ENOENT);
		ipmasq_hosts_free(hosts);
	}
}

/* Writes the entries of a family that have a place, in decision order, as "CIDR[=host]@line". */
static void put_entries(struct buf *buf, const struct ipmasq_policy *policy,
			enum ipmasq_family family)
{
	for (size_t i = 0; i < ipmasq_policy_entry_count(policy, family); i++) {
		struct ipmasq_entry_details entry =
			entry_of(ipmasq_policy_entry(policy, family, i));

		if (!entry.place.file || !entry.cidr[0])
			continue;
		buf_printf(buf, "%s%s%s%s@%u", buf->len ? " " : "", entry.cidr,
			   entry.host ? "=" : "", entry.host ? entry.host : "", entry.place.line);
	}
}

struct policy_row {
	const char *what;
	const char *text;
	/* A second input, or NULL. */
	const char *second;
	enum ipmasq_mode ipv6;
	bool no_hosts;
	const char *entries;
	const char *findings;
	int result;
};

static void check_policy(const struct policy_row *row, const struct ipmasq_hosts *hosts)
{
	struct ipmasq_options *options;
	struct ipmasq_policy *policy = NULL;
	struct fixture fixture;
	struct buf buf = BUF_INIT;
	char *dump;

	set_up(&fixture, "cce");
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	ipmasq_options_set_profile(options, "cce", NULL);
	if (row->ipv6 != IPMASQ_AUTO)
		ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, row->ipv6);
	if (!row->no_hosts)
		ipmasq_options_set_hosts(options, hosts);
	CHECK(ipmasq_config_load(fixture.config, DATA_SOURCE("A", row->text, strlen(row->text)),
				 fixture.diags) == 0,
	      row->what);
	if (row->second)
		CHECK(ipmasq_config_load(fixture.config,
					 DATA_SOURCE("B", row->second, strlen(row->second)),
					 fixture.diags) == 0,
		      row->what);
	CHECK(ipmasq_policy_new(fixture.config, options, fixture.diags, &policy) == row->result,
	      row->what);
	dump = dump_diags(fixture.diags);
	CHECK_STRING(dump ? dump : "", row->findings, row->what);
	free(dump);
	/* The policy no longer needs these. */
	tear_down(&fixture);
	ipmasq_options_free(options);
	if (policy) {
		put_entries(&buf, policy, IPMASQ_IPV4);
		put_entries(&buf, policy, IPMASQ_IPV6);
		CHECK_STRING(buf.len ? buf.data : "", row->entries, row->what);
	}
	buf_release(&buf);
	ipmasq_policy_free(policy);
}

/* With one more they are as many as the agent takes. Equal ones count. */
#define SEVEN_ENTRIES                                                                          \
	"- 10.0.0.0/8\n- 10.0.0.0/8\n- 10.0.0.0/8\n- 10.0.0.0/8\n- 10.0.0.0/8\n- 10.0.0.0/8\n" \
	"- 10.0.0.0/8\n"
#define TWENTY_ONE_ENTRIES  SEVEN_ENTRIES SEVEN_ENTRIES SEVEN_ENTRIES
#define SIXTY_THREE_ENTRIES TWENTY_ONE_ENTRIES TWENTY_ONE_ENTRIES TWENTY_ONE_ENTRIES

static void policies(void)
{
	static const struct policy_row rows[] = {
		{ "addresses replace the name, sorted, with its place",
		  .text = "masqueradeCIDRs:\n- 11.0.0.0/8\n- db.example\n- 12.0.0.0/8\n"
			  "nonMasqueradeCIDRs: []\n",
		  .entries = "11.0.0.0/8@2 9.9.9.9/32=db.example@3 10.0.0.9/32=db.example@3 "
			     "12.0.0.0/8@4 2001:db8::1/128=db.example@3",
		  .findings = "" },
		{ "of equal addresses the second is dropped, whether from a name or not",
		  .text = "masqueradeCIDRs:\n- 9.9.9.9/32\n- db.example\n- db.example\n- "
			  "DB.example.\n"
			  "- twin.example\nnonMasqueradeCIDRs: []\n",
		  .entries = "9.9.9.9/32@2 10.0.0.9/32=db.example@3 2001:db8::1/128=db.example@3",
		  .findings = "" },
		{ "a name without addresses does not affect the others",
		  .text = "nonMasqueradeCIDRs:\n- gone.example\n- unheard.example\n- 10.0.0.0/8\n"
			  "- twin.example\n",
		  .entries = "10.0.0.0/8@4 9.9.9.9/32=twin.example@5",
		  .findings = "W host-name 2:3-15\nW host-name 3:3-18\n" },
		{ "without hosts all names are left out, but the list counts as given",
		  .text = "nonMasqueradeCIDRs:\n- db.example\n", .no_hosts = true, .entries = "",
		  .findings = "W host-name 2:3-13\n" },
		{ "a name counts as one entry for the limit",
		  .text = "nonMasqueradeCIDRs:\n- db.example\n" SIXTY_THREE_ENTRIES,
		  .entries = "9.9.9.9/32=db.example@2 10.0.0.9/32=db.example@2 10.0.0.0/8@3 "
			     "2001:db8::1/128=db.example@2",
		  .findings = "" },
		{ "a name that is left out counts for the limit, too",
		  .text = "nonMasqueradeCIDRs:\n- db.example\n- gone.example\n" SIXTY_THREE_ENTRIES,
		  .entries = "", .findings = "W host-name 3:3-15\nE cidr-limit 66:3-13\n",
		  .result = -EINVAL },
		{ "with IPv6 off, IPv6 addresses of a name are not reported",
		  .text = "masqueradeCIDRs:\n- db.example\nnonMasqueradeCIDRs: []\n",
		  .ipv6 = IPMASQ_OFF,
		  .entries = "9.9.9.9/32=db.example@2 10.0.0.9/32=db.example@2 "
			     "2001:db8::1/128=db.example@2",
		  .findings = "" },
		{ "several inputs", .text = "nonMasqueradeCIDRs:\n- twin.example\n",
		  .second = "nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- db.example\n",
		  .entries = "9.9.9.9/32=twin.example@2 10.0.0.0/8@2 10.0.0.9/32=db.example@3 "
			     "2001:db8::1/128=db.example@3",
		  .findings = "" },
	};
	struct ipmasq_hosts *hosts;

	CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
	add(hosts, "db.example", "2001:db8::1");
	add(hosts, "db.example", "10.0.0.9");
	add(hosts, "db.example", "9.9.9.9");
	add(hosts, "twin.example", "9.9.9.9");
	ipmasq_hosts_fail(hosts, "gone.example", "Name or service not known");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_policy(&rows[i], hosts);
	ipmasq_hosts_free(hosts);
}

static void names_to_resolve(void)
{
	static const char text[] = "masqueradeCIDRs: [b.example, A.example., 10.0.0.0/8]\n"
				   "nonMasqueradeCIDRs: [a.example, c.example, B.example]\n";
	struct fixture fixture;

	set_up(&fixture, "cce");
	CU_ASSERT_EQUAL(
		ipmasq_config_load(fixture.config, DATA_SOURCE("A", text, strlen(text)), NULL), 0);
	CU_ASSERT_STRING_EQUAL(ipmasq_config_host(fixture.config, 0), "b.example");
	CU_ASSERT_STRING_EQUAL(ipmasq_config_host(fixture.config, 1), "A.example.");
	CU_ASSERT_STRING_EQUAL(ipmasq_config_host(fixture.config, 2), "c.example");
	CU_ASSERT_PTR_NULL(ipmasq_config_host(fixture.config, 3));
	tear_down(&fixture);
}

static void the_reason_is_reported(void)
{
	static const char text[] = "masqueradeCIDRs: [gone.example]\n";
	struct ipmasq_options *options;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_hosts *hosts;
	struct fixture fixture;

	set_up(&fixture, "cce");
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_hosts_new(&hosts), 0);
	ipmasq_hosts_fail(hosts, "gone.example", "Name or service not known");
	ipmasq_options_set_profile(options, "cce", NULL);
	ipmasq_options_set_hosts(options, hosts);
	ipmasq_config_load(fixture.config, DATA_SOURCE("A", text, strlen(text)), fixture.diags);
	CU_ASSERT_EQUAL(ipmasq_policy_new(fixture.config, options, fixture.diags, &policy), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_count(fixture.diags), 1);
	CU_ASSERT_STRING_EQUAL(finding_at(fixture.diags, 0).message,
			       "the host name \"gone.example\" is not resolved, the entry is left "
			       "out: Name or service not known");
	ipmasq_policy_free(policy);
	ipmasq_hosts_free(hosts);
	ipmasq_options_free(options);
	tear_down(&fixture);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "names and their addresses, each once and sorted", names_and_addresses },
		{ "a name has no more addresses than fit into an answer", addresses_have_a_bound },
		{ "50,000 names are found", many_names },
		{ "files in the format of hosts(5)", files },
		{ "addresses replace names in a policy", policies },
		{ "a configuration lists the names to resolve", names_to_resolve },
		{ "the reason why a name is not resolved is reported", the_reason_is_reported },
	};

	return unit_main("hosts", tests, ARRAY_SIZE(tests));
}
