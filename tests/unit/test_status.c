/* SPDX-License-Identifier: Apache-2.0 */
/* The status of the agent: metrics, liveness, readiness, and the hash of the policy. */
#include <limits.h>

#include "apply/agent_status.h"
#include "apply/metrics.h"
#include "util/common.h"
#include "support/sources.h"
#include "support/unit.h"

/* An agent whose rules are in line for IPv4, on a node without IPv6. */
static struct agent_status well(void)
{
	struct agent_status s = {
		.started_at = 1764036000000,
		.config = STATUS_CONFIG_ACCEPTED,
		.accepted = 1,
		.accepted_at = 1764036000250,
		.in_force = true,
		.policy_hash = "00112233445566ff",
		.host_names = 5,
		.host_names_unresolved = 2,
		.resolutions_failed = 31,
		.event_looks = 23,
		.others_looks = 29,
		.log_dropped = 17,
		.interval_ms = 90500,
		.next_look_at = 1764036090500,
		.alive_until = 5000,
	};

	s.families[0].state = IPMASQ_STATE_CHANGED;
	s.families[0].backend = IPMASQ_BACKEND_NFT;
	s.families[0].layout = IPMASQ_LAYOUT_TREE;
	s.families[0].entries = 1000;
	s.families[0].rules = 1400;
	s.families[0].chains = 300;
	s.families[0].looks = 3;
	s.families[0].writes = UINT64_C(1) << 53;
	s.families[0].flows_ended = 7;
	s.families[0].fight_repairs = 11;
	s.families[0].in_line_at = 1764036000300;
	s.families[0].apply_seconds = 0.125;
	s.families[1].state = IPMASQ_STATE_SKIPPED;
	status_set_reason(s.families[1].reason, "the node has no IPv6");
	return s;
}

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (const char *p = text; (p = strstr(p, line)) != NULL; p += length)
		if ((p == text || p[-1] == '\n') && (p[length] == '\n' || !p[length]))
			return true;
	return false;
}

static const char *const metrics_when_well[] = {
	"ipmasq_start_timestamp_seconds 1764036000",
	"ipmasq_config_accepted 1",
	"ipmasq_config_accepted_timestamp_seconds 1764036000.25",
	"ipmasq_config_loads_total{result=\"accepted\"} 1",
	"ipmasq_config_loads_total{result=\"rejected\"} 0",
	"ipmasq_policy_in_force 1",
	"ipmasq_policy_fallback 0",
	"ipmasq_policy_info{hash=\"00112233445566ff\"} 1",
	"ipmasq_host_names 5",
	"ipmasq_host_names_unresolved 2",
	"ipmasq_host_name_failures_total 31",
	"ipmasq_event_looks_total 23",
	"ipmasq_others_looks_total 29",
	"ipmasq_log_lines_dropped_total 17",
	"ipmasq_resync_interval_seconds 90.5",
	"ipmasq_next_resync_timestamp_seconds 1764036090.5",
	"ipmasq_state{family=\"ipv4\",state=\"in-line\"} 1",
	"ipmasq_state{family=\"ipv4\",state=\"failed\"} 0",
	"ipmasq_state{family=\"ipv6\",state=\"skipped\"} 1",
	"ipmasq_in_line{family=\"ipv4\"} 1",
	"ipmasq_in_line_timestamp_seconds{family=\"ipv4\"} 1764036000.3",
	"ipmasq_entries{family=\"ipv4\"} 1000",
	"ipmasq_rules{family=\"ipv4\"} 1400",
	"ipmasq_chains{family=\"ipv4\"} 300",
	"ipmasq_last_apply_duration_seconds{family=\"ipv4\"} 0.125",
	"ipmasq_looks_total{family=\"ipv4\"} 3",
	"ipmasq_writes_total{family=\"ipv4\"} 9007199254740992",
	"ipmasq_flows_ended_total{family=\"ipv4\"} 7",
	"ipmasq_flows_pending{family=\"ipv4\"} 0",
	"ipmasq_fight{family=\"ipv4\"} 0",
	"ipmasq_fight_repairs_total{family=\"ipv4\"} 11",
	"ipmasq_backend_info{family=\"ipv4\",backend=\"nft\"} 1",
	"ipmasq_layout_info{family=\"ipv4\",layout=\"tree\"} 1",
	"ipmasq_repairs_total{family=\"ipv4\",cause=\"jump-missing\"} 0",
	"ipmasq_failures_total{family=\"ipv4\",cause=\"lock-held\"} 0",
	"ipmasq_failures_total{family=\"ipv6\",cause=\"other\"} 0",
};

