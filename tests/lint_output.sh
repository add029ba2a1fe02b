#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What ipmasq-lint writes for code scanning services and for the logs of pipelines.
set -u

# shellcheck source=tests/cli.sh
. "${top_srcdir:-${srcdir:-.}}/tests/cli.sh"

cat >broken.yaml <<'YAML'
masqOutbound: true
nonMasqueradeCIDRs:
- 10.0.0.1/8 # ours
- "x%\r\ny/8"
YAML

# Other tools have no findings to hand over.
for other in "$explain" "$apply"; do
	usage "option '--output' takes text|json, not 'github'" "$other" -o github
	usage "option '--output' takes text|json, not 'sarif'" "$other" -o sarif
done

# -o github

run 0 "$lint" -o github /dev/null
out_is ''
run 1 "$lint" -o github broken.yaml
out_is '::warning file=broken.yaml,line=1,col=1,endColumn=13,title=key-case::the key is spelt masqOutBound; other agents do not know it like this; write instead: masqOutBound
::error file=broken.yaml,line=3,col=3,endColumn=13,title=host-bits::"10.0.0.1/8" has bits set after its prefix length; write instead: 10.0.0.0/8
::error file=broken.yaml,line=4,col=3,endColumn=14,title=bad-address::"x%25%0D%0Ay/8" does not start with an IPv4 or IPv6 address'
run 0 "$lint" --fail-on=never -o github broken.yaml
run 1 "$lint" -o github - <broken.yaml
out_has '::error file=<stdin>,line=3,col=3,'
run 1 "$lint" -o github missing
out_is '::error file=missing,title=not-found::there is no such file'

# Names: what separates properties is escaped, and the working directory is left out.
mkdir -p deep/er
cp broken.yaml 'deep/a,b: 100%.yaml'
ln -s ../broken.yaml deep/link.yaml
for name in 'deep/a,b: 100%.yaml' './/deep/./a,b: 100%.yaml' "$PWD/deep/a,b: 100%.yaml" \
	'deep/er/../a,b: 100%.yaml' "../$(basename "$PWD")/deep/a,b: 100%.yaml"; do
	run 1 "$lint" -o github "$name"
	out_has '::error file=deep/a%2Cb%3A 100%25.yaml,line=3,'
done
# A link is known by its own name.
run 1 "$lint" -o github "$PWD/deep/link.yaml"
out_has 'file=deep/link.yaml,line=3,'
cd deep || exit 1
run 1 "$lint" -o github ../broken.yaml
out_has "file=$(dirname "$(pwd -P)")/broken.yaml,line=3,"
cd ..

offers 'github' ipmasq-lint -o g

finish
