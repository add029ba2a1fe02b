#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The functions of ipmasq.h, the names in libipmasq.sym, the exports of the built library and the
# functions that libipmasq(3) describes: the same four times.
set -eu

top_srcdir=${top_srcdir:-.}
library=${top_builddir:-.}/lib/.libs/libipmasq.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The preprocessor takes the comments away, which name functions too.
# CC may hold options.
# shellcheck disable=SC2086
${CC:-cc} -E -P "$top_srcdir/include/ipmasq.h" | grep -o 'ipmasq_[a-z0-9_]* *(' |
	sed 's/ *($//' | sort >"$work/header"
sed -n '/^global:/,/^local:/s/^[[:blank:]]*\(ipmasq_[a-z0-9_]*\);$/\1/p' \
	"$top_srcdir/lib/libipmasq.sym" | sort >"$work/sym"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort >"$work/exports"
sed 's/\\//g' "$top_srcdir/lib/libipmasq.3" | grep -o 'ipmasq_[a-z0-9_]*' | sort -u >"$work/named"
# A function that the page names and the header lacks is as wrong as the other way round, but
# structures and enumerations have such names too.
grep -oE '(struct|enum) +ipmasq_[a-z0-9_]+' "$top_srcdir/include/ipmasq.h" |
	awk '{ print $2 }' | sort -u >"$work/types"
sort -u "$work/header" "$work/types" >"$work/known"

count=$(wc -l <"$work/header")
if [ "$count" -lt 50 ]; then
	echo "only $count functions found in ipmasq.h: this test cannot read it any more"
	failed=1
fi
for other in sym exports; do
	if ! diff -u "$work/header" "$work/$other"; then
		echo "ipmasq.h and $other differ"
		failed=1
	fi
done
if [ -n "$(comm -23 "$work/header" "$work/named")" ]; then
	echo "not in libipmasq.3:"
	comm -23 "$work/header" "$work/named"
	failed=1
fi
if [ -n "$(comm -13 "$work/known" "$work/named")" ]; then
	echo "in libipmasq.3, but not in ipmasq.h:"
	comm -13 "$work/known" "$work/named"
	failed=1
fi
exit $failed
