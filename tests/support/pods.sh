# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What kernel tests share that send packets of a pod, on top of kernel.sh: a pod, its node and
# everything outside, and functions that compare what the kernel does with what was meant.
# shellcheck source=tests/support/kernel.sh
declare -F topology >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

# shellcheck disable=SC2034 # for the scripts
{
	trace=$(program tests/support/trace) || exit
	flows=$(program tests/support/flows) || exit
}

pod4=172.20.1.2
pod6=fd00:172:20:1::2
node4=192.0.2.10
node6=2001:db8:1::10
decisions=0

build_pods()
{
	make_ns pod node outside
	connect_pods
	answer_all outside eth0
	serve outside
}

# connect_pods: connects the namespaces, for which the node is new.
connect_pods()
{
	wire pod eth0 node pods
	connect_outside
	address pod eth0 "$pod4/24" 172.20.1.3/24 "$pod6/64" fd00:172:20:1::3/64
	address node pods 172.20.1.1/24 fd00:172:20:1::1/64
	route pod default 172.20.1.1
	route pod default fd00:172:20:1::1
}

# connect_outside: the node and everything outside, which knows the way to all pods.
connect_outside()
{
	wire node eth0 outside eth0
	address node eth0 "$node4/24" "$node6/64"
	address outside eth0 192.0.2.1/24 2001:db8:1::1/64
	forward node
	route node default 192.0.2.1
	route node default 2001:db8:1::1
	route outside 172.20.0.0/16 "$node4"
	route outside fd00:172:20::/48 "$node6"
}

# from_pod SOURCE NODE-ADDRESS [PORTS] < addresses: prints what the kernel does, as "ADDRESS
# VERDICT" lines. PORTS is "FIRST LAST", the range for the ports of masqueraded flows.
from_pod()
{
	on pod "$probe" udp "$1" "$source_port" "$port" 900 |
		awk -F '\t' -v pod="$1" -v node="$2" -v ports="${3:-0 65535}" -v OFS='\t' '
			BEGIN { split(ports, range, " ") }
			$2 == pod { print $1, "RETURN"; next }
			$2 != node { print $1, "arrives from " $2; next }
			$3 < range[1] || $3 > range[2] { print $1, "port " $3; next }
			{ print $1, "MASQUERADE" }'
}

# verdicts OPTION... < addresses: prints what ipmasq-explain says, as "ADDRESS VERDICT" lines.
verdicts()
{
	# Findings are the matter of other tests; a missing answer shows as a difference.
	"$explain" "$@" --batch 2>/dev/null | cut -f 1,2 || true
}

# interpret 4|6 SOURCE < addresses: prints what the kernel's rules say when they are read back, as
# "ADDRESS VERDICT" lines. Rules of the kubelet, which the interpreter does not know, are left out.
interpret()
{
	save node "$1" | grep -v KUBE- >"$work/saved"
	"$sim" "$1" "$work/saved" "$2" | cut -f 1,2
}

# judge TEXT SOURCE PORTS OPTION...: for the addresses in $work/probes, packets, ipmasq-explain with
# the options, and the interpreter agree.
judge()
{
	local text=$1 source=$2 ports=$3 family=4 node=$node4 count

	shift 3
	case $source in
	*:*) family=6 node=$node6 ;;
	esac
	count=$(wc -l <"$work/probes")
	# Each time another port, since conntrack remembers what was decided for a flow.
	source_port=$((source_port + 1))
	from_pod "$source" "$node" "$ports" <"$work/probes" >"$work/kernel"
	verdicts "$@" --source "$source" <"$work/probes" >"$work/explain"
	interpret "$family" "$source" <"$work/probes" >"$work/sim"
	decisions=$((decisions + count))
	if [ "$count" -gt 0 ] && cmp -s "$work/kernel" "$work/explain" &&
		cmp -s "$work/kernel" "$work/sim"; then
		pass "$text: $count IPv$family decisions for $source: kernel, explain, rules agree"
	else
		paste "$work/kernel" "$work/explain" "$work/sim" |
			awk -F '\t' '$2 != $4 || $2 != $6' >"$work/differ"
		fail "$text, IPv$family, $source: kernel, explain and the rules read back differ" \
			"$work/differ"
	fi
}

