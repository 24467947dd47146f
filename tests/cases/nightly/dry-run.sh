#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# What lscow-nightly would do, and what it refuses; without root and LVM.

set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
nightly=${NIGHTLY:-$(cd "$here/../../.." && pwd)/nightly/lscow-nightly}
PATH=$PATH:/usr/sbin:/sbin

for program in rsync flock mountpoint; do
	command -v "$program" >/dev/null && continue
	echo "skipped: no program $program"
	exit 77
done

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" "$scratch/lvm" "$scratch/mirror" "$scratch/history"
for name in lvs lvcreate lvremove lvchange mount lscow; do
	ln -s "$here/fake-lvm" "$scratch/bin/$name"
done
PATH=$scratch/bin:$PATH
export FAKE_LVM="$scratch/lvm"
echo 'data - uuid-data owi-aos--- - -' >"$scratch/lvm/data.lv"
failed=0 passed=0

# check NAME STATUS ARGUMENT...: with the standard output of $scratch/want, and
# the words of $said on standard error.
check() {
	name=$1 want_status=$2
	shift 2
	status=0
	"$nightly" --state "$scratch/state" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	# Times, and the folder of the test, are other ones each time.
	sed "s|$scratch|@|g; /20260301/!s/nightly-2[0-9]*T[0-9]*Z/nightly-NOW/g" \
		"$scratch/out" |
		sed "s/\(20260301T020000Z .*nightly-\)2[0-9]*T[0-9]*Z/\1NOW/" >"$scratch/shown"
	if [ "$status" != "$want_status" ]; then
		echo "FAILED: $name: status $status, expected $want_status" >&2
		cat "$scratch/err" >&2
	elif ! diff -u --label expected "$scratch/want" --label printed "$scratch/shown" >&2; then
		echo "FAILED: $name" >&2
	elif ! grep -qF -e "$said" "$scratch/err"; then
		echo "FAILED: $name: does not say '$said' but:" >&2
		cat "$scratch/err" >&2
	else
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
}

# refuses NAME MESSAGE ARGUMENT...
refuses() {
	: >"$scratch/want"
	said=$2
	name=$1
	shift 2
	check "$name" 2 "$@"
}

mirror=$scratch/mirror history=$scratch/history
refuses 'no operand' 'usage:'
refuses 'an option behind' 'one volume or name at a time' vg/data --size 1G
refuses 'no destination' 'nothing to do' --size 1G vg/data
refuses 'no size' 'how much room' --mirror "$mirror" vg/data
refuses 'a wrong size' 'not a size' --mirror "$mirror" --size big vg/data
refuses 'a wrong volume' 'not VG/LV' --mirror "$mirror" --size 1G vg/data/x
refuses 'a wrong percentage' 'not a percentage' --warn 8x --mirror "$mirror" --size 1G vg/data
refuses 'a wrong number of days' 'not a number of days' --keep week --history "$history" --size 1G vg/data
refuses 'an unknown option' 'unknown option --mirrors' --mirrors x vg/data
refuses 'a relative mirror' 'whole path' --mirror mirror --size 1G vg/data
refuses 'the root as a mirror' 'not a folder for a copy' --mirror / --size 1G vg/data
refuses 'a host without a folder' 'which folder there' --mirror host: --size 1G vg/data
refuses 'a remote history' 'must be local' --history host:/x --size 1G vg/data
refuses 'a history in a mirror' 'would delete it' --mirror "$mirror" \
	--history "$mirror/history" --size 1G vg/data
refuses 'a bad name' 'not a name' ..
refuses 'no configuration' 'cannot read /etc/lscow/nightly/no-such-name.conf' no-such-name

# Configuration.
echo 'MIROR=/x' >"$scratch/conf"
refuses 'an unknown key' 'line 1: unknown key MIROR' --config "$scratch/conf"
echo 'a line' >"$scratch/conf"
refuses 'no assignment' 'line 1: not KEY=VALUE' --config "$scratch/conf"
cat >"$scratch/conf" <<END
# Nothing in here is run.
VOLUME = x
END
refuses 'a blank before =' 'unknown key VOLUME ' --config "$scratch/conf"
cat >"$scratch/conf" <<END
# Nothing in here is run.
  VOLUME="vg/data"
MIRROR='$mirror/\$(touch $scratch/ran)'
SIZE=10%
END

said='0 changed paths'
cat >"$scratch/want" <<'END'
lvcreate -q -y -s -p r -n data-nightly-NOW --addtag lscow_nightly --addtag lscow_nightly.1 -l 10%ORIGIN vg/data
mount -o ro,nosuid,nodev,noexec /dev/vg/data-nightly-NOW @/state/vg-data/new
rsync -aHAX --modify-window=-1 --no-human-readable --stats --delete --force @/state/vg-data/new/ @/mirror/
umount @/state/vg-data/old
umount @/state/vg-data/new
END
check 'a first night by configuration and option' 5 --dry-run --config "$scratch/conf" \
	--mirror "$mirror/"
[ ! -e "$scratch/ran" ] || { echo 'FAILED: the configuration was run' >&2; failed=$((failed + 1)); }

