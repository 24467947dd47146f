# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Views that hold another filesystem, none, or one that is not supported.
# shellcheck shell=sh disable=SC2154 # run.sh sets them

ext4 base.img

# bad_old NAME MESSAGE: of the old view bad.img.
bad_old() {
	refused "$1" 3 "old view: bad.img: $2" files --old bad.img --new base.img
}

# bad_new NAME MESSAGE: of the new view bad.img.
bad_new() {
	refused "$1" 3 "new view: bad.img: $2" files --old base.img --new bad.img
}

# ---- Not ext2, ext3 or ext4 ----------------------------------------------

blank() {
	rm -f bad.img
	truncate -s 4M bad.img
}

blank
bad_old 'no filesystem' 'found no known filesystem, expected an ext2/3/4 filesystem'
bad_new 'no filesystem, in the new view' \
	'found no known filesystem, expected an ext2/3/4 filesystem'
# A swap area: version 1 and last page at 1024, magic at the end of the page.
{
	le 4 1
	le 4 1023
} | put bad.img 1024
printf SWAPSPACE2 | put bad.img 4086
bad_old 'swap area' 'found swap, expected an ext2/3/4 filesystem'
blank
printf _BHRfS_M | put bad.img 65600
bad_old 'btrfs' 'found btrfs, expected an ext2/3/4 filesystem'
blank
# The superblock of XFS is big-endian: 1024 blocks of 4096 in one group, sectors
# and inodes of 512 bytes.
printf 'XFSB\0\0\020\0\0\0\0\0\0\0\004\0' | put bad.img 0
printf '\0\0\0\001\0\0\004\0\0\0\0\001' | put bad.img 80
printf '\264\245\002\0\002\0\0\010' | put bad.img 100
printf '\014\011\011\003\012\0\0\031' | put bad.img 120
bad_old 'XFS' 'found xfs, expected an ext2/3/4 filesystem'
blank
printf 'LUKS\272\276\0\001' | put bad.img 0
bad_old 'LUKS' 'found crypto_LUKS, expected an ext2/3/4 filesystem'
blank
printf '\200\376\377\377\203\376\377\377\001\0\0\0\377\037\0\0' | put bad.img 446
printf '\125\252' | put bad.img 510
bad_old 'partition table' 'found a partition table, expected an ext2/3/4 filesystem'
rm bad.img
truncate -s 1K bad.img
cp bad.img small.img
refused 'view too small for a filesystem' 3 \
	'old view: bad.img: found 1024 bytes, expected an ext2/3/4 filesystem' \
	files --old bad.img --new small.img

# ---- Not supported --------------------------------------------------------

# feature NAME OFFSET BIT: a filesystem with this bit more in a word of features.
feature() {
	cp base.img bad.img
	feature_word=$(od -A n -t u4 -j $((1024 + $2)) -N 4 bad.img)
	le 4 $((feature_word | $3)) | superblock bad.img "$2"
	bad_old "feature $1" "superblock: feature $1 is not supported"
}

feature compression 96 $((0x1))
feature dirdata 96 $((0x1000))
feature shared_blocks 100 $((0x4000))
feature verity 100 $((0x8000))
feature FEATURE_I31 96 $((0x80000000))
feature FEATURE_R30 100 $((0x40000000))
feature FEATURE_C29 92 $((0x20000000))

cp base.img bad.img
le 4 8 | superblock bad.img 96
bad_old 'external journal' 'superblock: found an external journal, expected a filesystem'

cp base.img bad.img
feature_word=$(od -A n -t u4 -j 1120 -N 4 bad.img)
le 4 $((feature_word | 0x20000)) | superblock bad.img 96
bad_old 'names of an unknown encoding' 'superblock: found encoding 0, expected 1 (UTF-8)'

ext4 bad.img -O "$features,casefold,encrypt" -E encoding=utf8
bad_old 'names that are encrypted, without regard to case' \
	'superblock: found features casefold and encrypt, expected one of them at most'

# ---- Names without regard to case ----------------------------------------------

folded_flag=$((0x40080000))
# casefold NEW: from folded.img by the commands of debugfs on standard input.
casefold() {
	cp folded.img "$1"
	change "$1"
}
text tiny word 40
ext4 folded.img -O "$features,casefold" -E encoding=utf8
change folded.img <<END
mkdir dir
mkdir dir/Sub
mkdir empty
mkdir other
write tiny dir/a
write tiny dir/Straße
write tiny dir/kept
sif dir flags $folded_flag
END
casefold new.img <<END
sif empty flags $folded_flag
END
prints 'a directory that is to have no regard to case' 0 \
	files --old folded.img --new new.img <<'END'
