#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command lines of the three tools from end to end, as far as they need no kernel: every option,
# exit status and output format. The help and the man pages name the same options.
set -u

# A defect must not reach this machine's own nat table.
# shellcheck disable=SC2034 # for cli.sh
own_network=yes
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cat >sources.yaml <<'YAML'
nonMasqueradeSrcCIDRs: [10.244.9.0/24, 'fd00:9::/64']
masqueradeCIDRs:
  - 10.1.0.0/16
  - 10.1.2.0/24
nonMasqueradeCIDRs:
  - 10.0.0.0/8
YAML
cat >broken.yaml <<'YAML'
masqueradeCIDRs:
  - 10.0.0.1/8
  - 010.0.0.0/8
resyncInterval: 60
YAML
printf 'masqOutbound: true\n' >warning.yaml
mkdir two clash
printf 'masqueradeCIDRs: [10.7.0.0/16]\nresyncInterval: 60s\n' >two/a
printf 'masqueradeCIDRs: [10.8.0.0/16]\nresyncInterval: 30s\n' >two/b
printf 'masqueradeCIDRs: [10.9.0.0/16]\n' >two/.hidden
printf 'masqOutBound: true\n' >clash/a
printf 'masqOutBound: false\n' >clash/b
none=/dev/null

# What the three tools share.

for tool in explain lint apply; do
	program=$tools/ipmasq-$tool
	run 0 "$program" --version
	out_has "ipmasq-$tool (libipmasq) "
	run 0 "$program" --help
	err_is_empty
	out_has "Usage: ipmasq-$tool "
	grep -oE '(^|[ ,])--?[a-z][a-z0-9-]*' out | grep -oE -e '-.*' | sort -u >options
	check 'lists its options' test "$(wc -l <options)" -ge 10
	section=1
	[ "$tool" = apply ] && section=8
	# mdoc: "Fl Fl config" and "Fl c"
	tr '\n' ' ' <"$root/tools/$tool/ipmasq-$tool.$section" | sed 's/\\&//g; s/Fl Fl /--/g; s/Fl /-/g' >page
	while read -r option; do
		what="ipmasq-$tool $option"
		has 'is in the man page' "(^| )$option( |\$)" page
	done <options
	usage "unknown or ambiguous option '--nonsense'" "$program" --nonsense
	usage "unknown option '-z'" "$program" -z
	usage "option '-c' takes PATH" "$program" -c
	usage "option '--config' takes PATH" "$program" --config
	usage "option '--help' takes no argument" "$program" --help=x
	usage "option '--ipv6' takes auto|on|off, not 'maybe'" "$program" --ipv6=maybe
	usage "option '--output' takes text|json" "$program" -o nosuch
	usage "option '--profile' takes NAME" "$program" --profile nosuch
	usage "option '--chain' takes NAME" "$program" --chain POSTROUTING
	usage "option '--chain' takes NAME" "$program" --chain 12345678901234567890123456789
	usage "option '--chain' takes NAME" "$program" --chain=-x
	usage "option '--chain' takes NAME" "$program" --chain ''
	[ "$program" = "$explain" ] || usage "unknown" "$program" --live
	[ "$program" = "$explain" ] || usage "unknown" "$program" --map
	run 4 sh -c "'$program' --help >/dev/full"
	err_has 'cannot write the result'
done

offers 'default cce kubernetes gke tke aks cilium' ipmasq-explain --profile =
offers 'gke' ipmasq-lint --profile = g
offers 'json' ipmasq-apply -o j
offers 'legacy' ipmasq-apply --backend l
offers 'auto on off' ipmasq-apply --random-fully = ''
offers 'ipv4 ipv6' ipmasq-apply --dry-run =
offers '--backend=' ipmasq-apply --dry-run --b
offers 'error warning note never' ipmasq-lint --fail-on ''
offers 'broken.yaml' ipmasq-lint brok
offers 'sources.yaml' ipmasq-explain -c sour
offers '' ipmasq-apply --to-ports ''

run 0 "$explain" --nomasq -c $none 100.64.0.1
out_has 'RETURN'
usage "unknown or ambiguous option '--c'" "$apply" --c
usage "unknown or ambiguous option '--c'" "$explain" --c $none 10.0.0.1

# Where the configuration comes from.

