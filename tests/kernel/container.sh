#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Is what make install puts there, with what examples/kubernetes/Containerfile names, all that a
# container needs? It is run in a root of its own that cannot be written to, as the DaemonSet runs
# it: user 0 with CAP_NET_ADMIN and CAP_NET_RAW, and no way to gain more.
# shellcheck disable=SC2317 # each_variant calls the functions
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

image=$work/image

# The variables of make that called this test are not for the make that is called here.
install_ours()
{
	local build=${top_builddir:-$root}

	[ -e "$build/config.status" ] || build=$root
	mkdir -p "$image"/{dev,proc,run,etc/config}
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install DESTDIR="$image" \
		>"$work/install" 2>&1 || {
		bad "make install DESTDIR" "$work/install"
		finish
	}
	installed=$(cd "$image" && find . -path '*/sbin/ipmasq-apply' | sed 's/^\.//')
	library=$(cd "$image" && find . -name libipmasq.so.0 | sed 's/^\.//')
}

# What else belongs to it comes from this machine, to the same places: the programs and extensions of
# iptables, and the libraries of all.
complete_image()
{
	local programs=("$SETPRIV" "$GREP" "$TOUCH") directory one

	for one in {iptables,ip6tables}-{nft,legacy}{,-restore,-save}; do
		programs+=("$(command -v "$one")")
	done
	for directory in /usr/lib/*/xtables /usr/lib/xtables /usr/lib64/xtables; do
		[ ! -d "$directory" ] || cp -R --parents "$directory" "$image"
	done
	ldd "$image$installed" "${programs[@]}" |
		sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p' |
		grep -v '/libipmasq\.so' | sort -u | xargs cp -L --parents -t "$image"
	cp -L --parents "${programs[@]}" "$image"
	cp -R --parents /etc/ld.so.conf* "$image"
	ldconfig -r "$image" "$(dirname "$library")" 2>/dev/null
}

# contained NS CAPABILITIES COMMAND...: in the image, which cannot be written to.
contained()
{
	local name=$1 capabilities=$2

	shift 2
	# shellcheck disable=SC2016 # the shell inside expands it
	on "$name" unshare -m sh -c '
		set -e
		image=$1 capabilities=$2
		shift 2
		mount --bind "$image" "$image"
		mount --rbind /proc "$image/proc"
		mount --rbind /dev "$image/dev"
		: >>/run/xtables.lock
		touch "$image/run/xtables.lock"
		mount --bind /run/xtables.lock "$image/run/xtables.lock"
		mount -o remount,bind,ro "$image"
		cd "$image"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LD_LIBRARY_PATH= $LEAKS chroot . \
			"$SETPRIV" --no-new-privs --inh-caps=-all --ambient-caps=-all \
			--bounding-set="-all$capabilities" "$@"
		' sh "$image" "$capabilities" "$@"
}

SETPRIV=$(command -v setpriv) || skip "the program setpriv"
GREP=$(command -v grep)
TOUCH=$(command -v touch)
LEAKS=${ASAN_OPTIONS:+ASAN_OPTIONS=$ASAN_OPTIONS}
export SETPRIV LEAKS
both=,+net_admin,+net_raw

# The kernel has them as bits 12 and 13.
powers()
{
	topology powers
	make_ns node
	contained node "$both" "$GREP" -E '^(Cap|NoNewPrivs)' /proc/self/status >"$work/powers"
	equal "it has CAP_NET_ADMIN and CAP_NET_RAW, and gains nothing" \
		"$(tr -d '\t' <"$work/powers" | tr '\n' ' ')" \
		"CapInh:0000000000000000 CapPrm:0000000000003000 CapEff:0000000000003000\
 CapBnd:0000000000003000 CapAmb:0000000000000000 NoNewPrivs:1 "
	status 1 "its root cannot be written to" contained node "$both" "$TOUCH" /etc/config/new
	has "it is read-only" 'Read-only file system' "$work/out"
	status 4 "without either it cannot" contained node "" "$installed"
}

all()
{
	topology "$variant"
	make_ns node
	cp "$root/examples/same-vpc.yaml" "$image/etc/config/ip-masq-agent"
	status 0 "apply" contained node "$both" "$installed" "--backend=$variant"
	has "it says that it wrote" "ipv4: changed \($variant\): chain IP-MASQ-AGENT created" "$work/out"
	status 0 "check" contained node "$both" "$installed" "--backend=$variant" --check
	status 0 "what was applied there is what is applied here" apply node --check \
		-c "$root/examples/same-vpc.yaml"
	tables node 4 -F IP-MASQ-AGENT
	status 4 "without CAP_NET_ADMIN it cannot" contained node ,+net_raw "$installed" \
		"--backend=$variant"
	has "it says so" 'not-permitted|cannot' "$work/out"
}

install_ours
complete_image
powers
each_variant all
finish
