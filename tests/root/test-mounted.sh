#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What only a mounted filesystem brings about: journals made while mounted, shared
# attributes, inodes that get another use, lists for rsync that are narrowed.
#
# LSCOW       the program to test
# ORACLE_BIN  where truth, compare and make-store are

# Scripts in single quotes are for the shell that runs them in the tree.
# shellcheck disable=SC2016
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=root-lib.sh
. "$here/root-lib.sh"
need_root mke2fs debugfs tune2fs dumpe2fs findmnt setfacl rsync

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
bin=$(cd "${ORACLE_BIN:-$here/../oracle}" && pwd)
enter_work mounted

# ---- Words for the tests ----------------------------------------------------

# begin NAME SIZE OPTION...: an empty filesystem, new.img
begin()
{
	name=$1
	size=$2
	shift 2
	unmount_all
	rm -f old.img new.img
	truncate -s "$size" new.img
	mke2fs -q -F "$@" new.img >mke2fs.log 2>&1 || broken "mke2fs: $(cat mke2fs.log)"
}

# work_on SCRIPT: in the tree of new.img
work_on()
{
	mount -o loop new.img new || broken 'mount'
	(cd new && sh -euc "$1") >work.log 2>&1 || broken "work: $(cat work.log)"
	umount new || broken 'unmount'
}

# What there is now is the old state.
snapshot()
{
	cp --sparse=always new.img old.img
}

# run OPTION...: leaves standard output, standard error and the exit code.
run()
{
	timeout 20 "$LSCOW" files "$@" >out 2>err </dev/null
	code=$?
}

# prints WHAT OPTION...: the output as standard input, and nothing else; with lines
# for NUL bytes.
prints()
{
	what=$1
	shift
	cat >want
	run "$@"
	tr '\0' '\n' <out >shown
	report "$what" "$(
		[ "$code" = 0 ] || echo "exit code $code"
		diff -u want shown
		cat err
	)"
}

# refuses WHAT CODE MESSAGE OPTION...: nothing but the message
refuses()
{
	what=$1
	want_code=$2
	message=$3
	shift 3
	run "$@"
	report "$what" "$(
		[ "$code" = "$want_code" ] || echo "exit code $code, expected $want_code"
		[ -s out ] && cat out
		echo "lscow: $message" | diff -u - err
	)"
}

views='--old old.img --new new.img'

# Both states, read-only; the journal of neither is replayed.
mount_both()
{
	for state in old new; do
		mount -o ro,loop "$state.img" "$state" || broken "mount $state.img"
	done
}

# tells_truth: every form of input has the rows that a walk through both trees finds.
tells_truth()
{
	mount_both
	"$bin/truth" old new >truth || broken 'find the truth'
	"$bin/truth" old new --expand >truth-expand || broken 'find the truth'
	unmount_all
	"$bin/make-store" old.img new.img 4096 store.img 1 2>/dev/null || broken 'make a store'
	# shellcheck disable=SC2086
	tells truth $views
	# shellcheck disable=SC2086
	tells truth-expand $views --expand
	tells truth --origin new.img --cow store.img
	tells truth-expand --origin new.img --cow store.img --expand
}

# tells TRUTH OPTION...
tells()
{
	truth=$1
	shift
	run "$@" --format json
	report "$truth: $*" "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		"$bin/compare" "$truth" out >differences 2>&1 || cat differences
	)"
}

# summary KEY: a number of the summary in out
summary()
{
	sed -n '/"type":"summary"/s/.*"'"$1"'":\([0-9a-z]*\).*/\1/p' out
}

# ---- A directory and the ones above it ----------------------------------------

