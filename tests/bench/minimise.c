/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Computes the smallest set of prefixes that covers the same addresses as a list of IPv4 CIDRs.
 *
 *     minimise < CIDRS           prints the set; a line with a ! excludes its addresses again
 *     minimise --plain < CIDRS   prints an equal list without such lines, for comparison with other
 *                                programs
 *
 * Prints to stderr the milliseconds to read, to make a partition, to minimise it, to print, and in
 * all; then the numbers of prefixes that were read and are left.
 *
 * It uses a policy, a partition and minimise() of the library. Only the input is plain text, one
 * CIDR per line, and the policy has only prefixes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "rules/minimise.h"
#include "policy/partition.h"
#include "util/prefix.h"

#define READ_SIZE 65536

static void die(const char *what)
{
	fprintf(stderr, "minimise: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void read_all(struct buf *text)
{
	char block[READ_SIZE];
	ssize_t size;

	while ((size = read(STDIN_FILENO, block, sizeof(block))) > 0)
		buf_add(text, block, (size_t)size);
	if (size < 0 || text->error)
		die("cannot read");
}

static void add_entry(struct policy_family *family, const struct prefix *prefix,
		      enum ipmasq_origin origin, enum ipmasq_verdict verdict)
{
	if (array_grow(&family->entries, &family->capacity, family->count,
		       sizeof(*family->entries)) < 0)
		die("memory");
	family->entries[family->count++] = (struct ipmasq_entry){
		.prefix = *prefix,
		.origin = (uint8_t)origin,
		.verdict = (uint8_t)verdict,
	};
}

/* Makes a policy that returns for all these CIDRs and masquerades everything else. */
static void parse(const struct buf *text, struct ipmasq_policy *policy)
{
	struct policy_family *family = &policy->families[0];
	struct prefix prefix = { .family = IPMASQ_IPV4 };
	const char *line = text->data;
	const char *end = line + text->len;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);

		if (prefix_parse(line, len, &prefix) != PREFIX_OK || prefix.family != IPMASQ_IPV4)
			die("a line that is not an IPv4 CIDR");
		add_entry(family, &prefix, IPMASQ_ORIGIN_NON_MASQUERADE, IPMASQ_RETURN);
		line += len + 1;
	}
	prefix = (struct prefix){ .family = IPMASQ_IPV4 };
	add_entry(family, &prefix, IPMASQ_ORIGIN_OUT_BOUND, IPMASQ_MASQUERADE);
}

static void print_set(struct buf *out, const struct minimal_set *set)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < set->count; i++) {
		if (set->prefixes[i].verdict == IPMASQ_MASQUERADE)
			buf_putc(out, '!');
		buf_add(out, text, prefix_format(&set->prefixes[i].prefix, text));
		buf_putc(out, '\n');
	}
}

static void print_range(struct buf *out, struct addr first, struct addr last)
{
	struct prefix_split split = { .family = IPMASQ_IPV4, .first = first, .last = last };
	struct prefix prefix;

	while (prefix_split_next(&split, &prefix)) {
		char text[PREFIX_TEXT_MAX];

		buf_add(out, text, prefix_format(&prefix, text));
		buf_putc(out, '\n');
	}
}

/* A pass over all addresses, which prints ranges with the verdict RETURN. */
struct sweep {
	struct buf *out;
	/* Such a range began at first. */
	bool open;
	struct addr first;
};

static void sweep_to(struct sweep *sweep, struct addr at, enum ipmasq_verdict verdict)
{
	if (sweep->open && verdict == IPMASQ_MASQUERADE) {
		/* If two verdicts begin at one address, the second counts. */
		if (!addr_equal(sweep->first, at))
			print_range(sweep->out, sweep->first, addr_previous(at));
		sweep->open = false;
	} else if (!sweep->open && verdict == IPMASQ_RETURN) {
		sweep->open = true;
		sweep->first = at;
	}
}

static void print_plain(struct buf *out, const struct minimal_set *set)
{
	const struct addr end = { UINT64_MAX, UINT64_MAX };
	const struct minimal_prefix *around[IPMASQ_TEXT_MAX];
	struct sweep sweep = { .out = out };
	size_t depth = 0;

	for (size_t i = 0; i <= set->count; i++) {
		const struct minimal_prefix *next = i < set->count ? &set->prefixes[i] : NULL;

		while (depth > 0 &&
		       (!next || !prefix_covers(&around[depth - 1]->prefix, &next->prefix))) {
			struct addr last = prefix_last(&around[--depth]->prefix);

			if (depth > 0 && !addr_equal(last, prefix_last(&around[depth - 1]->prefix)))
				sweep_to(&sweep, addr_next(last), around[depth - 1]->verdict);
		}
		if (!next)
			break;
		sweep_to(&sweep, next->prefix.addr, next->verdict);
		around[depth++] = next;
	}
	if (sweep.open)
		print_range(out, sweep.first, end);
}

static void write_all(const struct buf *out)
{
	if (out->error || (out->len > 0 && fwrite(out->data, 1, out->len, stdout) != out->len) ||
	    fflush(stdout))
		die("cannot write");
}

int main(int argc, char **argv)
{
	bool plain = argc == 2 && !strcmp(argv[1], "--plain");
	struct ipmasq_policy policy = { 0 };
	struct ipmasq_partition *partition;
	struct minimal_set set;
	struct buf text = BUF_INIT;
	struct buf out = BUF_INIT;
	double times[5];

	times[0] = now();
	read_all(&text);
	parse(&text, &policy);
	times[1] = now();
	if (partition_new_unindexed(&policy, IPMASQ_IPV4, &partition) < 0)
		die("memory");
	times[2] = now();
	if (minimise(partition, &set) < 0)
		die("memory");
	times[3] = now();
	if (plain)
		print_plain(&out, &set);
	else
		print_set(&out, &set);
	write_all(&out);
	times[4] = now();
	for (int i = 0; i < 4; i++)
		fprintf(stderr, "%.2f ", times[i + 1] - times[i]);
	fprintf(stderr, "%.2f %zu %zu\n", times[4] - times[0], policy.families[0].count - 1,
		set.count);
	minimal_set_release(&set);
	ipmasq_partition_free(partition);
	free(policy.families[0].entries);
	buf_release(&text);
	buf_release(&out);
	return 0;
}
