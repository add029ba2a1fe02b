#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rules of tests/support/layering.py about which file may include which. Each rule is proved on
# a small tree that breaks it; then the sources must keep all rules.
#
#     layering.sh --report [DIRECTORY]    only prints the faults of that tree, or of this one
set -u

# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"

layering=$root/tests/support/layering.py
if [ "${1:-}" = --report ]; then
	cd "${2:-$root}" && exec python3 "$layering" .
fi
command -v python3 >/dev/null || skip "the program python3"
make_work
cd "$work" || exit

# plant FILE LINE...: a file of the small tree.
plant()
{
	local file=$1

	shift
	[ -d "$tree/${file%/*}" ] || mkdir -p "$tree/${file%/*}"
	printf '%s\n' "$@" >"$tree/$file"
}

# A small tree that breaks no rule.
tree=sound
plant include/ipmasq.h '#include <stdint.h>'
plant lib/util/buf.h '#include <stddef.h>'
plant lib/util/prefix_netmask_cidr.c '#include <libcidr.h>'
plant lib/util/prefix.h '#include "ipmasq.h"' '#include "util/buf.h"'
plant lib/profile/profile.h '#include "util/buf.h"'
plant lib/config/document_yaml.c '#include <yaml.h>' '#include "config/document.h"'
plant lib/config/document.h '#include "util/buf.h"' '#include "profile/profile.h"'
plant lib/config/source.h '#include "util/buf.h"'
plant lib/config/source.c '#include "config/input.h"'
plant lib/config/input.h '#include "config/document.h"'
plant lib/policy/policy.h '/* #include "node/node.h" */' '#include "config/document.h"'
plant lib/lint/lint.h '#include "policy/policy.h"'
plant lib/rules/rules.h '// system("true")' '#include "policy/policy.h"'
plant lib/node/kernel/kernel.c '#include <libmnl/libmnl.h>' '#include <linux/netfilter.h>' \
	'#include "rules/rules.h"' '#include "node/kernel/kernel.h"'
plant lib/node/kernel/kernel.h '#include "util/buf.h"'
plant lib/node/run.h '#include "util/buf.h"'
plant lib/node/node.c '#include "node/kernel/kernel.h"' '#include "rules/rules.h"' \
	'int start(void) { return fork(); }'
plant tools/cli/cli.h '#include <ipmasq.h>' '#include <json-c/json.h>'
plant tools/cli/output.h '#include "cli/cli.h"'
plant tools/lint/lint.h '#include "ipmasq.h"'
plant tools/lint/lint.c '#include "lint/lint.h"' '#include "cli/cli.h"'
plant tools/apply/http.c '#include <microhttpd.h>'
plant examples/print-rules.c '#include <ipmasq.h>'
plant tests/unit/test_lint.c '#include "lint/lint.h"' '#include "support/unit.h"' \
	'#include <libcidr.h>'
plant tests/support/unit.h '#include <CUnit/CUnit.h>'