# shellcheck disable=SC2086
test_moved_above()
{
	begin 'directory moved above' 16M -t ext4
	work_on 'mkdir -p proj_v1/sub/x other; echo x >proj_v1/sub/x/f
		ln proj_v1/sub/x/f other/hard'
	snapshot
	work_on 'mv proj_v1 proj'
	prints 'under the new path' $views --under proj/sub <<-END
		R  proj_v1/sub/ -> proj/sub/
		R  proj_v1/sub/x/ -> proj/sub/x/
		R  proj_v1/sub/x/f -> proj/sub/x/f
	END
	prints 'paths' $views --under proj/sub --format paths <<-END
		proj/sub
		proj/sub/x
		proj/sub/x/f
	END
	prints 'another name is not moved' $views --under other </dev/null
	tells_truth
}

# brings_over FROM UNDER: a copy of the old tree has what the new one has under a path,
# once rsync was given the narrowed list.
brings_over()
{
	mount_both
	rm -rf copy
	mkdir copy
	rsync -aHAX old/ copy/ || broken 'rsync'
	# shellcheck disable=SC2086
	"$LSCOW" files $views --under "$1" --format rsync >list 2>err
	rsync -aHAX --ignore-times --from0 --files-from=list --delete-missing-args --force \
		new/ copy/ >rsync.log 2>&1
	report "rsync brings over $1" "$(
		cat err rsync.log
		if [ -e "new/$1" ]; then
			diff -r "new/$1" "copy/$1"
		elif [ -e "copy/$1" ]; then
			echo "$1 is still there"
		fi
	)"
	unmount_all
}

# shellcheck disable=SC2086
test_removed_above()
{
	begin 'directory removed above' 16M -t ext4
	work_on 'mkdir -p proj/sub/x other; echo x >proj/sub/x/f'
	snapshot
	work_on 'rm -rf proj'
	prints 'rsync' $views --under proj/sub --format rsync <<-END
		./proj
	END
	brings_over proj/sub
	tells_truth
}

# shellcheck disable=SC2086
test_moved_out()
{
	begin 'moved out' 16M -t ext4
	work_on 'mkdir -p proj/sub/x other; echo x >proj/sub/x/f'
	snapshot
	work_on 'mv proj/sub/x other/'
	prints 'paths' $views --under proj --format paths <<-END
		proj/sub
	END
	prints 'paths of the old side' $views --under other --format paths --side old <<-END
		other
	END
	brings_over proj
	brings_over other
	tells_truth
}

# ---- Renamed and modified -------------------------------------------------------

# shellcheck disable=SC2086
test_only()
{
	begin 'only' 16M -t ext4
	work_on 'mkdir d; for f in d/f d/g a b c; do echo x >$f; done'
	snapshot
	work_on 'mv d e; echo y >>e/f; chmod 600 e/g
		mv a a2; echo y >>a2; ln b b2; echo y >>b2; mv c c2; chmod 600 c2'
	prints 'modified' $views --only M <<-END
		R  a -> a2
		M  b
		H  b2
		M  e/f
	END
	prints 'modified, expanded' $views --only M --expand <<-END
		R  a -> a2
		M  b
		H  b2
		R  d/f -> e/f
	END
	prints 'modified, as paths' $views --only M --format paths <<-END
		a2
		b
		b2
		e/f
	END
	prints 'modified, for rsync' $views --only M --format rsync <<-END
		./a2
		./b
		./b2
		./e/f
	END
	prints 'metadata' $views --only m <<-END
		m  ./
		R  a -> a2
		H  b2
		R  c -> c2
		m  e/g
	END
	tells_truth
}

# ---- Inodes ---------------------------------------------------------------------

# shellcheck disable=SC2086
test_free_in_bitmap()
{
	begin 'free in the bitmap' 16M -t ext4
	work_on 'mkdir d; echo x >d/f'
	ino=$(debugfs -R 'stat d/f' new.img 2>/dev/null | sed -n 's/^Inode: \([0-9]*\) .*/\1/p')
	debugfs -w -R 'freei d/f' new.img >debugfs.log 2>&1
	snapshot
	work_on 'chmod 600 d/f; echo longer >d/f'
	refuses 'refused' 4 \
		"new.img: inode $ino: has 1 links, but the inode bitmap says that it is free" $views
}

