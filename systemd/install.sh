#!/bin/sh
# Install or update the locker where its Debian package cannot be used:  sudo systemd/install.sh [SITE.toml]
#   --no-packages   the system packages below are there already; for distributions without apt
#   --uninstall     take the code away; site file, data and users stay
# Run it again as often as you like: it changes only what is different and never touches the data. What runs is never
# changed: a release gets a folder of its own, and one link is switched when everything in it is ready.
set -eu

LINK=/opt/locker
RELEASES=/opt/locker-releases
ETC=/etc
SITE_FILE=$ETC/locker/site.toml
UNITS="locker-clock.service lockerd.service locker-kiosk.service locker-update.service"
CODE="locker hardware links api simulator lockerd firmware_config systemd docs"
HERE=$(cd "$(dirname "$0")/.." && pwd)

site= wanted=install with_packages=yes changed= judged=
for word in "$@"; do
	case "$word" in
	--no-packages) with_packages= ;;
	--uninstall) wanted=uninstall ;;
	-*) echo "install: $word is no option; they stand at the top of this file" >&2 && exit 1 ;;
	*) site=$word ;;
	esac
done

say() { echo "install: $*"; }
stop() { echo "install: $*" >&2; exit 1; }
runs() { [ -d /run/systemd/system ]; }

put() { # MODE SOURCE TARGET: copy when different
	cmp -s "$2" "$3" 2> /dev/null && return 0
	install -D -m "$1" "$2" "$3"
	say "wrote $3"
	changed=1
}

# --- system packages ------------------------------------------------------------------------------

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
	[ -n "$with_packages" ] || return 0
	command -v apt-get > /dev/null ||
		stop "no apt here: install python3 with venv, zbar, cage, seatd, xwayland, chromium and Noto fonts, then run this with --no-packages"
	apt-get -qq update || say "apt-get update failed, going on with the lists that are there"
	add python3-venv fonts-noto-core fonts-noto-cjk cage seatd xwayland chromium espeak-ng rsync openssh-client
	# Its package has one name in Debian 12 and another one in 13.
	python3 -c 'import ctypes; ctypes.CDLL("libzbar.so.0")' 2> /dev/null || add libzbar0
	# Only a site with a camera on its ribbon needs it.
	if [ -n "$site" ] && grep -Eq '^kind *= *"picamera2"' "$site"; then
		add_if_offered python3-picamera2 "the camera needs Raspberry Pi OS"
	fi
}

# --- a release: Python packages, then code; each in a folder that is named after what is in it ----------------

digest() { cut -c1-12; }

python_packages() { # leaves its folder in $environment
	requirements=$(mktemp)
	python3 - "$HERE/pyproject.toml" > "$requirements" <<- 'PYTHON'
		import sys, tomllib
		project = tomllib.load(open(sys.argv[1], "rb"))["project"]
		print("\n".join(project["dependencies"] + project["optional-dependencies"]["pi"]))
	PYTHON
	name=$({ cat "$requirements" "$HERE/.ci/versions.txt" && python3 --version; } | sha256sum | digest)
	environment=$RELEASES/packages-$name
	if [ ! -e "$environment/complete" ]; then
		say "Python packages, this takes a few minutes"
		rm -rf "$environment" # begun and never finished, so nothing runs from it
		python3 -m venv --system-site-packages "$environment"
		"$environment/bin/python" -m pip --quiet --disable-pip-version-check install --ignore-installed \
			--constraint "$HERE/.ci/versions.txt" --requirement "$requirements" ||
			{ rm -rf "$environment" "$requirements" && stop "the Python packages cannot be had; nothing was changed"; }
		touch "$environment/complete"
	fi
	rm -f "$requirements"
}

