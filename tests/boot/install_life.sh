#!/bin/sh
# In a mount namespace of its own: what systemd/install.sh makes of a machine, one story after the other.
#   install_life.sh ROOT TREE WHEELS PATH     (says what stands after each step, as KEY: VALUE)
# systemctl and udevadm are the far end: a machine whose systemd says what $stub/active says, and notes what it was told.
set -eu
root=$1 tree=$2 wheels=$3 path=$4
mkdir -p "$root"
mount -t tmpfs -o mode=755 above "$root"
mkdir "$root/upper" "$root/work" "$root/top"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/top"
root=$root/top
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/source" "$root/wheels" "$root/stub"
(cd "$tree" && cp -R locker hardware links api simulator lockerd firmware_config systemd docs .ci pyproject.toml "$root/source/")
mount --bind "$wheels" "$root/wheels"
cat > "$root/stub/systemctl" << 'STUB'
#!/bin/sh
case "$*" in *is-active*) [ -e /stub/active ] ;; *) echo "$*" >> /stub/told ;; esac
STUB
printf '#!/bin/sh\n' > "$root/stub/udevadm"
chmod 755 "$root/stub/systemctl" "$root/stub/udevadm"
export PATH="/stub:$path" PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels HOME=/root
unset PIP_CONFIG_FILE PIP_CONSTRAINT PYTHONPATH 2> /dev/null || true
chroot "$root" sh -u << 'INSIDE'
say() { echo "$1: $2"; }
install() { sh /source/systemd/install.sh --no-packages "$@" > /stub/said 2>&1; echo $?; }
told() { grep -c 'restart .*locker' /stub/told 2> /dev/null || true; }
site=/source/firmware_config/sites/cb8a-24.toml
mkdir -p /run/systemd/system
sed 's/^channel = 1$/channel = 99/' $site > /bad.toml
say bad-first "$(install /bad.toml) $(ls -d /opt/locker /etc/locker/site.toml 2> /dev/null | wc -l)"
say first "$(install $site)"
[ -e /opt/locker/bin/lockerd ] || cat /stub/said >&2
say link "$(readlink /opt/locker | cut -d- -f1-2)"
say restarts-first "$(told)"
say works "$(/opt/locker/bin/lockerd check --config /etc/locker/site.toml | wc -l)"
say mode "$(stat -c '%a %G' /etc/locker/site.toml)"
echo '# my own adapter' >> /etc/udev/rules.d/59-locker-own.rules
echo parcels > /var/lib/locker/journal
touch /stub/active
say again "$(install) $(told)"
good=$(sha256sum < /etc/locker/site.toml) first=$(readlink /opt/locker)
say bad-site "$(install /bad.toml)"
say site-after-bad "$([ "$good" = "$(sha256sum < /etc/locker/site.toml)" ] && echo same)"
say restarts-after-bad "$(told)"
echo '# another release' >> /source/lockerd/main.py
mv "$first/bin/lockerd" /lockerd-real # the daemon, whose visitor is at a door
printf '#!/bin/sh\ncase "$1 $2" in "idle --help") exit 0 ;; "idle --seconds") echo somebody is at A1; exit 1 ;; esac\n' > "$first/bin/lockerd"
chmod 755 "$first/bin/lockerd"
say during-visit "$(install)"
say link-during-visit "$([ "$first" = "$(readlink /opt/locker)" ] && echo same)"
say restarts-during-visit "$(told)"
mv /lockerd-real "$first/bin/lockerd"
say update "$(install)"
say link-after-update "$([ "$first" != "$(readlink /opt/locker)" ] && echo other)"
say old-release "$([ -e "$first/complete" ] && echo there)"
say own-names "$(tail -1 /etc/udev/rules.d/59-locker-own.rules)"
say restarts-after-update "$(told)"
second=$(readlink /opt/locker)
sed -i 's/^segno==.*/segno==999.0/' /source/.ci/versions.txt
say pins-moved "$(install)"
say link-after-pins "$([ "$second" = "$(readlink /opt/locker)" ] && echo same)"
say uninstall "$(install --uninstall)"
say code-after-uninstall "$(ls -d /opt/locker /opt/locker-releases /etc/systemd/system/lockerd.service 2> /dev/null | wc -l)"
say kept "$(cat /var/lib/locker/journal) $(ls /etc/locker/site.toml) $(tail -1 /etc/udev/rules.d/59-locker-own.rules)"
INSIDE
