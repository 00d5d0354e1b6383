#!/bin/busybox sh
# The first program of the card: loads what reaches the root, mounts it, and hands over to systemd.
#   root=LABEL=NAME|/dev/…   overlayroot=tmpfs: the root is only read, what changes lies in memory
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run

stop() { echo "init: $1"; ls /dev; exec sh; }

while read -r module; do insmod "/lib/modules/$module" 2> /dev/null; done < /lib/modules/order

root= overlay=
for word in $(cat /proc/cmdline); do
	case $word in
	root=*) root=${word#root=} ;;
	overlayroot=tmpfs) overlay=yes ;;
	esac
done

device= tries=0
while [ -z "$device" ]; do
	case $root in
	LABEL=*) device=$(findfs "$root" 2> /dev/null) ;;
	*) [ -b "$root" ] && device=$root ;;
	esac
	[ -n "$device" ] && break
	tries=$((tries + 1))
	[ $tries -lt 600 ] || stop "no $root"
	sleep 0.1
done

if [ -n "$overlay" ]; then
	mount -t ext4 -o ro "$device" /lower || stop "$device cannot be mounted"
	mount -t tmpfs -o size=256m tmpfs /upper
	mkdir /upper/changes /upper/work
	mount -t overlay -o lowerdir=/lower,upperdir=/upper/changes,workdir=/upper/work overlay /newroot
else
	mount -t ext4 -o rw,noatime "$device" /newroot || stop "$device cannot be mounted"
fi

for hook in /hooks/*.sh; do [ -e "$hook" ] && . "$hook"; done

for place in dev sys proc run; do mount --move "/$place" "/newroot/$place"; done
exec switch_root /newroot /sbin/init
