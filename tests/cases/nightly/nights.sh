#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Nights of random work, each run killed at random steps until one comes to its
# end: then the mirror is as the snapshot, and the history as the one before.
# With real filesystems and rsync, but copied images for snapshots: as root.
#
# usage: nights.sh [SEED [NIGHTS]]
# With LSCOW_KEEP the folder with the images stays.

set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
nightly=${NIGHTLY:-$top/nightly/lscow-nightly}
REAL_LSCOW=${LSCOW:-${top_builddir:-$top}/lscow}
workload=${ORACLE_BIN:-${top_builddir:-$top}/tests/oracle}/workload
PATH=$PATH:/usr/sbin:/sbin

skip() {
	echo "skipped: $1"
	exit 77
}

[ "$(id -u)" = 0 ] || skip 'mounting needs root'
for program in rsync flock mountpoint mke2fs fsfreeze "$REAL_LSCOW" "$workload"; do
	command -v "$program" >/dev/null || skip "no program $program"
done

seed=${1:-${LSCOW_SEED:-1}}
nights=${2:-6}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lscow-nights.XXXXXX") || exit 1
volume=$scratch/volume mirror=$scratch/mirror history=$scratch/history

clean_up() {
	for mounted in "$scratch/state/vg-data/old" "$scratch/state/vg-data/new" \
		"$scratch/old" "$scratch/new" "$volume" "$mirror" "$history"; do
		! mountpoint -q "$mounted" || umount "$mounted" || umount -l "$mounted"
	done
	if [ -n "${LSCOW_KEEP:-}" ]; then
		echo "kept: $scratch" >&2
	else
		rm -rf "$scratch"
	fi
}
trap clean_up EXIT
trap 'exit 2' HUP INT TERM

fail() {
	echo "FAILED: $* (seed $seed, night $night)" >&2
	[ ! -e "$scratch/log" ] || tail -n 30 "$scratch/log" >&2
	exit 1
}

mkdir "$scratch/bin" "$scratch/lvm" "$scratch/copies" "$volume" "$mirror" "$history" "$scratch/old" "$scratch/new"
for name in lvs lvcreate lvremove lvchange mount lscow; do
	ln -s "$here/fake-lvm" "$scratch/bin/$name"
done
export FAKE_LVM="$scratch/lvm" REAL_LSCOW
# Another machine.
cat >"$scratch/bin/rsh" <<-'END'
	#!/bin/sh
	shift
	exec sh -c "$*"
END
# While there is a file "careless", lists are sent without ACLs and attributes.
real_rsync=$(command -v rsync)
cat >"$scratch/bin/rsync" <<-END
	#!/bin/sh
	case " \$* " in
	*' -aHAX '*--files-from=*/changes*--temp-dir=* | *' -aHAX '*--files-from=*/rest*--temp-dir=*)
		if [ -e "$scratch/careless" ]; then
			: >"$scratch/was-careless"
			shift
			set -- -aH "\$@"
		fi
		;;
	esac
	exec "$real_rsync" "\$@"
END
chmod +x "$scratch/bin/rsh" "$scratch/bin/rsync"
export RSYNC_RSH="$scratch/bin/rsh"

# make_disk IMAGE SIZE FOLDER MKE2FS-ARGUMENT...
make_disk() {
	image=$1 folder=$3
	truncate -s "$2" "$image"
	shift 3
	mke2fs -q -F -t ext4 "$@" "$image" && mount -o loop "$image" "$folder" || exit 1
}

night=0
make_disk "$scratch/lvm/data.img" 48M "$volume" -b 1024 -I 256
# Names of 255 bytes and large attributes must have room where they go.
make_disk "$scratch/mirror.img" 256M "$mirror" -b 4096 -I 512 -O ea_inode
make_disk "$scratch/history.img" 512M "$history" -b 4096 -I 512 -O ea_inode
echo 'data - uuid-data owi-aos--- - -' >"$scratch/lvm/data.lv"
echo "$volume" >"$scratch/lvm/mounted"
mkdir "$mirror/data" "$mirror/remote" "$volume/work" "$volume/attributed"

random=$((seed * 7919 + 17))
below() {
	random=$(((random * 1103515245 + 12345) & 0x7fffffff))
	value=$((random / 65536 % $1))
}

# shellcheck disable=SC2034  # for verify.sh
copies=$scratch/copies mirrors="$mirror/data $mirror/remote" old_mount=$scratch/old
# shellcheck disable=SC2034
new_mount=$scratch/new differences=$scratch/differences LSCOW=$REAL_LSCOW
# shellcheck source=verify.sh
. "$here/verify.sh"
# shellcheck disable=SC2086  # the words are to be split
set -- $steps
nr_steps=$#

