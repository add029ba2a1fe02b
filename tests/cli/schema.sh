#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq.schema.json, for editors, has the keys of the table, each with the type that the tools take
# and the description of ipmasq.conf(5).
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
command -v python3 >/dev/null || skip "the program python3"

schema=$root/tools/ipmasq.schema.json
what='ipmasq.schema.json'
cp "$schema" out
# shellcheck disable=SC2016 # no variable
json 'it["additionalProperties"] is False and it["$schema"] == "http://json-schema.org/draft-07/schema#"'

sed -n 's/^	\[KEY_[A-Z0-9_]*\] = "\(.*\)",$/\1/p' "$root/lib/profile/keys.c" | sort >keys
python3 -IS -c 'import json, sys
print(*sorted(json.load(open(sys.argv[1]))["properties"]), sep="\n")' "$schema" | sort >properties
check 'there are keys' test "$(wc -l <keys)" -ge 10
same_file 'has the keys of the table' properties keys
check 'describes them as ipmasq.conf(5) does' \
	python3 -IS "$root/tests/support/schema.py" "$root/tools/ipmasq.conf.5" "$schema"

# Of each key, a value of every type: the schema takes it if and only if ipmasq-lint has no error.
python3 -IS - "$schema" <<'PYTHON' >rows
import json, sys
schema = json.load(open(sys.argv[1]))
values = {"array": "[]", "boolean": "true", "string": '"60s"', "integer": "7", "null": "null",
          "object": "{}", "number": "1.5"}
for key, value in schema["properties"].items():
    kind = value["allOf"][0]["$ref"].rsplit("/", 1)[1]
    types = schema["definitions"][kind]["type"]
    for name, text in values.items():
        print(key, 0 if name in types else 1, text)
PYTHON
check 'there are rows' test "$(wc -l <rows)" -ge 70
while read -r key wanted text; do
	echo "$key: $text" >value.yaml
	status "$wanted" "$key: $text is $([ "$wanted" = 0 ] && echo taken || echo refused)" \
		"$lint" --fail-on=error value.yaml
done <rows

# The README shows where it is installed.
# shellcheck disable=SC2016 # no variable
has 'the README has the modeline' \
	'^    # yaml-language-server: \$schema=/usr/local/share/libipmasq/ipmasq.schema.json$' "$root/README"

finish
