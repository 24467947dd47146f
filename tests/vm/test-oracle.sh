#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Rounds against the truth on kinds of filesystems that not every kernel mounts, in a
# virtual machine.
#
# usage: test-oracle.sh [ROUNDS JOBS SET...]   (see tests/oracle/matrix.sh)
#
# LSCOW         the program, installed or in a build folder
# ORACLE_BIN    where the programs of tests/oracle are
# ORACLE_FIRST  the number of the first round
# ORACLE_TIME   seconds until the machine is ended (default: 900)

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

[ -x "${LSCOW:-}" ] || skip 'LSCOW is not set'
[ -x "${ORACLE_BIN:-}/truth" ] || skip 'ORACLE_BIN is not set'
need_machine "$here/boot"
[ $# -ge 3 ] || set -- 1 1 casefold
directory=$(make_directory)
remove_at_exit "$directory"

# In a build folder there is a script in place of the program.
built=$(dirname "$LSCOW")/.libs
if [ -x "$built/lscow" ]; then
	cp "$built/lscow" "$built/liblscow.so.0" "$directory"
else
	cp "$LSCOW" "$directory/lscow"
fi

oracle=$directory/oracle
mkdir "$oracle"
cp "$here/../oracle/matrix.sh" "$here/../oracle/round.sh" "$here/../oracle/feature-sets" "$oracle"
for program in truth workload compare make-store same-links raw-write exchange; do
	cp "$ORACLE_BIN/$program" "$oracle"
done
# Busybox has other options.
for program in awk cksum find grep mountpoint od sed seq tail xargs; do
	cp -L "$(command -v "$program")" "$oracle"
done

set -- "${ORACLE_FIRST:-1}" "$@"
[ ! -e "$directory/liblscow.so.0" ] ||
	libraries=--file=$directory/liblscow.so.0:/usr/local/lib/liblscow.so.0
truncate -s 4G "$directory/disk"
status=0
"$here/boot" --timeout "${ORACLE_TIME:-900}" --memory 768 --disk "$directory/disk" \
	--file "$directory/lscow:/usr/bin/lscow" --file "$oracle:/oracle" \
	${libraries:+"${libraries%%=*}" "${libraries#*=}"} \
	"$here/guest/oracle.sh" "$@" >"$directory/out" || status=$?
cat "$directory/out"
[ "$status" -eq 0 ] || fail "status $status"
grep -q '| 0 | 0 | 0 | 0 |$' "$directory/out" || fail 'nothing was tested'
