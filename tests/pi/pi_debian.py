"""Packages of Debian for another architecture: fetched, verified and unpacked, nothing installed on this machine."""

import hashlib
import os
import subprocess
from pathlib import Path

from pi_places import MADE, MIRROR, SECURITY_MIRROR, SUITE, Failed, run, say

BINFMT = Path("/proc/sys/fs/binfmt_misc")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

ROOT_PACKAGES = (
    "systemd-sysv", "udev", "dbus", "kmod", "procps", "iproute2", "e2fsprogs", "tzdata", "ca-certificates",
    "systemd-timesyncd", "systemd-resolved", "libnss-resolve", "openssh-server", "sudo",
    "cage", "seatd", "xwayland", "chromium", "fonts-noto-core", "fonts-noto-cjk", "libinput10",
    "python3", "libzbar0", "i2c-tools", "gpiod", "rsync", "openssh-client", "fdisk",
)  # fmt: skip
"""What the root holds beside the product's own package."""

SLIM = ("man", "doc", "locale", "info", "help")


class DebianPackages:
    """An apt of its own for arm64, which knows nothing of what is installed here."""

    def __init__(self):
        self._place = MADE / "apt"
        self.debs = MADE / "debs"
        for folder in (self._place / "lists" / "partial", self._place / "cache" / "archives" / "partial", self.debs):
            folder.mkdir(parents=True, exist_ok=True)
        (self._place / "status").touch()
        signed = f"[arch=arm64,amd64 signed-by={KEYRING}]"
        parts = "main non-free-firmware"
        (self._place / "sources.list").write_text(
            f"deb {signed} {MIRROR} {SUITE} {parts}\ndeb {signed} {SECURITY_MIRROR} {SUITE}-security {parts}\n",
            encoding="utf-8",
        )
        (self._place / "apt.conf").write_text(
            f'Dir::State "{self._place}"; Dir::State::lists "{self._place}/lists";\n'
            f'Dir::State::status "{self._place}/status"; Dir::Cache "{self._place}/cache";\n'
            f'Dir::Etc::sourcelist "{self._place}/sources.list"; Dir::Etc::sourceparts "-";\n'
            'APT::Architecture "arm64"; APT::Architectures {"arm64"; "amd64";}; APT::Sandbox::User "root";\n',
            encoding="utf-8",
        )
        self._env = {**os.environ, "APT_CONFIG": str(self._place / "apt.conf")}

    def update(self):
        run("apt-get", "-qq", "update", env=self._env)

    def field(self, package, name):
        """A field of the newest version, such as Version or Depends. Raises Failed."""
        said = run("apt-cache", "show", "--no-all-versions", package, env=self._env)
        for line in said.splitlines():
            if line.startswith(f"{name}: "):
                return line.split(": ", 1)[1]
        raise Failed(f"package {package} has no field {name}")

    def fetch(self, *packages):
        """Download what is not there; the .deb files in the same order."""
        run("apt-get", "-qq", "download", *packages, env=self._env, cwd=self.debs)
        return [max(self.debs.glob(f"{package.split(':')[0].split('=')[0]}_*.deb")) for package in packages]

    @staticmethod
    def unpack(deb, target):
        target.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--extract", deb, target)


def let_programs_of_a_pi_run():
    """Tell this kernel which emulator runs a program for arm64; a fresh machine knows of none. Raises Failed."""
    if subprocess.run(["arch-test", "arm64"], check=False, capture_output=True).returncode == 0:
        return
    if not (BINFMT / "status").exists():
        run("mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT)
    run("update-binfmts", "--enable", "qemu-aarch64")
    run("arch-test", "arm64")


def root_archive():
    """The root file system as a tar archive: made once for each list of packages. About six minutes; needs root."""
    listed = hashlib.sha256(repr((SUITE, ROOT_PACKAGES, SLIM)).encode()).hexdigest()[:10]
    archive = MADE / f"root-{SUITE}-arm64-{listed}.tar"
    if archive.exists():
        return archive
    let_programs_of_a_pi_run()
    say(f"making {archive.name}: Debian {SUITE} for arm64, some minutes and 1 GB, once")
    part = archive.with_suffix(".part.tar")
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in SLIM]
    run(
        "mmdebstrap", "--mode=root", "--architectures=arm64", "--variant=minbase",
        '--aptopt=APT::Install-Recommends "false"', *excluded,
        "--dpkgopt=path-include=/usr/share/doc/*/copyright", f"--include={','.join(ROOT_PACKAGES)}",
        SUITE, part,
        f"deb {MIRROR} {SUITE} main", f"deb {SECURITY_MIRROR} {SUITE}-security main",
    )  # fmt: skip
    part.rename(archive)
    return archive
