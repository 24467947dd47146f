#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Images that a crash left: what lscow reads is, block by block, what e2fsck leaves
# when it replays the journal of a copy; and its list is that of the two states as the
# kernel mounts them.
#
# usage: test-journal.sh [FIRST LAST]: the seeds (1 to 24)
#
# LSCOW            the program to test
# LSCOW_DUMP_VIEW  the program `dump-view --replayed IMAGE`
# LSCOW_CRASH      the program `crash FOLDER [log]`
# ORACLE_BIN       where truth, compare, make-store and workload are

set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs e2fsck dumpe2fs findmnt losetup mountpoint

top=${top_builddir:-$here/../..}
lscow=$(whole "${LSCOW:-$top/lscow}")
dump_view=$(whole "${LSCOW_DUMP_VIEW:-$top/tests/support/dump-view}")
crash=$(whole "${LSCOW_CRASH:-$top/tests/support/crash}")
bin=$(whole "${ORACLE_BIN:-$top/tests/oracle}")
first=${1:-1}
last=${2:-24}
journal=
at_end()
{
	[ -z "$journal" ] || losetup -d "$journal"
}
enter_work journal

broken()
{
	echo "seed $seed: $*" >&2
	exit 2
}

images=0 replayed=0 blocks=0 equal=0 changes=0 failed=0

fail()
{
	echo "seed $seed ($features, $options): $*" >&2
	failed=$((failed + 1))
}

random=0
# one_of WORD...: one of them in $value
one_of()
{
	random=$(((random * 1103515245 + 12345) & 0x7fffffff))
	shift $((random / 65536 % $#))
	value=$1
}

choose()
{
	random=$(printf 'journal %s' "$seed" | cksum | cut -d ' ' -f 1)
	one_of '-t ext4 -O metadata_csum' '-t ext4 -O metadata_csum,64bit' '-t ext4 -O ^metadata_csum' \
		'-t ext4 -O ^metadata_csum,^64bit' '-t ext4 -O ^64bit' '-t ext4 -O metadata_csum_seed,orphan_file' \
		'-t ext3' '-t ext3 -O ^dir_index'
	features=$value
	one_of 1024 2048 4096 4096
	block_bytes=$value
	# A small journal is gone round several times.
	one_of 1024 1024 2048 4096
	journal_blocks=$value
	one_of data=ordered data=ordered data=writeback data=journal
	options=$value
	case $features in
	*ext3*) ;;
	*)
		one_of '' ,journal_checksum ,journal_async_commit,journal_checksum ,nodelalloc
		[ "$options$value" = data=ordered,journal_async_commit,journal_checksum ] ||
			options=$options$value
		;;
	esac
}

# work_and_crash IMAGE NR: NR times some work, and then the end.
work_and_crash()
{
	mount -o "loop,$options" "$1" new || broken "mount -o $options"
	for round in $(seq "$2"); do
		"$bin/workload" "$seed$round" "$PWD/new" change 25 || broken 'workload'
		# Blocks that look like the journal's own.
		printf '\300\073\071\230 round %s' "$round" >>"new/magic$((round % 3))" 2>/dev/null
		# A transaction that is committed, and not written back.
		sync "new/magic$((round % 3))"
		one_of no no no yes
		[ "$value" = no ] || sync -f new || broken 'sync'
	done
	one_of log log no
	if [ "$value" = log ]; then "$crash" new log; else "$crash" new; fi || broken 'crash'
	umount new || broken 'umount'
}

make_states()
{
	truncate -s 40M new.img
	# shellcheck disable=SC2086  # the words are to be split
	mke2fs -q -F $features -b "$block_bytes" -I 256 -N 2048 \
		-J "size=$((journal_blocks * block_bytes / 1048576))" new.img 2>log ||
		broken "mke2fs: $(cat log)"
	mount -o loop new.img new || broken 'mount'
	"$bin/workload" "$seed" "$PWD/new" populate 120 || broken 'populate'
	umount new || broken 'umount'
	one_of 1 3 6
	work_and_crash new.img "$value"
	cp --sparse=always new.img old.img
	one_of 0 1 2 5
	work_and_crash new.img "$value"
}

