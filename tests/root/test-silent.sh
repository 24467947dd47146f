#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Changes that no inode tells of: times that do not move on, blocks written below the
# filesystem, data that reached the disk before its inode. They are to be found by the
# blocks alone; the truth is what two mounts hold.
#
# LSCOW        the program to test
# LSCOW_CRASH  the program `crash FOLDER`
# ORACLE_BIN   where truth, compare, make-store and raw-write are

set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs dumpe2fs mountpoint setfattr fallocate

top=${top_builddir:-$here/../..}
lscow=$(whole "${LSCOW:-$top/lscow}")
crash=$(whole "${LSCOW_CRASH:-$top/tests/support/crash}")
bin=$(whole "${ORACLE_BIN:-$top/tests/oracle}")
enter_work silent

# ---- what happens to a filesystem ------------------------------------------------

# letters LETTER NR_BYTES
letters()
{
	head -c "$2" /dev/zero | tr '\0' "$1"
}

# overwrite LETTER FILE [OFFSET]: a block in its place
overwrite()
{
	letters "$1" "$block_bytes" |
		dd of="$2" bs=1 seek="${3:-0}" conv=notrunc status=none || broken "write $2"
}

# begin NAME BLOCK_BYTES OPTION...: old.img with some files, and new.img like it
begin()
{
	name=$1 block_bytes=$2
	shift 2
	rm -f old.img new.img
	truncate -s 24M new.img
	mke2fs -q -F -b "$block_bytes" -I 256 "$@" new.img >log 2>&1 || broken "mke2fs: $(cat log)"
	mount -o loop,user_xattr new.img new || broken 'mount'
	mkdir new/dir
	for file in written quiet dir/far; do
		letters a 20000 >new/$file
	done
	# Every other block, so that the map has a block of its own; the bytes are the same.
	letters a $((block_bytes * 40)) >new/mapped
	for block in $(seq 1 2 39); do
		fallocate -p -o $((block * block_bytes)) -l "$block_bytes" new/mapped 2>>log ||
			overwrite b new/mapped $((block * block_bytes))
	done
	setfattr -n user.long -v "$(letters x 600)" new/dir/far || broken 'setfattr'
	umount new || broken 'umount'
	cp --sparse=always new.img old.img
}

