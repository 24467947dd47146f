# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Filesystems that a crash left: what their journal has counts, and what is wrong with it.
# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh sets seen, images.sh the features

text host-small small 1000
{
	echo 'written before the crash'
	head -c 999 /dev/zero
} >host-logged
truncate -s 1024 host-logged

# Files in clean.img; the first block of one.
data=0
add_files() {
	printf 'write host-small file\nwrite host-small other\n' | change clean.img
	data=$(debugfs -R 'bmap file 0' clean.img 2>/dev/null)
}
ext4 clean.img
add_files

# crash IMAGE COMMAND...: a copy of clean.img with these commands of debugfs in its journal.
crash() {
	cp clean.img "$1"
	crash_image=$1
	shift
	printf '%s\n' "$@" | debugfs -w -f - "$crash_image" >debugfs.log 2>&1 || exit 1
	debugfs -R stats "$crash_image" 2>/dev/null | grep -q needs_recovery || exit 1
}

# journal_put IMAGE BLOCK OFFSET: standard input, to a block of the journal.
journal_put() {
	put "$1" $(($(debugfs -R "bmap <8> $2" "$1" 2>/dev/null) * 1024 + $3))
}

# be LENGTH NUMBER: big-endian, as all of a journal.
be() {
	be_left=$1
	while [ "$be_left" -gt 0 ]; do
		be_left=$((be_left - 1))
		printf '%b' "\\0$(printf %o $(($2 >> (8 * be_left) & 255)))"
	done
}

# replays NAME 'IMAGE:BLOCKS...' ARG...: lists standard input, and warns of these.
replays() {
	replays_name=$1
	cat >"$seen/out.want"
	for warned in $2; do
		printf 'lscow: warning: %s: not unmounted, or not frozen: read as after a replay %s\n' \
			"${warned%:*}" "of its journal (${warned#*:} blocks)"
	done >"$seen/err.want"
	shift 2
	run "$LSCOW" files "$@"
	check "$replays_name" 0
}

# ---- What it has counts ---------------------------------------------------

# The states of a file, or of none: the row, and whether lscow wrote anywhere.
shows_replay() {
	crash bad.img "$2" "jw -b $data host-logged" jc
	cp bad.img bad.before
	replays "$1: in the new view" bad.img:1 --old clean.img --new bad.img <<-END
		M  file
	END
	replays "$1: in the old view" bad.img:1 --old bad.img --new clean.img <<-END
		M  file
	END
	replays "$1: in both" 'bad.img:1 bad.before:1' --old bad.img --new bad.before </dev/null
	cmp -s bad.img bad.before || exit 1
}
shows_replay 'a journal' jo
shows_replay 'a journal with checksums of version 2' 'jo -c -v 2'
shows_replay 'a journal with checksums of version 3' 'jo -c -v 3'

# What was logged, and then revoked.
crash bad.img jo "jw -b $data host-logged" jc jo "jw -r $data" jc
replays 'a block that was revoked later' bad.img:0 --old clean.img --new bad.img </dev/null
crash bad.img jo "jw -r $data" jc jo "jw -b $data host-logged" jc
replays 'a block that was revoked earlier' bad.img:1 --old clean.img --new bad.img <<END
M  file
END
# Its first four bytes are the journal's magic number, which is wiped out there.
{
	printf '\300\073\071\230'
	head -c 1020 host-logged
} >host-magic
crash bad.img jo "jw -b $data host-magic" jc
crash same.img jo "jw -b $data host-magic" jc
debugfs -w -R "zap_block -o 0 -l 4 -p 0 $data" same.img 2>/dev/null
replays 'a block with the magic number' 'same.img:1 bad.img:1' --old same.img --new bad.img </dev/null
# A commit that never came.
crash bad.img jo "jw -b $data host-logged" jc
head -c 1024 /dev/zero | journal_put bad.img 3 0
replays 'a transaction that was not committed' bad.img:0 --old clean.img --new bad.img </dev/null

