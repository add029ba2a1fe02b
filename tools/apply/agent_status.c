/* SPDX-License-Identifier: Apache-2.0 */
/* The status of the agent, and what /healthz and /readyz answer. */
#include "apply/agent_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apply/names.h"
#include "cli/hash.h"
#include "cli/utf8.h"

/* A look starts at most so many programs, and the library ends each after so long. */
#define PROGRAMS_MAX	10
#define PROGRAM_SECONDS 60

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const failure_codes[STATUS_FAILURES] = {
	"cannot-run",	  "conntrack", "lock-held", "no-iptables", "not-permitted", "not-proved",
	"not-understood", "read-back", "refused",   "stopped",	   "timeout",	    "other",
};

static status_time read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (status_time)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

status_time status_clock(void)
{
	return read_clock(CLOCK_REALTIME);
}

status_time status_uptime(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct status_family *status_family(struct agent_status *status, enum ipmasq_family family)
{
	return &status->families[family == IPMASQ_IPV6];
}

/* Cuts the text before a UTF-8 character that does not fit. Texts of others may hold any bytes. */
void status_set_reason(char reason[STATUS_REASON_MAX], const char *text)
{
	size_t length = strcspn(text, "\r\n");

	if (length >= STATUS_REASON_MAX) {
		length = STATUS_REASON_MAX - 1;
		while (length > 0 && !utf8_starts_character(text[length]))
			length--;
	}
	memcpy(reason, text, length);
	reason[length] = '\0';
	for (size_t i = 0, size; i < length; i += size ? size : 1) {
		size = utf8_length(reason + i);
		if (size == 0 || (unsigned char)reason[i] < 0x20 || reason[i] == 0x7f)
			reason[i] = '?';
	}
}

void status_failed(struct status_family *family, const char *code)
{
	size_t i = 0;

	while (i < STATUS_FAILURES - 1 && (!code || strcmp(failure_codes[i], code) != 0))
		i++;
	family->failures[i]++;
}

const char *status_failure_code(size_t index)
{
	return failure_codes[index];
}

/* Includes the final NUL, so that it separates one text from the next. */
static void hash_text(uint64_t *hash, const char *text)
{
	*hash = hash_bytes(*hash, text, strlen(text) + 1);
}

static void hash_entries(uint64_t *hash, const struct ipmasq_policy *policy,
			 enum ipmasq_family family)
{
	size_t count = ipmasq_policy_entry_count(policy, family);

	for (size_t i = 0; i < count; i++) {
		struct ipmasq_entry_details entry;

		ipmasq_entry_info(ipmasq_policy_entry(policy, family, i), &entry, sizeof(entry));
		hash_text(hash, ipmasq_origin_name(entry.origin));
		hash_text(hash, ipmasq_verdict_name(entry.verdict));
		hash_text(hash, entry.cidr);
	}
	hash_text(hash, family_name(family));
}

void status_hash(const struct ipmasq_policy *policy, char hash[17])
{
	static const char *const modes[] = {
		[IPMASQ_AUTO] = "auto",
		[IPMASQ_ON] = "on",
		[IPMASQ_OFF] = "off",
	};
	uint64_t value = HASH_START;
	struct ipmasq_policy_details info;

	ipmasq_policy_info(policy, &info, sizeof(info));
	hash_text(&value, info.chain);
	hash_text(&value, modes[info.ipv6]);
	hash_entries(&value, policy, IPMASQ_IPV4);
	hash_entries(&value, policy, IPMASQ_IPV6);
	snprintf(hash, 17, "%016" PRIx64, value);
}

bool status_in_line(const struct status_family *family)
{
	return family->state == IPMASQ_STATE_IN_LINE || family->state == IPMASQ_STATE_CHANGED ||
	       family->state == IPMASQ_STATE_OVERRIDDEN;
}

static void answer_add(struct status_answer *answer, const char *text)
{
	size_t length = strlen(answer->line);

	snprintf(answer->line + length, sizeof(answer->line) - length, "%s", text);
}

/* Longer than a look takes if each of its programs waits for the lock and then hangs. */
status_time status_patience(unsigned int wait)
{
	return ((status_time)wait + PROGRAM_SECONDS) * PROGRAMS_MAX * 1000;
}

void status_alive(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer)
{
	status_time late = status->alive_until ? uptime - status->alive_until : 0;

	*answer = (struct status_answer){ .code = late > 0 ? 503 : 200 };
	if (late > 0)
		snprintf(answer->line, sizeof(answer->line),
			 "stuck: the loop is %" PRId64 " s late", (late + 999) / 1000);
	else
		answer_add(answer, "alive");
}

/* What the agent does after a configuration was rejected. */
static const char *consequence(const struct agent_status *status)
{
	if (!status->in_force)
		return "; there is no earlier policy, so the node stays as it is";
	if (status->fallback)
		return "; the built-in defaults are in force instead";
	return "; the last good policy stays in force";
}

static void add_family(const struct agent_status *status, enum ipmasq_family family,
		       struct status_answer *answer)
{
	const struct status_family *f = &status->families[family == IPMASQ_IPV6];

	if (answer->line[0])
		answer_add(answer, "; ");
	answer_add(answer, family_name(family));
	answer_add(answer, ": ");
	answer_add(answer, f->state == IPMASQ_STATE_UNKNOWN ? "not checked yet"
			   : status_in_line(f)		    ? "in line"
							    : ipmasq_state_name(f->state));
	if (f->flows_pending && status_in_line(f))
		answer_add(answer, ", but flows of earlier rules are still to be ended");
	if ((!status_in_line(f) || f->flows_pending) && f->reason[0]) {
		answer_add(answer, ": ");
		answer_add(answer, f->reason);
	}
	if (f->overridden[0] && status_in_line(f)) {
		answer_add(answer, ", but overridden: ");
		answer_add(answer, f->overridden);
	}
	if (f->fight[0]) {
		answer_add(answer, ", but somebody keeps changing the rules; ");
		answer_add(answer, f->fight);
	}
}

void status_ready(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	bool rejected = status->config == STATUS_CONFIG_REJECTED;

	status_alive(status, uptime, answer);
	if (answer->code != 200)
		return;
	answer->line[0] = '\0';
	if (!status->in_force && !rejected) {
		answer->code = 503;
		answer_add(answer, "starting: no configuration has been read yet");
	}
	if (rejected) {
		answer_add(answer, "configuration rejected: ");
		answer_add(answer, status->config_reason);
		answer_add(answer, consequence(status));
		answer->code = 503;
	}
	for (size_t i = 0; i < ARRAY_SIZE(families) && status->in_force; i++) {
		const struct status_family *f = &status->families[i];
		bool well = (status_in_line(f) || f->state == IPMASQ_STATE_SKIPPED) &&
			    !f->flows_pending && !f->fight[0];

		if (!well)
			answer->code = 503;
		if (!well || !rejected)
			add_family(status, families[i], answer);
	}
}
