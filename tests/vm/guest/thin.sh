#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Two thin snapshots of one mounted filesystem with a day's work between them,
# while a writer is at work: what thin_delta tells, as a feed and asked by lscow
# itself, against the plain comparison. Then what goes wrong with thin_delta.
# The disk is the physical volume; lscow and thin_delta come from the host.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh
# shellcheck source=/dev/null
. /guest/writer.sh

pool=vg-pool-tpool
# The place that is looked at before the real thin_delta's.
fake=/usr/local/sbin/thin_delta

held_root() {
	dmsetup status "$pool" | cut -d ' ' -f 7
}

# expect_released WHEN
expect_released() {
	[ "$(held_root)" = - ] || die "$1: the metadata snapshot is still held"
}

thin_id() {
	dmsetup table "$1" | cut -d ' ' -f 5
}

# run WHEN STATUS ARGUMENT...: lscow, output in /tmp/out and /tmp/err.
run() {
	when=$1 expected=$2 status=0
	shift 2
	lscow "$@" >/tmp/out 2>/tmp/err || status=$?
	[ "$status" = "$expected" ] ||
		die "$when: status $status, not $expected: $(cat /tmp/err)"
}

# expect_error WHEN STATUS TEXT: lscow refuses, prints no list, and says TEXT.
expect_error() {
	run "$1" "$2" files vg/s1 vg/s2
	[ ! -s /tmp/out ] || die "$1: there is a list"
	[ "$(wc -l </tmp/err)" -eq 1 ] || die "$1: more than one line: $(cat /tmp/err)"
	grep -qF "$3" /tmp/err || die "$1: not said: $3: $(cat /tmp/err)"
	printf 'ok: %s: %s\n' "$1" "$(cat /tmp/err)"
}

# expect_list WHEN: the snapshots are compared as ever.
expect_list() {
	run "$1" 0 files vg/s1 vg/s2
	cmp /tmp/plain /tmp/out || die "$1: another list"
	expect_released "$1"
}

# put_fake VERSION COMMAND: a thin_delta that runs COMMAND.
put_fake() {
	mkdir -p "${fake%/*}"
	{
		printf '#!/bin/sh\nPATH=%s\n' "$PATH"
		# shellcheck disable=SC2016  # the dollar is to stay
		printf '[ "$1" != --version ] || { echo %s; exit; }\n' "$1"
		printf '%s\n' "$2"
	} >"$fake"
	chmod 755 "$fake"
}

# run_and_kill SIGNAL: lscow in the middle of its question to thin_delta.
run_and_kill() {
	rm -f /tmp/asked
	put_fake 0.9.0 'echo $$ >/tmp/asked; exec sleep 1000'
	lscow files vg/s1 vg/s2 >/tmp/out 2>/tmp/err &
	child=$! status=0
	while [ ! -s /tmp/asked ]; do
		sleep 0.1
	done
	[ "$(held_root)" != - ] || die "kill -$1: no metadata snapshot is held"
	kill "-$1" "$child"
	wait "$child" || status=$?
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -d "/proc/$(cat /tmp/asked)" ] || break
		sleep 0.1
	done
	[ ! -d "/proc/$(cat /tmp/asked)" ] || die "kill -$1: thin_delta lives on"
	[ ! -s /tmp/out ] || die "kill -$1: there is a list"
	rm "$fake"
}

make_group /dev/vda 1m
lvcreate -q -y --type thin-pool -L 400m --poolmetadatasize 4m -c 64k -n pool vg >/dev/null
lvcreate -q -y -V 128m --thinpool pool -n data vg >/dev/null
mke2fs -q -t ext4 -b 4096 /dev/vg/data >&2
mount -t ext4 /dev/vg/data /mnt
cd /mnt || exit
make_tree
dd if=/dev/urandom of=large bs=1M count=4 status=none
sync
start_writer
let_it_write 10
lvcreate -q -y -s -kn -n s1 vg/data >/dev/null
change_tree
rm large
sync
fstrim /mnt
let_it_write 20
lvcreate -q -y -s -kn -n s2 vg/data >/dev/null
let_it_write 20

# ---- the feed -------------------------------------------------------------

dmsetup message "$pool" 0 reserve_metadata_snap
thin_delta --metadata-snap --thin1 "$(thin_id vg-s1)" --thin2 "$(thin_id vg-s2)" \
	/dev/mapper/vg-pool_tmeta >/tmp/delta
