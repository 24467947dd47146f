#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# lscow on the snapshots of a running machine: every form against the forms that
# take files, every refusal, and the status.
# Disks: the physical volume.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh

lscow=/usr/local/bin/lscow
mapper=/dev/mapper/my--vg
work=/tmp/live
mkdir "$work"
failures=0

report() {
	if [ "$2" = 0 ]; then
		printf 'ok: %s\n' "$1"
	else
		printf 'FAIL: %s\n' "$1"
		failures=$((failures + 1))
	fi
}

# true_that NAME SCRIPT
true_that() {
	status=0
	sh -c "$2" || status=$?
	report "$1" "$status"
}

# same NAME ARGUMENT... : lscow prints what is in $work/want, which is not empty.
same() {
	name=$1
	shift
	status=0
	"$lscow" "$@" >"$work/got" 2>"$work/err" || status=$?
	if [ "$status" = 0 ] && [ -s "$work/want" ] && cmp -s "$work/want" "$work/got"; then
		report "$name ($(wc -l <"$work/got") lines)" 0
	else
		report "$name: exit $status" 1
		cat "$work/err"
		diff "$work/want" "$work/got" | head -n 20
	fi
}

# want ARGUMENT... : what the other forms print.
want() {
	"$lscow" "$@" >"$work/want" || report "reference $*" 1
}

# refused NAME CODE PATTERN ARGUMENT... : nothing is printed, and the exit code and
# the message have their patterns.
refused() {
	name=$1 code=$2 pattern=$3
	shift 3
	status=0
	"$lscow" "$@" >"$work/got" 2>"$work/err" || status=$?
	printf '  $ lscow %s\n  ' "$*"
	cat "$work/err"
	if expr "$status" : "$code\$" >/dev/null && [ ! -s "$work/got" ] && grep -q "$pattern" "$work/err"; then
		report "$name" 0
	else
		report "$name: exit $status, expected $code and: $pattern" 1
	fi
}

# begin_paused ARGUMENT... : starts lscow, which stops at its first word on
# standard error because the pipe is full, with its devices open.
begin_paused() {
	rm -f "$work/pipe"
	mkfifo "$work/pipe"
	exec 8<>"$work/pipe"
	dd if=/dev/zero bs=65536 count=1 status=none >&8
	"$lscow" files --progress "$@" >"$work/got" 2>&8 8>&- &
	paused=$!
	sleep 4
}

# end_paused NAME PATTERN: lets it go on; it must be refused.
end_paused() {
	cat <"$work/pipe" 8>&- >"$work/err" &
	reader=$!
	status=0
	wait "$paused" || status=$?
	exec 8>&-
	wait "$reader" || :
	if [ "$status" = 3 ] && [ ! -s "$work/got" ] && grep -aq "$2" "$work/err"; then
		report "$1" 0
		tr -d '\000' <"$work/err" | grep -a "$2" | sed 's/^/  /'
	else
		report "$1: exit $status" 1
		tr -d '\000' <"$work/err"
	fi
}

snap() {
	lvcreate -q -y -s -n "$1" -L "$2" -c "$3" "my-vg/${4:-da-ta}" >/dev/null
}

# ---- a volume that is in use, with snapshots ---------------------------------

pvcreate -q /dev/vda >/dev/null
vgcreate -q -s 1m my-vg /dev/vda >/dev/null
lvcreate -q -y -n da-ta -L 48m my-vg >/dev/null
mke2fs -q -t ext4 -b 4096 /dev/my-vg/da-ta >&2
mount /dev/my-vg/da-ta /mnt
(cd /mnt && make_tree)
sync
snap s-1 16m 4k
sleep 1
(cd /mnt && change_tree)
snap s-2 16m 8k
# Between s-1 and s-2 these differ, between s-2 and now others.
printf 'later\n' >/mnt/later
sync

want files --old "$mapper-s--1" --new "$mapper-s--2"
same 'two snapshots, by vg/lv' files my-vg/s-1 my-vg/s-2
same 'by /dev/vg/lv' files /dev/my-vg/s-1 /dev/my-vg/s-2
same 'by /dev/mapper' files "$mapper-s--1" "$mapper-s--2"
same 'by name' files my--vg-s--1 my--vg-s--2
uuid_1=$(dmsetup info -c --noheadings -o uuid my--vg-s--1)
uuid_2=$(dmsetup info -c --noheadings -o uuid my--vg-s--2)
same 'by uuid' files "$uuid_1" "$uuid_2"
want files --old "$mapper-s--1" --new "$mapper-s--2" \
	--changes "dm-snapshot:$mapper-s--1-cow"
