#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Thin snapshots: the changes that thin_delta tells, as a feed and live, in a
# virtual machine with a real pool.
#
# LSCOW is the program, installed or in a build folder.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

[ -x "${LSCOW:-}" ] || skip 'LSCOW is not set'
PATH=$PATH:/usr/sbin:/sbin
thin_delta=$(command -v thin_delta) || skip 'no program thin_delta'
need_machine "$here/boot"
directory=$(make_directory)
remove_at_exit "$directory"

# In a build folder there is a script in place of the program.
program=$LSCOW
set --
built=$(dirname "$LSCOW")/.libs
if [ -x "$built/lscow" ]; then
	program=$built/lscow
	set -- --file "$built/liblscow.so.0:/lib/liblscow.so.0"
fi

truncate -s 512M "$directory/volume"
status=0
"$here/boot" --timeout 900 --disk "$directory/volume" --file "$program:/bin/lscow" \
	--file "$thin_delta:/usr/sbin/thin_delta" "$@" "$here/guest/thin.sh" \
	>"$directory/out" || status=$?
cat "$directory/out"
[ "$status" -eq 0 ] || fail "status $status"
grep -q '^ok: ' "$directory/out" || fail 'nothing was tested'
