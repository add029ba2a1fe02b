/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets that a policy speaks of are decided otherwise: for models made by hand, and for
 * many random ones, where each single packet is also asked.
 */
#include "nat/view.h"
#include "support/nat_build.h"
#include "support/unit.h"

#define NAT4 "table nft ip nat\nbase postrouting nat 100 ACCEPT POSTROUTING\n"
/* The policy below as rules. */
#define OURS                                         \
	"IP-MASQ-AGENT d=10.0.0.0/8 -> RETURN\n"     \
	"IP-MASQ-AGENT d=169.254.0.0/16 -> RETURN\n" \
	"IP-MASQ-AGENT -> MASQUERADE\n"
#define JUMP "POSTROUTING !dtype=local -> JUMP=IP-MASQ-AGENT\n"
/* As libvirt before 5.1 writes it. */
#define LIBVIRT                                                        \
	"POSTROUTING s=192.168.122.0/24 d=224.0.0.0/24 -> RETURN\n"    \
	"POSTROUTING s=192.168.122.0/24 d=255.255.255.255 -> RETURN\n" \
	"POSTROUTING s=192.168.122.0/24 !d=192.168.122.0/24 -> MASQUERADE\n"
#define POLICY "nonMasqueradeCIDRs: [10.0.0.0/8]\n"

struct row {
	const char *what;
	const char *config;
	const char *model;
	/* Of each: "!" for an alarm, "certain", "unmarked", "first", "unmarked-first" or "maybe",
	 * the verdict, the rule, its owner, from which sources and to which destinations. */
	const char *overrides;
};

