#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --map: the picture says what --batch says, whatever the policy and its file are
# called, and is small. How it looks in a browser, step map of .ci/run tests.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

none=/dev/null

judge()
{
	python3 -IS "$root/tests/support/map.py" "$@"
}

cat >nested.yaml <<'YAML'
masqueradeCIDRs: [10.1.2.0/24, 10.1.2.128/25, 10.10.10.10/32, 192.168.7.0/24]
nonMasqueradeCIDRs: [10.0.0.0/9, 10.128.0.0/9, 10.1.0.0/16, 100.64.0.0/10, 172.16.0.0/12, 0.0.0.0/32]
YAML
printf 'nonMasqueradeCIDRs: [0.0.0.0/0]\nmasqLinkLocal: true\n' >all.yaml
printf 'nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n' >nothing.yaml
printf 'masqOutBound: false\nmasqueradeCIDRs: [0.0.0.0/1, 255.255.255.255/32]\n' >off.yaml
# Cells of one verdict by several entries.
printf 'nonMasqueradeCIDRs: [%s10.0.3.0/24]\n' "$(printf '10.0.%d.0/24, ' 0 1 2)" >parts.yaml
# Every /18 of 10.0.0.0/8 has an exception; a scattered list; one that leaves no square alone.
{ echo masqueradeCIDRs: && for i in {0..255}; do printf -- "- 10.$i.%d.77/32\n" 0 64 128 192; done; } >cells.yaml
{ echo nonMasqueradeCIDRs: && for i in {0..255}; do printf -- "- $i.%d.0.0/20\n" 3 17 44 71 99 130 168 190 201 220 242; done; } >dense.yaml
awk 'BEGIN { srand(7); print "nonMasqueradeCIDRs:"
	for (i = 0; i < 20000; i++) printf "- %d.%d.%d.0/24\n", int(rand() * 4) + 60, rand() * 256, rand() * 256 }' |
	sort -u -r >random.yaml

# map_agrees LIMIT OPTION...: the picture of a policy has at most LIMIT bytes, and is right.
map_agrees()
{
	local limit=$1

	shift
	run 0 "$explain" --table -o json "$@"
	mv out table.json
	judge places table.json >addresses
	run 0 "$explain" --batch "$@" <addresses
	cut -f 1,2,4 out >words
	run 0 "$explain" --map "$@"
	mv out map.svg
	check "the picture agrees with --batch" judge shapes map.svg words
	check "it has at most $limit bytes" test "$(wc -c <map.svg)" -le "$limit"
}

map_agrees 40000 -c $none
map_agrees 40000 -c "$examples/same-vpc.yaml"
map_agrees 40000 --profile cce -c $none
map_agrees 40000 --profile gke -c $none
map_agrees 60000 -c nested.yaml
has 'a cell has its counts' '^10\.10\.0\.0/20: 3 ranges, 1 MASQUERADE, 4,095 RETURN$' <(
	sed 's/.*<title>//' map.svg)
map_agrees 40000 -c all.yaml
map_agrees 40000 -c nothing.yaml
map_agrees 40000 -c off.yaml
map_agrees 40000 -c parts.yaml
map_agrees 700000 -c cells.yaml
map_agrees 1000000 -c dense.yaml
map_agrees 1000000 -c random.yaml
run 0 "$explain" --map -c random.yaml
out_has 'mixed'

# Small areas have rings. Where there are too many for that, cells are so large that people see them.
run 0 "$explain" --map -c nested.yaml
out_has '3 cells of the size of a /20'
equal 'there are rings' "$(grep -c '<circle class="ring"' out)" 6
{ echo nonMasqueradeCIDRs: && printf -- '- 50.%d.0.0/18\n' {0..255}; } >dots.yaml
run 0 "$explain" --map -c dots.yaml
out_has '256 cells of the size of a /16'
equal 'there are no rings' "$(grep -c '<circle class="ring"' out)" 0

# The same bytes each time, and in the examples.
run 0 env IPMASQ_CONFIG=$none "$explain" --map
err_is_empty
same_file 'examples/default-map.svg is the picture of the defaults' out "$examples/default-map.svg"
out_has 'viewBox="0 0 1580 1088"'
out_has '@media (prefers-color-scheme:dark)'
out_has '<title>10.0.0.0/8: RETURN, 10.0.0.0/8 in nonMasqueradeCIDRs (built-in default of profile &quot;default&quot;)</title>'

