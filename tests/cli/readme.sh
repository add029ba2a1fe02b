#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The README shows what the tools print. Runs each of its commands ("    $ ...") in the order of the
# page in namespaces of its own, and compares. Its C example is the one that is compiled.
set -u

# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

nat='iptables -t nat -S && ip6tables -t nat -S'
bash -c "$nat" >"$work/out" 2>&1 || skip "$nat"
# The configuration of the machine that this runs on is not the README's.
[ ! -d /etc/config ] || mount -t tmpfs tmpfs /etc/config || skip "a tmpfs over /etc/config"
mkdir "$work/page"
cd "$work/page" || exit
ln -s "$examples" examples
export PATH="$tools:$PATH"

command=
commands=0

# compare: the command prints what the README says.
compare()
{
	[ -n "$command" ] || return
	commands=$((commands + 1))
	# It depends on the system which of the two variants is found.
	bash -c "$command" 2>&1 | sed 's/(legacy)/(nft)/g' >"$work/printed"
	same_file "$command" "$work/printed" "$work/expected"
	command=
}

while IFS= read -r line; do
	case $line in
	'    $ '*)
		compare
		command=${line:6}
		: >"$work/expected"
		;;
	'    '*) [ -z "$command" ] || printf '%s\n' "${line:4}" >>"$work/expected" ;;
	*) compare ;;
	esac
done <"$root/README"
compare
check "there are $commands commands in the README" test $commands -ge 8

sed 1,2d "$examples/print-rules.c" | sed 's/\t/        /g; s/^./    &/' >"$work/example"
# shellcheck disable=SC2016 # awk's
check "the C example in the README is examples/print-rules.c" awk -v example="$work/example" '
	BEGIN { while ((getline line < example) > 0) wanted[++n] = line }
	{ have = $0; gsub(/\t/, "        ", have); at = have == wanted[at + 1] ? at + 1 : 0 }
	at == 0 && have == wanted[1] { at = 1 }
	at == n { found = 1; exit }
	END { exit !found }' "$root/README"

print_rules=$(program examples/print-rules) || exit
"$print_rules" examples/same-vpc.yaml >"$work/printed"
"$apply" --dry-run=ipv4 -c examples/same-vpc.yaml | grep -v '^#' >"$work/expected"
same_file "examples/print-rules prints what ipmasq-apply --dry-run=ipv4 does" \
	"$work/printed" "$work/expected"

finish
