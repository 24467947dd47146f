# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Damaged and hostile metadata: each kind is named, or does not matter; and no image
# is written to, no run takes long or much memory.
#
# DAMAGE_TABLE=FILE gets a line for each case: name, exit code, KiB, message.
# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh and images.sh set what is used

damage_seconds=20
damage_kib=262144
damage_worst=0
damage_table=${DAMAGE_TABLE:-/dev/null}
case $damage_table in
/*) ;;
*) damage_table=${OLDPWD:-.}/$damage_table ;;
esac
: >"$damage_table"
measure=${top_builddir:-$here/../..}/tests/bench/measure
if [ ! -x "$measure" ]; then
	skip 'peak memory of damage' "$measure is not built"
	# shellcheck disable=SC2016 # for another shell
	printf '#!/bin/sh\necho 0 0 0 >"$1"\nshift\nexec "$@"\n' >measure
	chmod +x measure
	measure=$PWD/measure
fi

# seen NAME CODE PATTERN ARG...: standard output as the case's standard input, no
# more on standard error than one line that is all of the pattern (or none, for an
# empty one), and both images as they were.
seen() {
	seen_name=$1 seen_code=$2 seen_pattern=$3
	shift 3
	cat >"$seen/out.want"
	seen_sums=$(cat old.img new.img | cksum)
	run "$measure" "$seen/figures" timeout "$damage_seconds" "$LSCOW" "$@"
	: >"$seen/err.want"
	if [ -n "$seen_pattern" ]; then
		grep -xE -e "lscow: $seen_pattern" "$seen/err" | head -n 1 >"$seen/err.want"
		[ -s "$seen/err.want" ] || echo "lscow: $seen_pattern" >"$seen/err.want"
	fi
	check "$seen_name" "$seen_code"
	[ "$seen_sums" = "$(cat old.img new.img | cksum)" ] ||
		report "$seen_name: images" 'an image was written to'
	read -r _ seen_kib _ <"$seen/figures"
	[ "$seen_kib" -le "$damage_kib" ] ||
		report "$seen_name: memory" "$seen_kib KiB, expected up to $damage_kib"
	[ "$seen_kib" -le "$damage_worst" ] || damage_worst=$seen_kib
	printf '%s\t%s\t%s\t%s\n' "$seen_name" "$code" "$seen_kib" \
		"$(sed 's/^lscow: //' "$seen/err")" >>"$damage_table"
}

# says NAME CODE PATTERN: for the list of files; nothing is printed.
says() {
	seen "$fs: $1" "$2" "$3" files --old old.img --new new.img </dev/null
}

# lists NAME: the files on standard input are all, and nothing is to be said.
lists() {
	seen "$fs: $1" 0 '' files --old old.img --new new.img
}

# owner NAME CODE PATTERN BLOCK...
owner() {
	owner_name=$1 owner_code=$2 owner_pattern=$3
	shift 3
	seen "$fs: owner: $owner_name" "$owner_code" "$owner_pattern" owner new.img "$@" </dev/null
}

# damage_new: both views are sound, but for the commands of debugfs on standard input,
# which make the new one.
damage_new() {
	cp "$fs.img" old.img
	cp "$fs.img" new.img
	change new.img
}

# damage_both: the commands are for both views, and $then for the new one.
damage_both() {
	cp "$fs.img" old.img
	change old.img
	cp old.img new.img
	echo "$then" | change new.img
}

# poke_both FILE OFFSET_EXPRESSION: bytes of standard input into both views.
poke_both() {
	cat >bytes
	put old.img "$1" <bytes
	put new.img "$1" <bytes
}

# make_checksums: for the new view, as they should be.
make_checksums() {
	echo 'feature -metadata_csum' | change new.img
	tune2fs -O metadata_csum new.img >tune2fs.log 2>&1
}

touch_a='sif a mtime 20260302'
then=$touch_a

# group_block FILE GROUP WHAT: where a group's "inode table" or bitmap is.
group_block() {
	debugfs -R stats "$1" 2>debugfs.log |
		sed -n "s/^ *Group *$2: .*$3 at \([0-9]*\).*/\1/p"
}

# le16_at, le32_at FILE OFFSET
le32_at() {
	od -A n -t u4 -j "$2" -N 4 "$1" | tr -d ' '
}