# Each tooltip has the place.
run 0 "$explain" --map -c nested.yaml
out_has '10.128.0.0/9: RETURN, 10.128.0.0/9 in nonMasqueradeCIDRs (nested.yaml:2:34)'
out_has 'IPv4 destinations, profile default, nested.yaml'
out_lacks 'podCIDRs'
printf 'podCIDRs: [10.244.0.0/16]\nnonMasqueradeSrcCIDRs: [10.244.1.7/32]\n' >sources.yaml
run 0 "$explain" --map -c sources.yaml
tr -d '\n' <out | sed 's,</text><text [^>]*>, ,g' >flat
has 'says for which sources' 'is for sources in podCIDRs, 10.244.0.0/16. All others keep their address.' flat
has 'says what sources keep' 'Sources in nonMasqueradeSrcCIDRs \(1 CIDR\) keep their address' flat

# XML, whatever a file is called.
printf -v long '%0300d' 0
number=0
while IFS= read -r name; do
	name=$(printf '%b' "$name")
	number=$((number + 1))
	mkdir -p "in$number" && cp nested.yaml "in$number/$name"
	run 0 "$explain" --map -c "in$number/$name"
	what="a file name with ${name@Q}"
	mv out map.svg
	check 'is well-formed' judge shapes map.svg /dev/null
	! command -v xmllint >/dev/null || check 'is well-formed for xmllint' xmllint --noout map.svg
	check 'is small' test "$(wc -c <map.svg)" -lt 100000
	run 1 "$explain" --map --diff "in$number/$name" $none
	mv out map.svg
	check 'is well-formed, with --diff' judge shapes map.svg /dev/null
	! command -v xmllint >/dev/null || check 'is well-formed for xmllint, with --diff' xmllint --noout map.svg
