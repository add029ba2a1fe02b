/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the walk through everybody's rules, read from the text of iptables-save.
 *
 *     walk ROUNDS CHAINS RULES apart|reached
 *
 * The rules are those of CHAINS pods, as the CNI plugin bridge writes them, those of kube-proxy,
 * and RULES of services, each about an address: in chains that lead to no packet's way out
 * ("apart"), or all in POSTROUTING ("reached"); and then ours. Prints the medians of the rounds, in
 * milliseconds: reading, the answer for one address, and the comparison over the whole space; and
 * how many departures that found.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipmasq.h"

#define ROUNDS_MAX 100

static void die(const char *what)
{
	fprintf(stderr, "walk: %s\n", what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void write_services(FILE *out, unsigned int rules, bool reached)
{
	for (unsigned int i = 0; i < rules; i++) {
		if (reached)
			fputs("-A POSTROUTING", out);
		else
			fprintf(out, "-A KUBE-SVC-%016u", i / 10);
		fprintf(out,
			" -s 10.%u.%u.%u/32 -m comment --comment \"namespace/service:%u\" "
			"-j RETURN\n",
			i >> 16, i >> 8 & 255, i & 255, i);
	}
}

/* The ruleset of the policy comes last, with its own heads of chains, as iptables-save has it. */
static char *write_dump(unsigned int chains, unsigned int rules, bool reached, const char *ours)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die("memory");
	fputs("*nat\n:POSTROUTING ACCEPT [0:0]\n:KUBE-POSTROUTING - [0:0]\n", out);
	for (unsigned int i = 0; i < chains; i++)
		fprintf(out, ":CNI-%024x - [0:0]\n", i);
	for (unsigned int i = 0; i < rules && !reached; i += 10)
		fprintf(out, ":KUBE-SVC-%016u - [0:0]\n", i / 10);
	fputs("-A POSTROUTING -j KUBE-POSTROUTING\n"
	      "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n"
	      "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n"
	      "-A KUBE-POSTROUTING -j MASQUERADE --random-fully\n",
	      out);
	for (unsigned int i = 0; i < chains; i++)
		fprintf(out,
			"-A POSTROUTING -s 10.244.%u.%u/32 -m comment --comment "
			"\"name: \\\"cbr0\\\" id: \\\"%u\\\"\" -j CNI-%024x\n"
			"-A CNI-%024x -d 10.244.0.0/16 -j ACCEPT\n"
			"-A CNI-%024x ! -d 224.0.0.0/4 -j MASQUERADE\n",
			i >> 8, i & 255, i, i, i, i);
	write_services(out, rules, reached);
	fputs(ours, out);
	fputs("COMMIT\n", out);
	fclose(out);
	return text;
}

static struct ipmasq_policy *make_policy(void)
{
	struct ipmasq_policy *policy;

	if (ipmasq_policy_new(NULL, NULL, NULL, &policy) < 0)
		die("the policy is rejected");
	return policy;
}

/* The lines of the script that declare a chain or add a rule. */
static char *rules_of(const struct ipmasq_policy *policy)
{
	struct ipmasq_ruleset *ruleset = NULL;
	char *script = NULL, *rules, *rest;
	size_t len = 0;

	if (ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) < 0 ||
	    ipmasq_ruleset_script(ruleset, &script, NULL) < 0)
		die("no script");
	rules = malloc(strlen(script) + 1);
	if (!rules)
		die("memory");
	for (char *line = strtok_r(script, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (*line == ':' || strncmp(line, "-A", 2) == 0)
			len += (size_t)sprintf(rules + len, "%s\n", line);
	}
	free(script);
	ipmasq_ruleset_free(ruleset);
	return rules;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

struct times {
	double read[ROUNDS_MAX];
	double answer[ROUNDS_MAX];
	double space[ROUNDS_MAX];
};

/* Returns how many departures there are. */
static size_t one_round(const struct ipmasq_policy *policy, const char *dump, struct times *times,
			size_t round)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = "dump", .data = dump, .size = strlen(dump)
	};
	static const uint8_t address[] = { 10, 100, 1, 1 };
	static const uint8_t pod[] = { 10, 244, 0, 7 };
	struct ipmasq_overrides *overrides;
	struct ipmasq_answer *answer;
	struct ipmasq_nat *nat;
	double start = now_ms();
	size_t count;

	if (ipmasq_nat_from_dumps(&source, 1, NULL, &nat) < 0)
		die("the dump is not read");
	times->read[round] = now_ms() - start;
	start = now_ms();
	if (ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, address, pod, &answer) < 0)
		die("no answer");
	times->answer[round] = now_ms() - start;
	start = now_ms();
	if (ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, &overrides) < 0)
		die("no comparison");
	times->space[round] = now_ms() - start;
	if (ipmasq_overrides_incomplete(overrides))
		fprintf(stderr, "walk: %s\n", ipmasq_overrides_incomplete(overrides));
	count = ipmasq_overrides_count(overrides);
	ipmasq_overrides_free(overrides);
	ipmasq_answer_free(answer);
	ipmasq_nat_free(nat);
	return count;
}

int main(int argc, char **argv)
{
	struct ipmasq_policy *policy = make_policy();
	struct times times;
	size_t rounds = argc == 5 ? strtoul(argv[1], NULL, 10) : 0;
	char *ours = rules_of(policy);
	size_t count = 0;
	char *dump;

	if (rounds == 0 || rounds > ROUNDS_MAX)
		die("ROUNDS CHAINS RULES apart|reached");
	dump = write_dump((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]),
			  strcmp(argv[4], "reached") == 0, ours);
	for (size_t i = 0; i < rounds; i++)
		count = one_round(policy, dump, &times, i);
	printf("%.2f %.2f %.2f %zu\n", median(times.read, rounds), median(times.answer, rounds),
	       median(times.space, rounds), count);
	free(dump);
	free(ours);
	ipmasq_policy_free(policy);
	return 0;
}
