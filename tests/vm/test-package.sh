#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# The Debian packages: their dependencies exist and are enough, they install, work,
# and leave nothing behind when they are purged.
#
# LSCOW_PACKAGES is the folder with the packages of tools/package.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/test-lib.sh"

root=$(cd "$here/../.." && pwd)
packages=${LSCOW_PACKAGES:-$root/build/package}

set -- "$packages"/*.deb
[ -e "$1" ] || skip "no packages in $packages: tools/package makes them"
for program in apt-get apt-cache dpkg dpkg-deb dpkg-query dpkg-split ldconfig \
	pkg-config start-stop-daemon; do
	PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null ||
		skip "no program $program"
done
PATH=$PATH:/usr/sbin:/sbin
need_machine "$here/boot"
directory=$(make_directory)
remove_at_exit "$directory"

# Prints the names in a field, such as Depends, of all packages but our own.
list_names() {
	for package in "$packages"/*.deb; do
		dpkg-deb -f "$package" "$1"
		echo
	done | tr ',|' '\n' | sed 's/([^)]*)//; s/:any//; s/[[:space:]]//g' |
		sed '/lscow/d; /^$/d' | sort -u
}

# ---- what the packages say of others --------------------------------------

apt-get -q --simulate -o Debug::NoLocking=true install "$packages"/*.deb \
	>"$directory/simulation" 2>&1 || {
	cat "$directory/simulation" >&2
	fail 'the dependencies cannot be satisfied'
}
for name in $(list_names Depends) $(list_names Recommends) $(list_names Suggests); do
	apt-cache show "$name" >/dev/null 2>&1 || fail "there is no package $name"
done
printf 'ok: the archive has what the packages ask for\n'

# What lscow.pc requires is asked for by pkg-config --cflags as well.
for package in "$packages"/*.deb; do
	dpkg-deb -x "$package" "$directory/unpacked"
done
requires=$(sed -n 's/^Requires[.a-z]*://p' "$directory"/unpacked/usr/lib/*/pkgconfig/lscow.pc)
list_names Depends >"$directory/depends"
for module in $requires; do
	file=$(pkg-config --variable=pcfiledir "$module")/$module.pc
	owner=$(dpkg-query -S "*${file#/usr}" | sed 's/:.*//')
	grep -qx "$owner" "$directory/depends" ||
		fail "lscow.pc requires $module, and no package depends on $owner"
done
printf 'ok: the packages depend on what lscow.pc requires\n'

# ---- a machine in which they are installed ---------------------------------

# dpkg's idea of that machine: it has what the packages depend on, in the versions
# that are installed here.
mkdir -p "$directory/dpkg/info" "$directory/dpkg/updates" "$directory/dpkg/triggers"
while read -r name; do
	dpkg-query -s "$name" 2>/dev/null || :
	echo
done <"$directory/depends" >"$directory/dpkg/status"

"$root/testimages/unpack" lvm-4k "$directory/image"
rm "$directory/image/view.img"
"$LSCOW" files --origin "$directory/image/origin.img" \
	--cow "$directory/image/store.img" >"$directory/image/expected"

cat >"$directory/script" <<'SCRIPT'
fail() {
	echo "$1" >&2
	exit 1
}

list_tree() {
	find / -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o \
		-path /run -prune -o -path /tmp -prune -o \
		-path /var/lib/dpkg -prune -o -print | sort
}

# dpkg asks for the whole of a database.
: >/var/lib/dpkg/available
list_tree >/tmp/before
dpkg --install /packages/*.deb >/tmp/log 2>&1 || {
	cat /tmp/log >&2
	fail 'the packages cannot be installed'
}
for package in lscow liblscow0 liblscow-dev; do
	state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package")
	[ "$state" = 'ii ' ] || fail "$package: '$state'"
	dpkg-query -L "$package" | while read -r path; do
		[ -e "$path" ] || fail "$package: $path is not there"
	done
done
echo 'ok: the packages install'

cd /image
[ "$(lscow --version)" = "lscow $(cat /image/version)" ] ||
	fail "the version is $(lscow --version)"
lscow files --origin origin.img --cow store.img >/tmp/list
cmp expected /tmp/list || fail 'the list differs'
lscow-nightly --help >/tmp/log || fail 'lscow-nightly does not run'
# As it would leave its state.
mkdir -p /var/lib/lscow/vg-data
: >/var/lib/lscow/vg-data/state
echo 'ok: what is installed works'

dpkg --remove lscow >/tmp/log 2>&1 || fail "$(cat /tmp/log)"
dpkg-query -W -f '${Conffiles}\n' lscow | sed '/^$/d' >/tmp/conffiles
[ -s /tmp/conffiles ] || fail 'there are no conffiles'
while read -r path rest; do
	[ -e "$path" ] || fail "$path went with dpkg --remove"
done </tmp/conffiles
[ -e /var/lib/lscow/vg-data/state ] || fail 'the state went with dpkg --remove'
dpkg --purge lscow liblscow-dev liblscow0 >/tmp/log 2>&1 || fail "$(cat /tmp/log)"
list_tree >/tmp/after
diff /tmp/before /tmp/after | sed -n 's/^> //p' >/tmp/left
[ ! -s /tmp/left ] || fail "left behind: $(cat /tmp/left)"
if dpkg-query -W '*lscow*' >/dev/null 2>&1; then
	fail 'dpkg still knows a package'
fi
echo 'ok: nothing is left behind'
SCRIPT

dpkg-deb -f "$packages"/liblscow0_*.deb Version >"$directory/image/version"
mkdir "$directory/packages"
cp "$packages"/*.deb "$directory/packages"

set -- --file "$directory/packages:/packages" --file "$directory/image:/image" \
	--file "$directory/dpkg:/var/lib/dpkg"
for program in dpkg dpkg-deb dpkg-query dpkg-split ldconfig start-stop-daemon; do
	set -- "$@" --file "$(command -v "$program"):/bin/$program"
done
# The libraries that the packages ask for, but not the one that they bring.
ours=$(dirname "$directory"/unpacked/usr/lib/*/liblscow.so.0)
for library in $(LD_LIBRARY_PATH=$ours ldd "$directory/unpacked/usr/bin/lscow" |
	sed -n 's|.*=> \(/[^ ]*\) (.*|\1|p'); do
	case $library in
	"$directory"/*) ;;
	*) set -- "$@" --file "$library:$library" ;;
	esac
done
status=0
"$here/boot" --memory 1024 "$@" "$directory/script" || status=$?
[ "$status" = 0 ] || fail "in the machine (status $status)"
