#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Filesystems with content inside inodes, and with values of xattrs in inodes of their
# own, changed by the kernel: lscow must find what a walk through both trees finds.
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
need_root mke2fs debugfs setfattr

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
bin=$(whole "${ORACLE_BIN:-$here/../oracle}")
enter_work inline

# work_on SCRIPT: in the tree of new.img. With data=ordered some kernels hang for ever
# in the journal of a filesystem with inline content.
work_on()
{
	mount -o loop,data=writeback new.img new || broken 'mount'
	(cd new && sh -euc "$1") >work.log 2>&1 || broken "work: $(cat work.log)"
	umount new || broken 'unmount'
}

# start FEATURES SCRIPT: a filesystem, and what is in it before the changes
start()
{
	rm -f old.img new.img
	truncate -s 16M new.img
	mke2fs -q -F -t ext4 -b 1024 -I 256 -J size=1 -O "$1" new.img >mke2fs.log 2>&1 ||
		broken "make a filesystem: $(cat mke2fs.log)"
	work_on "$2"
	cp --sparse=always new.img old.img
}

# lists: the rows on standard input are all that there are.
lists()
{
	cat >want
	"$LSCOW" files --old old.img --new new.img >out 2>err
	report 'rows' "$(diff -u want out; cat err)"
}

# ---- Content inside inodes -----------------------------------------------------

make_inline='
	mkdir -p dir/deep/deeper many
	echo 1 >dir/deep/deeper/file
	echo 1 >file
	head -c 100 /dev/zero | tr "\0" x >longer
	echo 1 >grows
	head -c 5000 /dev/zero | tr "\0" y >shrinks
	echo 1 >dir/old; echo 1 >dir/gone
	ln -s "$(printf %0100d 1)" link; ln -s short fast
	touch empty
	for i in 1 2 3; do echo $i >many/$i; done
	find . -exec touch -hd @1000 "{}" +'
settle='find . -exec touch -hd @1000 "{}" +'

for features in inline_data inline_data,ea_inode inline_data,^metadata_csum; do
	name=$features
	start "$features" "$make_inline"
	debugfs -R 'stat /dir/deep/deeper' old.img 2>/dev/null >stat.log
	debugfs -R 'stat /longer' old.img 2>/dev/null >>stat.log
	report 'it is inline' "$([ "$(grep -c 'Flags: 0x10000000' stat.log)" = 2 ] ||
		cat stat.log)"

	work_on ":; $settle"
	lists </dev/null
	work_on "printf 2 >dir/deep/deeper/file; echo 2 >>empty
		printf z | dd of=longer bs=1 seek=80 conv=notrunc
		head -c 3000 /dev/zero >>grows; echo 1 >shrinks; truncate -s 100000 file; $settle"
	lists <<-END
		M  dir/deep/deeper/file
		M  empty
		M  file
		M  grows
		M  longer
		M  shrinks
	END
	finds_truth ro

	start "$features" "$make_inline"
	work_on "mv dir/old dir/new; rm dir/gone; echo 1 >dir/come; mv dir/deep many/deep
		mkdir many/empty; $settle"
	lists <<-END
		A  dir/come
		D  dir/gone
		R  dir/old -> dir/new
		R  dir/deep/ -> many/deep/
		A  many/empty/
	END
	finds_truth ro

	start "$features" "$make_inline"
	work_on 'for i in $(seq 40); do ln file many/another-name-$i; done; rm dir/gone'
	finds_truth ro

	start "$features" "$make_inline"
	work_on "rm link fast; ln -s \"\$(printf %0100d 2)\" link; ln -s other fast
		setfattr -n user.a -v 1 longer; setfattr -n trusted.b -v 2 dir; $settle"
	lists <<-END
		m  dir/
		M  fast
		M  link
		m  longer
	END
	finds_truth ro

	# What outgrew its inode and shrank again has the same bytes elsewhere.
	start "$features" "$make_inline"
	work_on "head -c 3000 /dev/zero >>file; truncate -s 2 file
		for i in \$(seq 40); do touch many/n\$i; done; rm many/n*; $settle"
	debugfs -R 'stat /file' new.img 2>/dev/null >stat.log
	report 'it has blocks now' "$(! grep 'Flags: 0x10000000' stat.log)"
	lists </dev/null
	finds_truth ro
done

# ---- Values in inodes of their own -------------------------------------------

make_values='
	mkdir dir
	for f in a b c dir/d; do echo $f >$f; done
	value=$(head -c 3000 /dev/zero | tr "\0" v)
	for f in a b c; do setfattr -n user.shared -v "$value" $f; done
	setfattr -n user.own -v "$(head -c 3000 /dev/zero | tr "\0" u)" dir/d
	find . -exec touch -hd @1000 "{}" +'

# Where the value begins: in $at, with what lscow owner says. The journal has it, too.
find_value()
{
	grep -abo 'v\{2900\}' new.img | cut -d : -f 1 >places
	while read -r at; do
		"$LSCOW" owner new.img --bytes "$at" >out 2>err
		grep -q journal out || return
	done <places
}

for features in ea_inode ea_inode,inline_data; do
	name=$features
	start "$features" "$make_values"
	work_on 'value=$(head -c 3000 /dev/zero | tr "\0" w)
		setfattr -n user.shared -v "$value" b; setfattr -x user.own dir/d
		setfattr -n user.more -v "$value" dir'
	lists <<-END
		m  b
		m  dir/
		m  dir/d
	END
	finds_truth ro

	start "$features" "$make_values"
	work_on 'value=$(head -c 3000 /dev/zero | tr "\0" v)
		setfattr -n user.shared -v "$value" dir/d; rm c; setfattr -n user.own -v small a'
	finds_truth ro

	# Bytes of the shared value that change with no inode the wiser.
	start "$features" "$make_values"
	find_value
	report 'owners of the value' "$(
		[ "$(cut -f 2,4- out)" = "$(printf 'xattr\t-\ta\tb\tc')" ] || cat out err
	)"
	printf x | dd of=new.img bs=1 seek="$at" conv=notrunc status=none
	lists <<-END
		m  a
		m  b
		m  c
	END
done

tell_counts
