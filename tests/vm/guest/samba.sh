#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Three nights of lscow-nightly, then a Samba server that shows the volume with
# the history, and a client that asks for previous versions.
# Disks: the physical volume, a disk for the history.

# shellcheck source=/dev/null
. /guest/lib.sh

volume=/srv/data versions=/srv/versions

client() {
	smbclient -N -s /tmp/smb.conf //127.0.0.1/data -c "$1" 2>&1
}

# expect WHAT FILE TEXT
expect() {
	[ "$(cat "$2")" = "$3" ] || die "$1: $(cat "$2")"
	echo "ok: $1"
}

night() {
	status=0
	lscow-nightly --size 8m --history "$versions/data" --state /tmp/state vg/data || status=$?
	[ "$status" = 0 ] || die "the night ends with $status"
	# Versions have names by the second.
	sleep 1.1
}

make_group /dev/vda 1m
mkdir -p "$volume" "$versions"
lvcreate -q -y -n data -L 48m vg >/dev/null
mke2fs -q -t ext4 /dev/vg/data
mount -t ext4 /dev/vg/data "$volume"
mke2fs -q -F -t ext4 /dev/vdb
mount -t ext4 /dev/vdb "$versions"
mkdir "$versions/data" "$volume/plans"
chmod 755 "$versions" "$versions/data"

echo 'the first plan' >"$volume/plans/plan.txt"
echo 'never changed' >"$volume/plans/other.txt"
echo 'to be deleted' >"$volume/gone.txt"
night
echo 'the second plan' >"$volume/plans/plan.txt"
night
first=$(ls "$versions/data")
rm "$volume/gone.txt"
mv "$volume/plans" "$volume/ideas"
echo 'the third plan' >"$volume/ideas/plan.txt"
night
for second in "$versions"/data/@*; do :; done
second=${second##*/}
ls -R "$versions/data" >&2

ip link set lo up
echo 'nobody:x:65534:65534:nobody:/:/bin/false' >>/etc/passwd
echo 'nogroup:x:65534:' >>/etc/group
mkdir -p /run/samba /tmp/samba
# What docs/samba.md shows, on a share for guests.
cat >/tmp/smb.conf <<END
[global]
	server role = standalone server
	workgroup = TEST
	security = user
	map to guest = bad user
	guest account = nobody
	disable netbios = yes
	load printers = no
	interfaces = lo
	bind interfaces only = yes
	private dir = /tmp/samba
	lock directory = /tmp/samba
	state directory = /tmp/samba
	cache directory = /tmp/samba
	pid directory = /run/samba
	ncalrpc dir = /tmp/samba/ncalrpc
	log file = /tmp/samba/log

[data]
	path = $volume
	guest ok = yes
	read only = no
	vfs objects = shadow_copy2
	shadow:snapdir = $versions/data
	shadow:basedir = $volume
	shadow:format = @GMT-%Y.%m.%d-%H.%M.%S
	shadow:sort = desc
	shadow:localtime = no
	shadow:fixinodes = yes
END
mkdir -p /var/log/samba
smbd -D -s /tmp/smb.conf
tries=0
until client 'ls' >/tmp/listing; do
	tries=$((tries + 1))
	[ "$tries" -lt 30 ] || die "no answer from smbd: $(cat /tmp/listing /tmp/samba/log*)"
	sleep 1
done

cd /tmp || exit
# It names all versions of the share, and complains where the file has none.
client 'allinfo ideas/plan.txt' >/tmp/listing
for version in "$first" "$second"; do
	grep -q "pathinfo($version.* failed: NT_STATUS_OBJECT_NAME_NOT_FOUND" /tmp/listing ||
		die "a version under a name that it did not have: $(cat /tmp/listing)"
done
echo 'ok: no versions under the new name of a folder'
client "ls $first/plans/*" >/tmp/listing || die "$(cat /tmp/listing)"
grep -q plan.txt /tmp/listing || die "the folder of the first night: $(cat /tmp/listing)"
echo 'ok: a folder that was renamed shows in its version'
client "get $second/gone.txt /tmp/got" >/tmp/listing || die "$(cat /tmp/listing)"
expect 'a deleted file' /tmp/got 'to be deleted'
# Samba 4.17 opens a file only if its folder is there today, too.
mkdir "$volume/plans"
client "get $first/plans/plan.txt /tmp/got" >/tmp/listing || die "$(cat /tmp/listing)"
expect 'the version of the first night' /tmp/got 'the first plan'
client "get $second/plans/plan.txt /tmp/got" >/tmp/listing || die "$(cat /tmp/listing)"
expect 'the version of the second night' /tmp/got 'the second plan'

# A file that stays where it is lists all its versions.
mv -T "$volume/ideas" "$volume/plans"
client 'allinfo plans/plan.txt' >/tmp/listing
cat /tmp/listing >&2
for version in "$first" "$second"; do
	grep -q "^$version" /tmp/listing || die "no version $version"
done
! grep -q 'pathinfo(.* failed' /tmp/listing || die 'a version is not there'
echo 'ok: allinfo tells of both versions'
client 'allinfo plans/other.txt' >/tmp/listing
[ "$(grep -c 'pathinfo(.* failed' /tmp/listing)" = 1 ] || die "$(cat /tmp/listing)"
grep -q "pathinfo($first.* failed" /tmp/listing || die "$(cat /tmp/listing)"
echo 'ok: a file that moved with its folder has the version of that night only'

kill "$(cat /run/samba/smbd.pid)"
cd /
umount "$volume" "$versions"