same 'two snapshots, against the store given as a file' files my-vg/s-1 my-vg/s-2
want files --old "$mapper-s--2" --new "$mapper-s--1"
same 'older and newer swapped' files my-vg/s-2 my-vg/s-1
true_that 'a warning of that' "grep -q 'my-vg/s-2 looks newer than my-vg/s-1' $work/err"

refused 'origin mounted read-write' 3 \
	'my-vg/da-ta: the origin is mounted read-write on /mnt.*lvcreate -s -n NAME -L SIZE my-vg/da-ta' \
	files my-vg/s-1
refused 'the same for chunks' 3 'mounted read-write' chunks my-vg/s-1
refused 'given as the newer' 3 'mounted read-write' files my-vg/s-1 my-vg/da-ta
refused 'the same twice' 2 'given twice' files my-vg/s-1 "$mapper-s--1"
refused 'unknown name' 2 'no such volume or device' files my-vg/nothing
refused 'an origin is no snapshot' 3 'is the origin of snapshots' files my-vg/da-ta
refused 'a store is no snapshot' 3 "exception store" files "$mapper-s--1-cow"
refused 'a newer one that is none' 3 'not a snapshot of my-vg/da-ta' \
	files my-vg/s-1 "$mapper-s--2-cow"

begin_paused my-vg/s-1 my-vg/s-2
dd if=/dev/zero of="$mapper-s--2" bs=4k seek=11000 count=1 conv=fsync status=none
end_paused 'the newer snapshot was written to meanwhile' 'was written to'
want files --old "$mapper-s--1" --new "$mapper-s--2"
same 'a snapshot that was written to' files my-vg/s-1 my-vg/s-2
true_that 'a warning of that' "grep -q 'or my-vg/s-2 was written to after' $work/err"

# ---- the origin at rest ------------------------------------------------------

umount /mnt
want files --origin "$mapper-da--ta-real" --cow "$mapper-s--1-cow"
same 'a snapshot, against the store given as a file' files my-vg/s-1
want files --old "$mapper-s--1" --new "$mapper-da--ta"
same 'a snapshot, against a comparison' files my-vg/s-1
same 'a snapshot, and the origin named' files my-vg/s-1 my-vg/da-ta
want chunks --cow "$mapper-s--1-cow"
same 'chunks' chunks my-vg/s-1
true_that 'the form of one' \
	"$lscow chunks my-vg/s-1 --format json | grep -c '\"form\":\"snapshot\"'"
true_that 'the form of two' \
	"$lscow files my-vg/s-1 my-vg/s-2 --format json | grep -c '\"form\":\"snapshots\"'"
mount -o ro /dev/my-vg/da-ta /mnt
want files --old "$mapper-s--1" --new "$mapper-da--ta"
same 'origin mounted read-only' files my-vg/s-1
umount /mnt

sectors=$(blockdev --getsz "$mapper-da--ta")
dmsetup create on-top --table "0 $sectors linear $mapper-da--ta 0"
refused 'a device on top of the origin' 3 'in use by on-top' files my-vg/s-1
dmsetup remove on-top
exec 7<"$mapper-da--ta"
refused 'the origin is open' 3 'the origin is open' files my-vg/s-1
exec 7<&-
mount "$mapper-s--1" /mnt
refused 'a snapshot mounted read-write' 3 's-1: is mounted read-write on /mnt' \
	files my-vg/s-1 my-vg/s-2
umount /mnt
dmsetup suspend my--vg-s--2
refused 'suspended' 3 'dmsetup resume my--vg-s--2' files my-vg/s-1 my-vg/s-2
dmsetup resume my--vg-s--2

begin_paused my-vg/s-1
dd if=/dev/zero of="$mapper-da--ta" bs=4k seek=11000 count=1 conv=fsync status=none
end_paused 'the origin was written to meanwhile' 'was written to'

# ---- other volumes: transient, merging, resized ------------------------------

for name in o c1 c2; do
	lvcreate -q -y -n "raw-$name" -L 4m my-vg >/dev/null
