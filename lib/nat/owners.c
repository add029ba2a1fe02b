/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose rules there are on a node. Programs give tables and chains names of their own, or their
 * rules comments, marks or interfaces; each sign has the file of that program that makes it.
 */
#include <ctype.h>
#include <string.h>

#include "nat/owners.h"

enum owner {
	KUBE_PROXY,
	KUBELET,
	CNI_MASQUERADE,
	CNI_PORTMAP,
	CNI_FIREWALL,
	FLANNEL,
	CALICO,
	CILIUM,
	AWS,
	AZURE,
	KINDNET,
	ANTREA,
	OVN_KUBERNETES,
	KUBE_OVN,
	KUBE_ROUTER,
	WEAVE,
	OPENSHIFT_SDN,
	DOCKER,
	NETAVARK,
	LIBVIRT,
	LXD,
	INCUS,
	LXC,
	FIREWALLD,
	UFW,
	NETWORKD,
	TAILSCALE,
	CNI_IPMASQ,
	MASQ_AGENT,
};

static const struct nat_owner owners[] = {
	[KUBE_PROXY] = { "kube-proxy", false },
	[KUBELET] = { "kubelet", false },
	[CNI_MASQUERADE] = { "CNI plugin bridge or ptp", false },
	[CNI_PORTMAP] = { "CNI plugin portmap", false },
	[CNI_FIREWALL] = { "CNI plugin firewall", false },
	[FLANNEL] = { "flannel", false },
	[CALICO] = { "Calico", false },
	[CILIUM] = { "Cilium", false },
	[AWS] = { "AWS VPC CNI", false },
	[AZURE] = { "Azure CNI", false },
	[KINDNET] = { "kindnet", false },
	[ANTREA] = { "Antrea", false },
	[OVN_KUBERNETES] = { "OVN-Kubernetes", false },
	[KUBE_OVN] = { "Kube-OVN", false },
	[KUBE_ROUTER] = { "kube-router", false },
	[WEAVE] = { "Weave Net", false },
	[OPENSHIFT_SDN] = { "OpenShift SDN", false },
	[DOCKER] = { "Docker", true },
	[NETAVARK] = { "podman (netavark)", true },
	[LIBVIRT] = { "libvirt", true },
	[LXD] = { "LXD", true },
	[INCUS] = { "Incus", true },
	[LXC] = { "LXC", true },
	[FIREWALLD] = { "firewalld", false },
	[UFW] = { "ufw", false },
	[NETWORKD] = { "systemd-networkd", false },
	[TAILSCALE] = { "Tailscale", false },
	[CNI_IPMASQ] = { "CNI plugin ipmasq", false },
	[MASQ_AGENT] = { "another ip-masq agent", false },
};

struct sign {
	/* The whole name, or its beginning where it ends in "*". */
	const char *text;
	enum owner owner;
};

static const struct sign table_signs[] = {
	/* kubernetes: pkg/proxy/nftables/proxier.go */
	{ "kube-proxy", KUBE_PROXY },
	/* containernetworking/plugins: pkg/ip/ipmasq_nftables_linux.go */
	{ "cni_plugins_masquerade", CNI_MASQUERADE },
	/* containernetworking/plugins: plugins/meta/portmap/portmap_nftables.go */
	{ "cni_hostport", CNI_PORTMAP },
	/* flannel: pkg/trafficmngr/nftables/nftables.go */
	{ "flannel-ipv4", FLANNEL },
	{ "flannel-ipv6", FLANNEL },
	/* projectcalico/calico: felix/nftables/table.go */
	{ "calico", CALICO },
	/* antrea: pkg/agent/util/nftables/nftables.go */
	{ "antrea", ANTREA },
	/* kindnet: pkg/masq/masq.go */
	{ "kindnet*", KINDNET },
	/* ovn-kubernetes: go-controller/pkg/node/nftables/helpers.go */
	{ "ovn-kubernetes", OVN_KUBERNETES },
	/* moby: daemon/libnetwork/drivers/bridge/internal/nftabler/nftabler.go */
	{ "docker-bridges", DOCKER },
	/* netavark: src/firewall/nft.rs */
	{ "netavark", NETAVARK },
	/* libvirt: src/network/network_nftables.c */
	{ "libvirt_network", LIBVIRT },
	/* lxd: lxd/firewall/drivers/drivers_nftables.go */
	{ "lxd", LXD },
	/* incus: internal/server/firewall/drivers/drivers_nftables.go */
	{ "incus", INCUS },
	/* lxc: config/init/common/lxc-net.in */
	{ "lxc", LXC },
	/* firewalld: src/firewall/core/nftables.py */
	{ "firewalld", FIREWALLD },
	/* systemd: src/shared/firewall-util-nft.c */
	{ "io.systemd.nat", NETWORKD },
};

