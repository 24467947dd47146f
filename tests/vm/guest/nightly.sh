#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Two snapshots of one mounted filesystem, a day's work apart, both taken while
# a writer is at work; then the views of both, and the older one's store, which
# is read last, while the writer still writes.
# Disks: the physical volume, old.img, new.img, store.img.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh

# The writer: files that come, grow, are renamed, rewritten and deleted.
write_until_stopped() {
	mkdir -p /mnt/load
	round=0
	while [ ! -e /tmp/stop ]; do
		round=$((round + 1))
		name=/mnt/load/file$((round % 17))
		write_text "$name" $((round % 50 + 10))
		printf 'round %d\n' "$round" >>/mnt/load/log
		case $((round % 4)) in
		0) mv "$name" "$name.kept" ;;
		1) printf 'in place' | dd of="$name" bs=1 seek=30 conv=notrunc status=none ;;
		2) rm "$name" ;;
		3) sync "$name" ;;
		esac
		printf '%d\n' "$round" >/tmp/round
		sleep 0.03
	done
}

# Lets the writer do some more, for as long as it takes.
let_it_write() {
	goal=$(($(cat /tmp/round) + $1))
	while [ "$(cat /tmp/round)" -lt "$goal" ]; do
		sleep 0.1
	done
}

make_group /dev/vda 1m
make_origin data 48m -t ext4 -b 4096
cd /mnt || exit
make_tree
sync
echo 0 >/tmp/round
write_until_stopped &
let_it_write 20
make_snapshot data s1 24m 4k
change_tree
let_it_write 40
make_snapshot data s2 24m 4k
let_it_write 40
sync

describe_machine
dump vg-s1 /dev/vdb old.img
dump vg-s2 /dev/vdc new.img
dump vg-s1-cow /dev/vdd store.img
describe_node vg-s1
describe_node vg-s2
printf 'rounds of the writer: %s\n' "$(cat /tmp/round)"
: >/tmp/stop
wait
cd /
umount /mnt
