#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The plugin for kubectl, through kubectl itself, against a small API server on the loopback address
# (tests/support/cluster.py). What is executed in a pod runs here, in a network namespace whose rules
# are those of a node, so the answers are real. KUBECTL: another kubectl than that in the path.
set -u
# shellcheck disable=SC2034 # for cli.sh
own_network=yes
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

kubectl=$(command -v "${KUBECTL:-kubectl}") || skip "no kubectl (on Debian: kubernetes-client)"
[ -n "${IPMASQ_INSIDE-}" ] || skip "no network namespaces"
command -v iptables-nft >/dev/null || skip "no iptables-nft"
ip link set lo up
mkdir bin volume home tmp
ln -s "$kubectl" bin/kubectl
cp "$root/tools/kubectl/kubectl_complete-ipmasq" bin/
export HOME=$work/home TMPDIR=$work/tmp PATH=$work/bin:$tools:$PATH
export KUBECONFIG=$work/kubeconfig
unset KUBERNETES_MASTER http_proxy https_proxy HTTP_PROXY HTTPS_PROXY

# In this process group, and it ends with its input.
sed "s,@VOLUME@,$work/volume/ip-masq-agent," "$root/tests/kubectl/cluster.json" >cluster.json
exec {server}> >(exec python3 "$root/tests/support/cluster.py" cluster.json port \
	"$(readlink -f "$kubectl")" requests 2>server.err)
for ((i = 0; i < 600; i++)); do
	[ ! -e port ] || break
	sleep 0.05
done
[ -e port ] || fatal "the server does not start: $(cat server.err)"
cat >kubeconfig <<YAML
apiVersion: v1
kind: Config
current-context: lab
clusters:
- {name: lab, cluster: {server: "http://127.0.0.1:$(cat port)"}}
- {name: gone, cluster: {server: "http://127.0.0.1:9"}}
users: [{name: tester, user: {}}]
contexts:
- {name: lab, context: {cluster: lab, user: tester}}
- {name: gone, context: {cluster: gone, user: tester}}
- {name: shop, context: {cluster: lab, user: tester, namespace: shop}}
YAML

# plugin WANTED WORD...: kubectl ipmasq WORD...
plugin()
{
	run "$1" kubectl ipmasq "${@:2}"
}

# asked TEXT PATTERN: kubectl has sent such a request.
asked()
{
	has "$1" "$2" requests
}

explains()
{
	plugin 0 explain web 10.20.1.2
	out_has '10.20.1.2: MASQUERADE'
	out_has 'ip-masq.yaml:'
	out_has '-A POD-MASQ -d 10.20.0.0/16'
	err_has 'default/web: 10.244.1.7 on node worker-1'
	err_has 'kube-system/ip-masq: profile default, ConfigMap ip-masq-agent'
	plugin 0 explain pod/web fd00::1
	out_has 'fd00::1: RETURN'
	err_has 'default/web: fd00:244:1::7'
	plugin 0 explain -n shop cart 10.20.1.2
	out_has '10.20.1.2: RETURN'
	out_has 'nonMasqueradeSrcCIDRs'
	plugin 0 explain --context=shop cart 10.20.1.2 10.0.0.1 -o json
	json 'len(it) == 2 and it[0]["origin"] == "nonMasqueradeSrcCIDRs"'
	err_is_empty
	plugin 0 explain --context shop 10.244.1.7 10.20.1.2
	out_has 'MASQUERADE'
	plugin 0 explain -q web 10.20.1.2
	out_is ''
	err_is_empty
	plugin 1 explain web -q 10.1.1.1
	plugin 0 explain web 10.20.0.0/15
	out_has 'parts, with different verdicts'
	plugin 0 explain exporter 10.20.0.1
	err_has 'in the network of its node'
}

# The flags and ConfigMaps of other agents, and what stands for one that is not there.
explains_others()
{
	plugin 0 explain --agent-namespace=gke web 100.64.0.1
	err_has 'no ConfigMap ip-masq-agent: the defaults of the agent apply'
	err_has 'gke/ip-masq-agent: profile gke'
	out_has '100.64.0.1: RETURN'
	out_has '-A IP-MASQ '
	plugin 0 explain --agent-namespace=gke --profile=kubernetes --agent=ip-masq-agent web 10.0.0.1
	err_has 'profile kubernetes'
	plugin 0 explain --agent-namespace=aks web 10.60.1.1
	err_has 'profile aks, ConfigMap azure-ip-masq-agent-config, azure-ip-masq-agent-config-reconciled'
	out_has '10.60.1.1: RETURN'
	plugin 0 explain --agent-namespace=aks web 2001:db8::1
	plugin 3 explain --agent-namespace=broken web 10.0.0.1
	err_has 'tke-ip-masq.yaml:'
	err_has '[host-bits]'
	plugin 0 explain --agent-namespace=two --agent=ip-masq web 10.0.0.1
	err_has 'profile cce'
}

