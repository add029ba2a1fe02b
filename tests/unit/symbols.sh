#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The functions of ipmasq.h, the names in libipmasq.sym, the exports of the built library and the
# functions that libipmasq(3) describes are the same. So are the names in the static library, where
# one was built (--enable-static), and a program links with it. Each function is also tried with wrong
# arguments, and each that threads may call for objects that they share is called so.
set -u

# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
make_work
cd "$work" || exit

# The preprocessor removes the comments, which name functions too.
# CC may hold options.
# shellcheck disable=SC2086
${CC:-cc} -E -P "$root/include/ipmasq.h" | grep -o 'ipmasq_[a-z0-9_]* *(' |
	sed 's/ *($//' | sort >header
sed -n '/^global:/,/^local:/s/^[[:blank:]]*\(ipmasq_[a-z0-9_]*\);$/\1/p' "$root/lib/libipmasq.sym" |
	sort >sym
libraries=
if [ -e "$build/lib/.libs/libipmasq.so" ]; then
	nm -D --defined-only "$build/lib/.libs/libipmasq.so" |
		awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >shared
	libraries+=' shared'
fi
archive=$build/lib/.libs/libipmasq.a
if [ -e "$archive" ]; then
	nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort >static
	libraries+=' static'
fi
sed 's/\\//g' "$root/lib/libipmasq.3" | grep -o 'ipmasq_[a-z0-9_]*' | sort -u >named
# The page also names structures and enumerations.
grep -oE '(struct|enum) +ipmasq_[a-z0-9_]+' "$root/include/ipmasq.h" | awk '{ print $2 }' |
	sort -u >types
sort -u header types >known

check 'this test finds the functions of ipmasq.h' test "$(wc -l <header)" -ge 50
same_file 'libipmasq.sym has the functions of ipmasq.h' sym header
check 'there is a library' test -n "$libraries"
for library in $libraries; do
	same_file "the $library library has the functions of ipmasq.h and no other name" "$library" header
done
equal 'libipmasq(3) describes each function' "$(comm -23 header named)" ''
equal 'libipmasq(3) names nothing else' "$(comm -13 known named)" ''

# Comments do not call what they name.
grep -hvE '^[[:blank:]]*(/\*|\* )' "$root"/tests/unit/test_arguments*.c |
	grep -o 'ipmasq_[a-z0-9_]*' | sort -u >tried
# There is nothing wrong to give to a function without parameters.
grep -vx 'ipmasq_version' header | comm -23 - tried >untried
equal 'test_arguments*.c tries each function with wrong arguments' "$(cat untried)" ''

# What may be called for the same objects by several threads at once: functions to which an object is
# const, and those that take no object.
# shellcheck disable=SC2086
${CC:-cc} -E -P "$root/include/ipmasq.h" | tr '\n' ' ' | tr ';' '\n' >declarations
sed -n 's/^ *struct \(ipmasq_[a-z_]*\) *$/\1/p' declarations | sort >objects
check 'this test finds the objects of ipmasq.h' test "$(wc -l <objects)" -ge 15
awk 'NR == FNR { objects[$1]; next }
	/[{}]/ || !match($0, /ipmasq_[a-z0-9_]* *\(/) { next }
	{
		name = substr($0, RSTART, RLENGTH - 1)
		n = split(substr($0, RSTART + RLENGTH), parameters, ",")
		free = 1
		constant = 0
		for (i = 1; i <= n; i++) {
			if (!match(parameters[i], /struct ipmasq_[a-z_]*/))
				continue
			if (!(substr(parameters[i], RSTART + 7, RLENGTH - 7) in objects))
				continue
			if (parameters[i] !~ /\*\*/)
				free = 0
			if (parameters[i] ~ /^ *const /)
				constant = 1
		}
		if (constant || free)
			print name
	}' objects declarations | tr -d ' ' | sort -u >shared_functions
check 'many functions are for threads that share objects' test "$(wc -l <shared_functions)" -ge 80
grep -hvE '^[[:blank:]]*(/\*|\* )' "$root"/tests/threads/*.c | grep -o 'ipmasq_[a-z0-9_]*' |
	sort -u | comm -23 shared_functions - >unshared
equal 'tests/threads calls each of them' "$(cat unshared)" ''

if [ -e "$archive" ]; then
	# shellcheck disable=SC2046,SC2086 # lists of options
	check 'a program links with the static library' ${CC:-cc} ${CFLAGS-} -I"$root/include" \
		-o print-rules "$root/examples/print-rules.c" "$archive" \
		$(PKG_CONFIG_PATH=$build pkg-config --static --libs-only-l libipmasq | sed 's/-lipmasq//')
	./print-rules "$examples/same-vpc.yaml" >rules
	check 'the program works' grep -q '^-A IP-MASQ-AGENT -d 10.10.10.10/32 .*-j MASQUERADE' rules
fi

finish
