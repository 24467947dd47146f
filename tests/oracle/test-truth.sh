#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Tests the truth itself: small trees with known answers, and random ones against rsync.
#
# usage: test-truth.sh
#
# ORACLE_BIN  where the programs are (default: beside this script)

# Scripts in single quotes are for the shell that runs them in the tree.
# shellcheck disable=SC2016
set -u
export LC_ALL=C

skip()
{
	echo "test-truth.sh: $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

[ "$(id -u)" = 0 ] || skip "mounting needs root"
command -v rsync >/dev/null || skip "no rsync"

bin=$(cd "${ORACLE_BIN:-$(dirname "$0")}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lscow-truth-XXXXXX") || exit 2
nr_cases=0
nr_failed=0

unmount_all()
{
	for mounted in old new; do
		mountpoint -q "$work/$mounted" && umount "$work/$mounted"
	done
}

clean_up()
{
	status=$?
	trap - EXIT INT TERM
	unmount_all
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

broken()
{
	echo "$name: $*" >&2
	exit 2
}

# do_work SCRIPT: in the tree of the new state
do_work()
{
	mount -o loop "$work/new.img" "$work/new" || broken "mount"
	(cd "$work/new" && PATH=$bin:$PATH sh -euc "$1") || broken "work"
	umount "$work/new"
}

# make_states BEFORE AFTER
make_states()
{
	rm -f "$work/old.img" "$work/new.img"
	truncate -s 16M "$work/new.img"
	mke2fs -q -F -t ext4 "$work/new.img" || broken "mke2fs"
	do_work "$1"
	cp --sparse=always "$work/new.img" "$work/old.img"
	do_work "$2"
	mount -o ro,loop "$work/old.img" "$work/old" || broken "mount"
	mount -o ro,loop "$work/new.img" "$work/new" || broken "mount"
}

# One row in short: change path [<- old path] kind [c][m]
shorten()
{
	sed -e '/"type":"summary"/d' \
		-e 's/^{"change":"\([a-z]*\)","path\(_b64\)*":"\([^"]*\)"/\1 \3/' \
		-e 's/,"old_path\(_b64\)*":"\([^"]*\)"/ <- \2/' \
		-e 's/,"kind":"\([a-z]*\)","inode":[0-9]*/ \1 /' \
		-e 's/,"content":true/c/; s/,"content":false//' \
		-e 's/,"metadata":true/m/; s/,"metadata":false//' -e 's/}$//; s/ $//'
}

# expect WHAT OPTION...: the rows on standard input
expect()
{
	what=$1
	shift
	nr_cases=$((nr_cases + 1))
	cat >"$work/expected"
	"$bin/truth" "$work/old" "$work/new" "$@" >"$work/truth" || broken "truth"
	shorten <"$work/truth" >"$work/actual"
	if ! cmp -s "$work/expected" "$work/actual"; then
		nr_failed=$((nr_failed + 1))
		echo "not ok: $what"
		diff -u "$work/expected" "$work/actual"
	fi
}

# check_case NAME BEFORE AFTER: the rows on standard input
check_case()
{
	name=$1
	make_states "$2" "$3"
	expect "$name"
	unmount_all
}

# The same with --expand as well: the rows of the plain list, a line "--", those of the other.
check_case_expanded()
{
	name=$1
	cat >"$work/both"
	make_states "$2" "$3"
	sed '/^--$/,$d' "$work/both" >"$work/plain"
	sed '1,/^--$/d' "$work/both" >"$work/expand"
	expect "$name" <"$work/plain"
	expect "$name, expanded" --expand <"$work/expand"
	unmount_all
}

test_nothing()
{
	check_case 'nothing' 'mkdir d; echo x >d/f' ':' </dev/null
	check_case 'times that do not count' 'mkdir d; echo x >d/f' \
		'cat d/f >/dev/null; touch -a d/f; chmod 644 d/f' </dev/null
	check_case 'the same bytes with the old time' 'echo x >f; touch -d @1000 f' \
		'echo x >f; touch -d @1000 f' </dev/null
	check_case 'a hole for zeros' 'head -c 65536 /dev/zero >f; touch -d @1000 f' \
		'fallocate -p -l 65536 f; touch -d @1000 f' </dev/null
}

test_files()
{
	check_case 'create, remove, write' 'echo x >a; echo x >b; touch -d @1000 .' \
		'rm a; echo y >b; echo z >c; touch -d @1000 .' <<-END
			deleted a file cm
			modified b file cm
			added c file cm
		END
	check_case 'bytes change, the time is put back' 'echo x >a; touch -d @1000 a' \
		'echo y >a; touch -d @1000 a' <<-END
			modified a file c
		END
	check_case 'metadata' 'touch a b c d e f; mkdir g; setfattr -n user.a -v 1 d' \
		'chmod 600 a; chown 5 b; touch -d @7 c; setfattr -n user.a -v 2 d
		 chattr +d e; setfattr -n trusted.a f; setfacl -m u:5:r g' <<-END
			metadata a file m
			metadata b file m
			metadata c file m
			metadata d file m
			metadata e file m
			metadata f file m
			metadata g directory m
		END
	check_case 'one nanosecond' 'touch -d @5.000000001 a' 'touch -d @5.000000002 a' <<-END
		metadata a file m
	END
	check_case 'link targets and device numbers' \
		'ln -s a l; mknod p p; mknod c c 1 2; mknod b b 3 4; touch -hd @1000 l c b p .' \
		'rm l c b; ln -s b l; mknod c c 1 3; mknod b b 300 70000
		 touch -hd @1000 l c b .' <<-END
			modified b block c
			modified c char c
			modified l symlink c
		END
	check_case 'other types' 'touch f x; mkdir d; touch -d @1000 f d x .' \
		'rm f x; rmdir d; mkdir f; touch d; mkfifo x; touch -d @1000 f d x .' <<-END
			modified d file cm
			modified f directory cm
			modified x fifo c
		END
	check_case 'names that are not UTF-8' 'touch -d @1000 .' \
		'touch "$(printf "\\377\\nx")"; touch -d @1000 .' <<-END
			added /wp4 file cm
		END
}

test_renames()
{
	check_case 'rename' 'echo x >a; mkdir d; touch -d @1000 .' \
		'mv a d/b; touch -d @1000 . d' <<-END
			metadata d directory m
			renamed d/b <- a file
		END
	check_case 'rename and write' 'echo x >a; touch -d @1000 .' \
		'mv a b; echo y >b; touch -d @1000 .' <<-END
			renamed b <- a file cm
		END
	check_case 'save by rename' 'echo x >a; echo x >b; touch -d @1000 a b .' \
		'echo y >t; mv t a; echo x >t; touch -d @1000 t; mv t b; touch -d @1000 .' <<-END
			modified a file cm
		END
	check_case 'rename over' 'echo x >a; echo y >b; touch -d @1000 a b .' \
		'mv a b; touch -d @1000 .' <<-END
			deleted a file cm
			modified b file c
		END
	check_case 'rotate' 'echo 1 >a; echo 2 >b; touch -d @1000 a b .' \
		'mv b c; mv a b; echo 3 >a; touch -d @1000 a .' <<-END
			modified a file c
			modified b file c
			renamed c <- b file
		END
	check_case 'exchange' 'echo x >a; mkdir b; echo y >b/c; touch -d @1000 a b b/c' \
		'exchange a b; touch -d @1000 .' <<-END
			metadata . directory m
			modified a directory cm
			renamed a/c <- b/c file
			modified b file cm
		END
}

test_links()
{
	check_case 'another name' 'touch a; mkdir d; touch -d @1000 .' \
		'ln a d/b; touch -d @1000 d; touch -d @1000 .' <<-END
			metadata d directory m
			linked d/b file
		END
	check_case 'another name and other bytes' 'echo x >a; touch -d @1000 a .' \
		'ln a b; echo y >a; touch -d @1000 a .' <<-END
			modified a file c
			linked b file c
		END
	check_case 'one name less' 'touch a; ln a b; touch -d @1000 .' \
		'rm a; touch -d @1000 .' <<-END
			deleted a file cm
		END
	check_case 'one name of two renamed' 'touch a; ln a b; touch -d @1000 .' \
		'mv a c; touch -d @1000 .' <<-END
			renamed c <- a file
		END
	check_case 'two names more, one less' 'touch a; ln a b; touch -d @1000 .' \
		'ln a d; ln a c; rm b; touch -d @1000 .' <<-END
			renamed c <- b file
			linked d file
		END
	check_case 'two names less, one more' 'touch a; ln a b; ln a c; touch -d @1000 .' \
		'ln a d; rm b a; touch -d @1000 .' <<-END
			deleted b file cm
			renamed d <- a file
		END
	check_case 'a new file of two names' 'touch -d @1000 .' \
		'touch a; ln a b; touch -d @1000 .' <<-END
			added a file cm
			added b file cm
		END
	check_case 'the absent before the taken' 'echo x >a; ln a b; touch -d @1000 .' \
		'mv b c; rm a; echo y >a; touch -d @1000 .' <<-END
			modified a file cm
			renamed c <- b file
		END
}

test_directories()
{
	check_case_expanded 'rename' \
		'mkdir -p d/s; echo x >d/f; echo x >d/s/g; touch -d @1000 .' \
		'mv d e; touch -d @1000 .' <<-END
			renamed e <- d directory
			--
			renamed e <- d directory
			renamed e/f <- d/f file
			renamed e/s <- d/s directory
			renamed e/s/g <- d/s/g file
		END
	check_case_expanded 'rename, with changes below' \
		'mkdir -p d/s; for f in a b c g; do echo x >d/$f; done
		 touch -d @1000 . d d/s d/*' \
		'mv d e; echo y >e/a; chmod 600 e/b; mv e/c e/s/c; rm e/g; echo z >e/h
		 touch -d @1000 . e e/s e/a' <<-END
			deleted d/g file cm
			renamed e <- d directory
			modified e/a <- d/a file c
			metadata e/b <- d/b file m
			added e/h file cm
			renamed e/s/c <- d/c file
			--
			deleted d/g file cm
			renamed e <- d directory
			renamed e/a <- d/a file c
			renamed e/b <- d/b file m
			added e/h file cm
			renamed e/s <- d/s directory
			renamed e/s/c <- d/c file
		END
	check_case_expanded 'a child renamed while its directory is' \
		'mkdir -p d/s; echo x >d/s/f; touch -d @1000 . d d/s' \
		'mv d/s/f d/s/g; mv d/s d/t; mv d e; touch -d @1000 . e e/t' <<-END
			renamed e <- d directory
			renamed e/t <- d/s directory
			renamed e/t/g <- d/s/f file
			--
			renamed e <- d directory
			renamed e/t <- d/s directory
			renamed e/t/g <- d/s/f file
		END
	check_case_expanded 'rename and recreate' \
		'mkdir d; echo x >d/f; echo x >d/g; touch -d @1000 . d d/f d/g' \
		'mv d e; mkdir d; echo y >d/f; touch -d @1000 . d d/f' <<-END
			modified d/f file c
			renamed e <- d directory
			--
			modified d/f file c
			renamed e <- d directory
			renamed e/f <- d/f file
			renamed e/g <- d/g file
		END
	check_case 'into another directory' \
		'mkdir -p d/s e; touch d/s/f; touch -d @1000 . d e' \
		'mv d/s e; touch -d @1000 d e' <<-END
			renamed e/s <- d/s directory
		END
	check_case 'parent and child change places' \
		'mkdir -p d/s; touch d/f d/s/f; touch -d @1000 . d d/s' \
		'mv d/s s; mv d s/d; touch -d @1000 s/d s .' <<-END
			renamed s <- d/s directory
			renamed s/d <- d directory
		END
	check_case 'children into an existing directory' \
		'mkdir -p d/s e/s; touch d/s/f e/s/g d/h; touch -d @1000 . d d/s e e/s' \
		'mv d/h e/h; rm -r e/s; mv d/s e/s; rmdir d; touch -d @1000 . e e/s' <<-END
			deleted d directory cm
			deleted d/s directory cm
			renamed e/h <- d/h file
			renamed e/s/f <- d/s/f file
			deleted e/s/g file cm
		END
	check_case 'rename over an empty directory' \
		'mkdir d e; echo x >d/f; touch -d @1000 . d e' \
		'mv -T d e; touch -d @1000 .' <<-END
			deleted d directory cm
			renamed e/f <- d/f file
		END
	check_case 'exchange' \
		'mkdir d e; echo x >d/f; echo x >d/g; echo y >e/f
		 touch -d @1000 d e d/f d/g e/f .' \
		'exchange d e; touch -d @1000 .' <<-END
			modified d/f file c
			modified e/f file c
			renamed e/g <- d/g file
		END
	check_case 'remove' 'mkdir -p d/e; touch d/f d/e/g; touch -d @1000 .' \
		'rm -r d; touch -d @1000 .' <<-END
			deleted d directory cm
			deleted d/e directory cm
			deleted d/e/g file cm
			deleted d/f file cm
		END
	check_case 'the root' ':' 'chmod 700 .; setfattr -n user.a -v 1 .' <<-END
		metadata . directory m
	END
}

# Deeper than PATH_MAX, which only calls with file descriptors reach.
test_depth()
{
	name=depth
	make_states 'n=$(printf "%0200d" 0); for i in $(seq 30); do
			mkdir $n; cd -P ./$n; done; touch f' \
		'n=$(printf "%0200d" 0); for i in $(seq 30); do cd -P ./$n; done; echo x >f'
	nr_cases=$((nr_cases + 1))
	if ! "$bin/truth" "$work/old" "$work/new" |
		grep -q '^{"change":"modified","path":"0*/.*/f"'; then
		nr_failed=$((nr_failed + 1))
		echo "not ok: $name"
	fi
	unmount_all
}

# Every path that rsync finds different is the path or the old path of a row.
list_rsync_paths()
{
	rsync -anicAX --delete --modify-window=-1 --out-format='%i %n' "$work/old/" "$work/new/" |
		sed -e 's/^\*deleting  *//' -e 's/^[<>ch.][fdLDS][^ ]* //' -e 's,\(.\)/$,\1,' |
		sed -e 's,^\./$,.,' | sort -u
}

list_row_paths()
{
	"$bin/truth" "$work/old" "$work/new" --expand |
		sed -n -e 's/.*"path":"\([^"]*\)".*"old_path":"\([^"]*\)".*/\1\
\2/p; t' -e 's/.*"path":"\([^"]*\)".*/\1/p' | sort -u
}

# check_seed SEED
check_seed()
{
	name="seed $1"
	nr_cases=$((nr_cases + 1))
	make_states "workload --plain $1 . populate 300" "workload --plain $1 . change 60"
	"$bin/truth" "$work/old" "$work/old" >"$work/truth" || broken "truth"
	list_rsync_paths >"$work/rsync-paths"
	list_row_paths >"$work/row-paths"
	if [ "$(cat "$work/truth")" != '{"type":"summary","changes":0}' ] ||
		[ -n "$(comm -23 "$work/rsync-paths" "$work/row-paths")" ]; then
		nr_failed=$((nr_failed + 1))
		echo "not ok: $name: only rsync finds:"
		comm -23 "$work/rsync-paths" "$work/row-paths"
	fi
	unmount_all
}

mkdir "$work/old" "$work/new"
test_nothing
test_files
test_renames
test_links
test_directories
test_depth
for seed in 1 2 3 4 5 6 7 8 9 10; do
	check_seed "$seed"
done
echo "$nr_cases cases, $nr_failed failed"
[ "$nr_failed" = 0 ]
