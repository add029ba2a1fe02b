#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programs in examples/ do what they say.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

rules=$(program examples/print-rules) || exit
lookup=$(program examples/lookup) || exit

run 0 "$rules" "$examples/same-vpc.yaml"
out_has '-A IP-MASQ-AGENT -d 10.10.10.10/32 '
out_has 'COMMIT'
err_is_empty
printf 'nonMasqueradeCIDRs: [10.0.0.1/8]\ncidrLimit: x\n' >bad.yaml
run 1 "$rules" bad.yaml
out_is ''
err_has 'bad.yaml:1:22: error: '
err_has 'bad.yaml:2:12: error: '
run 1 "$rules" missing.yaml
err_has 'missing.yaml: error: '
run 1 "$rules"

# A generator whose step is odd comes to every address before it repeats one.
printf 'nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n' >all.yaml
run 0 "$lookup" all.yaml
out_has '1000000 of 1000000 addresses are masqueraded'
out_has ' million lookups per second'
printf 'nonMasqueradeCIDRs: [0.0.0.0/0]\n' >none.yaml
run 0 "$lookup" none.yaml
out_has '0 of 1000000 addresses are masqueraded'
printf 'nonMasqueradeCIDRs: [0.0.0.0/1]\nmasqLinkLocal: true\n' >half.yaml
run 0 "$lookup" half.yaml
# shellcheck disable=SC2016 # for awk
check 'half of the addresses are masqueraded' \
	awk '/ addresses /{ exit !($1 > 490000 && $1 < 510000) }' out
run 1 "$lookup" bad.yaml
err_has 'bad.yaml: Invalid argument'

finish
