#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Links the library: runs libtool as it is given here, then hides in the static library, where there
# is one, what the shared one hides. An archive has no such thing as a hidden symbol, so its objects
# become a single one, in which those are local.
#
# Environment: LD, OBJCOPY, AR, RANLIB.
set -eu

archive=lib/.libs/libipmasq.a
rm -f "$archive"
"$@"
[ -e "$archive" ] || exit 0

# They may hold options.
# shellcheck disable=SC2086
{
	$LD -r -o "$archive.o" --whole-archive "$archive"
	$OBJCOPY --localize-hidden "$archive.o"
	rm "$archive"
	$AR cr "$archive" "$archive.o"
	$RANLIB "$archive"
}
rm "$archive.o"
