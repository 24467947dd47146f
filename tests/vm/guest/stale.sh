#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# A snapshot removed with dmsetup, behind LVM's back: its store stays as a
# device that nothing uses, and what is written later is not in it.
# Disks: the physical volume, store.img.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh

make_group /dev/vda 1m
make_origin data 32m -t ext4 -b 4096
cd /mnt || exit
make_tree
make_snapshot data snap 8m 4k
printf 'changed while tracked\n' >>etc/service1.conf
sync
describe_machine
describe_node vg-snap
dmsetup remove vg-snap
change_tree
cd /
umount /mnt
dmsetup info -c --noheadings -o name,uuid,open vg-snap-cow | sed 's/^/left behind: /'
dump vg-snap-cow /dev/vdb store.img
