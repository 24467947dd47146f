# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Command lines that make no sense, and the ones that only ask for help.
# shellcheck shell=sh

try_lscow="(try 'lscow --help')"
try_files="(try 'lscow files --help')"
try_chunks="(try 'lscow chunks --help')"

refused 'no command' 2 "no command given $try_lscow"
refused 'unknown command' 2 "unknown command 'list' $try_lscow" list
refused 'unknown command with control characters' 2 \
	"unknown command 'a\\nb\\033[31m' $try_lscow" "$(printf 'a\nb\033[31m')"
refused 'unknown option before the command' 2 "unknown option '--foo' $try_lscow" --foo
refused 'unknown option' 2 "unknown option '--foo' $try_files" files --foo
refused 'unknown short option' 2 "unknown option '-x' $try_files" files -0x
refused 'option of another command' 2 "unknown option '--side' $try_chunks" \
	chunks --side new
refused 'short option of another command' 2 "unknown option '-0' $try_chunks" chunks -0
refused 'option without its value' 2 "option '--old' needs a value $try_files" \
	files --old
refused 'value for an option that takes none' 2 \
	"option '--quick=yes' takes no value $try_files" files --quick=yes
refused 'empty value' 2 "option '--origin' is empty" files --origin '' --cow s
refused 'option given twice' 2 "option '--cow' is given twice" \
	files --origin o --cow s --cow s

refused 'files without input' 2 \
	"nothing to compare: give a snapshot, --origin and --cow, or --old and --new $try_files" files
refused 'chunks without input' 2 \
	"nothing to read: give a snapshot, --cow, or --old and --new $try_chunks" chunks
refused 'origin without store' 2 "--origin needs --cow $try_files" files --origin o
refused 'store without origin, for files' 2 "--cow needs --origin $try_files" \
	files --cow s
refused 'old view without new view' 2 "--old needs --new $try_files" files --old a
refused 'new view without old view' 2 "--new needs --old $try_files" files --new a
refused 'changes without views' 2 "--changes needs --new $try_files" \
	files --changes ranges:r
refused 'changes without old view' 2 "--new and --changes without --old are not \
supported by this version; give --old as well" files --new b --changes ranges:r
refused 'store and views' 2 \
	"--origin and --cow do not go with --old, --new and --changes $try_files" \
	files --origin o --cow s --new b
snapshot_alone="a snapshot ('vg/snap') does not go with --origin, --cow, --old, --new \
and --changes"
refused 'snapshot and store' 2 "$snapshot_alone $try_files" files vg/snap --cow s
refused 'snapshots and views' 2 "$snapshot_alone $try_chunks" \
	chunks vg/snap vg/newer --old a --new b
refused 'three snapshots' 2 "unexpected argument 'vg/c' $try_files" files vg/a vg/b vg/c
refused 'empty name of a snapshot' 2 "the name of a snapshot is empty $try_files" \
	files vg/a ''
refused 'unknown option of status' 2 "unknown option '--foo' (try 'lscow status --help')" \
	status --foo
refused 'short option of another command, for status' 2 \
	"unknown option '-0' (try 'lscow status --help')" status -0
refused 'unknown output format of status' 2 \
	"--format: unknown format 'xml'; formats: table, json" status --format xml
refused 'progress for status' 2 "unknown option '--progress' (try 'lscow status --help')" \
	status --progress
if [ ! -e /dev/mapper/control ]; then
	no_mapper='device-mapper is not available: /dev/mapper/control: No such file or directory'
	refused 'snapshot without device-mapper' 1 "$no_mapper" files vg/snap
	refused 'status without device-mapper' 1 "$no_mapper" status
fi

# In what follows the input itself would do.
ext4 a.img
cp a.img b.img

files() {
	name=$1 message=$2
	shift 2
	refused "$name" 2 "$message" files --old a.img --new b.img "$@"
}