# A journal made while mounted is a file that has a name.
test_journal_with_a_name()
{
	begin 'journal with a name' 32M -t ext2
	mount -o loop new.img new || broken 'mount'
	mkdir new/a
	echo x >new/a/f
	tune2fs -j "$(findmnt -n -o SOURCE new)" >tune2fs.log 2>&1 || broken 'make a journal'
	umount new
	snapshot
	mount -t ext3 -o loop new.img new || broken 'mount'
	[ -e new/.journal ] || broken 'find .journal'
	echo y >>new/a/f
	umount new
	# shellcheck disable=SC2086
	prints 'journal and file' $views <<-END
		M  .journal
		M  a/f
	END
	tells_truth
}

# The file of orphans takes the number of a directory that is gone.
test_orphan_file()
{
	begin 'file of orphans' 32M -t ext4 -O '^orphan_file'
	work_on 'mkdir -p d/s; echo x >d/f'
	ino=$(debugfs -R 'stat d' new.img 2>/dev/null | sed -n 's/^Inode: \([0-9]*\) .*/\1/p')
	snapshot
	work_on 'rm -rf d'
	if ! tune2fs -O orphan_file new.img >tune2fs.log 2>&1; then
		skip "tune2fs has no orphan_file: $(cat tune2fs.log)"
	fi
	orphans=$(dumpe2fs -h new.img 2>/dev/null | sed -n 's/^Orphan file inode: *//p')
	[ "$orphans" = "$ino" ] || broken "reuse inode $ino, it is $orphans"
	# shellcheck disable=SC2086
	prints 'directory' $views <<-END
		m  ./
		D  d/
		D  d/f
		D  d/s/
	END
	tells_truth
}

# shellcheck disable=SC2086
test_partial()
{
	begin 'partial' 16M -t ext4 -O metadata_csum
	work_on 'mkdir d; for i in $(seq 40); do echo $i >d/f$i; done; for i in 1 2 3; do
		echo $i >g$i; done'
	snapshot
	work_on 'for i in $(seq 40); do echo $i >>d/f$i; done; mv g1 a1; rm g2; echo x >n'
	ino=$(debugfs -R 'stat d/f30' new.img 2>/dev/null | sed -n 's/^Inode: \([0-9]*\) .*/\1/p')
	debugfs -w -R 'set_inode_field d/f30 checksum 0x1' new.img >debugfs.log 2>&1
	refuses 'all of it' 4 "new.img: inode $ino: wrong checksum" $views
	{
		echo 'm  ./'
		echo 'R  g1 -> a1'
		seq -f 'M  d/f%g' 40 | grep -vx 'M  d/f30' | LC_ALL=C sort
		echo 'D  g2'
		echo 'A  n'
	} >want
	run $views --partial
	report 'the others' "$(
		[ "$code" = 4 ] || echo "exit code $code"
		diff -u want out
		echo "lscow: new.img: inode $ino: wrong checksum" | diff -u - err
	)"
	run $views --partial --format json
	report 'JSON' "$(
		[ "$code" = 4 ] || echo "exit code $code"
		[ "$(summary complete)" = false ] || echo "complete: $(summary complete)"
		[ "$(grep -c '"type":"change"' out)" = "$(wc -l <want)" ] || echo 'other rows'
	)"
}

# ---- Blocks ---------------------------------------------------------------------

# Files that share a block of attributes: when one of them gets another block, only the
# count of owners changes in the first.
test_shared_attributes()
{
	begin 'shared attributes' 64M -t ext4 -I 128 -N 8192
	work_on 'for d in $(seq 10); do mkdir $d; for f in $(seq 100); do : >$d/$f; done; done
		setfacl -R -m u:1000:r .'
	snapshot
	work_on 'setfacl -m u:1000:rw 3/7'
	# shellcheck disable=SC2086
	run $views --format json
	report 'no search' "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		[ "$(summary scanned_inodes)" = 0 ] || echo "scanned $(summary scanned_inodes)"
		[ "$(grep -c '"type":"change"' out)" = 1 ] || cat out
		grep -q '"change":"metadata","path":"3/7"' out || cat out
	)"
	tells_truth
}

