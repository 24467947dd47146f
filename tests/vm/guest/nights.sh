#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# nights.sh first|again KIND SEED NIGHTS
# Nights of lscow-nightly on a thick or thin volume (KIND) that is mounted and
# being written to; each run is killed at one step after the other until one
# comes to its end. After `first` the machine may be ended, and `again` goes on.
# Disks: the physical volume; one with the mirrors; one with all else.
# Prints lines that begin with ok, and totals.

# shellcheck source=/dev/null
. /guest/lib.sh

stage=$1 kind=$2 seed=$3 nights=$4
volume=/mnt/data backup=/mnt/backup disk=/mnt/disk
LSCOW=lscow
export LSCOW

# For verify.sh; it sets $steps.
# shellcheck disable=SC2034
copies=$disk/copies history=$disk/history
# shellcheck disable=SC2034
mirrors="$backup/data $backup/remote"
# shellcheck disable=SC2034
old_mount=/mnt/old new_mount=/mnt/new differences=/tmp/differences
# shellcheck source=/dev/null
. /nightly/verify.sh
# shellcheck disable=SC2154
nr_steps=$(echo "$steps" | wc -w)

# All steps come in turn, where there are many nights.
kills_a_night=2
[ "$nights" -lt 10 ] || kills_a_night=4
night=0 kills=0 runs=0 full=0 retries=0 extra_options=

fail() {
	echo "FAILED: $* ($kind, seed $seed, night $night)" >&2
	tail -n 40 /tmp/log >&2
	lvs -a -o lv_name,lv_attr,origin,data_percent,lv_tags vg >&2
	df >&2
	exit 1
}

# ---- the volume, and those who write to it ---------------------------------

make_volume() {
	vgcreate -q -s 1m vg /dev/vda >/dev/null
	if [ "$kind" = thin ]; then
		lvcreate -q -y -T -L 400m --poolmetadatasize 8m vg/pool >/dev/null
		lvcreate -q -y -V 64m -T vg/pool -n data >/dev/null
	else
		lvcreate -q -y -L 64m -n data vg >/dev/null
	fi
	mke2fs -q -t ext4 -b 4096 -I 256 /dev/vg/data
	for name in vdb vdc; do
		mke2fs -q -F -t ext4 -m 0 -b 4096 -I 512 -O ea_inode "/dev/$name"
	done
}

mount_all() {
	mkdir -p "$volume" "$backup" "$disk" "$old_mount" "$new_mount"
	mount -t ext4 /dev/vg/data "$volume"
	mount -t ext4 /dev/vdb "$backup"
	mount -t ext4 /dev/vdc "$disk"
}

# An rsync daemon stands for another machine.
serve() {
	ip link set lo up
	cat >/tmp/rsyncd.conf <<-END
		port = 8730
		uid = root
		gid = root
		use chroot = no
		munge symlinks = no
		[backup]
		path = $backup
		read only = no
	END
	rsync --daemon --config=/tmp/rsyncd.conf
}

start_writer() {
	rm -f /tmp/stop
	(
		round=$seed$night
		while [ ! -e /tmp/stop ]; do
			round=$((round + 1))
			workload "$round" "$volume/busy" change 3 || :
			sleep 1
		done
	) &
	writer=$!
}

stop_writer() {
	: >/tmp/stop
	wait "$writer"
}

change() {
	workload "$1" "$volume/work" change "$2" || fail 'the workload'
}

# ---- runs ------------------------------------------------------------------

