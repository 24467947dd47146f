#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# random.sh SEED CHUNK...
# For each chunk size: a snapshot, a random workload on the mounted origin,
# then random writes to the bare origin and to the bare snapshot.
# Disks: the physical volume, then for each chunk size CHUNK
# CHUNK-origin.img, CHUNK-store.img, CHUNK-view.img.

# shellcheck source=/dev/null
. /guest/lib.sh

# random_work SEED COUNT: a script of operations on the current folder. Some
# of them fail (a file is not there), which is as good as any other change.
random_work() {
	awk -v seed="$1" -v count="$2" '
	function below(n) { return int(rand() * n) }
	function file() { return "d" below(6) "/file" below(20) }
	BEGIN {
		srand(seed)
		for (i = 0; i < count; i++) {
			op = below(13)
			if (op <= 1)
				print "write_text", file(), below(900) + 1
			else if (op == 3)
				print "printf in-place-" i " | dd of=" file(), \
				      "bs=1 seek=" below(50000), "conv=notrunc status=none"
			else if (op == 4)
				print "truncate -s", below(60000), file()
			else if (op == 5)
				print "rm -f", file()
			else if (op == 6)
				print "mv -f", file(), file()
			else if (op == 7)
				print "ln -f", file(), file()
			else if (op == 8)
				print "mkdir -p d" below(6) "/sub" below(3)
			else if (op == 9)
				print "chmod 6" below(8) below(8), file()
			else if (op == 10)
				print "setfattr -n user.x -v", below(1000), file()
			else if (op == 11)
				print "cp -p", file(), file()
			else
				print "printf more-" i " >>" file()
			if (below(20) == 0)
				print "sync"
		}
	}' >/tmp/work
	while read -r line; do
		(eval "$line") 2>/dev/null || :
	done </tmp/work
}

# random_writes SEED COUNT DEVICE: writes past the filesystem; the last sector
# and the first too.
random_writes() {
	sectors=$(blockdev --getsz "$3")
	awk -v seed="$1" -v count="$2" -v sectors="$sectors" 'BEGIN {
		srand(seed)
		print sectors - 1, 1
		print 0, 1
		for (i = 0; i < count; i++) {
			at = int(rand() * (sectors - 64))
			print at, int(rand() * 64) + 1
		}
	}' >/tmp/writes
	while read -r at length; do
		yes "raw $3 $1 $at" | dd of="$3" bs=512 seek="$at" count="$length" \
			iflag=fullblock conv=notrunc status=none 2>/dev/null
	done </tmp/writes
	sync
}

seed=$1
shift
# Small extents: with the large chunks the last one is cut short.
make_group /dev/vda 4k
# The disks come in threes after the first.
letters='b c d e f g h i j k l m'
for chunk; do
	make_origin data 32772k -t ext4 -b 4096
	cd /mnt || exit
	mkdir d0 d1 d2 d3 d4 d5
	random_work "$seed" 120
	make_snapshot data snap 40m "$chunk"
	random_work $((seed + 1)) 120
	cd /
	umount /mnt
	random_writes $((seed + 2)) 20 /dev/vg/data
	random_writes $((seed + 3)) 5 /dev/vg/snap
	printf '%s: %s\n' "$chunk" "$(dmsetup status vg-snap)"
	for name in data-real:origin snap-cow:store snap:view; do
		dump "vg-${name%:*}" "/dev/vd${letters%% *}" "$chunk-${name#*:}.img"
		letters=${letters#* }
	done
	lvremove -q -y vg/snap vg/data >/dev/null
	seed=$((seed + 4))
done
