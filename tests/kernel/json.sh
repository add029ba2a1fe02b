#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each JSON that the tools write about a node is of its schema (tools/schema), which is a promise:
# ipmasq-json(5). tests/cli/json.sh has the others.
set -u

# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
# shellcheck source=tests/support/json_forms.sh
. "$root/tests/support/json_forms.sh"

need_variants legacy nft
variant=nft
topology node
make_ns node
dir=$work/config
mkdir "$dir"
printf 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' >"$dir/config"

# results WANTED TEXT ARGUMENT...
results()
{
	status "$1" "$2" on node "$apply" -o json -c "$dir/config" "${@:3}"
	form apply-results
}

results 1 "a node without rules is not in line" --check --backend=nft
results 0 "it is brought in line" --backend=nft
results 0 "and is in line" --check --backend=nft
results 0 "it is taken over" --backend=nftables
on node iptables-nft -w -t nat -I POSTROUTING -d 10.0.0.0/8 -j MASQUERADE
results 1 "a rule of others is told" --check --backend=nftables
on node iptables-nft -w -t nat -F POSTROUTING
results 0 "a family may be off" --backend=nftables --ipv6=off
results 0 "the rules are removed" --remove
exec {lock}>/run/xtables.lock
flock "$lock"
results 4 "the lock may not be free" --backend=legacy --wait=1
exec {lock}>&-

status 0 "the kernel is asked" on node "$explain" -o json -c "$dir/config" --live 10.1.2.3
form explain-node

# The agent: a start, a repair, a good and a bad configuration, and its end.
echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8"], "resyncInterval": "300ms"}' >"$dir/config"
start --log-format=json -c "$dir/config"
logs "it starts" '"event":"changed","family":"ipv6"'
mark
on node iptables-nft -w -t nat -F IP-MASQ-AGENT
logs "it repairs" '"event":"drift".*'
logs "and says so" '"event":"changed","family":"ipv4"'
mark
echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "172.16.0.0/12"], "resyncInterval": "300ms"}' |
	put "$dir/config"
logs "a configuration changes" '"event":"config-changed"'
mark
echo '{"nonMasqueradeCIDRs": ["10.0.0.1/8"]}' | put "$dir/config"
logs "a configuration is rejected" '"event":"config-rejected"'
stop "it ends"
cp "$work/log" "$work/out"
form apply-log

# An entry that the kernel refuses, and memory that runs out, are not made here.
judge_forms apply-results.error.{code,file,line,column} \
	explain-node.{source,agrees} explain-node.policy.{entry,host,file,line,column,rule} \
	explain-node.policy.overrides.{entry,host,file,line,column} explain-node.policy.sources \
	explain-node.outcomes.{to,conditions,decided_by} \
	explain-node.outcomes.decided_by.{backend,family,table,chain,rule,text,owner} \
	explain-node.steps.{backend,table,chain,rule,text,matches}

finish
