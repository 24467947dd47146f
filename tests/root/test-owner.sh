#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# lscow owner on filesystems that the kernel filled: for every block it must say what
# dumpe2fs, debugfs and find say together, and for every extent of every file what the
# kernel says (FIEMAP). And the same inside of disks with partition tables.
#
# LSCOW  the program to test

# Scripts in single quotes are for the shell that runs them in the tree.
# shellcheck disable=SC2016
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs dumpe2fs filefrag setfattr fallocate sfdisk

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
enter_work owner
mkdir tree

# ---- A tree of all kinds of blocks ---------------------------------------------

# Blocks of data with holes in between, each an extent of its own: every other one of
# 2 * $1 blocks of $2 bytes.
write_holes()
{
	awk -v nr="$1" -v size="$2" 'BEGIN {
		for (i = 0; i < size; i++) { full = full "x"; empty = empty "z" }
		for (i = 0; i < nr; i++) printf "%s%s", full, empty
	}' | tr z '\000' | dd bs="$2" iflag=fullblock conv=sparse status=none
}

# fill BLOCK_BYTES NR_EXTENTS: the tree, which is mounted
fill()
{
	cd tree || exit 1
	mkdir -p dir/sub many deep
	echo small >dir/file
	ln dir/file dir/sub/link
	ln dir/file 'deep/another name'
	head -c 300000 /dev/urandom >dir/large
	# Levels of a tree of extents, or of indirect blocks.
	write_holes "$2" "$1" >deep/holes || exit 1
	echo end | dd of=deep/far bs=1 seek=$((80 << 20)) status=none
	echo middle | dd of=deep/far bs=1 seek=1000000 conv=notrunc status=none
	# Beyond the end of the file; ext2 and ext3 cannot.
	fallocate --keep-size --length 100000 deep/reserved 2>/dev/null || : >deep/reserved
	# A directory with an htree of two levels with blocks of 1 KiB, and holes in it.
	seq -f 'many/a_rather_long_name_to_fill_blocks_with_%05g' 4000 | xargs touch
	seq -f 'many/a_rather_long_name_to_fill_blocks_with_%05g' 5 3 3000 | xargs rm
	# Attributes in a block: of one file, and shared.
	setfattr -n user.own -v "$(head -c 700 /dev/zero | tr '\0' o)" dir/large
	for file in dir/file dir/sub many deep/far; do
		setfattr -n user.shared -v "$(head -c 700 /dev/zero | tr '\0' s)" "$file"
	done
	ln -s short dir/symlink
	ln -s "$(head -c 200 /dev/zero | tr '\0' l)" dir/long-symlink
	mkfifo dir/fifo
	mknod dir/node b 7 0
	sync
}

# Which inode has which extent, as the kernel says it: "block ino offset" for each.
list_kernel_extents()
{
	find tree -xdev \( -type f -size +0 -o -type d \) -printf '%i\t%p\n' |
		while IFS='	' read -r ino path; do
		# 0: the number of the extent, then offsets and blocks in blocks.
		filefrag -s -v -b"$1" "$path" 2>/dev/null |
			awk -F '[ .:]+' -v ino="$ino" -v size="$1" '
			/^ +[0-9]+: / {
				for (i = 0; i <= $4 - $3; i++)
					printf "%d %d %.0f\n", $5 + i, ino, ($3 + i) * size
			}'
	done | sort -u
}

# ---- The comparison -----------------------------------------------------------

# find_truth BLOCK_BYTES: paths, extents and truth, of all.img
find_truth()
{
	mount -o loop,ro all.img tree || broken 'mount'
	find tree -xdev -printf '%i\t%y\t%P\n' | sort -t'	' -k1,1n -k3 >paths
	list_kernel_extents "$1" >kernel
	umount tree || broken 'unmount'
	dumpe2fs all.img >dumpe2fs.out 2>/dev/null || broken 'dumpe2fs'
	{ printf '1\n7\n8\n'; cut -f1 paths; } | sort -nu | sed 's/.*/stat <&>/' >commands
	debugfs -f commands all.img >debugfs.out 2>/dev/null || broken 'debugfs'
	awk -f "$here/owner-truth.awk" dumpe2fs.out paths debugfs.out >truth
}

