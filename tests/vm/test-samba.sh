#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# The history of lscow-nightly as previous versions in Samba, in a virtual machine.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"
# shellcheck source=/dev/null
. "$here/nightly-lib.sh"
PATH=$PATH:/usr/sbin:/sbin

for program in smbd smbclient; do
	command -v "$program" >/dev/null || skip "no program $program"
done
# Samba says where its modules are, if one may not guess.
modules=$(smbd -b | sed -n 's/^ *MODULESDIR: *//p')
[ -e "$modules/vfs/shadow_copy2.so" ] || skip "no $modules/vfs/shadow_copy2.so"
libraries=${modules%/samba}

need_machine "$here/boot"
need_nightly
directory=$(make_directory)
remove_at_exit "$directory"
add_nightly "$directory"
for program in smbd smbclient; do
	add_file "$(command -v "$program"):/usr/bin/$program"
done
add_file "$modules/vfs/shadow_copy2.so:$modules/vfs/shadow_copy2.so"
for helper in samba-dcerpcd rpcd_classic; do
	for file in "$libraries"/samba/"$helper" /usr/libexec/samba/"$helper"; do
		[ ! -e "$file" ] || add_file "$file:$file"
	done
done

truncate -s 200M "$directory/volume" "$directory/versions"
status=0
boot_nightly --memory 1024 --timeout 600 --disk "$directory/volume" \
	--disk "$directory/versions" "$here/guest/samba.sh" || status=$?
[ "$status" = 0 ] || fail "status $status"