# Those snapshots that are new, as files; they are removed by and by.
copy_snapshots() {
	lvs --noheadings -o lv_name,lv_attr,lv_tags vg | while read -r name attr tags; do
		case $attr/$tags in
		????I*) ;;
		*/*lscow_nightly*)
			[ -e "$copies/$name.img" ] ||
				dd if="/dev/vg/$name" of="$copies/$name.img" bs=1M conv=sparse status=none
			;;
		esac
	done
}

# nightly STEP [OPTION...]: killed at STEP.
nightly() {
	stop_at=$1
	shift
	runs=$((runs + 1))
	result=0
	# shellcheck disable=SC2086  # the words are to be split
	LSCOW_NIGHTLY_STOP_AT=$stop_at LSCOW_NIGHTLY_STOP_AFTER=0.$((runs % 7 + 1)) \
		lscow-nightly --config "$disk/nightly.conf" $extra_options "$@" \
		>/tmp/log 2>&1 || result=$?
	cat /tmp/log >>"$disk/all.log"
}

# nightly_ends RESULT... : it must come to its end, with one of these.
nightly_ends() {
	tries=0
	while :; do
		nightly none
		case " $* " in
		*" $result "*) return 0 ;;
		esac
		# rsync -A complains of a folder that it has just replaced.
		grep -q 'ACL_TYPE_DEFAULT): Permission denied' /tmp/log ||
			fail "the run ends with $result, not with $*"
		tries=$((tries + 1))
		retries=$((retries + 1))
		[ "$tries" -lt 3 ] || fail "the run ends with $result again"
	done
}

# verify WHAT
verify() {
	copy_snapshots
	verify_night >/tmp/problem || fail "$1: $(cat /tmp/problem)"
	! mountpoint -q "$disk/state/vg-data/new" || fail "$1: a snapshot is still mounted"
	count=$(lvs --noheadings -o lv_tags vg | grep -c lscow_nightly)
	[ "$count" = 1 ] || fail "$1: $count snapshots are left"
}

# said TEXT
said() {
	grep -qF -e "$1" /tmp/log || fail "it does not say: $1"
}

# one_night KILLS: a run, killed so many times first, at one step after the other.
next_step=$seed
one_night() {
	night=$((night + 1))
	left=$1
	[ "$night" = 1 ] || change "$seed$night" 40
	copy_snapshots
	while [ "$left" -gt 0 ]; do
		left=$((left - 1))
		# shellcheck disable=SC2086  # the words are to be split
		set -- $steps
		shift $((next_step % nr_steps))
		next_step=$((next_step + 1))
		nightly "$1"
		case $result in
		137) kills=$((kills + 1)) ;;
		0 | 5) ;;
		1)
			grep -q 'ACL_TYPE_DEFAULT): Permission denied' /tmp/log ||
				fail "stopped at $1 it ends with 1"
			;;
		*) fail "stopped at $1 it ends with $result" ;;
		esac
		copy_snapshots
		[ $((left % 2)) = 0 ] || change "$seed$night$left" 5
	done
	nightly_ends 0 5
	[ "$result" != 5 ] || full=$((full + 1))
	verify "night $night"
}

save_totals() {
	echo "$night $kills $runs $full $retries $nr_versions $next_step" >"$disk/totals"
}

load_totals() {
	read -r night kills runs full retries nr_versions next_step <"$disk/totals"
}

# ---- what goes wrong ---------------------------------------------------------

newest_snapshot() {
	lvs --noheadings -o lv_name,lv_tags vg | sed -n 's/^ *\([^ ]*\) .*lscow_nightly.*/\1/p' |
		tail -n 1
}

destination_is_away() {
	change "$seed${night}1" 10
	mv "$backup/data" "$backup/away"
	nightly none
	[ "$result" = 1 ] || fail "without the mirror it ends with $result"
	said 'no such folder'
	mkdir "$backup/data"
	nightly none
	[ "$result" = 1 ] || fail "with another folder for a mirror it ends with $result"
	said 'is not the folder that it was'
	rmdir "$backup/data"
	mv "$backup/away" "$backup/data"
	copy_snapshots
	nightly_ends 0
	verify 'the mirror was away'
	echo "ok: $kind: a mirror that was away, and another folder in its place"
}

destination_is_full() {
	dd if=/dev/urandom of="$volume/work/large" bs=1M count=6 status=none
	# All but 2 MB.
	free=$(df -Pk "$backup" | awk 'NR == 2 { print $4 }')
	fallocate -l $((free - 2048))K "$backup/filler"
	nightly none
	[ "$result" = 1 ] || fail "with a full mirror it ends with $result"
	rm "$backup/filler" "$volume/work/large"
	copy_snapshots
	nightly_ends 0
	verify 'the mirror was full'
	echo "ok: $kind: a mirror that was full"
}