static const struct row rows[] = {
	{ "in line", POLICY, NAT4 JUMP OURS, "" },
	{ "masqueraded before ours", POLICY,
	  NAT4 "POSTROUTING s=10.244.0.0/16 d=10.9.0.0/16 -> MASQUERADE\n" JUMP OURS,
	  "!certain MASQUERADE POSTROUTING/1 -: 10.244.0.0/16 -> 10.9.0.0/16\n" },
	{ "accepted before ours", POLICY, NAT4 "POSTROUTING d=8.8.0.0/16 -> ACCEPT\n" JUMP OURS,
	  "!certain RETURN POSTROUTING/1 -: any -> 8.8.0.0/16\n" },
	{ "returned before ours", POLICY, NAT4 "POSTROUTING d=8.8.0.0/16 -> RETURN\n" JUMP OURS,
	  "!certain RETURN POSTROUTING/1 -: any -> 8.8.0.0/16\n" },
	{ "rewritten after ours", POLICY, NAT4 JUMP OURS "POSTROUTING -> SNAT=1.2.3.4\n",
	  "!certain SNAT POSTROUTING/2 -: any -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "what agrees is no departure", POLICY,
	  NAT4 "POSTROUTING !d=10.0.0.0/7 -> MASQUERADE\n" JUMP OURS,
	  "!certain MASQUERADE POSTROUTING/1 -: any -> 169.254.0.0/16\n" },
	{ "kube-proxy's mark is a condition", POLICY,
	  NAT4 "POSTROUTING -> JUMP=KUBE-POSTROUTING\n" JUMP OURS
	       "KUBE-POSTROUTING !mark=0x4000/0x4000 -> RETURN\n"
	       "KUBE-POSTROUTING -> CONTINUE\nKUBE-POSTROUTING -> MASQUERADE\n",
	  "maybe MASQUERADE KUBE-POSTROUTING/3 kube-proxy: any -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "chains of pods", POLICY,
	  NAT4 "POSTROUTING s=10.244.0.5/32 -> JUMP=CNI-a\n"
	       "POSTROUTING s=10.244.0.6/32 -> JUMP=CNI-b\n" JUMP OURS
	       "CNI-a d=10.244.0.0/16 -> ACCEPT\nCNI-a !d=224.0.0.0/4 -> MASQUERADE\n"
	       "CNI-b d=10.244.0.0/16 -> ACCEPT\nCNI-b !d=224.0.0.0/4 -> MASQUERADE\n",
	  "!certain MASQUERADE CNI-a/2 CNI plugin bridge or ptp: 10.244.0.5 -> "
	  "10.0.0.0-10.243.255.255 10.245.0.0-10.255.255.255 169.254.0.0/16\n"
	  "!certain MASQUERADE CNI-b/2 CNI plugin bridge or ptp: 10.244.0.6 -> "
	  "10.0.0.0-10.243.255.255 10.245.0.0-10.255.255.255 169.254.0.0/16\n" },
	{ "a bridge that has no pods", POLICY, NAT4 LIBVIRT JUMP OURS,
	  "certain RETURN POSTROUTING/1 libvirt: 192.168.122.0/24 -> 224.0.0.0/24\n"
	  "certain RETURN POSTROUTING/2 libvirt: 192.168.122.0/24 -> 255.255.255.255\n"
	  "certain MASQUERADE POSTROUTING/3 libvirt: 192.168.122.0/24 -> "
	  "10.0.0.0/8 169.254.0.0/16\n" },
	{ "a network that many programs could masquerade so", POLICY,
	  NAT4 "POSTROUTING s=192.168.122.0/24 !d=192.168.122.0/24 -> MASQUERADE\n" JUMP OURS,
	  "!certain MASQUERADE POSTROUTING/1 -: 192.168.122.0/24 -> "
	  "10.0.0.0/8 169.254.0.0/16\n" },
	{ "Docker's first network, by whomever", POLICY,
	  NAT4 "POSTROUTING s=172.17.0.0/16 !d=172.17.0.0/16 -> MASQUERADE\n" JUMP OURS,
	  "!certain MASQUERADE POSTROUTING/1 -: 172.17.0.0/16 -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "all but one network beside a bridge's rules", POLICY,
	  NAT4 "POSTROUTING -> JUMP=LIBVIRT_PRT\n" JUMP OURS
	       "LIBVIRT_PRT !s=10.244.0.0/16 -> MASQUERADE\n",
	  "!certain MASQUERADE LIBVIRT_PRT/1 libvirt: 0.0.0.0-10.243.255.255 "
	  "10.245.0.0-255.255.255.255 -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "a pod's packet that came back to it", POLICY,
	  NAT4 JUMP OURS "POSTROUTING s=10.244.0.5 d=10.244.0.5 -> MASQUERADE\n",
	  "certain MASQUERADE POSTROUTING/2 -: 10.244.0.5 -> 10.244.0.5\n" },
	{ "a pod's packet to another", POLICY,
	  NAT4 JUMP OURS "POSTROUTING s=10.244.0.5 d=10.244.0.6 -> MASQUERADE\n",
	  "!certain MASQUERADE POSTROUTING/2 -: 10.244.0.5 -> 10.244.0.6\n" },
	{ "pods among themselves", POLICY,
	  NAT4 JUMP OURS "POSTROUTING s=10.244.0.4/31 d=10.244.0.4/31 -> MASQUERADE\n",
	  "!certain MASQUERADE POSTROUTING/2 -: 10.244.0.4/31 -> 10.244.0.4/31\n" },
	{ "all but a bridge's traffic", POLICY,
	  NAT4 JUMP OURS "POSTROUTING !o=virbr0 -> MASQUERADE\n",
	  "maybe MASQUERADE POSTROUTING/2 -: any -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "unless podCIDRs says so", "podCIDRs: [192.168.122.0/25]\n" POLICY,
	  NAT4 LIBVIRT JUMP "IP-MASQ-AGENT !s=192.168.122.0/25 -> RETURN\n" OURS,
	  "!certain RETURN POSTROUTING/1 libvirt: any -> 224.0.0.0/24\n"
	  "!certain RETURN POSTROUTING/2 libvirt: any -> 255.255.255.255\n"
	  "!certain MASQUERADE POSTROUTING/3 libvirt: any -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "sources outside of podCIDRs do not matter", "podCIDRs: [10.244.0.0/16]\n" POLICY,
	  NAT4 "POSTROUTING s=172.17.0.0/16 -> MASQUERADE\n" JUMP
	       "IP-MASQ-AGENT !s=10.244.0.0/16 -> RETURN\n" OURS,
	  "" },
	{ "Docker, which depends on the interface", POLICY,
	  NAT4 "POSTROUTING s=172.17.0.0/16 !o=docker0 -> MASQUERADE\n" JUMP OURS,
	  "maybe MASQUERADE POSTROUTING/1 Docker: 172.17.0.0/16 -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "no tracking", POLICY,
	  NAT4 JUMP OURS "table nft ip raw\nbase prerouting filter -300 ACCEPT PREROUTING\n"
			 "PREROUTING s=10.244.0.0/16 -> NOTRACK\n",
	  "!certain RETURN PREROUTING/1 -: 10.244.0.0/16 -> 0.0.0.0-9.255.255.255 "
	  "11.0.0.0-169.253.255.255 169.255.0.0-255.255.255.255\n" },
	{ "an earlier base chain", POLICY,
	  NAT4 JUMP OURS "table native ip mine\nbase postrouting nat 50 ACCEPT post\n"
			 "post d=10.1.0.0/16 -> MASQUERADE\npost d=8.0.0.0/8 -> ACCEPT\n",
	  "!certain MASQUERADE post/1 -: any -> 10.1.0.0/16\n" },
	{ "a later base chain", POLICY,
	  NAT4 JUMP OURS "table native ip mine\nbase postrouting nat 150 ACCEPT post\n"
			 "post d=8.0.0.0/8 -> SNAT=1.1.1.1\npost d=10.1.0.0/16 -> SNAT=1.1.1.1\n",
	  "!certain SNAT post/2 -: any -> 10.1.0.0/16\n" },
	{ "in an order that is not known, perhaps to the node's own address", POLICY,
	  NAT4 JUMP OURS "table legacy ip nat\nbase postrouting nat 100 ACCEPT POSTROUTING\n"
			 "POSTROUTING d=8.0.0.0/7 -> SNAT=1.1.1.1\n"
			 "POSTROUTING d=10.1.0.0/16 -> SNAT=1.1.1.1\n",
	  "!certain SNAT POSTROUTING/2 -: any -> 10.1.0.0/16\n"
	  "maybe SNAT POSTROUTING/1 -: any -> 8.0.0.0/7\n" },
	{ "in an order that is not known, under a condition", POLICY,
	  NAT4 JUMP OURS "table native ip mine\nbase postrouting nat 100 ACCEPT post\n"
			 "post d=8.0.0.0/8 what -> SNAT=1.1.1.1\npost d=9.0.0.0/8 -> ACCEPT\n",
	  "maybe SNAT post/1 -: any -> 8.0.0.0/8\n" },
	{ "flannel spares packets that carry a mark", POLICY,
	  NAT4 "POSTROUTING -> JUMP=FLANNEL-POSTRTG\n" JUMP OURS
	       "FLANNEL-POSTRTG mark=0x4000/0x4000 -> RETURN\n"
	       "FLANNEL-POSTRTG s=10.244.0.0/16 d=10.244.0.0/16 -> RETURN\n"
	       "FLANNEL-POSTRTG s=10.244.0.0/16 !d=224.0.0.0/4 -> MASQUERADE\n",
	  "!unmarked MASQUERADE FLANNEL-POSTRTG/3 flannel: 10.244.0.0/16 -> "
	  "10.0.0.0-10.243.255.255 10.245.0.0-10.255.255.255 169.254.0.0/16\n" },
	{ "certain without a mark only where a condition holds", POLICY,
	  NAT4 "POSTROUTING !mark=1 what -> MASQUERADE\n" JUMP OURS,
	  "maybe MASQUERADE POSTROUTING/1 -: any -> 10.0.0.0/8 169.254.0.0/16\n" },
	{ "a bridge without a mark", POLICY,
	  NAT4
	  "POSTROUTING s=192.168.122.0/24 mark=0/1 d=10.0.0.0/8 -> JUMP=LIBVIRT_PRT\n" JUMP OURS
	  "LIBVIRT_PRT -> MASQUERADE\n",
	  "unmarked MASQUERADE LIBVIRT_PRT/1 libvirt: 192.168.122.0/24 -> 10.0.0.0/8\n" },
	{ "a rule that is not understood", POLICY,
	  NAT4 "POSTROUTING d=8.0.0.0/8 -> UNKNOWN\n" JUMP OURS,
	  "maybe UNKNOWN POSTROUTING/1 -: any -> 8.0.0.0/8\n" },
	{ "sources that are never masqueraded", POLICY "nonMasqueradeSrcCIDRs: [10.7.0.0/16]\n",
	  NAT4 JUMP "IP-MASQ-AGENT s=10.7.0.0/16 -> RETURN\n" OURS
		    "POSTROUTING s=10.7.7.0/24 d=9.9.9.9 -> MASQUERADE\n",
	  "!certain MASQUERADE POSTROUTING/2 -: 10.7.7.0/24 -> 9.9.9.9\n" },
	{ "certain although a condition decides by whom", POLICY,
	  NAT4 "POSTROUTING d=10.1.0.0/16 mark=1 -> MASQUERADE\n"
	       "POSTROUTING d=10.1.0.0/16 -> SNAT=1.1.1.1\n" JUMP OURS,
	  "!certain MASQUERADE POSTROUTING/1 -: any -> 10.1.0.0/16\n"
	  "!certain SNAT POSTROUTING/2 -: any -> 10.1.0.0/16\n" },
	{ "a chain behind a mark comes back", POLICY,
	  NAT4 "POSTROUTING mark=1 -> JUMP=A\n" JUMP OURS "A d=8.0.0.0/8 -> ACCEPT\n",
	  "maybe RETURN A/1 -: any -> 8.0.0.0/8\n" },
	{ "goto", POLICY,
	  NAT4 "POSTROUTING d=8.0.0.0/7 -> JUMP=A\n" JUMP OURS
	       "A d=8.0.0.0/8 -> GOTO=B\nA -> ACCEPT\nB d=8.1.0.0/16 -> RETURN\n"
	       "B d=8.2.0.0/16 -> SNAT=1.1.1.1\n",
	  "!certain RETURN A/2 -: any -> 9.0.0.0/8\n"
	  "maybe SNAT B/2 -: any -> 8.2.0.0/16\n" },
	{ "no rule of ours", POLICY, NAT4,
	  "!certain RETURN none -: any -> 0.0.0.0-9.255.255.255 11.0.0.0-169.253.255.255 "
	  "169.255.0.0-255.255.255.255\n" },
};

