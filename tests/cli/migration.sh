#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 50: the steps of examples/kubernetes/MIGRATION work as they stand there, for every agent in its
# table, with a stand-in for kubectl. The tools refuse each flag of its other table, and say what
# that table says.
set -u

# A defect must not reach this machine's own nat table.
# shellcheck disable=SC2034 # for cli.sh
own_network=yes
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
page=$examples/kubernetes/MIGRATION
export PATH="$work/bin:$tools:$PATH" XTABLES_LOCKFILE=$work/lock

# A cluster: NAME.yaml is a ConfigMap, as kubectl prints it.
mkdir bin cluster page
ln -s "$examples" page/examples
# configmap NAME KEY CIDR
configmap()
{
	cat >"$CLUSTER/$1.yaml" <<-YAML
		apiVersion: v1
		kind: ConfigMap
		metadata:
		  name: $1
		  namespace: kube-system
		data:
		  $2: |
		    nonMasqueradeCIDRs:
		    - $3
	YAML
}
cat >bin/kubectl <<'KUBECTL'
#!/bin/bash
# As kubectl: one object that is named is printed as it is, several as a list. With
# --ignore-not-found, a missing one is no error.
names=()
ignore=
case $* in
'-n kube-system get configmap '*)
	for word in "${@:4}"; do
		case $word in
		configmap | -o | yaml) ;;
		--ignore-not-found) ignore=yes ;;
		-*) echo "kubectl: unknown option $word" >&2; exit 1 ;;
		*) names+=("$word") ;;
		esac
	done
	if [ ${#names[@]} = 1 ]; then
		[ ! -e "$CLUSTER/${names[0]}.yaml" ] || exec cat "$CLUSTER/${names[0]}.yaml"
		[ -n "$ignore" ] || exit 1
		exit 0
	fi
	printf 'apiVersion: v1\nitems:\n'
	for name in "${names[@]}"; do
		[ ! -e "$CLUSTER/$name.yaml" ] || sed '1s/^/- /; 1!s/^/  /' "$CLUSTER/$name.yaml"
	done
	printf 'kind: List\nmetadata:\n  resourceVersion: ""\n'
	;;
'-n kube-system get daemonset '*' -o yaml' | '-n kube-system delete daemonset '*)
	[ "$5" = "$DAEMONSET" ]
	;;
'apply -k '*)
	[ $# = 3 ] && cat "$3/kustomization.yaml"
	;;
*)
	echo "kubectl: not expected: $*" >&2
	exit 1
	;;
esac
KUBECTL
chmod +x bin/kubectl
export CLUSTER=$work/cluster DAEMONSET
cd page || exit

# step NUMBER NAMES PROFILE: prints the commands of that step, one per line.
step()
{
	awk -v number="$1." '/^[0-9]+\. / { at = $1 } /^[A-Z]/ { at = "" } at == number && /^       [a-z]/' \
		"$page" | sed "s/^ *//; s/\<NAME\>/$2/; s/\<PROFILE\>/$3/; s/\<AGENT\>/$DAEMONSET/"
}

