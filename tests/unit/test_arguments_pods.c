/* SPDX-License-Identifier: Apache-2.0 */
/* The functions about pods with wrong arguments. Changes no node. */
#include "rules/pod_label.h"
#include "support/arguments.h"

static const struct ipmasq_pod_address address = { .family = IPMASQ_IPV4,
						   .bytes = { 10, 0, 0, 1 } };
static const struct ipmasq_pod good = {
	.network = "net", .id = "id", .ifname = "eth0", .addresses = &address, .address_count = 1
};

struct objects {
	struct ipmasq_node *node;
	struct ipmasq_policy *policy;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
};

static bool make_objects(struct objects *o)
{
	return CHECK(ipmasq_node_new(&o->node) == 0, "node") &&
	       CHECK(ipmasq_policy_new(NULL, NULL, NULL, &o->policy) == 0, "policy") &&
	       CHECK(ipmasq_report_new(&o->report) == 0, "report") &&
	       CHECK(ipmasq_diags_new(&o->diags) == 0, "diags");
}

static void release_objects(struct objects *o)
{
	ipmasq_node_free(o->node);
	ipmasq_policy_free(o->policy);
	ipmasq_report_free(o->report);
	ipmasq_diags_free(o->diags);
}

static void test_without_objects(void)
{
	struct objects o = { .node = NULL };
	struct ipmasq_pods *pods = NULL;
	struct ipmasq_pod_details details;

	if (!make_objects(&o))
		return;
	CHECK(ipmasq_pods_add(NULL, NULL, &good, o.policy, o.report, NULL) == -EINVAL, "node");
	CHECK(ipmasq_pods_add(o.node, NULL, NULL, o.policy, o.report, NULL) == -EINVAL, "pod");
	CHECK(ipmasq_pods_add(o.node, NULL, &good, NULL, o.report, NULL) == -EINVAL, "policy");
	CHECK(ipmasq_pods_add(o.node, NULL, &good, o.policy, NULL, NULL) == -EINVAL, "report");
	CHECK(ipmasq_pods_check(NULL, NULL, &good, o.policy, o.report, NULL) == -EINVAL, "node");
	CHECK(ipmasq_pods_check(o.node, NULL, NULL, o.policy, o.report, NULL) == -EINVAL, "pod");
	CHECK(ipmasq_pods_check(o.node, NULL, &good, NULL, o.report, NULL) == -EINVAL, "policy");
	CHECK(ipmasq_pods_check(o.node, NULL, &good, o.policy, NULL, NULL) == -EINVAL, "report");
	CHECK(ipmasq_pods_del(NULL, NULL, &good, o.report, NULL) == -EINVAL, "node");
	CHECK(ipmasq_pods_del(o.node, NULL, NULL, o.report, NULL) == -EINVAL, "pod");
	CHECK(ipmasq_pods_del(o.node, NULL, &good, NULL, NULL) == -EINVAL, "report");
	CHECK(ipmasq_pods_gc(NULL, NULL, "net", NULL, 0, o.report, NULL) == -EINVAL, "node");
	CHECK(ipmasq_pods_gc(o.node, NULL, NULL, NULL, 0, o.report, NULL) == -EINVAL, "network");
	CHECK(ipmasq_pods_gc(o.node, NULL, "net", NULL, 1, o.report, NULL) == -EINVAL, "valid");
	CHECK(ipmasq_pods_gc(o.node, NULL, "net", NULL, 0, NULL, NULL) == -EINVAL, "report");
	CHECK(ipmasq_pods_list(NULL, NULL, NULL, &pods) == -EINVAL, "node");
	CHECK(ipmasq_pods_list(o.node, NULL, NULL, NULL) == -EINVAL, "no place for the result");
	CHECK(ipmasq_pods_count(NULL) == 0, "no list");
	CHECK(ipmasq_pods_get(NULL, 0, &details, sizeof(details)) == -EINVAL, "no list");
	ipmasq_pods_free(NULL);
	release_objects(&o);
}

/* What refuses the names says which, and why. */
static void refuses_pod(struct objects *o, const struct ipmasq_pod *pod, const char *code)
{
	size_t before = ipmasq_diags_count(o->diags);
	struct ipmasq_finding finding = { .code = NULL };

	CHECK(ipmasq_pods_add(o->node, NULL, pod, o->policy, o->report, o->diags) == -EINVAL, code);
	CHECK(ipmasq_pods_check(o->node, NULL, pod, o->policy, o->report, NULL) == -EINVAL, code);
	if (!CHECK(ipmasq_diags_count(o->diags) == before + 1, "one finding"))
		return;
	CHECK(ipmasq_diags_get(o->diags, before, &finding, sizeof(finding)) == 0, "finding");
	CHECK_STRING(finding.code, code, "its code");
}

