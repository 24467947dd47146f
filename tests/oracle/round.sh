#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Makes one random pair of filesystems and compares what lscow says with the truth.
#
# usage: round.sh LSCOW SEED [WORKDIR]
#
# Everything follows from SEED but the kernel's own choices (times, generations).
# ORACLE_BIN    where truth, workload, compare and make-store are (default: beside this script)
# ORACLE_SET    the features, by their name in feature-sets (default: by SEED)
# ORACLE_PROBE  yes: only whether lscow reads such a filesystem; needs no root
# Prints one line; after a failure the folder below WORKDIR stays, and its path is printed.
# Where lscow refuses the features the line tells how, and the exit status is 3.

set -u
export LC_ALL=C

if [ $# -lt 2 ]; then
	echo "usage: round.sh LSCOW SEED [WORKDIR]" >&2
	exit 2
fi
if [ "$(id -u)" != 0 ] && [ -z "${ORACLE_PROBE:-}" ]; then
	echo "round.sh: mounting needs root"
	[ "${CI:-}" = true ] && exit 1
	exit 77
fi

lscow=$1
seed=$2
base=${3:-${TMPDIR:-/tmp}}
here=$(dirname "$0")
bin=${ORACLE_BIN:-$here}
work=$(mktemp -d "$base/lscow-round-$seed-XXXXXX") || exit 2

random=0
changes=0
missed=0
extra=0
wrong=0
rsync_differences=0

unmount_all()
{
	for mounted in old new dest; do
		if mountpoint -q "$work/$mounted"; then
			umount "$work/$mounted" || umount -l "$work/$mounted"
		fi
	done
}

clean_up()
{
	status=$?
	trap - EXIT INT TERM
	unmount_all
	if [ "$status" = 0 ] || [ "$status" = 3 ]; then
		rm -rf "$work"
	else
		echo "seed $seed: failed, see $work" >&2
	fi
	exit "$status"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

# The round itself went wrong, whatever lscow would have said.
broken()
{
	echo "seed $seed: $*" >&2
	exit 2
}

# below N: a number from 0 to N-1 in $value
below()
{
	random=$(((random * 1103515245 + 12345) & 0x7fffffff))
	value=$((random / 65536 % $1))
}

between()
{
	below $(($2 - $1 + 1))
	value=$((value + $1))
}

# one_of WORD...: one of them in $value
one_of()
{
	below $#
	shift "$value"
	value=$1
}

# read_sets: the lines "name|weight|arguments|mount options" of the table
read_sets()
{
	sed -e '/^#/d' -e 's/  *| */|/g' "$here/feature-sets"
}

# The set that ORACLE_SET names, or one by its weight.
choose_features()
{
	wanted=${ORACLE_SET:-}
	if [ -z "$wanted" ]; then
		below "$(read_sets | awk -F '|' '{ total += $2 } END { print total }')"
		wanted=$(read_sets | awk -F '|' -v left="$value" \
			'(left -= $2) < 0 { print $1; exit }')
	fi
	set_name=$wanted
	line=$(read_sets | grep "^$set_name|") || broken "no set $set_name in feature-sets"
	features=$(echo "$line" | cut -d '|' -f 3)
	set_options=$(echo "$line" | cut -d '|' -f 4)
}

# given LETTER OTHERWISE: the number that the set has for an option, in $value
given()
{
	value=$2
	case " $features " in
	*" -$1 "*)
		value=${features##*"-$1 "}
		value=${value%% *}
		;;
	esac
}

choose_layout()
{
	one_of 1024 2048 4096 4096
	given b "$value"
	block_bytes=$value
	one_of 128 256 256
	given I "$value"
	inode_bytes=$value
	one_of 1024 2048 4096 8192 16384
	given i "$value"
	inode_ratio=$value
	[ "$inode_ratio" -lt "$block_bytes" ] && inode_ratio=$block_bytes
	# Tables are not to take all the room.
	[ "$inode_ratio" -lt $((inode_bytes * 4)) ] && inode_ratio=$((inode_bytes * 4))
	# All may have to fit in one group.
	case $features in *bigalloc*) inode_ratio=20480 ;; esac
	layout="-b $block_bytes -I $inode_bytes -i $inode_ratio"
	one_of 0 0 1024 2048 4096 8192
	# A group of few clusters has no room for its inodes.
	case $features in *bigalloc*) value=0 ;; esac
	[ "$value" -gt 0 ] && layout="$layout -g $value"
	one_of 0 0 2 4 16
	case $features in *flex_bg* | *ext2* | *ext3*) value=0 ;; esac
	[ "$value" -gt 0 ] && layout="$layout -G $value"
	one_of 0 1
	layout="$layout -E lazy_itable_init=$value"
}

