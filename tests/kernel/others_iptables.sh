#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs that write their own rules into tables of iptables: kube-proxy, CNI plugins and agents,
# container engines, firewalls. Packets of two pods go where each situation says, and
# ipmasq-explain says the same on the node and of its dumps.
set -euo pipefail
# shellcheck source=tests/support/others.sh
. "$(dirname "$0")/../support/others.sh"

laboratory iptables
finish
