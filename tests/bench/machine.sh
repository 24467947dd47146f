#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Names this machine in one line, with the disk that a folder is on: machine.sh FOLDER

set -eu
export LC_ALL=C

# field NAME: a line of lscpu
field() {
	lscpu | sed -n "s/^$1: *//p"
}

hypervisor=$(field 'Hypervisor vendor')
memory_gib=$(awk '/^MemTotal:/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
device=$(findmnt -n -o SOURCE -T "$1")
disk=$(lsblk -n -d -o SIZE,MODEL "$device" 2>/dev/null | tr -s ' ' | sed 's/^ //; s/ $//') || disk=
printf '%s, %s cores%s, %s GiB of memory, disk %s%s (%s), Linux %s\n' \
	"$(field 'Model name')" "$(nproc)" "${hypervisor:+ ($hypervisor guest)}" "$memory_gib" \
	"${device#/dev/}" "${disk:+ $disk}" "$(findmnt -n -o FSTYPE -T "$1")" "$(uname -r)"