# find_inodes: the numbers of what fill() makes, and where the nodes of "pieces" are.
find_inodes() {
	# shellcheck disable=SC2046 # a word for each
	set -- $(printf 'stat %s\n' a b large pieces d d/e d/x q short long |
		debugfs -f - "$fs.img" 2>debugfs.log | sed -n 's/^Inode: \([0-9]*\) .*/\1/p')
	a=$1 b=$2 large=$3 pieces=$4 d=$5 e=$6 x=$7 q=$8 short=$9
	shift 9
	long=$1
}

# ---- Sound filesystems -----------------------------------------------------------

text host-small small 1000
text host-large large 20000
# Six extents, with holes between: more than an inode holds.
for at in 0 2 4 6 8 10; do
	printf piece | put host-pieces $((at * 4096))
done
head -c 600 /dev/zero | tr '\0' x >host-value
damage_features=none,ext_attr,dir_index,filetype,extent,sparse_super,large_file

# fill FILE: what all of them hold.
fill() {
	change "$1" <<-'END'
		write host-small a
		write host-small b
		write host-large large
		write host-pieces pieces
		mkdir d
		mkdir d/e
		write host-small d/x
		mkdir q
		symlink short a
		symlink long 0123456789012345678901234567890123456789012345678901234567890123456789
		ea_set -f host-value b user.value
		ln a second
		sif a links_count 2
	END
}

truncate -s 4M csum.img
mke2fs -q -F -t ext4 -U "$uuid" -b 4096 -g 256 -G 2 -N 256 -I 256 \
	-O "$damage_features,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum" \
	-E "hash_seed=$uuid,lazy_itable_init=0" csum.img || exit 1
truncate -s 4M plain.img
mke2fs -q -F -t ext4 -U "$uuid" -b 1024 -g 1024 -N 128 -I 256 -J size=1 \
	-O "$damage_features,has_journal,resize_inode" \
	-E "hash_seed=$uuid" plain.img || exit 1
truncate -s 4M map.img
mke2fs -q -F -t ext2 -U "$uuid" -b 1024 -g 1024 -N 128 -I 128 \
	-O none,ext_attr,filetype,sparse_super,large_file map.img 2>mke2fs.log || exit 1
for fs in csum plain map; do
	fill "$fs.img"
done

# ---- The superblock and the descriptors ---------------------------------------------

superblock_cases() {
	if [ "$fs" = plain ]; then
		group_cases
		return
	fi
	damage_new </dev/null
	echo "$touch_a" | change new.img
	lists 'sound' <<-'END'
		m  a
		m  second
	END

	damage_new <<-'END'
		ssv free_blocks_count 7
		ssv free_inodes_count 100000
		set_bg 0 free_blocks_count 3
		set_bg 0 used_dirs_count 0
		sif a mtime 20260302
		set_bg 0 checksum calc
	END
	lists 'free counts and the count of directories lie' <<-'END'
		m  a
		m  second
	END
	echo 'ssv inodes_count 100' | damage_new
	says 'fewer inodes than the groups have' 4 \
		'new view: new.img: superblock or descriptors: .*'
	echo 'ssv inodes_per_group 7' | damage_new
	says 'inodes in a group that are not as many' 4 \
		'new view: new.img: superblock or descriptors: .*'
	echo 'ssv reserved_gdt_blocks 240' | damage_new
	says 'reserved descriptors over the bitmaps' 4 \
		'new view: new.img: group 0: [a-z_]* at block [0-9]*, expected it apart from group 0: .*'
	echo 'ssv rev_level 0' | damage_new
	says 'old revision with features' 4 \
		'new view: new.img: superblock: revision is 0, expected 1 with its features'
	echo 'ssv blocks_per_group 1000' | damage_new
	says 'blocks in a group that are not as many' 4 'new view: new.img: .*'
	echo 'ssv first_data_block 9' | damage_both
	says 'first block far in' 4 'old view: old.img: superblock: first data block is 9, expected [01]'
	echo 'ssv blocks_count 999999' | damage_both
	says 'larger than its device' 3 \
		'old view: old.img: found [0-9]* bytes, expected at least the [0-9]* bytes of the filesystem in it \(.*\)'

	group_cases
}

