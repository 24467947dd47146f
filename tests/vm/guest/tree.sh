#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# A small file tree like that of a server, and a day's work on it; in the
# guest it is /guest/tree.sh, to be sourced after lib.sh.

# make_tree: about 500 files in the current folder.
make_tree() {
	mkdir -p etc/apt etc/ssh etc/cron.d etc/network etc/ssl/certs \
		home/anna/Documents/letters home/anna/Pictures home/anna/.config/editor \
		home/bert/src/tool/lib home/bert/src/tool/doc home/bert/Mail \
		var/log var/spool/cron var/lib/db srv/www/static srv/www/empty \
		srv/mail/cur srv/mail/new tmp usr/share/doc
	# One process writes them all: a new process is slow without KVM.
	awk '
	function text(path, lines, i) {
		for (i = 1; i <= lines; i++)
			printf "%s: line %d of %d\n", path, i, lines >path
		close(path)
	}
	function many(pattern, count, lines, i) {
		for (i = 1; i <= count; i++)
			text(sprintf(pattern, i), (i * lines) % 97 + 1)
	}
	BEGIN {
		many("etc/service%d.conf", 30, 13)
		many("etc/apt/source%d.list", 5, 3)
		many("etc/ssh/key%d.pub", 4, 1)
		many("etc/cron.d/job%d", 6, 5)
		many("etc/ssl/certs/authority%02d.pem", 40, 29)
		many("home/anna/Documents/report %d.txt", 25, 61)
		many("home/anna/Documents/letters/letter-%d.txt", 30, 17)
		many("home/anna/Pictures/picture%d.svg", 20, 89)
		many("home/anna/.config/editor/setting%d", 8, 7)
		many("home/bert/src/tool/file%d.c", 25, 71)
		many("home/bert/src/tool/lib/part%d.c", 20, 53)
		many("home/bert/src/tool/doc/page%d.md", 12, 37)
		many("home/bert/Mail/folder%d", 6, 83)
		many("srv/www/static/page%d.html", 30, 43)
		many("usr/share/doc/package%d", 30, 19)
		text("var/log/syslog", 900)
		text("var/log/syslog.1", 700)
		text("var/log/auth.log", 300)
		text("var/lib/db/table", 40000)
		text("var/lib/db/journal", 500)
		text("var/lib/db/export", 36000)
		# Enough long names for an indexed directory.
		many("srv/mail/cur/1762336800.M%06dP1234.mail.example.org:2,S", 180, 1)
		many("srv/mail/new/1762336800.M%06dP5678.mail.example.org", 12, 3)
	}'
	: >srv/www/static/.htaccess
	: >var/lib/db/lock

	# Names that trip a careless reader.
	write_text "home/anna/Documents/name with  spaces" 5
	write_text "home/anna/Documents/$(printf 'two\nlines')" 5
	write_text "home/anna/Documents/#leading-hash" 5
	write_text "home/anna/Documents/;leading-semicolon" 5
	write_text "home/anna/Documents/-leading-dash" 5
	write_text "home/anna/Documents/$(printf 'not-utf8-\351\377')" 5
	write_text "home/anna/Documents/$(printf 'gr\303\274n \342\200\224 \346\226\207')" 5
	write_text "home/anna/Documents/back\\slash \"quote\" -> arrow" 5
	write_text "home/anna/Documents/$(printf '%0255d' 0)" 5

	ln -s service1.conf etc/default.conf
	ln -s ../../../../srv/www/static home/anna/Documents/site
	ln -s "$(printf '/a/long/target%0100d' 0)" etc/long-link
	ln -s missing etc/dangling
	ln etc/service2.conf etc/ssh/service2-again.conf
	ln 'home/anna/Documents/report 3.txt' home/bert/shared-report.txt
	ln 'home/anna/Documents/report 3.txt' srv/www/shared-report.txt
	mknod tmp/null c 1 3
	mknod tmp/loop b 7 0
	mknod tmp/pipe p
	truncate -s 1M var/lib/db/sparse
	printf 'in the middle' |
		dd of=var/lib/db/sparse bs=1 seek=524288 conv=notrunc status=none

	chown -R 1000:1000 home/anna
	chown -R 1001:1001 home/bert
	chmod 600 etc/ssh/* home/bert/Mail/*
	chmod 1777 tmp
	chmod 4755 usr/share/doc/package1
	setfacl -m u:1001:r-- etc/service3.conf
	setfacl -d -m g:1000:rwx home/anna/Documents/letters
	setfattr -n user.comment -v 'as it was' etc/service4.conf
	setfattr -n user.long -v "$(printf '%0300d' 7)" etc/service5.conf
	setfattr -n user.origin -v 'camera' home/anna/Pictures/picture1.svg
	chattr +d etc/service6.conf
	find . -type f -exec touch -d '2025-11-05 10:00' {} +
	find . -type d -exec touch -d '2025-11-05 11:00' {} +
}

# change_tree: a day's work in the current folder.
change_tree() {
	# In place.
	printf 'setting = changed\n' |
		dd of=etc/service1.conf conv=notrunc status=none
	printf 'A PAGE OF THE TABLE' |
		dd of=var/lib/db/table bs=1 seek=700000 conv=notrunc status=none
	for page in 3 40 41 42 200; do
		awk -v page="$page" 'BEGIN {
			for (i = 0; i < 64; i++)
				printf "page %06d, new entry %042d\n", page, i
		}' | dd of=var/lib/db/table bs=4096 seek="$page" conv=notrunc status=none
	done
	# A whole file, more exceptions than one metadata area of 4 KiB holds.
	sed 's/line/LINE/' var/lib/db/export >/tmp/export
	dd if=/tmp/export of=var/lib/db/export bs=64K conv=notrunc status=none
	printf 'a hole filled' |
		dd of=var/lib/db/sparse bs=1 seek=100000 conv=notrunc status=none
	# The same bytes again: no change, but the block is written.
	dd if=etc/service9.conf of=/tmp/same status=none
	dd if=/tmp/same of=etc/service9.conf conv=notrunc status=none
	touch -d '2025-11-05 10:00' etc/service9.conf

	# As an editor saves: a new file renamed over the old one.
	for name in etc/service7.conf home/bert/src/tool/file3.c \
		home/bert/src/tool/lib/part4.c; do
		sed 's/line 1 /LINE 1 /' "$name" >"$name.new"
		mv "$name.new" "$name"
	done
	# The same content saved again.
	cp -p etc/service8.conf etc/service8.conf.new
	mv etc/service8.conf.new etc/service8.conf

	# Appended, truncated, emptied.
	printf 'one more line\n' >>home/bert/Mail/folder2
	i=0
	while [ $i -lt 20 ]; do
		printf 'May %d something happened\n' $i >>var/log/syslog
		i=$((i + 1))
	done
	truncate -s 100 'home/anna/Documents/report 5.txt'
	: >var/lib/db/journal
	truncate -s 300K var/lib/db/sparse

	# Logs turned over.
	mv var/log/syslog.1 var/log/syslog.2
	mv var/log/syslog var/log/syslog.1
	write_text var/log/syslog 20

	# Mail read, deleted and come in.
	for name in srv/mail/new/*; do
		mv "$name" "srv/mail/cur/${name##*/}:2,S"
	done
	rm srv/mail/cur/1762336800.M0000[1-4]?P1234.*
	for number in 1 2 3 4 5 6; do
		write_text "srv/mail/new/1762340400.M00000${number}P9999.mail.example.org" 4
	done

	# New.
	mkdir -p home/anna/Documents/2026/march/week1 srv/www/new/deep/tree
	write_text home/anna/Documents/2026/march/week1/plan 60
	write_text "home/anna/Documents/2026/$(printf 'new\nname')" 3
	write_text 'home/anna/Documents/#new-hash' 3
	write_text srv/www/new/deep/tree/index.html 200
	ln -s plan home/anna/Documents/2026/march/week1/link
	mknod tmp/zero c 1 5

	# Gone.
	rm usr/share/doc/package7 usr/share/doc/package8 etc/dangling
	rm "home/anna/Documents/$(printf 'two\nlines')"
	rm -r home/bert/src/tool/doc
	rmdir srv/www/empty
	rm home/bert/shared-report.txt

	# Gone and come again under the same name, as another kind of thing too.
	rm etc/cron.d/job1
	write_text etc/cron.d/job1 4
	rm etc/cron.d/job2
	mkdir etc/cron.d/job2
	write_text etc/cron.d/job2/part 2
	rm etc/default.conf
	ln -s service3.conf etc/default.conf

	# Moved: a file, a file elsewhere, two that swap names, folders.
	mv usr/share/doc/package2 usr/share/doc/package2.old
	mv home/anna/Pictures/picture9.svg srv/www/static/logo.svg
	mv etc/service11.conf etc/swap
	mv etc/service12.conf etc/service11.conf
	mv etc/swap etc/service12.conf
	mv home/anna/Documents/letters home/anna/Documents/post
	mv srv/www/static srv/www/public
	mv home/bert/src/tool/file5.c home/bert/src/tool/lib/file5.c
	printf 'and changed\n' >>home/bert/src/tool/lib/file5.c

	# Only the metadata.
	chmod 640 etc/service13.conf
	chown 33:33 srv/www/public/page1.html
	touch -d '2026-01-01 12:00' etc/service14.conf
	chmod 700 home/anna/.config
	setfacl -m u:1000:rw- etc/service15.conf
	setfattr -n user.comment -v 'as it is now' etc/service4.conf
	setfattr -x user.long etc/service5.conf
	setfattr -n user.note -v 'on a folder' home/anna/Pictures
	chattr +A etc/service16.conf

	# Links.
	ln etc/service17.conf etc/ssh/service17-again.conf
	ln etc/ssl/certs/authority05.pem etc/ssl/certs/alias.pem

	# Only looked at.
	cat etc/service20.conf >/dev/null
}