run 3 "$explain" -c missing 10.0.0.1
err_has 'missing: error: '
err_has 'the configuration was rejected'
out_is ''
run 3 env IPMASQ_CONFIG=missing "$explain" 10.0.0.1
run 0 env IPMASQ_CONFIG="$examples/same-vpc.yaml" "$explain" 10.10.10.10
out_has 'same-vpc.yaml:'
run 0 env IPMASQ_CONFIG=missing "$explain" -c "$examples/same-vpc.yaml" 10.10.10.10
run 0 "$explain" -c - 10.10.10.10 <"$examples/same-vpc.yaml"
out_has '<stdin>:'
usage "stdin ('-') can be read once only" "$explain" -c - -c - 10.0.0.1
usage "stdin ('-') can be read once only" "$explain" -c - --batch
usage "stdin ('-') can be read once only" env IPMASQ_CONFIG=- "$explain" --batch
usage "stdin ('-') can be read once only" "$lint" - -
run 0 "$explain" -c two 10.7.0.1 10.8.0.1 10.9.0.1
out_has '10.7.0.0/16 in masqueradeCIDRs (two/a:1:19)'
out_has '10.8.0.0/16 in masqueradeCIDRs (two/b:1:19)'
out_lacks '.hidden'
err_has 'note: '
run 0 "$explain" -c two/b -c two/a 10.7.0.1 10.8.0.1
out_has 'two/a:'
out_has 'two/b:'
run 3 "$explain" -c clash 8.8.8.8
err_has '[conflict]'
run 0 "$explain" --profile=aks -c $none 8.8.8.8
run 3 "$explain" -c broken.yaml 10.0.0.1
err_has 'broken.yaml:2:5: error: '
err_has 'broken.yaml:3:5: error: '
err_has 'broken.yaml:4:17: error: '
err_has '^~~'
err_has 'write instead: 10.0.0.0/8'
run 0 "$explain" -c warning.yaml 10.0.0.1
err_has 'warning.yaml:1:1: warning: '

# default_file TEXT COMMAND...: runs it with this text as the default file, in a namespace with an
# /etc of its own.
default_file()
{
	# shellcheck disable=SC2016
	unshare -rm sh -c 'mount -t tmpfs none /etc && mkdir /etc/config &&
		if [ -n "$1" ]; then printf "%s\n" "$1" >/etc/config/ip-masq-agent; fi && shift &&
		exec "$@"' sh "$@"
}
if default_file '' true 2>/dev/null; then
	run 0 default_file '' "$explain" 10.10.10.10
	out_has 'built-in default of profile "default"'
	run 0 default_file 'masqueradeCIDRs: [10.10.0.0/16]' "$explain" 10.10.10.10
	out_has '/etc/config/ip-masq-agent:1:19'
	run 3 default_file 'masqueradeCIDRs: [10.10.0.1/16]' "$explain" 10.10.10.10
else
	skip_part 'the default file: no user namespaces here'
fi

# Manifests on standard input, as kustomize build and helm template write them. Places are those in
# the stream, and --configmap and --key say which parts of it are configurations.

cat >stream.yaml <<'YAML'
---
# Source: chart/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: ip-masq-agent
  namespace: kube-system
data:
  config: |
    masqueradeCIDRs:
      - 10.7.0.0/16
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: other-agent
data:
  mine.yaml: "masqueradeCIDRs: [10.8.0.0/16]"
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ip-masq-agent
YAML
sed 's/10\.7\.0\.0/10.7.0.1/' stream.yaml >bad-stream.yaml
run 0 "$explain" -c - 10.7.0.1 10.8.0.1 <stream.yaml
out_has 'decided by  10.7.0.0/16 in masqueradeCIDRs (<stdin>:11:9)'
out_lacks '10.8.0.0/16'
run 0 "$apply" --dry-run=ipv4 -c - <stream.yaml
out_has '-d 10.7.0.0/16 '
out_lacks '10.8.0.0/16'
run 0 "$lint" - <stream.yaml
out_is ''
cp stream.yaml same.yaml
run 0 "$explain" --diff same.yaml - <stream.yaml
out_is 'no verdict differs'
run 1 "$lint" - <bad-stream.yaml
out_has '<stdin>:11:9: error: "10.7.0.1/16" '
for command in 'explain -c - 10.7.0.1' 'explain --diff stream.yaml -' 'apply --dry-run -c -'; do
	read -r -a words <<<"$command"
	run 3 "$tools/ipmasq-${words[0]}" "${words[@]:1}" <bad-stream.yaml
	out_is ''
	err_has '<stdin>:11:9: error: "10.7.0.1/16" '
	err_has '        - 10.7.0.1/16'
	err_has 'the configuration was rejected'
done
run 0 "$explain" --configmap 'other-*' --key mine.yaml -c - 10.7.0.1 10.8.0.1 <stream.yaml
out_has 'decided by  10.8.0.0/16 in masqueradeCIDRs (<stdin>:18:33)'
out_lacks '10.7.0.0/16'
run 0 "$apply" --configmap=other-agent --key='*.yaml' --dry-run=ipv4 -c - <stream.yaml
out_has '-d 10.8.0.0/16 '
out_lacks '10.7.0.0/16'
run 0 "$lint" --configmap other-agent --key mine.yaml - <bad-stream.yaml
out_is ''
# Each may be given several times. One of them alone leaves the other at its default.
run 0 "$explain" --configmap other-agent --configmap ip-masq-agent --key mine.yaml --key config -c - \
	10.7.0.1 10.8.0.1 <stream.yaml
