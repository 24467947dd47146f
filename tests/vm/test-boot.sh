#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# The virtual machine passes on what the script in it says, and never hangs.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

need_machine "$here/boot"
directory=$(make_directory)
remove_at_exit "$directory"
script=$directory/script

# run STATUS BOOT-ARGUMENT...: boots $script, output in $directory/out and err.
run() {
	expected=$1
	shift
	status=0
	"$here/boot" "$@" >"$directory/out" 2>"$directory/err" || status=$?
	[ "$status" -eq "$expected" ] || {
		cat "$directory/err" >&2
		fail "the exit status is $status, not $expected"
	}
}

cat >"$script" <<'END'
cat /input/bytes /dev/vda
printf '%s\n' "$@" >&2
false
echo never
END
head -c 100000 /dev/urandom >"$directory/bytes"
head -c 1048576 /dev/urandom >"$directory/disk"
cat "$directory/bytes" "$directory/disk" >"$directory/expected"
# shellcheck disable=SC2016  # the dollar is to stay
run 1 --file "$directory/bytes:/input/bytes" --disk "$directory/disk" \
	"$script" "it's" '$two words'
cmp "$directory/expected" "$directory/out" || fail 'the output differs'
# shellcheck disable=SC2016
printf '%s\n' "it's" '$two words' | cmp - "$directory/err" ||
	fail 'the arguments or the errors differ'
printf 'ok: output, errors, arguments, disks and files pass through\n'

echo 'exit 42' >"$script"
run 42 "$script"
printf 'ok: the exit status passes through\n'

echo 'echo started; echo c >/proc/sysrq-trigger' >"$script"
run 126 --timeout 120 "$script"
grep -q panicked "$directory/err" || fail 'a panic is not told'
printf 'ok: a panic is told\n'

echo 'reboot -f' >"$script"
run 126 --timeout 120 "$script"
printf 'ok: an early end is told\n'

echo 'sleep 1000' >"$script"
run 124 --timeout 10 "$script"
grep -q 'time ran out' "$directory/err" || fail 'the end of the time is not told'
printf 'ok: the time limit holds\n'