# Those that are new; they are removed by and by.
copy_snapshots() {
	for image in "$scratch"/lvm/data-nightly-*.img; do
		[ ! -e "$image" ] || [ -e "$copies/${image##*/}" ] ||
			cp --sparse=always "$image" "$copies/${image##*/}"
	done
}

# run_nightly STEP: killed there, if it gets there.
run_nightly() {
	below 10
	PATH=$scratch/bin:$PATH LSCOW_NIGHTLY_STOP_AT=$1 LSCOW_NIGHTLY_STOP_AFTER=0.0$value \
		"$nightly" --state "$scratch/state" --size 10% --checksum \
		--mirror "$mirror/data" --mirror "there:$mirror/remote" --history "$history" vg/data >"$scratch/log" 2>&1
}

# make_special KIND NAME TIME
make_special() {
	case $1 in
	pipe) mkfifo "$2" ;;
	device) mknod "$2" c 1 3 ;;
	link) ln -s target "$2" ;;
	esac && touch -h -d "2026-01-01 00:00:0$3.$3" "$2" || exit 1
}

# Of each kind one with two names, then two that differ in their times only.
change_specials() {
	for kind in pipe device link; do
		one=$volume/$kind-one two=$volume/$kind-two
		if [ $((night % 2)) = 1 ]; then
			rm -f "$one" "$two"
			make_special "$kind" "$one" "$night" && ln "$one" "$two" || exit 1
		else
			make_special "$kind" "$two.new" "$night" && mv -T "$two.new" "$two" || exit 1
		fi
	done
}

kills=0 runs=0 full=0 retries=0 lost=0 mended=0
"$workload" "$seed" "$volume/work" populate 250 || exit 1
while [ "$night" -lt "$nights" ]; do
	night=$((night + 1))
	[ "$night" = 1 ] || "$workload" "$((seed * 1000 + night))" "$volume/work" change 60 || exit 1
	change_specials
	# What a list without attributes leaves out is seen, and sent again.
	rm -f "$scratch/careless"
	setfattr -n user.night -v "$night" "$volume/attributed" || exit 1
	[ $((night % 3)) != 0 ] || : >"$scratch/careless"
	# Now and then the snapshots are lost, and there is no list.
	below 5
	if [ "$value" = 0 ]; then
		rm -f "$scratch"/lvm/data-nightly-* "$copies"/*
		lost=$((lost + 1))
	fi
	# Kill it up to four times; then let it work.
	below 5
	left=$value tries=0
	while :; do
		step=none
		if [ "$left" -gt 0 ]; then
			below "$nr_steps"
			# shellcheck disable=SC2086
			set -- $steps
			shift "$value"
			step=$1
			left=$((left - 1))
		fi
		copy_snapshots
		status=0
		run_nightly "$step" || status=$?
		runs=$((runs + 1))
		mended=$((mended + $(grep -c 'names differ yet' "$scratch/log")))
		case $status in
		0 | 5 | 6) ;;
		137)
			kills=$((kills + 1))
			# Something goes on in between.
			below 3
			[ "$value" != 0 ] ||
				"$workload" "$((seed * 1000 + night + 500 + left))" "$volume/work" change 10 || exit 1
			continue
			;;
		1)
			# rsync -A complains of a folder that it has just replaced.
			grep -q 'ACL_TYPE_DEFAULT): Permission denied' "$scratch/log" ||
				fail "the run failed"
			retries=$((retries + 1))
			tries=$((tries + 1))
			[ "$tries" -lt 4 ] || fail 'it fails again'
			continue
			;;
		*) fail "status $status" ;;
		esac
		[ "$status" != 5 ] || full=$((full + 1))
		[ "$status" != 6 ] || fail 'there are warnings'
		! grep -q 'names cache' "$scratch/log" || fail 'the names cache is no good'
		break
	done
	copy_snapshots
	problem=$(verify_night; echo "$nr_versions" >"$scratch/versions") || fail "$problem"
	[ -z "$problem" ] || fail "$problem"
	nr_versions=$(cat "$scratch/versions")
	! mountpoint -q "$scratch/state/vg-data/new" || fail 'a snapshot is still mounted'
done
[ -s "$scratch/state/vg-data/names.lmdb" ] || fail 'there is no names cache'
[ ! -e "$scratch/was-careless" ] || [ "$mended" -gt 0 ] || fail 'nothing was mended'
echo "nights $night runs $runs kills $kills full $full lost $lost retries $retries mended $mended versions $nr_versions differences 0"