dmsetup message "$pool" 0 release_metadata_snap
for kind in same different left_only right_only; do
	grep -q "<$kind " /tmp/delta || die "the workload leaves no $kind blocks"
done

set -- --old /dev/mapper/vg-s1 --new /dev/mapper/vg-s2
run 'plain comparison' 0 files "$@"
mv /tmp/out /tmp/plain
[ "$(wc -l </tmp/plain)" -gt 20 ] || die 'the workload changed nothing'
run 'feed' 0 files "$@" --changes thin-delta:/tmp/delta
cmp /tmp/plain /tmp/out || die 'feed: another list'
lscow files "$@" --changes thin-delta:- </tmp/delta >/tmp/out
cmp /tmp/plain /tmp/out || die 'feed from standard input: another list'
printf 'ok: the feed gives the list of the plain comparison, %d rows\n' \
	"$(wc -l </tmp/plain)"

head -n -2 /tmp/delta >/tmp/cut
run 'cut feed' 3 files "$@" --changes thin-delta:/tmp/cut
[ ! -s /tmp/out ] || die 'cut feed: there is a list'
printf 'ok: cut feed: %s\n' "$(cat /tmp/err)"

# ---- the snapshots themselves ------------------------------------------------

expect_list 'live'
[ ! -s /tmp/err ] || die "live: $(cat /tmp/err)"
run 'live chunks' 0 chunks vg/s1 vg/s2
lscow chunks "$@" --changes thin-delta:/tmp/delta | cmp - /tmp/out ||
	die 'live chunks: not those of the feed'
printf 'ok: lscow asks thin_delta itself\n'

# ---- in between -----------------------------------------------------------------

run_and_kill KILL
[ "$status" = 137 ] || die "kill -KILL: status $status"
[ "$(held_root)" != - ] || die 'kill -KILL: who released the metadata snapshot?'
expect_list 'after kill -KILL'
[ "$(cat /tmp/err)" = "lscow: warning: pool $pool: released the metadata snapshot \
that an interrupted run had left behind" ] || die "after kill -KILL: $(cat /tmp/err)"
printf 'ok: after kill -KILL: %s\n' "$(cat /tmp/err)"
expect_list 'once more'
[ ! -s /tmp/err ] || die "once more: $(cat /tmp/err)"

run_and_kill TERM
[ "$status" = 143 ] || die "kill -TERM: status $status"
expect_released 'kill -TERM'
printf 'ok: kill -TERM leaves nothing behind\n'

dmsetup message "$pool" 0 reserve_metadata_snap
expect_error 'held by another program' 3 "dmsetup message $pool 0 release_metadata_snap"
[ "$(held_root)" != - ] || die 'the metadata snapshot of another program was released'
dmsetup message "$pool" 0 release_metadata_snap

# ---- a thin_delta that will not do -----------------------------------------------

put_fake 0.9.0 'head -c 200 /tmp/delta; echo damage in mapping tree >&2; exit 1'
expect_error 'thin_delta fails' 1 'exit status 1: damage in mapping tree'
expect_released 'thin_delta fails'
put_fake 0.9.0 'head -c 200 /tmp/delta'
expect_error 'thin_delta stops early' 3 'cut short'
expect_released 'thin_delta stops early'
put_fake 1.0.5 'cat /tmp/delta'
expect_error 'thin_delta of a wrong version' 3 'version "1.0.5": expected 1.0.6 or later'
rm "$fake"
mv /usr/sbin/thin_delta /tmp/away
expect_error 'no thin_delta' 1 'package thin-provisioning-tools'
expect_released 'no thin_delta'
mv /tmp/away /usr/sbin/thin_delta
expect_list 'at the end'

# ---- a restart of the machine, as the pool sees it -----------------------------

stop_writer
cd /
umount /mnt
run_and_kill KILL
vgchange -q -an vg >/dev/null
rm -rf /run/lscow
vgchange -q -ay vg >/dev/null
lvchange -q -ay -K vg/s1 vg/s2
[ "$(held_root)" != - ] || die 'after a restart: no metadata snapshot is held'
expect_list 'after a restart'
grep -q 'an interrupted run had left behind' /tmp/err ||
	die "after a restart: $(cat /tmp/err)"
printf 'ok: after a restart: %s\n' "$(cat /tmp/err)"
