#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch in the place of each documented agent, with that agent's volume as its
# DaemonSet mounts it and the options of its overlay in examples/kubernetes: the rules decide as
# that agent's. And packets follow an edit of the ConfigMap without a restart. The volumes are
# changed as the kubelet changes them.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

mounted=/etc/config

# own_etc: a directory for the volumes at the path that all of these agents read, in this namespace.
own_etc()
{
	local file

	mkdir -p "$work/etc/config"
	for file in ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf passwd protocols services; do
		[ ! -e "/etc/$file" ] || cp -RL "/etc/$file" "$work/etc/"
	done
	mount --bind "$work/etc" /etc || skip "a mount over /etc"
}

# volume [NAME=FILE]...: changes what the volume holds, as the kubelet does: a new directory, one
# rename of the link to it, then the links of new names are made, and those of old names removed.
volume()
{
	local new old pair name

	new=$(mktemp -d "$mounted/..2026_11_25_03_00_00.XXXXXX")
	old=$(readlink "$mounted/..data" || true)
	for pair; do
		cp "${pair#*=}" "$new/${pair%%=*}"
	done
	ln -s "$(basename "$new")" "$mounted/..data_tmp"
	mv -T "$mounted/..data_tmp" "$mounted/..data"
	for pair; do
		name=${pair%%=*}
		[ -L "$mounted/$name" ] || ln -s "..data/$name" "$mounted/$name"
	done
	for name in "$mounted"/*; do
		[ -e "$name" ] || rm -f "$name"
	done
	[ -z "$old" ] || rm -r "${mounted:?}/$old"
}

no_volume()
{
	find "$mounted" -mindepth 1 -delete
}

# options_of AGENT: the options that its overlay adds.
options_of()
{
	sed -n 's/^ *value: \(--.*\)/\1/p' "$examples/kubernetes/overlays/from-$1/kustomization.yaml"
}

# decides TEXT CHAIN ADDRESS VERDICT...: the kernel's rules jump to the chain and give these
# verdicts.
decides()
{
	local text=$1 decided=$2

	shift 2
	save node 4 >"$work/saved"
	has "$text: the jump is to $decided" "^-A POSTROUTING .*-j $decided\$" "$work/saved"
	printf '%s %s\n' "$@" >"$work/wanted"
	cut -d ' ' -f 1 "$work/wanted" | "$sim" 4 "$work/saved" | cut -f 1,2 | tr '\t' ' ' >"$work/got"
	same_file "$text: decides as that agent does" "$work/got" "$work/wanted"
}

# begin AGENT: starts ipmasq-apply in its place, with what is in the volume.
begin()
{
	local options=()

	topology "$variant-$1"
	make_ns node
	mapfile -t options < <(options_of "$1")
	start "${options[@]}"
	logs "$1: it starts" 'ipv4: changed \(.*; start\): jump'
}

# followed TEXT: an edit reaches the kernel.
followed()
{
	logs "$1: the edit is followed" 'ipv4: changed \(.*configuration changed.*\): chain'
	mark
}

cce()
{
	printf '%s\n' 'nonMasqueradeCIDRs:' '- 10.0.0.0/8' '- 172.16.0.0/12' 'masqLinkLocal: false' \
		'resyncInterval: 60s' >"$work/one"
	printf '%s\n' 'nonMasqueradeCIDRs:' '- 10.0.0.0/8' 'masqOutBound: true' \
		'masqOutBoundIPv6: true' >"$work/two"
	volume ip-masq-agent="$work/one"
	begin cce
	decides "CCE, without the switches" IP-MASQ-AGENT 10.1.2.3 RETURN 8.8.8.8 RETURN
	mark
	volume ip-masq-agent="$work/two"
	followed "CCE, as its add-on ships it"
	decides "CCE, as its add-on ships it" IP-MASQ-AGENT 10.1.2.3 RETURN 8.8.8.8 MASQUERADE \
		172.16.1.1 MASQUERADE 169.254.1.1 RETURN
}

# The ConfigMap is optional, so at first the volume is empty.
kubernetes()
{
	printf '%s\n' 'nonMasqueradeCIDRs:' '- 10.0.0.0/8' 'masqLinkLocal: true' >"$work/one"
	volume
	begin kubernetes
	decides "Kubernetes, without a ConfigMap" IP-MASQ-AGENT 10.1.2.3 RETURN 192.168.1.1 RETURN \
		169.254.1.1 RETURN 8.8.8.8 MASQUERADE
	mark
	volume ip-masq-agent="$work/one"
	followed "Kubernetes, a ConfigMap that comes later"
	decides "Kubernetes, a ConfigMap that comes later" IP-MASQ-AGENT 10.1.2.3 RETURN \
		192.168.1.1 MASQUERADE 169.254.1.1 MASQUERADE 8.8.8.8 MASQUERADE
}

gke()
{
	printf '%s\n' 'nonMasqueradeCIDRs:' '  - 10.0.0.0/8' 'resyncInterval: 60s' >"$work/one"
	volume
	begin gke
	decides "GKE, without a ConfigMap" IP-MASQ 10.1.2.3 RETURN 100.64.1.1 RETURN \
		240.0.0.1 RETURN 8.8.8.8 MASQUERADE
	mark
	volume ip-masq-agent="$work/one"
	followed "GKE, with one"
	decides "GKE, with one" IP-MASQ 10.1.2.3 RETURN 100.64.1.1 MASQUERADE 8.8.8.8 MASQUERADE
}

tke()
{
	echo '{"NonMasqueradeCIDRs":["10.0.0.0/16","10.3.0.0/16"],"MasqLinkLocal":true,"ResyncInterval":"1m0s"}' \
		>"$work/one"
	echo '{"NonMasqueradeCIDRs":["10.0.0.0/16"],"MasqLinkLocal":false,"ResyncInterval":"1m0s"}' \
		>"$work/two"
	volume ip-masq-agent="$work/one"
	begin tke
	decides "TKE" IP-MASQ-AGENT 10.0.2.3 RETURN 10.3.2.3 RETURN 10.9.9.9 MASQUERADE \
		169.254.1.1 MASQUERADE
	mark
	volume ip-masq-agent="$work/two"
	followed TKE
	decides "TKE, edited" IP-MASQ-AGENT 10.0.2.3 RETURN 10.3.2.3 MASQUERADE 169.254.1.1 RETURN
}

# The lists of two ConfigMaps in one directory are united.
aks()
{
	printf '%s\n' 'nonMasqueradeCIDRs:' '- 192.168.0.0/16' >"$work/one"
	printf '%s\n' 'nonMasqueradeCIDRs:' '- 10.244.0.0/16' 'masqLinkLocal: true' >"$work/two"
	volume ip-masq-agent="$work/one" ip-masq-agent-reconciled="$work/two"
	begin aks
	decides "AKS" IP-MASQ-AGENT 192.168.1.1 RETURN 10.244.1.1 RETURN 10.9.9.9 MASQUERADE \
		169.254.1.1 MASQUERADE
	mark
	echo 'nonMasqueradeCIDRs: [10.9.0.0/16]' >"$work/one"
	volume ip-masq-agent="$work/one" ip-masq-agent-reconciled="$work/two"
	followed AKS
	decides "AKS, edited" IP-MASQ-AGENT 192.168.1.1 MASQUERADE 10.9.9.9 RETURN 10.244.1.1 RETURN
}

# Packets of a pod arrive with the node's address or the pod's, as each of the situations wants.
packets()
{
	topology "$variant-packets"
	make_ns pod node machine
	wire pod eth0 node pods
	wire node eth0 machine eth0
	address pod eth0 172.20.1.2/24 fd00:172:20:1::2/64
	address node pods 172.20.1.1/24 fd00:172:20:1::1/64
	address node eth0 10.0.0.10/24 fd00:10::10/64
	address machine eth0 10.0.0.1/24 fd00:10::1/64
	answer_all machine eth0
	forward node
	route pod default 172.20.1.1
	route pod default fd00:172:20:1::1
	route node default 10.0.0.1
	route node default fd00:10::1
	route machine 172.20.0.0/16 10.0.0.10
	route machine fd00:172:20::/48 fd00:10::10
	serve machine
	config_of nat-gateway
	volume ip-masq-agent="$work/config"
	start
	logs "packets: it starts" 'ipv6: changed \(.*; start\): jump'
	arrives "NAT gateway" 198.51.100.7 pod 10.10.10.10 pod 10.20.0.5 pod 2001:db8:7::7 pod
	edit_to same-vpc
	arrives "same VPC" 10.10.10.10 node 10.10.10.11 pod fd00:10:10::10 node fd00:10:10::11 pod
	edit_to vpc-peering
	arrives "VPC peering" 10.20.0.5 node 10.10.10.10 pod fd00:20::5 node
	edit_to node-address
	arrives "node address" 198.51.100.7 node 10.20.0.5 pod 2001:db8:7::7 node fd00:20::5 pod
	edit_to nat-gateway
	arrives "NAT gateway again" 198.51.100.7 pod 2001:db8:7::7 pod 10.20.0.5 pod
}

# config_of SITUATION: writes what the ConfigMap of its overlay holds to $work/config.
config_of()
{
	sed -n '/^  config: |$/,$ { /^  config/d; s/^    //; p; }' \
		"$examples/kubernetes/overlays/$1/configmap.yaml" >"$work/config"
	sed 1d "$examples/$1.yaml" >"$work/example"
	same_file "$1: the ConfigMap is the example" "$work/config" "$work/example"
	status 0 "$1: ipmasq-lint finds nothing in it" "$lint" "$work/config"
}

# edit_to SITUATION
edit_to()
{
	config_of "$1"
	mark
	volume ip-masq-agent="$work/config"
	logs "packets: the edit to $1 is followed" 'ipv6: changed \(.*configuration changed.*\): chain'
}

# arrives SITUATION DESTINATION pod|node...: the destination sees the address of that one.
arrives()
{
	local situation=$1 from wanted

	shift
	while [ $# -gt 0 ]; do
		from=172.20.1.2 wanted=10.0.0.10
		case $1 in
		*:*) from=fd00:172:20:1::2 wanted=fd00:10::10 ;;
		esac
		[ "$2" = node ] || wanted=$from
		ask udp pod "$from" "$1"
		equal "$situation: $1 sees the $2's address" "$seen" "$wanted"
		shift 2
	done
}

all()
{
	local one

	for one in cce kubernetes gke tke aks packets; do
		no_volume
		"$one"
		stop "$one: it ends"
	done
}

lint=$(program tools/ipmasq-lint) || exit
own_etc
IPMASQ_VARIANTS=${IPMASQ_VARIANTS:-nft}
each_variant all
finish
