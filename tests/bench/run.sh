#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Measures lscow and its peers on the images that images.sh made:
# run.sh LSCOW DIR NR_FILES NR_CHANGES...
#
# Writes DIR/results.tsv, a line for each command:
# files, changes, key, label, runs, seconds cold, seconds warm, peak KiB, bytes read cold, bytes
# that had to be read (0: not known). Seconds are medians; a cold run begins with empty caches, a
# warm one follows it. Every answer is compared with what make-tree says it changed: a wrong one,
# or a command that fails, ends the benchmark.
#
# RUNS         how often each lscow command runs cold and warm (5)
# PEER_RUNS    the same for all others, which take minutes (1)
# OWNER_BLOCKS how many blocks the owners are asked for (2000)
# BENCH_BIN    where measure is
# Needs root, for loop mounts and to drop caches; rsync and e2fsprogs.

set -eu -o pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

if [ $# -lt 4 ]; then
	echo 'usage: run.sh LSCOW DIR NR_FILES NR_CHANGES...' >&2
	exit 2
fi

lscow=$1
dir=$2
nr_files=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
bench_bin=${BENCH_BIN:-$here}
runs=${RUNS:-5}
peer_runs=${PEER_RUNS:-1}
owner_blocks=${OWNER_BLOCKS:-2000}
plain=$dir/plain
out=$dir/out
chunk_bytes=4096

unmount_all()
{
	local view

	for view in old new; do
		! mountpoint -q "$dir/$view" || umount "$dir/$view"
	done
}
trap unmount_all EXIT
trap 'exit 2' INT TERM

fail()
{
	echo "run.sh: $*" >&2
	exit 1
}

drop_caches()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# median COLUMN FILE: of an even number of values, the lower one of the two in the middle
median()
{
	sort -n -k "$1,$1" "$2" | awk -v column="$1" '
		{ value[NR] = $column }
		END { print value[int((NR + 1) / 2)] }'
}

# run_once FIGURES COMMAND...: runs the command and adds a line to the figures
run_once()
{
	local figures=$1 status=0

	shift
	"$bench_bin/measure" "$out/once" "$@" <"$input" >"$out/stdout" 2>"$out/stderr" || status=$?
	if [ "$status" != 0 ]; then
		cat "$out/stderr" >&2
		fail "exit status $status: $*"
	fi
	cat "$out/once" >>"$figures"
}

# Before each run of a command: what is to be put back as it was. And what the command reads.
prepare=:
input=/dev/null

# measure KEY RUNS LABEL NEEDED_BYTES COMMAND...: the last output is left in $out/stdout
measure()
{
	local key=$1 nr_runs=$2 label=$3 needed_bytes=$4

	shift 4
	echo "   $label" >&2
	rm -f "$out/cold" "$out/warm"
	for ((run = 0; run < nr_runs; run++)); do
		$prepare
		drop_caches
		run_once "$out/cold" "$@"
		$prepare
		run_once "$out/warm" "$@"
	done
	read_bytes=$(median 3 "$out/cold")
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$nr_files" "$nr_changes" "$key" "$label" \
		"$nr_runs" "$(median 1 "$out/cold")" "$(median 1 "$out/warm")" \
		"$(median 2 "$out/cold")" "$read_bytes" "$needed_bytes" >>"$dir/results.part"
}

# expect TRUTH WHAT: compares the sorted rows on standard input with a file
expect()
{
	cmp -s - "$1" || fail "$2: not what the changes were, see $1"
}

# ---- the bytes that had to be read --------------------------------------

# One state of each chunk that changed, but for the journal's, which nobody has to look at.
count_changed_bytes()
{
	{
		debugfs -R 'blocks <8>' "$dir/old.img" 2>/dev/null | tr -s ' ' '\n' | sed '/./s/^/journal /'
		"$lscow" chunks --cow "$dir/store-$1.img"
	} | awk -v chunk_bytes="$chunk_bytes" '
		$1 == "journal" { is_journal[$2] = 1; next }
		NF == 2 { for (at = $1; at < $1 + $2; at += chunk_bytes) nr += !(at / chunk_bytes in is_journal) }
		END { printf "%.0f\n", nr * chunk_bytes }'
}

# ---- plain reading ------------------------------------------------------

# grow_plain BYTES: a file without holes that is at least so long
grow_plain()
{
	local have=0

	[ ! -e "$plain" ] || have=$(stat -c %s "$plain")
	[ "$have" -ge "$1" ] || head -c $(($1 - have)) /dev/urandom >>"$plain"
}

# measure_plain KEY LABEL BYTES
measure_plain()
{
	grow_plain "$3"
	measure "$1" "$peer_runs" "$2" "$3" dd if="$plain" of=/dev/null bs=1M iflag=count_bytes count="$3"
}

# ---- one set of changes -------------------------------------------------

put_cache_back()
{
	rm -rf "$dir/names" "$dir/names-lock"
	cp -r --sparse=always "$dir/names.filled" "$dir/names"
}

# The night before has filled the cache.
fill_cache()
{
	rm -rf "$dir/names" "$dir/names-lock" "$dir/names.filled"
	"$lscow" files --origin "$dir/old.img" --cow "$dir/store-before.img" \
		--names-cache "$dir/names" | sort | expect "$dir/truth-before" 'lscow with a new cache'
	mv "$dir/names" "$dir/names.filled"
}

# measure_cached CHANGED_BYTES
measure_cached()
{
	local both_states_bytes=$((2 * $1))

	prepare=put_cache_back
	measure cached "$runs" 'lscow files, names cache' "$both_states_bytes" \
		"$lscow" files --origin "$dir/new.img" --cow "$dir/store.img" \
		--names-cache "$dir/names"
	prepare=:
	sort "$out/stdout" | expect "$truth" 'lscow with a cache'
	measure_plain read-cached 'plain read of as many bytes, names cache' "$read_bytes"
}

# A search sees the new state of all inode tables and directories; the new state of what changed is
# mostly among it.
measure_lscow()
{
	local changed_bytes search_bytes

	changed_bytes=$(count_changed_bytes "$nr_changes")
	search_bytes=$(cat "$dir/search-bytes")
	measure lscow "$runs" 'lscow files' $((changed_bytes + search_bytes)) \
		"$lscow" files --origin "$dir/new.img" --cow "$dir/store.img"
	sort "$out/stdout" | expect "$truth" lscow
	measure_plain read 'plain read of as many bytes' "$read_bytes"
	measure_cached "$changed_bytes"
	measure views "$runs" 'lscow files, two views' $((changed_bytes + search_bytes)) \
		"$lscow" files --old "$dir/old.img" --new "$dir/new.img" \
		--changes "dm-snapshot:$dir/store.img"
	sort "$out/stdout" | expect "$truth" 'lscow with two views'
}

# The names that rsync would send and delete, from the rows of lscow.
list_for_rsync()
{
	awk '
		$1 == "A" || $1 == "M" { print "send", $2 }
		$1 == "D" { print "delete", $2 }
		$1 == "R" { print "delete", $2; print "send", $4 }
	' "$truth" | sort
}

# -i makes it tell what it found, which costs it nothing.
measure_rsync()
{
	measure rsync "$peer_runs" 'rsync -an --delete' 0 rsync -ani --delete "$dir/new/" "$dir/old/"
	awk '
		$1 == "*deleting" { print "delete", $2 }
		$1 ~ /^>f/ { print "send", $2 }
	' "$out/stdout" | sort >"$out/rsync"
	list_for_rsync | expect "$out/rsync" rsync
}

# It sees neither what was deleted nor what was renamed.
measure_find()
{
	measure find "$peer_runs" 'find -newer' 0 \
		find "$dir/new" -type f -newer "$dir/stamp" -printf '%P\n'
	sort "$out/stdout" >"$out/find"
	awk '$1 == "A" || $1 == "M" { print $2 }' "$truth" | sort | expect "$out/find" find
}

mount_views()
{
	mkdir -p "$dir/old" "$dir/new"
	mount -o loop,ro "$dir/old.img" "$dir/old"
	mount -o loop,ro "$dir/new.img" "$dir/new"
}

measure_changes()
{
	echo "$nr_files files, $nr_changes changes" >&2
	truth=$dir/truth-$nr_changes
	ln -sf "new-$nr_changes.img" "$dir/new.img"
	ln -sf "store-$nr_changes.img" "$dir/store.img"
	measure_lscow
	mount_views
	measure_rsync
	measure_find
	unmount_all
}

# ---- once for each tree -------------------------------------------------

# The first night has nothing to compare with: every file is new.
measure_first()
{
	local changed_bytes

	nr_changes=0
	changed_bytes=$(count_changed_bytes first)
	measure first 1 'lscow files, first night' "$changed_bytes" \
		"$lscow" files --origin "$dir/old.img" --cow "$dir/store-first.img"
	sort "$out/stdout" | expect "$dir/truth-first" 'lscow on the first night'
}

# Blocks from all of the image: some are data, some free, some metadata.
choose_blocks()
{
	local nr_blocks

	nr_blocks=$(($(stat -L -c %s "$dir/old.img") / 4096))
	shuf -i 0-$((nr_blocks - 1)) -n "$owner_blocks" --random-source=<(yes lscow) | sort -n
}

# The lines of debugfs-owner.sh, from those of lscow: what is no file's has none.
list_owners()
{
	awk -F'\t' '
		$2 ~ /^(data|directory|map|xattr)$/ && NF == 5 {
			sub(/\/$/, "", $5)
			print $1, $3, $5
		}'
}

measure_owner()
{
	input=$dir/blocks
	measure owner "$runs" "lscow owner, $owner_blocks blocks" "$(cat "$dir/search-bytes")" \
		"$lscow" owner "$dir/old.img" -
	input=/dev/null
	list_owners <"$out/stdout" | sort | expect "$out/owners" 'lscow owner'
}

measure_debugfs()
{
	nr_changes=0
	choose_blocks >"$dir/blocks"
	measure debugfs "$peer_runs" "debugfs icheck + ncheck, $owner_blocks blocks" 0 \
		"$here/debugfs-owner.sh" "$dir/old.img" "$dir/blocks"
	[ -s "$out/stdout" ] || fail 'debugfs found no owner'
	cp "$out/stdout" "$out/owners"
}

mkdir -p "$out"
rm -f "$dir/results.part"
fill_cache
for nr_changes; do
	measure_changes
done
measure_first
measure_debugfs
measure_owner
mv "$dir/results.part" "$dir/results.tsv"
