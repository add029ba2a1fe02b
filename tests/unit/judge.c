/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the library and the interpreter of scripts give the answers that each case expects.
 * One test per directory of tests/cases, or per directory named on the command line.
 */
#include <CUnit/Basic.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipmasq.h"
#include "unit/judge_case.h"
#include "sim/sim.h"
#include "support/read.h"
#include "support/sources.h"

#define CASES_MAX 512
#define DRAWS	  40000

/* A source that is in no case's nonMasqueradeSrcCIDRs, for cases without podCIDRs. */
static const char *const plain_source[2] = { "203.0.113.254", "2001:db8:ffff::77" };

static char *case_paths[CASES_MAX];
static size_t case_count;

/* A case and what the library makes of it. */
struct judged {
	struct test_case test;
	struct ipmasq_diags *diags;
	struct ipmasq_config *config;
	struct ipmasq_policy *policy;
	struct ipmasq_partition *partitions[2];
	struct ipmasq_ruleset *rulesets[2];
	char *scripts[2];
	struct sim *sims[2];
	bool fine;
};

__attribute__((format(printf, 2, 3))) static void differ(struct judged *j, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "\n    %s: ", j->test.name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	j->fine = false;
}

static enum ipmasq_family family_of(int v6)
{
	return v6 ? IPMASQ_IPV6 : IPMASQ_IPV4;
}

/* Findings */

static void finding_text(const struct ipmasq_finding *finding, char *text, size_t size)
{
	const struct ipmasq_place *place = &finding->place;
	int n = snprintf(text, size, "%s %s %s", ipmasq_severity_name(finding->severity),
			 finding->code, place->file ? place->file : "-");

	if (place->line)
		n += snprintf(text + n, size - (size_t)n, ":%u:%u", place->line, place->column);
	if (finding->suggestion)
		snprintf(text + n, size - (size_t)n, " write=%s", finding->suggestion);
}

static void join(const struct words *words, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < words->count; i++) {
		size_t n = strlen(text);

		snprintf(text + n, size - n, "%s%s", i ? " " : "", words->word[i]);
	}
}

static void judge_findings(struct judged *j)
{
	size_t found = ipmasq_diags_count(j->diags), wanted = j->test.findings.count;

	for (size_t i = 0; i < found || i < wanted; i++) {
		const struct ipmasq_finding finding = finding_at(j->diags, i);
		char got[512] = "nothing", want[512] = "nothing";

		if (i < found)
			finding_text(&finding, got, sizeof(got));
		if (i < wanted)
			join(&j->test.findings.lines[i], want, sizeof(want));
		if (strcmp(got, want))
			differ(j, "finding %zu: got '%s', wanted '%s' (%s)", i + 1, got, want,
			       finding.message);
	}
}

/* Probes */

struct probe {
	const struct words *words;
	int v6;
	uint8_t address[16];
	uint8_t source[16];
	bool has_source;
};

static bool probe_read(struct judged *j, const struct words *words, struct probe *probe)
{
	enum ipmasq_family family, source_family;

	*probe = (struct probe){ .words = words };
	if (words->count < 4 || words->count > 5 ||
	    ipmasq_parse_address(words->word[0], &family, probe->address))
		goto bad;
	probe->v6 = family == IPMASQ_IPV6;
	if (words->count == 5) {
		if (strncmp(words->word[4], "source=", 7) ||
		    ipmasq_parse_address(words->word[4] + 7, &source_family, probe->source) ||
		    source_family != family)
			goto bad;
		probe->has_source = true;
	}
	return true;
bad:
	differ(j, "probes:%u: not ADDRESS VERDICT PLACE ORIGIN [source=ADDRESS]", words->line);
	return false;
}

static void place_text(const struct ipmasq_place *place, char *text, size_t size)
{
	if (place->file)
		snprintf(text, size, "%s:%u:%u", place->file, place->line, place->column);
	else
		snprintf(text, size, "built-in");
}