group_cases() {
	for what in block_bitmap inode_bitmap inode_table; do
		field=$(echo "$what" | tr _ ' ')
		damage_both <<-END
			set_bg 1 $what $(group_block "$fs.img" 0 "$field")
			set_bg 1 checksum calc
		END
		says "two groups with one $field" 4 \
			"old view: old.img: group 1: $what at block [0-9]*, expected it apart from group 0: $what at block [0-9]*"
		damage_both <<-END
			set_bg 1 $what 4294967040
			set_bg 1 checksum calc
		END
		says "$field outside" 4 \
			"old view: old.img: descriptor of group 1: $field at block [0-9]*, expected below $nr_blocks"
	done
	damage_both <<-END
		set_bg 1 inode_table $(($(group_block "$fs.img" 0 'block bitmap') - 1))
		set_bg 1 checksum calc
	END
	says 'inode table over a bitmap' 4 \
		'old view: old.img: group [01]: .* at block [0-9]*, expected it apart from group [01]: .*'
	damage_both <<-END
		set_bg 1 inode_table $(($(group_block "$fs.img" 1 'inode table') + 1))
		set_bg 1 checksum calc
	END
	damage_new <<-END
		set_bg 3 inode_table $((nr_blocks - 20))
		set_bg 3 checksum calc
	END
	says 'inode table that moved' 3 \
		'new.img: inode table of group 3 at block [0-9]*, expected [0-9]* as in old.img'
}

# ---- Inodes ---------------------------------------------------------------------------

inode_cases() {
	damage_new <<-END
		sif b mode 0100600
		freei b
	END
	says 'changed inode that is free' 4 \
		"new.img: inode $b: has 1 links, but the inode bitmap says that it is free"
	damage_both <<-'END'
		sif a mode 0
	END
	says 'no type, and links' 0 ''
	damage_new <<-'END'
		sif b mode 0
	END
	says 'mode of nothing' 4 \
		"new.img: inode $b: of 1 names 0 are gone and 0 came, expected 0 at the end"
	damage_new <<-'END'
		sif b mode 0170644
	END
	says 'mode of no type' 4 "new.img: inode $b: mode 0170644, expected a known type"
	damage_new <<-'END'
		sif b links_count 0
	END
	says 'no links, but a name' 4 \
		"new.img: inode $b: of 1 names 0 are gone and 0 came, expected 0 at the end"
	damage_new <<-'END'
		sif b links_count 2
	END
	says 'more links than names' 4 \
		"new.img: inode $b: of 1 names 0 are gone and 0 came, expected 2 at the end"
	damage_both <<-'END'
		sif b links_count 2
	END
	echo 'sif b mtime 20260302' | change new.img
	says 'fewer names than links, before too' 4 \
		"new.img: inode $b: 1 of its names are in no directory \(1 such inodes\)"
	damage_both <<-'END'
		sif a links_count 1
	END
	says 'more names than links, before too' 4 \
		"new.img: inode $a: found 2 names, expected 1 as it has links \(1 such inodes\)"
	seen "$fs: more names than links, with what is known" 4 \
		"new.img: inode $a: found 2 names, expected 1 as it has links \(1 such inodes\)" \
		files --old old.img --new new.img --partial <<-'END'
			m  a
			m  second
		END
	owner 'more names than links' 4 \
		"new.img: inode $a: found 2 names, expected 1 as it has links \(1 such inodes\)" \
		"$(first_block new.img a)"
	damage_new <<-'END'
		ln b third
	END
	says 'more names than links, now' 4 \
		"new.img: inode $b: of 1 names 0 are gone and 1 came, expected 1 at the end"
	damage_new <<-'END'
		unlink b
	END
	says 'name that is gone, of an inode that is not' 4 \
		"new.img: inode $b: of 1 names 1 are gone and 0 came, expected 1 at the end"
	damage_new <<-'END'
		sif a links_count 1
		rm second
	END
	says 'inode that is gone, of which a name is left' 4 "new.img: .*"
	damage_new <<-'END'
		sif short size 0
	END
	says 'symlink without a size' 4 "new.img: inode $short: symlink of 0 bytes, expected 1 to [0-9]*"
	damage_new <<-'END'
		sif long size 70000
	END
	says 'symlink of a size that no block has' 4 \
		"new.img: inode $long: symlink of 70000 bytes, expected 1 to [0-9]*"
	damage_new <<-'END'
		sif a extra_isize 3
	END
	says 'extra size that is none' 4 \
		"new.img: inode $a: extra size 3, expected a multiple of 4 up to 128"
}

