"""Build the Debian package: `deb/build_deb.py [--architecture arm64] [--output DIR]`.

Cross-built from wheels: nothing is compiled here or on the Pi, and there is no virtual environment. One package serves
Python 3.11 (Debian 12) and 3.13 (Debian 13): what is pure lies once in lib/common, what is compiled in lib/python3.N.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from python_packages import MACHINES, ROOT, closure, fetch, own_requirements, share, take

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTROL_FILES = Path(__file__).resolve().parent / "control_files"
HOME = Path("opt/locker")
CODE = ("api", "firmware_config", "hardware", "links", "locker", "lockerd", "simulator")
SCREEN = ("kiosk-browser", "kiosk-policy.json", "screen_keeper.py", "screen_settings.py", "starting.html", "xkb")
UPDATE = ("finish_unpacking.py",)
PYTHONS = ("3.11", "3.13")
SOURCES = {".c", ".h", ".pxd", ".pyx"}
"""Wheels bring them along, and nobody compiles them."""

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
EPOCH = 1_767_225_600
"""The date of every file, so that the same files make the same package whenever it is built."""

PLACES = {
    "systemd/lockerd.service": "usr/lib/systemd/system/lockerd.service",
    "systemd/locker-kiosk.service": "usr/lib/systemd/system/locker-kiosk.service",
    "systemd/locker-clock.service": "usr/lib/systemd/system/locker-clock.service",
    "systemd/locker-update.service": "usr/lib/systemd/system/locker-update.service",
    "systemd/locker-ordered-update.path": "usr/lib/systemd/system/locker-ordered-update.path",
    "systemd/locker-ordered-update.service": "usr/lib/systemd/system/locker-ordered-update.service",
    "systemd/system.conf.d/locker-watchdog.conf": "usr/lib/systemd/system.conf.d/locker-watchdog.conf",
    "systemd/journald.conf.d/locker-log.conf": "usr/lib/systemd/journald.conf.d/locker-log.conf",
    "systemd/sysusers.d/locker.conf": "usr/lib/sysusers.d/locker.conf",
    "systemd/tmpfiles.d/locker.conf": "usr/lib/tmpfiles.d/locker.conf",
    "firmware_config/udev/60-locker.rules": "usr/lib/udev/rules.d/60-locker.rules",
    "firmware_config/udev/90-locker-brltty.rules": "usr/lib/udev/rules.d/90-locker-brltty.rules",
    "firmware_config/udev/59-locker-own.rules": "etc/udev/rules.d/59-locker-own.rules",
    "deb/control_files/copyright": "usr/share/doc/lockerd/copyright",
    "README.md": "usr/share/doc/lockerd/README.md",
    "CHANGELOG.md": "usr/share/doc/lockerd/CHANGELOG.md",
    "docs/install.md": "opt/locker/docs/install.md",
}
LINKS = {
    "usr/bin/lockerd": "../../opt/locker/bin/lockerd",
    "usr/bin/locker-sim": "../../opt/locker/bin/locker-sim",
    "usr/sbin/locker-boot-settings": "../../opt/locker/firmware_config/boot/boot_settings.py",
    "etc/chromium/policies/managed/locker.json": "/run/locker-screen/policy.json",
    "etc/chromium-browser/policies/managed/locker.json": "/run/locker-screen/policy.json",
}
CONFFILES = ("/etc/udev/rules.d/59-locker-own.rules",)
EMPTY = ("etc/locker",)


def put_product(root: Path) -> None:
    """Code, screen, units and rules where they belong."""
    no_cache = shutil.ignore_patterns("__pycache__")
    for part in CODE:
        shutil.copytree(ROOT / part, root / HOME / part, ignore=no_cache)
    for part in (*SCREEN, *UPDATE):
        screen, put = ROOT / "systemd" / part, root / HOME / "systemd" / part
        put.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(screen, put) if screen.is_dir() else shutil.copy(screen, put)
    for source, place in PLACES.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, root / place)
    for place, leads_to in LINKS.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).symlink_to(leads_to)
    for place in EMPTY:
        (root / place).mkdir(parents=True, exist_ok=True)
    (root / HOME / "bin").mkdir()
    for command in ("lockerd", "locker-sim"):
        shutil.copy(CONTROL_FILES / "command.py", root / HOME / "bin" / command)


def put_packages(root: Path, architecture: str, wanted: Sequence[str], *, from_here: bool) -> None:
    """The Python packages and what they need, for every Python that the package serves."""
    folders = []
    for python in (HERE,) if from_here else PYTHONS:
        packages = closure(wanted, python, MACHINES[architecture])
        folders.append(root / HOME / "lib" / f"python{python}")
        folders[-1].mkdir(parents=True)
        if from_here:
            take(packages, folders[-1])
        else:
            fetch(packages, python, MACHINES[architecture], folders[-1])
    if len(folders) > 1:
        share(folders, root / HOME / "lib" / "common")
    for path in (root / HOME / "lib").rglob("*"):
        if path.suffix in SOURCES:
            path.unlink()


def compile_here(root: Path) -> None:
    """Byte code for this Python, never compared with a date: a start reads it only. Others are made at installation."""
    never = py_compile.PycInvalidationMode.UNCHECKED_HASH
    skipped = [root / HOME / "lib" / f"python{python}" for python in PYTHONS if python != HERE]
    for folder in (root / HOME).rglob("*"):
        if folder.is_dir() and folder.name != "__pycache__" and not any(folder.is_relative_to(s) for s in skipped):
            compileall.compile_dir(
                folder, maxlevels=0, quiet=2, stripdir=str(root), prependdir="/", invalidation_mode=never
            )


def put_control(root: Path, architecture: str, version: str, project: dict[str, object]) -> None:
    """What dpkg reads of a package."""
    control = root / "DEBIAN"
    control.mkdir()
    kilobytes = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir()) // 1024
    text = (CONTROL_FILES / "control").read_text(encoding="utf-8")
    fields = {
        "ARCHITECTURE": architecture,
        "VERSION": version,
        "SIZE": str(kilobytes),
        "SUMMARY": str(project["description"]),
    }
    for key, value in fields.items():
        text = text.replace(f"@{key}@", value)
    (control / "control").write_text(text, encoding="utf-8")
    (control / "conffiles").write_text("".join(f"{path}\n" for path in CONFFILES), encoding="utf-8")
    shutil.copy(CONTROL_FILES / "templates", control / "templates")
    for script in ("postinst", "prerm", "postrm"):
        shutil.copy(CONTROL_FILES / script, control / script)


def settle(root: Path) -> None:
    """Modes and dates as they are in every build."""
    runnable = {root / HOME / "bin" / "lockerd", root / HOME / "bin" / "locker-sim"}
    runnable |= {root / HOME / "firmware_config" / "boot" / "boot_settings.py"}
    runnable |= {root / HOME / "systemd" / "kiosk-browser", *(root / "DEBIAN").glob("p*[mt]")}
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in runnable else 0o644)
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
    (root / "etc/locker").chmod(0o750)


def build(
    architecture: str,
    output: Path,
    version: str | None = None,
    *,
    from_here: bool = False,
    wanted: Sequence[str] | None = None,
    compression: str = "xz",
) -> Path:
    """Build the package; its file. `from_here`: of the packages of this environment, for this machine and Python.

    `wanted` is for trials: these distributions instead of those of pyproject.toml.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = version or project["version"]
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        root.mkdir()
        put_product(root)
        put_packages(root, architecture, wanted or own_requirements(project), from_here=from_here)
        if HERE in PYTHONS:
            compile_here(root)
        put_control(root, architecture, version, project)
        settle(root)
        package = output / f"lockerd_{version}_{architecture}.deb"
        command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(root), str(package)]
        subprocess.run(  # noqa: S603  our own command line
            command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}, stdout=subprocess.DEVNULL
        )
    return package


def main() -> None:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description="Build the Debian package of the locker.")
    parser.add_argument("--architecture", choices=MACHINES, default="arm64")
    parser.add_argument("--output", type=Path, default=ROOT / "build")
    parser.add_argument("--version", help="instead of the one in pyproject.toml")
    parser.add_argument(
        "--from-environment", action="store_true", help="of the packages that run this, for this machine and Python"
    )
    asked = parser.parse_args()
    print(build(asked.architecture, asked.output, asked.version, from_here=asked.from_environment))


if __name__ == "__main__":
    main()