static void judge_library(struct judged *j, const struct probe *probe,
			  const struct ipmasq_entry *entry)
{
	const struct words *words = probe->words;
	const struct ipmasq_entry_details info = entry_of(entry);
	const char *verdict = ipmasq_verdict_name(info.verdict);
	const char *origin = ipmasq_origin_name(info.origin);
	char place[PATH_MAX + 32];

	place_text(&info.place, place, sizeof(place));
	if (strcmp(words->word[1], verdict) || strcmp(words->word[2], place) ||
	    strcmp(words->word[3], origin))
		differ(j, "probes:%u: %s: the library says %s %s %s, wanted %s %s %s", words->line,
		       words->word[0], verdict, place, origin, words->word[1], words->word[2],
		       words->word[3]);
	if (!probe->has_source &&
	    ipmasq_partition_lookup(j->partitions[probe->v6], probe->address) != entry)
		differ(j, "probes:%u: %s: lookup and explain name different entries", words->line,
		       words->word[0]);
}

/* The random numbers for the matches of --to-ports; splitmix64. */
static uint32_t draw(void *context)
{
	uint64_t z = *(uint64_t *)context += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)(z >> 16);
}

static void judge_packet(struct judged *j, const struct probe *probe,
			 const struct ipmasq_entry *entry, const struct sim_packet *packet,
			 uint64_t *state)
{
	struct ipmasq_ruleset *ruleset = j->rulesets[probe->v6];
	struct sim_result result = sim_run(j->sims[probe->v6], packet, draw, state);
	const char *verdict = result.verdict == SIM_MASQUERADE ? "MASQUERADE" : "RETURN";
	bool unmatched = entry_of(entry).origin == IPMASQ_ORIGIN_NONE ||
			 entry_of(entry).origin == IPMASQ_ORIGIN_PODS;
	struct ipmasq_ruleset_details info;

	if (strcmp(verdict, probe->words->word[1]))
		differ(j, "probes:%u: %s, protocol %u: the script says %s by line %u",
		       probe->words->line, probe->words->word[0], packet->proto, verdict,
		       result.line);
	/* In a tree, most rules stand for several entries. */
	if (ipmasq_ruleset_info(ruleset, &info, sizeof(info)) == 0 &&
	    info.layout == IPMASQ_LAYOUT_LINEAR &&
	    ipmasq_ruleset_entry_at(ruleset, result.line) != (unmatched ? NULL : entry))
		differ(j, "probes:%u: %s: line %u of the script belongs to another entry",
		       probe->words->line, probe->words->word[0], result.line);
	if (unmatched && result.line)
		differ(j, "probes:%u: %s: line %u decides, but no rule should", probe->words->line,
		       probe->words->word[0], result.line);
}

/* The source that stands for all that are not named: with podCIDRs, the first address of these. */
static void take_plain_source(const struct judged *j, bool v6, uint8_t source[16])
{
	const struct ipmasq_entry *pod = ipmasq_policy_pod(j->policy, family_of(v6), 0);

	if (pod)
		memcpy(source, entry_of(pod).first, 16);
	else
		inet_pton(v6 ? AF_INET6 : AF_INET, plain_source[v6], source);
}

static void judge_script(struct judged *j, const struct probe *probe,
			 const struct ipmasq_entry *entry)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP };
	struct sim_packet packet = { .proto = 0 };
	uint64_t state = 1;

	memcpy(packet.dst, probe->address, sizeof(packet.dst));
	if (probe->has_source)
		memcpy(packet.src, probe->source, sizeof(packet.src));
	else
		take_plain_source(j, probe->v6, packet.src);
	for (size_t i = 0; i < 3 * sizeof(protos); i++) {
		packet.proto = protos[i % sizeof(protos)];
		judge_packet(j, probe, entry, &packet, &state);
	}
	packet.dst_is_local = true;
	if (sim_run(j->sims[probe->v6], &packet, draw, &state).rules > 1)
		differ(j, "probes:%u: %s: goes to the chain, but the address is local",
		       probe->words->line, probe->words->word[0]);
}

static void judge_probe(struct judged *j, const struct words *words)
{
	struct ipmasq_decision *decision;
	struct probe probe;

	if (!probe_read(j, words, &probe))
		return;
	if (ipmasq_policy_explain(j->policy, family_of(probe.v6), probe.address,
				  probe.has_source ? probe.source : NULL, &decision)) {
		differ(j, "probes:%u: explain fails", words->line);
		return;
	}
	judge_library(j, &probe, decision->entry);
	if (j->sims[probe.v6])
		judge_script(j, &probe, decision->entry);
	ipmasq_decision_free(decision);
}

/*
 * --to-ports: each range is drawn in proportion to its size, within five standard deviations.
 */
