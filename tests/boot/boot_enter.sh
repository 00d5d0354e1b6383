#!/bin/sh
# Inside fresh namespaces: this machine's own files under an overlay, the package installed, the real systemd as process 1.
#   boot_enter.sh ROOT FOLDER     (FOLDER: prepare.sh, which gets ROOT and FOLDER, and data/, where the daemon keeps things)
set -eu
root=$1 folder=$2

mkdir -p "$root" "$folder/data"
mount -t tmpfs -o mode=755 above "$root"
mkdir "$root/upper" "$root/work" "$root/top"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/top"
root=$root/top
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$root/dev"
for node in null zero full random urandom tty; do
	touch "$root/dev/$node"
	mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/console"
for empty in tmp var/tmp run; do mount -t tmpfs -o mode=1777 empty "$root/$empty"; done
chmod 755 "$root/run"
mkdir -p "$root/var/lib/locker" # this must lie on a disk
mount --bind "$folder/data" "$root/var/lib/locker"
sh "$folder/prepare.sh" "$root" "$folder"
cd "$root"
mkdir -p old
pivot_root . old
umount -l old
exec env -i container=locker-boot PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
	--unit=multi-user.target --log-target=journal --show-status=no