snapshot_is_removed() {
	lvremove -q -f -y "vg/$(newest_snapshot)" >/dev/null
	rm -f "$copies"/*
	change "$seed${night}2" 10
	nightly_ends 5
	said 'FULL RSYNC'
	verify 'the snapshot was removed'
	echo "ok: $kind: the snapshot was removed"
}

snapshot_ran_full() {
	stop_writer
	extra_options='--size 2m'
	nightly_ends 0
	extra_options=
	verify 'before the snapshot runs full'
	change "$seed${night}3" 10
	dd if=/dev/urandom of="$volume/work/large" bs=1M count=6 status=none
	sync
	lvs --noheadings -o lv_attr "vg/$(newest_snapshot)" | grep -q '^ *....I' ||
		fail 'the snapshot did not run full'
	rm -f "$copies"/*
	nightly_ends 5
	said 'ran full and is lost'
	said 'FULL RSYNC'
	rm "$volume/work/large"
	verify 'the snapshot ran full'
	start_writer
	echo "ok: $kind: a snapshot that ran full"
}

volume_is_extended() {
	stop_writer
	umount "$volume"
	lvchange -q -an vg/data
	lvextend -q -L +8m vg/data >/dev/null
	lvchange -q -ay vg/data
	mount -t ext4 /dev/vg/data "$volume"
	resize2fs /dev/vg/data >/dev/null 2>&1
	rm -f "$copies"/*
	start_writer
	change "$seed${night}4" 10
	nightly_ends 5
	said 'lscow cannot tell what changed (status 3)'
	verify 'the volume was extended'
	echo "ok: $kind: the volume was extended"
}

# As after a mishap: the volume becomes what it was in the night.
volume_is_merged() {
	nightly_ends 0
	verify 'before the merge'
	stop_writer
	change "$seed${night}5" 10
	restored=$(newest_snapshot)
	cp "$copies/$restored.img" /tmp/restored.img
	lvconvert --merge "vg/$restored" >/dev/null 2>&1 || fail 'lvconvert --merge'
	nightly none
	[ "$result" = 1 ] || fail "during a merge it ends with $result"
	said 'is being merged into it'
	umount "$volume"
	lvchange -q -an vg/data
	lvchange -q -ay vg/data
	tries=0
	while lvs --noheadings -o lv_attr vg/data | grep -q '^ *O'; do
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || fail 'the merge does not end'
		lvchange -q --poll y vg/data >/dev/null 2>&1 || :
		sleep 1
	done
	mount -t ext4 /dev/vg/data "$volume"
	mount -o loop,ro /tmp/restored.img "$old_mount"
	same_tree 'the restored volume' "$old_mount" "$volume" --delete >/tmp/problem ||
		fail "$(cat /tmp/problem)"
	umount "$old_mount"
	rm -f "$copies"/* /tmp/restored.img
	start_writer
	nightly_ends 5
	verify 'the volume was restored'
	echo "ok: $kind: a merge, and the night after it"
}

versions_are_dropped() {
	mkdir "$history/@GMT-2001.02.03-04.05.06" "$history/@GMT-2001.02.03"
	extra_options='--keep 30'
	nightly_ends 0
	extra_options=
	[ ! -e "$history/@GMT-2001.02.03-04.05.06" ] || fail 'an old version is left'
	rmdir "$history/@GMT-2001.02.03" || fail 'what is no version was dropped'
	verify 'versions were dropped'
	echo "ok: $kind: old versions are dropped"
}

runs_exclude_each_other() {
	(
		flock 9
		sleep 3
	) 9>"$disk/state/vg-data/lock" &
	sleep 1
	nightly none
	[ "$result" = 1 ] || fail "two runs at a time end with $result"
	said 'another run is at work'
	wait $!
	echo "ok: $kind: two runs exclude each other"
}

# ---- the two stages ----------------------------------------------------------

if [ "$stage" = first ]; then
	make_volume
	mount_all
	mkdir -p "$backup/data" "$backup/remote" "$copies" "$history" "$volume/work" "$volume/busy"
	{
		echo 'VOLUME=vg/data'
		[ "$kind" = thin ] || echo 'SIZE=24m'
		echo "MIRROR=$backup/data"
		echo 'MIRROR=rsync://127.0.0.1:8730/backup/remote'
		echo "HISTORY=$history"
		echo "STATE=$disk/state"
		echo 'CHECKSUM=yes'
	} >"$disk/nightly.conf"
	workload "$seed" "$volume/work" populate 150
	workload "$((seed + 1))" "$volume/busy" populate 40
	serve
	start_writer
	one_night 0
	[ "$full" = 1 ] || fail 'the first night had no full rsync'
	while [ "$night" -lt $((nights / 2)) ]; do
		one_night "$kills_a_night"
	done
	echo "ok: $kind: $night nights, killed $kills times"
	# The power fails while a mirror is written.
	change "$seed${night}0" 40
	nightly mirror-middle
	[ "$result" != 137 ] || kills=$((kills + 1))
	copy_snapshots
	stop_writer
	save_totals
	# Nothing is unmounted.
	sync
	exit 0
fi

vgchange -q -ay vg >/dev/null
mount_all
serve
load_totals
copy_snapshots
start_writer
nightly_ends 0 5
[ "$result" != 5 ] || full=$((full + 1))
verify 'the machine was started again'
echo "ok: $kind: the machine was started again"
while [ "$night" -lt "$nights" ]; do
	one_night "$kills_a_night"
done
echo "ok: $kind: $night nights, killed $kills times"
destination_is_away
destination_is_full
snapshot_is_removed
versions_are_dropped
runs_exclude_each_other
if [ "$kind" = thick ]; then
	snapshot_ran_full
	volume_is_extended
	volume_is_merged
fi
stop_writer
umount "$volume" "$backup" "$disk"
echo "totals: $kind: $night nights, $runs runs, $kills kills, $full full rsyncs," \
	"$retries retries, $nr_versions versions, 0 differences"