out_has '<stdin>:11:9'
out_has '<stdin>:18:33'
run 3 "$explain" --configmap other-agent -c - 10.7.0.1 <stream.yaml
err_has '<stdin>:18:3: error: the agent does not read the data key "mine.yaml": looked for config or ip-masq*; rename it, or say with --key that it is read [data-key]'
run 3 "$apply" --key mine.yaml --dry-run -c - <stream.yaml
err_has '<stdin>:9:3: error: the agent does not read the data key "config": looked for mine.yaml; '
run 3 "$explain" --configmap nobody -c - 10.7.0.1 <stream.yaml
err_has '<stdin>:6:9: error: there is no configuration in this manifest: looked for a ConfigMap whose name is nobody, and in its data the key config or ip-masq*; the nearest: the data of the ConfigMap "ip-masq-agent" has keys of one, but its name is another [manifest]'
run 3 "$explain" --configmap nobody -c - 10.7.0.1 <<<'{"kind": "DaemonSet", "apiVersion": "apps/v1"}'
err_has '<stdin>:1:2: error: there is no configuration in this manifest: looked for a ConfigMap whose name is nobody, and in its data the key config or ip-masq* [manifest]'
run 1 "$lint" --configmap ip-masq - <stream.yaml
out_has 'whose name is ip-masq,'
for tool in explain lint apply; do
	usage "option '--configmap' takes NAME" "$tools/ipmasq-$tool" --configmap
	usage "option '--key' takes KEY" "$tools/ipmasq-$tool" --key
done

# ipmasq-explain

run 0 "$explain" -c $none 10.10.10.10
err_is_empty
out_is '10.10.10.10: RETURN, it will see the pod'\''s own address
  decided by  10.0.0.0/8 in nonMasqueradeCIDRs (built-in default of profile "default")
  overrides   MASQUERADE by masqOutBound, which is on: everything else is masqueraded (built-in default of profile "default")
  rule        -A IP-MASQ-AGENT -d 10.0.0.0/8 -m comment --comment "nonMasqueradeCIDRs" -j RETURN'
run 0 "$explain" -c "$examples/same-vpc.yaml" 10.10.10.10
out_has '10.10.10.10: MASQUERADE, it will see the node'\''s address'
out_has "decided by  10.10.10.10/32 in masqueradeCIDRs ($examples/same-vpc.yaml:"
out_has "overrides   RETURN by 10.0.0.0/8 in nonMasqueradeCIDRs ($examples/same-vpc.yaml:"
out_has 'rule        -A IP-MASQ-AGENT -d 10.10.10.10/32 '
run 0 "$explain" -c "$examples/nat-gateway.yaml" 198.51.100.7
out_has 'nothing: no entry matches, and masqOutBound is off'
out_has 'later rules of POSTROUTING'
run 0 "$explain" --profile cce -c $none 198.51.100.7 2001:db8::1
out_has '198.51.100.7: RETURN'
out_has 'built-in default of profile "cce"'
out_has '2001:db8::1: MASQUERADE'
run 0 "$explain" -c $none 169.254.169.254 fe80::1
out_has '169.254.0.0/16, which is link-local'
out_has 'fe80::/10, which is link-local'
run 0 "$explain" --nomasq-all-reserved-ranges --chain MINE -c $none -- 100.64.0.1
out_has 'with --nomasq-all-reserved-ranges'
out_has '-A MINE -d 100.64.0.0/10'
run 0 "$explain" --profile gke -c $none 8.8.8.8
out_has '-A IP-MASQ '
run 0 "$explain" --ipv6=off -c $none 2001:db8::1
out_has '2001:db8::1: RETURN'
err_has 'IPv6 is off'
run 0 "$explain" --ipv6=off -o json -c $none 2001:db8::1
json 'it[0]["verdict"] == "RETURN" and it[0]["origin"] == "none" and it[0]["rule"] is None'
run 1 "$explain" --ipv6=off -q -c $none 2001:db8::1
err_is_empty

run 0 "$explain" -c "$examples/same-vpc.yaml" 10.10.10.0/24 10.11.0.0/16
out_has '10.10.10.0/24: 3 parts, with different verdicts'
out_has '  10.10.10.0-10.10.10.9     RETURN      nonMasqueradeCIDRs  10.0.0.0/8 '
out_has '  10.10.10.10               MASQUERADE  masqueradeCIDRs     10.10.10.10/32 '
out_has '  10.10.10.11-10.10.10.255  RETURN      nonMasqueradeCIDRs  10.0.0.0/8 '
out_has '10.11.0.0/16: RETURN, its addresses will see'
run 0 "$explain" -c sources.yaml 10.1.0.0/16
out_has '10.1.0.0/16: MASQUERADE'
run 0 "$explain" -c "$examples/same-vpc.yaml" 0.0.0.0/0
out_has '0.0.0.0-9.255.255.255'
run 0 "$explain" -c sources.yaml --source 10.244.9.7 10.1.2.3
out_has '10.244.9.0/24 in nonMasqueradeSrcCIDRs (sources.yaml:1:25)'
out_has 'overrides   MASQUERADE by 10.1.0.0/16'
out_has '-s 10.244.9.0/24'
run 0 "$explain" -c sources.yaml --source 10.244.9.7 10.0.0.0/8
out_has '10.0.0.0/8: RETURN'
run 0 "$explain" -c sources.yaml --source 10.244.8.7 10.1.2.3
out_has '10.1.2.3: MASQUERADE'
run 0 "$explain" -c sources.yaml 10.1.2.3
out_has '10.1.2.3: MASQUERADE'

