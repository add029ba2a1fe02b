#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the library and the tools say about the agent of a profile is in the table of profiles:
# each sentence about agents is one of the list below, beside the column that it comes from. A new
# sentence needs its line here, and with it a column. tests/unit/test_profile checks the columns.
set -u

# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
make_work
cd "$work" || exit 1

cat >claims <<'CLAIMS'
known_keys | the agent of the profile %s does not know %s and ignores it
known_keys | is similar, but the agent of this profile does not know it
known_keys | the profile's agent does not know the key
known_keys | The agent that --profile names would ignore the key, so it is ignored here too and has no effect.
any_case | Under profiles whose agents match keys without regard to case, which are all but default, this is a note.
masks_host_bits | the agent of the profile %s takes them as 0
masks_host_bits | Under the profile cilium, whose agent reads it so, it is a note.
values_key | no agent reads both, but here they are one configuration;
configmaps | ConfigMaps that no agent reads together are one configuration here
configmaps | With two ConfigMaps in a stream, of two clusters or of two different agents, the result is the configuration of none.
file_pattern | no file here has a name like %s, as the agent of the profile %s wants:
file_pattern | the agent does not read the data key "%s":
file_pattern | no data key of this ConfigMap is one that the agent reads:
file_pattern | the profile's agent does not read the files of a directory
file_pattern | the agent of the profile %s reads files with a name like %s only, not this one
file_pattern | The agent of the profile aks reads only the files ip-masq* of its directory.
file_pattern | a ConfigMap has no data key that the agent reads
merges | Under the profile aks, whose agent reads several, those are not a finding.
chain | the agent of the profile %s has no chain of iptables
chain | the agent of the profile %s has no chain of iptables, so there are no rules to write
chain | the agent of the profile %s has no chain of iptables, so there is nothing to apply or to check;
ipv6_off_is_error | the agent of profile %s refuses such a file;
ipv6_off_is_error | The agents of the profiles kubernetes, gke and aks refuse such a file;
switches_are_ored | its agent takes the switch as true.
list_default | no file gives nonMasqueradeCIDRs, and where there is a file, the agent of the profile starts from an empty list
list_default | the agent starts with its defaults.
cidr_limit | the agent of the profile %s refuses more than %llu%s
cidr_limit | the agents of the profiles %s refuse more than %d, and those of %s do without a higher cidrLimit
cidr_limit | the agents of other profiles refuse so long a list
cidr_limit | The agents of the profiles cce and aks refuse more than 64 entries of nonMasqueradeCIDRs, and those of kubernetes and gke do unless the file gives a higher cidrLimit.
null_interval_is_error | %s is null, which the agent of the profile %s refuses;
lenience | the agent of the profile %s takes this, and reads %s
lenience | The agents of the profiles cce, kubernetes, gke, aks and cilium read the first one and ignore what is after the ---.
lenience | The agents of the profiles cce, kubernetes and gke read it as an entry of their default list, which is hardly meant.
name | the agent whose defaults and keys apply:
known_keys | # That agent does not take this from here:
known_keys | the agent of profile %s has no key for sources, and packets from %s IPv%d sources (%zu CIDR%s) are never masqueraded here
known_keys | the agent of profile %s has no keys for what happens here
file_pattern | # That agent reads files of the name %s, and unites them.
cidr_limit | # That agent takes %llu entries without this.
cidr_limit | it takes %zu entries of nonMasqueradeCIDRs (%zu IPv4, %zu IPv6), and the agent of profile %s takes at most %llu
ipv6 | the agent of profile %s leaves IPv6 alone, and %s IPv6 destinations are masqueraded here:
ipv6 | convert for an agent that handles IPv6 (--ipv6=on), or leave IPv6 out on both sides (--ipv6=off)
CLAIMS

# These are about command lines, whose table is tools/cli/agent_flags.c, about what a conversion was
# proved to mean under the profile, or about what a DaemonSet or a namespace says for itself.
cat >others <<'OTHERS'
"%s" is a flag of the agent's command line, not a key, so it is ignored;
a flag of an agent's command line is written as a key
They belong in the args of the agent's container.
it concerns the log of that agent only
'%s' is a flag of another agent that changes no verdict;
'%s' is a flag of another agent;
print the shortest configuration that means the same for the agent of that profile
the agent of profile %s gives every %sdestination and source the same verdict.
what was written for the agent of profile %s does not mean the same there
An agent mounts a ConfigMap of its own namespace, which is usually kube-system.
Flags of an agent, such as --enable-ipv6 and --masq-chain, say how its configuration is read and applied.
a ConfigMap is in a namespace in which no agent sees it
a DaemonSet starts its agent otherwise than was assumed here
agent-flags
an agent sees only those of its own namespace, which is usually kube-system
the ConfigMap is in the namespace "%s", but the DaemonSet of the agent in "%.63s":
the agent is started with --%s=%.64s, but this was read without it
the volume gives the agent the data key "%s", which is looked for only beside this DaemonSet
OTHERS

# The sentences with the word, or with the name of a service, in the strings of the sources. Where a
# node is looked at or changed, only those that name a profile: "this agent" is ipmasq-apply there, and
# services are owners of rules.
cat >sentences.py <<'PYTHON'
import os, re, sys
COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRINGS = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
PART = re.compile(r'"((?:\\.|[^"\\\n])*)"')
ABOUT = re.compile(r"(?<![\w-])agents?\b|\b(Cilium|AKS|GKE|TKE|CCE)\b")
for top in sys.argv[1:]:
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            if not name.endswith((".c", ".h")):
                continue
            text = COMMENT.sub(" ", open(os.path.join(folder, name)).read())
            text = re.sub(r"(?m)^\s*#\s*include.*$", "", text)
            for match in STRINGS.finditer(text):
                whole = "".join(PART.findall(match.group(0)))
                whole = whole.replace("\\n", " ").replace('\\"', '"')
                for sentence in re.split(r"(?<=[.;:])\s+", whole):
                    node = re.search(r"/(lib/nat|lib/node|tools/apply)\b", folder)
                    if ABOUT.search(sentence) and ("profile" in sentence or not node):
                        print(sentence.strip(" ;"))
PYTHON
python3 sentences.py "$root/lib" "$root/tools" | sort -u >said
sed 's/^[^|]* | //' claims | cat - others | sed 's/[ ;]*$//' | sort -u >listed

what='the sentences about agents'
check 'are many' test "$(wc -l <said)" -ge 30
equal 'all come from the table' "$(comm -23 said listed)" ''
equal 'are all still said' "$(comm -13 said listed)" ''

# A column is a member of struct profile.
what='the columns'
sed 's/ |.*//' claims | sort -u | while read -r column; do
	grep -qE "[ *]$column;" "$root/lib/profile/profile.h" || echo "$column"
done >missing
equal 'are members of the table' "$(cat missing)" ''

finish