# ---- What is wrong with it ----------------------------------------------------

# wrong NAME CODE MESSAGE: of the new view bad.img.
wrong() {
	refused "journal: $1" "$2" "new view: bad.img: $3" files --old clean.img --new bad.img
}

# wrong_after NAME MESSAGE BLOCK OFFSET LENGTH NUMBER: a number in the journal of bad.img.
wrong_after() {
	crash bad.img jo "jw -b $data host-logged" jc
	be "$5" "$6" | journal_put bad.img "$3" "$4"
	wrong "$1" 4 "journal: $2"
}

wrong_after 'no superblock' 'found no superblock in its first block' 0 0 4 1
wrong_after 'a block size' 'superblock: found blocks of 4096 bytes, expected 1024' 0 12 4 4096
wrong_after 'a size' 'superblock: found 1025 blocks, expected at most the 1024 of its inode' \
	0 16 4 1025
wrong_after 'no ring' 'superblock: found first block 0, expected 1 to 1023' 0 20 4 0
wrong_after 'a start' 'superblock: found start block 1024, expected 1 to 1023' 0 28 4 1024
wrong_after 'a block outside' 'transaction 1: block 4096, expected below 4096' 1 12 4 4096
wrong_after 'a ring without an end' 'transaction 1 does not end in its 1 blocks' 0 16 4 2
crash bad.img jo "jw -b $data host-logged" jc
be 4 $((0x40)) | journal_put bad.img 0 40
wrong 'a feature' 3 'journal: found features 0x40, expected none but 0x3f'
crash bad.img jo "jw -r $data" jc
be 4 2000 | journal_put bad.img 1 12
wrong 'a length of revoked blocks' 4 \
	'journal: transaction 1: found 2000 bytes of revoked blocks, expected at most 1024'

for version in 2 3; do
	for place in '0 100:superblock: wrong checksum' '1 100:transaction 1: wrong checksum' \
		"2 100:transaction 1: block $data: wrong checksum" '3 100:transaction 1: wrong checksum'; do
		crash bad.img "jo -c -v $version" "jw -b $data host-logged" jc
		# shellcheck disable=SC2086 # two words
		be 4 305419896 | journal_put bad.img ${place%%:*}
		wrong "a wrong checksum of version $version, block ${place%% *}" 4 "journal: ${place#*:}"
	done
done
crash bad.img 'jo -c -v 3' "jw -b $data host-logged" jc
be 1 2 | journal_put bad.img 0 80
wrong 'a kind of checksum' 4 'journal: superblock: found checksum type 2, expected 4'

crash bad.img jo "jw -b $data host-logged" jc
le 4 0 | superblock bad.img 224
wrong 'on another device' 3 'superblock: the journal needs to be replayed (feature '\
'needs_recovery), and is on another device, expected one in the filesystem; mount the '\
'filesystem once, or a copy of it'
cp clean.img bad.img
le 4 $((0x2c6)) | superblock bad.img 96
le 4 $((0x38)) | superblock bad.img 92
wrong 'none' 4 'superblock: feature needs_recovery without a journal'

# Of 2048 blocks the last 256 are for fast commits; the first of these is not used.
rm -f clean.img
truncate -s 16M clean.img
mke2fs -q -F -O "$features" -U "$uuid" -b 1024 -N 128 -J size=2 clean.img >mke2fs.log || exit 1
add_files
crash bad.img jo "jw -b $data host-logged" jc
be 4 $((0x20)) | journal_put bad.img 0 40
replays 'journal: an area for fast commits' bad.img:1 --old clean.img --new bad.img <<END
M  file
END
{
	le 2 9
	le 2 8
	le 4 0
	le 4 2
} | journal_put bad.img 1793 0
wrong 'fast commits' 3 'journal: found fast commits after transaction 1 (feature fast_commit), '\
'expected whole transactions only; mount the filesystem once, or a copy of it'
