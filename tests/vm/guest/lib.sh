#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# What the scripts that run in the virtual machine share; in the guest it is
# /guest/lib.sh, to be sourced.

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# make_group DISK EXTENT: the volume group `vg`.
make_group() {
	pvcreate -q "$1" >/dev/null
	vgcreate -q -s "$2" vg "$1" >/dev/null
}

# make_origin LV SIZE MKE2FS-ARGUMENT...: a volume with a filesystem on /mnt.
make_origin() {
	lv=$1 size=$2
	shift 2
	lvcreate -q -y -n "$lv" -L "$size" vg >/dev/null
	mke2fs -q "$@" "/dev/vg/$lv" >&2
	mount -t ext4 "/dev/vg/$lv" /mnt
}

# make_snapshot LV SNAPSHOT SIZE CHUNK: freezes the filesystem on its way.
make_snapshot() {
	lvcreate -q -y -s -n "$2" -L "$3" -c "$4" "/dev/vg/$1" >/dev/null
}

# dump NODE DISK NAME: copies a device-mapper node to the disk DISK, past the
# page cache, and tells the host how long it is.
dump() {
	dd if="/dev/mapper/$1" of="$2" bs=1M iflag=direct conv=fsync status=none
	printf 'size %s %s\n' "$3" "$(blockdev --getsize64 "/dev/mapper/$1")"
}

# What made an image, for its README.
describe_machine() {
	printf 'kernel %s\n' "$(uname -r)"
	lvm version | sed -n 's/^ *\(LVM\|Driver\) version: */\1 /p'
	mke2fs -V 2>&1 | sed -n 's/^mke2fs /mke2fs /p'
}

describe_node() {
	printf 'table %s: %s\n' "$1" "$(dmsetup table "$1")"
	printf 'status %s: %s\n' "$1" "$(dmsetup status "$1")"
}

# write_text FILE LINES: distinct text that compresses well.
write_text() {
	awk -v name="$1" -v lines="$2" 'BEGIN {
		for (i = 1; i <= lines; i++)
			printf "%s: line %d of %d\n", name, i, lines
	}' >"$1"
}