# The journal, and the reserved descriptors.
hidden_cases() {
	damage_both <<-'END'
		sif <8> block[0] 0
		sif <8> block[5] 0xffffff00
		sif <8> block[9] 0xffffff00
	END
	says 'journal inode' 4 '(old|new).img: inode 8: extent root: magic 0, expected 62218'
	damage_both <<-'END'
		sif <7> block[DIND] 4000000
	END
	says 'resize inode' 4 "(old|new).img: inode 7: indirect block at 4000000, expected below $nr_blocks"
}

# ---- Extents -----------------------------------------------------------------------

# extent_node NAME PATTERN: an edit of the tree of "pieces", on standard input.
extent_node() {
	{
		echo 'eo pieces'
		echo root
		echo down
		cat
		echo ec
	} | damage_new
	says "extent $1" 4 "new.img: inode $pieces: $2"
}

# extent_root NAME PATTERN: an edit of the inode of "a", on standard input. Its words
# are 0 magic and entries, 1 room and depth, 3 to 5 the first extent, 6 to 8 the next.
extent_root() {
	damage_new
	says "extent $1" 4 "new.img: inode $a: $2"
}

extent_cases() {
	a_block=$(first_block "$fs.img" a)
	itable=$(group_block "$fs.img" 0 'inode table')
	step=$((4096 / block_bytes))

	extent_node 'outside' "logical block [0-9]* maps to 1 blocks at 9999999, expected below $nr_blocks" \
		<<-END
			replace_node $((0 * step)) 1 9999999
		END
	extent_node 'near 2^48' "logical block [0-9]* maps to 1 blocks at 281474976710000, expected below $nr_blocks" \
		<<-END
			replace_node $((0 * step)) 1 281474976710000
		END
	extent_node 'over an inode table' "block $itable is its own, expected it for group 0: inode_table" \
		<<-END
			replace_node $((0 * step)) 1 $itable
		END
	extent_node 'that overlaps the next' 'logical block [0-9]* is mapped twice' <<-END
		replace_node $((0 * step)) $((2 * step + 1)) 990
	END
	extent_root 'with no length' 'extent at logical block 0 has no length' <<-'END'
		sif a block[4] 0
	END
	extent_root 'twice' 'logical block 0 is mapped twice' <<-END
		sif a block[0] 0x2f30a
		sif a block[6] 0
		sif a block[7] 1
		sif a block[8] 990
	END
	extent_root 'unsorted' 'logical block 1 is mapped twice' <<-END
		sif a block[0] 0x2f30a
		sif a block[3] 7
		sif a block[6] 1
		sif a block[7] 1
		sif a block[8] 990
	END
	extent_root 'with a length over the end' "logical block 0 maps to 1024 blocks at $((nr_blocks - 9)), expected below $nr_blocks" <<-END
		sif a block[4] 1024
		sif a block[5] $((nr_blocks - 9))
	END
	extent_root 'with block 0' "logical block 0 maps to 1 blocks at 0, expected below $nr_blocks" <<-END
		sif a block[5] 0
	END
	extent_root 'root with a wrong magic' 'extent root: magic 62219, expected 62218' <<-'END'
		sif a block[0] 0x1f30b
	END
	extent_root 'root with more entries than room' 'extent root: entries 9, expected 4' <<-'END'
		sif a block[0] 0x9f30a
	END
	extent_root 'root with too much room' 'extent root: most entries 99, expected 4' <<-'END'
		sif a block[1] 99
	END
	extent_root 'root too deep' 'extent root: depth 9, expected 5' <<-'END'
		sif a block[1] 0x90004
	END
	extent_root 'root with levels and no entries' 'extent root: entries 0, expected 1' <<-'END'
		sif a block[0] 0xf30a
		sif a block[1] 0x10004
	END
	extent_root 'node that is data' 'extent node at block [0-9]*: magic [0-9]*, expected 62218' <<-END
		sif a block[1] 0x10004
		sif a block[4] $a_block
		sif a block[5] 0
	END
	extent_root 'node outside' "extent node at block 4000000, expected below $nr_blocks" <<-'END'
		sif a block[1] 0x10004
		sif a block[4] 4000000
		sif a block[5] 0
	END
	extent_root 'node near 2^48' "extent node at block 281474976710655, expected below $nr_blocks" <<-'END'
		sif a block[1] 0x10004
		sif a block[4] 0xffffffff
		sif a block[5] 0xffff
	END
	extent_root 'node over an inode table' "block $itable is its own, expected it for group 0: inode_table" <<-END
		sif a block[1] 0x10004
		sif a block[4] $itable
		sif a block[5] 0
	END

	# The node of "pieces" is where the root of it says, and in it stands what is poked.
	node=$(debugfs -R 'stat pieces' "$fs.img" 2>debugfs.log |
		sed -n 's/.*(ETB0):\([0-9]*\).*/\1/p')
	damage_new </dev/null
	le 2 3 | put new.img $((node * block_bytes + 2))
	echo 'sif pieces mtime 20260302' | change new.img
	if [ "$fs" = csum ]; then
		says 'extent node with a wrong checksum' 4 \
			"new.img: inode $pieces: extent node at block $node: wrong checksum"
	else
		seen "$fs: extent node with fewer entries" 0 '' files --old old.img --new new.img <<-'END'
			M  pieces
		END
	fi
	# An unchanged inode: its node is looked for, as a changed block without an owner.
	cp "$fs.img" new.img
	le 2 3 | put new.img $((node * block_bytes + 2))
	if [ "$fs" = csum ]; then
		says 'extent node with a wrong checksum, alone' 4 \
			"new.img: inode $pieces: extent node at block $node: wrong checksum"
	else
		seen "$fs: extent node with fewer entries, alone" 0 '' files --old old.img --new new.img <<-'END'
			M  pieces
		END
	fi
	cp "$fs.img" new.img
	{
		le 2 62218
		le 2 1
		le 2 4
		le 2 1
		le 4 0
		le 4 0
		le 4 "$node"
		le 4 0
	} | put new.img $((node * block_bytes))
	echo 'sif pieces mtime 20260302' | change new.img
	says 'extent node that leads to itself' 4 \
		"new.img: inode $pieces: extent node at block $node: depth 1, expected 0"
	echo 'sif pieces block[1] 0x50004' | change new.img
	le 2 5 | put new.img $((node * block_bytes + 6))
	says 'extent node that leads to itself, deeper' 4 \
		"new.img: inode $pieces: extent node at block $node: (depth 5, expected 4|wrong checksum)"
}