# An image need not be a whole number of chunks, so its size is any number of 64 KiB.
choose_sizes()
{
	between 384 1200
	one_of "$value" "$value" $((value * 2))
	image_kib=$((value * 64))
	one_of 4096 4096 8192 16384 32768 65536 131072 262144 524288
	chunk_bytes=$value
}

choose_work()
{
	one_of 20 150 500 1000
	between $((value / 2)) $((value * 3 / 2))
	nr_populate=$value
	below 20
	case $value in
	0 | 1) operations=0 ;;
	2 | 3 | 4) between 1 3 && operations=$value ;;
	5 | 6 | 7 | 8 | 9 | 10 | 11 | 12) between 4 60 && operations=$value ;;
	13 | 14 | 15 | 16 | 17 | 18) between 60 300 && operations=$value ;;
	*) between 300 900 && operations=$value ;;
	esac
	one_of relatime relatime strictatime lazytime noatime
	mount_options=$value${set_options:+,$set_options}
	far=
	below 8
	# In the matrix each round has its rsync.
	[ "$value" = 0 ] && [ -z "${ORACLE_SET:-}" ] && far=--far
	work_options=
	case $features in *casefold*) work_options=--casefold ;; esac
	one_of 0 0 0 1 2 5
	raw_writes=$value
	one_of no no no no no no no no -fyD '-fy -E bmap2extent'
	check_options=$value
}

choose_everything()
{
	# Seeds that follow each other must not choose alike.
	random=$(printf 'round %s' "$seed" | cksum | cut -d ' ' -f 1)
	choose_features
	choose_layout
	choose_sizes
	choose_work
}

note_choices()
{
	cat >"$work/choices" <<-END
		seed $seed
		set $set_name
		mke2fs $features $layout, $image_kib KiB
		chunk $chunk_bytes bytes
		populate $nr_populate, change $operations $far, mount $mount_options
		raw writes $raw_writes, e2fsck $check_options
	END
}

make_filesystem()
{
	truncate -s "${image_kib}K" "$work/new.img" || broken "no room for the image"
	# The words of the features and the layout are meant to be split.
	# shellcheck disable=SC2086
	mke2fs -q -F $features $layout -U "$(printf '%08d-0000-4000-8000-%012d' "$seed" "$seed")" \
		"$work/new.img" >"$work/mke2fs.log" 2>&1 ||
		broken "mke2fs: $(cat "$work/choices" "$work/mke2fs.log")"
}

# A feature that is not read is told as soon as there is a filesystem with it.
stop_if_refused()
{
	cp --sparse=always "$work/new.img" "$work/same.img" || broken "copy"
	"$lscow" files --old "$work/same.img" --new "$work/new.img" \
		>"$work/refused" 2>"$work/refused.err"
	status=$?
	message=$(sed "s,.*$work/[a-z]*.img: ,," "$work/refused.err")
	rm "$work/same.img"
	case $status:$message in
	3:*'feature '*' is not supported')
		[ -s "$work/refused" ] && broken "refused, and yet printed: $message"
		feature=${message##*feature }
		case $features in
		*[,\ ]"${feature%% *}"*) ;;
		*) broken "refused for a feature that it has not: $message" ;;
		esac
		echo "seed $seed: refused with exit code 3: $message"
		exit 3
		;;
	esac
	[ -z "${ORACLE_PROBE:-}" ] && return
	[ "$status" = 0 ] || broken "exit $status: $message"
	echo "seed $seed: accepted"
	exit 0
}