done <<NAMES
<title>&amp;]]>"'<!--.yaml
a\x01b\x1b[31m\x7f.yaml
bad\xff\xc3.yaml
two\nlines\ttab.yaml
${long:0:200}\xc3\xa4${long:0:40}.yaml
$(printf '&%.0s' {1..200}).yaml
\xef\xbf\xbe\xef\xbf\xbf.yaml
NAMES
# The worst: many cells, each with names that grow.
cp dense.yaml "$(printf '&%.0s' {1..240})"
run 0 "$explain" --map -c "$(printf '&%.0s' {1..240})"
check 'has a bound even then' test "$(wc -c <out)" -lt 5000000

# What changes.
# diff_agrees STATUS OLD NEW
diff_agrees()
{
	run 0 "$explain" --table -o json -c "$2"
	mv out table.json
	judge places table.json >addresses
	run 0 "$explain" --table -o json -c "$3"
	mv out table.json
	judge places table.json >>addresses
	"$explain" --batch -c "$2" <addresses >before
	"$explain" --batch -c "$3" <addresses >after
	paste before after | awk -F '\t' -v OFS='\t' '{ print $1, $2 == $6 ? $6 : $2 " → " $6, $8 }' >words
	run "$1" "$explain" --map --diff "$2" "$3"
	mv out map.svg
	check 'the picture agrees with --batch of both' judge shapes map.svg words
}
diff_agrees 1 $none "$examples/same-vpc.yaml"
diff_agrees 1 $none nested.yaml
has 'names both sides' 'before 10.0.0.0/8 in nonMasqueradeCIDRs .*, after 10.10.10.10/32 in masqueradeCIDRs \(nested.yaml:1:47\)' map.svg
has 'says that nothing else differs' 'All that differs is on the map' map.svg
diff_agrees 1 nested.yaml $none
diff_agrees 1 nothing.yaml all.yaml
diff_agrees 1 cells.yaml parts.yaml
diff_agrees 1 dense.yaml random.yaml
check 'it has a bound too' test "$(wc -c <map.svg)" -lt 1500000
diff_agrees 0 dense.yaml dense.yaml
has 'cells in which nothing changes are not marked' 'both verdicts in one cell, unchanged' map.svg
lacks 'none are' 'some addresses of the cell change' map.svg
printf 'nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "fd00::/8"]\nnonMasqueradeSrcCIDRs: [10.0.0.1/32]\n' >six.yaml
diff_agrees 1 $none six.yaml
tr -d '\n' <map.svg | sed 's,</text><text [^>]*>, ,g' >flat
has 'says what is not on the map' 'Not on the map: 1 CIDR of IPv6 destinations and 1 of sources' flat
run 3 "$explain" --map --diff missing.yaml $none
out_is ''

# Where a node departs.
cat >policy.rules <<'RULES'
-A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT
-A IP-MASQ-AGENT -d 169.254.0.0/16 -j RETURN
-A IP-MASQ-AGENT -d 10.0.0.0/8 -j RETURN
-A IP-MASQ-AGENT -d 172.16.0.0/12 -j RETURN
-A IP-MASQ-AGENT -d 192.168.0.0/16 -j RETURN
-A IP-MASQ-AGENT -j MASQUERADE
COMMIT
RULES
# dump NAME RULE...: a dump of a node with these rules in front of the policy's.
dump()
{
	{
		printf '# Generated by iptables-save v1.8.9 (nf_tables)\n*nat\n'
		printf ':%s\n' 'PREROUTING ACCEPT [0:0]' 'POSTROUTING ACCEPT [0:0]' \
			'IP-MASQ-AGENT - [0:0]' 'FLANNEL-POSTRTG - [0:0]' 'LIBVIRT_PRT - [0:0]'
		printf -- '-A %s\n' "${@:2}"
		cat policy.rules
	} >"$1"
}
# node_agrees STATUS: the map of the dump says of each address what the answer for it says.
node_agrees()
{
	run 0 "$explain" --table -o json -c $none
	mv out table.json
	judge places table.json >addresses
	printf '%s\n' 10.63.255.255 10.64.0.0 10.79.255.255 10.80.0.0 50.255.255.255 60.1.1.1 70.7.7.6 70.7.7.7 \
		192.168.0.0 192.168.77.1 >>addresses
	mapfile -t addresses <addresses
	"$explain" --from node.rules -o json -c $none "${addresses[@]}" >answers.json 2>err
	judge answers answers.json >words
	run "$1" "$explain" --map --from node.rules -c $none
	mv out map.svg
	check 'the map agrees with the answers of --from' judge shapes map.svg words
}
dump node.rules
node_agrees 0
lacks 'a node in line has no departure' '(REWRITTEN|OTHERWISE|DEPENDS),' map.svg
dump node.rules 'POSTROUTING -d 10.64.0.0/12 -j MASQUERADE' 'POSTROUTING -d 50.0.0.0/8 -j ACCEPT' \
	'POSTROUTING -d 60.0.0.0/8 -p tcp -j ACCEPT' 'POSTROUTING -d 70.7.7.7/32 -j ACCEPT' \
	'POSTROUTING -d 192.168.0.0/17 -m statistic --mode random --probability 0.5 -j MASQUERADE'
node_agrees 1
has 'names the rule' '10.64.0.0/12: RETURN → REWRITTEN, rule 1 of chain POSTROUTING \(iptables-nft, table ip nat\): ' map.svg
dump node.rules 'POSTROUTING -d 60.0.0.0/8 -p tcp -j ACCEPT'
node_agrees 0
dump node.rules 'POSTROUTING -j FLANNEL-POSTRTG' 'FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN' \
	'FLANNEL-POSTRTG -s 10.244.0.0/16 -d 172.16.0.0/12 -j MASQUERADE' 'POSTROUTING -j LIBVIRT_PRT' \
	'LIBVIRT_PRT -s 192.168.122.0/24 -d 10.0.0.0/8 -j MASQUERADE'
run 1 "$explain" --map --from node.rules -c $none
mv out map.svg
has 'says what packets without a mark get' '172.16.0.0/12: RETURN → REWRITTEN, rule 2 of chain FLANNEL-POSTRTG \(iptables-nft, table ip nat; flannel\) without a mark' map.svg
tr -d '\n' <map.svg | sed 's,</text><text [^>]*>, ,g' >flat
has 'counts what bridges do' 'Not on the map: 1 rule of known programs' flat
{ for i in {0..255}; do printf '%s\n' "POSTROUTING -s 10.1.$i.0/24 -d 10.$i.0.0/17 -j MASQUERADE"; done; } >many
mapfile -t many <many
dump node.rules "${many[@]}"
run 1 "$explain" --map --from node.rules -c $none
check 'has a bound' test "$(wc -c <out)" -lt 200000
run 4 "$explain" --map --from missing.rules -c $none
sed 's/(nf_tables)/(nf_tables)/; s/iptables-save/ip6tables-save/; s/ -d [0-9.\/]*//; s/ -s [0-9.\/]*//' node.rules >six.rules
run 4 "$explain" --map --from six.rules -c $none
err_has 'the dump does not show table nat of IPv4'

usage "option '--map' writes SVG, not JSON" "$explain" --map -o json
usage "option '--map' writes SVG, not JSON" "$explain" --map --diff -o json a b
usage "option '--map' takes no ADDRESS" "$explain" --map 10.0.0.1
for other in --batch --table -q '--source 10.0.0.1' --convert=gke; do
	# shellcheck disable=SC2086 # words
	usage "option '--map' cannot be combined with another question" "$explain" --map $other
done
usage "option '--diff' takes two configurations" "$explain" --map --diff a
run 4 sh -c "'$explain' --map -c $none >/dev/full"
err_has 'cannot write the result'
offers '--map ' ipmasq-explain --ma

finish
