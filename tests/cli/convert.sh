#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --convert from end to end: what it prints is a configuration for that agent, which
# ipmasq-lint has nothing to say about and --diff finds no difference in; or there is a reason why not.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# The number of entries of the lists in the output.
entries()
{
	grep -c '^- ' out
}

# The four situations, for each agent; with IPv6, and without. A row has the number of entries that
# this agent needs, or "no".
while read -r profile with without; do
	IFS=, read -ra numbers <<<"$with,$without"
	set -- "${numbers[@]}"
	for ipv6 in on off; do
		for example in nat-gateway node-address same-vpc vpc-peering; do
			wanted=$1
			shift
			cp "$examples/$example.yaml" situation.yaml
			if [ "$wanted" = no ]; then
				run 1 "$explain" --ipv6=$ipv6 --convert="$profile" -c situation.yaml
				out_is ''
				err_has 'entries of nonMasqueradeCIDRs'
				continue
			fi
			run 0 "$explain" --ipv6=$ipv6 --convert="$profile" -c situation.yaml
			what="$example for $profile, IPv6 $ipv6"
			equal "has $wanted entries" "$(entries)" "$wanted"
			has 'says from what' '^# From situation.yaml, as profile default reads it\.$' out
			cp out converted.yaml
			run 0 "$lint" --profile "$profile" --ipv6=$ipv6 --fail-on=warning converted.yaml
			# The other way round it comes back to what it was, for an agent that has all keys.
			run 0 "$explain" --ipv6=$ipv6 --profile "$profile" --convert=default -c converted.yaml
			cp out back.yaml
			run 0 "$explain" --ipv6=$ipv6 --diff situation.yaml back.yaml
			out_is 'no verdict differs'
		done
	done
done <<'ROWS'
default     0,4,6,6     0,3,4,4
cce         0,4,6,6     0,3,4,4
kubernetes  2,4,146,50  1,3,26,10
gke         2,4,146,50  1,3,26,10
tke         2,4,146,50  1,3,26,10
aks         2,4,no,50   1,3,26,10
cilium      2,4,146,50  1,3,26,10
ROWS

# Why not, in numbers. All reasons are said.
printf 'nonMasqueradeSrcCIDRs: [10.1.0.0/24]\n' >sources.yaml
run 1 "$explain" --convert=kubernetes -c sources.yaml
out_is ''
err_has 'the agent of profile kubernetes has no key for sources, and packets from 256 IPv4 sources (1 CIDR) are never masqueraded here'
err_has 'the agent of profile kubernetes leaves IPv6 alone, and 339950059921992234495148655666698125312 IPv6 destinations are masqueraded here'
run 1 "$explain" --ipv6=on --convert=aks -c "$examples/same-vpc.yaml"
err_has 'it takes 146 entries of nonMasqueradeCIDRs (26 IPv4, 120 IPv6), and the agent of profile aks takes at most 64'

# The name of the file that AKS reads, and the interval that it does not.
printf 'resyncInterval: 90s\n' >interval.yaml
run 0 "$explain" --ipv6=off --convert=aks -c interval.yaml
has 'names the files' '^# That agent reads files of the name ip-masq\*' out
has 'says the interval' '^# That agent does not take this from here: resyncInterval: 1m30s$' out
run 0 "$explain" --ipv6=off --convert=gke -c interval.yaml
has 'keeps the interval' '^resyncInterval: 1m30s$' out

# A ConfigMap of one agent for another, by its stream. Two files are one configuration.
printf 'kind: ConfigMap\nmetadata: {name: ip-masq-agent}\ndata: {config: "nonMasqueradeCIDRs: [10.0.0.0/8]"}\n' \
	>configmap.yaml
run 0 "$explain" --profile kubernetes --convert=cilium --ipv6=off -c - <configmap.yaml
has 'says from what' '^# From <stdin>, as profile kubernetes reads it\.$' out
printf 'nonMasqueradeCIDRs: [10.0.0.0/9]\n' >one.yaml
printf 'nonMasqueradeCIDRs: [10.128.0.0/9]\n' >"two
nonMasqueradeCIDRs: [0.0.0.0].yaml"
run 0 "$explain" --convert=default -c one.yaml -c two*
has 'names both, on one line' '^# From one.yaml, two.nonMasqueradeCIDRs: \[0.0.0.0\].yaml, as ' out
has 'unites them' '^- 10\.0\.0\.0/8$' out
run 0 "$explain" --convert=default
has 'names the defaults' '^# From the defaults, as profile default reads it\.$' out
# The names that only CCE's agent takes.
printf '192.0.2.7 db.example.com\n' >hosts
printf 'masqueradeCIDRs: [db.example.com]\nnonMasqueradeCIDRs: [192.0.2.0/24]\nmasqOutBound: true\n' >names.yaml
run 0 "$explain" --profile cce --hosts hosts --convert=default -c names.yaml
has 'has the address' '^- 192\.0\.2\.7/32$' out
has 'says that there were names' '^# Host names became the addresses that they had\.$' out
run 3 "$explain" --convert=default -c - <<<'masqOutBound: 1'
out_is ''

usage "option '--convert' takes PROFILE: there is no profile \"x\"" "$explain" --convert=x
usage "option '--convert' writes YAML, not JSON" "$explain" --convert=cce -o json
for other in --batch --table -q '--source 10.0.0.1' 10.0.0.1; do
	# shellcheck disable=SC2086
	usage "option '--convert' cannot be combined with another question" "$explain" --convert=cce $other
done
usage "option '--diff' cannot be combined with another question" "$explain" --convert=cce --diff a b
offers '--convert=' ipmasq-explain --conv
offers 'cilium' ipmasq-explain --convert = ci

finish