m  empty/
END
casefold new.img <<'END'
link dir/a dir/A
unlink dir/a
link dir/Straße dir/STRASSE
unlink dir/Straße
END
prints 'names that change in case only' 0 files --old folded.img --new new.img <<'END'
R  dir/a -> dir/A
R  dir/Straße -> dir/STRASSE
END
refused 'a list for rsync of names that change in case only' 3 \
	"dir/Straße is gone, but the directory finds dir/STRASSE by that name, as it has feature casefold: a list cannot tell rsync to delete it; do a full scan" \
	files --old folded.img --new new.img --format rsync
prints 'the paths, where names change in case only' 0 \
	files --old folded.img --new new.img --format paths <<'END'
dir/A
dir/STRASSE
END
# In place, as the kernel does it where the entry has room for the name.
cp folded.img new.img
folded_block=$(first_block folded.img dir)
folded_at=$(dd if=folded.img bs=1024 skip="$folded_block" count=1 status=none |
	LC_ALL=C grep -obaF kept | cut -d : -f 1)
printf 'KEPT' | put new.img $((folded_block * 1024 + folded_at))
e2fsck -fyD new.img >e2fsck.log 2>&1
prints 'a name that changes in its entry' 0 files --old folded.img --new new.img <<'END'
R  dir/kept -> dir/KEPT
END
casefold new.img <<'END'
link dir/kept dir/other
unlink dir/kept
link dir/a other/A
unlink dir/a
END
prints_nul 'a list for rsync without names that differ in case only' 0 \
	files --old folded.img --new new.img --format rsync <<'END'
./dir/a
./dir/kept
./dir/other
./other/A
END

# ---- Clusters ---------------------------------------------------------------

text cluster.txt word 5000
ext4 clusters.img -O "$features,bigalloc" -C 16384
change clusters.img <<'END'
mkdir dir
write cluster.txt dir/file
write cluster.txt other
END
cluster=$(first_block clusters.img dir/file)
for at in 0 5 15; do
	cp clusters.img "cluster$at.img"
	printf '!' | dd of="cluster$at.img" bs=1 seek=$(((cluster + at) * 1024)) conv=notrunc \
		status=none
done
prints 'a block of a file in a cluster' 0 files --old clusters.img --new cluster0.img <<END
M  dir/file
END
prints 'a block of its cluster that no extent has' 0 \
	files --old clusters.img --new cluster5.img </dev/null
prints 'the last block of its cluster' 0 \
	files --old clusters.img --new cluster15.img </dev/null
# Four blocks were compared at once; the others hold what they held.
run "$LSCOW" files --old clusters.img --new cluster15.img --format json
grep -o '"data":.*' "$seen/out" >"$seen/out.shown"
mv "$seen/out.shown" "$seen/out"
printf '%s' '"data":0,"map":0,"xattr":0,"free":0,"slack":1,"same":3,"total":4},' \
	'"scanned_inodes":14,"searched_directories":0}' >"$seen/out.want"
echo >>"$seen/out.want"
: >"$seen/err.want"
check 'slack in the tally' 0
prints 'owners in a cluster' 0 owner clusters.img "$cluster" $((cluster + 4))-$((cluster + 5)) \
	$((cluster + 15)) 0-2 4095 <<END
$cluster	data	13	0	dir/file
$((cluster + 4))	data	13	4096	dir/file
$((cluster + 5))	slack	13	-	dir/file
$((cluster + 15))	slack	13	-	dir/file
0	boot	-	-
1	superblock	-	-
2	descriptors	-	-
4095	free	-	-
END
cp clusters.img bad.img
le 4 0 | superblock bad.img 36
refused 'clusters per group' 4 'old view: bad.img: superblock: clusters per group is 0, expected 1 to the bits of a block' \
	files --old bad.img --new base.img
ext4 bad.img -O "$features,bigalloc" -C 32768
refused 'another cluster size' 3 \
	'bad.img: superblock: found cluster size 32768, expected 16384 as in clusters.img' \
	files --old clusters.img --new bad.img

# ---- Encrypted directories ----------------------------------------------------