not_bytes='is not a number of bytes (K, M or G may follow)'
files 'offset is no number' "--offset 'x' is not a number" --offset x
files 'offset is negative' "--offset '-1' is negative" --offset -1
files 'offset with a sign' "--offset '+1' is not a number" --offset +1
files 'offset with a space' "--offset ' 1' is not a number" --offset ' 1'
files 'offset with something behind it' "--offset '1x' $not_bytes" --offset 1x
files 'offset with an unknown unit' "--offset '1MiB' $not_bytes" --offset 1MiB
files 'offset in hexadecimal' "--offset '0x10' $not_bytes" --offset 0x10
files 'offset beyond 2^64' "--offset '18446744073709551616' is too large" \
	--offset 18446744073709551616
files 'offset beyond 2^64 with its unit' "--offset '17179869184G' is too large" \
	--offset 17179869184G
files 'offset is empty' "option '--offset' is empty" --offset ''
files 'offset that is no multiple of a sector' \
	'offset of 1000 bytes, expected a multiple of 512' --offset 1000
files 'offset beyond the device' \
	"b.img: offset of 4194304 bytes lies beyond the device's 4194304 bytes" --offset 4M
files 'unknown output format' \
	"--format: unknown format 'xml'; formats: status, paths, rsync, json" --format xml
refused 'unknown output format of chunks' 2 \
	"--format: unknown format 'xml'; formats: ranges, json" \
	chunks --old a.img --new b.img --format xml
files 'unknown format of changes' \
	'changes "xml:r": unknown format "xml", expected one of: dm-snapshot, ranges, thin-delta' \
	--changes xml:r
files 'changes without a file' \
	'changes "ranges:": expected FORMAT:FILE' --changes ranges:
files 'changes without a format' \
	'changes "r": expected FORMAT:FILE' --changes r
files 'unknown letter' "--only 'AX' holds a letter that is none of ADMmRH" --only AX
files 'no letter' "option '--only' is empty" --only ''
files 'unknown side' "--side: 'left' is neither new nor old" --format paths --side left
files 'unknown colour' "--color: 'blue' is none of auto, always, never" --color blue
files 'path with ..' "--under 'a/../b' holds '..'" --under a/../b
files 'side for status' "--side does not go with --format status $try_files" --side old
files 'NUL for json' "--null does not go with --format json $try_files" -0 --format json
files 'ranges for paths' "--ranges does not go with --format paths $try_files" \
	--ranges --format paths
files 'quick with a format' \
	"--quick prints nothing: it does not go with options for output $try_files" \
	--quick --format json
files 'progress and quiet' "--progress does not go with --quiet $try_files" \
	--progress --quiet

refused 'a path given twice' 2 \
	'old view and new view are the same: a.img and a.img, expected two' \
	files --old a.img --new a.img
ln -s a.img link.img
refused 'a path given twice, by another name' 2 \
	'origin and store are the same: a.img and link.img, expected two' \
	files --origin a.img --cow link.img
refused 'a path given twice, as changes' 2 \
	'new view and changes are the same: b.img and b.img, expected two' \
	files --old a.img --new b.img --changes dm-snapshot:b.img

begins 'help' 'Usage: lscow COMMAND .*' --help
begins 'help, short' 'Usage: lscow COMMAND .*' -h
begins 'help of files' 'Usage: lscow files .*' files --help
begins 'help of files, among other options' 'Usage: lscow files .*' files --old a.img -h
begins 'help of chunks' 'Usage: lscow chunks .*' chunks --help
begins 'help of status' 'Usage: lscow status .*' status vg --help
begins 'version' 'lscow [0-9]+\.[0-9]+\.[0-9]+' --version
begins 'version, short' 'lscow [0-9]+\.[0-9]+\.[0-9]+' -V

# The shells in quotes are to expand LSCOW.
# shellcheck disable=SC2016
{
	if [ -w /dev/full ]; then
		refused_by 'standard output is full' 1 \
			'cannot write to standard output: No space left on device' \
			sh -c '"$LSCOW" --help >/dev/full'
	else
		skip 'standard output is full' 'there is no /dev/full'
	fi
	refused_by 'standard output is closed' 1 \
		'cannot write to standard output: Bad file descriptor' \
		sh -c '"$LSCOW" --help >&-'
}