/* Where the node's own addresses are known: none of those here. */
static const struct row live_rows[] = {
	{ "in an order that is not known", POLICY,
	  NAT4 JUMP OURS "table legacy ip nat\nbase postrouting nat 100 ACCEPT POSTROUTING\n"
			 "POSTROUTING d=8.0.0.0/7 -> SNAT=1.1.1.1\n"
			 "POSTROUTING d=10.1.0.0/16 -> SNAT=1.1.1.1\n",
	  "!certain SNAT POSTROUTING/2 -: any -> 10.1.0.0/16\n"
	  "!first SNAT POSTROUTING/1 -: any -> 8.0.0.0/7\n" },
	{ "in an order that is not known, behind one that is", POLICY,
	  NAT4 JUMP OURS "table native ip mine\nbase postrouting nat 100 ACCEPT post\n"
			 "post d=8.0.0.0/8 -> SNAT=1.1.1.1\npost d=9.0.0.0/8 -> SNAT=1.1.1.1\n"
			 "table native ip early\nbase postrouting nat 90 ACCEPT post\n"
			 "post d=8.1.0.0/16 -> MASQUERADE\n",
	  "!first SNAT post/1 -: any -> 8.0.0.0/16 8.2.0.0-8.255.255.255\n"
	  "!first SNAT post/2 -: any -> 9.0.0.0/8\n" },
	{ "of three in an order that is not known, two", POLICY,
	  NAT4 JUMP OURS "table native ip a\nbase postrouting nat 100 ACCEPT post\n"
			 "post d=8.0.0.0/8 -> SNAT=1.1.1.1\n"
			 "table native ip b\nbase postrouting nat 100 ACCEPT post\n"
			 "post d=8.1.0.0/16 -> SNAT=2.2.2.2\npost d=8.2.0.0/16 -> MASQUERADE\n",
	  "!first SNAT post/1 -: any -> 8.0.0.0/8\n"
	  "!first SNAT post/1 -: any -> 8.1.0.0/16\n" },
	{ "a mark and an order that is not known", POLICY,
	  NAT4 JUMP OURS "table native ip flannel-ipv4\nbase postrouting nat 100 ACCEPT post\n"
			 "post mark=0x4000/0x4000 -> RETURN\npost d=10.1.0.0/16 -> MASQUERADE\n"
			 "post d=8.0.0.0/8 -> SNAT=1.1.1.1\n",
	  "!unmarked MASQUERADE post/2 flannel: any -> 10.1.0.0/16\n"
	  "!unmarked-first SNAT post/3 flannel: any -> 8.0.0.0/8\n" },
};

