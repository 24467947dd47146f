#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# What the tests of lscow-nightly share: lscow itself in the virtual machine; to
# be sourced after test-lib.sh, with the folder of the tests in $here.

# shellcheck disable=SC2154  # see above
top=$(cd "$here/../.." && pwd)

# The words of boot's command line; names with blanks do not work.
nightly_files=

# add_file HOST:GUEST
add_file() {
	nightly_files="$nightly_files --file $1"
}

# add_program NAME FILE: what libtool made is a script beside the real program,
# in .libs like the library.
add_program() {
	program=$2
	if [ -e "$(dirname "$2")/.libs/$(basename "$2")" ]; then
		program=$(dirname "$2")/.libs/$(basename "$2")
	fi
	add_file "$program:/usr/bin/$1"
}

need_nightly() {
	lscow=${LSCOW:-${top_builddir:-$top}/lscow}
	[ -x "$lscow" ] || skip "no program $lscow"
}

# add_nightly FOLDER: lscow with its library, and lscow-nightly.
add_nightly() {
	add_program lscow "$lscow"
	for library in "$(dirname "$lscow")"/.libs/liblscow.so.? "$(dirname "$lscow")"/liblscow.so.?; do
		[ ! -e "$library" ] || add_file "$library:/usr/local/lib/${library##*/}"
	done
	add_file "$top/nightly/lscow-nightly:/usr/sbin/lscow-nightly"
	# Of thin volumes it tells lscow what changed.
	thin_delta=$(PATH=$PATH:/usr/sbin command -v thin_delta) || thin_delta=
	[ -z "$thin_delta" ] || add_file "$thin_delta:/usr/sbin/thin_delta"
	# Those of busybox do less, or are not there.
	for name in cksum comm date findmnt flock getfattr mountpoint xargs; do
		add_file "$(command -v "$name"):/usr/bin/$name"
	done
}

# boot_nightly ARGUMENT...: boots with these files.
boot_nightly() {
	# shellcheck disable=SC2086  # the words are to be split
	"$here/boot" $nightly_files "$@"
}