# What e2fsck changes besides: the superblock, and the first block of the journal.
compare_images()
{
	journal_block=$(debugfs -R 'bmap <8> 0' "$1.fixed" 2>/dev/null)
	cmp -l "$1.replayed" "$1.fixed" | awk -v block_bytes="$block_bytes" \
		-v journal_block="$journal_block" '
		{
			at = $1 - 1
			block = int(at / block_bytes)
			if ((at >= 1024 && at < 2048) || block == journal_block || block == last)
				next
			last = block
			print "block " block " differs"
		}'
}

# Of the superblock all but what e2fsck notes of itself.
describe()
{
	dumpe2fs -h "$1" 2>/dev/null | sed '/^Filesystem state/d; /^Last write time/d
		/^Lifetime writes/d; /^Checksum:/d; /^Journal/d; s/ needs_recovery//'
}

check_replay()
{
	image=$1
	images=$((images + 1))
	! dumpe2fs -h "$image" 2>/dev/null | grep -q needs_recovery || replayed=$((replayed + 1))
	"$dump_view" --replayed "$image" >"$image.replayed" 2>message || {
		fail "$image: $(cat message)"
		return
	}
	cp --sparse=always "$image" "$image.fixed"
	e2fsck -y -E journal_only "$image.fixed" >log 2>&1
	[ $? -le 1 ] || broken "e2fsck: $(cat log)"
	blocks=$((blocks + $(cmp -l "$image" "$image.replayed" |
		awk -v n="$block_bytes" '{ print int(($1 - 1) / n) }' | uniq | wc -l)))
	differences=$(compare_images "$image" | head -n 5)
	describe "$image.replayed" >described
	describe "$image.fixed" | diff described - >described.diff ||
		differences="$differences $(head -n 5 described.diff)"
	if [ -z "$differences" ]; then
		equal=$((equal + 1))
	else
		fail "$image: $differences"
	fi
}

# mount_copy IMAGE FOLDER: as the kernel replays it
mount_copy()
{
	cp --sparse=always "$1" "$1.mounted"
	mount -o loop "$1.mounted" "$2" || broken "mount $1"
	umount "$2" || broken "umount $1"
	mount -o loop,ro "$1.mounted" "$2" || broken "mount $1"
}

# check_list NAME OPTION...
check_list()
{
	name=$1
	shift
	"$lscow" files "$@" --format json >rows 2>message || {
		fail "$name: $(cat message)"
		return
	}
	"$bin/compare" truth rows >differences 2>&1 || fail "$name: $(head -n 5 differences)"
}

check_lists()
{
	mount_copy old.img old
	mount_copy new.img new
	"$bin/truth" old new >truth || broken 'truth'
	unmount_all
	changes=$((changes + $(wc -l <truth) - 1))
	"$bin/make-store" old.img new.img 4096 store.img "$seed" 2>log || broken "make-store: $(cat log)"
	check_list 'two images' --old old.img --new new.img
	check_list 'origin and store' --origin new.img --cow store.img
}

# Mounted, whatever is between the image and the mount, it is not at rest.
check_mounted()
{
	mount -o loop new.img new || broken 'mount'
	"$lscow" files --old old.img --new new.img >rows 2>message
	[ $? = 3 ] || fail "mounted: not refused: $(cat message)"
	grep -q 'new.img: mounted read-write on .*, expected a filesystem at rest' message ||
		fail "mounted: $(cat message)"
	[ ! -s rows ] || fail 'mounted: there are rows'
	umount new || broken 'umount'
}