static struct ipmasq_policy *policy_of(const char *text)
{
	const struct ipmasq_source source = { IPMASQ_SOURCE_DATA, "config", -1, text,
					      strlen(text) };
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	if (ipmasq_options_new(&options) < 0 || ipmasq_config_new(options, &config) < 0 ||
	    ipmasq_config_load(config, &source, NULL) < 0 ||
	    ipmasq_policy_new(config, options, NULL, &policy) < 0)
		fprintf(stderr, "not a configuration: %s\n", text);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return policy;
}

static struct ipmasq_nat *view_of(const char *model)
{
	struct ipmasq_nat *nat = NULL;

	if (nat_view_new(&nat) < 0)
		abort();
	nat_build_into(nat->model, model);
	if (nat_model_finish(nat->model) < 0)
		abort();
	return nat;
}

static void print_ranges(const struct ipmasq_overrides *overrides, size_t index, bool sources,
			 FILE *out)
{
	uint8_t first[16], last[16];
	char text[IPMASQ_TEXT_MAX];

	for (size_t i = 0; ipmasq_overrides_range(overrides, index, sources, i, first, last) == 0;
	     i++)
		fprintf(out, " %s", ipmasq_format_range(IPMASQ_IPV4, first, last, text));
}

static void print_override(const struct ipmasq_overrides *overrides, size_t index, FILE *out)
{
	struct ipmasq_override it;

	CHECK(ipmasq_overrides_get(overrides, index, &it, sizeof(it)) == 0, "get");
	CHECK(!it.certain || (!it.unmarked && !it.first), "more than certain");
	fprintf(out, "%s%s %s ", it.alarm ? "!" : "",
		it.certain		  ? "certain"
		: it.unmarked && it.first ? "unmarked-first"
		: it.unmarked		  ? "unmarked"
		: it.first		  ? "first"
					  : "maybe",
		ipmasq_outcome_verdict_name(it.verdict));
	if (it.decided)
		fprintf(out, "%s/%zu", it.rule.chain, it.rule.number);
	else
		fputs("none", out);
	fprintf(out, " %s:", it.rule.owner ? it.rule.owner : "-");
	if (it.any_source)
		fputs(" any", out);
	print_ranges(overrides, index, true, out);
	fputs(" ->", out);
	print_ranges(overrides, index, false, out);
	fputc('\n', out);
}

