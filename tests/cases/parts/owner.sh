# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What lscow owner prints, and what it refuses.
# shellcheck shell=sh disable=SC2154 # run.sh sets them

try_owner="(try 'lscow owner --help')"

# ---- Wrong usage -----------------------------------------------------------

refused 'owner without an image' 2 "no image given $try_owner" owner
refused 'owner with an empty image' 2 "the name of the image is empty $try_owner" owner '' 1
refused 'owner without numbers' 2 "no numbers given $try_owner" owner o.img
refused 'owner: no number' 2 "'x' is not a number" owner o.img x
refused 'owner: unit behind a number' 2 "'1K' is not a number or a range of numbers" \
	owner o.img 1K
refused 'owner: range without an end' 2 "'1-' is not a range of numbers" owner o.img 1-
refused 'owner: range that runs back' 2 \
	"'9-8' is a range whose last number is less than its first" owner o.img 9-8
refused 'owner: number beyond 2^64' 2 "'18446744073709551616' is too large" \
	owner o.img 18446744073709551616
refused 'owner: bytes and sectors' 2 "--bytes does not go with --sectors $try_owner" \
	owner o.img --bytes --sectors 1
refused 'owner: offset and partition' 2 "--offset does not go with --partition $try_owner" \
	owner o.img --offset 1M --partition 1 1
refused 'owner: partition 0' 2 \
	"--partition '0' is not the number of a partition: they count from 1" \
	owner o.img --partition 0 1
refused 'owner: standard input twice' 2 "'-' is given twice $try_owner" owner o.img - -
refused 'owner: unknown output format' 2 \
	"--format: unknown format 'xml'; formats: status, json" owner o.img --format xml 1
refused 'owner: option of another command' 2 "unknown option '--old' $try_owner" \
	owner --old o.img 1
refused 'owner: image that is not there' 1 'missing.img: cannot open: No such file or directory' \
	owner missing.img 1

# from_input NAME CODE MESSAGE INPUT: numbers as printf makes them, from standard input.
from_input() {
	# shellcheck disable=SC2016 # the other shell expands it
	refused_by "$1" "$2" "$3" sh -c 'printf "$1" | "$LSCOW" owner o.img -' sh "$4"
}

from_input 'owner: word in standard input' 2 \
	"standard input: line 2: 'two' is not a number" '1\ntwo\n'
from_input 'owner: standard input is cut short' 2 \
	'standard input: line 2 has no end, expected a newline: cut short' '1\n2'
from_input 'owner: NUL byte in standard input' 2 \
	'standard input: line 1: found a NUL byte, expected numbers' '1\0002\n'

# ---- A filesystem ---------------------------------------------------------

text small.txt word 1000
text large.txt words 5000
ext4 o.img
change o.img <<'END'
mkdir dir
mkdir dir/sub
write large.txt dir/large
write small.txt dir/sub/small
ln dir/large linked
sif dir/large links_count 2
END
large=$(first_block o.img dir/large)
small=$(first_block o.img dir/sub/small)
directory=$(first_block o.img dir/sub)
large_ino=14 small_ino=15 sub_ino=13

prints 'owners of blocks, in their order' 0 owner o.img "$((large + 2))" 0-2 \
	"$small" "$directory" 4000 4096 "$large" <<END
$((large + 2))	data	$large_ino	2048	dir/large	linked
0	boot	-	-
1	superblock	-	-
2	descriptors	-	-
$small	data	$small_ino	0	dir/sub/small
$directory	directory	$sub_ino	0	dir/sub/
4000	free	-	-
4096	outside	-	-
$large	data	$large_ino	0	dir/large	linked
END
prints 'owners of bytes' 0 owner o.img --bytes "$((large * 1024 + 1030))" \
	"$((small * 1024 - 1))-$((small * 1024 + 1))" 4194304 <<END
$((large * 1024 + 1030))	data	$large_ino	1030	dir/large	linked
$((small * 1024 - 1))	data	$large_ino	5119	dir/large	linked
$((small * 1024))	data	$small_ino	0	dir/sub/small
4194304	outside	-	-
END
prints 'owners of sectors' 0 owner --sectors o.img "$((large * 2 + 3))" <<END
$((large * 2 + 3))	data	$large_ino	1536	dir/large	linked
END
itable=$(dumpe2fs o.img 2>dumpe2fs.log | sed -n 's/.*Inode table at \([0-9]*\)-.*/\1/p')
prints 'owners of an inode table' 0 owner o.img $((itable + 1)) $((itable + 3)) \
	$((itable + 4)) <<END
