#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What messages claim is so: of link-local traffic, of what a list has, of the place that a finding
# is at, of addresses that are refused, and of what else than pods meets the rules.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Lint: OPTIONS | CONFIGURATION | PLACE and SEVERITY | what the message says | what it must not say.
# Each configuration has that one finding of that code or more.
while IFS='|' read -r options text place says never; do
	# shellcheck disable=SC2059
	printf "$text" >it.yaml
	# shellcheck disable=SC2086
	run 0 "$lint" --fail-on=never $options it.yaml
	what="$options: $text"
	out_has "it.yaml$place"
	out_has "$says"
	[ -z "$never" ] || out_lacks "$never"
done <<'ROWS'
|nonMasqueradeCIDRs: []\n|:1:1: warning|all IPv4 traffic except to link-local addresses is masqueraded|
|nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n|:1:1: warning|all IPv4 traffic is masqueraded|except to link-local
|nonMasqueradeCIDRs: []\nmasqueradeCIDRs: [169.254.0.0/16]\n|:1:1: warning|all IPv4 traffic is masqueraded|except to link-local
|nonMasqueradeCIDRs:\n|:1:1: warning|all IPv4 traffic except to link-local addresses is masqueraded|
|nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs: [10.1.0.0/16]\n|:1:1: warning|all IPv4 traffic except to link-local addresses and from nonMasqueradeSrcCIDRs is masqueraded|
|nonMasqueradeCIDRs: []\npodCIDRs: [10.1.0.0/16]\n|:1:1: warning|all IPv4 traffic from podCIDRs except to link-local addresses is masqueraded|
|nonMasqueradeCIDRs: ["fd00::/8"]\n|:1:1: warning|all IPv4 traffic except to link-local addresses is masqueraded, including that between pods: nonMasqueradeCIDRs has no entry of the family [everything-masqueraded]|masqueradeCIDRs has all
|nonMasqueradeCIDRs: [169.254.0.0/16]\n|:1:1: warning|nonMasqueradeCIDRs has only link-local addresses [everything-masqueraded]|masqueradeCIDRs has all
|nonMasqueradeCIDRs: [10.0.0.0/8]\nmasqueradeCIDRs: [10.0.0.0/8]\n|:1:1: warning|masqueradeCIDRs has all that nonMasqueradeCIDRs has [everything-masqueraded]|
|masqueradeCIDRs: [0.0.0.0/1, 128.0.0.0/1]\n|:1:1: warning|all IPv4 traffic is masqueraded, including that between pods: masqueradeCIDRs has all that nonMasqueradeCIDRs has [everything-masqueraded]|except to link-local
--profile=aks|masqLinkLocal: true\n|: warning|all IPv4 traffic is masqueraded, including that between pods: no file gives nonMasqueradeCIDRs, and where there is a file, the agent of the profile starts from an empty list [everything-masqueraded]|it.yaml:1
--profile=cilium|# nothing\n|: warning|all IPv4 traffic except to link-local addresses is masqueraded|
|nonMasqueradeCIDRs:\n- 10.50.0.0/16\nmasqLinkLocal: false\nmasqLinkLocalIPv6: false\n|:1:1: note|all IPv6 traffic except to link-local addresses is masqueraded, including that between pods [ipv6-unlisted]|it.yaml:4
|masqLinkLocalIPv6: true\n|: note|all IPv6 traffic is masqueraded, including that between pods [ipv6-unlisted]|it.yaml:1
|masqOutBoundIPv6: true\n|:1:19: note|[ipv6-unlisted]|
|resyncInterval: 30s\nmasqueradeCIDRs: ["fd00:20::/48"]\n|:2:1: warning|[ipv6-unlisted]|it.yaml:1
--pod-cidr=10.1.0.0/16|resyncInterval: 30s\nmasqLinkLocal: false\nmasqueradeCIDRs: []\nnonMasqueradeCIDRs: []\n|:4:1: warning|[pod-range-masqueraded]|it.yaml:1
|nonMasqueradeCIDRs:\n- 10.50.0.0/16, 10.60.0.0/16\n|:2:3: error|10.50.0.0/16, 10.60.0.0/16|netmask
|nonMasqueradeCIDRs: [10.0.0.0/255.0.0.0]\n|:1:22: error|[netmask]|
|masqueradeCIDRs: [224.0.0.0/4]\n|:1:19: note|224.0.0.0/4 is multicast, which nodes do not forward by default|not masqueraded
|MasqOutBound: true\n|:1:1: warning|the key is usually written masqOutBound|agent
--profile=kubernetes|NonMasqueradeCIDRs: [10.0.0.0/8]\n|:1:1: note|the key is usually written nonMasqueradeCIDRs|agent
ROWS
run 0 "$lint" --explain-check=special-range
out_lacks 'multicast is not masqueraded'
{ echo nonMasqueradeCIDRs: && seq -f '- 10.%g.0.0/17' 0 64; } >it.yaml
run 0 "$lint" --fail-on=never it.yaml
out_has 'nonMasqueradeCIDRs has 65 entries; the agents of the profiles cce and aks refuse more than 64, and those of kubernetes and gke do without a higher cidrLimit [limit-64]'

# Explain: an IPv4-mapped address is one, but no packet has it.
for address in ::ffff:10.1.2.3 ::FFFF:a01:203; do
	run 2 "$explain" "$address"
	err_has "'$address' is an IPv4-mapped IPv6 address, and such traffic is IPv4 on a node; ask for the IPv4 address in it"
	run 1 "$explain" --batch <<<"$address"
	err_has "line 1: '$address' is an IPv4-mapped IPv6 address"
	run 2 "$explain" --source="$address" 10.1.2.3
	err_has "'$address' is an IPv4-mapped IPv6 address"
done
run 2 "$explain" 10.1.2
err_has "'10.1.2' is not an IPv4 or IPv6 address"
run 2 "$explain" ::fffe:10.1.2.300
err_has 'is not an IPv4 or IPv6 address'

# Explain: the switch that keeps the metadata server's clients.
run 0 "$explain" -c /dev/null 169.254.169.254
out_has 'decided by  169.254.0.0/16, which is link-local, and masqLinkLocal is off (built-in'
run 0 "$explain" -c /dev/null fe80::1
out_has 'decided by  fe80::/10, which is link-local, and masqLinkLocalIPv6 is off (built-in'
run 0 "$explain" -c - 169.254.169.254 <<<'masqLinkLocal: true'
out_has '169.254.169.254: MASQUERADE,'

# Explain: what else meets the rules, where that matters.
every='every source: pods, and also the node'\''s own sockets, tunnels, and'
run 0 "$explain" -c /dev/null 8.8.8.8
out_has "  for         $every"
out_has 'clients from outside that pass here; podCIDRs limits it to pods'
run 0 "$explain" -c /dev/null --profile=gke 8.8.8.8
out_has 'podCIDRs (profile default) limits it to pods'
run 0 "$explain" -c /dev/null 10.1.2.3
out_lacks 'every source'
run 0 "$explain" -c /dev/null --source=10.1.2.3 8.8.8.8
out_lacks 'every source'
run 0 "$explain" -c - 8.8.8.8 <<<'podCIDRs: [10.1.0.0/16]'
out_lacks 'every source'
out_has 'sources in podCIDRs, 10.1.0.0/16'
run 0 "$explain" --profile=cilium -c /dev/null 8.8.8.8
out_lacks 'every source'
grep -q 'NodePort or load balancer' "$root/README" || fail 'the README does not say what else meets the rules'

finish