lints()
{
	plugin 0 lint --fail-on=error
	plugin 1 lint --agent-namespace=broken
	out_has '"10.0.0.1/8" has bits set after its prefix length'
	err_has 'profile tke'
	plugin 1 lint --agent-namespace=broken -o json
	json 'any(each["code"] == "host-bits" for each in it)'
	plugin 1 lint --pod-cidr 172.16.0.0/16 --service-cidr=10.96.0.0/12
	out_has 'pod range 172.16.0.0/16'
	printf 'nonMasqueradeCIDRs: []\n' >"it's old.yaml"
	plugin 1 lint --fail-on=note --baseline "it's old.yaml"
	out_has '10.0.0.0/8'
	plugin 0 lint --agent-namespace=aks --fail-on=error
}

# A node is this namespace: the rules are ours, then another one comes before them.
asks_node()
{
	cat >volume/ip-masq-agent <<-YAML
		nonMasqueradeSrcCIDRs: [10.244.9.0/24]
		masqueradeCIDRs: [10.20.0.0/16]
		nonMasqueradeCIDRs: [10.0.0.0/8, 'fd00::/8']
	YAML
	status 0 'the rules are in force' "$apply" --backend=nft --chain=POD-MASQ \
		-c volume/ip-masq-agent
	: >requests
	plugin 0 node worker-1 10.20.1.2 --source web
	out_has '10.20.1.2 from 10.244.1.7: MASQUERADE'
	err_has 'default/web: 10.244.1.7'
	asked 'the container of the agent is asked' \
		'^(POST|GET) .*/pods/ip-masq-aaaaa/exec\?.*command=--chain=POD-MASQ&.*&container=ip-masq&'
	iptables-nft -t nat -I POSTROUTING -d 10.20.0.0/16 -j RETURN
	plugin 1 node worker-1 10.20.1.2 --source=10.244.1.7
	out_has '10.20.1.2 from 10.244.1.7: RETURN'
	err_has 'kube-system/ip-masq'
	plugin 2 node worker-1 10.20.1.2 -q
	err_has "node has no option '--quiet'; it is for explain"
	plugin 1 node worker-1 10.20.1.2 --source web -o json
	json 'it[0]["agrees"] is False and it[0]["source"] == "10.244.1.7"'
	plugin 2 node worker-2 10.20.1.2 --source web
	err_has "pod web runs on node worker-1: write 'kubectl ipmasq node worker-1 ...'"
	plugin 4 node worker-2 10.20.1.2
	err_has 'no running pod on node worker-2 (ip-masq-bbbbb is Pending): write --image=IMAGE'
	plugin 4 node worker-9 10.20.1.2
	err_has 'nodes "worker-9" not found'
	plugin 4 node worker-1 10.20.1.2 --agent-namespace=gke
	err_has 'does not run ipmasq-apply, so its pods cannot answer: write --image=IMAGE'
	mv volume/ip-masq-agent volume/elsewhere
	plugin 3 node worker-1 10.20.1.2
	mv volume/elsewhere volume/ip-masq-agent
	iptables-nft -t nat -D POSTROUTING 1
}

# A pod made for the question. It is gone afterwards.
asks_new_pod()
{
	: >requests
	: >requests.pods
	plugin 0 node worker-2 10.20.1.2 --source 10.244.1.7 --image=registry.example/ipmasq:1
	out_has '10.20.1.2 from 10.244.1.7: MASQUERADE'
	asked 'it is deleted' '^DELETE .*/namespaces/kube-system/pods/ipmasq-explain-x7k2p'
	head -n 1 requests.pods >out
	json 'it["spec"]["nodeName"] == "worker-2" and it["spec"]["hostNetwork"]'
	json 'it["spec"]["containers"][0]["image"] == "registry.example/ipmasq:1"'
	json '"--source=10.244.1.7" in it["spec"]["containers"][0]["command"]'
	json 'it["spec"]["volumes"][0]["projected"]["sources"] == [{"configMap": {"name":
		"ip-masq-agent", "optional": True, "items": [{"key": "config", "path": "ip-masq-agent"}]}}]'
	json "it['spec']['containers'][0]['volumeMounts'][0]['mountPath'] == '$work/volume'"
	iptables-nft -t nat -I POSTROUTING -d 10.20.0.0/16 -j RETURN
	plugin 1 node worker-2 10.20.1.2 --image=registry.example/ipmasq:1
	iptables-nft -t nat -D POSTROUTING 1
	plugin 4 node worker-2 10.20.1.2 --image=nowhere.example/ipmasq:1
	err_has 'cannot run nowhere.example/ipmasq:1 on node worker-2: ErrImagePull'
	equal 'no pod is left' "$(kubectl -n kube-system get pods -o name | grep -c ipmasq-explain)" 0
	rm requests.pods
	# Nothing is mounted on this machine.
	plugin 3 node worker-1 10.60.0.1 --agent-namespace=aks --image=registry.example/ipmasq:1
	cat requests.pods >out
	json '{"--config=/etc/config", "--profile=aks"} <= set(it["spec"]["containers"][0]["command"])'
	json 'len(it["spec"]["volumes"][0]["projected"]["sources"]) == 2'
}