static const struct sign chain_signs[] = {
	/* kubernetes: pkg/kubelet/kubelet_network_linux.go */
	{ "KUBE-KUBELET-CANARY", KUBELET },
	{ "KUBE-IPTABLES-HINT", KUBELET },
	{ "KUBE-FIREWALL", KUBELET },
	{ "KUBE-MARK-DROP", KUBELET },
	/* kube-router: pkg/controllers/netpol/network_policy_controller.go */
	{ "KUBE-ROUTER-*", KUBE_ROUTER },
	{ "KUBE-POD-FW-*", KUBE_ROUTER },
	{ "KUBE-NWPLCY-*", KUBE_ROUTER },
	/* kubernetes: pkg/proxy/iptables/proxier.go, pkg/proxy/ipvs/proxier.go */
	{ "KUBE-*", KUBE_PROXY },
	/* containernetworking/plugins: plugins/meta/portmap/portmap_iptables.go */
	{ "CNI-HOSTPORT-*", CNI_PORTMAP },
	{ "CNI-DN-*", CNI_PORTMAP },
	{ "CNI-SN-*", CNI_PORTMAP },
	/* containernetworking/plugins: plugins/meta/firewall/iptables.go */
	{ "CNI-FORWARD", CNI_FIREWALL },
	{ "CNI-ADMIN", CNI_FIREWALL },
	{ "CNI-ISOLATION-*", CNI_FIREWALL },
	/* containernetworking/plugins: pkg/utils/utils.go */
	{ "CNI-*", CNI_MASQUERADE },
	/* flannel: pkg/trafficmngr/iptables/iptables.go */
	{ "FLANNEL-*", FLANNEL },
	/* projectcalico/calico: felix/rules/rule_defs.go */
	{ "cali-*", CALICO },
	/* cilium: pkg/datapath/iptables/iptables.go */
	{ "CILIUM_*", CILIUM },
	{ "OLD_CILIUM_*", CILIUM },
	/* amazon-vpc-cni-k8s: pkg/networkutils/network.go */
	{ "AWS-SNAT-CHAIN-*", AWS },
	{ "AWS-CONNMARK-CHAIN-*", AWS },
	/* azure-container-networking: iptables/iptables.go, cns/restserver/internalapi_linux.go,
	 * npm/util/const.go */
	{ "SWIFT", AZURE },
	{ "SWIFT-POSTROUTING", AZURE },
	{ "AZURECNI*", AZURE },
	{ "AZURE-NPM*", AZURE },
	/* kind: images/kindnetd/cmd/kindnetd/masq.go */
	{ "KIND-MASQ-AGENT", KINDNET },
	/* antrea: pkg/agent/route/route_linux.go */
	{ "ANTREA-*", ANTREA },
	/* ovn-kubernetes: go-controller/pkg/node/gateway_iptables.go */
	{ "OVN-KUBE-*", OVN_KUBERNETES },
	/* kube-ovn: pkg/daemon/gateway_linux.go */
	{ "OVN-*", KUBE_OVN },
	/* weave: net/bridge.go, npc/controller.go */
	{ "WEAVE", WEAVE },
	{ "WEAVE-*", WEAVE },
	/* openshift/sdn: pkg/network/node/iptables.go */
	{ "OPENSHIFT-*", OPENSHIFT_SDN },
	/* moby: daemon/libnetwork/drivers/bridge/internal/iptabler, daemon/libnetwork/iptables */
	{ "DOCKER", DOCKER },
	{ "DOCKER-*", DOCKER },
	{ "DOCKER_*", DOCKER },
	/* netavark: src/firewall/varktables/types.rs */
	{ "NETAVARK*", NETAVARK },
	/* libvirt: src/network/network_iptables.c */
	{ "LIBVIRT_*", LIBVIRT },
	{ "guest_nat", LIBVIRT },
	/* firewalld: src/firewall/core/ipXtables.py */
	{ "POST_*", FIREWALLD },
	{ "POSTROUTING_ZONES", FIREWALLD },
	{ "POSTROUTING_POLICIES_*", FIREWALLD },
	{ "POSTROUTING_direct", FIREWALLD },
	{ "FWD*_*", FIREWALLD },
	/* ufw: src/backend_iptables.py */
	{ "ufw-*", UFW },
	{ "ufw6-*", UFW },
	/* tailscale: util/linuxfw/iptables_runner.go, nftables_runner.go */
	{ "ts-*", TAILSCALE },
	/* This library, for pods: lib/rules/chain_name.c */
	{ "IPMASQ", CNI_IPMASQ },
	{ "IPMASQ.*", CNI_IPMASQ },
	/* kubernetes-sigs/ip-masq-agent: cmd/ip-masq-agent/ip-masq-agent.go */
	{ "IP-MASQ*", MASQ_AGENT },
};

