#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-lint in directories as repositories have them: which files it looks at, --exclude,
# --require, and the summary.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# said TEXT: the run has said just this on stderr.
said()
{
	equal 'says on stderr' "$(cat err)" "$1"
}

printf 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]\n' >good.yaml
bad='nonMasqueradeCIDRs: [10.50.0.1/16]'
mkdir -p repo/base repo/charts/masq repo/docs
for name in config ip-masq-agent ip-masq base/config base/ip-masq-agent-config charts/masq/config.yaml \
	docs/example.yaml config.txt config.bak ip-masq.md configs base/CONFIG; do
	printf '%s\n' "$bad" >"repo/$name"
done
printf 'masqLinkLoca: true\n' >repo/docs/config
printf 'name: other\n' >repo/docs/ip-masq-notes

# found FILE...: the files with findings, in this order.
found()
{
	json "[f['file'] for f in it] == '$*'.split()"
}

run 1 "$lint" -o json repo
found repo/base/config repo/base/ip-masq-agent-config repo/charts/masq/config.yaml repo/config \
	repo/docs/example.yaml repo/ip-masq repo/ip-masq-agent
err_is_empty
run 1 "$lint" -o json --exclude charts --exclude 'ip-masq*' repo
found repo/base/config repo/config repo/docs/example.yaml
run 1 "$lint" -o json --exclude charts/ --exclude=base/config --exclude './docs/*' repo/
found repo/base/ip-masq-agent-config repo/config repo/ip-masq repo/ip-masq-agent
run 1 "$lint" -o json --exclude '*/masq' --exclude 'example.*' repo
found repo/base/config repo/base/ip-masq-agent-config repo/config repo/ip-masq repo/ip-masq-agent
# Neither what is named nor the directory itself is left out.
run 1 "$lint" -o json --exclude config --exclude base repo/base repo/config
found repo/base/ip-masq-agent-config repo/config
run 0 "$lint" --exclude '*' repo
out_is ''
usage "option '--exclude' takes GLOB" "$lint" --exclude

# UTF-16, as some editors write it, is not passed over in silence where it may be ours.
mkdir wide
for encoding in UTF-16 UTF-16LE UTF-16BE UTF-32; do
	iconv -t "$encoding" good.yaml >"wide/$encoding.yaml"
	printf 'name: other\n' | iconv -t "$encoding" >"wide/other-$encoding.yaml"
done
run 1 "$lint" -o json wide
json '[(f["file"], f["code"], f["line"]) for f in it] == [("wide/UTF-16.yaml", "encoding", 1), ("wide/UTF-16BE.yaml", "encoding", 1), ("wide/UTF-16LE.yaml", "encoding", 1)]'
json 'all("UTF-16" in f["message"] for f in it)'
run 1 "$lint" wide/UTF-32.yaml
out_has 'the text is UTF-32; save it as UTF-8'

# The summary counts what was looked at. It disturbs nobody who did not ask.
run 0 "$lint" good.yaml
err_is_empty
run 0 "$lint" -v good.yaml
out_is ''
said 'ipmasq-lint: 1 configuration in 1 file'
run 0 "$lint" --verbose good.yaml - <<<'masqOutBound: true'
said 'ipmasq-lint: 2 configurations in 2 files'
cat >two.yaml <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: ip-masq-agent, namespace: kube-system}
data: {config: "masqLinkLocal: true", ip-masq-agent: "masqLinkLocal: false"}
YAML
run 0 "$lint" -v -o json two.yaml good.yaml
out_is '[]'
said 'ipmasq-lint: 3 configurations in 2 files'
run 0 "$lint" -v -c good.yaml -c good.yaml
said 'ipmasq-lint: 1 configuration in 2 files'
run 1 "$lint" --fix --dry-run -v repo/config
said 'ipmasq-lint: 1 configuration in 1 file'
run 0 on_terminal "$lint" good.yaml
out_has 'ipmasq-lint: 1 configuration in 1 file'

# --require is for pipelines, where nothing found is as quiet as nothing looked at.
run 0 "$lint" --require good.yaml
said 'ipmasq-lint: 1 configuration in 1 file'
run 0 "$lint" --require=3 two.yaml good.yaml
run 1 "$lint" --require=4 two.yaml good.yaml
out_is ''
err_has 'ipmasq-lint: 3 configurations in 2 files'
err_has '--require asks for at least 4'
mkdir empty
printf 'name: other\n' >empty/values.yaml
run 0 "$lint" empty
run 1 "$lint" --fail-on=never --require empty
err_has '0 configurations in 1 file'
for wrong in 0 -1 x 1x '' 99999999999999999999; do
	usage "option '--require' takes a number of 1 or more, not '$wrong'" "$lint" "--require=$wrong" good.yaml
done
offers '--require ' ipmasq-lint --req

finish