static void test_every_metric(void)
{
	struct agent_status s = well();
	char *text = NULL;
	size_t length = 0;

	CHECK(metrics_format(&s, &text, &length) == 0, "memory");
	CHECK(text && strlen(text) == length, "length");
	for (size_t i = 0; i < ARRAY_SIZE(metrics_when_well); i++)
		CHECK(has_line(text, metrics_when_well[i]), metrics_when_well[i]);
	CHECK(has_line(text, "ipmasq_build_info{version=\"" PACKAGE_VERSION "\"} 1"), "version");
	CHECK(!strstr(text, "ipmasq_in_line{family=\"ipv6\"}"), "no alert for a skipped family");
	free(text);

	s.families[0].repairs[STATUS_JUMP_MISSING] = 2;
	status_failed(&s.families[0], "lock-held");
	status_failed(&s.families[0], "lock-held");
	status_failed(&s.families[1], "never-heard-of");
	status_failed(&s.families[1], NULL);
	s.families[0].state = IPMASQ_STATE_FAILED;
	s.policy_hash[0] = '\0';
	CHECK(metrics_format(&s, &text, &length) == 0, "memory");
	CHECK(has_line(text, "ipmasq_repairs_total{family=\"ipv4\",cause=\"jump-missing\"} 2"), "");
	CHECK(has_line(text, "ipmasq_failures_total{family=\"ipv4\",cause=\"lock-held\"} 2"), "");
	CHECK(has_line(text, "ipmasq_failures_total{family=\"ipv6\",cause=\"other\"} 2"), "");
	CHECK(has_line(text, "ipmasq_in_line{family=\"ipv4\"} 0"), "");
	CHECK(!strstr(text, "ipmasq_policy_info{"), "no hash without a policy");
	free(text);
}

/* The name of the metric in a sample or comment line. Returns its length. */
static size_t name_of(const char *line, const char **name)
{
	if (strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0)
		line += 7;
	*name = line;
	return strspn(line, "abcdefghijklmnopqrstuvwxyz_");
}

static void test_the_format_is_kept(void)
{
	struct agent_status s = well();
	const char *last = "";
	size_t last_length = 0;
	char *text = NULL;
	size_t length;
	size_t heads = 0;

	CHECK(metrics_format(&s, &text, &length) == 0, "memory");
	CHECK(text && length > 0 && text[length - 1] == '\n', "ends with a newline");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *name;
		size_t n = name_of(line, &name);

		CHECK(n > 7 && strncmp(name, "ipmasq_", 7) == 0, line);
		if (strncmp(line, "# HELP ", 7) == 0) {
			CHECK(!strstr(last, name), "each metric is one block");
			last = name;
			last_length = n;
			heads++;
			continue;
		}
		CHECK(n == last_length && strncmp(name, last, n) == 0, line);
		if (strstr(line, "# TYPE ") && strstr(line, " counter"))
			CHECK(n > 6 && strncmp(name + n - 6, "_total", 6) == 0, line);
	}
	CHECK(heads > 15, "there are metrics");
	free(text);
}