/* As a reader leaves our chain that was proved. */
static bool leave_out_ours(struct nat_model *model)
{
	bool found = false;

	for (size_t i = 0; i < model->count; i++) {
		for (size_t j = 0; j < model->tables[i]->count; j++) {
			struct nat_chain *chain = &model->tables[i]->chains[j];

			if (strcmp(chain->name, "IP-MASQ-AGENT") != 0)
				continue;
			chain->count = 0;
			chain->proved = true;
			chain->incomplete = true;
			found = true;
		}
	}
	return found;
}

static void check_row(const struct row *row, const struct ipmasq_nat *nat)
{
	struct ipmasq_policy *policy = policy_of(row->config);
	struct ipmasq_overrides *overrides = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (CHECK(ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, &overrides) == 0, row->what)) {
		for (size_t j = 0; j < ipmasq_overrides_count(overrides); j++)
			print_override(overrides, j, out);
		CHECK(!ipmasq_overrides_incomplete(overrides), row->what);
	}
	fclose(out);
	CHECK_STRING(text, row->overrides, row->what);
	free(text);
	ipmasq_overrides_free(overrides);
	ipmasq_policy_free(policy);
}

/* Also without the rules of our chain, which are the policy's: the answers are the same. */
static size_t test_row(const struct row *row, bool live)
{
	struct ipmasq_nat *nat = view_of(row->model);
	bool ours;

	nat->addresses_known = live;
	check_row(row, nat);
	ours = leave_out_ours(nat->model);
	if (ours)
		check_row(row, nat);
	ipmasq_nat_free(nat);
	return ours;
}

