# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Wrappers of the iptables programs that make trouble when a test says so, on top of kernel.sh. They
# stand in the place of the real ones, so that ipmasq-apply takes them for these.
# shellcheck source=tests/support/kernel.sh
declare -F topology >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

bin=$work/bin

# write_wrappers: programs like the real ones, which run the commands in $work/trouble.NAME first.
write_wrappers()
{
	local name path real

	rm -rf "$bin"
	mkdir "$bin"
	for path in /usr/sbin/*tables*; do
		name=${path##*/}
		real=$(readlink -f "$path")
		case $name in
		ip*-save | ip*-restore) ;;
		*) continue ;;
		esac
		cp -n "$real" "$bin"
		cat >"$bin/$name" <<-END
			#!/bin/bash
			echo "\$*" >>$work/ran.$name
			[ ! -e $work/trouble.$name ] || . $work/trouble.$name
			exec -a $name $bin/${real##*/} "\$@"
		END
		chmod +x "$bin/$name"
	done
}

# trouble NAME COMMANDS: for a program. No commands: it has none.
trouble()
{
	if [ -n "${2:-}" ]; then
		echo "$2" >"$work/trouble.new"
		mv "$work/trouble.new" "$work/trouble.$1"
	else
		rm -f "$work/trouble.$1"
	fi
}

# The command under which a program meets them.
# shellcheck disable=SC2016,SC2034 # the inner shell's; for the scripts
behind=(unshare -m sh -c 'mount --bind "$1" /usr/sbin && shift && exec "$@"' sh "$bin")