static const struct {
	const char *what;
	enum status_config config;
	const char *config_reason;
	bool in_force;
	bool fallback;
	enum ipmasq_state ipv4;
	enum ipmasq_state ipv6;
	const char *ipv4_reason;
	status_time late;
	unsigned int alive;
	unsigned int ready;
	/* The answer for readiness. */
	const char *line;
} healths[] = {
	{ "just started", STATUS_CONFIG_UNREAD, "", false, false, IPMASQ_STATE_UNKNOWN,
	  IPMASQ_STATE_UNKNOWN, "", 0, 200, 503, "starting: no configuration has been read yet" },
	{ "before the first check", STATUS_CONFIG_ACCEPTED, "", true, false, IPMASQ_STATE_UNKNOWN,
	  IPMASQ_STATE_UNKNOWN, "", 0, 200, 503, "ipv4: not checked yet; ipv6: not checked yet" },
	{ "all is well", STATUS_CONFIG_ACCEPTED, "", true, false, IPMASQ_STATE_IN_LINE,
	  IPMASQ_STATE_CHANGED, "", 0, 200, 200, "ipv4: in line; ipv6: in line" },
	{ "no IPv6 here", STATUS_CONFIG_ACCEPTED, "", true, false, IPMASQ_STATE_CHANGED,
	  IPMASQ_STATE_SKIPPED, "", 0, 200, 200, "ipv4: in line; ipv6: skipped: no IPv6" },
	{ "the lock is held", STATUS_CONFIG_ACCEPTED, "", true, false, IPMASQ_STATE_FAILED,
	  IPMASQ_STATE_IN_LINE, "the lock is held", 0, 200, 503,
	  "ipv4: failed: the lock is held; ipv6: in line" },
	{ "IPv6 fails though it is there", STATUS_CONFIG_ACCEPTED, "", true, false,
	  IPMASQ_STATE_IN_LINE, IPMASQ_STATE_FAILED, "", 0, 200, 503,
	  "ipv4: in line; ipv6: failed: no IPv6" },
	{ "drift that is not fixed yet", STATUS_CONFIG_ACCEPTED, "", true, false,
	  IPMASQ_STATE_DRIFT, IPMASQ_STATE_SKIPPED, "the jump is missing", 0, 200, 503,
	  "ipv4: drift: the jump is missing; ipv6: skipped: no IPv6" },
	{ "rejected, with a last good policy", STATUS_CONFIG_REJECTED, "f:1:2: error: no", true,
	  false, IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE, "", 0, 200, 503,
	  "configuration rejected: f:1:2: error: no; the last good policy stays in force" },
	{ "the same, and a family fails", STATUS_CONFIG_REJECTED, "f:1:2: error: no", true, false,
	  IPMASQ_STATE_FAILED, IPMASQ_STATE_IN_LINE, "no permission", 0, 200, 503,
	  "configuration rejected: f:1:2: error: no; the last good policy stays in force; "
	  "ipv4: failed: no permission" },
	{ "rejected at the start", STATUS_CONFIG_REJECTED, "f:1:2: error: no", false, false,
	  IPMASQ_STATE_UNKNOWN, IPMASQ_STATE_UNKNOWN, "", 0, 200, 503,
	  "configuration rejected: f:1:2: error: no; there is no earlier policy, so the "
	  "node stays as it is" },
	{ "rejected at the start, defaults asked for", STATUS_CONFIG_REJECTED, "f:1:2: error: no",
	  true, true, IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE, "", 0, 200, 503,
	  "configuration rejected: f:1:2: error: no; the built-in defaults are in force "
	  "instead" },
	{ "the loop is stuck", STATUS_CONFIG_ACCEPTED, "", true, false, IPMASQ_STATE_IN_LINE,
	  IPMASQ_STATE_IN_LINE, "", 1001, 503, 503, "stuck: the loop is 2 s late" },
};

static void test_health(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(healths); i++) {
		struct agent_status s = {
			.config = healths[i].config,
			.in_force = healths[i].in_force,
			.fallback = healths[i].fallback,
			.alive_until = 7000,
		};
		status_time now = s.alive_until + healths[i].late;
		struct status_answer answer;

		status_set_reason(s.config_reason, healths[i].config_reason);
		s.families[0].state = healths[i].ipv4;
		s.families[1].state = healths[i].ipv6;
		status_set_reason(s.families[0].reason, healths[i].ipv4_reason);
		status_set_reason(s.families[1].reason,
				  healths[i].ipv6 == IPMASQ_STATE_UNKNOWN ? "" : "no IPv6");
		status_alive(&s, now, &answer);
		CHECK(answer.code == healths[i].alive, healths[i].what);
		CHECK(answer.line[0], healths[i].what);
		status_ready(&s, now, &answer);
		CHECK(answer.code == healths[i].ready, healths[i].what);
		CHECK_STRING(answer.line, healths[i].line, healths[i].what);
	}
}

