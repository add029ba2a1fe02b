/* SPDX-License-Identifier: Apache-2.0 */
/* Lets each allocation of the node fail once, with fake programs that keep a table in a file. */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "util/common.h"
#include "node/direct.h"
#include "support/heap.h"
#include "support/node_fixture.h"

#define HOOKS                                                                         \
	"*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n" \
	":POSTROUTING ACCEPT [0:0]\n"

/* A table with leftovers and with rules of others. */
#define BEFORE                                                                    \
	HOOKS ":IP-MASQ-AGENT - [0:0]\n"                                          \
	      "-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 1.2.3.4\n"        \
	      "-A POSTROUTING -j IP-MASQ-AGENT\n"                                 \
	      "-A OUTPUT -m comment --comment \"a \\\"b\\\"\" -j IP-MASQ-AGENT\n" \
	      "-A IP-MASQ-AGENT -o eth0 -j RETURN\nCOMMIT\n"

#define STATE_MAX 8192

/* What the names of the programs begin with; each has a table of its own. */
static const char *const stems[] = { "iptables-nft", "ip6tables-nft", "iptables-legacy",
				     "ip6tables-legacy" };

#define TABLES ARRAY_SIZE(stems)

/*
 * The fake programs keep the table in a file. Save prints it; restore writes its input there, or a
 * table without our rules if the input deletes the chain. This program acts as iptables when it is
 * started by that name: it is started thousands of times, and a shell script would take several
 * times as long.
 */

static size_t read_file(const char *path, char text[STATE_MAX])
{
	FILE *file = path ? fopen(path, "re") : stdin;
	size_t len = file ? fread(text, 1, STATE_MAX - 1, file) : 0;

	text[len] = '\0';
	if (file && path)
		fclose(file);
	return len;
}

static bool write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

static int act_as_save(const char *state)
{
	char text[STATE_MAX];

	return read_file(state, text) > 0 && fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0
											     : 1;
}

static int act_as_restore(const char *state)
{
	char given[STATE_MAX];
	char text[STATE_MAX] = HOOKS;
	bool deleted = false;

	read_file(NULL, given);
	for (char *line = strtok(given, "\n"); line; line = strtok(NULL, "\n")) {
		deleted |= strncmp(line, "-X", 2) == 0;
		if (line == given || strncmp(line, "-D", 2) == 0)
			continue;
		if (strlen(text) + strlen(line) + 2 > sizeof(text))
			return 1;
		strcat(strcat(text, line), "\n");
	}
	return write_file(state, deleted ? HOOKS "COMMIT\n" : text) ? 0 : 1;
}

/* @path is the name by which this program was started. Returns -1 if that is the test. */
static int act_as_program(const char *path, int argc, char **argv)
{
	const char *slash = strrchr(path, '/');
	const char *program = slash ? slash + 1 : path;
	const char *job = strrchr(program, '-');
	char state[192];

	if (strncmp(program, "iptables-", 9) != 0 && strncmp(program, "ip6tables-", 10) != 0)
		return -1;
	snprintf(state, sizeof(state), "%.*s.state", (int)(job - path), path);
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--test") == 0)
			return 0;
	return strstr(program, "-save") ? act_as_save(state) : act_as_restore(state);
}

static struct fixture fixture;
/* How many sentences the reports of a scenario have. */
static size_t sentences;

/* A result with an error has a text, and a code unless memory was short. */
static void check_result(const struct ipmasq_result *result)
{
	CHECK((result->error < 0) == (result->text != NULL), "text");
	CHECK(!result->text || result->text[0], "text is empty");
	CHECK((result->code != NULL) == (result->error < 0 && result->error != -ENOMEM), "code");
	CHECK(result->state != IPMASQ_STATE_FAILED || result->error < 0, "failed without an error");
}

