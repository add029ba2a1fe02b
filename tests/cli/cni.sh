#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The CNI plugin as a runtime sees it, in every version of the protocol, as far as no kernel is
# needed: what it refuses and with which code, and that it passes results on as they came.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

plugin=$(program examples/cni/ipmasq) || exit
versions='0.3.1 0.4.0 1.0.0 1.1.0'
answers=0

# call COMMAND CONFIGURATION [VARIABLE=VALUE...]: with the variables that a runtime sets, and those.
call()
{
	local command=$1 input=$2

	shift 2
	printf '%s' "$input" >input
	# A sanitizer has to look for its own.
	env CNI_COMMAND="$command" CNI_CONTAINERID=c0ffee-1 CNI_NETNS=/run/netns/pod \
		CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
		CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAME=web' "$@" "$plugin" <input
}

# had COMMAND: the versions that have it.
had()
{
	case $1 in
	CHECK) echo '0.4.0 1.0.0 1.1.0' ;;
	GC | STATUS) echo 1.1.0 ;;
	*) echo "$versions" ;;
	esac
}

# refused CODE WORDS COMMAND CONFIGURATION [VARIABLE=VALUE...]: the answer is an error with the code,
# whose message or details have the words.
refused()
{
	local code=$1 words=$2

	shift 2
	status 1 'fails' call "$@"
	out_has "\"cniVersion\":\"$version\""
	out_has "\"code\":$code,"
	out_has "$words"
	answers=$((answers + 1))
	cp out "answer.$answers"
}

