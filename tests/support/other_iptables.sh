#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command, as root, where the iptables programs are those of another release of a
# distribution, unpacked beside. They are mounted over those of this machine in a namespace of the
# command's own.
#
#	other_iptables.sh unpack MIRROR SUITE DIRECTORY
#	other_iptables.sh run DIRECTORY COMMAND...
#
# For example, iptables 1.8.4 is that of Ubuntu 20.04:
#
#	other_iptables.sh unpack http://archive.ubuntu.com/ubuntu focal /tmp/old
#	other_iptables.sh run /tmp/old make check TESTS=tests/kernel/decisions.sh
set -eu

# What iptables is linked with, and its own libc, which may be newer than that of this machine.
packages='iptables|libxtables12|libip4tc2|libip6tc2|libnftnl11|libmnl0|libnetfilter-conntrack3|libnfnetlink0|libc6'

# shellcheck disable=SC2317 # all are called by name
fetch()
{
	curl -sSfL --retry 3 -m 120 "$@"
}


# shellcheck disable=SC2317 # all are called by name
fetch()
{
	curl -sSfL --retry 3 -m 120 "$@"
}

# unpack MIRROR SUITE DIRECTORY
unpack()
{
	local mirror=${1%/} suite=$2 directory=$3 file

	mkdir -p "$directory"
	fetch "$mirror/dists/$suite/main/binary-amd64/Packages.xz" | xz -dc |
		awk -v RS= "/^Package: ($packages)\n/" | sed -n 's/^Filename: //p' >"$directory/files"
	while read -r file; do
		fetch -o "$directory/package.deb" "$mirror/$file"
		dpkg-deb -x "$directory/package.deb" "$directory"
	done <"$directory/files"
	rm "$directory/package.deb"
	write_program "$directory" nft
	write_program "$directory" legacy
}

# write_program DIRECTORY VARIANT: what stands for xtables-VARIANT-multi, by the name of which the
# program knows what it is to do.
write_program()
{
	local directory=$1 name=xtables-$2-multi loader multi extensions

	loader=$(find "$directory" -name 'ld-linux-x86-64.so.2' -o -name 'ld-2.*.so' | head -n 1)
	multi=$(find "$directory" -path "*/sbin/$name")
	extensions=$(dirname "$(find "$directory" -name libxt_addrtype.so)")
	cat >"$directory/$name" <<-END
		#!/bin/sh
		XTABLES_LIBDIR=$extensions
		export XTABLES_LIBDIR
		exec $loader --library-path \
			$directory/usr/lib/x86_64-linux-gnu:$directory/lib/x86_64-linux-gnu \
			$multi "\${0##*/}" "\$@"
	END
	chmod 755 "$directory/$name"
}

# inside DIRECTORY COMMAND...
inside()
{
	local directory=$1 name

	shift
	for name in nft legacy; do
		mount --bind "$directory/xtables-$name-multi" "$(readlink -f "$(command -v xtables-$name-multi)")"
	done
	iptables-nft --version
	iptables-legacy --version
	exec "$@"
}

case $1 in
unpack)
	unpack "$2" "$3" "$4"
	;;
run)
	shift
	exec unshare -m "$0" inside "$@"
	;;
inside)
	shift
	inside "$@"
	;;
esac