# count_quotas yes|no IMAGE: a kernel may be built without quotas, so that it could not write to such
# a filesystem; tune2fs counts them, where the set does not say that the kernel is to.
count_quotas()
{
	case $set_options in *quota*) return ;; esac
	case $features in
	*quota,project*) quotas=quota,project ;;
	*quota*) quotas=quota ;;
	*) return ;;
	esac
	[ "$1" = yes ] || quotas=^$(echo "$quotas" | sed 's/,/,^/')
	tune2fs -O "$quotas" "$2" >"$work/tune2fs.log" 2>&1 ||
		broken "tune2fs: $(cat "$work/tune2fs.log")"
}

# work_on populate|change N
work_on()
{
	count_quotas no "$work/new.img"
	mount -o "loop,$mount_options" "$work/new.img" "$work/new" || broken "mount"
	# shellcheck disable=SC2086
	"$bin/workload" $far $work_options "$seed" "$work/new" "$1" "$2" || broken "workload $1"
	umount "$work/new" || broken "umount"
	count_quotas yes "$work/new.img"
}

# Another state, as of an earlier night: some work, and the times of most files.
make_earlier_state()
{
	cp --sparse=always "$work/old.img" "$work/earlier.img" || broken "copy"
	count_quotas no "$work/earlier.img"
	mount -o "loop${set_options:+,$set_options}" "$work/earlier.img" "$work/new" ||
		broken "mount"
	# shellcheck disable=SC2086
	"$bin/workload" $work_options $((seed + 1000000)) "$work/new" change 20 || broken "workload"
	# What is immutable stays as it is.
	find "$work/new" -xdev -mindepth 1 -ipath '*[a-p0-7]' \
		-exec touch -h -d '2021-02-03 04:05:06' '{}' + 2>"$work/touch.log"
	umount "$work/new" || broken "umount"
	count_quotas yes "$work/earlier.img"
}

# Bytes of files that change with no inode the wiser, as swap files and boot loaders do.
write_raw()
{
	[ "$raw_writes" = 0 ] && return
	mount -o ro,loop "$work/new.img" "$work/new" || broken "mount"
	"$bin/raw-write" "$seed" "$work/new.img" "$work/new" "$raw_writes" || broken "raw-write"
	umount "$work/new" || broken "umount"
}

# Directories packed again, or other block maps: no path may change.
rebuild()
{
	[ "$check_options" = no ] && return
	# shellcheck disable=SC2086
	e2fsck $check_options "$work/new.img" >"$work/e2fsck.log" 2>&1
	[ $? -le 1 ] || broken "e2fsck: $(cat "$work/e2fsck.log")"
}

make_states()
{
	mkdir "$work/old" "$work/new" "$work/dest" || broken "folders"
	make_filesystem
	stop_if_refused
	work_on populate "$nr_populate"
	cp --sparse=always "$work/new.img" "$work/old.img" || broken "copy"
	make_earlier_state
	work_on change "$operations"
	write_raw
	rebuild
	mount -o ro,loop "$work/old.img" "$work/old" || broken "mount the old state"
	mount -o ro,loop "$work/new.img" "$work/new" || broken "mount the new state"
}

find_truth()
{
	"$bin/truth" "$work/old" "$work/new" >"$work/truth.json" || broken "truth"
	"$bin/truth" "$work/old" "$work/new" --expand >"$work/truth-expand.json" ||
		broken "truth --expand"
	"$bin/make-store" "$work/old.img" "$work/new.img" "$chunk_bytes" "$work/store.img" "$seed" \
		2>"$work/make-store.log" || broken "make-store"
	changes=$(($(wc -l <"$work/truth.json") - 1))
}

add_score()
{
	# changes N missed N extra N wrong N
	missed=$((missed + $4))
	extra=$((extra + $6))
	wrong=$((wrong + $8))
}

