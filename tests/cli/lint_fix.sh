#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-lint --fix: what it changes in files, what it leaves alone, and which files it does not
# write.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# file_is TEXT FILE: the file holds just this, to the byte. TEXT has escapes as for echo -e.
file_is()
{
	what=$2
	printf '%b' "$1" >file
	same_file 'holds what it should' "$2" file
}

# fixes BEFORE STATUS AFTER STATUS OPTION...: --fix changes the text of a file so, and the patch
# that --dry-run prints does the same. The exit statuses are those before and after.
fixes()
{
	local before=$1 after=$3 status=$4

	printf '%b' "$before" >'a file.yaml'
	run "$2" "$lint" --fix --dry-run "${@:5}" 'a file.yaml'
	shift 4
	cp out change
	file_is "$before" 'a file.yaml'
	mkdir -p patched
	cp 'a file.yaml' patched
	what='the patch'
	if [ "$before" = "$after" ]; then
		check 'is empty' test ! -s change
	else
		check 'can be applied' patch --binary -s -d patched -p1 -i ../change
	fi
	file_is "$after" 'patched/a file.yaml'
	if ! command -v git >/dev/null && [ -z "${IPMASQ_NO_SKIP-}" ]; then
		echo "skipped: the patch, for git: no git here"
	elif [ "$before" != "$after" ]; then
		cp 'a file.yaml' patched
		what='the patch, for git'
		check 'can be applied' git -C patched apply --whitespace=nowarn ../change
		file_is "$after" 'patched/a file.yaml'
	fi
	run "$status" "$lint" --fix "$@" 'a file.yaml'
	file_is "$after" 'a file.yaml'
	# Once more there is nothing to do.
	run "$status" "$lint" --fix "$@" 'a file.yaml'
	file_is "$after" 'a file.yaml'
}

# Comments, order, quotes, blanks and line ends stay.
fixes '# top\nnonMasqueradeCIDRs:   # all\n  - "10.1.2.3/8"  # ours\n  - 172.16.0.0/12\n\n\nmasqOutbound: yes\n' 1 \
	'# top\nnonMasqueradeCIDRs:   # all\n  - "10.0.0.0/8"  # ours\n  - 172.16.0.0/12\n\n\nmasqOutBound: yes\n' 0
# A byte-order mark, CRLF, characters of several bytes, and no newline at the end.
fixes '\0357\0273\0277# \0303\0274\r\nmasqOutbound: true # \0342\0202\0254\r\nnonMasqueradeCIDRs: [10.0.0.1/8]' 1 \
	'\0357\0273\0277# \0303\0274\r\nmasqOutBound: true # \0342\0202\0254\r\nnonMasqueradeCIDRs: [10.0.0.0/8]' 0
# JSON, whose escapes stay outside of what is fixed.
fixes '{"MasqOutBound":\ttrue,\n "nonMasqueradeCIDRs": ["10.0.0.1\\/8", "192.168.0.0\\/16"]}\n' 1 \
	'{"masqOutBound":\ttrue,\n "nonMasqueradeCIDRs": ["10.0.0.0/8", "192.168.0.0\\/16"]}\n' 0
# While something is wrong that only people can fix, only errors are fixed.
fixes 'masqOutbound: true\nnonMasqueradeCIDRs:\n- 10.0.0.1/8\n- example\n' 1 \
	'masqOutbound: true\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n- example\n' 1
out_has 'a file.yaml:1:1: warning: '
out_has 'a file.yaml:4:3: error: '
# A likely mistake is left alone, and so is what is right.
fixes 'nonMasqueradeCIDRs:\n- 10.0.0.1\nresyncInterval: 60\n' 1 \
	'nonMasqueradeCIDRs:\n- 10.0.0.1\nresyncInterval: 60\n' 1