# Every line is a configuration that is refused: COMMANDS, members beside cniVersion and name, the
# code, and words of the answer, which begin with a place where that is known.
while IFS='|' read -r commands members code words; do
	[ -n "$commands" ] || continue
	for command in ${commands//,/ }; do
		for version in $(had "$command"); do
			what="$command, $version, $members"
			refused "$code" "$words" "$command" \
				"{\"cniVersion\": \"$version\", \"name\": \"net\"$members}"
		done
	done
done <<'END'
ADD,CHECK,STATUS|, "policy": []|7|line 1, column 50: policy must be of type object, not array
ADD,CHECK,STATUS|, "policy": "x"|7|policy must be of type object, not string
ADD,STATUS|, "policyFile": 1|7|policyFile must be of type string, not int
ADD,STATUS|, "policyFile": "masq.yaml"|7|column 54: policyFile: \"masq.yaml\" does not begin with a slash
ADD,STATUS|, "policyFile": "/there/is/none"|7|network net: /there/is/none: there is no such file
ADD|, "policyFile": "/a", "policy": {}|7|policyFile: there is a policy as well
ADD,CHECK,STATUS|, "profile": "gkee"|7|column 51: profile: there is no profile \"gkee\": write default, cce
ADD|, "profile": true|7|profile must be of type string
ADD,CHECK,STATUS|, "backend": "ipset"|7|column 51: backend: \"ipset\" is none; write auto, iptables-nft
ADD|, "chainPrefix": 7|7|chainPrefix must be of type string
ADD|, "ipv6": "off"|7|column 48: ipv6 must be of type boolean, not string
ADD|, "ipv4": 0|7|ipv4 must be of type boolean
ADD|, "polici": {}|2|column 40: unsupported key polici: {}; did you mean policy?
ADD,STATUS|, "Policy": {"masqOutBound": false}|2|unsupported key Policy: {\"masqOutBound\": false}; did you mean policy?
ADD|, "backends": "nft"|2|unsupported key backends: \"nft\"; did you mean backend?
ADD|, "nonMasqueradeCIDRs": ["10.0.0.0/8"]|2|nonMasqueradeCIDRs belongs into \"policy\"
ADD|, "masqOutbound": true|2|masqOutBound belongs into \"policy\"
ADD|, "policy": {}, "policy": {}|7|column 54: the key \"policy\" is there twice
ADD,CHECK,STATUS|, "policy": {"nonMasqueradeCIDRs": ["10.0.0.0/8", "10.0.0.1/8"]}|7|network net: line 1, column 88: policy.nonMasqueradeCIDRs[1]: \"10.0.0.1/8\" has bits set after its prefix length; write instead: \"10.0.0.0/8\" [host-bits]
ADD|, "policy": {"masqOutBound": "yes"}|7|column 67: policy.masqOutBound: masqOutBound is a text
ADD|, "policy": {"masqOutBound": true, "masqOutBound": true}|7|policy.masqOutBound
ADD|, "policy": {"masqOutBound": "yes", "cidrLimit": -1}|7|policy.cidrLimit
ADD|, "policy": {"kind": "ConfigMap", "nonMasqueradeCIDRs": ["x"]}|7|policy.nonMasqueradeCIDRs[0]
ADD|, "profile": "cce", "policy": {"nonMasqueradeCIDRs": ["example.org"]}|7|host name \"example.org\"; write its addresses
ADD|, "prevResult": []|7|prevResult must be of type object
ADD,CHECK||7|there is no prevResult: ipmasq comes after a plugin that makes the interface
ADD,CHECK|, "prevResult": null|7|there is no prevResult
ADD,CHECK|, "prevResult": {"ips": {}}|6|column 54: prevResult.ips must be an array
ADD|, "prevResult": {"ips": [1]}|6|prevResult.ips[0]: it must be an object
ADD|, "prevResult": {"ips": [{}]}|6|prevResult.ips[0]: it has no address
ADD,CHECK|, "prevResult": {"ips": [{"address": "10.1.0.5"}]}|6|prevResult.ips[0]: its address must be one with the length of its prefix
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/33"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "10.1.0/24"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/-1"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/24x"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "::ffff:10.1.0.5/24"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "fd00::5/129"}]}|6|its address must be one
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/24", "interface": 0}]}|6|its interface is none of prevResult.interfaces
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/24", "interface": 1}], "interfaces": [{}]}|6|its interface is none
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/24", "interface": -1}], "interfaces": [{}]}|6|its interface is none
ADD|, "prevResult": {"ips": [{"address": "10.1.0.5/24", "interface": 0}], "interfaces": [1]}|6|each of its interfaces must be an object
ADD|, "prevResult": {"interfaces": {}, "ips": []}|6|prevResult.interfaces must be an array
GC||7|cni.dev/valid-attachments must be there
GC|, "cni.dev/valid-attachments": {}|7|cni.dev/valid-attachments must be there, and an array
GC|, "cni.dev/valid-attachments": [{"containerID": "a", "ifname": "eth0"}, {"ifname": "eth0"}]|7|cni.dev/valid-attachments[1] must have containerID and ifname
GC|, "cni.dev/valid-attachments": ["a"]|7|valid-attachments[0] must have
GC|, "cni.dev/valid-attachments": [{"containerID": 1, "ifname": "eth0"}]|7|valid-attachments[0] must have
END

# Whatever the command: what is no configuration at all.
while IFS='|' read -r input code words; do
	[ -n "$code" ] || continue
	for command in ADD DEL CHECK GC STATUS; do
		version=1.1.0
		what="$command, input $input"
		refused "$code" "$words" "$command" "$input"
	done
done <<'END'
|6|line 1, column 1: the JSON text ends too early
{|6|line 1, column 2: the JSON text ends too early
[]|6|it must be a JSON object
{} x|6|line 1, column
{"cniVersion": "1.1.0", 'name': "net"}|6|line 1, column 25: a string must have double quotes
{"cniVersion": "1.1.0", /* */ "name": "net"}|6|line 1, column 25
{}|1|there is no cniVersion, which means 0.1.0
{"cniVersion": 1}|1|there is no cniVersion
{"cniVersion": "0.2.0", "name": "net"}|1|cniVersion is \"0.2.0\"; the plugin speaks 0.3.1, 0.4.0, 1.0.0 and 1.1.0
{"cniVersion": "2.0.0", "name": "net"}|1|cniVersion is \"2.0.0\"
{"cniVersion": "1.1.0"}|7|the name of the network is missing
{"cniVersion": "1.1.0", "name": ""}|7|the name of the network is missing
{"cniVersion": "1.1.0", "name": "a/b"}|7|column 33: name: \"a/b\" is no name of a network
{"cniVersion": "1.1.0", "name": ".a"}|7|is no name of a network
END

# A command that its version does not have yet.
for command in CHECK GC STATUS; do
	for version in $versions; do
		[[ " $(had $command) " != *" $version "* ]] || continue
		what="$command, $version"
		refused 1 "$command came with CNI " $command \
			"{\"cniVersion\": \"$version\", \"name\": \"net\"}"
	done
done

# Variables of the environment: COMMANDS, what is set, words of the answer.
version=1.1.0
while IFS='|' read -r commands setting words; do
	[ -n "$commands" ] || continue
	for command in ${commands//,/ }; do
		what="$command, $setting"
		refused 4 "$words" "$command" '{"cniVersion": "1.1.0", "name": "net"}' "$setting"
	done
done <<'END'
ADD,DEL,CHECK|CNI_CONTAINERID=|missing or empty: CNI_CONTAINERID
ADD,CHECK|CNI_NETNS=|missing or empty: CNI_NETNS
ADD,DEL,CHECK|CNI_IFNAME=|missing or empty: CNI_IFNAME
ADD,DEL,CHECK|CNI_CONTAINERID=-x|CNI_CONTAINERID is \"-x\": it must begin with a letter or digit
ADD,DEL,CHECK|CNI_CONTAINERID=a b|CNI_CONTAINERID is \"a b\"
ADD,DEL|CNI_CONTAINERID=ä|CNI_CONTAINERID is \"ä\"
ADD,DEL,CHECK|CNI_IFNAME=an-interface-name|CNI_IFNAME is \"an-interface-name\": the name of an interface has at most 15 bytes
ADD,DEL|CNI_IFNAME=..|CNI_IFNAME is \"..\"
ADD,DEL|CNI_IFNAME=a/b|has no slash, colon or blank
ADD,DEL|CNI_IFNAME=a:b|has no slash, colon or blank
ADD,DEL|CNI_IFNAME=a b|has no slash, colon or blank
LIST|CNI_PATH=/|CNI_COMMAND is \"LIST\"; it must be ADD, CHECK, DEL, GC, STATUS or VERSION
add|CNI_PATH=/|CNI_COMMAND is \"add\"
END
what='without a command'
refused 4 'missing or empty: CNI_COMMAND' '' '{}'
what='bytes that are no text'
refused 4 'CNI_COMMAND is \"A?\"' $'A\xff' '{}'

# Nothing but JSON was among all of that.
what=
check "all $answers answers are errors as the specification has them" python3 -IS - "$answers" <<'END'
import json, sys
for i in range(1, int(sys.argv[1]) + 1):
    error = json.load(open(f"answer.{i}", encoding="utf-8"))
    assert set(error) <= {"cniVersion", "code", "msg", "details"}, error
    assert isinstance(error["code"], int) and error["msg"] and "\n" not in error["msg"], error
END

# VERSION answers in the version that it was asked in, and needs nothing else.
for version in $versions 0.1.0 9.9.9; do
	run 0 env -i LD_LIBRARY_PATH="$LD_LIBRARY_PATH" CNI_COMMAND=VERSION "$plugin" \
		<<<"{\"cniVersion\": \"$version\"}"
	out_is "{\"cniVersion\":\"$version\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}"
done
what=VERSION
status 0 'answers where nothing is asked' call VERSION ''
json 'it["cniVersion"] == "1.1.0" and len(it["supportedVersions"]) == 4'
version=1.1.0
refused 6 'ends too early' VERSION '{"cniVersion": '
refused 6 'line 1, column 14: a byte that is not UTF-8' VERSION $'{"name": "net\xff"}'

# Where a container has no address that is ours to look at, ADD only passes the result on, byte for
# byte: numbers, keys and blanks as they were.
rest='"ips" : [ ], "interfaces":[{"name":"br0"}], "x": {"big": 123456789012345678901234567890, "n": 1.50e+3,
	"s": "\u00e9\/ä", "list": [1.0, null, true]}, "dns":{}}'
for version in $versions; do
	what="$version: a result with a version"
	result="{ \"cniVersion\": \"$version\", $rest"
	status 0 'ADD' call ADD \
		"{\"cniVersion\": \"$version\", \"name\": \"net\", \"prevResult\": $result }"
	out_is "$result"
	err_is_empty
	what="$version: a result without a version"
	status 0 'ADD' call ADD \
		"{\"prevResult\": {$rest, \"cniVersion\": \"$version\", \"name\": \"net\"}"
	out_is "{\"cniVersion\":\"$version\",$rest"
	what="$version: an empty result"
	status 0 'ADD' call ADD \
		"{\"prevResult\": { }, \"cniVersion\": \"$version\", \"name\": \"net\"}"
	out_is "{\"cniVersion\":\"$version\" }"
	what="$version: addresses that are not the container's, or of a family that is off"
	result="{\"cniVersion\":\"$version\",\"interfaces\":[{\"name\":\"br0\"},{\"name\":\"v\",\"sandbox\":\"\"},{\"sandbox\":\"/n\"}],\"ips\":[{\"version\":\"4\",\"address\":\"10.1.0.1/24\",\"interface\":0},{\"address\":\"10.1.0.2/24\",\"interface\":1},{\"address\":\"fd00::2/64\",\"interface\":2}]}"
	status 0 'ADD' call ADD "{\"cniVersion\":\"$version\",\"name\":\"net\",\"ipv6\":false,\"prevResult\":$result}"
	out_is "$result"
done

# What runtimes, meta-plugins and people add does no harm, and what has no effect is told.
what='other keys'
result='{"cniVersion":"1.0.0"}'
status 0 'ADD' call ADD "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"ipmasq\",
	\"runtimeConfig\":{\"portMappings\":[]},\"args\":{\"cni\":{}},\"capabilities\":{\"x\":true},
	\"cni.dev/new\":1,\"deviceID\":\"0000:00:02.0\",\"ipMasq\":true,\"prevResult\":$result,
	\"policy\":null,\"policyFile\":null,\"profile\":null,\"backend\":null,\"ipv4\":null}"
out_is "$result"
err_has 'network net: line 3, column 18: deviceID has no effect'
err_has 'ipMasq has no effect'
what='a policy with a finding that is no error'
status 0 'ADD' call ADD "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"prevResult\":$result,
\"policy\":{\"masqueradeCIDR\":[]}}"
out_is "$result"
err_has 'network net: warning: line 2, column 11: policy.masqueradeCIDR: there is no key "masqueradeCIDR"'
what='keys with escapes'
status 0 'ADD' call ADD "{\"cniVersion\":\"1.0.0\",\"n\\u0061me\":\"net\",\"pr\\u0065vResult\":$result}"
out_is "$result"
what='a policy of its own file'
printf 'nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 10.0.0.1\n' >masq.yaml
version=1.0.0
refused 7 "network net: $PWD/masq.yaml:3:3: \\\"10.0.0.1\\\" is an address without a prefix length" ADD \
	"{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"prevResult\":$result,\"policyFile\":\"$PWD/masq.yaml\"}"

# An answer that nobody takes is a failure.
what='a full disk'
printf '{"cniVersion":"1.0.0","name":"net","prevResult":%s}' "$result" >input
# shellcheck disable=SC2016 # for the inner shell
status 1 'ADD fails' env CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS=/n CNI_IFNAME=eth0 \
	sh -c '"$1" <input >/dev/full' sh "$plugin"
# shellcheck disable=SC2016 # for the inner shell
status 1 'VERSION fails' env CNI_COMMAND=VERSION sh -c '"$1" <input >/dev/full' sh "$plugin"
what='no standard input'
version=1.1.0
# shellcheck disable=SC2016 # for the inner shell
status 1 'ADD fails' env CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS=/n CNI_IFNAME=eth0 \
	sh -c '"$1" <&-' sh "$plugin"
out_has '"code":5,'
what='17 MiB of standard input'
# shellcheck disable=SC2016 # for the inner shell
status 1 'ADD fails' env CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS=/n CNI_IFNAME=eth0 \
	sh -c 'head -c 17825792 /dev/zero | "$1"' sh "$plugin"
out_has 'it is larger than 16 MiB'

# For people.
run 0 "$plugin" --version
out_has 'for CNI 0.3.1 0.4.0 1.0.0 1.1.0'
run 0 "$plugin" --help
out_has 'ipmasq-cni(8)'
run 1 "$plugin" add
err_has 'ipmasq-cni(8)'

finish
