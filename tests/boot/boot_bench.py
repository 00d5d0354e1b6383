"""A machine that boots: this one's files under an overlay, the package installed, the real systemd in namespaces."""

import contextlib
import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tree import ROOT

HERE = Path(__file__).parent
NAMESPACES = ("unshare", "-m", "-p", "-f", "-u", "-i", "-n", "-C")
PROGRAMS = (
    "unshare",
    "nsenter",
    "dpkg-deb",
    "systemd-analyze",
    "cage",
    "Xwayland",
    "dbus-daemon",
    "deb-systemd-helper",
)
# Of the machine below, not of a locker: it has no devices, no network and no log-in of its own.
MASKED = (
    *(
        "systemd-udevd",
        "systemd-networkd",
        "systemd-resolved",
        "systemd-timesyncd",
        "systemd-logind",
        "seatd",
        "polkit",
    ),
    *("getty@tty1", "console-getty", "systemd-sysctl", "systemd-modules-load", "systemd-remount-fs", "systemd-binfmt"),
    *("systemd-update-utmp", "systemd-random-seed", "systemd-machine-id-commit", "systemd-journal-flush"),
)
SCREEN_IN_MEMORY = """[Unit]
ConditionPathExists=
[Service]
Environment=WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 LIBSEAT_BACKEND=noop
"""
PREPARE = """set -e
etc=$1/etc
echo 0123456789abcdef0123456789abcdef > "$etc/machine-id"
rm -rf "$etc/systemd/system" "$1/var/log/journal"
mkdir -p "$etc/systemd/system/multi-user.target.wants"
mkdir "$1/packages"
cp "$2"/lockerd_*.deb "$1/packages/"
chroot "$1" sh -c 'dpkg --force-depends --install /packages/lockerd_*.deb'
install -m 640 -g "$(chroot "$1" getent group locker | cut -d: -f3)" "$2/site.toml" "$etc/locker/site.toml"
"""


def obstacle():
    """Why no system can be booted here, or None."""
    if os.geteuid() != 0:
        return "only root may make namespaces and boot a system in them"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing or not Path("/lib/systemd/systemd").exists():
        return f"missing here: {' '.join(missing) or 'systemd'}"
    trial = "mount -t tmpfs t /mnt && mkdir /mnt/g && mount -t cgroup2 none /mnt/g"
    tried = subprocess.run([*NAMESPACES, "sh", "-c", trial], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"namespaces are not allowed here: {tried.stderr.strip()}"


def build_deb_module():
    """The builder, which is a script and no part of the product."""
    sys.path.insert(0, str(ROOT / "deb"))
    try:
        return importlib.import_module("build_deb")
    finally:
        sys.path.remove(str(ROOT / "deb"))


def package(folder):
    """The Debian package for this machine and its system's Python, without a network where the two Pythons agree."""
    build_deb = build_deb_module()
    asked = ["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    system = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout
    return build_deb.build(machine.strip(), folder, from_here=system == build_deb.HERE, compression="none")


class Machine:
    """One boot. Leaving the context switches it off."""

    def __init__(self, folder, deb, site, drop_ins):
        self._folder, self._deb, self._site, self._drop_ins = folder, deb, site, drop_ins
        self._init = "0"

    def __enter__(self):
        shutil.copy(self._deb, self._folder)
        (self._folder / "site.toml").write_text(self._site, encoding="utf-8")
        lines = [f'ln -s /dev/null "$etc/systemd/system/{unit}.service"' for unit in MASKED]
        for unit, text in self._drop_ins.items():
            (self._folder / f"{unit}.conf").write_text(text, encoding="utf-8")
            lines.append(f'install -D -m 644 "$2/{unit}.conf" "$etc/systemd/system/{unit}.service.d/test.conf"')
        (self._folder / "prepare.sh").write_text(PREPARE + "\n".join(lines) + "\n", encoding="utf-8")
        command = [*NAMESPACES, "--kill-child", "sh", HERE / "boot_enter.sh", self._folder / "root", self._folder]
        with (self._folder / "boot.log").open("w") as log:
            self._above = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self.until("a process 1", self._find_init)
        return self

    def __exit__(self, *_):
        self._above.kill()  # process 1 goes with it, and so does everything in there
        self._above.wait()

    def _find_init(self):
        assert self._above.poll() is None, (self._folder / "boot.log").read_text()
        children = Path(f"/proc/{self._above.pid}/task/{self._above.pid}/children").read_text().split()
        if not children:
            return False
        self._init = children[0]
        return Path(f"/proc/{self._init}/comm").read_text().strip() == "systemd" and self.ask("systemctl", "--version")

    def ask(self, *command):
        """What a command says inside, empty when it fails."""
        inside = ["nsenter", "-t", self._init, "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", *command]
        return subprocess.run(inside, capture_output=True, text=True, check=False).stdout

    def show(self, unit, key):
        """One property of a unit."""
        return self.ask("systemctl", "show", "--value", "--property", key, unit).strip()

    def journal(self, *options):
        """The lines of the journal of this boot."""
        return self.ask("journalctl", "--no-pager", "--quiet", "-o", "cat", *options).splitlines()

    def processes(self, unit):
        """Every process in the control group of a unit: its number and name."""
        group = self.show(unit, "ControlGroup")
        found = {}
        for number in self.ask("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split():
            with contextlib.suppress(ValueError):
                found[int(number)] = self.ask("cat", f"/proc/{number}/comm").strip()
        return found

    def until(self, what, look, seconds=180):
        """Look until it is so; the deadline bounds a failure only."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := look():
                return answer
            time.sleep(0.2)
        raise AssertionError(f"not within {seconds} s: {what}\n" + "\n".join(self.journal("-n", "80")))
