#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Failures of the iptables programs that may pass are no answers: no option is dropped, no family is
# skipped and no backend is chosen because of them, they are reported as they are, and the next look
# asks again. The programs stand behind wrappers that make the trouble.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
# shellcheck source=tests/support/wrappers.sh
. "$(dirname "$0")/../support/wrappers.sh"

# fresh NAME: a pod, its node and everything outside; programs without trouble.
fresh()
{
	topology "$variant-$1"
	build_pods
	rm -f "$work"/trouble.* "$work"/ran.*
	dir=$work/$top
	mkdir "$dir"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "resyncInterval": "300ms"}' \
		>"$dir/config"
}

# wrapped ARGUMENT...: ipmasq-apply of the variant, with the wrappers.
wrapped()
{
	on node "${behind[@]}" "$apply" "--backend=$variant" -c "$dir/config" "$@"
}

# seen_outside 4|6: prints the source that the destination sees of a pod's packet.
seen_outside()
{
	local to=203.0.113.7

	[ "$1" = 4 ] || to=2001:db8:7::7
	ask udp pod "$(pod_of "$1")" "$to"
	echo "$seen"
}

masquerades()
{
	equal "$1: IPv4 packets of the pod are masqueraded" "$(seen_outside 4)" "$node4"
	equal "$1: so are those of IPv6" "$(seen_outside 6)" "$node6"
}

# The texts of iptables 1.8.9. A signal needs none.
no_buffers='echo "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id:'
no_buffers+=' No buffer space available" >&2; exit 4'
no_lock_file='echo "Fatal: can'\''t open lock file /run/xtables.lock: Is a directory" >&2; exit 4'
# The start of trouble that only scripts with --random-fully have.
with_option="cat >$work/script; exec <$work/script; if grep -q -e --random-fully $work/script; then"

# row_31 TROUBLE PATTERN TEXT
row_31()
{
	local text="31, $variant, $3"

	source_port=$((source_port + 100))
	fresh "31-$4"
	trouble "iptables-$variant-restore" "$with_option $1; fi"
	prefix=("${behind[@]}")
	start -c "$dir/config"
	logs "$text: reported as it is" "ipv4: failed, .*$2"
	logs "$text: the other family is done" 'ipv6: changed'
	mark
	trouble "iptables-$variant-restore"
	logs "$text: once it has passed, the policy is applied" 'ipv4: changed'
	logs_never "$text: the option is never said to be missing" 'left out'
	equal "$text: and is there" "$(save node 4 | grep -c -e '--random-fully')" 1
	masquerades "$text"
	stop "$text: the agent ends"
	prefix=()
}

# What an old program answers is an answer.
row_31_answer()
{
	local text="31, $variant, an old program"

	fresh 31-old
	trouble "iptables-$variant-restore" "$with_option"'
		echo "iptables-restore v1.6.1: unknown option \"--random-fully\"" >&2
		echo "Error occurred at line: 3" >&2; exit 2; fi'
	status 0 "$text: apply" wrapped
	has "$text: the option is said to be left out" 'random-fully is left out: .*v?unknown option' \
		"$work/out"
	equal "$text: and is not there" "$(save node 4 | grep -c -e '--random-fully')" 0
	masquerades "$text"
}

# row_33 TROUBLE PATTERN TEXT NAME
row_33()
{
	local text="33, $variant, $3"

	fresh "33-$4"
	trouble "ip6tables-$variant-restore" "$1"
	trouble "ip6tables-$variant-save" "$1"
	status 4 "$text: apply fails" wrapped
	has "$text: it is said" "$2" "$work/err"
	equal "$text: IPv4 is done all the same" "$(seen_outside 4)" "$node4"
	prefix=("${behind[@]}")
	start -c "$dir/config"
	logs "$text: the agent reports it" "ipv6: failed, .*$2"
	logs_never "$text: and does not skip the family" 'ipv6: skipped'
	trouble "ip6tables-$variant-restore"
	trouble "ip6tables-$variant-save"
	logs "$text: once it has passed, the policy is applied" 'ipv6: changed'
	masquerades "$text"
	stop "$text: the agent ends"
	prefix=()
}

# Where the kernel says that there is no such table, the family is skipped.
row_33_answer()
{
	local text="33, $variant, no table"

	fresh 33-none
	trouble "ip6tables-$variant-restore" 'echo "ip6tables-restore v1.8.9 (nf_tables): " >&2
		echo "line 1: CHAIN_ADD failed (No such file or directory): chain POSTROUTING" >&2
		exit 4'
	status 0 "$text: apply" wrapped
	has "$text: IPv6 is skipped" 'the kernel has no IPv6 nat table: .*CHAIN_ADD failed' \
		"$work/out"
}

# The program that tells the system's default is killed: no backend is chosen, and no module of the
# other one is loaded.
row_32()
{
	local text="32, $variant" program other=legacy

	fresh 32
	[ "$variant" = nft ] || other=nft
	for program in iptables ip6tables; do
		# shellcheck disable=SC2016 # the wrapper's
		trouble $program-restore 'kill -KILL $$'
	done
	status 4 "$text: automatic, version not known: apply fails" wrapped --backend=auto
	has "$text: it says why" 'iptables-restore --version failed: .*signal 9' "$work/err"
	equal "$text: nothing is in the legacy tables" \
		"$(on node cat /proc/net/ip_tables_names | grep -c nat)" 0
	equal "$text: nothing was written" "$(cat "$work"/ran.*-restore | grep -vc -e --version)" 0
	for program in iptables ip6tables; do
		trouble $program-restore \
			"exec -a $program-$variant-restore $bin/xtables-$variant-multi \"\$@\""
	done
	status 0 "$text: once it answers, apply" wrapped --backend=auto
	masquerades "$text"
	equal "$text: in the system's default" "$(save node 4 | grep -c "^:$chain")" 1
	check "$text: the other backend is left alone" \
		test ! -e "$work/ran.iptables-$other-restore"
}