# steps PROFILE NAMES CIDR...: follows the steps. The ranges are those that keep the pod's address.
# None: there is no ConfigMap, so `-c config.yaml' is left out.
steps()
{
	local profile=$1 names=$2 cidr leave='s/ -c config\.yaml//'

	[ $# = 2 ] || leave=

	DAEMONSET=ip-masq-agent
	[ "$profile" != aks ] || DAEMONSET=azure-ip-masq-agent
	step 1 "$names" "$profile" >"$work/commands"
	equal "$profile: step 1 has three commands" "$(wc -l <"$work/commands")" 3
	check "$profile: the ConfigMap is read" bash -ec "$(sed -n 1p "$work/commands")"
	[ -n "$leave" ] ||
		status 0 "$profile: it has no finding" bash -ec "$(sed -n 2p "$work/commands")"
	status 0 "$profile: it is explained" bash -ec "$(sed -n "3{$leave;p}" "$work/commands")"
	[ -z "$leave" ] || has "$profile: as the defaults" 'built-in default of profile' "$work/out"
	for cidr in "${@:3}"; do
		has "$profile: its ranges are read: $cidr" "^$cidr +RETURN +nonMasqueradeCIDRs" "$work/out"
	done
	status 0 "$profile: the DaemonSet is looked up" bash -ec "$(step 2 "$names" "$profile")"
	if [ -n "${IPMASQ_INSIDE-}" ] && command -v iptables >/dev/null; then
		status 1 "$profile: the node differs" \
			bash -ec "$(step 3 "$names" "$profile" | sed "$leave")"
		has "$profile: drift" '^ipv4: drift' "$work/out"
	else
		skip_part "step 3: no network of our own, or no iptables"
	fi
	status 0 "$profile: the other agent is stopped" bash -ec "$(step 4 "$names" "$profile")"
	status 0 "$profile: ours is started" bash -ec "$(step 5 "$names" "$profile")"
	has "$profile: the overlay has the profile" "^ +value: --profile=$profile\$" "$work/out"
}

# The table of agents: the row of each overlay names its ConfigMap and key.
configmap cce-ip-masq-agent config 10.1.0.0/16
configmap ip-masq-agent config 10.2.0.0/16
configmap ip-masq-agent-config config 10.3.0.0/16
configmap azure-ip-masq-agent-config ip-masq-agent 10.4.0.0/16
configmap azure-ip-masq-agent-config-reconciled ip-masq-agent-reconciled 10.5.0.0/16
agents=0
while read -r profile name key; do
	agents=$((agents + 1))
	case $profile in
	aks)
		both='azure-ip-masq-agent-config azure-ip-masq-agent-config-reconciled'
		steps aks "$both" 10.4.0.0/16 10.5.0.0/16
		mv "$CLUSTER/azure-ip-masq-agent-config.yaml" ..
		steps aks "$both" 10.5.0.0/16
		mv "$CLUSTER/azure-ip-masq-agent-config-reconciled.yaml" ..
		steps aks "$both"
		;;
	*)
		has "$profile: the key" "^  $key: " "$CLUSTER/$name.yaml"
		steps "$profile" "$name" "$(sed -n 's/^ *- //p' "$CLUSTER/$name.yaml")"
		mv "$CLUSTER/$name.yaml" ..
		steps "$profile" "$name"
		mv "../$name.yaml" "$CLUSTER"
		;;
	esac
done < <(sed -nE 's/^    [A-Za-z]+ +(DaemonSet|add-on) +from-([a-z]+) +([a-z-]+)(, ([a-z-]+))?.*/\2 \3 \5/p' "$page")
equal 'all agents of the table' "$agents" 5

# The table of flags.
flags=0
while read -r flag ours; do
	flags=$((flags + 1))
	case $ours in
	nothing) advice="leave it out" ;;
	*) advice="write instead" ;;
	esac
	[ "$flag" != "$ours" ] || continue
	usage "$advice" "$apply" --watch "$flag" --listen=9796
	case $ours in
	--*)
		err_has "instead: $ours"
		run 0 "$apply" --dry-run "$ours" -c /dev/null
		;;
	resyncInterval*)
		err_has "$ours"
		echo "$ours" >interval
		run 0 "$apply" --dry-run -c interval
		;;
	esac
	# The others have no options that concern the rules alone.
	case $flag in
	--random-fully*) advice="leave it out" ;;
	esac
	usage "$advice" "$explain" "$flag" 10.0.0.1
	usage "$advice" "$lint" config "$flag"
done < <(sed -nE 's/^    (--[a-z_0-9=\/-]+|--masq-chain=NAME) +(--[A-Za-z0-9=-]+|nothing|resyncInterval: 30s)$/\1 \2/p' "$page")
equal 'all flags of the table' "$flags" 13

# Other ways to write them.
usage "write instead: --chain=IP-MASQ" "$apply" --masq-chain IP-MASQ
usage "write instead: --chain=IP-MASQ" "$apply" -masq-chain=IP-MASQ
usage "write instead: --chain=VALUE" "$apply" --masq-chain --watch
usage "write instead: --ipv6=on" "$lint" x y -enable-ipv6 z
usage "write instead: --ipv6=off" "$explain" --enable-ipv6=F 10.0.0.1
usage "write instead: --random-fully=auto" "$apply" --random-fully --watch
usage "write instead: --random-fully=off" "$apply" --masq-random-fully=0
usage "write instead: --nomasq-all-reserved-ranges" "$apply" -nomasq-all-reserved-ranges=true
usage "resyncInterval: 60s" "$apply" --resync-interval
usage "leave it out" "$apply" -v=2
usage "leave it out" "$explain" --to-ports=1-2 10.0.0.1
usage "unknown option '-v'" "$apply" -v

finish
