# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A node whose pods are made by containerd, on top of pods.sh and agent.sh: the runtime runs in the network
# namespace of the node, with directories, a bridge and control groups of its own.
#
# Environment: IPMASQ_IMAGES (the directory that tests/runtime/images.sh made), IPMASQ_CGROUP (a name
# for the control groups that nobody else uses; else one is made up).
# shellcheck source=tests/support/pods.sh
declare -F build_pods >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/pods.sh"
# shellcheck source=tests/support/agent.sh
declare -F pause >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/agent.sh"

support=$root/tests/support
images=${IPMASQ_IMAGES:-}
read -r uuid </proc/sys/kernel/random/uuid
export IPMASQ_CGROUP=${IPMASQ_CGROUP:-/ipmasq-$uuid}
export TMPDIR=$work
cni=/usr/lib/cni
socket=$work/containerd.sock
bridge=cni0
containerd=

[ -e "${images:-/nowhere}/pause.tar" ] || skip 'IPMASQ_IMAGES, with pause.tar'
for program in containerd ctr containerd-shim-runc-v2 runc; do
	command -v $program >/dev/null || skip "the program $program"
done
for program in bridge host-local loopback; do
	[ -x "$cni/$program" ] || skip "the CNI plugin $program"
done
/usr/bin/python3 -c 'import grpc, yaml' 2>/dev/null || skip "python3-grpcio and python3-yaml"
[ -w /sys/fs/cgroup ] || skip "control groups that can be written to"

# All else ends with the namespaces of the script, but control groups do not: they are empty when all
# processes have ended, of which this shell is the first.
end_runtime()
{
	local status=$? left end=$((SECONDS + 30))

	# The shell would name each of them.
	exec 2>/dev/null
	[ $$ != 1 ] || kill -KILL -1 || true
	while left=$(find /sys/fs/cgroup -depth -path "*$IPMASQ_CGROUP*" -type d) && [ -n "$left" ] &&
		[ "$SECONDS" -lt "$end" ]; do
		# shellcheck disable=SC2086 # a name per word
		rmdir $left || read -r -t 0.1 <> <(:) || true
	done
	[ -n "$finished" ] || {
		echo "$self: FAILED: ended early, with status $status"
		exit 1
	}
	exit "$status"
}
trap end_runtime EXIT

# The plugins of CNI keep what they know of pods in there, wherever the runtime has its own.
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p "$work"/{cni,leases,kubelet,plugins}
ln -s "$cni"/{bridge,host-local,loopback} "$work/plugins/"

# build_node: the node and everything outside; pods come by the runtime.
build_node()
{
	make_ns node outside
	connect_outside
	answer_all outside eth0
	serve outside
	on node sh -c 'echo 5 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout' 2>/dev/null || true
}

# snapshotter: prints which one works here. Without overlays, each container is a copy of its image.
snapshotter()
{
	local try=$work/overlay

	mkdir -p "$try"/{lower,upper,work,merged}
	if mount -t overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" overlay \
		"$try/merged" 2>/dev/null; then
		umount "$try/merged"
		echo overlayfs
	else
		echo native
	fi
}

# network PLUGIN|"": the network of the pods: bridge and host-local, and a chained plugin, in JSON.
network()
{
	cat >"$work/cni/10-pods.conflist" <<-END
		{ "cniVersion": "1.0.0", "name": "pods", "plugins": [
			{ "type": "bridge", "bridge": "$bridge", "isGateway": true, "hairpinMode": true,
			  "ipam": { "type": "host-local", "dataDir": "$work/leases",
				"ranges": [[{ "subnet": "172.20.1.0/24" }],
					[{ "subnet": "fd00:172:20:1::/64" }]],
				"routes": [{ "dst": "0.0.0.0/0" }, { "dst": "::/0" }] } }${1:+,
			$1}
		] }
	END
}

configure_containerd()
{
	snapshots=$(snapshotter)
	cat >"$work/containerd.toml" <<-END
		version = 2
		root = "$work/containerd"
		state = "$work/containerd.state"
		disabled_plugins = ["io.containerd.snapshotter.v1.aufs",
			"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
			"io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing"]
		[grpc]
		address = "$socket"
		[plugins."io.containerd.internal.v1.opt"]
		path = "$work/opt"
		[plugins."io.containerd.grpc.v1.cri"]
		disable_apparmor = true
		restrict_oom_score_adj = true
		sandbox_image = "registry.example/pause:1"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		snapshotter = "$snapshots"
		[plugins."io.containerd.grpc.v1.cri".cni]
		bin_dir = "$work/plugins"
		conf_dir = "$work/cni"
	END
}

# start_containerd: starts it in the node, and waits until pods can be made.
start_containerd()
{
	[ -e "$work/containerd.toml" ] || configure_containerd
	nsenter "--net=/run/netns/$top-node" -- containerd -c "$work/containerd.toml" \
		>>"$work/containerd.log" 2>&1 &
	containerd=$!
	sandboxes ready || {
		tail -n 20 "$work/containerd.log"
		fatal "containerd does not start"
	}
}

# stop_containerd [SIGNAL]: pods go on.
stop_containerd()
{
	kill "-${1:-TERM}" "$containerd"
	wait "$containerd" || true
	containerd=
}

# import_images NAME...
import_images()
{
	local name archive

	for name; do
		archive=$images/$name.tar
		ctr -a "$socket" -n k8s.io images import --snapshotter "$snapshots" "$archive" \
			>"$work/import" 2>&1 || {
			cat "$work/import"
			fatal "the import of $archive"
		}
	done
}

# sandboxes COMMAND ARGUMENT...
sandboxes()
{
	/usr/bin/python3 "$support/sandboxes.py" "$socket" "$@"
}

# kubelet COMMAND ARGUMENT...
kubelet()
{
	on node /usr/bin/python3 "$support/kubelet.py" "$socket" "$work/kubelet" "$@"
}

# name_ns NAME PATH: on() and ask() know the namespace by that name.
name_ns()
{
	ln -sfn "$2" "/run/netns/$top-$1"
}

# traces: prints what the runtime and the pods have left on the node, a line each.
traces()
{
	sandboxes list
	find "$work/leases" -type f -name '[0-9a-f]*[.:]*' -printf 'the address %f\n'
	find /var/lib/cni -type f -printf 'the file %p\n' 2>/dev/null
	find /run/netns -name 'cni-*' -printf 'the namespace %f\n'
	ip -n "$top-node" -o link show type veth | grep -v ' eth0@' || true
	grep -E " $work/(containerd|kubelet)[^ ]* " /proc/self/mountinfo | cut -d ' ' -f 5 || true
	pgrep -af containerd-shim || true
	find /run/containerd/s -mindepth 1 -printf 'the socket %f\n' 2>/dev/null || true
	find /sys/fs/cgroup -mindepth 3 -path "*$IPMASQ_CGROUP/*" -type d || true
}

# no_traces TEXT: nothing is left within half a minute, since a shim ends after its container.
no_traces()
{
	local end=$((SECONDS + 30))

	while traces >"$work/traces" && [ -s "$work/traces" ] && [ "$SECONDS" -lt "$end" ]; do
		pause 0.1
	done
	if [ -s "$work/traces" ]; then
		fail "$1" "$work/traces"
	else
		pass "$1"
	fi
}