run 0 "$explain" -o json -c sources.yaml 10.1.2.3 8.8.8.8
json '[a["address"] for a in it] == ["10.1.2.3", "8.8.8.8"]'
json 'list(it[0]) == ["address", "verdict", "origin", "entry", "host", "file", "line", "column", "overrides", "rule"]'
json 'it[0]["entry"] == "10.1.0.0/16" and it[0]["file"] == "sources.yaml"'
json '(it[0]["line"], it[0]["column"]) == (3, 5)'
json '[o["entry"] for o in it[0]["overrides"]] == ["10.1.2.0/24", "10.0.0.0/8", None]'
json 'list(it[0]["overrides"][0]) == ["origin", "entry", "host", "file", "line", "column"]'
json 'it[1]["entry"] is None and it[1]["file"] is None and it[1]["line"] is None'
json 'it[1]["origin"] == "masqOutBound" and it[1]["rule"].startswith("-A IP-MASQ-AGENT ")'
run 0 "$explain" -o json -c sources.yaml 10.0.0.0/14
json '[a["address"] for a in it] == ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/15"]'
json '[o["entry"] for o in it[1]["overrides"]] == ["10.0.0.0/8", None]'
json '[o["entry"] for o in it[0]["overrides"]] == [None]'
run 0 "$explain" -o json -c sources.yaml 10.1.2.0/24
json '[o["entry"] for o in it[0]["overrides"]] == ["10.1.2.0/24", "10.0.0.0/8", None]'
run 0 "$explain" -o json --source fd00:9::1 -c sources.yaml ::/0
json 'len(it) == 1 and it[0]["origin"] == "nonMasqueradeSrcCIDRs"'

run 0 "$explain" --table -c "$examples/same-vpc.yaml"
out_has '10.10.10.10 '
out_has 'fd00::/8 '
run 0 "$explain" --table -o json -c "$examples/same-vpc.yaml"
json 'it[0]["address"].startswith("0.0.0.0-")'
json 'it[-1]["address"].endswith("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")'
json 'any(a["address"] == "10.10.10.10" and a["verdict"] == "MASQUERADE" and a["overrides"][0]["entry"] == "10.0.0.0/8" for a in it)'
run 0 "$explain" --table --ipv6=off -c $none
out_has '::/0 '
err_has 'IPv6 is off'

run 0 "$explain" -q -c "$examples/same-vpc.yaml" 10.10.10.10 8.8.8.0/24
out_is ''
run 1 "$explain" --quiet -c "$examples/same-vpc.yaml" 10.10.10.10 10.10.10.11
run 1 "$explain" -q -c "$examples/same-vpc.yaml" 10.10.10.8/29
run 1 "$explain" -q -c sources.yaml --source 10.244.9.7 8.8.8.8
run 1 "$explain" -q -c warning.yaml 10.0.0.1
err_is_empty
run 3 "$explain" -q -c broken.yaml 10.0.0.1
err_has 'error: '

usage 'an ADDRESS or CIDR is needed' "$explain"
usage "'10.0.0' is not an IPv4 or IPv6 address" "$explain" -c $none 10.1.1.1 10.0.0
usage 'write instead: 10.0.0.0/8' "$explain" -c $none 10.0.0.1/8
usage "options '--batch' and '--table' are mutually exclusive" "$explain" --batch --table
usage "option '--batch' takes no ADDRESS" "$explain" --batch 10.0.0.1
usage "option '--table' takes no ADDRESS" "$explain" --table 10.0.0.1
usage "option '--quiet' takes an ADDRESS" "$explain" -q --table
usage "option '--batch' writes TSV" "$explain" --batch -o json
usage "options '--table' and '--source' are mutually exclusive" "$explain" --table --source 10.0.0.1
usage "option '--source' takes POD-IP" "$explain" --source
usage "option '--source' takes an address, not '10.0.0.0/8'" "$explain" --source 10.0.0.0/8 10.0.0.1
usage "option '--source' takes an address, not '10.0.0.1/8'" "$explain" --source 10.0.0.1/8 10.0.0.1
usage "takes an address of the family of '::1'" "$explain" -c $none --source 10.0.0.1 ::1

# ipmasq-explain --batch

printf '10.10.10.10\r\n\n  \n010.1.1.1\n8.8.8.8\nfd00::1\n10.1.1.1x\n2001:DB8::1' >addresses
run 1 "$explain" --batch -c "$examples/same-vpc.yaml" <addresses
out_is "$(printf '%s\t%s\t%s\t%s\n' \
	10.10.10.10 MASQUERADE masqueradeCIDRs 10.10.10.10/32 \
	8.8.8.8 MASQUERADE masqOutBound - \
	fd00::1 RETURN nonMasqueradeCIDRs fd00::/8 \
	2001:DB8::1 MASQUERADE masqOutBoundIPv6 -)"
