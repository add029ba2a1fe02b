# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the CNI plugin share, on top of pods.sh: networks, a driver that calls plugins as
# a runtime does, and what packets of pods look like outside.
# shellcheck source=tests/support/pods.sh
declare -F build_pods >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/pods.sh"

command -v python3 >/dev/null || skip "the program python3"
plugin=$(program examples/cni/ipmasq) || exit
pods_call=$(program tests/support/pods_call) || exit
driver=$root/tests/support/cni.py
plugins=$work/plugins
# Ours, and where distributions and people have others.
cni_path=$plugins:/usr/lib/cni:/usr/libexec/cni:/opt/cni/bin
mkdir -p "$plugins" "$work/cache"
ln -s "$plugin" "$plugins/ipmasq"
cp "$root"/tests/support/cni/* "$plugins/"

# write_network NAME VERSION FIRST POLICY [MEMBERS]: writes $work/NAME.conflist: the plugin FIRST,
# which is a JSON object, and ours after it, with the policy and further members.
write_network()
{
	cat >"$work/$1.conflist" <<-END
		{"cniVersion": "$2", "name": "$1", "plugins": [
		$3,
		{"type": "ipmasq", "backend": "$variant", "policy": $4${5:+, $5}}]}
	END
}

# shellcheck disable=SC2034 # for the scripts
recorded='{"type": "recorded"}'

# cni NETWORK COMMAND WORD...: what a runtime on the node does.
cni()
{
	on node python3 "$driver" --path "$cni_path" \
		--cache "$work/cache" ${cni_options[@]+"${cni_options[@]}"} \
		"$work/$1.conflist" "${@:2}"
}
cni_options=()

# known: writes to $work/known which pods the rules in force know, in every backend.
known()
{
	on node "$pods_call" list >"$work/known"
}

# ours: prints what there is of rules of ours, in every backend. Among these may be what the last
# change took out of force, while there are pods.
ours()
{
	local program

	for program in iptables ip6tables; do
		! on node grep -q "^nat\$" "/proc/net/${program/tables/_tables}_names" 2>/dev/null ||
			on node "$program-legacy-save" -t nat | grep -i ipmasq || true
	done
	on node nft list ruleset 2>/dev/null | grep -i ipmasq || true
}

# nothing_left TEXT
nothing_left()
{
	ours >"$work/left"
	if [ -s "$work/left" ]; then
		fail "$1: rules are left" "$work/left"
	else
		pass "$1: no rule is left"
	fi
}

# sees TEXT NAMESPACE SOURCE DESTINATION SEEN: the destination sees the address SEEN.
sees()
{
	ask udp "$2" "$3" "$4"
	equal "$1: $4 sees the right source of $3" "$seen" "$5"
}