static void judge_ports(struct judged *j, int v6)
{
	struct sim_packet packet = { .proto = IPPROTO_TCP, .dst = { 8, 8, 8, 8 } };
	double total = 0, sizes[64];
	unsigned int first[64], last[64], seen[64] = { 0 }, count = 0;
	const char *text = j->test.ports;
	uint64_t state = 7;
	int used;

	while (count < 64 && sscanf(text, "%u-%u%n", &first[count], &last[count], &used) == 2) {
		sizes[count] = last[count] - first[count] + 1;
		total += sizes[count++];
		text += used + (text[used] == ',');
	}
	for (int i = 0; i < DRAWS; i++) {
		struct sim_result result = sim_run(j->sims[v6], &packet, draw, &state);

		for (unsigned int k = 0; k < count; k++)
			seen[k] += result.first_port == first[k] && result.last_port == last[k];
	}
	for (unsigned int k = 0; k < count; k++) {
		double share = sizes[k] / total, wanted = DRAWS * share;

		if (fabs(seen[k] - wanted) > 5 * sqrt(wanted * (1 - share)) + 1e-9)
			differ(j, "IPv%d ports %u-%u: drawn %u times of %d, wanted about %.0f",
			       v6 ? 6 : 4, first[k], last[k], seen[k], DRAWS, wanted);
	}
}

/* Settings: what a policy holds besides its entries. */

static size_t count_text(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

/* Counts in both families, since a policy may masquerade nothing in one of them. */
static const char *random_fully(struct judged *j, unsigned int flags)
{
	size_t with = 0, all = 0;

	for (int v6 = 0; v6 < 2; v6++) {
		struct ipmasq_ruleset *ruleset = NULL;
		char *script = NULL;

		if (!ipmasq_ruleset_new(j->policy, family_of(v6), flags, &ruleset) &&
		    !ipmasq_ruleset_script(ruleset, &script, NULL)) {
			with += count_text(script, "--random-fully");
			all += count_text(script, "-j MASQUERADE");
		}
		free(script);
		ipmasq_ruleset_free(ruleset);
	}
	if (!all)
		return "unknown: nothing is masqueraded";
	return with == all ? "yes" : with ? "some" : "no";
}

static void judge_setting(struct judged *j, const struct words *words)
{
	static const char *const modes[] = { "auto", "on", "off" };
	const char *key = words->word[0], *got = "no such setting";
	const struct ipmasq_policy_details policy = settings_of(j->policy);
	char number[24];

	if (!strcmp(key, "chain")) {
		got = policy.chain;
	} else if (!strcmp(key, "profile")) {
		got = policy.profile;
	} else if (!strcmp(key, "ipv6")) {
		got = modes[policy.ipv6];
	} else if (!strcmp(key, "resync-ns")) {
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)policy.resync_interval);
		got = number;
	} else if (!strcmp(key, "random-fully")) {
		got = random_fully(j, 0);
	} else if (!strcmp(key, "random-fully-on-old-node")) {
		got = random_fully(j, IPMASQ_NO_RANDOM_FULLY);
	}
	if (words->count != 2 || strcmp(got, words->word[1]))
		differ(j, "settings:%u: %s is %s", words->line, key, got);
}

/* One case, from its files to the checks. */

/* The agents of some profiles have no chain, and so no rules. */
static bool has_rules(const struct judged *j)
{
	return settings_of(j->policy).chain[0] != '\0';
}

static bool compile(struct judged *j, int v6)
{
	enum ipmasq_family family = family_of(v6);
	char error[SIM_ERROR_MAX];
	char *why = NULL;

	if (ipmasq_partition_new(j->policy, family, &j->partitions[v6])) {
		differ(j, "IPv%d has no partition", family);
		return false;
	}
	if (!has_rules(j)) {
		if (ipmasq_ruleset_new(j->policy, family, 0, &j->rulesets[v6]) != -EOPNOTSUPP)
			differ(j, "IPv%d compiles without a chain", family);
		return true;
	}
	if (ipmasq_ruleset_new(j->policy, family, 0, &j->rulesets[v6]) ||
	    ipmasq_ruleset_script(j->rulesets[v6], &j->scripts[v6], NULL)) {
		differ(j, "IPv%d does not compile", family);
		return false;
	}
	if (ipmasq_ruleset_prove(j->rulesets[v6], j->policy, &why))
		differ(j, "IPv%d: the proof fails: %s", family, why ? why : "-");
	free(why);
	j->sims[v6] = sim_new(family);
	if (!j->sims[v6] || sim_restore(j->sims[v6], j->scripts[v6], error)) {
		differ(j, "IPv%d: the script is not understood: %s", family, error);
		return false;
	}
	return true;
}