# A night as all others.
echo 'data-nightly-20260301T020000Z data uuid-1 sri-a-s--- 91.20 lscow_nightly,lscow_nightly.7' \
	>"$scratch/lvm/data-nightly-20260301T020000Z.lv"
mkdir -p "$scratch/state/vg-data"
set_state() {
	printf '%s\n' "$2" "$3" "$4" >"$scratch/state/vg-data/$1-$(
		printf '%s' "$2" | cksum | tr ' ' -)"
}
set_state mirror 'host:/m x' '' 'at uuid-1'
cat >"$scratch/want" <<'END'
lvcreate -q -y -s -p r -n data-nightly-NOW --addtag lscow_nightly --addtag lscow_nightly.8 -L 1G vg/data
mount -o ro,nosuid,nodev,noexec /dev/vg/data-nightly-20260301T020000Z @/state/vg-data/old
mount -o ro,nosuid,nodev,noexec /dev/vg/data-nightly-NOW @/state/vg-data/new
lscow files vg/data-nightly-20260301T020000Z vg/data-nightly-NOW --quiet --names-cache @/state/vg-data/names.lmdb --format paths --side old --null
mkdir @/history/.lscow-nightly.tmp
rsync -aHAX --modify-window=-1 --no-human-readable --stats -z --ignore-times --from0 --files-from=@/state/vg-data/work/versions.rsync @/state/vg-data/old/ @/history/.lscow-nightly.tmp/
mv -T @/history/.lscow-nightly.tmp @/history/@GMT-2026.03.01-02.00.00
mount -o ro,nosuid,nodev,noexec /dev/vg/data-nightly-NOW @/state/vg-data/new
lscow files vg/data-nightly-20260301T020000Z vg/data-nightly-NOW --quiet --names-cache @/state/vg-data/names.lmdb --format rsync
rsync -z -d --delete @/state/vg-data/work/empty/ 'host:/m x/.lscow-nightly.tmp/'
# remove from host:/m x what is neither file nor folder and is sent anew
rsync -aHAX --modify-window=-1 --no-human-readable --stats -z --ignore-times --from0 --files-from=@/state/vg-data/work/changes --delete-missing-args --force --temp-dir=.lscow-nightly.tmp @/state/vg-data/new/ 'host:/m x/'
# compare with host:/m x, and send anew what differs yet
rsync -z -dptgoAX --modify-window=-1 --delete '--include=/.lscow-nightly.tmp/***' '--exclude=*' @/state/vg-data/new/ 'host:/m x/'
umount @/state/vg-data/old
umount @/state/vg-data/new
lvremove -q -f -y vg/data-nightly-20260301T020000Z
END
said='is 91.20% full'
check 'a night with a mirror at another host, and a history' 6 --dry-run --size 1G \
	--mirror 'host:/m x' --history "$history" --rsync-options -z /dev/vg/data
sed -i 's| --names-cache [^ ]*||' "$scratch/want"
check 'the same without the names cache' 6 --dry-run --size 1G --no-names-cache \
	--mirror 'host:/m x' --history "$history" --rsync-options -z /dev/vg/data
printf 'VOLUME=vg/data\nNAMES_CACHE=no\n' >"$scratch/conf"
check 'the same by configuration' 6 --dry-run --size 1G --config "$scratch/conf" \
	--mirror 'host:/m x' --history "$history" --rsync-options -z
printf 'VOLUME=vg/data\nNAMES_CACHE=maybe\n' >"$scratch/conf"
refuses 'half a names cache' 'neither yes nor no: maybe' --config "$scratch/conf" \
	--mirror "$mirror" --size 1G

# Snapshots that are no use.
sed -i 's/sri-a/sri-I/' "$scratch/lvm/data-nightly-20260301T020000Z.lv"
said='FULL RSYNC of vg/data to host:/m x: the snapshot vg/data-nightly-20260301T020000Z ran full'
cat >"$scratch/want" <<'END'
lvcreate -q -y -s -p r -n data-nightly-NOW --addtag lscow_nightly --addtag lscow_nightly.8 -L 1G vg/data
mount -o ro,nosuid,nodev,noexec /dev/vg/data-nightly-NOW @/state/vg-data/new
rsync -aHAX --modify-window=-1 --no-human-readable --stats --delete --force @/state/vg-data/new/ 'host:/m x/'
# compare with host:/m x, and send anew what differs yet
umount @/state/vg-data/old
umount @/state/vg-data/new
lvremove -q -f -y vg/data-nightly-20260301T020000Z
END
check 'a snapshot that ran full' 5 --dry-run --size 1G --mirror 'host:/m x' vg/data

said='is being merged into it'
: >"$scratch/want"
echo 'data - uuid-data Owi-aos--- - -' >"$scratch/lvm/data.lv"
check 'a merge' 1 --dry-run --size 1G --mirror 'host:/m x' vg/data
said='no volume vg/none'
check 'no such volume' 1 --dry-run --size 1G --mirror 'host:/m x' vg/none

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
