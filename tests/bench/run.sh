#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Times lscow beside its peers on one large tree, cold and warm, and prints one table.
#
# usage: run.sh LSCOW NR_FILES NR_CHANGES [WORKDIR]
# BENCH_BIN   where make-tree is; ORACLE_BIN where make-store is
# Needs root, loop mounts, rsync, e2fsprogs and time(1).

set -eu
export LC_ALL=C

if [ $# -lt 3 ]; then
	echo "usage: run.sh LSCOW NR_FILES NR_CHANGES [WORKDIR]" >&2
	exit 2
fi
if [ "$(id -u)" != 0 ]; then
	echo "run.sh: mounting needs root" >&2
	exit 77
fi

lscow=$1
nr_files=$2
nr_changes=$3
bench_bin=${BENCH_BIN:-$(dirname "$0")}
oracle_bin=${ORACLE_BIN:-$(dirname "$0")/../oracle}
work=$(mktemp -d "${4:-${TMPDIR:-/tmp}}/lscow-bench-XXXXXX")
most_icheck_blocks=500

clean_up()
{
	for mounted in old new; do
		! mountpoint -q "$work/$mounted" || umount "$work/$mounted"
	done
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

# 16 KiB a file of space, 8 KiB for each inode.
make_images()
{
	mkdir "$work/old" "$work/new"
	truncate -s $((nr_files * 16 / 1024 + 512))M "$work/new.img"
	mke2fs -q -F -t ext4 -b 4096 -i 8192 "$work/new.img"
	mount -o loop "$work/new.img" "$work/new"
	"$bench_bin/make-tree" "$work/new" make "$nr_files" 16384 1
	umount "$work/new"
	cp --sparse=always "$work/new.img" "$work/old.img"
	mount -o loop "$work/new.img" "$work/new"
	"$bench_bin/make-tree" "$work/new" change "$nr_files" "$nr_changes" 2
	umount "$work/new"
	"$oracle_bin/make-store" "$work/old.img" "$work/new.img" 4096 "$work/store.img" 1
	mount -o loop,ro "$work/old.img" "$work/old"
	mount -o loop,ro "$work/new.img" "$work/new"
}

# The same question for debugfs: whose are these blocks, and what are they called?
make_debugfs_commands()
{
	"$lscow" chunks --cow "$work/store.img" |
		awk -v most="$most_icheck_blocks" '
			{ for (b = $1; b < $1 + $2 && n < most; b += 4096) { printf " %d", b / 4096; n++ } }
			BEGIN { printf "icheck" } END { printf "\n" }' >"$work/icheck"
}

drop_caches()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# measure NAME COMMAND...: cold and warm seconds and peak memory, one line of the table
measure()
{
	name=$1
	shift
	drop_caches
	command time -o "$work/cold" -f '%e %M' "$@" >"$work/out" 2>"$work/err"
	command time -o "$work/warm" -f '%e %M' "$@" >"$work/out" 2>"$work/err"
	read -r cold memory <"$work/cold"
	read -r warm memory <"$work/warm"
	printf '%s|%s|%s|%s\n' "$name" "$cold" "$warm" "$memory" >>"$work/table"
}

run_debugfs()
{
	debugfs -f "$1/icheck" "$1/new.img" |
		awk '$2 ~ /^[0-9]+$/ { print $2 }' | sort -un | tr '\n' ' ' |
		sed 's/^/ncheck /' >"$1/ncheck"
	debugfs -f "$1/ncheck" "$1/new.img"
}
export -f run_debugfs

print_table()
{
	awk -F'|' -v files="$nr_files" -v changes="$nr_changes" -v blocks="$most_icheck_blocks" '
		BEGIN {
			printf "%d files, %d changes; debugfs is asked for %d blocks only\n", files, changes, blocks
			printf "%-24s %9s %9s %10s %10s %10s\n", "", "cold s", "warm s", "cold ratio", "warm ratio", "peak KiB"
		}
		NR == 1 { cold = $2 > 0 ? $2 : 0.01; warm = $3 > 0 ? $3 : 0.01 }
		{ printf "%-24s %9.2f %9.2f %10.1f %10.1f %10d\n", $1, $2, $3, $2 / cold, $3 / warm, $4 }
	' "$work/table"
}

make_images
make_debugfs_commands
measure "lscow files" "$lscow" files --origin "$work/new.img" --cow "$work/store.img" --format rsync
measure "rsync -an --delete" rsync -an --delete "$work/new/" "$work/old/"
measure "debugfs icheck + ncheck" bash -c "run_debugfs '$work'"
print_table