# put_back PATH: the inode as it was, byte by byte
put_back()
{
	inode_place=$(debugfs -R "imap $1" old.img 2>/dev/null | awk '
		sub(/.*located at block /, "") { sub(/, offset/, ""); print }')
	inode_at=$((${inode_place% *} * block_bytes + ${inode_place#* }))
	dd if=old.img of=new.img bs=256 skip=$((inode_at / 256)) seek=$((inode_at / 256)) \
		count=1 conv=notrunc status=none || broken 'put an inode back'
	for image in old.img new.img; do
		debugfs -R "inode_dump $1" $image 2>/dev/null >$image.inode
	done
	cmp -s old.img.inode new.img.inode && [ -s old.img.inode ] && return
	broken "put $1 back"
}

# ---- what lscow says of it -------------------------------------------------------

# mount_view IMAGE FOLDER: where there is a journal to replay, the kernel does so in a copy.
mount_view()
{
	view=$1
	if dumpe2fs -h "$1" 2>/dev/null | grep -q needs_recovery; then
		view=$1.mounted
		cp --sparse=always "$1" "$view"
		mount -o loop "$view" "$2" || broken "mount $1"
		umount "$2" || broken "umount $1"
	fi
	mount -o loop,ro "$view" "$2" || broken "mount $1"
}

# check_list WHAT OPTION...
check_list()
{
	what=$1
	shift
	report "$what: rows and ranges" "$(
		"$lscow" files "$@" --format json 2>message >rows || cat message
		"$bin/compare" truth rows | head -n 5 | grep -v '^changes .* missed 0 extra 0 wrong 0'
	)"
	report "$what: the list" "$("$lscow" files "$@" 2>&1 | grep -v '^lscow: warning: ' |
		diff expected - | grep '^[<>]')"
}

# expect: what is listed, from standard input, is the truth, and what lscow lists
expect()
{
	cat >expected
	mount_view old.img old
	mount_view new.img new
	"$bin/truth" old new >truth || broken 'find the truth'
	unmount_all
	"$bin/make-store" old.img new.img 4096 store.img 1 2>log || broken "make a store: $(cat log)"
	check_list 'two images' --old old.img --new new.img
	check_list 'origin and store' --origin new.img --cow store.img
}

# ---- inodes that are byte by byte what they were -----------------------------------

# As if all had happened within one tick of the clock.
test_same_inodes()
{
	begin "$@"
	mount -o loop,user_xattr new.img new || broken 'mount'
	overwrite b new/written
	overwrite c new/dir/far 8192
	setfattr -n user.long -v "$(letters y 600)" new/dir/far || broken 'setfattr'
	umount new || broken 'umount'
	put_back written
	put_back dir/far
	expect <<-END
		M  dir/far
		M  written
	END

	begin "$@"
	mount -o loop,user_xattr new.img new || broken 'mount'
	setfattr -n user.long -v "$(letters z 600)" new/dir/far || broken 'setfattr'
	umount new || broken 'umount'
	put_back dir/far
	expect <<-END
		m  dir/far
	END
}

# A directory that got a name and lost one.
test_same_directory()
{
	begin "$@"
	mount -o loop,user_xattr new.img new || broken 'mount'
	ln new/written new/dir/come
	rm new/dir/far
	umount new || broken 'umount'
	put_back dir
	expect <<-END
		H  dir/come
		D  dir/far
	END
}

# A block less here and one more there.
test_same_map()
{
	begin "$@"
	mount -o loop,user_xattr new.img new || broken 'mount'
	fallocate -p -o $((block_bytes * 6)) -l "$block_bytes" new/mapped || broken 'fallocate'
	overwrite c new/mapped $((block_bytes * 9))
	umount new || broken 'umount'
	put_back mapped
	expect <<-END
		M  mapped
	END
}

# ---- what the kernel itself leaves ----------------------------------------------

# fdatasync does not wait for times, and the crash comes before they are committed.
test_crash()
{
	begin "$@"
	mount -o loop,commit=300 new.img new || broken 'mount'
	sync -f new || broken 'sync'
	cp --sparse=always new.img old.img
	overwrite b new/written 4096
	sync -d new/written || broken 'sync'
	"$crash" new || broken 'crash'
	umount new || broken 'umount'
	same_inode written
	expect <<-END
		M  written
	END
}

# With lazytime only the data are on the disk; the snapshot is of a mounted filesystem.
test_lazytime()
{
	begin "$@"
	mount -o loop,lazytime,commit=300 new.img new || broken 'mount'
	sync -f new || broken 'sync'
	cp --sparse=always new.img old.img
	overwrite b new/written 4096
	sync -d new/written || broken 'sync'
	cp --sparse=always new.img taken.img
	umount new || broken 'umount'
	mv taken.img new.img
	same_inode written
	expect <<-END
		M  written
	END
}

# same_inode PATH: in both images, or the test is about nothing
same_inode()
{
	for image in old.img new.img; do
		debugfs -R "inode_dump $1" $image 2>/dev/null >$image.inode
	done
	report 'the inode did not change' "$(cmp old.img.inode new.img.inode 2>&1)"
}

# Written below the filesystem.
test_raw()
{
	begin "$@"
	mount -o loop,ro new.img new || broken 'mount'
	"$bin/raw-write" 3 new.img new 1 || broken 'raw-write'
	umount new || broken 'umount'
	mount_view old.img old
	mount_view new.img new
	for file in written quiet dir/far mapped; do
		cmp -s old/$file new/$file || echo "M  $file"
	done | sort -k 2 >raw.expected
	unmount_all
	report 'one file was written to' "$([ "$(wc -l <raw.expected)" = 1 ] || cat raw.expected)"
	expect <raw.expected
}

for kind in '1024 -t ext4' '4096 -t ext4 -O ^metadata_csum' '1024 -t ext2'; do
	# The words are meant to be split.
	# shellcheck disable=SC2086
	{
		test_same_inodes "the same inodes, $kind" $kind
		test_same_directory "the same directory, $kind" $kind
		test_raw "raw writes, $kind" $kind
		case $kind in
		*ext4*)
			test_same_map "the same inode, another map, $kind" $kind
			test_crash "a crash, $kind" $kind
			test_lazytime "lazytime, $kind" $kind
			;;
		esac
	}
done
tell_counts
