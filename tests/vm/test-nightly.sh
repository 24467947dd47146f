#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# lscow-nightly with the real kernel, LVM and rsync, in a virtual machine.
#
# usage: test-nightly.sh [SEED]
# LSCOW_NIGHTS says how many nights (2, on a thick volume); from 10 on as many
# on a thin volume follow. LSCOW_NIGHTS_ON names the kinds, as in "thick thin".

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"
# shellcheck source=/dev/null
. "$here/nightly-lib.sh"

seed=${1:-${LSCOW_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}}
nights=${LSCOW_NIGHTS:-2}
case $seed$nights in
*[!0-9]*) fail "the seed '$seed' or the nights '$nights' are not numbers" ;;
esac
printf 'seed: %s\n' "$seed"

need_machine "$here/boot"
need_nightly
directory=$(make_directory)
remove_at_exit "$directory"
add_nightly "$directory"
add_program workload "${ORACLE_BIN:-$top/tests/oracle}/workload"

# nights_on KIND: two boots with the same disks.
nights_on() {
	rm -f "$directory/volume" "$directory/mirrors" "$directory/disk"
	truncate -s 900M "$directory/volume" "$directory/mirrors"
	# The history of all nights.
	truncate -s $((900 + nights * 100))M "$directory/disk"
	for stage in first again; do
		status=0
		boot_nightly --memory 768 --timeout $((1800 + nights * 300)) \
			--file "$top/tests/cases/nightly/verify.sh:/nightly/verify.sh" \
			--disk "$directory/volume" --disk "$directory/mirrors" \
			--disk "$directory/disk" \
			"$here/guest/nights.sh" "$stage" "$1" "$seed" "$nights" || status=$?
		[ "$status" = 0 ] || fail "$1, $stage: status $status (seed $seed)"
	done
}

kinds=${LSCOW_NIGHTS_ON:-thick}
[ "$nights" -lt 10 ] || kinds=${LSCOW_NIGHTS_ON:-thick thin}
for kind in $kinds; do
	nights_on "$kind"
done