static int count_sentences(const struct ipmasq_report *report, int r)
{
	struct ipmasq_result ipv4;
	struct ipmasq_result ipv6;

	CHECK(ipmasq_report_result(report, IPMASQ_IPV4, &ipv4, sizeof(ipv4)) == 0, "IPv4");
	CHECK(ipmasq_report_result(report, IPMASQ_IPV6, &ipv6, sizeof(ipv6)) == 0, "IPv6");
	check_result(&ipv4);
	check_result(&ipv6);
	/* The result of a family has its error; only -ENOMEM may concern no family. */
	if (r < 0 && ipv4.error == 0 && ipv6.error == 0)
		CHECK(r == -ENOMEM, "error of no family");
	sentences += ipv4.lines + ipv6.lines;
	return r;
}

/* The programs of these tests do not write to the kernel, so there is nothing to hear of. */
static int listen_to(struct ipmasq_node *node)
{
	struct ipmasq_changes changes;
	int fd;
	int r;

	node->direct = true;
	r = ipmasq_node_listen(node, &fd);
	node->direct = false;
	return r < 0 ? r : ipmasq_node_changes(node, fixture.policy, &changes, sizeof(changes));
}

static int act_first(struct ipmasq_node *node, struct ipmasq_report *report,
		     struct ipmasq_diags *diags)
{
	int r = listen_to(node);

	if (r == 0)
		r = count_sentences(report, ipmasq_node_check(node, fixture.policy, report, diags));
	if (r == 0)
		r = count_sentences(report, ipmasq_node_apply(node, fixture.policy, report, diags));
	return r;
}

static int act_then(struct ipmasq_node *node, struct ipmasq_report *report,
		    struct ipmasq_diags *diags)
{
	int r = count_sentences(report, ipmasq_node_check(node, fixture.policy, report, diags));

	if (r == 0)
		r = count_sentences(report,
				    ipmasq_node_remove(node, "IP-MASQ-AGENT", report, diags));
	return r;
}

/* Legacy takes over the rules that are in nft. */
static int act_take_over(struct ipmasq_node *node, struct ipmasq_report *report,
			 struct ipmasq_diags *diags)
{
	int r = ipmasq_node_set_backend(node, IPMASQ_BACKEND_LEGACY);

	if (r == 0)
		r = count_sentences(report, ipmasq_node_check(node, fixture.policy, report, diags));
	if (r == 0)
		r = count_sentences(report, ipmasq_node_apply(node, fixture.policy, report, diags));
	return r;
}

/* The second scenario starts where the first ended. If they were one, each allocation of the second
 * would run the programs of the first again. */
static int (*const scenarios[])(struct ipmasq_node *, struct ipmasq_report *,
				struct ipmasq_diags *) = { act_first, act_then, act_take_over };
/* The index of the scenario. */
static size_t current;

static int act(struct ipmasq_node *node, struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%s/bin", fixture.dir);
	r = ipmasq_node_set_path(node, IPMASQ_PATH_PROGRAMS, path, NULL);
	if (r == 0)
		r = ipmasq_node_set_path(node, IPMASQ_PATH_LOCK_FILE, "/no/such/lock", NULL);
	if (r == 0)
		r = ipmasq_node_set_path(node, IPMASQ_PATH_NETNS, "/proc/self/ns/net", diags);
	if (r == 0)
		r = scenarios[current](node, report, diags);
	return r;
}

static int scenario(void)
{
	return fixture_with_node(act);
}

static void state_file(char path[192], size_t which)
{
	snprintf(path, 192, "%s/bin/%s.state", fixture.dir, stems[which]);
}

static int run(long fail_at, char states[TABLES][STATE_MAX])
{
	char path[192];

	for (size_t i = 0; i < TABLES; i++) {
		state_file(path, i);
		CHECK(write_file(path, states[i]), path);
	}
	sentences = 0;
	return heap_run(scenario, fail_at);
}

/* Returns how many sentences the reports of the scenario have. */
static size_t fail_each(char states[TABLES][STATE_MAX])
{
	char what[128];
	size_t all;
	long count;

	CHECK(run(0, states) == 0, "with memory");
	CHECK(heap.live == 0, "with memory");
	count = heap.calls;
	all = sentences;
	CHECK(count > 100, "allocations");
	for (long i = 1; i <= count; i++) {
		int r = run(i, states);

		snprintf(what, sizeof(what), "scenario %zu, allocation %ld of %ld: %d, %ld left",
			 current + 1, i, count, r, heap.live);
		/* vasprintf() succeeds even if its last step, which shrinks the memory, fails. */
		CHECK(r == -ENOMEM || (r == 0 && sentences == all), what);
		CHECK(heap.live == 0, what);
	}
	/* The next scenario starts from here. */
	CHECK(run(0, states) == 0, "with memory");
	return all;
}