done
raw=$mapper-raw--
dd if=/dev/zero of="${raw}c1" bs=4k count=1 status=none
dd if=/dev/zero of="${raw}c2" bs=4k count=1 status=none
dmsetup create raw --table "0 8192 snapshot-origin ${raw}o"
dmsetup create raw-n --table "0 8192 snapshot ${raw}o ${raw}c1 N 8"
dmsetup create raw-p --table "0 8192 snapshot ${raw}o ${raw}c2 P 8"
refused 'a transient store' 3 'the store is transient' files raw-n raw-p
refused 'a transient store of the newer' 3 'the store is transient' files raw-p raw-n
dmsetup remove raw-n
dd if=/dev/urandom of=/dev/mapper/raw bs=4k count=100 conv=fsync status=none
dmsetup create raw-s --table "0 8192 snapshot ${raw}o ${raw}c1 P 8"
dmsetup remove raw-p
dmsetup suspend raw
dmsetup load raw --table "0 8192 snapshot-merge ${raw}o ${raw}c2 P 8"
dmsetup resume raw
refused 'an origin that is being merged into' 3 'being merged into' files raw
refused 'a snapshot of such an origin' 3 'raw: a snapshot is being merged' files raw-s
dmsetup remove raw-s
dmsetup remove raw

# What is written to a snapshot itself may be too much, too.
dd if=/dev/zero of="${raw}c1" bs=4k count=1 status=none
dmsetup create raw --table "0 8192 snapshot-origin ${raw}o"
dmsetup create raw-p --table "0 8192 snapshot ${raw}o ${raw}c1 PO 8"
dd if=/dev/urandom of=/dev/mapper/raw-p bs=4k count=1024 oflag=direct 2>/dev/null &&
	report 'a snapshot that has overflowed' 1
refused 'a snapshot that has overflowed' 3 \
	'raw-p: the snapshot has overflowed.*dmsetup remove raw-p' files raw-p
true_that 'status: overflow' "$lscow status raw-p | grep -Eq '^raw-p +raw .* overflow( |\$)'"
dmsetup remove raw-p
dmsetup remove raw

# A merge into an origin that cannot be written.
dd if=/dev/zero of="${raw}c1" bs=4k count=1 status=none
printf '0 4096 linear %s 0\n4096 4096 error\n' "${raw}o" | dmsetup create raw-bad
dmsetup create raw --table '0 8192 snapshot-origin /dev/mapper/raw-bad'
dmsetup create raw-p --table "0 8192 snapshot /dev/mapper/raw-bad ${raw}c1 P 8"
dd if=/dev/urandom of=/dev/mapper/raw-p bs=4k seek=600 count=4 oflag=direct status=none
dmsetup remove raw-p
dmsetup suspend raw
dmsetup load raw --table "0 8192 snapshot-merge /dev/mapper/raw-bad ${raw}c1 P 8"
dmsetup resume raw
sleep 2
refused 'a merge that has failed' 3 'raw: .*merge' files raw
true_that 'status: merge failed' "$lscow status raw | grep -Eq '^raw +raw .* merge-failed( |\$)'"
dmsetup remove raw
dmsetup remove raw-bad
for name in o c1 c2; do
	lvremove -q -y "my-vg/raw-$name" >/dev/null
done

# ---- the status: three that live, one that ran full, two left behind ---------

mount /dev/my-vg/da-ta /mnt
snap s-3 8m 64k
snap full 1m 4k
begin_paused my-vg/full my-vg/s-1
write_text /mnt/big 60000
sync
end_paused 'a store that runs full meanwhile' 'full: the snapshot is invalid'
refused 'a store that ran full' 3 'my-vg/full: the snapshot is invalid.*lvremove my-vg/full' \
	files my-vg/full my-vg/s-2
refused 'a store that ran full, of the newer' 3 'my-vg/full: the snapshot is invalid' \
	files my-vg/s-2 my-vg/full
snap gone1 4m 4k
printf 'a change\n' >/mnt/change
sync
# LVM still has this one,
dmsetup remove my--vg-gone1
# and knows nothing of this one.
lvcreate -q -y -n left -L 4m my-vg >/dev/null
dd if="$mapper-gone1-cow" of="$mapper-left" bs=1M oflag=direct status=none
dmsetup create my--vg-gone2-cow --table "0 8192 linear $mapper-left 0" --uuid \
	LVM-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-cow
# What LVM makes of thin volumes.
lvcreate -q -y -T -n pool -L 16m my-vg >/dev/null
lvcreate -q -y -V 32m -T my-vg/pool -n thin >/dev/null
lvcreate -q -y -s -n thin-snap my-vg/thin >/dev/null
refused 'a volume that is not active' 3 'not active.*lvchange -ay -K my-vg/thin-snap' \
	files my-vg/thin-snap
lvchange -q -ay -K my-vg/thin-snap
sleep 2

"$lscow" status >"$work/status" 2>"$work/err" || report "status: exit $?" 1
cat "$work/status" "$work/err"
"$lscow" status --format json >"$work/json" || report 'status as JSON' 1
cat "$work/json"