# ---- Directories --------------------------------------------------------------------

directory_cases() {
	d_block=$(first_block "$fs.img" d)

	echo 'ln <77> ghost' | damage_new
	says 'entry for an inode that is not in use' 4 \
		'new.img: directory inode 2: an entry for inode 77, which is not in use'
	damage_new </dev/null
	le 4 99999999 | put new.img $((d_block * block_bytes))
	echo "sif d mtime 20260302" | change new.img
	if [ "$fs" = csum ]; then
		says 'directory block with a wrong checksum' 4 \
			"new.img: directory inode $d: block $d_block: wrong checksum"
	else
		says 'directory whose "." is another' 4 \
			"new.img: directory inode $d: block $d_block: \".\" is inode 99999999, expected itself"
	fi
	# Entry "y" of d becomes a second "x".
	for double in "b $b" "d/x $x"; do
		damage_new <<-END
			ln ${double% *} d/y
			sif ${double% *} links_count 2
			sif d mtime 20260302
		END
		at=$(dd if=new.img bs="$block_bytes" skip="$d_block" count=1 status=none |
			LC_ALL=C grep -abo y | cut -d : -f 1)
		printf x | put new.img $((d_block * block_bytes + at))
		[ "$fs" != csum ] || make_checksums
		says "two entries with one name, ${double% *}" 4 \
			"new.img: directory inode $d: entries for inode ${double#* } and for inode $x have one name, expected different ones"
	done
	damage_new <<-'END'
		ln d/e q/e
	END
	says 'directory with two names' 4 \
		"new.img: directory inode $e: has a second name in directory inode $q, expected one"
	damage_new <<-'END'
		unlink d/e
	END
	says 'directory without a name' 4 \
		"new.img: inode $e: of 1 names 1 are gone and 0 came, expected 1 at the end"
	damage_both <<-'END'
		unlink d/e
	END
	echo 'sif <'"$e"'> mtime 20260302' | change new.img
	says 'directory without a name, before too' 4 \
		"(old|new).img: directory inode $d: 1 of its subdirectories have no name in it"
	damage_both <<-'END'
		unlink d
		ln d/e d/e/d
	END
	damage_both <<-END
		ln d d/e/d
		unlink d/e/..
		unlink d/..
		ln d/e d/..
		ln d d/e/..
		unlink d
	END
	echo "sif <$x> mode 0100600" | change new.img
	says 'directories in a loop' 4 "(old|new).img: .*"
	damage_both <<-'END'
		unlink d/e/..
	END
	echo 'sif d/e mtime 20260302' | change new.img
	says 'directory without ".."' 4 "(old|new).img: directory inode $e: .*"
	damage_both <<-'END'
		unlink d/e/..
		ln q d/e/..
	END
	echo 'sif d/e mtime 20260302' | change new.img
	says 'directory whose ".." is another' 4 \
		"(old|new).img: directory inode $q: 1 of its subdirectories have no name in it"
	damage_new <<-'END'
		unlink d/e/.
		ln b d/e/new
		sif b links_count 2
	END
	says 'directory without "."' 4 \
		"new.img: directory inode $e: block [0-9]*: entry 1 is not \"\.\""
	damage_new <<-'END'
		sif d size 0
	END
	says 'directory with a size less than its blocks' 4 \
		"new.img: directory inode $d: size 0, expected at least the $block_bytes of its blocks"
	damage_new <<-'END'
		sif d mode 0100755
	END
	says 'directory that is a file now' 4 "new.img: .*"
}

