#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Records the dumps beside it, as root: NAME.rules, loaded and printed by the programs of several
# releases of distributions, and what packets did meanwhile. Needs curl, xz and mirrors.
#
#	record.sh [RELEASE...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
build=${top_builddir:-$root}
tools=$build/tools
[ ! -d "$tools/.libs" ] || tools=$tools/.libs
export LD_LIBRARY_PATH=$build/lib/.libs
debian=http://deb.debian.org/debian
ubuntu=http://archive.ubuntu.com/ubuntu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# record COMMAND...: in namespaces of its own; the command puts other programs before.
record()
{
	local variant

	for variant in nft legacy; do
		XTABLES_LOCKFILE=/run/xtables.lock "$@" unshare -nmp --kill-child --fork --mount-proc \
			sh -c 'mount -t tmpfs tmpfs /run; mkdir /run/netns; exec "$@"' sh \
			python3 -B "$root/tests/support/others" --variant $variant \
			--apply "$tools/ipmasq-apply" --explain "$tools/ipmasq-explain" \
			--work "$work/lab" --record "$here" "$here"/*.rules
	done
}

for release in "${@:-focal bullseye jammy here noble trixie sid}"; do
	for one in $release; do
		echo "# $one"
		case $one in
		here)
			record env
			continue
			;;
		focal | jammy | noble) mirror=$ubuntu ;;
		*) mirror=$debian ;;
		esac
		"$root/tests/support/other_iptables.sh" unpack "$mirror" "$one" "$work/$one"
		record "$root/tests/support/other_iptables.sh" run-all "$work/$one"
	done
done
