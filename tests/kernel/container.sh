#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What make install installs, together with what examples/kubernetes/Containerfile names, is all
# that a container needs. It runs in a root of its own that is read-only, as the DaemonSet runs it:
# user 0 with CAP_NET_ADMIN and CAP_NET_RAW, and no way to gain more.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

image=$work/image

# The variables of the make that runs this test would change the make that it runs.
install_ours()
{
	mkdir -p "$image"/{dev,proc,run,etc/config}
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install DESTDIR="$image" \
		>"$work/install" 2>&1 || {
		cat "$work/install"
		fatal "make install DESTDIR"
	}
	installed=$(cd "$image" && find . -path '*/sbin/ipmasq-apply' | sed 's/^\.//')
	library=$(cd "$image" && find . -name libipmasq.so.0 | sed 's/^\.//')
}

# The programs and extensions of iptables, and the libraries of all programs, are copied from this
# machine to the same places.
complete_image()
{
	local programs=("$setpriv" "$grep" "$touch") directory one

	for one in {iptables,ip6tables}-{nft,legacy}{,-restore,-save}; do
		programs+=("$(command -v "$one")")
	done
	for directory in /usr/lib/*/xtables /usr/lib/xtables /usr/lib64/xtables; do
		[ ! -d "$directory" ] || cp -R --parents "$directory" "$image"
	done
	ldd "$image$installed" "${programs[@]}" |
		sed -n 's/.*=> \(\/.*\) (0x.*/\1/p; s/^\t\(\/.*\) (0x.*/\1/p' |
		grep -v '/libipmasq\.so' | sort -u | xargs -d '\n' cp -L --parents -t "$image"
	cp -L --parents "${programs[@]}" "$image"
	cp -R --parents /etc/ld.so.conf* "$image"
	ldconfig -r "$image" "$(dirname "$library")" 2>/dev/null
}

# contained NS CAPABILITIES COMMAND...: runs it in the image, which is read-only.
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
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LD_LIBRARY_PATH= $leaks chroot . \
			"$setpriv" --no-new-privs --inh-caps=-all --ambient-caps=-all \
			--bounding-set="-all$capabilities" "$@"
		' sh "$image" "$capabilities" "$@"
}

setpriv=$(command -v setpriv) || skip "the program setpriv"
grep=$(command -v grep)
touch=$(command -v touch)
leaks=${ASAN_OPTIONS:+ASAN_OPTIONS=$ASAN_OPTIONS}
export setpriv leaks
both=,+net_admin,+net_raw

# CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13.
powers()
{
	topology powers
	make_ns node
	contained node "$both" "$grep" -E '^(Cap|NoNewPrivs)' /proc/self/status >"$work/powers"
	equal "it has CAP_NET_ADMIN and CAP_NET_RAW, and gains nothing" \
		"$(tr -d '\t' <"$work/powers" | tr '\n' ' ')" \
		"CapInh:0000000000000000 CapPrm:0000000000003000 CapEff:0000000000003000\
 CapBnd:0000000000003000 CapAmb:0000000000000000 NoNewPrivs:1 "
	status 1 "its root cannot be written to" contained node "$both" "$touch" /etc/config/new
	has "it is read-only" 'Read-only file system' "$work/err"
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
	has "it says so" 'not-permitted|cannot' "$work/err"
}

install_ours
complete_image
powers
each_variant all
finish
