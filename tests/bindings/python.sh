#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Python package in examples/python: its structs are the compiler's, its tests pass, and its
# program says what the tools say.
set -u

# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"
# shellcheck source=tests/support/bindings.sh
. "$root/tests/support/bindings.sh"
command -v python3 >/dev/null || skip "the program python3"
need_variants nft legacy

export PYTHONPATH=$examples/python PYTHONDONTWRITEBYTECODE=1
cd "$work" || exit
what='the Python package'
status 0 'has the structs and functions of ipmasq.h' \
	python3 "$root/tests/bindings/python_abi.py" "$root/include/ipmasq.h" "$work"
sed 's/unsigned int column;/unsigned long column;/; s/ipmasq_diff_get(/&int more, /' \
	"$root/include/ipmasq.h" >changed.h
status 1 'differs from another header' \
	python3 "$root/tests/bindings/python_abi.py" "$work/changed.h" "$work"
check 'of which both differences are told' grep -q 'place.end_column.*' out
check 'and that of a function' grep -q 'ipmasq_diff_get has' out
status 0 'passes its tests' python3 "$root/tests/bindings/test_python.py" -v
note "$(grep '^Ran ' err)"

try_program "$examples/python/ipmasq-policy"

finish