static bool wants_rejection(const struct test_case *test)
{
	for (size_t i = 0; i < test->findings.count; i++)
		if (!strcmp(test->findings.lines[i].word[0], "error"))
			return true;
	return false;
}

static void judge_case(struct judged *j)
{
	bool rejected = false, unusable = false;

	if (ipmasq_diags_new(&j->diags) || ipmasq_config_new(j->test.options, &j->config)) {
		differ(j, "no memory");
		return;
	}
	for (size_t i = 0; i < j->test.input_count; i++) {
		int r = ipmasq_config_load(j->config, FILE_SOURCE(j->test.inputs[i]), j->diags);

		rejected |= r < 0;
		unusable |= r == -EINVAL;
	}
	if (ipmasq_policy_new(j->config, j->test.options, j->diags, &j->policy))
		rejected = true;
	else if (unusable)
		differ(j, "an input was rejected, but there is a policy");
	judge_findings(j);
	if (rejected != wants_rejection(&j->test))
		differ(j, "the configuration is %s", rejected ? "rejected" : "accepted");
	if (rejected && (j->test.probes.count || j->test.settings.count))
		differ(j, "the case has probes or settings, but there is no policy");
	if (rejected || !compile(j, 0) || !compile(j, 1))
		return;
	for (size_t i = 0; i < j->test.probes.count; i++)
		judge_probe(j, &j->test.probes.lines[i]);
	for (size_t i = 0; i < j->test.settings.count; i++)
		judge_setting(j, &j->test.settings.lines[i]);
	for (int v6 = 0; j->test.ports && v6 < 2; v6++)
		judge_ports(j, v6);
}

static void release(struct judged *j)
{
	for (int v6 = 0; v6 < 2; v6++) {
		sim_free(j->sims[v6]);
		free(j->scripts[v6]);
		ipmasq_ruleset_free(j->rulesets[v6]);
		ipmasq_partition_free(j->partitions[v6]);
	}
	ipmasq_policy_free(j->policy);
	ipmasq_config_free(j->config);
	ipmasq_diags_free(j->diags);
	test_case_release(&j->test);
}

/* CUnit gives a test only its name, which is the path of the case. */
static void test_case(void)
{
	const char *path = CU_get_current_test()->pName;
	struct judged j = { .fine = true };
	char *back = getcwd(NULL, 0);

	if (!back || chdir(path)) {
		fprintf(stderr, "\n    %s: no such case\n", path);
		j.fine = false;
	} else if (!test_case_read(&j.test, path)) {
		j.fine = false;
	} else {
		judge_case(&j);
	}
	release(&j);
	CU_ASSERT(j.fine);
	CU_ASSERT(!back || !chdir(back));
	free(back);
}

static bool find_cases(void)
{
	const char *srcdir = getenv("srcdir");
	struct dirent **names;
	char dir[PATH_MAX];
	struct stat found;
	int n;

	snprintf(dir, sizeof(dir), "%s/tests/cases", srcdir ? srcdir : ".");
	n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (names[i]->d_name[0] != '.' && case_count < CASES_MAX &&
		    asprintf(&path, "%s/%s", dir, names[i]->d_name) > 0 && !stat(path, &found) &&
		    S_ISDIR(found.st_mode))
			case_paths[case_count++] = path;
		else
			free(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	if (!case_count)
		fprintf(stderr, "judge: no cases in %s\n", dir);
	return case_count;
}

int main(int argc, char **argv)
{
	CU_pSuite suite;
	unsigned int failures;

	for (int i = 1; i < argc && case_count < CASES_MAX; i++)
		case_paths[case_count++] = strdup(argv[i]);
	if ((!case_count && !find_cases()) || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite("cases", NULL, NULL);
	for (size_t i = 0; i < case_count; i++)
		if (!suite || !case_paths[i] || !CU_add_test(suite, case_paths[i], test_case))
			return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	for (size_t i = 0; i < case_count; i++)
		free(case_paths[i]);
	return failures ? 1 : 0;
}
