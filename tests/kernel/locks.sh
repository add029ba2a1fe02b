#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# While another process holds the xtables lock, the wait is bounded and the message names the lock.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

lock=/run/xtables.lock
config=$root/examples/same-vpc.yaml

# hold SECONDS: another process takes the lock. Returns when it has it.
hold()
{
	rm -f "$work/held"
	# -o: flock itself holds the lock and not its child, so that killing flock frees it.
	flock -o "$lock" sh -c "touch $work/held; exec sleep $1" &
	holder=$!
	while [ ! -e "$work/held" ]; do
		sleep 0.02
	done
}

let_go()
{
	kill "$holder" 2>/dev/null || true
	wait "$holder" 2>/dev/null || true
	flock "$lock" true
}

# within SECONDS TEXT: no more has passed since $started. On a busy machine programs take longer to
# start.
within()
{
	local took=$(($(now_ms) - started))

	check "$2 (took $took ms)" test "$took" -le $(($1 * 1000 + $(busy) * 200))
}

legacy_waits()
{
	hold 60
	started=$(now_ms)
	status 4 "legacy: apply gives up while the lock is held" apply node --wait 1 -c "$config"
	within 3 "legacy: it gave up within the wait of 1 s and 2 s more"
	has "legacy: the message names the lock" "xtables.lock" "$work/err"
	let_go
	equal "legacy: nothing was written" "$(save node 4 | grep -c IP-MASQ-AGENT)" 0
	hold 1
	started=$(now_ms)
	status 0 "legacy: apply waits for a lock that comes free" apply node --wait 5 -c "$config"
	within 5 "legacy: within the wait of 5 s"
	wait
	status 0 "legacy: the node is in line" apply node --check -c "$config"
}

# What is written to nf_tables takes no lock.
ignores()
{
	hold 60
	started=$(now_ms)
	status 0 "$variant: apply does not care for the lock" apply node --wait 1 -c "$config"
	within 2 "$variant: it did not wait"
	status 0 "$variant: the node is in line" apply node --check -c "$config"
	status 0 "$variant: nor does remove" apply node --wait 1 --remove
	let_go
}

all()
{
	topology "$variant"
	make_ns node
	case $variant in
	legacy) legacy_waits ;;
	*) ignores ;;
	esac
}

status 2 "--wait wants a number" "$apply" --wait soon
each_backend all
finish
