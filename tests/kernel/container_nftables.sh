#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image of examples/kubernetes/Containerfile.nftables: what make install installs, and what the
# Containerfile's own command adds to that, is all that is in it, and enough. It runs in a root of
# its own that is read-only, with the capabilities and the backend of the overlay, and packets are
# judged.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

examples=$root/examples/kubernetes
image=$work/image
tools=$work/tools
setpriv=$(command -v setpriv) || skip "the program setpriv"
variant=nftables
need_variants nftables

# What the overlay gives the container, and what it starts it with.
capabilities=$(sed -n 's/^ *- \(NET_[A-Z]*\)$/,+\L\1/p' "$examples/overlays/nftables/kustomization.yaml")
arguments=$(sed -n 's/^ *value: \(--.*\)/\1/p' "$examples/overlays/nftables/kustomization.yaml")

# The command of the Containerfile that collects the libraries, without `RUN' and its line ends.
collect()
{
	sed -n '/^RUN find /,/[^\\]$/p' "$examples/Containerfile.nftables" |
		sed 's/^RUN //; s/\\$//' | tr -d '\n'
}

# The variables of the make that runs this test would change the make that it runs.
make_image()
{
	mkdir "$image"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install DESTDIR="$image" \
		>"$work/install" 2>&1 || {
		cat "$work/install"
		fatal "make install DESTDIR"
	}
	find "$image" -depth \( -path '*/include/*' -o -path '*/share/*' -o -path '*/pkgconfig/*' \
		-o -name '*.la' -o -name 'kubectl*' \) -delete
	ROOT=$image sh -c "$(collect)" 2>"$work/err" || {
		cat "$work/err"
		fatal "the command of the Containerfile"
	}
	installed=$(cd "$image" && find . -path '*/sbin/ipmasq-apply' | sed 's/^\.//')
	(cd "$image" && find . ! -type d | sort) >"$work/files"
	# A prefix besides /usr is in no list of the loader.
	ldconfig -r "$image" "$(cd "$image" && dirname "$(find . -name libipmasq.so.0 |
		sed 's/^\.//')")" 2>/dev/null
	mkdir -p "$image"/{dev,proc,tools,etc/config}
}

# setpriv is no part of the image: it is mounted with its own libraries and loader.
make_tools()
{
	mkdir "$tools"
	cp "$setpriv" "$tools/setpriv"
	ldd "$setpriv" | sed -n 's/.*=> \(\/.*\) (0x.*/\1/p; s/^\t\(\/.*\) (0x.*/\1/p' |
		xargs -d '\n' cp -L -t "$tools"
	loader=$(cd "$tools" && echo ld*.so*)
	cat >"$work/contained" <<-'END'
		set -e
		image=$1 tools=$2 loader=$3 capabilities=$4
		shift 4
		mount --bind "$image" "$image"
		mount --bind "$tools" "$image/tools"
		mount --rbind /proc "$image/proc"
		mount --rbind /dev "$image/dev"
		mount -o remount,bind,ro "$image"
		cd "$image"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
			chroot . "/tools/$loader" --library-path /tools /tools/setpriv --no-new-privs \
			--inh-caps=-all --ambient-caps=-all --bounding-set="-all$capabilities" "$@"
	END
}

# container CAPABILITIES: sets $prefix to the command under which a program runs in the image.
container()
{
	prefix=(unshare -m sh "$work/contained" "$image" "$tools" "$loader" "$1")
}

contained()
{
	on node "${prefix[@]}" "$@"
}

# Besides libraries there are only our programs and what glibc reads to look up names.
files()
{
	grep -v '\.so\(\.[0-9.]*\)\?$' "$work/files" | sed 's/.*\///' >"$work/others"
	equal "these files are no libraries" "$(sort "$work/others" | tr '\n' ' ')" \
		"ipmasq-apply ipmasq-explain ipmasq-lint nsswitch.conf "
	lacks "no part of iptables and nft" 'xtables|iptables|ip6tables|libnft|/libxt' "$work/files"
	equal "the overlay has one capability" "$capabilities" ",+net_admin"
	equal "and one argument" "$arguments" "--backend=nftables"
}