# To lscow this is one: no key is needed to write such a name.
text locked.txt word 500
ext4 locked.img -O none,ext_attr,filetype,extent,sparse_super,large_file,metadata_csum
change locked.img <<'END'
mkdir dir
write locked.txt dir/0123456789abcdef
sif dir flags 0x80800
END
cp locked.img more.img
change more.img <<'END'
write locked.txt dir/0123456789abcdeF
END
cp locked.img plain.img
change plain.img <<'END'
write locked.txt file
END
prints 'an encrypted name' 0 files --old locked.img --new more.img <<END
A  dir/AAAAAAAAAAAwMTIzNDU2Nzg5YWJjZGVG
END
refused 'an encrypted name in a list for rsync' 3 \
	'more.img: dir: the names in this directory are encrypted, and rsync needs them as the key shows them: do a full rsync of it (found the name dir/AAAAAAAAAAAwMTIzNDU2Nzg5YWJjZGVG)' \
	files --old locked.img --new more.img --format rsync
refused 'the name of what is gone' 3 \
	'more.img: dir: the names in this directory are encrypted, and rsync needs them as the key shows them: do a full rsync of it (found the name dir/AAAAAAAAAAAwMTIzNDU2Nzg5YWJjZGVG)' \
	files --old more.img --new locked.img --format rsync
prints_nul 'a list for rsync without encrypted names' 0 \
	files --old locked.img --new plain.img --format rsync <<END
./file
END

# ---- Not the same filesystem --------------------------------------------

same=6c73636f-7700-4000-8000-000000000001
other=6c73636f-7700-4000-8000-000000000002
ext4 bad.img -U "$other"
refused 'another filesystem' 3 \
	"bad.img: found filesystem $other, expected $same as in base.img" \
	files --old base.img --new bad.img
blank
mke2fs -q -F -t ext2 -U "$same" -b 2048 -I 256 -N 128 bad.img || exit 1
refused 'another block size' 3 \
	'bad.img: superblock: found block size 2048, expected 1024 as in base.img' \
	files --old base.img --new bad.img
ext4 bad.img -I 128
refused 'another inode size' 3 \
	'bad.img: superblock: found inode size 128, expected 256 as in base.img' \
	files --old base.img --new bad.img
ext4 bad.img -N 256
refused 'another number of inodes in a group' 3 \
	'bad.img: superblock: found inodes per group 256, expected 128 as in base.img' \
	files --old base.img --new bad.img
cp base.img bad.img
echo 'ssv blocks_count 4000' | change bad.img
refused 'filesystem that was resized' 3 \
	'bad.img: superblock: found size in blocks 4000, expected 4096 as in base.img: the filesystem was resized between the two; do a full scan, and take a new snapshot' \
	files --old base.img --new bad.img

# ---- Not the device that it was ------------------------------------------

cp base.img short.img
truncate -s 3M short.img
cp short.img short2.img
too_short='found 3145728 bytes, expected at least the 4194304 bytes of the filesystem in it (4096 blocks of 1024)'
refused 'views shorter than their filesystem' 3 "old view: short.img: $too_short" \
	files --old short.img --new short2.img
store s.img 64K
refused 'truncated origin' 3 "old view: short.img with s.img: $too_short" \
	files --origin short.img --cow s.img
refused 'views of different size' 3 "old view: base.img has 4194304 bytes, new view: \
short.img has 3145728 bytes: expected the same size" \
	files --old base.img --new short.img
cp base.img long.img
truncate -s 5M long.img
refused 'origin that grew' 3 "long.img: found 5242880 bytes, expected the 4194304 of \
the filesystem in its snapshot: an origin that grew after the snapshot keeps no record \
of the changes behind its old end; do a full scan" files --origin long.img --cow s.img

# ---- Damage, and blocks without an owner -----------------------------------

# A block that is in use in both states, but by nobody.
echo 'setb 3000' | change base.img
cp base.img lost.img
printf lost | put lost.img $((3000 * 1024))
no_owner='lost.img: block 3000 changed and no inode owns it, expected an owner for each (1 such blocks)'
refused 'changed block without an owner' 4 "$no_owner" files --old base.img --new lost.img
refused 'changed block without an owner, quick' 4 "$no_owner" \
	files --old base.img --new lost.img --quick
printf 'sif / mtime 20260302\n' | change lost.img
prints_with 'changed block without an owner, with what is known' 4 "$no_owner" \
	files --old base.img --new lost.img --partial <<'END'
