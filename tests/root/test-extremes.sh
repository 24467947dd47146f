#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Trees of unusual shapes: maps of three levels, directories 200 levels deep, more entries
# than an htree of two levels has room for, more subdirectories than links can be counted.
# Known changes in them are listed, and are the truth.
#
# usage: test-extremes.sh [KEEP]: the images are left in this folder
#
# LSCOW             the program to test
# ORACLE_BIN        where truth, compare and make-store are
# LSCOW_LONG_TESTS  yes: as many entries as the above takes, which takes minutes; otherwise
#                   a thousand each, and the two shapes that need more are not there

set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs findmnt mountpoint fallocate

top=${top_builddir:-$here/../..}
lscow=$(whole "${LSCOW:-$top/lscow}")
bin=$(whole "${ORACLE_BIN:-$top/tests/oracle}")
keep=${1:+$(whole "$1")}
enter_work extremes

at_end()
{
	[ -z "$keep" ] || mv ./*.img "$keep"
}

# Four extents in the inode, and in each block 84: a third level begins at 28225.
nr_extents=32000
# A root of 123 blocks of 126 blocks of at most 4 such names: 66000 need one more level.
# A directory of 65000 loses count of its links.
nr_files=1000 nr_folders=1000
if [ "${LSCOW_LONG_TESTS:-}" = yes ]; then
	nr_files=66000 nr_folders=65000
else
	echo 'LSCOW_LONG_TESTS is not yes: no htree of three levels, and no links that are not counted'
fi
file_name=$(printf 'a_long_name_%0190d' 0)
nr_levels=200
# Some in the middle and at the end.
file_changed=$(printf '%05d' $((nr_files / 2))) file_moved=$(printf '%05d' $((nr_files - 1)))
folder_changed=$((nr_folders / 2)) folder_filled=$((nr_folders - 1))

# Every other block is a hole.
write_extents()
{
	awk -v nr="$nr_extents" 'BEGIN {
		for (i = 0; i < 1024; i++) { full = full "x"; empty = empty "z" }
		for (i = 0; i < nr; i++) printf "%s%s", full, empty
	}' | tr z '\000' | dd bs=1024 iflag=fullblock conv=sparse status=none
}

fill()
{
	cd new || exit 1
	write_extents >extents || exit 1
	head -c 400000 /dev/zero | tr '\0' h >holes
	for block in $(seq 1 2 199); do
		fallocate -p -o $((block * 1024)) -l 1024 holes || exit 1
	done
	mkdir -p "$(deep 1 "$nr_levels")" links files folders || exit 1
	echo deep >"$(deep 1 "$nr_levels")/file"
	echo linked >links/first
	for level in 1 2 50 100 150 200; do
		ln links/first "$(deep 1 $level)/link" || exit 1
	done
	echo other >links/other
	ln links/other "$(deep 1 50)/other" || exit 1
	(cd files && seq -f "$file_name%05g" "$nr_files" | xargs touch) || exit 1
	(cd folders && seq "$nr_folders" | xargs mkdir) || exit 1
}

# deep FIRST LAST: the names of these levels of the deep directories, as a path
deep()
{
	seq -s / -f 'level_%03g' "$1" "$2"
}

change()
{
	cd new || exit 1
	# In the middle and at the end of the map, and where there was nothing.
	printf changed | dd of=extents bs=1 seek=$((nr_extents * 1024 + 100)) conv=notrunc status=none
	printf changed | dd of=extents bs=1 seek=$(((nr_extents * 2 - 1) * 1024)) conv=notrunc status=none
	fallocate -p -o $((100 * 1024)) -l 1024 holes
	# All below the 150th level gets other paths.
	mv "$(deep 1 149)/level_150" "$(deep 1 149)/moved"
	echo more >>"$(deep 1 149)/moved/$(deep 151 "$nr_levels")/file"
	echo new >"$(deep 1 100)/new"
	rm "$(deep 1 50)/other"
	ln links/first links/second
	chmod 700 files/"${file_name}00017"
	echo content >files/"$file_name$file_changed"
	mv files/"$file_name$file_moved" files/renamed
	rm files/"${file_name}00001"
	touch files/new
	mkdir folders/new
	rmdir folders/2
	echo file >folders/$folder_filled/file
	chmod 700 folders/$folder_changed
}

# The shapes are what the test is about.
check_shapes()
{
	report 'a map of three levels' "$(debugfs -R 'dump_extents -n extents' old.img 2>&1 |
		awk '/^ *0\/ *3 / { found = 1 } END { if (!found) print "there is none" }')"
	[ "$nr_folders" = 65000 ] || return
	report 'an htree of three levels' "$(debugfs -R 'htree_dump files' old.img 2>&1 |
		awk '/Indirect levels: 2/ { found = 1; exit } END { if (!found) print "there is none" }')"
	report 'a directory that does not count its links' "$(
		debugfs -R 'stat folders' old.img 2>/dev/null | grep 'Links: ' | grep -v 'Links: 1 ')"
}

# check_list NAME OPTION...
check_list()
{
	name=$1
	shift
	if "$lscow" files "$@" --expand --format json >listed 2>message; then
		"$bin/compare" truth listed >message 2>&1 && : >message
	fi
	report "$name" "$(head -n 5 message)"
}

# What change() did, without the directories whose times moved.
expected()
{
	cat <<-END
		A  $(deep 1 100)/new
		A  files/new
		A  folders/$folder_filled/file
		A  folders/new/
		D  $(deep 1 50)/other
		D  files/${file_name}00001
		D  folders/2/
		H  links/second
		M  $(deep 1 149)/moved/$(deep 151 "$nr_levels")/file
		M  extents
		M  files/$file_name$file_changed
		M  holes
		R  $(deep 1 149)/level_150/ -> $(deep 1 149)/moved/
		R  files/$file_name$file_moved -> files/renamed
		m  files/${file_name}00017
		m  folders/$folder_changed/
	END
}

check_lists()
{
	"$lscow" files --old old.img --new new.img >rows 2>&1
	grep -v -x "m  .*/" rows >listed
	grep -x "m  folders/$folder_changed/" rows >>listed
	report 'the list' "$(sort listed >sorted; expected | sort | diff - sorted)"
	check_list 'two images' --old old.img --new new.img
	check_list 'origin and store' --origin new.img --cow store.img
	report 'the cache' "$("$lscow" files --old old.img --new new.img --names-cache cache 2>&1 |
		cmp rows - 2>&1)"
	report 'the cache, filled' "$("$lscow" files --old old.img --new new.img \
		--names-cache cache 2>&1 | cmp rows - 2>&1)"
}

