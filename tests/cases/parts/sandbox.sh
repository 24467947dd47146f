# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# That filesystems are read in a sandbox, and without one where that is asked for.
# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh sets seen

# What is printed is more than a pipe takes, so that lscow can be looked at while it
# waits for a reader.
truncate -s 200M old.img
truncate -s 200M new.img
awk 'BEGIN { for (i = 0; i < 20000; i++) print i * 8192, 512 }' >many.txt
mke2fs -q -t ext4 -b 1024 -O ^has_journal many.img 40000 >/dev/null
mke2fs -q -t ext4 -b 1024 -O ^has_journal few.img 4000 >/dev/null
cp few.img few-new.img
mkfifo pipe

# The field $2 of what the kernel tells of the process $1.
tell_process() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# expect_filters NAME MORE: that lscow, process $pid, has MORE filters than we have.
expect_filters() {
	filters=$(tell_process "$pid" Seccomp_filters)
	privileges=$(tell_process "$pid" NoNewPrivs)
	set -- "$1" "$2" "$(($(tell_process $$ Seccomp_filters) + $2))" \
		"$(($(tell_process $$ NoNewPrivs) | $2))"
	if [ "$filters" = "$3" ] && [ "$privileges" = "$4" ]; then
		report "$1"
	else
		report "$1" "$filters seccomp filters, expected $3" \
			"NoNewPrivs $privileges, expected $4"
	fi
}

# while_printing NAME MORE ARG...
while_printing() {
	printing_name=$1 printing_more=$2
	shift 2
	"$LSCOW" "$@" >pipe &
	pid=$!
	exec 3<pipe
	head -c 1 <&3 >/dev/null
	expect_filters "$printing_name" "$printing_more"
	cat <&3 >/dev/null
	exec 3<&-
	wait "$pid" || report "$printing_name: end" "exit code $?"
}

# while_reading NAME MORE ARG...: it has standard input, and waits for that. What it
# gives up comes before; that it gives up nothing cannot be seen here.
while_reading() {
	reading_name=$1 reading_more=$2
	shift 2
	"$LSCOW" "$@" <pipe &
	pid=$!
	exec 3>pipe
	tries=0
	while [ "$(tell_process "$pid" Seccomp_filters)" = "$(tell_process $$ Seccomp_filters)" ] &&
		[ "$tries" -lt $((reading_more * 600)) ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	expect_filters "$reading_name" "$reading_more"
	exec 3>&-
	wait "$pid" || report "$reading_name: end" "exit code $?"
}

if [ "${LSCOW_HAS_SECCOMP:-yes}" = yes ]; then
	more=1
	no_sandbox=
else
	more=0
	no_sandbox='lscow: no sandbox: built without seccomp'
fi

if [ -n "${LSCOW_VALGRIND:-}" ]; then
	skip 'sandbox' 'valgrind cannot be in it'
elif [ -z "$(tell_process $$ Seccomp_filters)" ]; then
	skip 'sandbox' 'this kernel does not tell of it'
else
	while_printing 'chunks in the sandbox' "$more" \
		chunks --old old.img --new new.img --changes ranges:many.txt
	while_printing 'owner in the sandbox' "$more" owner many.img 1-39999
	while_reading 'files in the sandbox' "$more" \
		files --old few.img --new few-new.img --changes ranges:-
	while_printing 'chunks without it' 0 \
		chunks --old old.img --new new.img --changes ranges:many.txt --no-sandbox
	while_printing 'owner without it' 0 owner many.img 1-39999 --no-sandbox

	: >"$seen/out.want"
	printf %s "${no_sandbox:+$no_sandbox
}" >"$seen/err.want"
	run "$LSCOW" chunks --old few.img --new few-new.img --changes ranges:/dev/null --progress
	check 'progress tells where there is none' 0
fi

prints 'files without it' 0 files --old few.img --new few-new.img --no-sandbox </dev/null
rm -f pipe old.img new.img many.img many.txt few.img few-new.img
