#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Time and memory to read a configuration, compile it and prove the rules: ipmasq-apply --dry-run,
# with the scripts of both families written to a file.
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"

sizes=(10000 100000 1000000)
rounds=5
if [ -n "$quick" ]; then
	sizes=(1000 10000)
	rounds=2
fi

kinds=(flat nested)

# make_config KIND ENTRIES: flat has disjoint prefixes in one list; nested has prefixes within each
# other, in both lists and families.
make_config()
{
	case $1 in
	flat)
		# More disjoint prefixes do not fit into IPv4, so some overlap.
		if [ "$2" -gt 100000 ]; then
			"$sample" overlapping "$2" 1 >"$work/list"
		else
			"$sample" disjoint "$2" 1 >"$work/list"
		fi
		config "$work/list"
		;;
	nested) awk -v n="$2" -v seed=1 -f "$root/tests/bench/generate.awk" ;;
	esac
}

# compile CONFIG: appends to $work/compiled
compile()
{
	"$measure" "$work/compiled" "$apply" --dry-run --layout=auto -c "$1" >"$work/scripts" ||
		fatal "ipmasq-apply --dry-run failed"
}

title "Parse, compile and prove"
echo 'masqOutBound: true' >"$work/config"
compile "$work/config"
base=$(cut -d ' ' -f 2 "$work/compiled" | median)
printf '%-12s%10s%10s%10s%18s%12s\n' '' entries ms 'peak MiB' 'bytes per entry' 'rules'
for kind in "${kinds[@]}"; do
	for n in "${sizes[@]}"; do
		make_config "$kind" "$n" >"$work/config"
		rm -f "$work/compiled"
		turns=$rounds
		[ "$n" -lt 1000000 ] || turns=$(((rounds + 1) / 2))
		for _ in $(seq "$turns"); do
			compile "$work/config"
		done
		seconds=$(cut -d ' ' -f 1 "$work/compiled" | median)
		kib=$(cut -d ' ' -f 2 "$work/compiled" | largest)
		printf '%-12s%10s%10.1f%10.1f%18.0f%12s\n' "$kind" "$(short "$n")" \
			"$(calc "$seconds * 1000")" "$(calc "$kib / 1024")" \
			"$(calc "($kib - $base) * 1024 / $n")" "$(grep -c ^-A "$work/scripts")"
	done
done
cat <<END

flat: one list of disjoint IPv4 prefixes (1M: /18 to /32, some overlap); nested: two lists, one in
eight entries IPv6. Medians of $rounds rounds (fewer at 1M). bytes per entry: the peak above that of
an empty configuration, including the text of the configuration and the scripts.
END
