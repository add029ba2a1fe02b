# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The laboratory of situations with other programs' rules, on top of kernel.sh. The situations are
# files in tests/kernel/others; tests/support/others/situation.py says what is in them.
#
# Environment: IPMASQ_SITUATIONS="flannel calico" (only those); IPMASQ_SMALL=1: every sixth;
# IPMASQ_ASK=live,dumps,check: what is asked of the tools.

# shellcheck source=tests/support/kernel.sh
declare -F topology >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"
# shellcheck source=tests/support/judged.sh
. "$(dirname "${BASH_SOURCE[0]}")/judged.sh"
for one in python3 nft; do
	command -v $one >/dev/null || skip "the program $one"
done

# laboratory DIRECTORY: enters each of its situations, in both variants.
laboratory()
{
	local file name

	files=()
	for file in "$root/tests/kernel/others/$1"/*.rules; do
		name=${file##*/}
		case " ${IPMASQ_SITUATIONS:-${name%.rules}} " in
		*" ${name%.rules} "*) files+=("$file") ;;
		esac
	done
	one_in 6
	[ ${#files[@]} != 0 ] || skip "a situation of that name"
	each_variant enter_situations
}

# one_in COUNT: where little is wanted, leaves so few of many files.
one_in()
{
	local i

	[ -n "${IPMASQ_SMALL:-}" ] && [ -z "${IPMASQ_SITUATIONS:-}" ] || return 0
	for i in "${!files[@]}"; do
		[ $((i % $1)) = 0 ] || unset "files[$i]"
	done
}

enter_situations()
{
	enter_laboratory "${files[@]}"
}

# enter_laboratory OPTION-OR-FILE...
enter_laboratory()
{
	judged python3 -B "$root/tests/support/others" --variant "$variant" --apply "$apply" \
		--explain "$explain" --work "$work" --ask "${IPMASQ_ASK:-live,dumps,check}" "$@"
}
