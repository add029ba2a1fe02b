/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when somebody changes our rules again and again: who, how often, and what to do. */
#include "apply/agent_fight.h"

#include <stdio.h>
#include <string.h>

#include "cli/hash.h"

/* So many repairs of the same damage are a fight, unless all came within a short time, or with a
 * long time between two. Damage of other kinds is set off against them: an operator who works on
 * the rules by hand does this and that. */
#define ALIKE	    4
#define SHORT_NS    (30 * AGENT_SECOND)
#define SHORT_LOOKS 3
#define LONG_NS	    (15 * 60 * AGENT_SECOND)
#define LONG_LOOKS  3

/* A fight is over after a rest of so many of its longest gaps, but not sooner than this. */
#define REST_GAPS 3
#define REST_NS	  (10 * AGENT_SECOND)

#define SAY_AGAIN_NS (3600 * AGENT_SECOND)

static const enum ipmasq_family families[2] = { IPMASQ_IPV4, IPMASQ_IPV6 };

/* What the comments of agents begin with. */
static const struct {
	const char *begin;
	const char *who;
} agents[] = {
	{ "ip-masq-agent:", "the ip-masq-agent of Kubernetes, or one of its forks" },
	{ "ip-masq:", "the script that sets up the node" },
	{ "kind-masq-agent:", "the kind-masq-agent" },
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static const char *known_agent(const char *comment)
{
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (strncmp(comment, agents[i].begin, strlen(agents[i].begin)) == 0)
			return agents[i].who;
	return "another program";
}

/* Who it is, as far as is known, and what to do. */
static void describe(const struct agent_fight *fight, char text[STATUS_REASON_MAX])
{
	char process[64] = "";

	if (*fight->process)
		snprintf(process, sizeof(process), ", last by the process `%s'", fight->process);
	switch (fight->writer) {
	case IPMASQ_WRITER_OTHER:
		snprintf(text, STATUS_REASON_MAX,
			 "it is %s, whose rules have the comment \"%.160s\"%s: stop one of the two",
			 known_agent(fight->comment), fight->comment, process);
		break;
	case IPMASQ_WRITER_OURS:
		snprintf(text, STATUS_REASON_MAX,
			 "the rules found are written as this agent writes them%s: stop the other "
			 "instance, or give both the same configuration",
			 process);
		break;
	case IPMASQ_WRITER_NOBODY:
		snprintf(
			text, STATUS_REASON_MAX,
			"they are removed%s, as a firewall does that flushes the nat table: let it "
			"keep the rules of others",
			process);
		break;
	default:
		snprintf(text, STATUS_REASON_MAX,
			 "the rules found have no comment%s: `nft monitor' tells which process "
			 "writes them with nft",
			 process);
		break;
	}
}

static const char *chain_of(const struct agent *agent, struct ipmasq_policy_details *info)
{
	return ipmasq_policy_info(agent->apply->policy, info, sizeof(*info)) == 0 ? info->chain
										  : "";
}

static void say_fight(struct agent *agent, int f, uint64_t now)
{
	struct agent_fight *fight = &agent->fights[f];
	const struct log_about about = { .event = "fight", .family = (int)families[f] };
	struct ipmasq_policy_details info;
	char text[STATUS_REASON_MAX];

	describe(fight, text);
	status_set_reason(agent->status.families[f].fight, text);
	if (fight->on && now - fight->said_at < SAY_AGAIN_NS)
		return;
	log_say(&agent->log, LEVEL_WARNING, &about,
		"somebody keeps changing the rules of chain %s, which were repaired %u times in "
		"%.3g s; %s; from now on such repairs are only counted, and told once per hour",
		chain_of(agent, &info), fight->repairs,
		(double)(now - fight->since) / (double)AGENT_SECOND,
		agent->status.families[f].fight);
	fight->said_at = now;
}

static void end_fight(struct agent *agent, int f, uint64_t now)
{
	struct agent_fight *fight = &agent->fights[f];
	const struct log_about about = { .event = "fight", .family = (int)families[f] };
	struct ipmasq_policy_details info;

	log_say(&agent->log, LEVEL_INFO, &about,
		"nobody has changed the rules of chain %s for %.3g s, after %u repairs",
		chain_of(agent, &info), (double)(now - fight->last) / (double)AGENT_SECOND,
		fight->repairs);
	agent_fight_forget(agent, f);
}

void agent_fight_forget(struct agent *agent, int f)
{
	agent->status.families[f].fight[0] = '\0';
	agent->fights[f] = (struct agent_fight){ .on = false };
}

bool agent_fight_is_on(const struct agent *agent, int f)
{
	return agent->fights[f].on;
}

/* Whether the next repair follows the last one soon enough to belong to it. */
static bool goes_on(const struct agent *agent, const struct agent_fight *fight, uint64_t now)
{
	uint64_t longest = larger(LONG_LOOKS * agent_interval(agent), LONG_NS);

	return fight->on || (fight->repairs > 0 && now - fight->last <= longest);
}

void agent_fight_drift(struct agent *agent, int f, const struct ipmasq_result *result)
{
	struct agent_fight *fight = &agent->fights[f];

	fight->writer = result->writer;
	snprintf(fight->comment, sizeof(fight->comment), "%s",
		 result->comment ? result->comment : "");
	/* A look at its time may come before the report that names the process. Then it is the one
	 * that was named before. */
	if (*agent->events.process || !goes_on(agent, fight, agent_now()))
		snprintf(fight->process, sizeof(fight->process), "%s", agent->events.process);
}

static void add_repair(struct agent_fight *fight, uint64_t damage, uint64_t now)
{
	fight->longest = larger(fight->longest, now - fight->last);
	fight->repairs++;
	if (damage == fight->damage)
		fight->alike++;
	else if (fight->alike > 1)
		fight->alike--;
	else
		fight->damage = damage;
}

static bool is_fight(const struct agent *agent, const struct agent_fight *fight, uint64_t now)
{
	uint64_t looks = SHORT_LOOKS * agent_interval(agent);

	return fight->on || (fight->alike >= ALIKE &&
			     now - fight->since >= (looks < SHORT_NS ? looks : SHORT_NS));
}

void agent_fight_repaired(struct agent *agent, int f)
{
	struct agent_fight *fight = &agent->fights[f];
	uint64_t now = agent_now();
	uint64_t damage = hash_bytes(HASH_START, &agent->drift[f], sizeof(agent->drift[f]));

	damage = hash_bytes(damage, &fight->writer, sizeof(fight->writer));
	damage = hash_bytes(damage, fight->comment, strlen(fight->comment));
	if (goes_on(agent, fight, now)) {
		add_repair(fight, damage, now);
	} else {
		fight->repairs = 1;
		fight->alike = 1;
		fight->damage = damage;
		fight->since = now;
		fight->longest = 0;
	}
	fight->last = now;
	if (!is_fight(agent, fight, now))
		return;
	agent->status.families[f].fight_repairs += fight->on ? 1 : fight->repairs;
	say_fight(agent, f, now);
	fight->on = true;
}

void agent_fight_in_line(struct agent *agent, int f)
{
	struct agent_fight *fight = &agent->fights[f];
	uint64_t now = agent_now();

	if (fight->on &&
	    now - fight->last >
		    larger(REST_GAPS * larger(fight->longest, agent_interval(agent)), REST_NS))
		end_fight(agent, f, now);
}