static void test_names(void)
{
	static const char *const bad[] = { "",	  " ",	 "a b",	     "a\"", "a'",
					   "a\\", "a`b", "\xc3\xa4", "a\n" };
	struct objects o = { .node = NULL };
	char longest[IPMASQ_POD_NAMES_MAX + 1];

	if (!make_objects(&o))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ipmasq_pod network = good;
		struct ipmasq_pod id = good;
		struct ipmasq_pod ifname = good;

		network.network = bad[i];
		id.id = bad[i];
		ifname.ifname = bad[i];
		refuses_pod(&o, &network, "pod-name");
		refuses_pod(&o, &id, "pod-name");
		refuses_pod(&o, &ifname, "pod-name");
		CHECK(ipmasq_pods_gc(o.node, NULL, bad[i], NULL, 0, o.report, NULL) == -EINVAL,
		      "a network that cannot be");
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	{
		struct ipmasq_pod pod = good;

		pod.id = longest;
		refuses_pod(&o, &pod, "pod-name");
	}
	release_objects(&o);
}

static void test_chains(void)
{
	static const char *const bad[] = { "", "POSTROUTING", "-x", "IP-MASQ-AGENT",
					   "a-name-that-is-longer-than-chains" };
	struct objects o = { .node = NULL };
	struct ipmasq_pods *pods = NULL;

	if (!make_objects(&o))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(ipmasq_pods_add(o.node, bad[i], &good, o.policy, o.report, o.diags) ==
			      -EINVAL,
		      "not a chain of pods");
		CHECK(ipmasq_pods_del(o.node, bad[i], &good, o.report, NULL) == -EINVAL,
		      "not a chain of pods");
		CHECK(ipmasq_pods_gc(o.node, bad[i], "net", NULL, 0, o.report, NULL) == -EINVAL,
		      "not a chain of pods");
		CHECK(ipmasq_pods_list(o.node, bad[i], NULL, &pods) == -EINVAL,
		      "not a chain of pods");
	}
	CHECK(ipmasq_diags_count(o.diags) == ARRAY_SIZE(bad), "each has a finding");
	release_objects(&o);
}

static void test_addresses(void)
{
	struct objects o = { .node = NULL };
	struct ipmasq_pod none = good;

	if (!make_objects(&o))
		return;
	none.addresses = NULL;
	CHECK(ipmasq_pods_add(o.node, NULL, &none, o.policy, o.report, NULL) == -EINVAL,
	      "no addresses");
	for (size_t n = 0; n < ARRAY_SIZE(families); n++) {
		struct ipmasq_pod_address other = { .family = families[n] };
		struct ipmasq_pod pod = good;

		pod.addresses = &other;
		if (!family_is_known(families[n]))
			CHECK(ipmasq_pods_add(o.node, NULL, &pod, o.policy, o.report, NULL) ==
				      -EINVAL,
			      "no family");
	}
	release_objects(&o);
}

static void test_labels(void)
{
	static const char *const odd[] = {
		"",
		"ipmasq-pod",
		"ipmasq-pod ",
		"ipmasq-pod a",
		"ipmasq-pod a b",
		"ipmasq-pod a b ",
		"ipmasq-pod  b c",
		"ipmasq-pod a b c ",
		"ipmasq-pod a b c d",
		"ipmasq-pod a b \"c",
		"Ipmasq-pod a b c",
		"link-local",
	};
	char text[POD_LABEL_MAX + 1];
	struct pod_label label;

	pod_label_write("net", "0a1b", "eth0", text);
	CHECK_STRING(text, "ipmasq-pod net 0a1b eth0", "a label");
	if (CHECK(pod_label_read(text, strlen(text), &label), "it is read")) {
		CHECK(label.network_len == 3 && strncmp(label.network, "net", 3) == 0, "network");
		CHECK(label.id_len == 4 && strncmp(label.id, "0a1b", 4) == 0, "container");
		CHECK(label.ifname_len == 4 && strncmp(label.ifname, "eth0", 4) == 0, "interface");
	}
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		CHECK(!pod_label_read(odd[i], strlen(odd[i]), &label), odd[i]);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "no objects", test_without_objects },
		{ "names that cannot be", test_names },
		{ "chains that cannot be", test_chains },
		{ "addresses", test_addresses },
		{ "labels", test_labels },
	};

	return unit_main("arguments of pods", tests, ARRAY_SIZE(tests));
}
