#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command, as root, where the iptables programs are those of another release of a
# distribution, unpacked beside. They are mounted over those of this machine in a namespace of the
# command's own.
#
#	other_iptables.sh unpack MIRROR SUITE DIRECTORY
#	other_iptables.sh run DIRECTORY COMMAND...
#	other_iptables.sh run-all DIRECTORY COMMAND...
#
# With run-all the nft of that release is there too.
#
# For example, iptables 1.8.4 is that of Ubuntu 20.04:
#
#	other_iptables.sh unpack http://archive.ubuntu.com/ubuntu focal /tmp/old
#	other_iptables.sh run /tmp/old make check TESTS=tests/kernel/decisions.sh
set -eu

# What iptables and nft are linked with, and their own libc, which may be newer than that of this
# machine.
packages='iptables|libxtables12|libip4tc2|libip6tc2|libnftnl11|libmnl0|libnetfilter-conntrack3'
packages+='|libnfnetlink0|libc6|nftables|libnftables1|libjansson4|libgmp10|libedit2|libreadline8'
packages+='|libreadline8t64|libtinfo6|libbsd0|libmd0'

# shellcheck disable=SC2317 # all are called by name
fetch()
{
	curl -sSfL --retry 3 -m 120 "$@"
}

# unpack MIRROR SUITE DIRECTORY
unpack()
{
	local mirror=${1%/} suite=$2 directory=$3 file part

	mkdir -p "$directory"
	for part in main universe; do
		# Only Ubuntu has the second one.
		fetch "$mirror/dists/$suite/$part/binary-amd64/Packages.xz" \
			>"$directory/packages" 2>"$directory/complaint" ||
			[ $part != main ] || cat "$directory/complaint" >&2
		xz -dc "$directory/packages" 2>/dev/null | awk -v RS= "/^Package: ($packages)\n/" |
			sed -n 's/^Filename: //p'
		rm "$directory/packages" "$directory/complaint"
	done >"$directory/files"
	while read -r file; do
		fetch -o "$directory/package.deb" "$mirror/$file"
		dpkg-deb -x "$directory/package.deb" "$directory"
	done <"$directory/files"
	rm "$directory/package.deb"
	# By its name the program knows what it is to do.
	# shellcheck disable=SC2016 # the new script expands it
	for file in nft legacy; do
		write_program "$directory" "xtables-$file-multi" '"${0##*/}"'
	done
	write_program "$directory" nft
}

# write_program DIRECTORY NAME [ARGUMENT]: what stands for the program, in the directory.
write_program()
{
	local directory=$1 name=$2 loader program extensions

	loader=$(find "$directory" -name 'ld-linux-x86-64.so.2' -o -name 'ld-2.*.so' | head -n 1)
	program=$(find "$directory" -path "*/sbin/$name")
	extensions=$(dirname "$(find "$directory" -name libxt_addrtype.so)")
	cat >"$directory/$name" <<-END
		#!/bin/sh
		XTABLES_LIBDIR=$extensions
		export XTABLES_LIBDIR
		exec $loader --library-path \
			$directory/usr/lib/x86_64-linux-gnu:$directory/lib/x86_64-linux-gnu \
			$program ${3:-} "\$@"
	END
	chmod 755 "$directory/$name"
}

# inside DIRECTORY PROGRAMS COMMAND...
inside()
{
	local directory=$1 programs=$2 name

	shift 2
	for name in $programs; do
		mount --bind "$directory/$name" "$(readlink -f "$(command -v "$name")")"
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
	exec unshare -m "$0" inside "$2" 'xtables-nft-multi xtables-legacy-multi' "${@:3}"
	;;
run-all)
	exec unshare -m "$0" inside "$2" 'xtables-nft-multi xtables-legacy-multi nft' "${@:3}"
	;;
inside)
	shift
	inside "$@"
	;;
esac
