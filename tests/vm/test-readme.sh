#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# The nights that the README shows, typed in a virtual machine: what is printed
# there must be what the README says, but for times and sizes.
#
# usage: test-readme.sh [--print]    only prints what it says

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"
# shellcheck source=/dev/null
. "$here/nightly-lib.sh"
# shellcheck disable=SC2154  # nightly-lib.sh sets it
readme=$top/README

# typed KIND: the commands and their output, from between two comments.
typed() {
	awk -v kind="$1" '
		/^<!-- end -->/ { inside = 0 }
		inside && sub(/^    /, "")
		$0 == "<!-- typed: " kind " -->" { inside = 1 }' "$readme"
}

# without_sizes FILE: times, sizes and the space between columns are not the same
# in two runs.
without_sizes() {
	sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/g
		s/@GMT-[0-9.-]+/@GMT-TIME/g
		s/[0-9]+ (seconds|bytes)/N \1/g
		s/\b[0-9.]+([KMGT%]|s\b)/N\1/g
		s/ +/ /g' "$1"
}

need_machine "$here/boot"
need_nightly
directory=$(make_directory)
remove_at_exit "$directory"
add_nightly "$directory"
mkdir "$directory/readme"
failed=false
for kind in thick thin; do
	typed "$kind" >"$directory/readme/$kind"
	[ -s "$directory/readme/$kind" ] || fail "the README has no night on a $kind volume"
	for disk in volume backup; do
		rm -f "$directory/$disk"
		truncate -s 4G "$directory/$disk"
	done
	status=0
	boot_nightly --memory 768 --timeout 600 --file "$directory/readme:/readme" \
		--disk "$directory/volume" --disk "$directory/backup" \
		"$here/guest/readme.sh" "$kind" >"$directory/printed" || status=$?
	[ "$status" = 0 ] || fail "$kind: status $status: $(cat "$directory/printed")"
	if [ "${1:-}" = --print ]; then
		sed 's/^/    /' "$directory/printed"
		continue
	fi
	without_sizes "$directory/readme/$kind" >"$directory/expected"
	without_sizes "$directory/printed" >"$directory/found"
	if diff "$directory/expected" "$directory/found"; then
		echo "ok: a night on a $kind volume, $(grep -c '^# ' "$directory/printed") commands"
	else
		failed=true
	fi
done
if $failed; then fail 'the README says what is not so'; fi