# ---- Bitmaps, xattrs, blocks with two owners, and hidden inodes -------------------------

other_cases() {
	bitmap=$(group_block "$fs.img" 0 'block bitmap')
	inode_bitmap=$(group_block "$fs.img" 0 'inode bitmap')
	x_block=$(debugfs -R 'stat b' "$fs.img" 2>debugfs.log | sed -n 's/.*File ACL: \([0-9]*\).*/\1/p')
	b_block=$(first_block "$fs.img" b)

	if [ "$fs" = csum ]; then
		damage_new </dev/null
		printf '\000' | put new.img $((inode_bitmap * block_bytes))
		echo "$touch_a" | change new.img
		printf '\000' | put new.img $((inode_bitmap * block_bytes))
		says 'inode bitmap with a wrong checksum' 4 \
			'new.img: inode bitmap of group 0: wrong checksum'
		damage_both <<-'END'
			sif a checksum 1
		END
		printf '\000' | put new.img $((bitmap * block_bytes))
		printf X | put new.img $((200 * block_bytes))
		says 'block bitmap with a wrong checksum' 4 \
			'new.img: block bitmap of group 0: wrong checksum'
		damage_new <<-'END'
			sif a mtime 20260302
			sif a checksum 1
		END
		says 'inode with a wrong checksum' 4 "new.img: inode $a: wrong checksum"
		echo 'set_bg 1 checksum 1' | damage_new
		says 'descriptor with a wrong checksum' 4 \
			'new view: new.img: descriptor of group 1: wrong checksum'
		damage_new </dev/null
		printf X | put new.img $((x_block * block_bytes + block_bytes - 1))
		says 'xattr block with a wrong checksum' 4 \
			"new.img: inode (0|$b): xattr block $x_block: wrong checksum"
		damage_new <<-END
			sif a mtime 20260302
			set_bg 0 itable_unused 55
			set_bg 0 checksum calc
		END
		lists 'inode in use that its group calls unused now' <<-'END'
			m  a
			m  second
		END
		damage_both <<-'END'
			set_bg 0 itable_unused 55
			set_bg 0 checksum calc
		END
		says 'inode in use that its group calls unused' 4 \
			"new.img: inode $a: is in use, but the descriptor of group 0 says that only its first 9 inodes are"
	fi

	# The xattr block of b: magic, references, blocks, hash; entries from byte 32 on.
	for edit in "0 1 block $x_block is not an xattr block" \
		"8 2 block $x_block is not an xattr block" \
		"34 60000 xattr entry at byte 32 of the xattr block runs past its $block_bytes bytes" \
		"40 70000 xattr entry at byte 32 of the xattr block runs past its $block_bytes bytes" \
		"36 5 xattr value in inode 5 without the feature ea_inode"; do
		rest=${edit#* }
		damage_new </dev/null
		le 4 "${rest%% *}" | put new.img $((x_block * block_bytes + ${edit%% *}))
		if [ "$fs" = csum ]; then
			rest="x xattr block $x_block: wrong checksum"
			case ${edit%% *} in 0 | 8) rest="x block $x_block is not an xattr block" ;; esac
		fi
		says "xattr block, byte ${edit%% *}" 4 "new.img: inode (0|$b): ${rest#* }"
	done
	damage_new <<-'END'
		sif b file_acl 4000000
	END
	says 'xattr block outside' 4 "new.img: inode $b: xattr block at 4000000, expected below $nr_blocks"
	damage_new <<-END
		sif b file_acl $bitmap
	END
	says 'xattr block over a bitmap' 4 \
		"new.img: inode $b: block $bitmap is its own, expected it for group 0: block_bitmap"
	if [ "$fs" != csum ]; then
		damage_both </dev/null
		le 4 5 | poke_both $((x_block * block_bytes + 4))
		printf y | put new.img $((x_block * block_bytes + block_bytes - 1))
		says 'xattr block with more references than inodes' 4 \
			"new.img: xattr block $x_block: found fewer inodes that use it than it says"
		owner 'xattr block with more references than inodes' 4 \
			"new.img: xattr block $x_block: found 1 inodes that use it, expected 5 as it says" "$x_block"
	fi

	# Two files have one block, which changed.
	then='sif a mtime 20260302
sif b mtime 20260302'
	damage_both <<-END
		sif a block[5] $b_block
	END
	printf new | put new.img $((b_block * block_bytes))
	says 'block of two files that both changed' 4 \
		"new.img: inode ($a|$b): block $b_block is its own, expected no other owner \(data\)"
	then=$touch_a
	damage_new <<-END
		sif a block[5] $b_block
	END
	printf new | put new.img $((b_block * block_bytes))
	says 'block of two files, since now' 4 \
		"new.img: inode $b: block $b_block is its own, expected no other owner \(data\)"
	owner 'block of two files' 4 \
		"new.img: block $b_block belongs to inode $a and to inode $b, expected one owner" "$b_block"
	damage_both <<-END
		freeb $b_block
	END
	printf new | put new.img $((b_block * block_bytes))
	echo 'sif b mtime 20260302' | change new.img
	seen "$fs: changed block that the bitmap calls free" 0 '' files --old old.img --new new.img <<-'END'
		m  a
		M  b
		m  second
	END
}

