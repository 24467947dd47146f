#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Filesystems with clusters (feature bigalloc) that the kernel filled: known changes are
# found, blocks of a cluster that hold nothing are explained, and lscow owner tells the
# inode that has the cluster.
#
# LSCOW       the program to test
# ORACLE_BIN  where truth, compare and make-store are

set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs dumpe2fs fallocate setfattr mountpoint

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
bin=$(cd "${ORACLE_BIN:-$here/../oracle}" && pwd)
enter_work clusters

# bytes N: random ones
bytes()
{
	head -c "$1" /dev/urandom
}

# In the tree, with blocks of $block_bytes in clusters of $cluster_bytes.
fill()
{
	mkdir dir many
	bytes $((cluster_bytes * 3 + 100)) >dir/kept
	bytes $((cluster_bytes * 3 + 100)) >dir/grows
	bytes $((cluster_bytes * 3 + 100)) >dir/shrinks
	bytes $((cluster_bytes * 2)) >dir/punched
	bytes $((cluster_bytes * 2)) >dir/gone
	bytes 100 >small
	fallocate -l $((cluster_bytes * 2)) reserved
	setfattr -n user.own -v "$(head -c 700 /dev/zero | tr '\0' o)" dir/kept
	# Every other cluster, and of this only a block: a tree of extents.
	for i in $(seq 0 2 24); do
		bytes 10 | dd of=sparse bs="$cluster_bytes" seek="$i" conv=notrunc status=none
	done
	seq -f 'many/a_rather_long_name_to_fill_the_blocks_%05g' 300 | xargs touch
}

change()
{
	bytes 100 >>dir/grows
	bytes $((cluster_bytes / 2)) >>dir/grows
	truncate -s $((cluster_bytes * 2 + 1)) dir/shrinks
	fallocate -p -o "$block_bytes" -l $((cluster_bytes - block_bytes)) dir/punched
	rm dir/gone
	bytes $((cluster_bytes * 2)) >dir/come
	bytes 10 | dd of=reserved bs=1 seek="$block_bytes" conv=notrunc status=none
	bytes 10 | dd of=sparse bs="$cluster_bytes" seek=1 conv=notrunc status=none
	mv small dir/moved
	seq -f 'many/a_rather_long_name_to_fill_the_blocks_%05g' 3 5 300 | xargs rm
}

# work_on FUNCTION: in the tree of new.img
work_on()
{
	mount -o loop,user_xattr new.img new || broken 'mount'
	(cd new && set -e && "$1") >work.log 2>&1 || broken "$1: $(cat work.log)"
	umount new || broken 'unmount'
}

# tells_truth NR_CHANGES: every form of input has what a walk through both trees finds
tells_truth()
{
	mount -o loop,ro old.img old || broken 'mount'
	mount -o loop,ro new.img new || broken 'mount'
	"$bin/truth" old new >truth || broken 'find the truth'
	unmount_all
	report 'changes' "$([ "$(($(wc -l <truth) - 1))" -ge "$1" ] || cat truth)"
	"$bin/make-store" old.img new.img 16384 store.img 1 2>/dev/null || broken 'make a store'
	tells truth --old old.img --new new.img
	tells truth --origin new.img --cow store.img
	tells truth --old old.img --new new.img --changes dm-snapshot:store.img
}

# ---- Who owns what: by debugfs and dumpe2fs ------------------------------------

# find_owners: what there is to tell of every block, in owners. What an inode maps
# is its own, and of its clusters the rest too; what is in no other cluster in use is free.
find_owners()
{
	dumpe2fs new.img >dumpe2fs.out 2>/dev/null || broken 'dumpe2fs'
	mount -o loop,ro new.img new || broken 'mount'
	find new -xdev -printf '%i\t%y\t%P\n' | sort -t'	' -k1,1n -k3 >paths
	umount new || broken 'unmount'
	{ printf '7\n8\n'; cut -f1 paths; } | sort -nu | sed 's/.*/stat <&>/' >commands
	debugfs -f commands new.img >debugfs.out 2>/dev/null || broken 'debugfs'
	awk -v ratio=$((cluster_bytes / block_bytes)) -f "$here/owner-truth.awk" \
		dumpe2fs.out paths debugfs.out >owners
}

check_owners()
{
	find_owners
	"$LSCOW" owner new.img "0-$(($(wc -l <owners) - 1))" >out 2>err
	code=$?
	# Without what an inode is for.
	sed 's/ ([a-z ]*)//g' out >shown
	report 'every block' "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		diff owners shown >differences || head -n 20 differences
	)"
	for class in $classes; do
		report "has $class" "$(cut -f2 owners | grep -qx "$class" || echo 'none')"
	done
	report 'slack of a file' "$(
		awk -F '\t' '$2 == "slack" && $3 != "-" { exit 1 }' owners && echo 'none')"
}

# ---- Writes that only the device sees ------------------------------------------

# poke_some CLASS: bytes of some 30 blocks of this class are others
poke_some()
{
	awk -F '\t' -v class="$1" -v size="$block_bytes" \
		'$2 == class { place[nr++] = $1 * size + 7 }
		END {
			for (i = 0; i < nr; i += int(nr / 30) + 1)
				printf "%.0f\n", place[i]
		}' owners >places
	while read -r place; do
		printf '!?' | dd of=new.img bs=1 seek="$place" conv=notrunc status=none
	done <places
}

# summary KEY: a number of the summary in out
summary()
{
	sed -n '/"type":"summary"/s/.*"'"$1"'":\([0-9]*\).*/\1/p' out
}

check_slack()
{
	cp --sparse=always new.img old.img
	poke_some slack
	nr_slack=$(wc -l <places)
	"$LSCOW" files --old old.img --new new.img --format json >out 2>err
	code=$?
	report 'what changes in slack' "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		! grep '"type":"change"' out
		# Besides, those near them that lie in a cluster of metadata.
		if [ "$nr_slack" -le 10 ] || [ "$(summary slack)" -lt "$nr_slack" ]; then
			tail -n 1 out
		fi
		[ "$(summary unknown)" = 0 ] || tail -n 1 out
	)"
	# And with a block of a file besides.
	block=$(debugfs -R 'bmap dir/kept 0' new.img 2>/dev/null)
	printf 'xyzzy' | dd of=new.img bs=1 seek=$((block * block_bytes)) conv=notrunc status=none
	printf 'M  dir/kept\n' >want
	"$LSCOW" files --old old.img --new new.img >out 2>err
	report 'what changes in a file as well' "$(diff want out; cat err)"
}

# try SIZE BLOCK_BYTES CLUSTER_BYTES OPTION...
try()
{
	name="blocks of $2, clusters of $3" size=$1 block_bytes=$2 cluster_bytes=$3
	shift 3
	name="$name $*"
	rm -f new.img
	truncate -s "$size" new.img
	mke2fs -q -F -t ext4 -b "$block_bytes" -C "$cluster_bytes" -N 2000 "$@" new.img \
		>mke2fs.log 2>&1 || broken "mke2fs: $(cat mke2fs.log)"
	work_on fill
	cp --sparse=always new.img old.img
	work_on change
	tells_truth 60
	check_owners
	check_slack
}

classes='superblock descriptors block_bitmap inode_bitmap inode_table journal directory data
	map free slack'
try 64M 1024 16384 -O bigalloc
try 160M 4096 65536 -O bigalloc,^metadata_csum
tell_counts
