#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --from answers of dumps of seven releases, iptables 1.8.4 to 1.8.13 and nft 0.9.3 to
# 1.1.7, as packets on the node did: of each file, and of all files of a node together. See
# tests/support/others/recorded.py.
set -euo pipefail
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
# shellcheck source=tests/support/judged.sh
. "$root/tests/support/judged.sh"
command -v python3 >/dev/null || skip "the program python3"

judged python3 -B "$root/tests/support/others/recorded.py" --explain "$explain" \
	--config "$work/policy.yaml" "$root"/tests/dumps/*.answers
finish