fixes 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' 0 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' 0
# More findings than are kept at one time.
for ((i = 0; i < 1300; i++)); do echo "- 10.$((i / 256)).$((i % 256)).1/24"; done >many
fixes "nonMasqueradeCIDRs:\n$(cat many)\n" 1 \
	"nonMasqueradeCIDRs:\n$(sed 's,\.1/24,.0/24,' many)\n" 0 --fail-on=error

# Configurations within Kubernetes manifests.

# A block scalar, and around it parts that only look like a configuration and stay.
above='apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ip-masq-agent  # - 10.0.0.1/8\n  annotations:\n    was: "nonMasqueradeCIDRs: [10.0.0.1/8]"\ndata:\n'
below='  other: |\n    masqOutbound: true\n---\nkind: Deployment\nmetadata: {name: ip-masq-agent}\nspec: {args: [masqOutbound, 10.0.0.1/8]}\n'
fixes "$above"'  config: |2+  # the agent reads this\n\n    nonMasqueradeCIDRs:   # ours\n      - 10.1.2.3/8  # all\n      - "10.9.0.0/16" # inside\n\n      -   172.16.0.0/12\n    masqOutbound: yes\n\n\n'"$below" 1 \
	"$above"'  config: |2+  # the agent reads this\n\n    nonMasqueradeCIDRs:   # ours\n      - 10.0.0.0/8  # all\n\n      -   172.16.0.0/12\n    masqOutBound: yes\n\n\n'"$below" 0
# The last line of the file, without a newline at its end; JSON in YAML, tabs and all.
fixes "$above"'  config: |-\n    nonMasqueradeCIDRs:\n    - 10.0.0.0/8\n    - 10.0.0.0/8' 1 \
	"$above"'  config: |-\n    nonMasqueradeCIDRs:\n    - 10.0.0.0/8\n' 0
fixes "$above"'  ip-masq-agent: |\n    {"MasqOutBound":\ttrue,\n    \t"nonMasqueradeCIDRs": ["10.0.0.1/8",\n    \t  "10.0.0.0/8"]}\n' 1 \
	"$above"'  ip-masq-agent: |\n    {"masqOutBound":\ttrue,\n    \t"nonMasqueradeCIDRs": ["10.0.0.0/8"]}\n' 0
# A byte-order mark, CRLF and characters of several bytes.
fixes '\0357\0273\0277kind: ConfigMap\r\nmetadata: {name: ip-masq} # \0303\0274\r\ndata:\r\n  config: |\r\n    # \0342\0202\0254\r\n    masqOutbound: true\r\n    nonMasqueradeCIDRs:\r\n    - 10.0.0.1/8\r\n    - 10.0.0.0/8\r\nimmutable: true\r\n' 1 \
	'\0357\0273\0277kind: ConfigMap\r\nmetadata: {name: ip-masq} # \0303\0274\r\ndata:\r\n  config: |\r\n    # \0342\0202\0254\r\n    masqOutBound: true\r\n    nonMasqueradeCIDRs:\r\n    - 10.0.0.0/8\r\nimmutable: true\r\n' 0
# Quoted and plain scalars keep their style; a list, an anchor, and two configurations.
fixes "kind: List\napiVersion: v1\nitems:\n- kind: ConfigMap\n  metadata: {name: ip-masq-a}\n  data:\n    config: '{\"MasqOutBound\": true, \"nonMasqueradeCIDRs\": [\"10.0.0.1/8\", \"10.0.0.0/8\"]}'\n- kind: Secret\n  metadata: {name: ip-masq}\n  data: {config: 'masqOutbound: true'}\n- kind: ConfigMap\n  metadata: {name: ip-masq-b}\n  data:\n    config: &it \"masqOutbound: true\"\n    ip-masq-again: *it\n" 1 \
	"kind: List\napiVersion: v1\nitems:\n- kind: ConfigMap\n  metadata: {name: ip-masq-a}\n  data:\n    config: '{\"masqOutBound\": true, \"nonMasqueradeCIDRs\": [\"10.0.0.0/8\"]}'\n- kind: Secret\n  metadata: {name: ip-masq}\n  data: {config: 'masqOutbound: true'}\n- kind: ConfigMap\n  metadata: {name: ip-masq-b}\n  data:\n    config: &it \"masqOutBound: true\"\n    ip-masq-again: *it\n" 0
