/* SPDX-License-Identifier: Apache-2.0 */
/* The command-line flags of other agents, and what to write instead. */
#include "cli/agent_flags.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum meaning {
	/* Our option takes the same values. */
	SAME_VALUE,
	/* A bool. Our option takes no argument. */
	SWITCH,
	/* A bool. Our option takes a mode: true is the word in `yes', false is off. */
	MODE,
	/* Whole seconds. A key of the configuration has that meaning. */
	INTERVAL,
	/* It concerns the log only. */
	LOGGING,
};

struct agent_flag {
	const char *name;
	enum meaning meaning;
	/* The name of our option, or NULL. */
	const char *option;
	const char *yes;
};

/* Those of kubernetes-sigs/ip-masq-agent, its forks, and Azure/ip-masq-agent-v2. The last group is
 * that of glog and klog, with `-' for `_'. */
static const struct agent_flag flags[] = {
	{ "masq-chain", SAME_VALUE, "chain", NULL },
	{ "to-ports", SAME_VALUE, "to-ports", NULL },
	{ "nomasq-all-reserved-ranges", SWITCH, "nomasq-all-reserved-ranges", NULL },
	{ "enable-ipv6", MODE, "ipv6", "on" },
	{ "random-fully", MODE, "random-fully", "auto" },
	{ "masq-random-fully", MODE, "random-fully", "auto" },
	{ "resync-interval", INTERVAL, NULL, NULL },
	{ "add-dir-header", LOGGING, NULL, NULL },
	{ "alsologtostderr", LOGGING, NULL, NULL },
	{ "log-backtrace-at", LOGGING, NULL, NULL },
	{ "log-dir", LOGGING, NULL, NULL },
	{ "log-file", LOGGING, NULL, NULL },
	{ "log-file-max-size", LOGGING, NULL, NULL },
	{ "logtostderr", LOGGING, NULL, NULL },
	{ "one-output", LOGGING, NULL, NULL },
	{ "skip-headers", LOGGING, NULL, NULL },
	{ "skip-log-headers", LOGGING, NULL, NULL },
	{ "stderrthreshold", LOGGING, NULL, NULL },
	{ "v", LOGGING, NULL, NULL },
	{ "vmodule", LOGGING, NULL, NULL },
};

static bool is_named(const char *word, size_t len, const char *name)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (word[i] != name[i] && (word[i] != '_' || name[i] != '-'))
			return false;
	return true;
}

const struct agent_flag *agent_flag_find(const char *word)
{
	size_t dashes = strspn(word, "-");
	const char *name = word + dashes;

	/* One dash and one letter are more likely a short option. */
	if (dashes < 1 || dashes > 2 || (dashes == 1 && strlen(name) == 1))
		return NULL;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (is_named(name, strcspn(name, "="), flags[i].name))
			return &flags[i];
	return NULL;
}

const char *agent_flag_name(const struct agent_flag *flag)
{
	return flag->name;
}

const char *agent_flag_option(const struct agent_flag *flag)
{
	return flag->option;
}

/* As Go's flags read it. A bool flag without a value is true. */
static bool is_false(const char *value)
{
	return value && (strcasecmp(value, "false") == 0 || strcasecmp(value, "f") == 0 ||
			 strcmp(value, "0") == 0);
}

static bool is_number(const char *value)
{
	return value && value[0] && value[strspn(value, "0123456789")] == '\0';
}

void agent_flag_advice(const struct agent_flag *flag, const char *word, const char *next,
		       char *advice, size_t size)
{
	const char *equals = strchr(word, '=');
	const char *joined = equals ? equals + 1 : NULL;
	const char *value = joined ? joined : next && next[0] != '-' ? next : NULL;

	switch (flag->meaning) {
	case SAME_VALUE:
		snprintf(advice, size, "write instead: --%s=%s", flag->option,
			 value && value[0] ? value : "VALUE");
		break;
	case SWITCH:
		if (is_false(joined))
			snprintf(advice, size, "leave it out, as its default is false");
		else
			snprintf(advice, size, "write instead: --%s", flag->option);
		break;
	case MODE:
		snprintf(advice, size, "write instead: --%s=%s", flag->option,
			 is_false(value) ? "off" : flag->yes);
		break;
	case INTERVAL:
		snprintf(advice, size,
			 "write instead into the configuration, except under --profile=aks: "
			 "resyncInterval: %ss",
			 is_number(value) ? value : "60");
		break;
	case LOGGING:
		snprintf(advice, size, "leave it out: it concerns the log of that agent only");
		break;
	}
}
