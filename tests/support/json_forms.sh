# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Checks of JSON against tools/schema, on top of lib.sh.
#
# Environment: IPMASQ_JSON_KEEP (a directory that gets each output as SCHEMA-N.json).

# shellcheck source=tests/support/lib.sh
declare -F make_work >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

python3 -c 'import jsonschema' 2>/dev/null ||
	skip "the Python module jsonschema (Debian: python3-jsonschema)"
forms=0
: >"$work/forms"

# form SCHEMA: the last command wrote an output that should be of it.
form()
{
	forms=$((forms + 1))
	cp "$work/out" "$work/form-$forms"
	printf '%s\t%s\n' "$1" "$work/form-$forms" >>"$work/forms"
	[ -z "${IPMASQ_JSON_KEEP-}" ] || cp "$work/out" "$IPMASQ_JSON_KEEP/$1-$self-$forms.json"
}

# judge_forms EXCEPT...: all outputs at once.
judge_forms()
{
	# shellcheck disable=SC2034 # for the checks
	what="$forms outputs"
	status 0 'are of their schemas, and of those of the last release' \
		python3 "$root/tests/support/json_forms.py" "$root/tools/schema" "$work/forms" "$@"
	note "$(tail -n 1 "$work/err")"
}