# In a rejected configuration only errors are fixed; the next configuration is not concerned.
fixes "$above"'  config: |\n    masqOutbound: true\n    nonMasqueradeCIDRs: [10.0.0.1/8, 10.0.0.0/8, x]\n  ip-masq-2: |\n    masqOutbound: true\n' 1 \
	"$above"'  config: |\n    masqOutbound: true\n    nonMasqueradeCIDRs: [10.0.0.0/8, 10.0.0.0/8, x]\n  ip-masq-2: |\n    masqOutBound: true\n' 1
# JSON as kubectl prints it: the text within has escapes, which stay where nothing is fixed.
above='{"kind": "ConfigMap",\t"metadata": {"name": "ip-masq\\u002dagent"},\r\n "data": {\n'
fixes "$above"'"config": "# \\u00fc\\n\\u006dasqOutbound: true\\nnonMasqueradeCIDRs:\\n- 10.0.0.1\\/8\\t# \\"all\\"\\nmasqLinkLocal: false\\n"}}\n' 1 \
	"$above"'"config": "# \\u00fc\\nmasqOutBound: true\\nnonMasqueradeCIDRs:\\n- 10.0.0.0/8\\t# \\"all\\"\\nmasqLinkLocal: false\\n"}}\n' 0
fixes "$above"'"config": "{\\"MasqOutBound\\": true,\\n \\"nonMasqueradeCIDRs\\": [\\"10.0.0.1/8\\", \\"10.0.0.0/8\\"]}\\n"}}\n' 1 \
	"$above"'"config": "{\\"masqOutBound\\": true,\\n \\"nonMasqueradeCIDRs\\": [\\"10.0.0.0/8\\"]}\\n"}}\n' 0
# What cannot be fixed: a whole line of a text whose newlines are escapes.
fixes "$above"'"config": "nonMasqueradeCIDRs:\\n- 10.0.0.0/8\\n- 10.0.0.0/8\\n"}}\n' 1 \
	"$above"'"config": "nonMasqueradeCIDRs:\\n- 10.0.0.0/8\\n- 10.0.0.0/8\\n"}}\n' 1
# A folded text differs from its source, a template is not rendered, and other objects are not ours.
fixes 'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: >\n    masqOutbound: true\n' 1 \
	'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: >\n    masqOutbound: true\n' 1
fixes 'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: |\n    masqOutbound: {{ .on }}\n' 1 \
	'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: |\n    masqOutbound: {{ .on }}\n' 1
fixes 'kind: ConfigMap\nmetadata: {name: mine}\ndata:\n  c: |\n    masqOutbound: true\n  config: |\n    masqOutbound: true\n' 1 \
	'kind: ConfigMap\nmetadata: {name: mine}\ndata:\n  c: |\n    masqOutBound: true\n  config: |\n    masqOutbound: true\n' 0 --configmap mine --key c

