#!/bin/sh
# Install or update the locker on this machine:  sudo systemd/install.sh [SITE.toml]
# Run it again as often as you like: it changes only what is different and never touches the data.
set -eu

HOME_OF_CODE=/opt/locker
HERE=$(cd "$(dirname "$0")/.." && pwd)
SITE=${1:-}
changed=

say() { echo "install: $*"; }
stop() { echo "install: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || stop "please run it with sudo"
[ -z "$SITE" ] || [ -r "$SITE" ] || stop "$SITE cannot be read"
command -v apt-get > /dev/null || stop "this script is for Debian and Raspberry Pi OS"

put() { # MODE SOURCE TARGET: copy when different
	cmp -s "$2" "$3" 2> /dev/null && return 0
	install -D -m "$1" "$2" "$3"
	say "wrote $3"
	changed=1
}

is_installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2> /dev/null | grep -q '^ii'; }

add() { # PACKAGE...
	missing=
	for package in "$@"; do
		is_installed "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "system packages:$missing"
	# shellcheck disable=SC2086  the list is words
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing > /dev/null
}

add_if_offered() { # PACKAGE WHY: Raspberry Pi OS has packages that Debian has not
	is_installed "$1" && return 0
	if apt-cache show "$1" > /dev/null 2>&1; then add "$1"; else say "no $1 here: $2"; fi
}

packages() {
	apt-get -qq update || say "apt-get update failed, going on with the lists that are there"
	add python3-venv fonts-noto-core fonts-noto-cjk cage seatd xwayland chromium
	# Its package has one name in Debian 12 and another one in 13.
	python3 -c 'import ctypes; ctypes.CDLL("libzbar.so.0")' 2> /dev/null || add libzbar0
	# Only a site with a camera on its ribbon needs it.
	if [ -n "$SITE" ] && grep -Eq '^kind *= *"picamera2"' "$SITE"; then
		add_if_offered python3-picamera2 "the camera needs Raspberry Pi OS"
	fi
}

code() {
	[ "$HERE" != "$HOME_OF_CODE" ] || return 0
	mkdir -p "$HOME_OF_CODE"
	for part in locker hardware links api simulator firmware_config systemd docs .ci lockerd pyproject.toml README.md; do
		diff -rq -x __pycache__ "$HERE/$part" "$HOME_OF_CODE/$part" > /dev/null 2>&1 && continue
		# A part goes as a whole, so that no file of an older release stays importable.
		rm -rf "${HOME_OF_CODE:?}/$part"
		cp -R "$HERE/$part" "$HOME_OF_CODE/$part"
		chown -R root:root "$HOME_OF_CODE/$part"
		chmod -R u=rwX,go=rX "$HOME_OF_CODE/$part"
		say "wrote $HOME_OF_CODE/$part"
		changed=1
	done
}

python_packages() {
	venv=$HOME_OF_CODE/.venv
	"$venv/bin/python" -m pip --version > /dev/null 2>&1 || python3 -m venv --clear "$venv"
	if ! cmp -s "$HOME_OF_CODE/pyproject.toml" "$venv/installed.toml"; then
		say "Python packages, this takes a few minutes"
		"$venv/bin/python" -m pip --quiet --disable-pip-version-check install \
			--constraint "$HOME_OF_CODE/.ci/versions.txt" --editable "$HOME_OF_CODE[pi]"
		cp "$HOME_OF_CODE/pyproject.toml" "$venv/installed.toml"
		mkdir -p "$HOME_OF_CODE/bin"
		ln -sfn ../.venv/bin/lockerd "$HOME_OF_CODE/bin/lockerd"
		changed=1
	fi
}

system_files() {
	etc=/etc
	put 644 "$HERE/systemd/sysusers.d/locker.conf" $etc/sysusers.d/locker.conf
	put 644 "$HERE/systemd/tmpfiles.d/locker.conf" $etc/tmpfiles.d/locker.conf
	put 644 "$HERE/systemd/system.conf.d/locker-watchdog.conf" $etc/systemd/system.conf.d/locker-watchdog.conf
	for browser in chromium chromium-browser; do # where its policies stand, under either name
		mkdir -p $etc/$browser/policies/managed
		ln -sfn /run/locker-screen/policy.json $etc/$browser/policies/managed/locker.json
	done
	put 644 "$HERE/firmware_config/udev/60-locker.rules" $etc/udev/rules.d/60-locker.rules
	put 644 "$HERE/firmware_config/udev/90-locker-brltty.rules" $etc/udev/rules.d/90-locker-brltty.rules
	[ -e $etc/udev/rules.d/59-locker-own.rules ] ||
		put 644 "$HERE/firmware_config/udev/59-locker-own.rules" $etc/udev/rules.d/59-locker-own.rules
	for unit in lockerd locker-kiosk locker-clock; do
		put 644 "$HERE/systemd/$unit.service" $etc/systemd/system/$unit.service
	done
	systemd-sysusers
	if [ -n "$SITE" ]; then put 640 "$SITE" $etc/locker/site.toml; fi
	systemd-tmpfiles --create $etc/tmpfiles.d/locker.conf
}

start() {
	if [ ! -e /etc/locker/site.toml ]; then
		say "no site file yet: choose one in firmware_config/sites and run this again with it"
		return 0
	fi
	"$HOME_OF_CODE/.venv/bin/lockerd" check --config /etc/locker/site.toml || stop "the site file has the faults above"
	systemctl --quiet enable locker-clock.service lockerd.service locker-kiosk.service
	[ -d /run/systemd/system ] || { say "installed; systemd is not running here, so nothing was started"; return 0; }
	if [ -z "$changed" ] && systemctl --quiet is-active lockerd.service; then
		say "nothing changed, nothing was restarted"
		return 0
	fi
	systemctl daemon-reload
	udevadm control --reload
	udevadm trigger
	systemctl restart locker-clock.service lockerd.service
	systemctl --no-block restart locker-kiosk.service
	say "running; 'systemctl status lockerd' shows it"
}

packages
code
python_packages
system_files
start
