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
# shellcheck source=/dev/null
. /guest/writer.sh

make_group /dev/vda 1m
make_origin data 48m -t ext4 -b 4096
cd /mnt || exit
make_tree
sync
start_writer
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
stop_writer
cd /
umount /mnt