# A directory: each file that is linted, and no other.
mkdir -p tree/deep/er tree/.hidden
printf 'masqOutbound: true\r\n' >tree/a.yaml
printf 'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: |\n    masqOutbound: true\n' >tree/deep/b.yml
printf '{"MasqOutBound": true}' >tree/deep/er/c.json
printf 'kind: ConfigMap\nmetadata: {name: other}\ndata: {config: "masqOutbound: true"}\n' >tree/other.yaml
printf 'nonMasqueradeCIDRs: [10.0.0.1/8, {{ .x }}]\n' >tree/template.yaml
for name in .d.yaml .hidden/d.yaml deep/d.txt; do printf 'masqOutbound: true\n' >"tree/$name"; done
ln -s ../.. tree/deep/up
cp -a tree was
run 1 "$lint" --fix --dry-run tree
cp out change
err_is_empty
what='the tree after --dry-run'
check 'is as before' diff -r --no-dereference was tree
run 1 "$lint" --fix tree
for name in a.yaml deep/b.yml deep/er/c.json; do err_has "tree/$name: fixed, 1 edit"; done
out_has 'tree/template.yaml:1:'
cp out left
what='the fixed files'
diff -rq --no-dereference was tree >out 2>err
out_is 'Files was/a.yaml and tree/a.yaml differ
Files was/deep/b.yml and tree/deep/b.yml differ
Files was/deep/er/c.json and tree/deep/er/c.json differ'
file_is 'masqOutBound: true\r\n' tree/a.yaml
file_is 'kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: |\n    masqOutBound: true\n' tree/deep/b.yml
file_is '{"masqOutBound": true}' tree/deep/er/c.json
what='the patch of the tree'
mv was patched-tree && mkdir was && mv patched-tree was/tree
check 'can be applied' patch --binary -s -d was -p1 -i ../change
check 'does the same' diff -r --no-dereference was/tree tree
cp -a tree fixed
run 1 "$lint" --fix tree
out_is "$(cat left)"
err_is_empty
what='the tree after another --fix'
check 'is as before' diff -r --no-dereference fixed tree

# Each file by itself; the findings that are left are reported.
printf 'masqOutbound: true\n' >one.yaml
printf 'masqOutbound: 1\n' >two.yaml
run 1 "$lint" --fix -o json missing one.yaml two.yaml
json '[f["file"] for f in it if f["severity"] == "error"] == ["missing", "two.yaml"]'
err_has 'one.yaml: fixed, 1 edit'
file_is 'masqOutBound: true\n' one.yaml

# The mode of the file stays, and no other file appears in the directory.
printf 'masqOutbound: true\n' >mode.yaml
chmod 640 mode.yaml
ls -A >names
run 0 "$lint" --fix mode.yaml
what=mode.yaml
equal 'has its mode' "$(stat -c %a mode.yaml)" 640
equal 'is alone' "$(ls -A)" "$(cat names)"

# Files that are not written, with the reason.
printf 'masqOutbound: true\n' >target.yaml
ln -s target.yaml link.yaml
run 4 "$lint" --fix link.yaml
err_has 'link.yaml: not fixed: it is a symbolic link'
out_has 'link.yaml:1:1: warning: '
file_is 'masqOutbound: true\n' target.yaml
ln target.yaml other.yaml
run 4 "$lint" --fix target.yaml
err_has 'target.yaml: not fixed: it has other names'
file_is 'masqOutbound: true\n' other.yaml

# not_written OPTIONS MESSAGE: on a file system of its own with room for just the one file.
not_written()
{
	# shellcheck disable=SC2016
	run 4 unshare -rm sh -c 'mount -t tmpfs -o size=8k none disk && cd disk &&
		{ printf "masqOutbound: true # "; head -c 4500 /dev/zero | tr "\0" x; } >a.yaml &&
		cp a.yaml ../before && { [ -z "$2" ] || mount -o "$2" none .; } &&
		"$1" --fix a.yaml; status=$?; cmp a.yaml ../before && [ "$(ls -A)" = a.yaml ] &&
		exit $status; exit 99' sh "$lint" "$1"
	err_has "a.yaml: not fixed: $2"
}
mkdir disk
if unshare -rm mount -t tmpfs none disk 2>/dev/null; then
	not_written '' 'No space left on device'
	not_written remount,ro,size=8k 'Read-only file system'
else
	skip_part 'a full and a read-only file system: no user namespaces here'
fi

usage "option '--fix' takes files, not stdin" "$lint" --fix -
usage "option '--dry-run' needs '--fix'" "$lint" --dry-run one.yaml
usage "it cannot be combined with '--output'" "$lint" --fix --dry-run -o json one.yaml
usage "it cannot be combined with '--config'" "$lint" --fix -c one.yaml
usage 'a PATH is needed' "$lint" --fix

finish
