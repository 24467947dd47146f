#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# A snapshot whose store is too small for what is written to the origin.
# Disks: the physical volume, origin.img, store.img.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh

make_group /dev/vda 1m
make_origin data 32m -t ext4 -b 4096
cd /mnt || exit
make_tree
write_text big 70000
make_snapshot data snap 1m 4k
describe_machine
describe_node vg-snap
sed 's/line/LINE/' big >/tmp/big
dd if=/tmp/big of=big bs=64K conv=notrunc status=none
sync
change_tree
cd /
sync
umount /mnt
describe_node vg-snap
lvs --noheadings -o lv_name,lv_attr,snap_percent vg | sed 's/^ */lvs: /'
dump vg-data-real /dev/vdb origin.img
dump vg-snap-cow /dev/vdc store.img