# check NAME EXPECTED OPTION...
check()
{
	name=$1
	expected=$2
	shift 2
	"$lscow" files "$@" --format json >"$work/$name.json" 2>"$work/$name.err"
	status=$?
	if [ $status != 0 ]; then
		echo "seed $seed: lscow files $*: exit $status: $(head -n 3 "$work/$name.err")" >&2
		wrong=$((wrong + 1))
		return
	fi
	"$bin/compare" "$expected" "$work/$name.json" >"$work/$name.diff" 2>&1
	status=$?
	case $(tail -n 1 "$work/$name.diff") in
	'changes '*)
		# shellcheck disable=SC2046
		add_score $(tail -n 1 "$work/$name.diff")
		;;
	*) wrong=$((wrong + 1)) ;;
	esac
	if [ $status != 0 ]; then
		echo "seed $seed: $name:" >&2
		head -n 12 "$work/$name.diff" >&2
	fi
}

check_lists()
{
	check store "$work/truth.json" --origin "$work/new.img" --cow "$work/store.img"
	check expand "$work/truth-expand.json" \
		--origin "$work/new.img" --cow "$work/store.img" --expand
	check views "$work/truth.json" --old "$work/old.img" --new "$work/new.img"
	check changes "$work/truth.json" --old "$work/old.img" --new "$work/new.img" \
		--changes "dm-snapshot:$work/store.img"
}

# earlier NAME OPTION...: the rows of the earlier night, in NAME.json
earlier()
{
	name=$1
	shift
	"$lscow" files --old "$work/earlier.img" --new "$work/old.img" --format json "$@" \
		>"$work/$name.whole" 2>"$work/$name.err"
	status=$?
	# The last line tells how many directories were searched.
	sed '$d' "$work/$name.whole" >"$work/$name.json"
	if [ $status != 0 ]; then
		echo "seed $seed: $name: exit $status: $(head -n 3 "$work/$name.err")" >&2
		wrong=$((wrong + 1))
	elif ! cmp -s "$work/earlier.json" "$work/$name.json"; then
		echo "seed $seed: $name: not as without a cache" >&2
		diff "$work/earlier.json" "$work/$name.json" | head -n 12 >&2
		wrong=$((wrong + 1))
	fi
}

# damage_cache NR: some bytes, wherever it may be
damage_cache()
{
	cache_bytes=$(stat -c %s "$work/cache")
	for _ in $(seq "$1"); do
		between 0 $((cache_bytes / 16 - 1))
		printf '\377\1\0\200\3' | dd of="$work/cache" bs=1 seek=$((value * 16)) \
			conv=notrunc status=none
	done
}

# no_search FILE: what a cache has seen is not searched for again
no_search()
{
	if tail -n 1 "$1" | grep -q '"searched_directories": *0[,}]'; then return; fi
	echo "seed $seed: $1: searched, although all names were in the cache" >&2
	wrong=$((wrong + 1))
}

# One cache from night to night, back again, and damaged: it changes no row.
check_cached()
{
	cache=$work/cache
	earlier earlier
	earlier earlier-empty --names-cache "$cache"
	earlier earlier-filled --names-cache "$cache"
	no_search "$work/earlier-filled.whole"
	for name in cached cached-again; do
		check $name "$work/truth.json" --old "$work/old.img" --new "$work/new.img" \
			--names-cache "$cache"
	done
	no_search "$work/cached-again.json"
	check cached-expand "$work/truth-expand.json" --expand \
		--origin "$work/new.img" --cow "$work/store.img" --names-cache "$cache"
	earlier earlier-stale --names-cache "$cache"
	for name in damaged-1 damaged-2 damaged-3; do
		[ -e "$cache" ] && damage_cache 3
		check $name "$work/truth.json" --old "$work/old.img" --new "$work/new.img" \
			--names-cache "$cache"
	done
}

# The names below can be 255 bytes long, and attributes fill a block: give them room.
make_destination()
{
	truncate -s "$((image_kib * 2 + 65536))K" "$work/dest.img" || broken "destination"
	mke2fs -q -F -t ext4 -b 4096 -I 512 -O '^has_journal,ea_inode' -i 4096 "$work/dest.img" \
		>"$work/mke2fs.log" 2>&1 || broken "destination"
	mount -o loop "$work/dest.img" "$work/dest" || broken "destination"
	mkdir "$work/dest/tree"
	rsync -aHAX "$work/old/" "$work/dest/tree/" >"$work/rsync-first.log" 2>&1 ||
		broken "the first rsync: $(head -n 3 "$work/rsync-first.log")"
	rsync -anicHAX --delete "$work/old/" "$work/dest/tree/" >"$work/faults-first" 2>&1
}

