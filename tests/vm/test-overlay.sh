#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Our overlay of origin and store against the kernel's view of fresh LVM
# snapshots with a random workload, in a virtual machine.
#
# usage: test-overlay.sh [SEED]
# LSCOW_DUMP_VIEW is the program `dump-view ORIGIN STORE`; LSCOW_SEED is
# another way to give the seed.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

chunks='4k 64k 512k'

need_dump_view
need_machine "$here/boot"

seed=${1:-${LSCOW_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}}
case $seed in
'' | *[!0-9]*) fail "the seed '$seed' is not a number" ;;
esac
printf 'seed: %s\n' "$seed"

directory=$(make_directory)
remove_at_exit "$directory"

truncate -s 512M "$directory/volume"
set -- --disk "$directory/volume"
for chunk in $chunks; do
	for name in origin store view; do
		truncate -s 64M "$directory/$chunk-$name.img"
		set -- "$@" --disk "$directory/$chunk-$name.img"
	done
done
# shellcheck disable=SC2086  # one word per chunk size
"$here/boot" --timeout 600 "$@" "$here/guest/random.sh" "$seed" $chunks \
	>"$directory/notes" || fail "the virtual machine failed (status $?, seed $seed)"
while read -r word name bytes; do
	[ "$word" != size ] || truncate -s "$bytes" "$directory/$name"
done <"$directory/notes"

for chunk in $chunks; do
	ours=$directory/$chunk-ours.img
	"$LSCOW_DUMP_VIEW" "$directory/$chunk-origin.img" \
		"$directory/$chunk-store.img" >"$ours" ||
		fail "$chunk chunks: $LSCOW_DUMP_VIEW failed (status $?, seed $seed)"
	difference=$(cmp "$directory/$chunk-view.img" "$ours" 2>&1) ||
		fail "$chunk chunks: not the kernel's view: $difference (seed $seed)"
	! cmp -s "$directory/$chunk-view.img" "$directory/$chunk-origin.img" ||
		fail "$chunk chunks: the workload changed nothing (seed $seed)"
	printf 'ok: %s chunks: our overlay is the kernel'\''s view (%s)\n' "$chunk" \
		"$(sed -n "s/^$chunk: .* snapshot \(.*\)$/\1/p" "$directory/notes")"
	rm "$ours"
done
