#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# A filesystem whose size or features were changed between the two states, with files
# that changed besides: lscow finds what a walk through both trees finds, or names what
# keeps it from that.
#
# LSCOW       the program to test
# ORACLE_BIN  where truth, compare and make-store are

set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs tune2fs resize2fs e2fsck mountpoint

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
bin=$(cd "${ORACLE_BIN:-$here/../oracle}" && pwd)
enter_work resized

fill()
{
	mkdir dir many
	head -c 300000 /dev/urandom >dir/kept
	head -c 300000 /dev/urandom >dir/written
	head -c 300000 /dev/urandom >dir/gone
	seq -f 'many/a_rather_long_name_to_fill_the_blocks_%05g' 300 | xargs touch
}

change()
{
	head -c 5000 /dev/urandom | dd of=dir/written bs=1000 seek=100 conv=notrunc status=none
	rm dir/gone
	mkdir dir/come
	head -c 100000 /dev/urandom >dir/come/file
	mv many/a_rather_long_name_to_fill_the_blocks_00007 dir/moved
}

# work_on FUNCTION: in the tree of new.img
work_on()
{
	mount -o loop new.img new || broken 'mount'
	(cd new && set -e && "$1") >work.log 2>&1 || broken "$1: $(cat work.log)"
	umount new || broken 'unmount'
}

# begin NAME SIZE_OF_FILESYSTEM OPTION...: old.img and new.img are 64 MiB
begin()
{
	name=$1 size=$2
	shift 2
	rm -f new.img
	truncate -s 64M new.img
	mke2fs -q -F -b 1024 -N 1000 "$@" new.img "$size" >mke2fs.log 2>&1 ||
		broken "mke2fs: $(cat mke2fs.log)"
	work_on fill
	cp --sparse=always new.img old.img
}

# between COMMAND...: runs it on new.img, with a check before and after
between()
{
	e2fsck -fy new.img >log 2>&1
	"$@" new.img >log 2>&1 || broken "$*: $(cat log)"
	e2fsck -fy new.img >log 2>&1
	[ $? -le 1 ] || broken "e2fsck: $(cat log)"
}

# refuses MESSAGE: with status 3, whatever the form of the input
refuses()
{
	"$bin/make-store" old.img new.img 4096 store.img 1 2>/dev/null || broken 'make a store'
	for form in '--old old.img --new new.img' '--origin new.img --cow store.img'; do
		# shellcheck disable=SC2086  # the words are to be split
		"$LSCOW" files $form >out 2>err
		code=$?
		report "$form" "$(
			[ "$code" = 3 ] || echo "exit code $code, expected 3"
			cat out
			grep -q -e "$1" err || cat err
		)"
	done
}

# tells TRUTH OPTION...
tells()
{
	truth=$1
	shift
	"$LSCOW" files "$@" --format json >out 2>err
	code=$?
	report "$*" "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		"$bin/compare" "$truth" out >differences 2>&1 || cat differences
	)"
}

tells_truth()
{
	mount -o loop,ro old.img old || broken 'mount'
	mount -o loop,ro new.img new || broken 'mount'
	"$bin/truth" old new >truth || broken 'find the truth'
	unmount_all
	report 'changes' "$([ "$(wc -l <truth)" -ge 6 ] || cat truth)"
	"$bin/make-store" old.img new.img 4096 store.img 1 2>/dev/null || broken 'make a store'
	tells truth --old old.img --new new.img
	tells truth --origin new.img --cow store.img
}

# tuned NAME FEATURES OPTION...: what tune2fs does with these options changes no row
tuned()
{
	begin "$1" 64M -t ext4 -O "$2"
	shift 2
	between tune2fs "$@"
	work_on change
	tells_truth
}

# ---- Other sizes ----------------------------------------------------------------

resized='the filesystem was resized between the two; do a full scan, and take a new snapshot'

begin 'grown' 40M -t ext4
between resize2fs
work_on change
# Where the store is read the origin's size is looked at first.
refuses "expected 40960 as in .*: $resized\$\|expected the 41943040 of the filesystem .*; do a full scan\$"

begin 'shrunk' 64M -t ext4
resize_to_48M()
{
	# It cuts the image off, which a volume would not be.
	resize2fs "$1" 48M && truncate -s 64M "$1"
}
between resize_to_48M
work_on change
refuses "expected 65536 as in .*: $resized\$"

# ---- Other features ---------------------------------------------------------------

tuned 'checksums on' ^metadata_csum -O metadata_csum
tuned 'checksums off' metadata_csum -O ^metadata_csum
tuned 'label, and a journal that goes' metadata_csum -L label -O ^has_journal
tuned 'no index of directories' metadata_csum -O ^dir_index
tuned 'seed of checksums' metadata_csum,^metadata_csum_seed -O metadata_csum_seed

begin 'another UUID' 64M -t ext4 -O metadata_csum_seed
between tune2fs -U 6c73636f-7700-4000-8000-0000000000aa
work_on change
refuses 'found filesystem 6c73636f-7700-4000-8000-0000000000aa, expected .* as in '

begin 'larger inodes' 64M -t ext4 -I 128 -O ^flex_bg
between tune2fs -I 256
work_on change
refuses 'found inode size 256, expected 128 as in '

tell_counts
