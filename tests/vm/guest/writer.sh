#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# A writer on the filesystem in /mnt that goes on while other things happen; in
# the guest it is /guest/writer.sh, to be sourced after lib.sh.

# The writer: files that come, grow, are renamed, rewritten and deleted.
write_until_stopped() {
	mkdir -p /mnt/load
	round=0
	while [ ! -e /tmp/stop ]; do
		round=$((round + 1))
		name=/mnt/load/file$((round % 17))
		write_text "$name" $((round % 50 + 10))
		printf 'round %d\n' "$round" >>/mnt/load/log
		case $((round % 4)) in
		0) mv "$name" "$name.kept" ;;
		1) printf 'in place' | dd of="$name" bs=1 seek=30 conv=notrunc status=none ;;
		2) rm "$name" ;;
		3) sync "$name" ;;
		esac
		printf '%d\n' "$round" >/tmp/round
		sleep 0.03
	done
}

# Lets the writer do some more, for as long as it takes.
let_it_write() {
	goal=$(($(cat /tmp/round) + $1))
	while [ "$(cat /tmp/round)" -lt "$goal" ]; do
		sleep 0.1
	done
}

start_writer() {
	echo 0 >/tmp/round
	write_until_stopped &
	writer=$!
}

stop_writer() {
	: >/tmp/stop
	wait "$writer"
	rm /tmp/stop
}