# The output without what an inode is for.
show()
{
	sed 's/ ([a-z ]*)//g'
}

# check_blocks BLOCK_BYTES: everything, in one pass
check_blocks()
{
	nr_blocks=$(wc -l <truth)
	"$LSCOW" owner all.img "0-$((nr_blocks - 1))" >out 2>err
	code=$?
	show <out >shown
	report 'every block' "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		diff truth shown >differences ||
			{ echo "$(grep -c '^[<>]' differences) lines differ"; head -n 20 differences; }
	)"
	awk -F '\t' '$4 != "-" && $3 ~ /^[0-9]+$/ { print $1, $3, $4 }' out |
		sort >extents
	report 'every extent that the kernel tells' "$(
		[ -s kernel ] || echo 'the kernel tells none'
		comm -23 kernel extents | head
	)"
	report 'the truth is known of every block' "$(
		cut -f2 truth | grep -n -E 'nothing|but free' | head)"
	has_classes
}

# What the test is about must be there.
has_classes()
{
	for class in $classes; do
		cut -f2 truth | grep -qx "$class" || report "has $class" 'there is none'
	done
	report 'a shared block of attributes' "$(
		awk -F '\t' '$2 == "xattr" && $3 ~ /,/ { found = 1 } END { exit !found }' truth ||
			echo 'there is none')"
	report 'a map of several levels' "$(
		awk -F '\t' '$2 == "map" { nr[$3]++ } END { for (i in nr) if (nr[i] > 3) exit 0; exit 1 }' \
			truth || echo 'there is none')"
}

# begin NAME SIZE BLOCK_BYTES NR_EXTENTS OPTION...: a filled filesystem, all.img
begin()
{
	name=$1 size=$2 block_bytes=$3 nr_extents=$4
	shift 4
	rm -f all.img
	truncate -s "$size" all.img
	mke2fs -q -F -b "$block_bytes" "$@" all.img >mke2fs.log 2>&1 ||
		broken "mke2fs: $(cat mke2fs.log)"
	mount -o loop,user_xattr all.img tree || broken 'mount'
	(fill "$block_bytes" "$nr_extents") >fill.log 2>&1 || broken "fill: $(cat fill.log)"
	umount tree || broken 'unmount'
	find_truth "$block_bytes"
}

all_classes='superblock descriptors block_bitmap inode_bitmap inode_table directory data
	map xattr free'

test_kinds()
{
	classes="boot hidden $all_classes"
	begin 'ext2, 1 KiB' 48M 1024 2000 -t ext2
	check_blocks
	begin 'ext2, 4 KiB' 96M 4096 2000 -t ext2 -O ^resize_inode
	classes=$all_classes
	check_blocks
	classes="journal $all_classes"
	begin 'ext3, 1 KiB' 48M 1024 2000 -t ext3
	check_blocks
	begin 'ext3, 4 KiB' 96M 4096 2000 -t ext3
	check_blocks
	begin 'ext4, 1 KiB' 48M 1024 2000 -t ext4
	check_blocks
	begin 'ext4, 4 KiB' 96M 4096 2000 -t ext4
	check_blocks
	begin 'ext4, no flexible groups, meta_bg' 64M 1024 2000 -t ext4 \
		-O ^flex_bg,meta_bg,^resize_inode
	check_blocks
	begin 'ext4, sparse_super2, no checksums, inodes of 128 bytes' 64M 1024 2000 -t ext4 \
		-O sparse_super2,^metadata_csum,^resize_inode,^extra_isize -I 128
	check_blocks
}

# ---- Other units, and disks ----------------------------------------------------