# pod_of 4|6: prints the address of the pod.
pod_of()
{
	case $1 in
	4) echo "$pod4" ;;
	6) echo "$pod6" ;;
	esac
}

# big_transactions: whether nft takes more than wmem_default bytes in one transaction. In a user
# namespace it does not, since SO_SNDBUFFORCE needs CAP_NET_ADMIN of the machine.
big_transactions()
{
	topology "big-$variant"
	make_ns node
	awk 'BEGIN {
		print "*nat\n:BIG - [0:0]"
		for (i = 0; i < 4000; i++)
			print "-A BIG -d 10.0.0.0/24 -j RETURN"
		print "COMMIT" }' | on node "iptables-$(iptables_of "$variant")-restore" --noflush 2>/dev/null
}

# sub_chains_of < table: prints the names of our sub-chains.
sub_chains_of()
{
	sed -n 's/^:\(IP-MASQ-AG\.[^ ]*\) .*/\1/p'
}

# sub_chains NS 4|6: the same, from the table of the namespace.
sub_chains()
{
	save "$1" "$2" | sub_chains_of
}

# flipped SEED < configuration: prints it with one entry in four in the other list, one in eight
# gone.
flipped()
{
	awk -v seed="$1" '
		BEGIN { srand(seed) }
		/^masq.*CIDRs/ { list = 1 }
		/^nonMasq.*CIDRs/ { list = 0 }
		/^ *- / {
			draw = int(rand() * 8)
			at = draw < 2 ? !list : list
			if (draw != 7)
				text[at] = text[at] "\n" $0
		}
		END { printf "masqueradeCIDRs:%s\nnonMasqueradeCIDRs:%s\n", text[1], text[0] }'
}

# generations_in FILE: prints how many generations the chains in it have.
generations_in()
{
	sed 's/.*\.\(.\)[0-9a-z]*$/\1/' "$1" | sort -u | wc -l
}

# in_line TEXT OPTION...: one apply succeeds, and nothing is left to do. Its output is in
# $work/said.
in_line()
{
	local text=$1 said

	shift
	status 0 "$text: apply" apply node "$@"
	contents said "$work/out"
	printf '%s' "${said[@]}" >"$work/said"
	status 0 "$text: check" apply node --check "$@"
}

# write_policy NAME nested|random COUNT SEED: writes $work/NAME.yaml.
write_policy()
{
	case $2 in
	nested) "$policygen" "$4" nested "$3" ;;
	random) awk -v n="$3" -v seed="$4" -f "$root/tests/bench/generate.awk" ;;
	esac >"$work/$1.yaml"
}

# probes_of NAME 4|6 COUNT: writes addresses around so many of its entries to $work/probes.
probes_of()
{
	{
		printf '203.0.113.77\n10.9.8.7\n2001:db8:7::77\nfd00:9::7\n' |
			"$policygen" 0 filter "$2"
		"$policygen" "${seed:-1}" around "$2" "$3" <"$work/$1.yaml"
	} | sort -u >"$work/probes"
}

# old_or_new FILE: destinations, each with its verdict under the rules in the kernel and under the
# policy in the file, or "either".
old_or_new()
{
	local f

	for f in 4 6; do
		printf '%s\n' 10.1.2.3 10.10.10.10 172.16.1.1 172.31.9.9 192.168.3.4 8.8.8.8 \
			100.64.0.1 203.0.113.9 fd00:10:10::10 fd00::1 fd7f::1 2001:db8:7::1 |
			"$policygen" 0 filter "$f" >"$work/probes"
		interpret "$f" "$(pod_of "$f")" <"$work/probes" >"$work/old"
		verdicts -c "$1" <"$work/probes" >"$work/new"
		paste "$work/old" "$work/new" | awk -F '\t' '{ print $1, $2 == $4 ? $2 : "either" }'
	done
}
