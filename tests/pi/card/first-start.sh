#!/bin/sh
# Runs at every start of a card and does only what is missing: keys of this machine, and the two files that an installer
# puts on the card's first partition, which every computer can write: site.toml, authorized_keys (who may log in as root).
set -eu
boot=/boot/firmware

ls /etc/ssh/ssh_host_*_key > /dev/null 2>&1 || ssh-keygen -A
if [ ! -e /etc/locker/site.toml ] && [ -r $boot/site.toml ]; then
	install -m 640 -o root -g locker $boot/site.toml /etc/locker/site.toml
fi
if [ ! -e /root/.ssh/authorized_keys ] && [ -r $boot/authorized_keys ]; then
	install -D -m 600 $boot/authorized_keys /root/.ssh/authorized_keys
fi
