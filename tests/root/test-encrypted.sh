#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Encrypted directories, changed by a kernel that has the key: lscow, which has not, must
# find what a walk with the key finds, under the names that the kernel shows without it.
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
need_root mke2fs debugfs
[ -e /sys/fs/ext4/features/test_dummy_encryption_v2 ] || [ -n "${CI:-}" ] ||
	skip 'the kernel cannot encrypt'

LSCOW=$(whole "${LSCOW:-${top_builddir:-$here/../..}/lscow}")
bin=$(whole "${ORACLE_BIN:-$here/../oracle}")
enter_work encrypted

# With this the kernel has a key, and encrypts what is made in any directory.
key=test_dummy_encryption

# work_on OPTIONS SCRIPT: in the tree of new.img
work_on()
{
	mount -o "loop,$1" new.img new || broken 'mount'
	(cd new && sh -euc "$2") >work.log 2>&1 || broken "work: $(cat work.log)"
	umount new || broken 'unmount'
}

# list_names IMAGE OPTIONS: lines "inode name" of all below, sorted
list_names()
{
	mount -o "ro,loop,$2" "$1" old || broken "mount $1"
	find old -mindepth 1 -printf '%i %f\n' | sort
	umount old || broken 'unmount'
}

# note_names: the file names, a script for sed that makes of the names without a key
# those with it. A name is encrypted in another way in each directory.
note_names()
{
	: >names
	for image in old.img new.img; do
		list_names $image $key >with
		list_names $image noload >without
		join without with | awk '$2 != $3 { printf "s,%s,%s,g\n", $2, $3 }' >>names
	done
	sort -u names -o names
}

# start FEATURES SCRIPT: a filesystem with plain directories, and what is encrypted in it
start()
{
	rm -f old.img new.img
	truncate -s 24M new.img
	mke2fs -q -F -t ext4 -b 1024 -I 256 -J size=1 -O "encrypt$1" new.img >mke2fs.log 2>&1 ||
		broken "make a filesystem: $(cat mke2fs.log)"
	work_on noatime 'mkdir plain; echo 1 >plain/one; echo 2 >plain/two'
	work_on $key,noatime "$2"
	cp --sparse=always new.img old.img
}

# The rows with the names that the key shows, and in their order; the last line is no row.
read_rows()
{
	sed -f names out >out.named
	{
		sed '$d' out.named | awk -F '"path":"' \
			'{ print substr($2, 1, index($2, "\"") - 1) "\t" $0 }' |
			sort -t "$(printf '\t')" -k 1,1 -s | cut -f 2-
		sed -n '$p' out.named
	} >out
}

# finds_truth_with_key: of what the kernel changed with the key
finds_truth_with_key()
{
	note_names
	finds_truth "ro,$key"
}

# lists: the rows on standard input, with the names that the key shows, are all.
lists()
{
	sort >want
	"$LSCOW" files --old old.img --new new.img >out.shown 2>err
	sed -f names out.shown | sort >out
	report 'rows' "$(diff -u want out; cat err)"
}

# Whether the list for rsync is refused, with nothing on standard output.
refuses_list()
{
	"$LSCOW" files --old old.img --new new.img --format rsync >out 2>err
	code=$?
	report 'no list for rsync' "$(
		[ "$code" = 3 ] || echo "exit code $code"
		cat out
		grep -q 'the names in this directory are encrypted' err || cat err
	)"
}

# many has an htree, wide names of more than the kernel shows as they are.
make_tree='
	mkdir -p vault/deep/deeper many wide
	for i in $(seq 400); do echo $i >many/file-$i; done
	long=$(printf %0180d 0)
	for i in 1 2 3; do echo $i >wide/$long$i; done
	for f in a b c dir-entry; do echo $f >vault/$f; echo $f >vault/deep/deeper/$f; done
	head -c 100000 /dev/urandom >vault/large
	ln -s a vault/link; ln -s /somewhere/else vault/deep/far
	find . -exec touch -hd @1000 "{}" +'
settle='find . -exec touch -hd @1000 "{}" +'

for more in '' ,^metadata_csum ,^dir_index; do
	name=encrypt$more
	start "$more" "$make_tree"
	list_names old.img $key | grep -q ' file-400$' || broken 'read with the key'
	list_names old.img noload | grep -q ' file-400$' && broken 'encrypt'

	work_on noatime ":; $settle"
	note_names
	lists </dev/null

	work_on $key,noatime "echo 2 >vault/a; echo more >>vault/deep/deeper/b
		printf x | dd of=vault/large bs=1 seek=50000 conv=notrunc; echo 1 >>many/file-77
		echo 3 >>plain/one; chmod 600 many/file-99 wide/*3; $settle"
	note_names
	lists <<-END
		m  many/file-99
		M  many/file-77
		M  plain/one
		M  vault/a
		M  vault/deep/deeper/b
		M  vault/large
		m  wide/$(printf %0180d3 0)
	END
	finds_truth_with_key
	refuses_list

	start "$more" "$make_tree"
	work_on $key,noatime 'mv vault/a vault/deep/moved; rm vault/b many/file-3; mkdir vault/new
		echo 1 >vault/new/1; mv vault/deep/deeper many/deeper; rm vault/link
		ln -s c vault/link; for i in $(seq 401 500); do echo $i >many/file-$i; done
		mv wide/*1 many; rm -r wide; mkdir plain/sealed; echo 1 >plain/sealed/1'
	finds_truth_with_key
	refuses_list

	start "$more" "$make_tree"
	work_on $key,noatime 'mv vault safe; for i in $(seq 1 3 400); do rm many/file-$i; done
		for i in $(seq 2 3 400); do mv many/file-$i many/renamed-$i; done; mv many/file-3 .'
	finds_truth_with_key

	start "$more" "$make_tree"
	work_on noatime 'echo 3 >plain/two'
	note_names
	lists <<-END
		M  plain/two
	END
	report 'a list of plain names' "$(
		"$LSCOW" files --old old.img --new new.img --format rsync 2>&1 >out |
			cat - && printf './plain/two\0' | cmp - out 2>&1
	)"
done

# The owner of a block of a file has the name that the kernel shows.
inode=$(list_names old.img $key | sed -n 's/ large$//p')
shown=$(list_names old.img noload | sed -n "s/^$inode //p")
blocks=$(debugfs -R "blocks <$inode>" old.img 2>/dev/null)
"$LSCOW" owner old.img "${blocks%% *}" >out 2>err
report 'owner' "$(grep -q "/$shown\$" out || cat out err)"

tell_counts
