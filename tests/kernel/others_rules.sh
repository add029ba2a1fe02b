#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verdicts and conditions of all kinds in rules of others, in both kinds of tables. Packets of two
# pods go where each situation says, and ipmasq-explain says the same on the node and of its dumps.
set -euo pipefail
# shellcheck source=tests/support/others.sh
. "$(dirname "$0")/../support/others.sh"

laboratory rules
finish