# disk FILE START_SECTOR: all.img there in a disk whose table sfdisk makes of the
# standard input
disk()
{
	rm -f "$1"
	truncate -s 160M "$1"
	sfdisk -q "$1" >sfdisk.log 2>&1 || broken "sfdisk: $(cat sfdisk.log)"
	dd if=all.img of="$1" bs=512 seek="$2" conv=notrunc,sparse status=none
}

# same_in DISK START_SECTOR OPTION...: what is said of the image is said of the disk
same_in()
{
	disk=$1 start=$2
	shift 2
	awk 'NR % 97 == 1 { print $1 }' truth >few
	"$LSCOW" owner all.img - <few >want
	"$LSCOW" owner "$disk" "$@" - <few >out 2>err
	report "blocks in $disk" "$(cat err; cmp want out)"
	awk -v start="$start" '{ print start + $1 * 2 + 1 }' few >sectors
	"$LSCOW" owner "$disk" "$@" --sectors - <sectors >out 2>err
	# The second sector of each block of 1 KiB: 512 bytes further on.
	awk -F '\t' -v OFS='\t' -v start="$start" '{
		$1 = start + $1 * 2 + 1
		if ($4 != "-") $4 = sprintf("%.0f", $4 + 512)
		print
	}' want >want.sectors
	report "sectors of $disk" "$(cat err; cmp want.sectors out)"
	awk '{ print $1 * 512 }' sectors >bytes
	"$LSCOW" owner "$disk" "$@" --bytes - <bytes >out 2>err
	awk -F '\t' -v OFS='\t' '{ $1 = sprintf("%.0f", $1 * 512); print }' want.sectors |
		cmp - out >differences 2>&1
	report "bytes of $disk" "$(cat err differences)"
}

test_disks()
{
	classes=$all_classes
	begin 'disks' 48M 1024 100 -t ext4
	same_in all.img 0
	disk gpt.img 10240 <<-END
		label: gpt
		start=2048, size=4096
		start=10240, size=98304
	END
	same_in gpt.img 10240 --partition 2
	same_in gpt.img 10240 --offset 5M
	disk mbr.img 20480 <<-END
		label: dos
		start=2048, size=2048, type=83
		start=20480, size=98304, type=83
	END
	same_in mbr.img 20480 --partition 2
	disk logical.img 20480 <<-END
		label: dos
		1 : start=2048, size=2048, type=83
		2 : start=8192, size=200000, type=5
		5 : start=10240, size=4096, type=83
		6 : start=20480, size=98304, type=83
	END
	same_in logical.img 20480 --partition 6
	report 'an extended partition' "$(
		"$LSCOW" owner logical.img --partition 2 1 2>&1 |
			grep -q 'partition 2 is an extended one' || echo 'is not refused')"
}

# Any numbers in any order, some of them more than once.
test_many()
{
	classes=$all_classes
	begin 'many' 128M 1024 2000 -t ext4
	awk 'BEGIN { srand(1); for (i = 0; i < 100000; i++) print int(rand() * 131072) }' >numbers
	awk -F '\t' 'NR == FNR { line[$1] = $0; next } { print line[$1] }' truth numbers >want
	"$LSCOW" owner all.img - <numbers 2>err | show >out
	report '100,000 numbers in their order' "$(cat err; cmp want out)"
	"$LSCOW" owner all.img --format json - <numbers >out 2>err
	nr_inodes=$(sed -n 's/^Inode count: *//p' dumpe2fs.out)
	scanned=$(sed -n 's/.*"scanned_inodes":\([0-9]*\).*/\1/p' out)
	report 'one pass' "$(
		[ "$(grep -c '"type":"block"' out)" = 100000 ] || echo 'rows are missing'
		[ "${scanned:-0}" -gt 0 ] && [ "$scanned" -le "$nr_inodes" ] ||
			echo "$scanned inodes read of $nr_inodes"
		cat err)"
}

test_kinds
test_disks
test_many
tell_counts