err_has "line 4: '010.1.1.1' is not"
err_has "line 7: '10.1.1.1x' is not"
run 0 "$explain" --batch -c $none </dev/null
out_is ''
{ printf '10.0.0.1\n10.0.0.2\0x\n'; head -c 1000000 /dev/zero | tr '\0' 1; printf '\n10.0.0.3'; } >addresses
run 1 "$explain" --batch -c $none <addresses
out_is "$(printf '%s\tRETURN\tnonMasqueradeCIDRs\t10.0.0.0/8\n' 10.0.0.1 10.0.0.3)"
err_has 'line 2: '
err_has 'line 3: too long for an address'
for i in {0..255}; do printf "10.$i.%d.9\n" {0..255}; done >addresses
run 0 "$explain" --batch -c sources.yaml <addresses
what='65536 addresses with --batch'
equal 'each has its answer' "$(wc -l <out) $(grep -c MASQ out)" '65536 256'
cut -f 1 out >answered
same_file 'in order' answered addresses
printf '10.1.1.1\n::1\n' >addresses
run 1 "$explain" --batch --source 10.244.9.1 -c sources.yaml <addresses
out_is "$(printf '10.1.1.1\tRETURN\tnonMasqueradeSrcCIDRs\t10.244.9.0/24\n')"
err_has "line 2: '::1' is not of the family of --source"
run 0 "$explain" --batch --ipv6=off -c $none <addresses
out_has "$(printf '::1\tRETURN\tnone\t-')"
run 4 sh -c "'$explain' --batch -c $none <&-"
err_has 'cannot read addresses'
run 4 sh -c "'$explain' --batch -c $none <addresses >/dev/full"
# shellcheck disable=SC2016
what='ipmasq-explain --batch as a coprocess'
coproc "$explain" --batch -c $none 2>/dev/null
echo 10.0.0.1 >&"${COPROC[1]}"
if read -r -t 20 line <&"${COPROC[0]}" && [ "${line%%$'\t'*}" = 10.0.0.1 ]; then
	pass 'answers before the end of its input'
else
	fail 'does not answer before the end of its input'
fi
eval "exec ${COPROC[1]}>&-"
wait

# Results that cannot be written.

for command in "explain -c $none 10.0.0.1" "explain -c $none --table -o json" \
	'lint broken.yaml' "lint -o json $none" "apply -c $none --dry-run"; do
	run 4 sh -c "'$tools'/ipmasq-$command >/dev/full"
	err_has 'cannot write the result'
	run 4 sh -c "'$tools'/ipmasq-$command >&-"
	what="ipmasq-$command | (nobody)"
	# The reader is gone before the writer starts.
	{ sleep 0.2; sh -c "'$tools'/ipmasq-$command" 2>err; echo $? >status; } | true
	equal 'exits with 4' "$(cat status)" 4
done
run 0 sh -c "'$explain' -q -c $none 8.8.8.8 >&-"

# Colour only on a terminal.

escape=$'\033'
run 0 on_terminal "$explain" -c $none 10.0.0.1
out_has "$escape"
run 0 on_terminal env NO_COLOR= "$explain" -c $none 10.0.0.1
out_has "$escape"
run 0 on_terminal env NO_COLOR=1 "$explain" -c $none 10.0.0.1
out_lacks "$escape"
run 1 on_terminal "$lint" broken.yaml
out_has "$escape"
run 1 "$lint" broken.yaml
out_lacks "$escape"

# ipmasq-lint

run 0 "$lint" --fail-on=note "$examples"
out_is ''
err_is_empty
run 0 "$lint" --fail-on=note "$examples"/*.yaml "$examples"/*.json
out_is ''
err_is_empty
run 0 "$lint" --fail-on=note "$examples/kubernetes"
out_is ''
err_is_empty
for overlay in "$examples"/kubernetes/overlays/*/configmap.yaml; do
	run 0 "$lint" --fail-on=note - <"$overlay"
	out_is ''
