# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the bindings for other languages share, on top of kernel.sh.
# shellcheck source=tests/support/kernel.sh
declare -F topology >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

# try_program COMMAND...: one of the programs that explain an address, print a script, and compare
# two policies. They are the same in all languages, and agree with the tools.
try_program()
{
	local config=$examples/same-vpc.yaml

	cat >"$work/wanted" <<-END
		10.10.10.10: MASQUERADE by 10.10.10.10/32 in masqueradeCIDRs ($config:13:5)
		  overrides RETURN by 10.0.0.0/8 in nonMasqueradeCIDRs ($config:19:5)
		  overrides MASQUERADE by masqOutBound ($config:25:15)
		8.8.8.8: MASQUERADE by masqOutBound ($config:25:15)
		fe80::1: RETURN by fe80::/10 in link-local (built in)
		  overrides MASQUERADE by masqOutBoundIPv6 ($config:26:19)
	END
	run 0 "$@" explain "$config" 10.10.10.10 8.8.8.8 fe80::1
	same_file 'explains addresses' "$work/out" "$work/wanted"
	run 0 "$@" script "$config"
	"$apply" --dry-run=ipv4 -c "$config" | grep -v '^#' >"$work/wanted"
	same_file 'prints the script of ipmasq-apply' "$work/out" "$work/wanted"
	run 1 "$@" diff /dev/null "$config"
	"$explain" --diff /dev/null "$config" | grep -e '->' >"$work/wanted"
	check 'there is much to tell' test "$(wc -l <"$work/wanted")" -ge 2
	same_file 'tells the differences of ipmasq-explain' "$work/out" "$work/wanted"
	run 0 "$@" diff "$config" "$config"
	same_file 'tells none of the same' "$work/out" /dev/null
	printf 'nonMasqueradeCIDRs: [10.0.0.1/8]\n' >"$work/bad.yaml"
	run 3 "$@" script "$work/bad.yaml"
	check 'says where a configuration is wrong' \
		grep -q "bad.yaml:1:22: error: .*\[host-bits\]" "$work/err"
	run 4 "$@" explain "$config" 10.0.0.1/8
	run 2 "$@"
}

# uninstalled_package: makes pkg-config find the library in the build tree.
uninstalled_package()
{
	mkdir -p "$work/pkgconfig"
	cat >"$work/pkgconfig/libipmasq.pc" <<-END
		Name: libipmasq
		Description: not installed
		Version: 0
		Cflags: -I$root/include
		Libs: -L$build/lib/.libs -lipmasq
	END
	export PKG_CONFIG_PATH=$work/pkgconfig
}

# go_alone: Go fetches nothing, and keeps what it makes in $work. The compiler of the library is
# cgo's too: as one word, since Go 1.19 asks the first of several whether it knows -no-pie.
go_alone()
{
	printf '#!/bin/sh\nexec %s "$@"\n' "${CC:-cc}" >"$work/cgo-cc"
	chmod +x "$work/cgo-cc"
	export HOME=$work GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOSUMDB=off GOWORK=off
	export GOCACHE=${IPMASQ_GOCACHE:-$work/gocache} GOPATH=$work/gopath
	export CC=$work/cgo-cc CGO_ENABLED=1
}