# iptables-nft-save 1.8.4 prints a table without chains where there is none.
row_29()
{
	local text="29, $variant" program

	[ "$variant" = nft ] || return 0
	fresh 29
	for program in iptables ip6tables; do
		trouble "$program-nft-save" \
			'printf "# Generated by iptables-nft-save v1.8.4\n*nat\nCOMMIT\n"; exit 0'
	done
	status 0 "$text: --remove: nothing there is fine" \
		on node "${behind[@]}" "$apply" --backend=nft --remove
	status 1 "$text: --check: drift" wrapped --check
	rm -f "$work"/trouble.*
	status 0 "$text: apply" wrapped
	masquerades "$text"
}

# with_powers SET ARGUMENT...: apply with these capabilities only.
with_powers()
{
	local set=-all${1:+,$1}

	shift
	on node setpriv --bounding-set="$set" --inh-caps=-all \
		"$apply" "--backend=$variant" -c "$dir/config" "$@"
}

# The capability that is missing is named, and no other.
row_46()
{
	local text="46, $variant"

	if ! command -v setpriv >/dev/null; then
		skip_part "46: the program setpriv"
		return
	fi
	fresh 46
	status 4 "$text, without CAP_NET_ADMIN: apply fails" with_powers +net_raw
	has "$text: CAP_NET_ADMIN is named" '\(CAP_NET_ADMIN is missing\).*\[not-permitted\]' \
		"$work/err"
	lacks "$text: CAP_NET_RAW is not" 'CAP_NET_RAW' "$work/err"
	if [ "$variant" = legacy ]; then
		status 4 "$text, without CAP_NET_RAW: apply fails" with_powers +net_admin
		has "$text: CAP_NET_RAW is named" '\(CAP_NET_RAW is missing\)' "$work/err"
		lacks "$text: CAP_NET_ADMIN is not" 'CAP_NET_ADMIN' "$work/err"
		status 4 "$text, without both: apply fails" with_powers ''
		has "$text: both are named" 'CAP_NET_ADMIN and CAP_NET_RAW are missing' "$work/err"
		status 0 "$text, with both: apply" with_powers +net_admin,+net_raw
	else
		status 0 "$text, without CAP_NET_RAW: apply" with_powers +net_admin
	fi
	masquerades "$text"
}

# with_lock FILE ARGUMENT...: apply with another lock file.
with_lock()
{
	local file=$1

	shift
	on node env "XTABLES_LOCKFILE=$file" "$apply" "--backend=$variant" -c "$dir/config" "$@"
}

# The lock file is not that of the node: it is in the image of a container, or it is the directory
# that the kubelet makes for a mount of nothing.
row_48()
{
	local text="48, $variant" over=$work/$variant-over file

	fresh 48
	mkdir -p "$over/lower" "$over/upper" "$over/work" "$over/merged" "$dir/directory"
	status 0 "$text, the lock file of the node: apply" with_lock "$dir/lock"
	lacks "$text: nothing is said of it" 'lock file' "$work/out"
	if mount -t overlay overlay "$over/merged" -o \
		"lowerdir=$over/lower,upperdir=$over/upper,workdir=$over/work" 2>/dev/null; then
		file=$over/merged/xtables.lock
		status 0 "$text, one of a container: apply" with_lock "$file"
		if [ "$variant" = legacy ]; then
			equal "$text: it is said once" \
				"$(grep -c "lock file $file is in the file system of a container" \
					"$work/out")" 1
		else
			lacks "$text: nft has no lock" 'lock file' "$work/out"
		fi
		umount "$over/merged"
	else
		skip_part "48: an overlay file system in a user namespace"
	fi
	tables node 4 -F "$chain"
	[ "$variant" = legacy ] || return 0
	status 4 "$text, a directory: apply fails" with_lock "$dir/directory"
	has "$text: what to do is said" 'Is a directory; in a container, mount .*FileOrCreate' \
		"$work/err"
	equal "$text: the option is not dropped" "$(grep -c 'left out' "$work/out")" 0
	status 0 "$text, once it is a file: apply" with_lock "$dir/lock"
	equal "$text: with the option" "$(save node 4 | grep -c -e '--random-fully')" 1
	masquerades "$text"
}

# A warning in the first line of stderr is not the reason.
row_48_sentence()
{
	local text="48, $variant, the first line"

	fresh 48-line
	trouble "iptables-$variant-restore" '
		echo "Warning: Extension tcp revision 0 not supported, missing kernel module?" >&2
		echo "iptables-restore v1.8.9 (legacy): iptables-restore: the reason" >&2; exit 1'
	status 4 "$text: apply fails" wrapped
	has "$text: the reason is said" 'restore failed: iptables-restore: the reason' "$work/err"
	lacks "$text: the warning is not" 'Extension tcp' "$work/err"
}

all()
{
	row_31 "$no_lock_file" "can't open lock file .*Is a directory" 'no lock file' lock
	row_31 "$no_buffers" 'No buffer space available' 'no buffers' buffers
	# shellcheck disable=SC2016 # the wrapper's
	row_31 'kill -KILL $$' 'ended by signal 9' 'killed' killed
	row_31_answer
	row_33 'echo "ip6tables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Cannot allocate memory" >&2; exit 1' \
		'Failed to initialize nft: Cannot allocate memory' 'out of memory' memory
	row_33 'kill -KILL $$' 'ended by signal 9' 'killed' killed
	row_33_answer
	row_32
	row_29
	row_46
	row_48
	row_48_sentence
}

write_wrappers
each_variant all
finish