$((itable + 1))	inode_table	5-8	-
$((itable + 3))	inode_table	13-16	-	dir/sub/	dir/large	linked	dir/sub/small
$((itable + 4))	inode_table	17-20	-
END
prints_json 'owners as JSON' 0 owner o.img "$((large + 1))" "$itable" 5000 --format json <<END
{"type":"header","schema":1,"input":{"image":"o.img","offset":0},"unit":"blocks",\
"filesystem":{"uuid":"$uuid","label":"cases","block_size":1024,"blocks":4096,\
"inode_size":256,"inodes":128}}
{"type":"block","number":$((large + 1)),"block":$((large + 1)),"class":"data","inodes":\
[{"inode":$large_ino,"kind":"file","size":5000,"offset":1024,"paths":["dir/large","linked"]}]}
{"type":"block","number":$itable,"block":$itable,"class":"inode_table","first_inode":1,\
"last_inode":4,"inodes":[{"inode":2,"kind":"directory","size":1024,"paths":["."]}]}
{"type":"block","number":5000,"block":null,"class":"outside","inodes":[]}
{"type":"summary","complete":true,"blocks":{"unknown":N,"outside":N,"boot":N,\
"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,\
"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,\
"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END
journal=$(first_block o.img '<8>')
prints 'the journal' 0 owner o.img "$((journal + 1))" <<END
$((journal + 1))	journal	8 (journal)	1024
END

# Names with control characters, and such as are not UTF-8.
odd=$(printf 'a\tb\n')
raw=$(printf 'x\377')
cp o.img odd.img
change odd.img <<END
cd dir/sub
ln small "$odd"
ln small "$raw"
sif small links_count 3
END
prints 'names are escaped' 0 owner odd.img "$small" <<END
$small	data	$small_ino	0	dir/sub/a\\tb	dir/sub/small	dir/sub/x\\377
END
run "$LSCOW" owner odd.img --format json "$small"
grep -o '"paths.*]}' "$seen/out" >"$seen/out.shown"
mv "$seen/out.shown" "$seen/out"
printf '%s\n' '"paths":["dir/sub/a\tb","dir/sub/small"],"paths_b64":["ZGlyL3N1Yi94/w=="]}]}' \
	>"$seen/out.want"
: >"$seen/err.want"
check 'names as JSON' 0

printf '%s\n' '# from a log' "$large 4000" "0-1  $small # and more" >numbers.txt
run sh -c '"$LSCOW" owner o.img 2 - 3 <numbers.txt'
cut -f1,2 "$seen/out" | tr '\t\n' ' ,' >"$seen/out.shown"
mv "$seen/out.shown" "$seen/out"
printf '%s' "2 descriptors,$large data,4000 free,0 boot,1 superblock,$small data," \
	"3 descriptors," >"$seen/out.want"
check 'numbers from standard input' 0

# ---- What stands in the way ----------------------------------------------------

cp o.img lost.img
echo 'setb 4000 2' | change lost.img
no_owner='lost.img: block 4000 is in use and no inode owns it, expected an owner (2 such blocks)'
refused 'owner: block in use that nothing owns' 4 "$no_owner" owner lost.img "$small" 4000 4001
prints_with 'the rest, with --partial' 4 "$no_owner" owner lost.img --partial 4001 4000 \
	"$small" <<END
4001	unknown	-	-
4000	unknown	-	-
$small	data	$small_ino	0	dir/sub/small
END
cp o.img bad.img
printf x | put bad.img $(((itable + 3) * 1024 + 4))
refused 'owner: damaged inode in the way' 4 'bad.img: inode 13: wrong checksum' \
	owner bad.img "$large"
prints_with 'damaged inode in the way, with --partial' 4 'bad.img: inode 13: wrong checksum' \
	owner bad.img --partial "$large" "$directory" <<END
$large	data	$large_ino	0	dir/large	linked
$directory	unknown	-	-
END
truncate -s 1M blank.img
refused 'owner: no filesystem' 3 \
	'blank.img: found no known filesystem, expected an ext2/3/4 filesystem' owner blank.img 1

# ---- Disks -------------------------------------------------------------------

# entry N TYPE START SIZE: an entry of the table in disk.img, in sectors.
entry() {
	{
		printf '\0\0\0\0'
		le 1 "$2"
		printf '\0\0\0'
		le 4 "$3"
		le 4 "$4"
	} | put disk.img $((446 + 16 * ($1 - 1)))
}

rm -f disk.img
truncate -s 8M disk.img
printf '\125\252' | put disk.img 510
entry 1 $((0x83)) 64 128
entry 2 $((0x83)) 2048 8192
entry 3 $((0x83)) 12288 8192
dd if=o.img of=disk.img bs=512 seek=2048 conv=notrunc status=none
prints 'blocks of a partition' 0 owner disk.img --partition 2 "$small" 4096 <<END
$small	data	$small_ino	0	dir/sub/small
4096	outside	-	-
END
prints 'sectors of a disk' 0 owner disk.img --partition 2 --sectors \
	$((2048 + small * 2 + 1)) 2047 2048 10240 <<END
$((2048 + small * 2 + 1))	data	$small_ino	512	dir/sub/small
2047	outside	-	-
2048	boot	-	-
10240	outside	-	-
END
prints 'bytes of a disk, behind an offset' 0 owner disk.img --offset 1M --bytes \
	$(((1 << 20) + small * 1024 + 7)) <<END
$(((1 << 20) + small * 1024 + 7))	data	$small_ino	7	dir/sub/small
END
begins 'JSON tells where the partition begins' \
	'.*"input":\{"image":"disk.img","offset":1048576,"partition":2\},"unit":"sectors".*' \
	owner disk.img --partition 2 --sectors 5000 --format json
refused 'owner: a whole disk' 3 \
	'disk.img: found a partition table, expected an ext2/3/4 filesystem' owner disk.img 1
refused 'owner: a partition that is not there' 2 \
	'disk.img: found 3 partitions, expected one with the number 4' \
	owner disk.img --partition 4 1
refused 'owner: a partition that is cut off' 3 'disk.img: partition 3 has 8192 sectors from '\
"12288 on, expected all within the device's 16384" owner disk.img --partition 3 1
refused 'owner: no partition table' 2 \
	'o.img: found no partition table, expected one with partition 1' \
	owner o.img --partition 1 1

# files and chunks find it in the same way.
cp disk.img newer.img
printf changed | put newer.img $(((1 << 20) + small * 1024))
prints 'files of a partition' 0 files --old disk.img --new newer.img --partition 2 <<'END'
M  dir/sub/small
END
refused 'files of a partition that is not there' 2 \
	'newer.img: found 3 partitions, expected one with the number 7' \
	files --old disk.img --new newer.img --partition 7
refused 'partition of a store alone' 2 'a partition needs an origin or views to apply to' \
	chunks --cow disk.img --partition 1