for fs in csum plain; do
	block_bytes=1024 nr_blocks=4096
	[ "$fs" != csum ] || block_bytes=4096 nr_blocks=1024
	find_inodes
	superblock_cases
	[ "$fs" = plain ] || inode_cases
	extent_cases
	directory_cases
	other_cases
	[ "$fs" = csum ] || hidden_cases
done

# ---- Maps of indirect blocks ------------------------------------------------------------

fs=map block_bytes=1024 nr_blocks=4096
find_inodes
itable=$(group_block map.img 0 'inode table')
indirect=$(debugfs -R 'stat pieces' map.img 2>debugfs.log | sed -n 's/.*(IND):\([0-9]*\).*/\1/p')
# All pointers of the block lead to itself; as data alone it may.
for level in DIND TIND; do
	damage_both <<-END
		sif large block[$level] 3000
		setb 3000
	END
	# shellcheck disable=SC2046 # a word for each pointer
	printf '\270\013\000\000%.0s' $(seq 256) | poke_both $((3000 * 1024))
	echo 'sif large mtime 20260302' | change new.img
	says "indirect block that leads to itself, $level" 4 "(old|new).img: inode $large: .*"
done
echo 'sif large block[IND] 4000000' | damage_new
says 'indirect block outside' 4 "new.img: inode $large: indirect block at 4000000, expected below $nr_blocks"
echo "sif large block[IND] $itable" | damage_new
says 'indirect block over an inode table' 4 \
	"new.img: inode $large: block $itable is its own, expected it for group 0: inode_table"
echo 'sif large block[0] 4294967295' | damage_new
says 'block outside' 4 "new.img: inode $large: logical block 0 maps to 1 blocks at 4294967295, expected below $nr_blocks"
damage_new </dev/null
le 4 "$indirect" | put new.img $((indirect * 1024 + 40))
echo 'sif pieces mtime 20260302' | change new.img
says 'data that is the indirect block itself' 4 "new.img: inode $pieces: block $indirect is its own, expected no other owner \(data\)"
$table || printf 'worst case of damage: %s KiB\n' "$damage_worst"
