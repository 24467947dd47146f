#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Makes the images that run.sh measures: images.sh DIR NR_FILES NR_CHANGES...
#
# DIR/empty.img        a filesystem as mke2fs left it
# DIR/before.img       the tree
# DIR/old.img          the tree a night later, when one file in a thousand had changed
# DIR/new-N.img        old.img after N changes more
# DIR/stamp            a file younger than old.img and older than the changes
# DIR/store-NAME.img   the exception store of a night: first (from empty to old), before (from
#                      before to old), or N (from old to new-N)
# DIR/truth-NAME       the rows that lscow must print for it, sorted
# DIR/search-bytes     the inode tables in use and the directories: what a search may have to read
#
# What is there already is kept. BENCH_BIN says where make-tree is, ORACLE_BIN where make-store is.
# Needs root, for loop mounts, and 5 GB of disk for a million files and a few sets of changes.

set -eu -o pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

if [ $# -lt 3 ]; then
	echo 'usage: images.sh DIR NR_FILES NR_CHANGES...' >&2
	exit 2
fi

dir=$1
nr_files=$2
shift 2
bench_bin=${BENCH_BIN:-$(dirname "$0")}
oracle_bin=${ORACLE_BIN:-$(dirname "$0")/../oracle}
most_file_bytes=16384
chunk_bytes=4096

clean_up()
{
	! mountpoint -q "$dir/mnt" || umount "$dir/mnt"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

# 16 KiB of space for each file, and an inode for every 8 KiB.
make_empty()
{
	rm -f "$dir/empty.part"
	truncate -s $((nr_files * 16 / 1024 + 512))M "$dir/empty.part"
	mke2fs -q -F -t ext4 -b 4096 -i 8192 -E lazy_itable_init=0 "$dir/empty.part"
	mv "$dir/empty.part" "$dir/empty.img"
}

# start FROM: mounts a copy of the image
start()
{
	cp --sparse=always "$dir/$1.img" "$dir/part.img"
	mount -o loop,noatime "$dir/part.img" "$dir/mnt"
}

# finish TO: the copy becomes that image
finish()
{
	umount "$dir/mnt"
	mv "$dir/part.img" "$dir/$1.img"
}

make_tree()
{
	start empty
	"$bench_bin/make-tree" "$dir/mnt" make "$nr_files" "$most_file_bytes" 1
	finish before
}

# make_changes FROM TO NAME NR_CHANGES SEED
make_changes()
{
	start "$1"
	"$bench_bin/make-tree" "$dir/mnt" change "$nr_files" "$4" "$5" | sort -u >"$dir/truth-$3"
	finish "$2"
}

make_stamp()
{
	touch "$dir/stamp"
	sleep 1
}

# make_store FROM TO NAME
make_store()
{
	"$oracle_bin/make-store" "$dir/$1.img" "$dir/$2.img" "$chunk_bytes" "$dir/store.part" 1 exact \
		2>/dev/null
	mv "$dir/store.part" "$dir/store-$3.img"
}

# Everything is new on the first night.
list_first()
{
	(
		cd "$dir/mnt"
		echo 'm  ./'
		find . -mindepth 1 -path ./lost+found -prune -o \
			\( -type d -printf 'A  %P/\n' -o -printf 'A  %P\n' \)
	) | sort
}

# dumpe2fs tells how many inodes at the end of each group's table were never in use.
count_inode_table_bytes()
{
	dumpe2fs "$dir/old.img" 2>/dev/null | awk '
		/^Inodes per group:/ { per_group = $4 }
		/^Inode size:/ { inode_bytes = $3 }
		/ free inodes, / {
			unused = 0
			if (match($0, /[0-9]+ unused inodes/))
				unused = substr($0, RSTART, RLENGTH) + 0
			bytes += int(((per_group - unused) * inode_bytes + 4095) / 4096) * 4096
		}
		END { printf "%d\n", bytes }'
}

count_directory_bytes()
{
	find "$dir/mnt" -type d -printf '%s\n' | awk '{ bytes += $1 } END { printf "%d\n", bytes }'
}

look_at_old()
{
	mount -o loop,ro "$dir/old.img" "$dir/mnt"
	list_first >"$dir/truth-first"
	echo $(($(count_inode_table_bytes) + $(count_directory_bytes))) >"$dir/search-bytes"
	umount "$dir/mnt"
}

# The store comes last: where it is, all of its night is.
mkdir -p "$dir/mnt"
[ -e "$dir/empty.img" ] || make_empty
[ -e "$dir/before.img" ] || make_tree
[ -e "$dir/old.img" ] || make_changes before old before $((nr_files / 1000 + 10)) 2
[ -e "$dir/stamp" ] || make_stamp
[ -e "$dir/store-before.img" ] || make_store before old before
[ -e "$dir/search-bytes" ] || look_at_old
[ -e "$dir/store-first.img" ] || make_store empty old first
for nr_changes; do
	[ -e "$dir/new-$nr_changes.img" ] ||
		make_changes old "new-$nr_changes" "$nr_changes" "$nr_changes" 3
	[ -e "$dir/store-$nr_changes.img" ] || make_store old "new-$nr_changes" "$nr_changes"
done
