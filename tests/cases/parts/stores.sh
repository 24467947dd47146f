# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Exception stores that cannot be trusted, and devices that cannot be read.
# shellcheck shell=sh

# bad_store NAME MESSAGE: of the store bad.img, with both commands.
bad_store() {
	refused "$1" 3 "store: bad.img: $2" chunks --cow bad.img
	refused "$1, with its origin" 3 "store: bad.img: $2" \
		files --origin origin.img --cow bad.img
}

ext4 origin.img
magic='expected 0x70416e53'
header='exception store header'

truncate -s 64K bad.img
bad_store 'blank store' \
	"blank exception store: magic 0x00000000 at byte 0, $magic; no change was ever recorded in it"
printf LVM2 | put bad.img 0
bad_store 'not a store' "not an exception store: magic 0x324d564c at byte 0, $magic"
printf 'SnA' >bad.img
bad_store 'store shorter than its header' \
	"3 bytes long, too short for the 16 bytes of an exception store's header"
: >bad.img
bad_store 'empty store' \
	"0 bytes long, too short for the 16 bytes of an exception store's header"

store bad.img 64K 8 1 2
bad_store 'store of version 2' "$header: version 2, expected 1"
store bad.img 64K 8 0
bad_store 'invalidated store' "$header: valid 0, expected 1: the store was \
invalidated, and changes after that are not recorded"
store bad.img 64K 0
bad_store 'chunk size 0' "$header: chunk size of 0 sectors, expected a power of two"
store bad.img 64K 24
bad_store 'chunk size not a power of two' \
	"$header: chunk size of 24 sectors, expected a power of two"
store bad.img 64K 4294967295
bad_store 'chunk size of all ones' \
	"$header: chunk size of 4294967295 sectors, expected a power of two"
store bad.img 64K 2147483648
bad_store 'chunk size of 1 TiB' \
	"$header: chunk size of 1099511627776 bytes, expected at most 2147483647"
store bad.img 64K 256
bad_store 'chunk size larger than the store' \
	"$header: chunk size of 131072 bytes, larger than the store's 65536 bytes"

store bad.img 4K
bad_store 'store without an exception area' "exception area 0 at chunk 1 lies beyond \
the device's 1 chunks: the exception table has no end"
# 256 entries fill area 0, and area 1 would be chunk 258.
store bad.img $((258 * 4096))
entry=0
while [ "$entry" -lt 256 ]; do
	le 8 "$entry"
	le 8 $((entry + 2))
	entry=$((entry + 1))
done | put bad.img 4096
bad_store 'table that runs past the end' "exception area 1 at chunk 258 lies beyond \
the device's 258 chunks: the exception table has no end"

store bad.img 64K
exception bad.img 0 5 2
exception bad.img 1 6 16
bad_store 'new chunk beyond the store' "exception area 0, entry 1: new chunk 16 lies \
beyond the device's 16 chunks"
store bad.img 64K
exception bad.img 0 5 1
bad_store 'new chunk on an exception area' "exception area 0, entry 0: new chunk 1 is \
exception area 0, expected a chunk of data"
store bad.img 2M
exception bad.img 0 5 258
bad_store 'new chunk on another exception area' "exception area 0, entry 0: new chunk \
258 is exception area 1, expected a chunk of data"
store bad.img 64K
exception bad.img 0 5 2
exception bad.img 1 7 3
exception bad.img 2 5 4
bad_store 'the same old chunk twice' "exception table: old chunk 5 is mapped twice, \
to new chunks 2 and 4, expected once"
store bad.img 64K
exception bad.img 0 5 2
exception bad.img 1 6 2
bad_store 'the same new chunk twice' "exception table: new chunk 2 is given twice, to \
old chunks 5 and 6, expected once"
store bad.img 64K
exception bad.img 0 5 2
exception bad.img 2 6 3
bad_store 'exception behind the end of the table' "exception area 0, entry 1: new \
chunk 0 ends the table, but entry 2 follows it"
store bad.img 64K
exception bad.img 0 4611686018427387904 2
bad_store 'old chunk beyond 2^64 bytes' "exception area 0, entry 0: old chunk \
4611686018427387904 of 4096 bytes lies beyond 2^64 bytes"