static void add_programs(size_t stem)
{
	static const char *const jobs[] = { "save", "restore" };
	char path[192];

	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		snprintf(path, sizeof(path), "%s/bin/%s-%s", fixture.dir, stems[stem], jobs[i]);
		CHECK(symlink("/proc/self/exe", path) == 0, path);
	}
}

static void test_every_allocation(void)
{
	char states[TABLES][STATE_MAX] = { BEFORE, BEFORE, HOOKS "COMMIT\n", HOOKS "COMMIT\n" };
	char path[192];
	size_t all = 0;

	fixture_begin(&fixture, "");
	fixture_policy(&fixture, "", IPMASQ_ON, NULL);
	add_programs(0);
	add_programs(1);
	for (current = 0; current < ARRAY_SIZE(scenarios); current++) {
		if (scenarios[current] == act_take_over) {
			add_programs(2);
			add_programs(3);
			strcpy(states[0], BEFORE);
			strcpy(states[1], BEFORE);
		}
		all += fail_each(states);
		for (size_t i = 0; i < TABLES; i++) {
			state_file(path, i);
			CHECK(read_file(path, states[i]) > 0, path);
		}
	}
	CHECK(all > 30, "sentences");
	CHECK(!strstr(states[0], "MASQ") && strstr(states[2], "MASQ"), "taken over");
	fixture_end(&fixture);
}

/* Rules that lead to ours, and that rewrite sources. */
static const char referrers[] =
	"iptables-@ -t nat -N IP-MASQ-AGENT; iptables-@ -t nat -N OTHERS; "
	"iptables-@ -t nat -A POSTROUTING -s 10.0.0.1 -m comment --comment \"a 'b'\" "
	"-j IP-MASQ-AGENT; "
	"iptables-@ -t nat -A POSTROUTING -m length --length 9 -j MASQUERADE; "
	"iptables-@ -t nat -A OTHERS -m length --length 9 -g IP-MASQ-AGENT";

static struct iptables looked_at;

static int look_directly(void)
{
	struct observation obs = { 0 };
	struct failure failure;
	unsigned int doubts;
	int r = direct_observe(&looked_at, "IP-MASQ-AGENT", true, &obs, &doubts, &failure);

	observation_release(&obs);
	return r;
}

static void fail_each_of_look(const char *variant)
{
	long count;

	CHECK(heap_run(look_directly, 0) == READER_UNSURE && heap.live == 0, variant);
	count = heap.calls;
	CHECK(count > 10, variant);
	for (long i = 1; i <= count; i++) {
		char what[64];
		int r = heap_run(look_directly, i);

		snprintf(what, sizeof(what), "%s, allocation %ld of %ld: %d", variant, i, count, r);
		CHECK(r == -ENOMEM && heap.live == 0, what);
	}
}

static void test_direct_look(void)
{
	EACH_VARIANT(v) {
		fixture_begin(&fixture, "");
		fixture_do(&fixture, *v, referrers);
		looked_at = (struct iptables){ .node = fixture.node, .family = IPMASQ_IPV4 };
		looked_at.backend = **v == 'n' ? IPMASQ_BACKEND_NFT : IPMASQ_BACKEND_LEGACY;
		fail_each_of_look(*v);
		fixture_end(&fixture);
	}
}

static const struct unit_test tests[] = {
	{ "each failed allocation of a look at the kernel is reported", test_direct_look },
	{ "each failed allocation is reported, and nothing leaks", test_every_allocation },
};

int main(int argc, char **argv)
{
	/* argv[0] is a name without a path. */
	const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	int status = act_as_program(path, argc, argv);

	if (status >= 0)
		return status;
	return fixture_main("node_oom", tests, ARRAY_SIZE(tests));
}