static const struct sign comment_signs[] = {
	/* containernetworking/plugins: pkg/utils/utils.go */
	{ "name: \"*", CNI_MASQUERADE },
	/* flannel: pkg/trafficmngr/iptables/iptables.go */
	{ "flanneld *", FLANNEL },
	/* projectcalico/calico: felix/iptables/rendering */
	{ "cali:*", CALICO },
	/* cilium: pkg/datapath/iptables/iptables.go */
	{ "cilium*", CILIUM },
	/* amazon-vpc-cni-k8s: pkg/networkutils/network.go */
	{ "AWS*", AWS },
	/* antrea: pkg/agent/route/route_linux.go */
	{ "Antrea:*", ANTREA },
	/* lxd: lxd/firewall/drivers/drivers_xtables.go */
	{ "generated for LXD *", LXD },
	/* incus: internal/server/firewall/drivers/drivers_xtables.go */
	{ "generated for Incus *", INCUS },
	/* kubernetes: pkg/proxy/iptables/proxier.go */
	{ "kubernetes *", KUBE_PROXY },
	/* kubernetes-sigs/ip-masq-agent: cmd/ip-masq-agent/ip-masq-agent.go */
	{ "ip-masq-agent*", MASQ_AGENT },
	/* This library, for pods: lib/rules/pod_label.h */
	{ "ipmasq-pod *", CNI_IPMASQ },
	/* kubernetes v1.23: pkg/kubelet/dockershim/network/kubenet/kubenet_linux.go */
	{ "kubenet: *", KUBELET },
};

/* Of sets of addresses: beginnings alone, see set_name(). */
static const struct sign set_signs[] = {
	/* kube-router: pkg/utils/ipset.go, pkg/controllers/routing/network_routes_controller.go */
	{ "kube-router-*", KUBE_ROUTER },
	{ "inet6:kube-router-*", KUBE_ROUTER },
	/* projectcalico/calico: felix/ipsets/ipset_defs.go */
	{ "cali40*", CALICO },
	{ "cali60*", CALICO },
	/* antrea: pkg/agent/route/route_linux.go */
	{ "ANTREA-*", ANTREA },
	/* cilium: pkg/datapath/ipset/ipset.go */
	{ "cilium_node_set_v*", CILIUM },
};

/* Of bridges that a program makes. */
static const struct sign interface_signs[] = {
	/* moby: daemon/libnetwork/drivers/bridge/bridge_linux.go, daemon/cluster/controllers */
	{ "docker0", DOCKER },
	{ "docker_gwbridge", DOCKER },
	/* libvirt: src/network/default.xml.in */
	{ "virbr*", LIBVIRT },
	/* lxd: lxd/network/driver_bridge.go */
	{ "lxdbr*", LXD },
	/* incus: internal/server/network/driver_bridge.go */
	{ "incusbr*", INCUS },
	/* lxc: config/init/common/lxc-net.in */
	{ "lxcbr*", LXC },
	/* podman: docs/source/markdown/podman-network-create.1.md */
	{ "podman*", NETAVARK },
	/* weave: net/bridge.go */
	{ "weave", WEAVE },
};

/* Of marks those that a mask tells from all others: a single bit many programs use. */
static const struct {
	uint32_t number;
	uint32_t mask;
	enum owner owner;
} mark_signs[] = {
	/* tailscale: util/linuxfw/linuxfw.go (TailscaleSubnetRouteMark) */
	{ 0x40000, 0xff0000, TAILSCALE },
};

static bool has_name(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t len = star ? (size_t)(star - pattern) : 0;

	if (!star)
		return strcmp(pattern, name) == 0;
	if (strncmp(pattern, name, len) != 0)
		return false;
	return !star[1] || strchr(name + len, star[1]);
}

static const struct nat_owner *find(const struct sign *signs, size_t count, const char *name)
{
	for (size_t i = 0; name && i < count; i++) {
		if (has_name(signs[i].text, name))
			return &owners[signs[i].owner];
	}
	return NULL;
}

#define FIND(signs, name) find(signs, ARRAY_SIZE(signs), name)

/* moby: daemon/libnetwork/drivers/bridge/bridge_linux.go: "br-" and 12 hexadecimal digits. */
static bool is_docker_bridge(const char *name)
{
	size_t digits = 0;

	if (strncmp(name, "br-", 3) != 0)
		return false;
	while (isxdigit((unsigned char)name[3 + digits]))
		digits++;
	return digits == 12 && !name[3 + digits];
}

/* The name of a set, with what follows it in the rule. The name of one that no dump has is only in
 * the words of the rule. NULL: there is none. */
