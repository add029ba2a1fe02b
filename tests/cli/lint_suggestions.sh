#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a finding says to write instead can be written there as it is: each suggestion is applied to
# the text at the finding's place, and then that finding is gone and no other has come.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Every configuration of the tests, the examples of the checks, and the kinds of places: plain and
# quoted, in lists of lines and in brackets, in each kind of scalar of a manifest.
"$lint" --list-checks -o json >checks.json
python3 - "$lint" "$root" >out 2>err <<'PYTHON'
import glob, json, os, re, subprocess, sys

lint, root = sys.argv[1:]
texts = []
for path in sorted(glob.glob(root + "/tests/cli/lint-cases/*.yaml") +
                   glob.glob(root + "/tests/cli/lint-cases/*.json") +
                   glob.glob(root + "/tests/cases/*/config*")):
    if os.path.isfile(path):
        data = open(path, "rb").read()
        texts.append((os.path.relpath(path, root), data))
for check in json.load(open("checks.json")):
    bad = re.fullmatch(r".*\n\nBad:\n\n(.*)\nFixed:\n\n.*", check["help"], re.S).group(1)
    texts.append((check["code"], re.sub(r"(?m)^    ", "", bad).encode()))

items = ["10.0.0.1/8", "10.0.0.1", " 10.0.0.0/8", "10.0.0.0/08", "010.0.0.0/8", "fd00::1/8", "::1/8",
         "10.0.0.0/255.0.0.0", "::ffff:10.0.0.0/104", "10.1/16", "FD00::1/8", "fe80::%1/10",
         "10.0.0.0/8, 10.1.0.1/16", "10.0.0.0/8 10.1.0.0/16;::1/8", "10.0.0.0/8,\t10.1.0.1",
         "::/8 ::1", "10.0.0.0/8 - 10.1.0.0/16"]
lists = ["nonMasqueradeCIDRs:\n  - %s\n  - 192.168.0.0/16\n", "nonMasqueradeCIDRs: [192.168.0.0/16, %s]\n",
         "nonMasqueradeCIDRs: [\n  %s,\n  192.168.0.0/16\n]\n", "nonMasqueradeCIDRs:\n-   %s  # why\n",
         "nonMasqueradeCIDRs: %s\n", "nonMasqueradeCIDRs: [&a %s]\nmasqueradeCIDRs: [*a]\n",
         "nonMasqueradeCIDRs: [!!str %s]\n", "nonMasqueradeCIDRs:\n- >-\n  %s\n"]
quotes = ["%s", '"%s"', "'%s'"]
plain = [form % (quote % item) for form in lists for quote in quotes for item in items]
# A line of a list that has lost its dash, and quotes that end in another line.
plain += ["nonMasqueradeCIDRs:\n  - 10.0.0.0/8\n    10.1.0.0/16\n",
          'nonMasqueradeCIDRs:\n  - "10.0.0.1/8\\\n    "\n', "MasqLinkLocal: \"yes\"\n",
          "'MasqLinkLocal': 'no'\n", "resyncInterval: 60\n", "resyncInterval: \"60\"\n",
          "cidrLimit: \"5\"\n", "cidrLimit: '5'\n", "? MASQOUTBOUND\n: \"on\"\n",
          "masqLinkLocal: &x 'yes'\nmasqOutBound: *x\n"]
plain += [json.dumps({"nonMasqueradeCIDRs": ["192.168.0.0/16", item], "resyncInterval": 60,
                      "MasqLinkLocal": "true"}, indent=indent) for item in items for indent in (None, 1)]
plain += ["{nonMasqueradeCIDRs: ['10.0.0.0/8']}", "{'masqLinkLocal': true}"]

head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ip-masq-agent, namespace: kube-system}\ndata:\n"
def indented(text, by):
    return "".join(" " * by + line for line in text.splitlines(True))
def single(text):
    return text.replace("'", "''")
