#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Go packages in examples/go: that through cgo, and that which runs the tools. They are formatted,
# vetted and tested with the race detector, and their program says what the tools say.
set -u

# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"
# shellcheck source=tests/support/bindings.sh
. "$root/tests/support/bindings.sh"
command -v go >/dev/null || skip "the program go (Debian: golang-go)"
need_variants nft legacy

# A module of its own, which needs no other: nothing is fetched.
cp -R "$examples/go" "$work/go" && chmod -R u+w "$work/go" && cd "$work/go" || exit
uninstalled_package
go_alone
export IPMASQ_TOOLS=$tools IPMASQ_SCHEMAS=$root/tools/schema

what='the Go packages'
status 0 'are formatted' gofmt -l .
equal 'all of them' "$(cat "$work/out")" ''
status 0 'are vetted' go vet ./...
status 0 'pass their tests, and have no races' go test -race -count=1 ./...
check 'which are those of both' test "$(grep -c '^ok' "$work/out")" = 2
status 0 'one needs no cgo' env CGO_ENABLED=0 go build ./ipmasqcli
status 0 'nothing but the standard library is needed' go list -m all
equal 'that is all' "$(cat "$work/out")" ipmasq.invalid/go

status 0 'their program builds' go build -o "$work/ipmasq-policy" ./cmd/ipmasq-policy
try_program "$work/ipmasq-policy"

finish