# line PATTERN: the status has it, with any amount of space for a space.
line() {
	status=0
	grep -qE "^$(printf '%s' "$1" | sed 's/ / +/g')\$" "$work/status" || status=$?
	report "status: $1" "$status"
}
age='[0-9]+(s|m|h [0-9]+m)'
line 'SNAPSHOT ORIGIN CHUNK USED SIZE USE% EXCEPTIONS CHANGED STATE AGE'
line "my-vg/s-1 my-vg/da-ta 4K .* 16M .* [0-9]+ .* live $age"
line "my-vg/s-2 my-vg/da-ta 8K .* 16M .* [0-9]+ .* live $age"
line "my-vg/s-3 my-vg/da-ta 64K .* 8M .* [0-9]+ .* live $age"
line "my-vg/full my-vg/da-ta 4K .*invalid $age"
line "my-vg/thin-snap my-vg/thin 64K .* 32M .*live $age"
line 'STALE STORE CHUNK SIZE EXCEPTIONS HOLDS REMOVE WITH'
line 'my--vg-gone1-cow 4K 4M [0-9]+ [0-9.]+K lvremove my-vg/gone1'
line 'my--vg-gone2-cow 4K 4M [0-9]+ [0-9.]+K dmsetup remove my--vg-gone2-cow'
exceptions=$("$lscow" chunks --cow "$mapper-s--1-cow" --summary | sed -n 's/^exceptions *//p')
true_that 'status: the summary' \
	"grep -q '^{\"type\":\"summary\",\"complete\":true,\"snapshots\":5,\"stale_stores\":2}\$' $work/json"
true_that 'status: exceptions and time of s-1' \
	"grep -q '\"name\":\"my-vg/s-1\",.*\"exceptions\":$exceptions,.*\"created\":[1-9]' $work/json"
true_that 'status: named ones' "[ \$($lscow status my-vg/s-1 my-vg/gone1 | grep -c my-) = 2 ]"
true_that 'status: by origin' "[ \$($lscow status my-vg/da-ta | grep -c my-vg/da-ta) = 4 ]"
true_that 'status: by group' "$lscow status my-vg --format json | cmp - $work/json"
refused 'status: an unknown name' 2 'no active volume' status your-vg

"$lscow" status --format json | sed -n 's/.*"remove":"\([^"]*\)".*/\1/p' |
	while read -r command; do
		true_that "the advice: $command" "$command </dev/null -y"
	done
true_that 'the advice removes the stale ones' "! $lscow status 2>/dev/null | grep -q STALE"

# ---- thin volumes --------------------------------------------------------------

umount /mnt
lvremove -q -y my-vg/thin-snap >/dev/null
mke2fs -q -t ext4 -b 4096 /dev/my-vg/thin >&2
mount /dev/my-vg/thin /mnt
write_text /mnt/one 1000
sync
lvcreate -q -y -s -kn -n thin-snap my-vg/thin >/dev/null
write_text /mnt/two 1000
sync
refused 'a thin origin mounted read-write' 3 \
	'my-vg/thin: the origin is mounted read-write on /mnt.*lvcreate -s -n NAME my-vg/thin' \
	files my-vg/thin-snap
refused 'the same named' 3 'my-vg/thin: the origin is mounted read-write' \
	files my-vg/thin-snap my-vg/thin
refused 'thick and thin' 3 'not a thin volume of the pool' files my-vg/thin-snap my-vg/s-1
refused 'thin and thick' 3 'not a snapshot of my-vg/da-ta' files my-vg/s-1 my-vg/thin-snap
umount /mnt
if command -v thin_delta >/dev/null; then
	want files --old "$mapper-thin--snap" --new "$mapper-thin"
	same 'a thin snapshot and its origin' files my-vg/thin-snap
	same 'a thin snapshot and its origin named' files my-vg/thin-snap my-vg/thin
fi

# ---- a merge by LVM: its writes to the origin are recorded like any other --------

lvconvert -q -b -i 1 --merge my-vg/s-3
# By when it is looked at the devices are being swapped, or it is over.
refused 'a snapshot that is being merged' '[23]' 's-3: .*\(suspended\|not active\|no such\)' \
	files my-vg/s-3 my-vg/s-1
tries=0
while ! dmsetup table my--vg-da--ta | grep -q snapshot-origin && [ "$tries" -lt 60 ]; do
	tries=$((tries + 1))
	sleep 1
done
sleep 3
want files --old "$mapper-s--1" --new "$mapper-da--ta"
same 'another snapshot after a merge' files my-vg/s-1

exit "$failures"
