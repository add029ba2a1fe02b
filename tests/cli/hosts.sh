#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names of hosts in configurations: what each tool makes of them, without a network to ask.
set -u

# In a network without a way out no name server is ever reached.
# shellcheck disable=SC2034 # for cli.sh
own_network=yes
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cat >names.yaml <<'YAML'
masqueradeCIDRs:
  - db.example.com
  - gone.example.com
YAML
sed 's/gone/cache/' names.yaml >other.yaml
printf '10.9.8.7 db.example.com\n2001:db8::7 DB.example.com.\n10.9.8.8 cache.example.com\n' >known
printf '10.9.8.9 db.example.com\nnonsense db.example.com\n' >bad

run 0 "$explain" --profile cce --hosts known -c names.yaml 10.9.8.7 2001:db8::7
out_has 'decided by  10.9.8.7/32, an address of db.example.com, in masqueradeCIDRs (names.yaml:2:5)'
out_has 'decided by  2001:db8::7/128, an address of db.example.com, in masqueradeCIDRs (names.yaml:2:5)'
err_has 'names.yaml:3:5: warning: the host name "gone.example.com" is not resolved, the entry is left out'
run 0 "$explain" --profile cce --hosts known -c names.yaml -o json 10.9.8.7
json 'it[0]["host"] == "db.example.com" and it[0]["entry"] == "10.9.8.7/32" and it[0]["line"] == 2'
json 'it[0]["overrides"][0]["host"] is None'
run 0 "$explain" --profile cce --hosts known -c names.yaml --table
out_has '10.9.8.7/32      db.example.com  names.yaml:2:5  '
run 0 "$explain" --profile cce --hosts known -c names.yaml --batch <<<10.9.8.7
out_is '10.9.8.7	MASQUERADE	masqueradeCIDRs	10.9.8.7/32'
run 1 "$explain" --profile cce --hosts known --diff names.yaml other.yaml
out_has '10.9.8.8'

run 0 "$apply" --profile cce --hosts known -c names.yaml --dry-run=ipv4
out_has '-A IP-MASQ-AGENT -d 10.9.8.7/32 '
err_has 'gone.example.com'
run 0 "$apply" --profile cce --hosts known -c names.yaml --dry-run=ipv6
out_has '-A IP-MASQ-AGENT -d 2001:db8::7/128 '

# Of a list of names with an error nothing is used.
run 3 "$apply" --profile cce --hosts bad -c names.yaml --dry-run
err_has 'bad:2:1: error: "nonsense" is not an IPv4 or IPv6 address'
out_is ''
run 3 "$apply" --profile cce --hosts missing -c names.yaml --dry-run
err_has 'missing'

# Lint never resolves, and knows what it is told.
run 1 "$lint" --profile cce names.yaml
out_has 'names.yaml:2:5: warning: "db.example.com" is a host name: it is resolved on the node'
run 1 "$lint" --profile cce --hosts known names.yaml
out_has 'names.yaml:3:5: warning: the host name "gone.example.com"'
run 0 "$lint" --profile cce --hosts known other.yaml
out_is ''
run 1 "$lint" --hosts bad --fail-on=error --profile cce names.yaml
out_has 'bad:2:1: error: '

# Without --hosts the system is asked, which knows nothing here. That ends in bounded time, and the
# other entries stay.
if [ -n "${IPMASQ_INSIDE-}" ]; then
	run 0 timeout 60 "$apply" --profile cce -c names.yaml --dry-run=ipv4
	out_has '-A IP-MASQ-AGENT -d 10.0.0.0/8 '
	err_has 'the host name "db.example.com" is not resolved, the entry is left out: '
fi

finish
