/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one line of iptables-restore text, word by word. */
#include "sim/sim_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) int sim_fail(struct sim_reader *r, const char *format, ...)
{
	int n = snprintf(r->error, r->error_max, "line %u: ", r->line);
	va_list args;

	va_start(args, format);
	vsnprintf(r->error + n, r->error_max - (size_t)n, format, args);
	va_end(args);
	return -1;
}

/*
 * Splits as iptables-restore's add_param_to_argv() does: blanks separate words, double quotes hold
 * them together, and a backslash counts only within quotes.
 */
int sim_split(struct sim_reader *r, const char *text, size_t len)
{
	bool quoted = false, within = false;
	char *out = r->storage;

	if (len >= SIM_LINE_MAX)
		return sim_fail(r, "longer than %d bytes", SIM_LINE_MAX - 1);
	r->count = r->at = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!quoted && (c == ' ' || c == '\t')) {
			if (within)
				*out++ = '\0';
			within = false;
			continue;
		}
		if (!within) {
			if (r->count == SIM_WORDS_MAX)
				return sim_fail(r, "too many words");
			r->words[r->count++] = out;
			within = true;
		}
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && c == '\\' && ++i < len)
			c = text[i];
		*out++ = c;
	}
	*out = '\0';
	return quoted ? sim_fail(r, "a quote is not closed") : 0;
}

bool sim_at_end(const struct sim_reader *r)
{
	return r->at == r->count;
}

bool sim_take(struct sim_reader *r, const char *word)
{
	if (sim_at_end(r) || strcmp(r->words[r->at], word))
		return false;
	r->at++;
	return true;
}

const char *sim_take_any(struct sim_reader *r)
{
	return sim_at_end(r) ? "" : r->words[r->at++];
}

int sim_read_number(struct sim_reader *r, const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || *value > max)
		return sim_fail(r, "'%s' is not a number from 0 to %lu", text, max);
	return 0;
}

static int read_cidr(struct sim_reader *r, bool negated, struct cidr *cidr)
{
	unsigned int bits = r->sim->family == 4 ? 32 : 128;
	int af = r->sim->family == 4 ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN + 8];
	const char *word = sim_take_any(r);
	unsigned long len = bits;
	char *slash;

	if (strlen(word) >= sizeof(text))
		return sim_fail(r, "'%s' is too long for an address", word);
	strcpy(text, word);
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		if (sim_read_number(r, slash + 1, bits, &len) < 0)
			return -1;
	}
	if (inet_pton(af, text, cidr->addr) != 1)
		return sim_fail(r, "'%s' is not an IPv%d address", word, r->sim->family);
	cidr->len = (unsigned int)len;
	cidr->negated = negated;
	for (unsigned int i = cidr->len; i < bits; i++)
		if (cidr->addr[i / 8] & (0x80u >> i % 8))
			return sim_fail(r, "'%s' has host bits set", word);
	return 0;
}

static int read_proto(struct sim_reader *r, bool negated, struct rule *rule)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protos[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP } };
	const char *word = sim_take_any(r);

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (strcmp(word, protos[i].name))
			continue;
		rule->has_proto = true;
		rule->proto_negated = negated;
		rule->proto = protos[i].number;
		return 0;
	}
	return sim_fail(r, "protocol '%s'", word);
}

static int read_statistic(struct sim_reader *r, struct rule *rule)
{
	const char *word;
	double value;
	char *end;

	if (!sim_take(r, "--mode") || !sim_take(r, "random") || !sim_take(r, "--probability"))
		return sim_fail(r, "statistic without --mode random --probability");
	word = sim_take_any(r);
	value = strtod(word, &end);
	if (*end || end == word || !(value >= 0 && value <= 1))
		return sim_fail(r, "probability '%s'", word);
	rule->has_random = true;
	rule->probability = (uint32_t)llround(value * 0x80000000u);
	return 0;
}

static int read_match(struct sim_reader *r, struct rule *rule)
{
	const char *name = sim_take_any(r);

	if (!strcmp(name, "comment")) {
		if (!sim_take(r, "--comment") || sim_at_end(r))
			return sim_fail(r, "comment without --comment TEXT");
		if (strlen(sim_take_any(r)) > 255)
			return sim_fail(r, "a comment of more than 255 bytes");
		return 0;
	}
	if (!strcmp(name, "statistic"))
		return read_statistic(r, rule);
	if (!strcmp(name, "addrtype")) {
		rule->has_type = true;
		rule->type_negated = sim_take(r, "!");
		if (!sim_take(r, "--dst-type") || !sim_take(r, "LOCAL"))
			return sim_fail(r, "addrtype without --dst-type LOCAL");
		return 0;
	}
	return sim_fail(r, "match '%s'", name);
}

static int read_ports(struct sim_reader *r, struct rule *rule)
{
	const char *word = sim_take_any(r);
	unsigned int first, last;
	int used = 0;

	if (sscanf(word, "%5u-%5u%n", &first, &last, &used) != 2 || word[used] || !first ||
	    first > last || last > 65535) {
		if (sscanf(word, "%5u%n", &first, &used) != 1 || word[used] || !first ||
		    first > 65535)
			return sim_fail(r, "ports '%s'", word);
		last = first;
	}
	if (!rule->has_proto || rule->proto_negated)
		return sim_fail(r, "--to-ports needs -p tcp, udp or sctp");
	rule->first_port = (uint16_t)first;
	rule->last_port = (uint16_t)last;
	return 0;
}

static int read_target(struct sim_reader *r, bool is_goto, struct rule *rule)
{
	const char *name = sim_take_any(r);

	if (rule->target != TARGET_NONE)
		return sim_fail(r, "a second target '%s'", name);
	rule->is_goto = is_goto;
	if (!is_goto && !strcmp(name, "RETURN")) {
		rule->target = TARGET_RETURN;
		return 0;
	}
	if (!is_goto && !strcmp(name, "MASQUERADE")) {
		rule->target = TARGET_MASQUERADE;
		return 0;
	}
	rule->target = TARGET_CHAIN;
	rule->chain = sim_find_chain(r->sim, name);
	if (!*name || rule->chain < 0)
		return sim_fail(r, "there is no chain '%s'", name);
	if (rule->chain <= SIM_POSTROUTING)
		return sim_fail(r, "'%s' is a hook and cannot be jumped to", name);
	return 0;
}

static int read_option(struct sim_reader *r, bool negated, struct rule *rule)
{
	const char *word = sim_take_any(r);

	if (!strcmp(word, "-s"))
		return read_cidr(r, negated, &rule->src);
	if (!strcmp(word, "-d"))
		return read_cidr(r, negated, &rule->dst);
	if (!strcmp(word, "-p"))
		return read_proto(r, negated, rule);
	if (negated)
		return sim_fail(r, "'!' before '%s'", word);
	if (!strcmp(word, "-m"))
		return read_match(r, rule);
	if (!strcmp(word, "-j") || !strcmp(word, "-g"))
		return read_target(r, word[1] == 'g', rule);
	if (rule->target == TARGET_MASQUERADE) {
		if (!strcmp(word, "--to-ports"))
			return read_ports(r, rule);
		if (!strcmp(word, "--random-fully")) {
			rule->random_fully = true;
			return 0;
		}
	}
	return sim_fail(r, "unknown word '%s'", word);
}

int sim_read_rule(struct sim_reader *r, struct rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	rule->line = r->line;
	while (!sim_at_end(r)) {
		bool negated = sim_take(r, "!");

		if (read_option(r, negated, rule) < 0)
			return -1;
	}
	return rule->target == TARGET_NONE ? sim_fail(r, "a rule without a target") : 0;
}