check_owner()
{
	for block in 0 31000 63998; do
		number=$(debugfs -R "bmap extents $block" new.img 2>/dev/null)
		report "the owner of block $number" "$("$lscow" owner new.img "$number" 2>&1 |
			grep -v "^$number	data	[0-9]*	$((block * 1024))	extents$")"
	done
}

# mount_view old|new: and all of it in the page cache, instead of block by block
mount_view()
{
	mount -o loop,ro "$1.img" "$1" || broken "mount $1"
	dd if="$(findmnt -n -o SOURCE "$work/$1")" of=/dev/null bs=1M status=none
}

truncate -s 400M new.img
mke2fs -q -F -t ext4 -b 1024 -I 128 -N 150000 -O large_dir,^resize_inode new.img >log 2>&1 ||
	broken "mke2fs: $(cat log)"
mount -o loop new.img new || broken 'mount'
(fill) >log 2>&1 || broken "fill: $(cat log)"
umount new || broken 'umount'
cp --sparse=always new.img old.img
check_shapes
mount -o loop new.img new || broken 'mount'
(change) >log 2>&1 || broken "change: $(cat log)"
umount new || broken 'umount'
mount_view old
mount_view new
"$bin/truth" old new --expand >truth || broken 'find the truth'
unmount_all
"$bin/make-store" old.img new.img 16384 store.img 1 2>log || broken "make a store: $(cat log)"
check_lists
check_owner
tell_counts