# A list of ranges without one of the changed blocks is refused, or does without it.
# shellcheck disable=SC2086
test_feed_that_lacks_blocks()
{
	begin 'list that lacks a block' 64M -t ext4 -O '^flex_bg' -g 4096 -b 4096
	work_on 'for d in 1 2 3 4 5 6; do mkdir d$d; echo 1 >d$d/f; done'
	snapshot
	work_on 'for d in 1 2 3 4 5 6; do echo 2 >>d$d/f; done'
	"$LSCOW" chunks $views | awk '{
		for (at = 0; at < $2; at += 4096)
			print $1 + at, 4096
	}' >ranges
	cp ranges all
	seq -f 'M  d%g/f' 6 >want
	tables=$(dumpe2fs new.img 2>/dev/null | sed -n 's/.*Inode table at \([0-9]*\)-\([0-9]*\).*/\1 \2/p')
	problems=
	while read -r offset length; do
		grep -vx "$offset $length" all >some
		run $views --changes ranges:some
		is_table=$(echo "$tables" | awk -v b=$((offset / 4096)) '$1 <= b && b <= $2')
		if [ -n "$is_table" ] && [ "$code" = 3 ]; then
			continue
		elif [ -z "$is_table" ] && [ "$code" = 3 ] && [ "$offset" = 0 ]; then
			continue
		elif [ -z "$is_table" ] && [ "$code" = 0 ] && cmp -s out want; then
			continue
		fi
		problems="$problems without $offset: exit code $code, $(cat err out);"
	done <ranges
	report 'one block' "$problems"
}

# ---- Devices --------------------------------------------------------------------

# Behind the filesystem of a disk other things change.
test_disk()
{
	begin 'disk' 16M -t ext4
	work_on 'echo x >f'
	snapshot
	work_on 'echo y >f'
	for state in old new; do
		rm -f "$state-disk.img"
		truncate -s 40M "$state-disk.img"
		dd if="$state.img" of="$state-disk.img" bs=1M seek=1 conv=notrunc status=none
	done
	printf other | dd of=new-disk.img bs=1M seek=30 conv=notrunc status=none
	"$bin/make-store" old-disk.img new-disk.img 4096 store.img 1 2>/dev/null ||
		broken 'make a store'
	prints 'origin and store' --origin new-disk.img --cow store.img --offset 1M <<-END
		M  f
	END
	prints 'views' --old old-disk.img --new new-disk.img --offset 1M <<-END
		M  f
	END
}

test_longer_origin()
{
	# The last group is not full, or mke2fs might leave more than a page.
	begin 'longer origin' 12M -t ext4 -b 1024
	work_on 'echo x >f'
	snapshot
	work_on 'echo y >f'
	for more in 0 512 65024; do
		truncate -s $(((12 << 20) + more)) old.img new.img
		"$bin/make-store" old.img new.img 4096 store.img 1 2>/dev/null ||
			broken 'make a store'
		prints "by $more bytes" --origin new.img --cow store.img <<-END
			M  f
		END
	done
	truncate -s $(((12 << 20) + 65536)) old.img new.img
	"$bin/make-store" old.img new.img 4096 store.img 1 2>/dev/null || broken 'make a store'
	refuses 'by 65536 bytes' 3 "new.img: found 12648448 bytes, expected the 12582912 of \
the filesystem in its snapshot: an origin that grew after the snapshot keeps no record of \
the changes behind its old end; do a full scan" --origin new.img --cow store.img
}

test_moved_above
test_removed_above
test_moved_out
test_only
test_free_in_bitmap
test_journal_with_a_name
test_orphan_file
test_partial
test_shared_attributes
test_feed_that_lacks_blocks
test_disk
test_longer_origin
tell_counts
