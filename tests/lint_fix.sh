#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-lint --fix: what it writes into files, what it leaves alone, and what it does not write at
# all.
set -u

# shellcheck source=tests/cli.sh
. "${top_srcdir:-${srcdir:-.}}/tests/cli.sh"

# TEXT FILE: whether it holds just this, to the byte.
file_is() {
	what=$2
	printf '%b' "$1" | cmp -s - "$2"
	case $? in
	0) pass 'holds what it should' ;;
	*)
		cp "$2" out
		fail "does not hold: $1"
		;;
	esac
}

# BEFORE STATUS AFTER STATUS OPTION...: mends a file, and a copy of it by the patch that --dry-run
# prints. The statuses are those of what is found before and after.
mends() {
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
		if [ -s change ]; then fail 'is not empty'; else pass 'is empty'; fi
	elif patch --binary -s -d patched -p1 -i ../change >out 2>err; then
		pass 'can be applied'
	else
		fail 'cannot be applied'
	fi
	file_is "$after" 'patched/a file.yaml'
	if [ "$before" != "$after" ] && command -v git >/dev/null; then
		cp 'a file.yaml' patched
		what='the patch, for git'
		if (cd patched && git apply --whitespace=nowarn ../change) >out 2>err; then
			pass 'can be applied'
		else
			fail 'cannot be applied'
		fi
		file_is "$after" 'patched/a file.yaml'
	fi
	run "$status" "$lint" --fix "$@" 'a file.yaml'
	file_is "$after" 'a file.yaml'
	# Once more there is nothing to do.
	run "$status" "$lint" --fix "$@" 'a file.yaml'
	file_is "$after" 'a file.yaml'
}

# Comments, order, quotes, blanks and line ends stay.
mends '# top\nnonMasqueradeCIDRs:   # all\n  - "10.1.2.3/8"  # ours\n  - 172.16.0.0/12\n\n\nmasqOutbound: yes\n' 1 \
	'# top\nnonMasqueradeCIDRs:   # all\n  - "10.0.0.0/8"  # ours\n  - 172.16.0.0/12\n\n\nmasqOutBound: yes\n' 0
# A byte-order mark, CRLF, characters of several bytes, and no newline at the end.
mends '\0357\0273\0277# \0303\0274\r\nmasqOutbound: true # \0342\0202\0254\r\nnonMasqueradeCIDRs: [10.0.0.1/8]' 1 \
	'\0357\0273\0277# \0303\0274\r\nmasqOutBound: true # \0342\0202\0254\r\nnonMasqueradeCIDRs: [10.0.0.0/8]' 0
# JSON, whose escapes are only replaced where something is mended.
mends '{"MasqOutBound":\ttrue,\n "nonMasqueradeCIDRs": ["10.0.0.1\\/8", "192.168.0.0\\/16"]}\n' 1 \
	'{"masqOutBound":\ttrue,\n "nonMasqueradeCIDRs": ["10.0.0.0/8", "192.168.0.0\\/16"]}\n' 0
# While something is wrong that only people can mend, only errors are.
mends 'masqOutbound: true\nnonMasqueradeCIDRs:\n- 10.0.0.1/8\n- example\n' 1 \
	'masqOutbound: true\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n- example\n' 1
out_has 'a file.yaml:1:1: warning: '
out_has 'a file.yaml:4:3: error: '
# What is only likely is left alone, as is what is fine.
mends 'nonMasqueradeCIDRs:\n- 10.0.0.1\nresyncInterval: 60\n' 1 \
	'nonMasqueradeCIDRs:\n- 10.0.0.1\nresyncInterval: 60\n' 1
mends 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' 0 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' 0
# More findings than are kept at a time.
for ((i = 0; i < 1300; i++)); do echo "- 10.$((i / 256)).$((i % 256)).1/24"; done >many
mends "nonMasqueradeCIDRs:\n$(cat many)\n" 1 \
	"nonMasqueradeCIDRs:\n$(sed 's,\.1/24,.0/24,' many)\n" 0 --fail-on=error

# Each file on its own; what is left is reported.
printf 'masqOutbound: true\n' >one.yaml
printf 'masqOutbound: 1\n' >two.yaml
run 1 "$lint" --fix -o json missing one.yaml two.yaml
json '[f["file"] for f in it if f["severity"] == "error"] == ["missing", "two.yaml"]'
err_has 'one.yaml: mended, 1 edit'
file_is 'masqOutBound: true\n' one.yaml

# The mode stays, and the names of the directory are as before.
printf 'masqOutbound: true\n' >mode.yaml
chmod 640 mode.yaml
ls -A >names
run 0 "$lint" --fix mode.yaml
what=mode.yaml
if [ "$(stat -c %a mode.yaml)" = 640 ]; then pass 'has its mode'; else fail 'has another mode'; fi
if [ "$(ls -A)" = "$(cat names)" ]; then pass 'is alone'; else fail 'is not alone'; fi

# What is not written to, with the reason.
printf 'masqOutbound: true\n' >target.yaml
ln -s target.yaml link.yaml
run 4 "$lint" --fix link.yaml
err_has 'link.yaml: not mended: it is a symbolic link'
out_has 'link.yaml:1:1: warning: '
file_is 'masqOutbound: true\n' target.yaml
ln target.yaml other.yaml
run 4 "$lint" --fix target.yaml
err_has 'target.yaml: not mended: it has other names'
file_is 'masqOutbound: true\n' other.yaml

# OPTIONS MESSAGE: on a file system of its own with room for just the one file.
not_written() {
	# shellcheck disable=SC2016
	run 4 unshare -rm sh -c 'mount -t tmpfs -o size=8k none disk && cd disk &&
		{ printf "masqOutbound: true # "; head -c 4500 /dev/zero | tr "\0" x; } >a.yaml &&
		cp a.yaml ../before && { [ -z "$2" ] || mount -o "$2" none .; } &&
		"$1" --fix a.yaml; status=$?; cmp a.yaml ../before && [ "$(ls -A)" = a.yaml ] &&
		exit $status; exit 99' sh "$lint" "$1"
	err_has "a.yaml: not mended: $2"
}
mkdir disk
if unshare -rm mount -t tmpfs none disk 2>/dev/null || [ -n "${IPMASQ_NO_SKIP-}" ]; then
	not_written '' 'No space left on device'
	not_written remount,ro,size=8k 'Read-only file system'
else
	echo 'skipped: a full and a read-only file system: no user namespaces here'
fi

usage "option '--fix' takes files, not stdin" "$lint" --fix -
usage "option '--dry-run' goes with '--fix' only" "$lint" --dry-run one.yaml
usage "no '--output' goes with it" "$lint" --fix --dry-run -o json one.yaml
usage "no '--config' goes with it" "$lint" --fix -c one.yaml
usage 'a PATH is needed' "$lint" --fix

finish