store bad.img 64K
exception bad.img 0 1024 2
refused 'old chunk beyond the origin' 3 \
	'store: bad.img: old chunk 1024 lies beyond the 1024 chunks of origin.img' \
	files --origin origin.img --cow bad.img
refused 'old chunk beyond the origin, for chunks' 3 \
	'store: bad.img: old chunk 1024 lies beyond the 1024 chunks of origin.img' \
	chunks --origin origin.img --cow bad.img
cp origin.img new.img
refused 'old chunk beyond the views' 3 \
	'changes: bad.img: old chunk 1024 lies beyond the 1024 chunks of new.img' \
	files --old origin.img --new new.img --changes dm-snapshot:bad.img

store bad.img 64K
exception bad.img 0 5 2
exception bad.img 1 6 10
truncate -s 40000 bad.img
bad_store 'truncated store' "exception area 0, entry 1: new chunk 10 lies beyond the \
device's 9 chunks"
truncate -s 6000 bad.img
bad_store 'store truncated in its table' "exception area 0 at chunk 1 lies beyond the \
device's 1 chunks: the exception table has no end"

# ---- Lists of ranges ----------------------------------------------------

# bad_ranges NAME MESSAGE: of the file ranges.txt.
bad_ranges() {
	refused "$1" 3 "changes: ranges.txt: $2" \
		files --old origin.img --new new.img --changes ranges:ranges.txt
}

expected='expected OFFSET LENGTH in bytes'
printf '0 4096\n4096\n' >ranges.txt
bad_ranges 'range without a length' "line 2: found \"4096\", $expected"
printf '0 4096 1\n' >ranges.txt
bad_ranges 'range of three numbers' "line 1: found \"0 4096 1\", $expected"
printf -- '-1 4096\n' >ranges.txt
bad_ranges 'negative range' "line 1: found \"-1 4096\", $expected"
printf '0 4K\n' >ranges.txt
bad_ranges 'range with a unit' "line 1: found \"0 4K\", $expected"
printf '18446744073709551616 1\n' >ranges.txt
bad_ranges 'range beyond 2^64' "line 1: found \"18446744073709551616 1\", $expected"
printf '0 0\n' >ranges.txt
bad_ranges 'range without bytes' \
	'line 1: found "0 0", expected a LENGTH of at least 1 byte'
printf '4194304 1\n' >ranges.txt
bad_ranges 'range beyond the views' \
	"line 1: range of 1 bytes at 4194304 ends beyond the views' 4194304 bytes"
printf '0 4096\n4096 40' >ranges.txt
bad_ranges 'list of ranges that was cut off' \
	'line 2: found "4096 40", expected a newline at its end: the file may be cut short'

# ---- Devices ------------------------------------------------------------

mkdir folder
mkfifo fifo
refused 'missing device' 1 'origin: none.img: cannot open: No such file or directory' \
	files --origin none.img --cow bad.img
refused 'missing store' 1 'store: none.img: cannot open: No such file or directory' \
	chunks --cow none.img
refused 'missing list of ranges' 1 \
	'changes: none.txt: cannot open: No such file or directory' \
	files --old origin.img --new new.img --changes ranges:none.txt
refused 'folder as a device' 2 \
	'old view: folder: is a directory, expected a block device or a regular file' \
	files --old folder --new new.img
refused 'character device' 2 "new view: /dev/zero: is a character device, expected a \
block device or a regular file" files --old origin.img --new /dev/zero
refused 'fifo as a store' 2 \
	'store: fifo: is a fifo, expected a block device or a regular file' \
	chunks --cow fifo

# Root may read all, so root gives up the right to.
cp origin.img locked.img
chmod 000 locked.img
locked='old view: locked.img: cannot open: Permission denied'
no_override=--bounding-set=-dac_override,-dac_read_search
if [ "$(id -u)" != 0 ]; then
	refused 'device without permission' 1 "$locked" \
		files --old locked.img --new new.img
elif setpriv "$no_override" "$LSCOW" --version >/dev/null 2>&1; then
	refused_by 'device without permission' 1 "$locked" \
		setpriv "$no_override" "$LSCOW" files --old locked.img --new new.img
else
	skip 'device without permission' 'root can read it, and cannot give that up'
fi