# fast_commit yes|no: two files reach the disk by fast commits, then perhaps a whole commit
# makes these void, and then there is a crash.
fast_commit()
{
	rm -f new.img
	truncate -s 40M new.img
	mke2fs -q -F -t ext4 -O fast_commit -b "$block_bytes" -J size=8 new.img 2>log ||
		broken "mke2fs: $(cat log)"
	mount -o loop new.img new || broken 'mount'
	echo first >new/file
	umount new || broken 'umount'
	cp --sparse=always new.img old.img
	mount -o loop new.img new || broken 'mount'
	for file in other file; do
		echo more >>new/$file
		sync new/$file || broken 'sync'
	done
	made=$(sed -n 's/ commits$//p' "/proc/fs/ext4/$(basename "$(findmnt -n -o SOURCE \
		"$work/new")")/fc_info")
	[ "${made:-0}" -gt 0 ] || broken 'make the kernel commit fast'
	[ "$1" = no ] || sync -f new || broken 'sync'
	"$crash" new || broken 'crash'
	umount new || broken 'umount'
}

# They are refused by their name, unless they do not count any more.
check_fast_commits()
{
	seed='fast commits' features=fast_commit options='' block_bytes=1024
	fast_commit no
	for command in 'files --old old.img --new new.img' 'owner new.img 100'; do
		# shellcheck disable=SC2086  # the words are to be split
		"$lscow" $command >rows 2>message
		[ $? = 3 ] || fail "$command: not refused: $(cat message)"
		grep -q 'new.img: journal: found fast commits after transaction [0-9]* (feature fast_commit)' \
			message || fail "$command: $(cat message)"
		[ ! -s rows ] || fail "$command: there are rows"
	done
	fast_commit yes
	check_replay new.img
	check_lists
}

# change_and_stop umount|crash: a change of the filesystem with its journal elsewhere
change_and_stop()
{
	mount -o loop new.img new || broken 'mount'
	echo "$1" >>new/file
	echo "$1" >"new/$1"
	sync -f new || broken 'sync'
	[ "$1" = umount ] || "$crash" new || broken 'crash'
	umount new || broken 'umount'
}

# A journal on another device matters only where it is to be replayed.
check_external()
{
	seed='external journal' features=journal_dev options=''
	truncate -s 8M journal.img
	truncate -s 24M new.img
	journal=$(losetup -f --show "$PWD/journal.img") || broken 'losetup'
	{
		mke2fs -q -F -O journal_dev -b 1024 "$journal" &&
			mke2fs -q -F -t ext4 -b 1024 -J "device=$journal" new.img
	} >log 2>&1 || broken "mke2fs: $(cat log)"
	change_and_stop umount
	cp --sparse=always new.img old.img
	change_and_stop crash
	cp --sparse=always new.img crashed.img
	# The kernel replays it.
	mount -o loop new.img new || broken 'mount'
	umount new || broken 'umount'
	losetup -d "$journal"
	journal=
	mount -o loop,ro,noload old.img old || broken 'mount'
	mount -o loop,ro,noload new.img new || broken 'mount'
	"$bin/truth" old new >truth || broken 'truth'
	unmount_all
	check_list 'journals elsewhere' --old old.img --new new.img
	"$lscow" files --old old.img --new crashed.img >rows 2>message
	[ $? = 3 ] || fail "not refused: $(cat message)"
	grep -q 'crashed.img: superblock: the journal needs .* and is on another device' message ||
		fail "$(cat message)"
	[ ! -s rows ] || fail 'there are rows'
}

for seed in $(seq "$first" "$last"); do
	choose
	make_states
	check_replay old.img
	check_replay new.img
	check_lists
	check_mounted
	rm -f ./*.img* store.img
done
check_fast_commits
check_external
echo "images $images with a log $replayed blocks replayed $blocks equal $equal changes $changes failed $failed"
[ "$failed" = 0 ] && [ "$replayed" -gt "$((last - first))" ]
