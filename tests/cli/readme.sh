#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Does the README show what the tools really print? Runs each command of it ("    $ ...") in the
# order they stand there, in a network namespace of its own, and compares. Then the C example.
set -u

top_srcdir=$(cd "${top_srcdir:-.}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
export PATH="$top_builddir/tools:$PATH:/usr/sbin:/sbin"
unset IPMASQ_CONFIG

if [ "${1-}" != inside ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	# The lock of the legacy variant belongs to root outside.
	export work top_srcdir top_builddir XTABLES_LOCKFILE="$work/lock"
	nat='iptables -t nat -S && ip6tables -t nat -S'
	if ! unshare -rnm sh -c "$nat" >/dev/null 2>&1; then
		echo "cannot run here: unshare -rnm sh -c '$nat' fails"
		[ "${IPMASQ_NO_SKIP-}" = 1 ] && exit 1
		exit 77
	fi
	unshare -rnm "$0" inside
	exit
fi

cd "$work" || exit 1
# The configuration of a node that this runs on is not the README's.
[ ! -d /etc/config ] || mount -t tmpfs tmpfs /etc/config || exit 1
ln -s "$top_srcdir/examples" examples
failed=0
commands=0

# Compares what the command printed with what the README says it does.
compare()
{
	[ -n "$command" ] || return 0
	commands=$((commands + 1))
	# Which of the two variants is there to be found is a matter of the system.
	bash -c "$command" </dev/null 2>&1 | sed 's/(legacy)/(nft)/g' >printed
	if ! diff -u --label README --label "$command" expected printed; then
		failed=1
	fi
	command=
}

command=
while IFS= read -r line; do
	case $line in
	'    $ '*)
		compare
		command=${line:6}
		: >expected
		;;
	'    '*)
		if [ -n "$command" ]; then
			printf '%s\n' "${line:4}" >>expected
		fi
		;;
	*)
		compare
		;;
	esac
done <"$top_srcdir/README"
compare

if [ $commands -lt 8 ]; then
	echo "only $commands commands found in the README: this test cannot read it any more"
	failed=1
fi

# The example in the README is the one that is compiled.
sed 1,2d "$top_srcdir/examples/print-rules.c" | sed 's/\t/        /g; s/^./    &/' >example
if ! awk -v example=example '
	BEGIN { while ((getline line < example) > 0) wanted[++n] = line }
	{ have = $0; gsub(/\t/, "        ", have); at = have == wanted[at + 1] ? at + 1 : 0 }
	at == 0 && have == wanted[1] { at = 1 }
	at == n { found = 1; exit }
	END { exit !found }' "$top_srcdir/README"; then
	echo "the C example in the README is not examples/print-rules.c"
	failed=1
fi

# And does the same as the tool.
"$top_builddir/examples/print-rules" examples/same-vpc.yaml >printed
ipmasq-apply --dry-run=ipv4 -c examples/same-vpc.yaml | grep -v '^#' >expected
if ! diff -u expected printed; then
	echo "examples/print-rules and ipmasq-apply --dry-run=ipv4 differ"
	failed=1
fi
exit $failed