# rsync -AH replaces a directory by a file of several names, and then complains that it cannot
# read the default ACL of what is no longer a directory (3.5.0; it does so without a list too).
# forgive_acl_complaint LOG: the log, or nothing when there is no other complaint in it
forgive_acl_complaint()
{
	if grep -q 'sys_acl_get_file(.*, ACL_TYPE_DEFAULT): Permission denied' "$1" &&
		! grep -v -e 'sys_acl_get_file(.*, ACL_TYPE_DEFAULT): Permission denied' \
			-e '(code 23)' -e '^rsync failed$' "$1" >/dev/null; then
		return
	fi
	cat "$1"
}

# rsync 3.5.0 does not bring over every ACL of a directory, with or without a list.
# forgive_full_rsync FROM: of the differences on standard input those which a full rsync to an
# empty folder does not leave as well, now or when the destination was made
forgive_full_rsync()
{
	cat >"$work/differences"
	[ -s "$work/differences" ] || return
	rsync -aHAX "$1/" "$work/dest/full/" >/dev/null 2>&1
	rsync -anicHAX --delete "$1/" "$work/dest/full/" >"$work/faults-now" 2>&1
	rm -rf "$work/dest/full"
	grep -vxF -f "$work/faults-first" -f "$work/faults-now" "$work/differences"
}

# is_rightly_refused FROM LOG: no list, since a name that is gone is still found in FROM
is_rightly_refused()
{
	gone=$(sed -n 's/^lscow: \(.*\) is gone, but the directory finds .*/\1/p' "$2")
	[ -n "$gone" ] || return 1
	# As on a terminal, what is no plain character may be escaped.
	case $gone in *\\*) return 0 ;; esac
	[ -e "$1/$gone" ] || [ -L "$1/$gone" ]
}

# replay NAME FROM OPTION...: brings the destination to the state FROM by lscow's list alone
replay()
{
	name=$1
	from=$2
	shift 2
	log=$work/rsync-$name.log
	"$lscow" files --origin "$work/new.img" --cow "$work/store.img" --format rsync "$@" \
		>"$work/rsync-$name.list" 2>"$log" || echo "lscow failed" >>"$log"
	if is_rightly_refused "$from" "$log"; then
		: >"$log"
		rsync -aHAX --checksum --delete "$from/" "$work/dest/tree/" >"$log" 2>&1 &&
			: >"$log"
		return
	fi
	rsync -aHAX --ignore-times --from0 --files-from=- --delete-missing-args --force \
		"$from/" "$work/dest/tree/" <"$work/rsync-$name.list" >"$work/replay.log" 2>&1 ||
		echo "rsync failed" >>"$work/replay.log"
	{
		forgive_acl_complaint "$work/replay.log"
		{
			rsync -anicHAX --delete "$from/" "$work/dest/tree/" || echo "rsync failed"
		} 2>&1 | forgive_full_rsync "$from"
		"$bin/same-links" "$from" "$work/dest/tree"
	} >>"$log" 2>&1
	lines=$(wc -l <"$log")
	rsync_differences=$((rsync_differences + lines))
	[ "$lines" = 0 ] && return
	echo "seed $seed: rsync, $name:" >&2
	head -n 12 "$log" >&2
	return 1
}

check_rsync()
{
	# Holes of gigabytes are nothing for rsync.
	[ -n "$far" ] && return
	make_destination
	replay forward "$work/new" || return
	replay back "$work/old" --side old
}

choose_everything
note_choices
make_states
find_truth
check_lists
check_cached
check_rsync
echo "seed $seed: ops $operations changes $changes missed $missed extra $extra wrong $wrong" \
	"rsync-differences $rsync_differences"
[ $((missed + extra + wrong + rsync_differences)) = 0 ]