# packets TEXT 203.0.113.7-SEES 10.1.2.3-SEES
packets()
{
	ask udp pod "$pod4" 203.0.113.7
	equal "$1: 203.0.113.7 sees" "$seen" "$2"
	ask udp pod "$pod4" 10.1.2.3
	equal "$1: 10.1.2.3 sees" "$seen" "$3"
}

once()
{
	local config=$image/etc/config/ip-masq-agent tool

	printf '{"nonMasqueradeCIDRs": ["10.0.0.0/8"]}' >"$config"
	container ""
	for tool in bin/ipmasq-explain bin/ipmasq-lint sbin/ipmasq-apply; do
		status 0 "${tool#*/} runs" contained "${installed%sbin/ipmasq-apply}$tool" --version
	done
	status 4 "without a capability it cannot" contained "$installed" "$arguments"
	has "it says so" 'not permitted|CAP_NET_ADMIN' "$work/err"
	packets "before" "$pod4" "$pod4"
	container "$capabilities"
	status 0 "apply" contained "$installed" "$arguments"
	packets "apply" "$node4" "$pod4"
	status 0 "check" contained "$installed" "$arguments" --check
	out_has 'ipv4: in line (nftables)'
	out_has 'ipv6: in line (nftables)'
	status 0 "what was applied there is what is applied here" apply node --check -c "$config"
	status 0 "remove" contained "$installed" "$arguments" --remove
	packets "remove" "$pod4" "$pod4"
}

# What the overlay says of rules that are in iptables.
from_iptables()
{
	local config=$image/etc/config/ip-masq-agent variant

	variant=nft
	if has_variant nft; then
		status 0 "rules in iptables-nft" apply node -c "$config"
		status 0 "are taken over" contained "$installed" "$arguments"
		lacks_ours "iptables-nft" iptables-nft-save
	else
		skip_part "rules in iptables-nft: $missing"
	fi
	variant=legacy
	if has_variant legacy; then
		status 0 "rules in iptables-legacy" apply node -c "$config"
		status 4 "are reported" contained "$installed" "$arguments"
		has "with what is missing" "there is no iptables-legacy-restore" "$work/err"
		packets "rules in both" "$node4" "$pod4"
		status 0 "the image with iptables takes them over" on node "$apply" "$arguments" \
			-c "$config"
		lacks_ours "iptables-legacy" iptables-legacy-save
	else
		skip_part "rules in iptables-legacy: $missing"
	fi
	status 0 "remove" contained "$installed" "$arguments" --remove
}

# lacks_ours TEXT PROGRAM
lacks_ours()
{
	on node "$2" -t nat >"$work/saved"
	lacks "$1 has none of ours" IP-MASQ "$work/saved"
}

# As the DaemonSet runs it.
agent()
{
	local config=$image/etc/config/ip-masq-agent

	apply=$installed backend=${arguments#*=}
	# shellcheck disable=SC2119 # its arguments are those of the agent
	start
	logs "it applies" 'ipv4: changed \(nftables; start\)'
	logs "both families" 'ipv6: changed \(nftables; start\)'
	packets "the agent" "$node4" "$pod4"
	mark
	printf '{"nonMasqueradeCIDRs": ["203.0.113.0/24"]}' >"$config.new"
	mv "$config.new" "$config"
	logs "an edit is followed" 'ipv4: changed \(nftables; the configuration changed\)'
	packets "the edit" "$pod4" "$node4"
	mark
	on node nft flush ruleset
	logs "a flush is repaired" 'ipv4: changed \(nftables; drift\)'
	packets "the flush" "$pod4" "$node4"
	grep -E '^(Cap(Prm|Eff|Bnd)|NoNewPrivs)' "/proc/$agent/status" >"$work/powers"
	equal "the agent has CAP_NET_ADMIN alone" "$(tr -d '\t' <"$work/powers" | tr '\n' ' ')" \
		"CapPrm:0000000000001000 CapEff:0000000000001000 CapBnd:0000000000001000 NoNewPrivs:1 "
	stop "it ends"
}

make_image
make_tools
topology node
build_pods
make_ns variant
files
once
from_iptables
agent
finish