static const char *set_name(const struct nat_condition *condition)
{
	static const char word[] = "match-set ";
	const char *at;

	if (condition->set)
		return condition->set->name;
	at = condition->text ? strstr(condition->text, word) : NULL;
	return at ? at + sizeof(word) - 1 : NULL;
}

static const struct nat_owner *of_condition(const struct nat_condition *condition)
{
	switch (condition->kind) {
	case NAT_ON_IN_INTERFACE:
	case NAT_ON_OUT_INTERFACE:
		if (is_docker_bridge(condition->interface.name))
			return &owners[DOCKER];
		return FIND(interface_signs, condition->interface.name);
	case NAT_ON_SOURCE:
	case NAT_ON_DESTINATION:
		return FIND(set_signs, set_name(condition));
	case NAT_ON_PACKET_MARK:
	case NAT_ON_CONNECTION_MARK:
		for (size_t i = 0; i < ARRAY_SIZE(mark_signs); i++) {
			if (condition->mark.number == mark_signs[i].number &&
			    condition->mark.mask == mark_signs[i].mask)
				return &owners[mark_signs[i].owner];
		}
		return NULL;
	default:
		return NULL;
	}
}

/* Whether a rule is for some sources: programs that leave a bridge out say of which network. */
static bool has_sources(const struct nat_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		if (rule->conditions[i].kind == NAT_ON_SOURCE && !rule->conditions[i].negated)
			return true;
	}
	return false;
}

static const struct nat_owner *of_conditions(const struct nat_rule *rule)
{
	const struct nat_owner *owner = NULL;

	for (size_t i = 0; i < rule->condition_count && !owner; i++) {
		const struct nat_condition *condition = &rule->conditions[i];

		if (condition->kind == NAT_ON_OUT_INTERFACE && condition->negated &&
		    !has_sources(rule))
			continue;
		owner = of_condition(condition);
	}
	return owner;
}

static const struct nat_set *set_of(const struct nat_rule *rule, enum nat_condition_kind kind)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		if (rule->conditions[i].kind == kind && !rule->conditions[i].negated)
			return rule->conditions[i].set;
	}
	return NULL;
}

static bool is_same(const struct nat_set *a, const struct nat_set *b)
{
	return a && b && a->family == b->family && a->ranges.count == 1 && b->ranges.count == 1 &&
	       addr_equal(a->ranges.ranges[0].first, b->ranges.ranges[0].first) &&
	       addr_equal(a->ranges.ranges[0].last, b->ranges.ranges[0].last);
}

static bool is_broadcast(const struct nat_set *set)
{
	return set && set->family == IPMASQ_IPV4 && set->ranges.count == 1 &&
	       set->ranges.ranges[0].first.hi >> 32 == UINT32_MAX;
}

/* libvirt before 5.1 has no chains of its own; src/network/bridge_driver_linux.c. The second of its
 * five rules for a network spares broadcasts. */
#define LIBVIRT_BEFORE 3
#define LIBVIRT_AFTER  1

static const struct nat_owner *of_neighbours(const struct nat_at *at)
{
	const struct nat_chain *chain = &at->table->chains[at->chain];
	const struct nat_set *source = set_of(at->rule, NAT_ON_SOURCE);
	size_t index = (size_t)(at->rule - chain->rules);
	size_t first = index > LIBVIRT_BEFORE ? index - LIBVIRT_BEFORE : 0;

	for (size_t i = first; i <= index + LIBVIRT_AFTER && i < chain->count; i++) {
		const struct nat_rule *rule = &chain->rules[i];

		if (rule->verdict == NAT_RETURN && is_broadcast(set_of(rule, NAT_ON_DESTINATION)) &&
		    is_same(source, set_of(rule, NAT_ON_SOURCE)))
			return &owners[LIBVIRT];
	}
	return NULL;
}

static const struct nat_owner *of_rule(const struct nat_at *at)
{
	const struct nat_table *table = at->table;
	const struct nat_rule *rule = at->rule;
	bool leads = rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO;
	const struct nat_owner *owner = NULL;

	if (leads && rule->chain < table->count)
		owner = FIND(chain_signs, table->chains[rule->chain].name);
	if (!owner)
		owner = FIND(comment_signs, rule->comment);
	if (!owner)
		owner = of_conditions(rule);
	return owner ? owner : of_neighbours(at);
}

const struct nat_owner *nat_owner_of(const struct nat_at *at)
{
	const struct nat_owner *owner;

	if (!at->table)
		return NULL;
	owner = FIND(table_signs, at->table->name);
	if (!owner)
		owner = FIND(chain_signs, at->table->chains[at->chain].name);
	if (!owner && at->rule)
		owner = of_rule(at);
	return owner;
}