# breaks FAULT FILE LINE...: with that file in it, the sound tree has that fault and no other.
trees=(sound)
wanted=()
breaks()
{
	tree=broken-${#trees[@]}
	cp -r sound "$tree"
	trees+=("$tree")
	wanted+=("$tree/$1")
	shift
	plant "$@"
}

breaks 'lib/util/new.c:2: upward: lib/util includes lib/policy/policy.h' \
	lib/util/new.c '' '#include "policy/policy.h"'
breaks 'lib/node/kernel/new.c:1: upward: lib/node/kernel includes lib/node/run.h' \
	lib/node/kernel/new.c '#include "node/run.h"'
breaks 'lib/lint/new.c:1: sideways: lib/lint includes lib/rules/rules.h' \
	lib/lint/new.c '#include "rules/rules.h"'
breaks 'lib/rules/new.c:1: sideways: lib/rules includes lib/lint/lint.h' \
	lib/rules/new.c '#include "lint/lint.h"'
breaks 'lib/policy/new.c:1: the library includes tools/cli/cli.h' \
	lib/policy/new.c '#include "cli/cli.h"'
breaks 'lib/misc/new.c:1: lib/misc is not in the order of folders' \
	lib/misc/new.c '#include "util/buf.h"'
breaks 'include/ipmasq.h:1: the public header includes lib/util/buf.h' \
	include/ipmasq.h '#include "util/buf.h"'

breaks 'lib/util/buf.h:1: circle: lib/util/buf -> lib/util/buf.h:1 lib/util/prefix -> '\
'lib/util/prefix.h:2 lib/util/buf' \
	lib/util/buf.h '#include "util/prefix.h"'
breaks 'lib/config/document.h:1: circle: lib/config/document -> lib/config/document.h:1 '\
'lib/config/source -> lib/config/source.c:1 lib/config/input -> lib/config/input.h:1 '\
'lib/config/document' \
	lib/config/document.h '#include "config/source.h"'
breaks 'tools/cli/cli.h:1: circle: tools/cli/cli -> tools/cli/cli.h:1 tools/cli/output -> '\
'tools/cli/output.h:1 tools/cli/cli' \
	tools/cli/cli.h '#include "cli/output.h"'

breaks 'lib/policy/new.c:1: "policy.h" does not name its folder (lib/policy/policy.h)' \
	lib/policy/new.c '#include "policy.h"'
breaks 'lib/policy/new.c:1: "../policy/policy.h" does not name its folder (lib/policy/policy.h)' \
	lib/policy/new.c '#include "../policy/policy.h"'
breaks 'tests/unit/new.c:1: "../../lib/util/buf.h" does not name its folder (lib/util/buf.h)' \
	tests/unit/new.c '#include "../../lib/util/buf.h"'
breaks 'lib/policy/new.c:1: "policy/gone.h" is not in the tree' \
	lib/policy/new.c '#include "policy/gone.h"'
breaks 'lib/policy/new.c:1: cannot read #include POLICY_HEADER' \
	lib/policy/new.c '#include POLICY_HEADER'

breaks 'tools/lint/new.c:1: tools/lint includes lib/util/buf.h instead of ipmasq.h alone' \
	tools/lint/new.c '#include "util/buf.h"'
breaks 'tools/lint/new.c:1: tools/lint includes lib/util/buf.h instead of ipmasq.h alone' \
	tools/lint/new.c '#  include <util/buf.h> /* in other clothes */'
breaks 'examples/new.c:1: examples includes lib/util/buf.h instead of ipmasq.h alone' \
	examples/new.c '#include "util/buf.h"'
breaks 'examples/new.c:1: examples includes tools/cli/cli.h, which is not its own' \
	examples/new.c '#include "cli/cli.h"'
breaks 'tools/apply/new.c:1: tools/apply includes tools/lint/lint.h, which is not its own' \
	tools/apply/new.c '#include "lint/lint.h"'
breaks 'tools/cli/new.c:1: tools/cli includes tools/lint/lint.h, which is not its own' \
	tools/cli/new.c '#include "lint/lint.h"'
breaks 'tools/apply/new.c:1: tools/apply includes tests/support/unit.h, which is not its own' \
	tools/apply/new.c '#include "support/unit.h"'

breaks 'lib/config/source.h:1: <yaml.h> belongs to lib/config/document_yaml.[ch]' \
	lib/config/source.h '#include <yaml.h>'
breaks 'lib/policy/new.c:1: <libcidr.h> belongs to lib/util/prefix_netmask_cidr.c' \
	lib/policy/new.c '#include <libcidr.h>'
breaks 'lib/node/new.c:1: <libmnl/libmnl.h> belongs to lib/node/kernel/*' \
	lib/node/new.c '#include <libmnl/libmnl.h>'
breaks 'lib/node/new.c:1: <linux/netfilter/nf_tables.h> belongs to lib/node/kernel/*' \
	lib/node/new.c '#include <linux/netfilter/nf_tables.h>'
breaks 'tools/lint/new.c:1: <json-c/json.h> belongs to tools/cli/*, examples/cni/*' \
	tools/lint/new.c '#include <json-c/json.h>'
breaks 'tools/apply/new.c:1: <microhttpd.h> belongs to tools/apply/http*' \
	tools/apply/new.c '#include <microhttpd.h>'

for start in fork vfork posix_spawn posix_spawnp execl execlp execle execv execvp execve execvpe \
	execveat fexecve popen system; do
	breaks "lib/rules/new.c:2: $start() belongs to lib/node/" \
		lib/rules/new.c '/* fork() */' "	return $start(path);"
done

status 1 'the small trees have faults' python3 "$layering" "${trees[@]}"
mapfile -t found <out
for i in "${!wanted[@]}"; do
	equal "found: ${wanted[i]#*/}" "${found[i]-}" "${wanted[i]}"
done
equal 'no other fault is found' ${#found[@]} ${#wanted[@]}

cd "$root" || exit
status 0 'the sources keep all rules' python3 "$layering" .
finish
