#!/bin/sh
# In a mount namespace of its own: what dpkg makes of the package, from the first installation to the purge.
#   package_life.sh ROOT OLD.deb NEW.deb     (says what stands after each step, as KEY: VALUE)
set -eu
root=$1 old=$2 new=$3
mkdir -p "$root"
mount -t tmpfs -o mode=755 above "$root"
mkdir "$root/upper" "$root/work" "$root/top"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/top"
root=$root/top
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/packages"
cp "$old" "$root/packages/old.deb"
cp "$new" "$root/packages/new.deb"
chroot "$root" sh -eu << 'INSIDE'
export DEBIAN_FRONTEND=noninteractive
say() { echo "$1: $2"; }
is() { if [ -e "$1" ] || [ -L "$1" ]; then echo there; else echo gone; fi; }
dpkg --force-depends --install /packages/old.deb > /dev/null 2>&1
say user "$(getent passwd locker | cut -d: -f6)"
say groups "$(id -nG locker | tr ' ' '\n' | sort | tr '\n' ' ')"
say data "$(stat -c '%a %U' /var/lib/locker)"
say enabled "$(ls /etc/systemd/system/multi-user.target.wants | grep -c '^locker')"
say version "$(lockerd --help | head -1 | cut -c1-14)"
mkdir -p /boot/firmware && echo 'dtparam=audio=on' > /boot/firmware/config.txt
cp /opt/locker/firmware_config/sites/cb8a-24.toml /etc/locker/site.toml
chgrp locker /etc/locker/site.toml && chmod 640 /etc/locker/site.toml
say check "$(setpriv --reuid locker --regid locker --init-groups lockerd check --config /etc/locker/site.toml | wc -l)"
echo '# my own adapter' >> /etc/udev/rules.d/59-locker-own.rules
echo parcels > /var/lib/locker/journal
systemctl --quiet disable locker-kiosk.service 2> /dev/null
dpkg --force-depends --force-confdef --force-confold --install /packages/new.deb > /dev/null 2>&1
say purge-question "$(echo GET lockerd/purge-data | debconf-communicate lockerd | cut -d" " -f1)"
say upgraded "$(dpkg-query -W -f '${Version}' lockerd)"
say own-names "$(tail -1 /etc/udev/rules.d/59-locker-own.rules)"
say site-after-upgrade "$(is /etc/locker/site.toml)"
say still-disabled "$(ls /etc/systemd/system/multi-user.target.wants | grep -c '^locker')"
say firmware "$(grep -c '^include locker.txt' /boot/firmware/config.txt) $(cat /boot/firmware/config.txt.before-locker)"
dpkg --remove lockerd > /dev/null 2>&1
say code-after-removal "$(is /opt/locker)"
say command-after-removal "$(is /usr/bin/lockerd)"
say firmware-after-removal "$(cat /boot/firmware/config.txt)"
say data-after-removal "$(cat /var/lib/locker/journal)"
say site-after-removal "$(is /etc/locker/site.toml)"
dpkg --purge lockerd > /dev/null 2>&1
say data-after-purge "$(is /var/lib/locker/journal)"
say site-after-purge "$(is /etc/locker/site.toml)"
say own-names-after-purge "$(is /etc/udev/rules.d/59-locker-own.rules)"
dpkg --force-depends --install /packages/new.deb > /dev/null 2>&1
echo "lockerd lockerd/purge-data boolean true" | debconf-set-selections
dpkg --purge lockerd > /dev/null 2>&1
say data-after-asked-purge "$(is /var/lib/locker)"
say site-after-asked-purge "$(is /etc/locker)"
INSIDE