wraps = [("plain", lambda text: text), ("crlf", lambda text: text.replace("\n", "\r\n")),
         ("literal", lambda text: head + "  config: |\n" + indented(text, 4)),
         ("folded", lambda text: head + "  config: >\n" + indented(text, 4)),
         ("double", lambda text: head + "  config: " + json.dumps(text, ensure_ascii=False) + "\n"),
         ("json", lambda text: json.dumps({"kind": "ConfigMap", "apiVersion": "v1",
                                           "metadata": {"name": "ip-masq-agent"},
                                           "data": {"config": text}})),
         ("single", lambda text: head + "  config: '" + single(text.rstrip("\n")) + "'\n")]
for number, text in enumerate(plain):
    for name, wrap in wraps:
        if name == "single" and "\n" in text.rstrip("\n"):
            continue
        texts.append(("%s %d" % (name, number), wrap(text).encode()))

def findings(names, options):
    if not names:
        return {}
    result = subprocess.run([lint, "-o", "json"] + options + ["--fail-on=never"] + names,
                            capture_output=True, text=True)
    assert result.returncode == 0, (result.returncode, result.stderr, options)
    found = {name: [] for name in names}
    for finding in json.loads(result.stdout):
        found[finding["file"]].append(finding)
    return found

def key(finding):
    return finding["code"]

groups = {}
for number, (name, data) in enumerate(texts):
    options = re.match(rb"# ipmasq-lint (.*)\n", data)
    profile = re.match(rb"# profile: (\w+)\r?\n", data)
    words = options.group(1).decode().split() if options else []
    words += ["--profile", profile.group(1).decode()] if profile else []
    file = "text.%d" % number
    open(file, "wb").write(data)
    groups.setdefault(tuple(word for word in words if word != "-"), []).append((file, name, data))

applied = 0
for options, members in groups.items():
    before = findings([file for file, _, _ in members], list(options))
    changed = []
    for file, name, data in members:
        for index, finding in enumerate(before[file]):
            if finding["suggestion"] is None or finding["line"] is None:
                continue
            bom = data.startswith(b"\xef\xbb\xbf")
            lines = data[3 if bom else 0:].decode("utf-8").splitlines(True)
            line = lines[finding["line"] - 1]
            lines[finding["line"] - 1] = (line[:finding["column"] - 1] + finding["suggestion"] +
                                          line[finding["endColumn"] - 1:])
            new = "%s.%d" % (file, index)
            open(new, "wb").write((b"\xef\xbb\xbf" if bom else b"") + "".join(lines).encode())
            changed.append((new, file, name, finding))
    after = findings([new for new, _, _, _ in changed], list(options))
    applied += len(changed)
    for new, file, name, finding in changed:
        old = [key(it) for it in before[file]]
        now = [key(it) for it in after[new]]
        # A value that is used twice may be what two findings are about.
        same = sum((it["line"], it["column"], it["code"]) ==
                   (finding["line"], finding["column"], finding["code"]) for it in before[file])
        where = "%s: %s %d:%d, write %r" % (name, finding["code"], finding["line"], finding["column"],
                                            finding["suggestion"])
        # Only one error of JSON's syntax is found at a time.
        if finding["code"] == "syntax":
            if any(it["code"] == "syntax" and (it["line"], it["column"]) <=
                   (finding["line"], finding["column"]) for it in after[new]):
                print("%s: is still found" % where)
            continue
        if now.count(finding["code"]) > old.count(finding["code"]) - same:
            print("%s: is still found: %s" % (where, open(new).read()))
        # What a configuration means is looked at only when it has no error.
        rejected = any(it["severity"] == "error" for it in before[file])
        for it in after[new]:
            if now.count(it["code"]) > old.count(it["code"]) and (
                    it["severity"] == "error" or not rejected):
                print("%s: brings %s: %s" % (where, it["code"], open(new).read()))
print(applied, file=open("applied", "w"))
PYTHON
what='the suggestions'
out_is ''
err_is_empty
check "are many: $(cat applied)" test "$(cat applied)" -ge 1500

finish
