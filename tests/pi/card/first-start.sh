#!/bin/sh
# Runs at every start of a card and does only what is missing: keys of this machine, and the two files that an installer
# puts on the card's first partition, which every computer can write: site.toml, authorized_keys (who may log in as root).
# What the firmware must know of the site file holds from the next start on, so that one follows at once.
set -eu
boot=/boot/firmware

ls /etc/ssh/ssh_host_*_key > /dev/null 2>&1 || ssh-keygen -A
if [ ! -e /etc/locker/site.toml ] && [ -r $boot/site.toml ]; then
	install -m 640 -o root -g locker $boot/site.toml /etc/locker/site.toml
fi
if [ ! -e /root/.ssh/authorized_keys ] && [ -r $boot/authorized_keys ]; then
	install -D -m 600 $boot/authorized_keys /root/.ssh/authorized_keys
fi
if [ -e /etc/locker/site.toml ] && [ ! -e $boot/locker.txt ]; then
	mount -o remount,rw $boot
	locker-boot-settings /etc/locker/site.toml || true
	mount -o remount,ro $boot || true
	if [ -e $boot/locker.txt ]; then
		systemctl --no-block reboot
		sleep 300 # doors wait for this program
	fi
fi
