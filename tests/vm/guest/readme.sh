#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# readme.sh KIND: types the commands of the README's nights on a thick or thin
# volume (/readme/KIND), and prints them with what they print.
# Disks: the physical volume, the backups.

# shellcheck source=/dev/null
. /guest/lib.sh

kind=$1

# example_files FOLDER
example_files() {
	mkdir -p "$1/photos/2025" "$1/accounts"
	echo 'Monday: 12 visitors' >"$1/diary.txt"
	echo 'nothing of note' >"$1/old.log"
	echo 'sesame' >"$1/accounts/secret.txt"
	for number in 1 2 3 4 5 6 7 8 9; do
		dd if=/dev/urandom of="$1/photos/2025/beach$number.jpg" bs=100k count=1 status=none
	done
}

# type_command COMMAND: as at a terminal, in this shell: cd stays. That it failed
# shows in what is printed.
type_command() {
	printf '# %s\n' "$1"
	eval "$1" 2>&1 </dev/null || :
}

# type_file FILE: lines that begin with "# ", and those that go on after a \.
type_file() {
	command=
	while IFS= read -r line <&3; do
		case $command$line in
		'# '*)
			command=$command${command:+$newline}$line
			case $line in
			*\\) continue ;;
			esac
			type_command "${command#??}"
			command=
			;;
		esac
	done 3<"$1"
}

newline='
'
make_group /dev/vda 1m
mkdir -p /srv /backup /mnt /home
mke2fs -q -F -t ext4 /dev/vdb
mount -t ext4 /dev/vdb /backup
rmdir /backup/lost+found
ln -sf "$(command -v mke2fs)" /usr/sbin/mkfs.ext4
if [ "$kind" = thick ]; then
	lvcreate -q -y -n data -L 500M vg >/dev/null
	mke2fs -q -t ext4 /dev/vg/data
	mount -t ext4 /dev/vg/data /srv
	example_files /srv
else
	example_files /home
fi
type_file "/readme/$kind"
