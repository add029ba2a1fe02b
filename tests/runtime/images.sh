#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the images of examples/kubernetes where no registry can be reached, as root:
#
#     images.sh SOURCES OUT MIRROR
#
# What FROM names is made by debootstrap from a mirror of Debian. Then each Containerfile is built
# twice: of the sources as they are, and of the same with the next version, for an update of the
# DaemonSet. OUT gets pause.tar, the image that sandboxes run, soon; then an archive per image, named
# for its tag, and the file `next', with the name of an image and of its next version per line.
set -euo pipefail

if [ "${1-}" != --inside ]; then
	# All mounts end with it.
	exec unshare --mount "$0" --inside "$@"
fi
shift
sources=$(cd "$1" && pwd)
out=$2
mirror=$3
examples=examples/kubernetes
mkdir -p "$out"
out=$(cd "$out" && pwd)
# What is in memory need not be written to a disk by each package.
store=$out/store
mkdir "$store"
mount -t tmpfs -o mode=755 tmpfs "$store"

# Without overlays each layer is a copy of the one below.
driver=vfs
mkdir "$store"/{lower,upper,work,merged}
if mount -t overlay -o "lowerdir=$store/lower,upperdir=$store/upper,workdir=$store/work" overlay \
	"$store/merged" 2>/dev/null; then
	umount "$store/merged"
	driver=overlay
fi

build()
{
	buildah --storage-driver "$driver" --root "$store/root" --runroot "$store/run" "$@"
}

# save IMAGE NAME: an archive is there when it is whole.
save()
{
	build push -q "$1" "docker-archive:$store/$2.tar:$1"
	mv "$store/$2.tar" "$out/$2.tar.part"
	mv "$out/$2.tar.part" "$out/$2.tar"
}

# What all Containerfiles stand on, made as slim images are: without documentation, and with a dpkg
# that does not wait for the disk.
base()
{
	local container root from

	# One name, and `scratch' or the name of a stage besides.
	from=$(sed -n 's/^FROM \([^ ]*:[^ ]*\).*/\1/p' "$sources/$examples"/Containerfile* | sort -u)
	[[ $from == debian:bookworm-slim ]] || {
		echo "images.sh makes debian:bookworm-slim, but the Containerfiles want: $from"
		return 1
	}
	container=$(build from scratch)
	root=$(build mount "$container")
	mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/apt/apt.conf.d"
	cat >"$root/etc/dpkg/dpkg.cfg.d/container" <<-END
		force-unsafe-io
		path-exclude /usr/share/doc/*
		path-exclude /usr/share/locale/*
		path-exclude /usr/share/man/*
	END
	debootstrap --variant=minbase bookworm "$root" "$mirror"
	find "$root/var/cache/apt/archives" -name '*.deb' -delete
	find "$root/var/lib/apt/lists" -type f -delete
	# How this machine reaches the mirror.
	apt-config dump | grep -E '^Acquire::(https?|Check-[A-Za-z-]*|Retries)\b' \
		>"$root/etc/apt/apt.conf.d/99mirror"
	build umount "$container"
	build config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"$container"
	# That is the whole of the name.
	build commit -q --rm "$container" "docker.io/library/$from"
}

# pause: what a sandbox runs.
pause()
{
	local container

	echo 'int pause(void); int main(void) { for (;;) pause(); }' |
		gcc -static -Os -s -x c - -o "$store/pause"
	container=$(build from scratch)
	build copy -q "$container" "$store/pause" /pause
	build config --entrypoint '["/pause"]' "$container"
	build commit -q --rm "$container" registry.example/pause:1
	save registry.example/pause:1 pause
}

# images DIRECTORY VERSION: both images, whose names are those of the manifests but for the version.
images()
{
	local containerfile overlay image built

	while read -r containerfile overlay; do
		image=$(/usr/bin/python3 "$sources/tests/support/kustomize.py" \
			"$sources/$examples/$overlay")
		built=${image/"$version"/"$2"}
		# Layers are shared: both Containerfiles begin with the same stage.
		build bud --layers --isolation chroot --pull-never -f "$examples/$containerfile" \
			-t "$built" "$1" >&2
		save "$built" "${built##*:}"
		[ "$built" = "$image" ] || echo "$image $built" >>"$out/next"
	done <<-END
		Containerfile base
		Containerfile.nftables overlays/nftables
	END
}

version=$(sed -n 's/^AC_INIT(\[libipmasq\], *\[\([0-9.]*\)\].*/\1/p' "$sources/configure.ac")
[ -n "$version" ] || {
	echo "configure.ac does not say which version it is"
	exit 1
}
next=${version%.*}.$((${version##*.} + 1))
pause
base
cd "$sources"
images . "$version"
cp -R . "$store/next"
cd "$store/next"
sed -i "/^AC_INIT/s/$version/$next/" configure.ac
images . "$next"