done
run 0 "$lint" -o json "$examples"/*.yaml
out_is '[]'
run 1 "$lint" broken.yaml
err_is_empty
out_has 'broken.yaml:2:5: error: "10.0.0.1/8"'
out_has '    - 10.0.0.1/8
'
out_has '      ^~~~~~~~~~'
out_has 'write instead: 10.0.0.0/8'
out_has 'broken.yaml:4:17: error: '
run 1 "$lint" -o json missing broken.yaml warning.yaml
json 'list(it[0]) == ["file", "line", "column", "endColumn", "severity", "code", "message", "suggestion"]'
json 'it[0]["file"] == "missing" and it[0]["line"] is None and it[0]["severity"] == "error"'
json '(it[1]["line"], it[1]["column"], it[1]["endColumn"]) == (2, 5, 15)'
json 'it[1]["code"] == "host-bits" and it[1]["suggestion"] == "10.0.0.0/8"'
json '[f["file"] for f in it] == ["missing"] + 3 * ["broken.yaml"] + ["warning.yaml"]'
json 'it[4]["severity"] == "warning"'
run 1 "$lint" warning.yaml
run 1 "$lint" --fail-on=warning warning.yaml
run 0 "$lint" --fail-on=error warning.yaml
out_has 'warning: '
run 0 "$lint" --fail-on=never broken.yaml
out_has 'error: '
run 0 "$lint" -c two
out_has 'note: '
run 1 "$lint" --fail-on note -c two
run 0 "$lint" two/a two/b
out_is ''
run 1 "$lint" -c clash
out_has '[conflict]'
run 0 "$lint" clash/a clash/b
run 0 "$lint" --profile aks --fail-on=error -c clash
run 1 "$lint" -o json - <broken.yaml
json 'it[0]["file"] == "<stdin>"'
run 1 "$lint" -c clash/a -c clash/b
out_has 'clash/b:1:15: error: '
out_has '[conflict]'
run 1 "$lint" -c clash/a two/a warning.yaml
out_has 'warning.yaml:1:1'
out_lacks 'clash'
usage "stdin ('-') can be read once only" "$lint" -c - -
run 1 "$lint" -c broken.yaml
out_has 'broken.yaml:2:5'
run 0 env IPMASQ_CONFIG=broken.yaml "$lint" $none
run 1 "$lint" -c broken.yaml warning.yaml
out_has 'warning.yaml:1:1'
run 0 "$lint" --ipv6=on --profile kubernetes --chain X --nomasq-all-reserved-ranges $none
printf 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]\n' >six.yaml
run 1 "$lint" --profile kubernetes six.yaml
run 0 "$lint" --profile kubernetes --ipv6=on six.yaml
printf '%s\n' 'nonMasqueradeCIDRs: [x]' >"$(printf 'latin-\344')"
run 1 "$lint" -o json "$(printf 'latin-\344')"
json 'it[0]["file"] == "latin-\ufffd"'
{ echo 'masqueradeCIDRs:'; for ((i = 0; i < 1200; i++)); do echo '- x'; done; } >many.yaml
run 1 "$lint" -o json many.yaml
json 'len(it) == 1000'
err_has '200 more findings are not shown'
usage 'a PATH is needed' "$lint"
usage "option '--fail-on' takes error|warning|note|never, not 'all'" "$lint" --fail-on=all $none
printf 'masqOutBound: ' >unfinished.json
run 0 "$lint" unfinished.json

# A directory: its files in the order of their names, each once, without hidden ones. Links in
# circles end.

mkdir -p walk/sub/deeper walk/.git walk/..data walk/quiet
cat >walk/config.yaml <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: ip-masq-agent
data:
  config: |
    resyncInterval: 60
YAML
for name in b.yml a.json sub/c.yaml sub/deeper/d.yaml .hidden.yaml .git/e.yaml ..data/f.yaml sub/g.txt \
	sub/.yaml; do
	cp broken.yaml "walk/$name"
done
printf '{"resyncInterval": 60}' >walk/a.json
ln -s . walk/self
ln -s ../.. walk/sub/deeper/up.yaml
ln -s ../sub walk/sub/again
ln -s circle.yaml walk/circle.yaml
ln -s nowhere walk/dangling.yaml
ln -s ../broken.yaml walk/outside.yaml
mkfifo walk/fifo.yaml
printf 'nothing: of ours\n' >walk/values.yaml
run 1 timeout 20 "$lint" -o json walk
err_is_empty
json '[f["file"] for f in it] == ["walk/a.json"] + 3 * ["walk/b.yml"] + ["walk/config.yaml"] + 3 * ["walk/outside.yaml"] + 3 * ["walk/sub/c.yaml"] + 3 * ["walk/sub/deeper/d.yaml"]'
json '[(f["line"], f["column"]) for f in it if f["file"] == "walk/config.yaml"] == [(7, 21)]'
run 1 timeout 20 "$lint" -o json walk/self/
json '[f["file"] for f in it][:5] == ["walk/self/a.json"] + 3 * ["walk/self/b.yml"] + ["walk/self/config.yaml"] and len(it) == 14'
run 1 timeout 20 "$lint" -o json walk/.git
json '[f["file"] for f in it] == 3 * ["walk/.git/e.yaml"]'
run 1 "$lint" -o json walk/circle.yaml walk/dangling.yaml
json '[(f["file"], f["severity"]) for f in it] == [("walk/circle.yaml", "error"), ("walk/dangling.yaml", "error")]'
# A named manifest without a configuration is an error; one that was found in a directory is not.
run 0 "$lint" walk/quiet
out_is ''
cp walk/config.yaml walk/quiet
run 0 "$lint" --configmap no-such walk/quiet
out_is ''
run 1 "$lint" --configmap no-such walk/quiet/config.yaml

# ipmasq-apply, where it leaves the kernel alone

run 0 "$apply" --dry-run -c $none
out_is '# iptables-restore --noflush
*nat
:IP-MASQ-AGENT - [0:0]
-A IP-MASQ-AGENT -d 169.254.0.0/16 -m comment --comment "link-local" -j RETURN
-A IP-MASQ-AGENT -d 10.0.0.0/8 -m comment --comment "nonMasqueradeCIDRs" -j RETURN
-A IP-MASQ-AGENT -d 172.16.0.0/12 -m comment --comment "nonMasqueradeCIDRs" -j RETURN
-A IP-MASQ-AGENT -d 192.168.0.0/16 -m comment --comment "nonMasqueradeCIDRs" -j RETURN
-A IP-MASQ-AGENT -m comment --comment "masqOutBound" -j MASQUERADE --random-fully
-A POSTROUTING -m comment --comment "ip-masq: pod traffic that leaves the node" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT
COMMIT
# ip6tables-restore --noflush
*nat
:IP-MASQ-AGENT - [0:0]
-A IP-MASQ-AGENT -d fe80::/10 -m comment --comment "link-local" -j RETURN
-A IP-MASQ-AGENT -m comment --comment "masqOutBoundIPv6" -j MASQUERADE --random-fully
-A POSTROUTING -m comment --comment "ip-masq: pod traffic that leaves the node" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT
COMMIT'
cp out first
run 0 "$apply" --dry-run -c $none
same_file 'prints the same bytes again' out first
run 0 env -i PATH=/nonexistent LD_LIBRARY_PATH="${LD_LIBRARY_PATH-}" "$apply" --version
run 0 "$apply" --dry-run=ipv4 -c $none
out_lacks 'ip6tables'
run 0 "$apply" --dry-run=ipv6 -c $none
out_lacks '# iptables'
out_has '# ip6tables-restore --noflush'
run 0 "$apply" --dry-run --ipv6=off -c $none
out_lacks 'ip6tables'
usage "option '--dry-run=ipv6' needs IPv6" "$apply" --dry-run=ipv6 --ipv6=off -c $none
run 0 "$apply" --dry-run --random-fully=off -c $none
out_lacks '--random-fully'
run 0 "$apply" --dry-run --random-fully=on --profile tke -c $none
out_has '--random-fully'
run 0 "$apply" --dry-run=ipv4 --to-ports 1000-1999,3000-5999 -c $none
out_has '-p tcp'
out_has '--to-ports 1000-1999'
out_has '--to-ports 3000-5999'
run 0 "$apply" --dry-run --chain MINE -c $none
out_has ':MINE - [0:0]'
run 0 "$apply" --dry-run -o json -c $none
json '[s["family"] for s in it] == ["ipv4", "ipv6"]'
json 'it[0]["command"] == "iptables-restore --noflush"'
json 'it[1]["script"].startswith("*nat\n") and it[1]["script"].endswith("COMMIT\n")'
for short in nft legacy; do
	run 0 "$apply" --dry-run "--backend=$short" -c $none
	cp out short.out
	run 0 "$apply" --dry-run "--backend=iptables-$short" -c $none
	same_file "iptables-$short is $short" out short.out
	usage "option '--layout=maps' needs '--backend=nftables'" \
		"$apply" --dry-run "--backend=iptables-$short" --layout=maps
done
run 0 "$apply" --dry-run --backend=nftables -c $none
out_is '# nft -f -
table ip ipmasq {
	chain IP-MASQ-AGENT {
		type nat hook postrouting priority srcnat + 5; policy accept;
		fib daddr type != local goto IP-MASQ-AG.38ed.aroot
	}
	chain IP-MASQ-AG.38ed.aroot {
		ip daddr 169.254.0.0/16 return comment "link-local"
		ip daddr 10.0.0.0/8 return comment "nonMasqueradeCIDRs"
		ip daddr 172.16.0.0/12 return comment "nonMasqueradeCIDRs"
		ip daddr 192.168.0.0/16 return comment "nonMasqueradeCIDRs"
		masquerade fully-random comment "masqOutBound"
	}
}
# nft -f -
table ip6 ipmasq {
	chain IP-MASQ-AGENT {
		type nat hook postrouting priority srcnat + 5; policy accept;
		fib daddr type != local goto IP-MASQ-AG.38ed.aroot
	}
	chain IP-MASQ-AG.38ed.aroot {
		ip6 daddr fe80::/10 return comment "link-local"
		masquerade fully-random comment "masqOutBoundIPv6"
	}
}'
run 0 "$apply" --dry-run=ipv4 --backend=nftables -c $none -o json
json 'it[0]["command"] == "nft -f -" and it[0]["script"].startswith("table ip ipmasq {")'
# Each line says which list it comes from, and the entry if its CIDR is another.
printf 'nonMasqueradeCIDRs: [10.1.0.0/24, 10.1.1.0/24%s]\n' \
	"$(printf ', 10.%d.0.0/16' 3 5 7 9 11 13 15 17 19 21)" >many.yaml
run 0 "$apply" --dry-run=ipv4 --backend=nftables -c many.yaml
out_has ' vmap {'
out_has '		ip daddr 10.1.0.0/23 return # nonMasqueradeCIDRs 10.1.0.0/24'
out_has '			10.3.0.0 : return, # nonMasqueradeCIDRs
'
run 0 "$apply" --dry-run=ipv4 --backend=nftables --layout=linear -c many.yaml
out_lacks ' vmap '
run 0 "$apply" --dry-run=ipv4 --backend=nftables --layout=maps -c $none
out_lacks 'comment'
usage "option '--layout=tree' is for iptables" \
	"$apply" --dry-run --backend=nftables --layout=tree
usage "option '--layout=maps' needs '--backend=nftables'" "$apply" --dry-run --layout=maps
run 0 "$apply" --dry-run -c "$examples/same-vpc.yaml"
out_has '-d 10.10.10.10/32'
for mode in --dry-run --check ''; do
	# shellcheck disable=SC2086
	run 3 "$apply" $mode -c broken.yaml
	out_is ''
	err_has 'broken.yaml:2:5: error: '
done
usage 'are mutually exclusive' "$apply" --dry-run --check
usage 'are mutually exclusive' "$apply" --check --remove
usage 'are mutually exclusive' "$apply" --check --watch
usage "option '--fallback' needs '--watch'" "$apply" --fallback=defaults
usage "option '--log-format' needs '--watch'" "$apply" --check --log-format=json
usage "option '--metrics-file' needs '--watch'" "$apply" --check --metrics-file=x.prom
# What configure was told.
if [ "${IPMASQ_HTTP:-yes}" = yes ]; then
	usage "option '--listen' needs '--watch'" "$apply" --listen=9796
	usage "not 'localhost:9796'" "$apply" --watch --listen=localhost:9796
	usage "not '::1:9796'" "$apply" --watch --listen=::1:9796
else
	usage 'was built without HTTP (configure --without-http)' "$apply" --watch --listen=9796
	run 0 "$apply" --help
	out_has '(not in this build: it was built without HTTP)'
fi
usage "takes the PATH of a file" "$apply" --watch --metrics-file=
usage "option '--log-format' takes text|json, not 'xml'" "$apply" --watch --log-format=xml
usage "see '--log-format'" "$apply" --watch -o json
usage "it cannot read stdin ('-')" "$apply" --watch -c -
usage 'are mutually exclusive' "$apply" --remove --dry-run=ipv4
usage "option '--dry-run' takes ipv4|ipv6, not 'ipv5'" "$apply" --dry-run=ipv5
usage "option '--backend' takes auto|nft|legacy|nftables|iptables-nft|iptables-legacy, not 'bpf'" "$apply" --backend bpf
usage "option '--random-fully' takes auto|on|off, not '1'" "$apply" --random-fully 1
for seconds in '' -1 +1 3601 5s 99999999999999999999999; do
	usage "option '--wait' takes SECONDS" "$apply" "--wait=$seconds"
done
for ports in '' 0-5 5-4 1-70000 1-5,5-9 '1-2,' a; do
	usage "option '--to-ports' takes A-B" "$apply" "--to-ports=$ports"
done
usage "no argument is expected, but there is 'ipv4'" "$apply" --dry-run ipv4
run 4 "$apply" --check --netns /nonexistent -c $none
run 4 "$apply" --watch --netns /nonexistent -c $none
err_has '/nonexistent: No such file or directory'
err_has '/nonexistent'

# The man pages show what the tools print, and the example program as it is.

# displays PAGE: writes its literal displays to block.1, block.2 and so on.
displays()
{
	rm -f block.*
	awk '/^\.Bd/ { number++; inside = 1; next }
		/^\.Ed/ { inside = 0 }
		inside { gsub(/\\e/, "\\"); sub(/^\\&/, ""); print >("block." number) }' "$root/$1"
}

mkdir pages
cp "$examples/same-vpc.yaml" pages
printf '%s\n' 'nonMasqueradeCIDRs:' '  - 10.0.0.1/8' 'masqOutbound: true' 'resyncInterval: 60' \
	>pages/config.yaml
shown=0
for page in tools/explain/ipmasq-explain.1 tools/lint/ipmasq-lint.1 tools/apply/ipmasq-apply.8; do
	displays "$page"
	for block in block.*; do
		command=$(sed -n '1s/^\$ //p' "$block")
		[ -n "$command" ] || continue
		what="$page: $command"
		case $command in
		*ipmasq-apply*--dry-run* | *ipmasq-explain* | *ipmasq-lint*) ;;
		*) fail 'would touch the node'; continue ;;
		esac
		(cd pages && IPMASQ_CONFIG='' PATH=$tools:$PATH bash -c "$command") >out 2>err
		sed 1d "$block" >wanted
		same_file 'prints what the page shows' out wanted
		shown=$((shown + 1))
	done
done
what='examples in man pages'
check "$shown found" test $shown -ge 7
displays lib/libipmasq.3
what='the program in libipmasq.3'
sed '1,/^\/\*.*\*\/$/d' "$examples/print-rules.c" >program
same_file 'is examples/print-rules.c' block.1 program

finish