m  ./
END
prints_with 'changed block without an owner, with what is known, as JSON' 4 "$no_owner" \
	files --old base.img --new lost.img --partial --format json <<'END'
{"type":"header","schema":1,"form":"compare","input":{"old":"base.img","new":"lost.img","offset":0},"chunk_size":4096,"filesystem":{"uuid":"6c73636f-7700-4000-8000-000000000001","label":"cases","block_size":1024,"blocks":4096,"inode_size":256,"inodes":128}}
{"type":"change","change":"metadata","path":".","kind":"directory","inode":2,"size":1024,"content":false,"metadata":true}
{"type":"summary","complete":false,"error":"lost.img: block 3000 changed and no inode owns it, expected an owner for each (1 such blocks)","changes":{"added":0,"deleted":0,"modified":0,"metadata":1,"renamed":0,"linked":0},"blocks":{"unknown":N,"outside":N,"boot":N,"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END

# damaged NAME OFFSET MESSAGE: four bytes of the superblock of both views are not
# what they can be.
cp base.img good.img
damaged() {
	for view in bad.img bad2.img; do
		cp good.img "$view"
		le 4 4294967295 | superblock "$view" "$2"
	done
	refused "$1" 4 "old view: bad.img: $3" files --old bad.img --new bad2.img
}

damaged 'superblock with a wrong checksum' 136 'superblock or descriptors: Superblock checksum does not match superblock'
damaged 'block size of all ones' 24 \
	'superblock: block size out of range, expected 1024 to 65536 bytes'
damaged 'no blocks in a group' 32 \
	'superblock: blocks per group is 4294967295, expected 1 to the bits of a block'
damaged 'inodes per group of all ones' 40 \
	'superblock: inodes per group is 4294967295, expected 1 to the bits of a block'
damaged 'inode size of all ones' 88 \
	'superblock: inode size is 65535, expected a power of two from 128 bytes to a block'

# ---- Damaged inodes ------------------------------------------------------------

text host-small small 1000
ext4 sound.img
change sound.img <<'END'
write host-small a
write host-small b
write host-small c
write host-small d
END

# change_both: the commands on standard input, for bad.img and bad2.img from sound.img.
change_both() {
	for view in bad.img bad2.img; do
		cp sound.img "$view"
	done
	cat >commands
	for view in bad.img bad2.img; do
		change "$view" <commands
	done
}

# inode_of FILE PATH
inode_of() {
	debugfs -R "stat $2" "$1" 2>debugfs.log |
		sed -n 's/^Inode: \([0-9]*\) .*/\1/p'
}

b=$(inode_of sound.img b)
echo 'freei b' | change_both
echo 'sif b mode 0100600' | change bad2.img
refused 'changed inode that is in use, but free in the bitmap' 4 \
	"bad2.img: inode $b: has 1 links, but the inode bitmap says that it is free" \
	files --old bad.img --new bad2.img
cp sound.img bad2.img
printf 'sif b mode 0100600\nfreei b\n' | change bad2.img
refused 'changed inode that is in use, but free in the new bitmap' 4 \
	"bad2.img: inode $b: has 1 links, but the inode bitmap says that it is free" \
	files --old sound.img --new bad2.img

printf 'mkdir d1\nmkdir d2\n' | change_both
echo 'ln d1 d2/again' | change bad2.img
refused 'directory with two names' 4 \
	"bad2.img: directory inode $(inode_of bad.img d1): has a second name in directory inode \
$(inode_of bad.img d2), expected one" \
	files --old bad.img --new bad2.img

# debugfs reckons with the number that it sets, and the checksum is right.
echo 'ssv first_ino 100' | change_both
refused 'first inode is 100' 4 \
	'old view: bad.img: superblock: first inode is 100, expected 11' \
	files --old bad.img --new bad2.img

# One inode is damaged; all others have rows, in order.
cp sound.img bad.img
change bad.img <<'END'
sif c mode 0100600
sif a mode 0100600
ln d e
unlink d
symlink 0 a
sif b mode 0100600
sif b checksum 1
END
wrong_checksum="bad.img: inode $b: wrong checksum"
refused 'damaged inode' 4 "$wrong_checksum" files --old sound.img --new bad.img
prints_with 'damaged inode, with what is known' 4 "$wrong_checksum" \
	files --old sound.img --new bad.img --partial <<'END'
A  0
m  a
m  c
R  d -> e
END
prints_with 'damaged inode, with what is known, as JSON' 4 "$wrong_checksum" \
	files --old sound.img --new bad.img --partial --format json <<END
{"type":"header","schema":1,"form":"compare","input":{"old":"sound.img","new":"bad.img","offset":0},"chunk_size":4096,"filesystem":{"uuid":"$same","label":"cases","block_size":1024,"blocks":4096,"inode_size":256,"inodes":128}}
{"type":"change","change":"added","path":"0","kind":"symlink","inode":$(inode_of bad.img 0),"size":1,"content":true,"metadata":true}
{"type":"change","change":"metadata","path":"a","kind":"file","inode":$(inode_of sound.img a),"size":1000,"content":false,"metadata":true}
{"type":"change","change":"metadata","path":"c","kind":"file","inode":$(inode_of sound.img c),"size":1000,"content":false,"metadata":true}
{"type":"change","change":"renamed","path":"e","old_path":"d","kind":"file","inode":$(inode_of sound.img d),"size":1000,"content":false,"metadata":false}
{"type":"summary","complete":false,"error":"$wrong_checksum","changes":{"added":1,"deleted":0,"modified":0,"metadata":2,"renamed":1,"linked":0},"blocks":{"unknown":N,"outside":N,"boot":N,"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END
prints_with 'damaged inode, quick' 4 "$wrong_checksum" \
	files --old sound.img --new bad.img --quick </dev/null

# ---- Damage that is made to be walked for hours -----------------------------------

# Without checksums, so that extents can be what they like.
rm sound.img
truncate -s 4M sound.img
mke2fs -q -F -t ext4 -O none,ext_attr,filetype,extent,sparse_super,large_file \
	-U "$same" -b 1024 -N 128 sound.img || exit 1
change sound.img <<'END'
mkdir d
write host-small f
END

# From here on lscow has an end after 20 seconds.
lscow_itself=$LSCOW
printf '#!/bin/sh\nexec timeout 20 "%s" "$@"\n' "$LSCOW" >soon
chmod +x soon
LSCOW=$PWD/soon

# The second extent of the directory is its last possible block, an empty one.
change_both <<'END'
setb 3000
sif d block[0] 0x2f30a
sif d block[6] 4194302
sif d size 4294966272
sif d block[7] 1
sif d block[8] 3000
END
for view in bad.img bad2.img; do
	{
		le 4 0
		le 4 1024
	} | put "$view" $((3000 * 1024))
done
echo 'sif d mtime 20260302' | change bad2.img
prints 'directory with a hole of 2^22 blocks' 0 files --old bad.img --new bad2.img <<'END'
m  d/
END
# There f gets another name.
{
	le 4 "$(inode_of sound.img f)"
	le 2 1024
	printf '\001\001x'
} | put bad2.img $((3000 * 1024))
echo 'sif f links_count 2' | change bad2.img
prints 'name behind a hole of 2^22 blocks' 0 files --old bad.img --new bad2.img <<'END'
m  d/
H  d/x
END

echo 'sif d block[6] 0xffffffff' | change bad2.img
refused 'directory with a hole of 2^32 blocks' 4 \
	"bad2.img: directory inode $(inode_of sound.img d): size 4294966272, expected at least \
the 4398046511104 of its blocks" files --old bad.img --new bad2.img

# An extent tree that leads 84^4 times to one empty leaf, or to one with an extent.
index_bomb() {
	change_both <<'END'
sif f block[0] 0x1f30a
sif f block[1] 0x50004
sif f block[3] 0
sif f block[4] 3004
sif f block[5] 0
END
	for view in bad.img bad2.img; do
		{
			le 2 62218
			le 2 "$1"
			le 8 84
			le 4 0
			le 4 1
			le 4 2000
		} | put "$view" $((3000 * 1024))
		depth=1
		while [ "$depth" -lt 5 ]; do
			{
				le 2 62218
				le 2 84
				le 2 84
				le 2 "$depth"
				le 4 0
				entry=0
				while [ "$entry" -lt 84 ]; do
					le 4 "$entry"
					le 4 $((2999 + depth))
					le 4 0
					entry=$((entry + 1))
				done
			} | put "$view" $(((3000 + depth) * 1024))
			depth=$((depth + 1))
		done
	done
	echo 'sif f mtime 20260302' | change bad2.img
}

f=$(inode_of sound.img f)
index_bomb 0
refused 'extent tree with one empty leaf many times' 4 \
	"bad2.img: inode $f: extent node at block 3000: entries 0, expected 1" \
	files --old bad.img --new bad2.img
index_bomb 1
refused 'extent tree with one leaf many times' 4 \
	"bad2.img: inode $f: extent node at block 3000: first logical block 0, expected 1" \
	files --old bad.img --new bad2.img
LSCOW=$lscow_itself
