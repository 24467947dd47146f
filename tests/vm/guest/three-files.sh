#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# three-files.sh SIZE STORE-SIZE CHUNK MKE2FS-ARGUMENT...
# A snapshot of a mounted filesystem, a day's work on the origin, then the
# origin, the store and the kernel's view of the snapshot.
# Disks: the physical volume, origin.img, store.img, view.img.

# shellcheck source=/dev/null
. /guest/lib.sh
# shellcheck source=/dev/null
. /guest/tree.sh

size=$1 store_size=$2 chunk=$3
shift 3
make_group /dev/vda 1m
make_origin data "$size" "$@"
cd /mnt || exit
make_tree
make_snapshot data snap "$store_size" "$chunk"
sleep 1
change_tree
cd /
sync
umount /mnt

describe_machine
describe_node vg-snap
dump vg-data-real /dev/vdb origin.img
dump vg-snap-cow /dev/vdc store.img
dump vg-snap /dev/vdd view.img
