#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Manifests as repositories have them, for all three tools: what one reads, the others read, and what
# one refuses or names, the others do too.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cases=$root/tests/cli/lint-cases

# Helm values, as a file, on stdin, and in a directory.
mkdir values
cp "$cases/helm-values.yaml" values/values.yaml
run 0 "$explain" --profile cilium -c values/values.yaml 10.50.1.1
out_has '10.50.1.1: RETURN'
out_has '(values/values.yaml:6:9)'
run 0 "$explain" --profile cilium -c - 10.50.1.1 <values/values.yaml
run 0 "$explain" --profile cilium -c values 10.50.1.1
run 0 "$lint" --profile cilium values
out_has 'values/values.yaml:6:9: note:'
run 1 "$lint" values
run 3 "$explain" -c values 10.50.1.1
err_has 'values/values.yaml:6:9: error: "10.50.0.1/16" has bits set'
run 3 "$apply" --dry-run -c values
err_has 'values/values.yaml:6:9: error: "10.50.0.1/16" has bits set'
run 0 "$lint" --fix values
run 0 "$apply" --dry-run=ipv4 -c values
out_has '-d 10.50.0.0/16 '

# A data key that nobody reads: in a directory, in a stream, and by name.
mkdir key
cp "$cases/data-key.yaml" key/masq.yaml
{ cat key/masq.yaml; printf -- '---\n'; sed 's/ranges.yml/config/; s/name: ip/name: other-ip/' key/masq.yaml; } >stream.yaml
for arguments in key key/masq.yaml '- <key/masq.yaml' stream.yaml; do
	read -r -a words <<<"${arguments%% <*}"
	run 1 "$lint" -o json "${words[@]}" <key/masq.yaml
	json '[(f["code"], f["line"], f["column"]) for f in it if f["code"] != "pod-cidrs-missing"][0] == ("data-key", 7, 3)'
	out_has 'the agent does not read the data key \"ranges.yml\"'
done
for tool in explain apply; do
	words=("$explain" 10.50.1.1)
	[ $tool = explain ] || words=("$apply" --dry-run)
	run 3 "${words[@]}" -c key
	err_has 'key/masq.yaml:7:3: warning: the agent does not read the data key "ranges.yml"'
	err_has 'there is no configuration in these manifests'
	run 3 "${words[@]}" -c key/masq.yaml
	err_has 'key/masq.yaml:7:3: error: the agent does not read the data key "ranges.yml"'
	run 0 "${words[@]}" -c stream.yaml
	run 0 "${words[@]}" --key ranges.yml -c key
done

# Templates of others are none of our business; ours are, whatever they are written in.
mkdir others
cp "$cases/template-of-others.yaml" others/net.yaml
run 0 "$lint" -o json others
out_is '[]'
run 1 "$lint" -o json "$cases/placeholders.yaml"
json '[f["code"] for f in it] == ["template"]'
run 3 "$explain" -c "$cases/placeholders.yaml" 10.0.0.1
err_has 'placeholders.yaml:8:9: error: this is a template'

# What the agent would not read, the tools do not read, and say so.
run 1 "$lint" -o json "$cases/nested-manifest.yaml"
json '[f["code"] for f in it][0] == "nested-manifest"'
run 0 "$explain" -c "$cases/nested-manifest.yaml" 10.50.1.1
err_has 'the value is a whole manifest'
out_has 'built-in default'
run 1 "$lint" "$cases/opposite-hint.yaml"
out_has 'the nearest known key is masqueradeCIDRs [unknown-key]'
run 1 "$lint" "$cases/several-entries.yaml"
out_has '  write instead:
    - 10.50.0.0/16
    - 10.60.0.0/16'

finish