code() { # leaves its folder in $release
	name=$(cd "$HERE" && find $CODE -type f ! -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z |
		xargs -0 sha256sum | { cat && echo "$environment"; } | sha256sum | digest)
	release=$RELEASES/code-$name
	[ ! -e "$release/complete" ] || return 0
	rm -rf "$release"
	mkdir -p "$release/bin"
	for part in $CODE; do cp -R "$HERE/$part" "$release/$part"; done
	find "$release" -name __pycache__ -prune -exec rm -rf {} +
	for command in lockerd:lockerd locker-sim:simulator.__main__; do
		cat > "$release/bin/${command%%:*}" <<- SCRIPT
			#!$environment/bin/python
			import os, sys
			sys.path[:0] = ["$release"]
			os.environ["PYTHONPATH"] = "$release"  # the child that looks at pictures is a Python of its own
			from ${command#*:} import main
			sys.exit(main())
		SCRIPT
	done
	chown -R root:root "$release"
	chmod -R u=rwX,go=rX "$release"
	chmod 755 "$release"/bin/* "$release/systemd/kiosk-browser"
	touch "$release/complete"
	say "wrote $release"
}

# --- switching to it ------------------------------------------------------------------------------

check_site() {
	[ -n "$site" ] || [ ! -e "$SITE_FILE" ] || site=$SITE_FILE
	[ -n "$site" ] || return 0
	"$release/bin/lockerd" check --config "$site" || stop "$site has the faults above; nothing was changed"
}

wait_until_idle() {
	runs && systemctl --quiet is-active lockerd.service && [ -e "$SITE_FILE" ] || return 0
	"$LINK/bin/lockerd" idle --help > /dev/null 2>&1 || return 0 # a release that cannot say
	say "waiting until nobody is at a door"
	"$LINK/bin/lockerd" idle --seconds "${LOCKER_WAIT_SECONDS:-600}" --config "$SITE_FILE" ||
		stop "nothing was switched; run this again later"
}

judges() { # a locker that runs, and knows how to judge the one that follows it
	runs && [ -L "$LINK" ] && [ -e "$SITE_FILE" ] && systemctl --quiet is-active lockerd.service &&
		"$LINK/bin/lockerd" update --help > /dev/null 2>&1
}

switch() {
	for command in lockerd locker-sim; do ln -sfn "$LINK/bin/$command" "/usr/local/bin/$command"; done
	before=$(readlink "$LINK" || true)
	[ "$before" != "$release" ] || return 0
	if judges; then
		# The version that runs puts the new one in place, and takes it out again if it sees fewer doors.
		"$LINK/bin/lockerd" update "$release" --config "$SITE_FILE" && judged=yes || case $? in
		2) stop "the release of before stays" ;;
		*) say "nobody can judge this update, because the locker says nothing now; it is made all the same" ;;
		esac
		if [ -n "$judged" ]; then
			changed=1
			return 0
		fi
	fi
	if [ -d "$LINK" ] && [ ! -L "$LINK" ]; then # of an installer that knew no releases
		rm -rf "$RELEASES/before"
		mv "$LINK" "$RELEASES/before"
	fi
	ln -sfn "$release" "$LINK.new"
	mv -T "$LINK.new" "$LINK"
	say "$LINK is $release now"
	changed=1
}

system_files() {
	put 644 "$HERE/systemd/sysusers.d/locker.conf" $ETC/sysusers.d/locker.conf
	put 644 "$HERE/systemd/tmpfiles.d/locker.conf" $ETC/tmpfiles.d/locker.conf
	put 644 "$HERE/systemd/system.conf.d/locker-watchdog.conf" $ETC/systemd/system.conf.d/locker-watchdog.conf
	put 644 "$HERE/systemd/journald.conf.d/locker-log.conf" $ETC/systemd/journald.conf.d/locker-log.conf
	for browser in chromium chromium-browser; do # where its policies stand, under either name
		mkdir -p $ETC/$browser/policies/managed
		ln -sfn /run/locker-screen/policy.json $ETC/$browser/policies/managed/locker.json
	done
	for rules in 60-locker 90-locker-brltty; do
		put 644 "$HERE/firmware_config/udev/$rules.rules" $ETC/udev/rules.d/$rules.rules
	done
	[ -e $ETC/udev/rules.d/59-locker-own.rules ] ||
		put 644 "$HERE/firmware_config/udev/59-locker-own.rules" $ETC/udev/rules.d/59-locker-own.rules
	for unit in $UNITS; do
		put 644 "$HERE/systemd/$unit" $ETC/systemd/system/$unit
	done
	systemd-sysusers
	if [ -n "$site" ] && [ "$site" != "$SITE_FILE" ] && ! cmp -s "$site" "$SITE_FILE"; then
		[ ! -e "$SITE_FILE" ] || cp -p "$SITE_FILE" "$SITE_FILE.before"
		put 640 "$site" "$SITE_FILE"
	fi
	systemd-tmpfiles --create $ETC/tmpfiles.d/locker.conf
}

firmware() {
	[ ! -e "$SITE_FILE" ] || python3 -I "$LINK/firmware_config/boot/boot_settings.py" "$SITE_FILE" || true
}

start() {
	if [ ! -e "$SITE_FILE" ]; then
		say "no site file yet: choose one in firmware_config/sites and run this again with it"
		return 0
	fi
	# shellcheck disable=SC2086  the list is words
	systemctl --quiet enable $UNITS
	runs || { say "installed; systemd is not running here, so nothing was started"; return 0; }
	if [ -z "$changed" ] && systemctl --quiet is-active lockerd.service; then
		say "nothing changed, nothing was restarted"
		return 0
	fi
	systemctl daemon-reload
	systemctl try-restart systemd-journald.service # it reads its limits at its start only
	udevadm control --reload
	udevadm trigger
	# shellcheck disable=SC2046  the list is words
	systemctl restart locker-clock.service $([ -n "$judged" ] || echo lockerd.service)
	systemctl --no-block restart locker-kiosk.service
	say "running; 'systemctl status lockerd' shows it"
}

forget_old_releases() { # the present one stays, and the one before it: for the way back
	keep="$release $(readlink -f "${before:-$release}") $(readlink -f "$RELEASES/last-good" || true)"
	for folder in "$RELEASES"/code-*; do
		case " $keep " in *" $folder "*) ;; *) rm -rf "$folder" ;; esac
	done
	for folder in "$RELEASES"/packages-*; do
		grep -qs "^#!$folder/" "$RELEASES"/code-*/bin/lockerd || rm -rf "$folder"
	done
}

uninstall() {
	wait_until_idle
	# shellcheck disable=SC2086  the list is words
	{ ! runs || systemctl --quiet stop $UNITS || true; } && { systemctl --quiet disable $UNITS 2> /dev/null || true; }
	for unit in $UNITS; do rm -f $ETC/systemd/system/$unit; done
	rm -f $ETC/systemd/system.conf.d/locker-watchdog.conf $ETC/systemd/journald.conf.d/locker-log.conf
	rm -f $ETC/sysusers.d/locker.conf $ETC/tmpfiles.d/locker.conf
	rm -f $ETC/udev/rules.d/60-locker.rules $ETC/udev/rules.d/90-locker-brltty.rules
	rm -f $ETC/chromium/policies/managed/locker.json $ETC/chromium-browser/policies/managed/locker.json
	rm -rf "$LINK" "$RELEASES" /usr/local/bin/lockerd /usr/local/bin/locker-sim
	! runs || systemctl daemon-reload
	say "the code is gone; /var/lib/locker, /etc/locker and your own udev names are as they were"
}

[ "$(id -u)" = 0 ] || stop "please run it with sudo"
[ -z "$site" ] || [ -r "$site" ] || stop "$site cannot be read"
if dpkg-query -W -f '${db:Status-Abbrev}' lockerd 2> /dev/null | grep -q '^ii'; then
	stop "the Debian package lockerd is installed here: update it with apt, or remove it first"
fi
if [ "$wanted" = uninstall ]; then
	uninstall
	exit 0
fi
packages
mkdir -p "$RELEASES"
python_packages
code
check_site
wait_until_idle
system_files
switch
firmware
start
forget_old_releases
