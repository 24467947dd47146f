#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Our overlay of origin and store against the kernel's view in each of the
# shipped images. Needs no virtual machine.
#
# LSCOW_DUMP_VIEW is the program `dump-view ORIGIN STORE`.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

images=$(cd "$here/../../testimages" && pwd)

for program in zstd sha256sum cmp; do
	command -v "$program" >/dev/null || skip "no program $program"
done
need_dump_view

directory=$(make_directory)
remove_at_exit "$directory"

# check_view NAME ORIGIN VIEW: the store over ORIGIN is VIEW.
check_view() {
	"$LSCOW_DUMP_VIEW" "$directory/$2" "$directory/store.img" \
		>"$directory/ours" || fail "$1: $LSCOW_DUMP_VIEW failed (status $?)"
	difference=$(cmp "$directory/$3" "$directory/ours" 2>&1) ||
		fail "$1: not the kernel's view: $difference"
	printf 'ok: %s: the store over %s is %s\n' "$1" "$2" "$3"
}

# check_refused NAME ORIGIN: the store cannot be trusted.
check_refused() {
	! "$LSCOW_DUMP_VIEW" "$directory/$2" "$directory/store.img" \
		>"$directory/ours" 2>/dev/null ||
		fail "$1: an invalid store was taken for a good one"
	printf 'ok: %s: the store is refused\n' "$1"
}

checked=0
for folder in "$images"/*/; do
	name=$(basename "$folder")
	"$images/unpack" "$name" "$directory" || fail "$name: cannot be unpacked"
	case $name in
	lvm-overflow) check_refused "$name" origin.img ;;
	lvm-nightly) check_view "$name" new.img old.img ;;
	lvm-stale) printf 'ok: %s: unpacks\n' "$name" ;;
	*)
		if [ -e "$directory/view.img" ]; then
			check_view "$name" origin.img view.img
		else
			printf 'ok: %s: unpacks\n' "$name"
		fi
		;;
	esac
	checked=$((checked + 1))
	rm -rf "${directory:?}"/*
done
[ "$checked" -gt 0 ] || fail "no images in $images"