static void test_rows(void)
{
	size_t ours = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ours += test_row(&rows[i], false);
	for (size_t i = 0; i < sizeof(live_rows) / sizeof(*live_rows); i++)
		ours += test_row(&live_rows[i], true);
	CHECK(ours >= 20, "many have our chain");
}

/* Routes settle interfaces, and what goes to the node itself is not forwarded. */
static void test_routes(void)
{
	static const struct nat_route known[] = {
		/* 9.0.0.0/8, 10.1.0.0/16, and 10.2.0.1, which is the node's. */
		{ { UINT64_C(0x09000000) << 32, 0 },
		  { UINT64_C(0x09ffffffffffffff), UINT64_MAX },
		  "eth0",
		  NAT_ADDRESS_UNICAST },
		{ { UINT64_C(0x0a010000) << 32, 0 },
		  { UINT64_C(0x0a01ffffffffffff), UINT64_MAX },
		  "eth0",
		  NAT_ADDRESS_UNICAST },
		{ { UINT64_C(0x0a020001) << 32, 0 },
		  { UINT64_C(0x0a020001ffffffff), UINT64_MAX },
		  "lo",
		  NAT_ADDRESS_LOCAL },
	};
	struct ipmasq_policy *policy = policy_of(POLICY);
	struct ipmasq_nat *nat = view_of(NAT4
					 "POSTROUTING d=10.1.0.0/16 o=eth0 -> MASQUERADE\n"
					 "POSTROUTING d=10.2.0.0/30 -> MASQUERADE\n" JUMP OURS);
	struct ipmasq_overrides *overrides = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nat->routes[0].routes = malloc(sizeof(known));
	memcpy(nat->routes[0].routes, known, sizeof(known));
	nat->routes[0].count = 3;
	if (CHECK(ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, &overrides) == 0, "routes")) {
		for (size_t j = 0; j < ipmasq_overrides_count(overrides); j++)
			print_override(overrides, j, out);
	}
	fclose(out);
	CHECK_STRING(text,
		     "!certain MASQUERADE POSTROUTING/1 -: any -> 10.1.0.0/16\n"
		     "!certain MASQUERADE POSTROUTING/2 -: any -> 10.2.0.0 10.2.0.2/31\n",
		     "routes");
	free(text);
	ipmasq_overrides_free(overrides);
	ipmasq_nat_free(nat);
	ipmasq_policy_free(policy);
}

static const struct unit_test tests[] = {
	{ "what is decided otherwise", test_rows },
	{ "routes", test_routes },
};

int main(void)
{
	return unit_main("nat_overrides", tests, sizeof(tests) / sizeof(*tests));
}
