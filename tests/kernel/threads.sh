#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Objects that are const may be read by several threads at once: each reads what a thread alone
# reads. In a build with --enable-sanitizers=thread there is no race, and one that is made is found.
set -u

# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

threads=$(program tests/threads/threads) || exit
need_variants nft legacy
mkdir "$work/config"
printf 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' >"$work/config/config"

# What the sanitizer finds ends the program with 66.
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 ${TSAN_OPTIONS-}"
what='threads that share const objects'
status 0 'read the same as one alone' "$threads" "$work/config" 3
equal 'read all that there is' "$(grep -c '^same' "$work/out")" "$(wc -l <"$work/out")"
check 'read much' test "$(wc -l <"$work/out")" -ge 19
equal 'have no races' "$(grep -m 1 -A 12 ThreadSanitizer "$work/err")" ''

library=$build/lib/.libs/libipmasq.so
if [ -e "$library" ] && nm -D "$library" | grep -q __tsan_; then
	what='a thread that changes what others read'
	status 66 'is found' "$threads" "$work/config" 3 race
	check 'is named: in the library' grep -q 'ThreadSanitizer: data race.* in .*diag\|#[0-9].*diags' \
		"$work/err"
elif [ "${IPMASQ_THREAD_SANITIZER-}" = 1 ]; then
	fail "$library was built without the thread sanitizer"
fi

finish