static void test_pending_flows(void)
{
	struct agent_status s = well();
	struct status_answer answer;

	s.families[0].flows_pending = true;
	status_set_reason(s.families[0].reason, "not permitted");
	status_ready(&s, 0, &answer);
	CHECK(answer.code == 503, "row 34: not all is well");
	CHECK_STRING(answer.line,
		     "ipv4: in line, but flows of earlier rules are still to be ended: not "
		     "permitted; ipv6: skipped: the node has no IPv6",
		     "row 34: the line says so");
	status_alive(&s, 0, &answer);
	CHECK(answer.code == 200, "row 34: a restart would not help");
}

static void test_overridden(void)
{
	struct agent_status s = well();
	struct status_answer answer;
	size_t length;
	char *text;

	s.families[0].state = IPMASQ_STATE_OVERRIDDEN;
	status_set_reason(s.families[0].overridden, "rule 1 masquerades all");
	status_ready(&s, 0, &answer);
	CHECK(answer.code == 200, "row 44: our rules are well");
	CHECK_STRING(answer.line,
		     "ipv4: in line, but overridden: rule 1 masquerades all; "
		     "ipv6: skipped: the node has no IPv6",
		     "row 44: the line says so");
	CHECK(metrics_format(&s, &text, &length) == 0, "memory");
	CHECK(has_line(text, "ipmasq_overridden{family=\"ipv4\"} 1"), text);
	CHECK(has_line(text, "ipmasq_in_line{family=\"ipv4\"} 1"), text);
	CHECK(has_line(text, "ipmasq_state{family=\"ipv4\",state=\"overridden\"} 1"), text);
	CHECK(has_line(text, "ipmasq_state{family=\"ipv4\",state=\"in-line\"} 0"), text);
	free(text);
}

static void test_fight(void)
{
	struct agent_status s = well();
	struct status_answer answer;
	char *text = NULL;
	size_t length;

	status_set_reason(s.families[0].fight, "they are removed: stop that");
	status_ready(&s, 0, &answer);
	CHECK(answer.code == 503, "row 47: not all is well");
	CHECK_STRING(answer.line,
		     "ipv4: in line, but somebody keeps changing the rules; they are removed: "
		     "stop that; ipv6: skipped: the node has no IPv6",
		     "row 47: the line says so");
	status_alive(&s, 0, &answer);
	CHECK(answer.code == 200, "row 47: a restart would not help");
	CHECK(metrics_format(&s, &text, &length) == 0, "memory");
	CHECK(text && has_line(text, "ipmasq_fight{family=\"ipv4\"} 1"), "row 47: the metric");
	free(text);
}

static void test_alive_before_the_first_status(void)
{
	struct agent_status s = { 0 };
	struct status_answer answer;

	status_alive(&s, LLONG_MAX, &answer);
	CHECK(answer.code == 200, answer.line);
}

/* Restore may wait so long for each family, and so may what comes before it. */
static void test_a_long_wait_is_not_stuck(void)
{
	static const unsigned int waits[] = { 0, 5, 60, 600, 3600 };

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		struct agent_status s = { .alive_until = 1 + status_patience(waits[i]) };
		struct status_answer answer;

		status_alive(&s, 600000 + 4 * (status_time)waits[i] * 1000, &answer);
		CHECK(answer.code == 200, answer.line);
		status_alive(&s, 660000 + 11 * (status_time)waits[i] * 1000, &answer);
		CHECK(answer.code == 503, answer.line);
	}
}