refuses()
{
	plugin 2 explain web
	err_has 'explain takes POD|IP and DESTINATION'
	err_has "Try 'kubectl ipmasq --help'"
	plugin 2 node worker-1
	plugin 2 lint web
	plugin 2
	err_has 'write explain, lint or node'
	plugin 2 check
	plugin 2 explain --nonsense web 10.0.0.1
	err_has "unknown option '--nonsense'"
	plugin 2 explain web 10.0.0.1 --source x
	err_has "explain has no option '--source'; it is for node"
	plugin 2 lint --image=x
	plugin 2 explain web 10.0.0.1 -o
	plugin 2 explain web 10.0.0.1 --namespace=
	plugin 2 lint --quiet=yes
	plugin 2 explain web 10.0.0.1 -o sarif
	plugin 4 explain nobody 10.0.0.1
	err_has 'cannot read pod nobody: '
	err_has 'pods "nobody" not found'
	plugin 4 explain "no'body\$(touch hit)" 10.0.0.1
	check 'no word is a command' test ! -e hit
	plugin 4 explain queued 10.0.0.1
	err_has 'pod default/queued (Pending) has no IPv4 address: it has to run'
	plugin 4 explain -n shop cart fd00::1
	err_has 'pod shop/cart (Running) has no IPv6 address'
	plugin 4 explain web 10.0.0.1 --agent-namespace=nowhere
	err_has 'no DaemonSet in namespace nowhere runs an ip-masq agent: name its namespace with'
	plugin 4 explain web 10.0.0.1 --agent-namespace=two
	err_has 'name one with --agent; there is cce-ip-masq-agent, ip-masq'
	plugin 4 explain web 10.0.0.1 --agent=kube-proxy
	err_has 'no DaemonSet kube-proxy in namespace kube-system runs an ip-masq agent; there is ip-masq'
	plugin 4 lint --context=gone
	err_has 'cannot list the DaemonSets of namespace kube-system: '
	plugin 4 lint --kubeconfig=/nonexistent
	sed -i 's/"denied": \[\]/"denied": ["daemonsets"]/' cluster.json
	plugin 4 lint
	err_has 'daemonsets is forbidden'
	sed -i 's/"denied": \["daemonsets"\]/"denied": []/' cluster.json
	mkdir -p few && ln -sf "$(command -v dash)" "$(command -v sed)" "$(command -v mktemp)" "$(command -v rm)" \
		few/
	ln -sf "$kubectl" few/kubectl
	status 4 'without the tools it says so' env PATH="$work/few" dash "$build/tools/kubectl-ipmasq" lint
	err_has 'ipmasq-lint is not installed on this machine'
}

# What kubectl 1.26 and later would offer.
completes()
{
	offers_word 'explain lint node :4' ''
	offers_word 'exporter queued web :4' explain ''
	offers_word 'cart :4' explain --namespace=shop ''
	offers_word 'worker-1 worker-2 :4' node wor
	offers_word ':4' node worker-1 ''
	offers_word 'aks :4' lint --profile a
	offers_word 'json junit :4' lint -o j
	offers_word '--pod-cidr= --profile= :6' lint --p
	offers_word ':0' lint --baseline ''
	offers_word '--output=json --output=junit :4' lint --output=j
	offers_word '--source=web :4' node worker-1 10.0.0.1 --source=w
	offers_word ':0' lint --baseline=''
}

# offers_word WORDS WORD...: just these, for the last word.
offers_word()
{
	what="completion of kubectl ipmasq ${*:2}"
	kubectl_complete-ipmasq "${@:2}" 2>err | sort | paste -sd ' ' >out
	equal 'offers' "$(tr ' ' '\n' <out | sort | paste -sd ' ')" \
		"$(tr ' ' '\n' <<<"$1" | sort | paste -sd ' ')"
}

for shell in dash 'busybox sh'; do
	command -v "${shell%% *}" >/dev/null || {
		skip_part "no $shell here"
		continue
	}
	note "$shell"
	# shellcheck disable=SC2086 # it is two words
	printf '#!/bin/sh\nexec %s %q "$@"\n' "$shell" "$build/tools/kubectl-ipmasq" >bin/kubectl-ipmasq
	chmod +x bin/kubectl-ipmasq
	explains
	explains_others
	lints
	asks_node
	asks_new_pod
	refuses
done
what=
completes
equal 'no file is left behind' "$(ls -A "$TMPDIR")" ''
exec {server}>&-
finish
