#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rules follow the addresses of host names. The system's resolver knows only a file over
# /etc/hosts, and name servers are out of reach.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

profile=(--profile cce)

# known LINE...: the resolver knows just these from now on. The file itself stays, since it is
# mounted.
known()
{
	printf '%s\n' "$@" >"$work/hosts"
}

# holds_for TEXT LINE...: the kernel holds what the configuration means with just these lines.
holds_for()
{
	local text=$1

	shift
	printf '%s\n' "$@" >"$work/known-hosts"
	in_line "$text" "${profile[@]}" -c "$work/config" --hosts "$work/known-hosts"
}

# counted TEXT METRIC: within 15 seconds, the metrics have a line that matches.
counted()
{
	local tries=0

	until grep -qsx "$2" "$work/m.prom" || [ $((tries += 1)) = 300 ]; do
		pause 0.05
	done
	has "$1" "^$2$" "$work/m.prom"
}

once_applied()
{
	topology "$variant-once"
	make_ns node
	known '10.9.8.7 db.example.com' 'fd00:9::7 db.example.com'
	status 0 "one unresolvable name does not stop the policy" \
		apply node "${profile[@]}" -c "$work/config"
	has "and is reported, with the reason" \
		'config:3:3: warning: the host name "gone.example.com" is not resolved.*: .' "$work/err"
	holds_for "all addresses of the other are rules" '10.9.8.7 db.example.com' 'fd00:9::7 db.example.com'
	status 0 "--check resolves too" apply node --check "${profile[@]}" -c "$work/config"
	known '10.9.8.8 db.example.com' 'fd00:9::7 db.example.com'
	status 1 "and sees that an address is another" \
		apply node --check "${profile[@]}" -c "$work/config"
}

followed()
{
	topology "$variant-follows"
	make_ns node
	known '10.9.8.7 db.example.com'
	start "${profile[@]}" -c "$work/config" --metrics-file="$work/m.prom"
	logs "a name is resolved before anything is written" 'ipv6: changed \(.*; start\): jump'
	holds_for "its address is a rule" '10.9.8.7 db.example.com'
	logs "which is said" 'db.example.com has the address 10.9.8.7$'
	counted "the metrics count names" 'ipmasq_host_names 2'
	counted "and those without an address" 'ipmasq_host_names_unresolved 1'
	counted "and each time that one has none" 'ipmasq_host_name_failures_total [1-9][0-9]*'
	mark
	known '10.9.8.7 db.example.com' '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com'
	logs "addresses that come are reported" 'db.example.com has the address fd00:9::9$'
	logs "and written" 'changed \(.*; host names have other addresses\)'
	logs "also where" '10.9.8.9'
	mark
	known '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com'
	logs "one that goes is reported" 'db.example.com no longer has the address 10.9.8.7$'
	logs "and written" 'ipv4: changed \(.*; host names have other addresses\)'
	holds_for "as the policy is now" '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com'
	mark
	known '# nothing'
	logs "a name that cannot be resolved any more is reported" 'db.example.com cannot be resolved; its last addresses stay: '
	holds_for "and keeps its addresses" '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com'
	mark
	known '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com' '10.9.9.1 gone.example.com'
	logs "a name that never was resolved is, once it can be" 'gone.example.com has the address 10.9.9.1$'
	logs "and written" 'ipv4: changed \(.*; host names have other addresses\)'
	holds_for "like the others" '10.9.8.9 db.example.com' 'fd00:9::9 db.example.com' \
		'10.9.9.1 gone.example.com'
	counted "all names have an address now" 'ipmasq_host_names_unresolved 0'
	stop "it ends"
}

from_file()
{
	topology "$variant-file"
	make_ns node
	known '10.9.8.1 db.example.com'
	echo '10.9.8.7 db.example.com' >"$work/file"
	start "${profile[@]}" -c "$work/config" --hosts "$work/file"
	logs "a file says what names stand for" 'ipv6: changed \(.*; start\): jump'
	holds_for "and nothing else" '10.9.8.7 db.example.com'
	mark
	echo '10.9.8.8 db.example.com' | put "$work/file"
	logs "it is read again" 'ipv4: changed \(.*; host names have other addresses\)'
	holds_for "and counts" '10.9.8.8 db.example.com'
	mark
	echo 'nonsense' | put "$work/file"
	logs "one with an error is rejected" 'the last good one stays in force'
	holds_for "and changes nothing" '10.9.8.8 db.example.com'
	stop "it ends"
}

all()
{
	once_applied
	followed
	from_file
}

printf '%s\n' 'masqueradeCIDRs:' '- db.example.com' '- gone.example.com' \
	'nonMasqueradeCIDRs:' '- 10.0.0.0/8' '- fd00::/8' 'resyncInterval: 300ms' >"$work/config"
echo 'hosts: files' >"$work/nsswitch"
known '# nothing'
mount --bind "$work/hosts" /etc/hosts || skip "a file of its own over /etc/hosts"
[ ! -e /etc/nsswitch.conf ] || mount --bind "$work/nsswitch" /etc/nsswitch.conf ||
	skip "a file of its own over /etc/nsswitch.conf"

each_variant all
finish
