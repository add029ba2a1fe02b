/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when somebody changes our rules again and again: who, how often, and what to do. */
#ifndef IPMASQ_AGENT_FIGHT_H
#define IPMASQ_AGENT_FIGHT_H

#include "apply/agent_state.h"

/* @f is the index of a family in agent->status.families. */

/* Whether there is a fight over the rules of the family. Its repairs are not logged one by one. */
bool agent_fight_is_on(const struct agent *agent, int f);

/* A look found that others changed the rules, and @result tells whose they are now. */
void agent_fight_drift(struct agent *agent, int f, const struct ipmasq_result *result);

/* The rules were repaired. */
void agent_fight_repaired(struct agent *agent, int f);

/* A look found the family in line: the fight may be over. */
void agent_fight_in_line(struct agent *agent, int f);

/* The family is skipped, so there is nothing to fight over. */
void agent_fight_forget(struct agent *agent, int f);

#endif
