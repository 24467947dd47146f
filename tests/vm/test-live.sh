#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# lscow files, chunks and status on LVM's snapshots of a running kernel, in a
# virtual machine.
#
# LSCOW is the program, installed or in a build folder.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

[ -x "${LSCOW:-}" ] || skip 'LSCOW is not set'
need_machine "$here/boot"
directory=$(make_directory)
remove_at_exit "$directory"

# In a build folder there is a script in place of the program.
program=$LSCOW
set --
built=$(dirname "$LSCOW")/.libs
if [ -x "$built/lscow" ]; then
	program=$built/lscow
	set -- --file "$built/liblscow.so.0:/usr/local/lib/liblscow.so.0"
fi

# What tells of thin volumes is not everywhere.
PATH=$PATH:/usr/sbin:/sbin
if thin_delta=$(command -v thin_delta); then
	set -- "$@" --file "$thin_delta:/usr/sbin/thin_delta"
fi

truncate -s 256M "$directory/volume"
status=0
"$here/boot" --timeout 900 --disk "$directory/volume" \
	--file "$program:/usr/local/bin/lscow" "$@" "$here/guest/live.sh" \
	>"$directory/out" || status=$?
cat "$directory/out"
[ "$status" -eq 0 ] || fail "status $status"
grep -q '^ok: ' "$directory/out" || fail 'nothing was tested'
