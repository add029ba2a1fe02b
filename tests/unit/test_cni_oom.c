/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fails each allocation once while the CNI plugin reads a configuration and passes a result on.
 *
 * Those in the parser of json-c succeed, since that one (0.16) does not check all of them: it
 * copies the name of a member and goes on with NULL. The linker leads its callers to the function
 * below.
 */
#include <json-c/json.h>

#include "cni/attachments.h"
#include "cni/netconf_read.h"
#include "cni/policy.h"
#include "cni/result.h"
#include "support/heap.h"
#include "support/unit.h"
#include "util/common.h"

static const char start[] = "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", ";
static const struct {
	const char *name;
	const char *rest;
	enum netconf_use use;
	/* Without a failure of memory. */
	enum cni_code code;
} scenarios[] = {
	{ "a result is passed on",
	  "\"policy\": {\"nonMasqueradeCIDRs\": [\"10.0.0.0/8\"], \"masqueradeCIDR\": []}, "
	  "\"deviceID\": 1, \"prevResult\": {\"interfaces\": [{\"sandbox\": \"/n\"}], \"ips\": "
	  "[{\"address\": \"10.1.0.5/16\", \"interface\": 0}, {\"address\": \"fd00::5/64\"}]}}",
	  NETCONF_ALL, 0 },
	{ "errors in a policy",
	  "\"policy\": {\"nonMasqueradeCIDRs\": [\"10.0.0.1/8\", \"x\"]}, \"prevResult\": {}}",
	  NETCONF_ALL, CNI_CONFIG },
	{ "a key that is meant to be another", "\"polici\": {}}", NETCONF_ALL, CNI_FIELD_UNKNOWN },
	{ "no profile", "\"pr\\u006ffile\": \"x\"}", NETCONF_ALL, CNI_CONFIG },
	{ "no JSON", "\"profile\": x}", NETCONF_ALL, CNI_NOT_DECODED },
	{ "attachments",
	  "\"cni.dev/valid-attachments\": [{\"containerID\": \"a\", \"ifname\": \"b\"}]}",
	  NETCONF_NETWORK, 0 },
};

struct json_object *__real_json_tokener_parse_ex(struct json_tokener *tokener, const char *text,
						 int length);
struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *tokener, const char *text,
						 int length);

struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *tokener, const char *text,
						 int length)
{
	long calls = heap.calls, fail_at = heap.fail_at;
	struct json_object *object;

	heap.fail_at = 0;
	object = __real_json_tokener_parse_ex(tokener, text, length);
	heap.fail_at = fail_at;
	heap.calls = calls;
	return object;
}

static size_t current;
/* Where results and errors go: it needs no memory of ours. */
static FILE *nowhere;

static int act(const struct netconf *conf, struct cni_error *error)
{
	struct ipmasq_pod_address *addresses;
	struct ipmasq_policy *policy;
	struct attachment *list;
	size_t count;

	if (scenarios[current].use == NETCONF_NETWORK) {
		if (attachments_read(conf, &list, &count, error) < 0)
			return -1;
		free(list);
		return 0;
	}
	if (policy_read(conf, &policy, error) < 0)
		return -1;
	ipmasq_policy_free(policy);
	if (result_addresses(conf, &addresses, &count, error) < 0)
		return -1;
	free(addresses);
	return result_print(conf, nowhere, error);
}

/* The code of the error, 0 without one. */
static int run_scenario(void)
{
	struct netconf conf = { .notes = nowhere };
	struct cni_error error = { 0 };
	char *text;
	int code;
	int size = asprintf(&text, "%s%s", start, scenarios[current].rest);

	if (size < 0)
		return CNI_TRY_AGAIN;
	if (netconf_read(&conf, text, (size_t)size, scenarios[current].use, &error) < 0 ||
	    act(&conf, &error) < 0)
		cni_error_print(&error, cni_version_names[conf.version], nowhere);
	code = (int)error.code;
	netconf_free(&conf);
	cni_error_free(&error);
	return code;
}

static void test_every_allocation(void)
{
	nowhere = fopen("/dev/null", "w");
	if (!CHECK(nowhere, "/dev/null"))
		return;
	setvbuf(nowhere, NULL, _IONBF, 0);
	for (current = 0; current < ARRAY_SIZE(scenarios); current++) {
		const char *name = scenarios[current].name;
		long count;

		CHECK(heap_run(run_scenario, 0) == (int)scenarios[current].code, name);
		CHECK(heap.live == 0, name);
		count = heap.calls;
		CHECK(count > 2, name);
		for (long n = 1; n <= count; n++) {
			int code = heap_run(run_scenario, n);

			/* A word of help may be left out for want of memory, and no more. */
			CHECK(code == CNI_TRY_AGAIN || code == (int)scenarios[current].code, name);
			CHECK(heap.live == 0, name);
		}
	}
	fclose(nowhere);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is an error, and nothing leaks", test_every_allocation },
	};

	return unit_main("cni oom", tests, ARRAY_SIZE(tests));
}
