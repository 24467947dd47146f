#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Block devices are read past the page cache, and ahead of time: on a tree that is
# larger than what is kept of them, the rows are those that the changes make.
#
# LSCOW       the program to test
# BENCH_BIN   where make-tree is; ORACLE_BIN where make-store is

set -eu -o pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root losetup
LSCOW=$(readlink -f "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
nr_files=30000 nr_changes=600

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

work=$(mktemp -d "${TMPDIR:-/tmp}/lscow-devices-XXXXXX")
devices=()
clean_up() {
	for device in "${devices[@]}"; do
		losetup -d "$device" || :
	done
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

# attach FILE: sets $device
attach() {
	device=$(losetup -f --show -r "$1")
	devices+=("$device")
}

# expect NAME ARGUMENT...: the rows are those of make-tree.
expect() {
	name=$1
	shift
	"$LSCOW" files "$@" >"$work/rows" 2>"$work/err" || fail "$name: $(cat "$work/err")"
	sort "$work/rows" | cmp - "$work/tree/truth-$nr_changes" || fail "$name: other rows"
	echo "ok: $name ($(wc -l <"$work/rows") rows)"
}

BENCH_BIN=${BENCH_BIN:-${top_builddir:-$here/../..}/tests/bench}
ORACLE_BIN=${ORACLE_BIN:-${top_builddir:-$here/../..}/tests/oracle}
export BENCH_BIN ORACLE_BIN
"$here/../bench/images.sh" "$work/tree" "$nr_files" "$nr_changes" >"$work/log" 2>&1 ||
	fail "the images: $(cat "$work/log")"
attach "$work/tree/old.img"
old=$device
attach "$work/tree/new-$nr_changes.img"
new=$device
attach "$work/tree/store-$nr_changes.img"
store=$device

expect 'origin and store' --origin "$new" --cow "$store"
expect 'two views, block by block' --old "$old" --new "$new"
expect 'two views and the store' --old "$old" --new "$new" --changes "dm-snapshot:$store"
expect 'a names cache is filled' --origin "$new" --cow "$store" --names-cache "$work/cache"
expect 'a names cache is used' --origin "$new" --cow "$store" --names-cache "$work/cache"

# The same question of the device and of the file.
"$LSCOW" chunks --cow "$store" | awk 'NR % 7 == 0 { print $1 / 4096 }' >"$work/numbers"
"$LSCOW" owner "$new" - <"$work/numbers" >"$work/of-device"
"$LSCOW" owner "$work/tree/new-$nr_changes.img" - <"$work/numbers" >"$work/of-file"
[ "$(wc -l <"$work/of-device")" -gt 50 ] || fail 'owner: too few blocks were asked for'
cmp "$work/of-device" "$work/of-file" || fail 'owner: other answers'
echo "ok: owner ($(wc -l <"$work/of-device") blocks)"
