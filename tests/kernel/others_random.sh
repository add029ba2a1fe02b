#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Chains of others by chance, in the three kinds of tables, before and after ours: packets go where an
# interpreter says that shares no code with the library, and where ipmasq-explain says.
# IPMASQ_SEED=N: others; IPMASQ_RANDOM=N: so many in each variant; IPMASQ_SMALL=1: few.
set -euo pipefail
# shellcheck source=tests/support/others.sh
. "$(dirname "$0")/../support/others.sh"

by_chance()
{
	local many=60

	[ -z "${IPMASQ_SMALL:-}" ] || many=8
	enter_laboratory --random "${IPMASQ_RANDOM:-$many}" --seed "${IPMASQ_SEED:-1}"
}

each_variant by_chance
finish
