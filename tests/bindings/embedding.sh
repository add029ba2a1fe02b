#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The listings and commands of EMBEDDING, in C, Go and Python, as they are printed there.
set -u

# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
# shellcheck source=tests/support/bindings.sh
. "$root/tests/support/bindings.sh"
for name in go python3; do
	command -v $name >/dev/null || skip "the program $name"
done
variant=nftables
need_variants $variant

uninstalled_package
go_alone
# A directory as Go and cp find it: what they copy is to be writable.
cp -R "$examples" "$work/examples" && chmod -R u+w "$work/examples" && mkdir "$work/page" &&
	cd "$work/page" || exit
export examples=$work/examples PATH=$tools:$PATH PYTHONDONTWRITEBYTECODE=1

what='EMBEDDING'
status 0 'does what it says' python3 "$root/tests/support/listings.py" "$root/EMBEDDING"
note "$(tail -n 1 "$work/out")"
check 'has listings in all languages' test -s explain.c -a -s main.go -a -s tools.go -a -s explain.py

# Otherwise that could not fail.
sed 's/IPv4: in line/IPv4: resting/; s/pods that the rules know: 1/none/' "$root/EMBEDDING" >changed
nft flush ruleset
status 1 'is refused where it says something else' \
	python3 "$root/tests/support/listings.py" changed
has 'with both places' '^[0-9]+ files, [0-9]+ commands, 2 faults$' "$work/out"

# What the page cannot show: that its agent repairs.
what='the agent of EMBEDDING'
mkfifo input
: >"$work/log"
./watch policy.yaml <input >"$work/log" &
agent=$!
exec {input}>input
logs 'finds the node in line' '^IPv4: in line$'
mark
nft flush ruleset
logs 'repairs' '^IPv4: changed$'
exec {input}>&-
wait "$agent"
equal 'ends with its input' $? 0

finish