static void test_reasons_are_one_line(void)
{
	struct agent_status s = { .config = STATUS_CONFIG_REJECTED, .in_force = true };
	char reason[STATUS_REASON_MAX];
	char text[2 * STATUS_REASON_MAX];
	struct status_answer answer;

	status_set_reason(reason, "first\nsecond");
	CHECK_STRING(reason, "first", "only the first line");
	status_set_reason(reason, "a\033[31mb\tc\x7f");
	CHECK_STRING(reason, "a?[31mb?c?", "no control characters");
	status_set_reason(reason, "caf\xe9 na\xc3\xafve \xe2\x82");
	CHECK_STRING(reason, "caf? na\xc3\xafve ??", "43: valid UTF-8 whatever it quotes");

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	status_set_reason(reason, text);
	CHECK(strlen(reason) == STATUS_REASON_MAX - 1, "cut to the size of the buffer");
	/* The second byte of U+00E9 does not fit. */
	memcpy(text + STATUS_REASON_MAX - 2, "\xc3\xa9", 2);
	status_set_reason(reason, text);
	CHECK(strlen(reason) == STATUS_REASON_MAX - 2, "no half character");

	memset(text, 'x', sizeof(text) - 1);
	status_set_reason(s.config_reason, text);
	status_set_reason(s.families[0].reason, text);
	status_set_reason(s.families[1].reason, text);
	s.families[0].state = IPMASQ_STATE_FAILED;
	s.families[1].state = IPMASQ_STATE_FAILED;
	status_ready(&s, 0, &answer);
	CHECK(answer.code == 503 && strlen(answer.line) == sizeof(answer.line) - 1, answer.line);
}

static void hash_of(const char *yaml, const char *chain, enum ipmasq_mode ipv6, char hash[17])
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	CHECK(ipmasq_options_new(&options) == 0, yaml);
	CHECK(ipmasq_options_set_chain(options, chain, NULL) == 0, yaml);
	CHECK(ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, ipv6) == 0, yaml);
	CHECK(ipmasq_config_new(options, &config) == 0, yaml);
	CHECK(ipmasq_config_load(config, DATA_SOURCE("test", yaml, strlen(yaml)), NULL) == 0, yaml);
	CHECK(ipmasq_policy_new(config, options, NULL, &policy) == 0, yaml);
	if (policy)
		status_hash(policy, hash);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
}

/*
 * Configurations, and whether they mean the same as {nonMasqueradeCIDRs:
 * [10.0.0.0/8, 10.1.0.0/16]}.
 */
static const struct {
	const char *yaml;
	const char *chain;
	enum ipmasq_mode ipv6;
	bool same;
} hashes[] = {
	{ "# again\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 10.1.0.0/16\n", "C", IPMASQ_ON, true },
	{ "{\"nonMasqueradeCIDRs\": [\"10.0.0.0/8\", \"10.1.0.0/16\"]}", "C", IPMASQ_ON, true },
	{ "nonMasqueradeCIDRs: [10.1.0.0/16, 10.0.0.0/8]", "C", IPMASQ_ON, false },
	{ "nonMasqueradeCIDRs: [10.0.0.0/8]", "C", IPMASQ_ON, false },
	{ "masqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\nnonMasqueradeCIDRs: []", "C", IPMASQ_ON,
	  false },
	{ "nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\nmasqOutBound: false", "C", IPMASQ_ON,
	  false },
	{ "nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]", "D", IPMASQ_ON, false },
	{ "nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]", "C", IPMASQ_OFF, false },
};

static void test_hash(void)
{
	char wanted[17] = "";

	hash_of("nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]", "C", IPMASQ_ON, wanted);
	CHECK(strspn(wanted, "0123456789abcdef") == 16, wanted);
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		char hash[17] = "";

		hash_of(hashes[i].yaml, hashes[i].chain, hashes[i].ipv6, hash);
		CHECK((strcmp(hash, wanted) == 0) == hashes[i].same, hashes[i].yaml);
	}
}

static const struct unit_test tests[] = {
	{ "every metric is written", test_every_metric },
	{ "the output has the format of Prometheus", test_the_format_is_kept },
	{ "liveness, readiness, and the reasons", test_health },
	{ "flows that are still to be ended", test_pending_flows },
	{ "row 44: rules of others decide otherwise", test_overridden },
	{ "a fight over the rules", test_fight },
	{ "an agent that has published nothing yet is alive", test_alive_before_the_first_status },
	{ "40: waiting for the lock as long as --wait says is not stuck",
	  test_a_long_wait_is_not_stuck },
	{ "reasons are one line of limited length", test_reasons_are_one_line },
	{ "the hash depends on the meaning only", test_hash },
};

int main(void)
{
	return unit_main("status", tests, ARRAY_SIZE(tests));
}
