"""How a version gets onto this machine and off it again: folders and one link, or Debian packages that are kept.

links      /opt/locker -> /opt/locker-releases/0.2.0       switched in one step
packages   /var/cache/locker/lockerd_0.2.0.deb             put in by dpkg, which takes a while and may be done again
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from locker.durable_files import sync_folder, write_file
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~-]{0,60}")
PACKAGE = "lockerd"
LAST_GOOD = "last-good"
UNPACKING = "unpacking"
_WHOLE = "install ok installed"


class Releases(Protocol):
    """The versions that this machine holds."""

    def current(self) -> str:
        """The version that is in place now. Raises SettingsError where there is none."""
        ...

    def stage(self, source: Path) -> str:
        """Take in a version, beside the one in place; its name. Raises SettingsError."""
        ...

    def may_go_back(self) -> bool:
        """True when the version in place could be put back, once another one is there."""
        ...

    def put(self, version: str) -> None:
        """Let this version be the one in place; may be done again. What does not work shows in what runs then."""
        ...

    def trust(self, version: str) -> None:
        """Remember which version was good last: it is the one that goes on with an update after a power cut."""
        ...

    def program(self, version: str) -> Path:
        """The command of a version, while it is staged or in place."""
        ...


class LinkedReleases:
    """Folders side by side, one of which a link names."""

    def __init__(self, link: Path, folder: Path) -> None:
        self._link = link
        self._folder = folder

    def current(self) -> str:
        """The folder that the link names."""
        try:
            return self._link.readlink().name
        except OSError as fault:
            raise SettingsError([f"{self._link}: is no link to a release; is the locker installed here?"]) from fault

    def stage(self, source: Path) -> str:
        """A release that the installer laid down beside the others."""
        if source.resolve().parent != self._folder.resolve() or not (source / "bin" / "lockerd").exists():
            raise SettingsError([f"{source}: is no release in {self._folder} with a bin/lockerd"])
        return source.name

    def may_go_back(self) -> bool:
        """A folder stays where it is."""
        return True

    def put(self, version: str) -> None:
        """In one step: before a power cut the link names the old one, after it the new one."""
        self._point(self._link, version)

    def trust(self, version: str) -> None:
        """By a link of its own, so that a new version never judges itself."""
        self._point(self._folder / LAST_GOOD, version)

    def _point(self, link: Path, version: str) -> None:
        draft = link.with_name(f".{link.name}.new")
        draft.unlink(missing_ok=True)
        draft.symlink_to(self._folder / version)
        draft.rename(link)
        sync_folder(link.parent)

    def program(self, version: str) -> Path:
        """Of this very folder, whatever the link names."""
        return self._folder / version / "bin" / "lockerd"


class DebianPackages:
    """Packages in a folder, one of which dpkg has unpacked."""

    def __init__(self, cache: Path, program: Path = Path("/usr/bin/lockerd")) -> None:
        self._cache = cache
        self._program = program

    def current(self) -> str:
        """The version that dpkg knows."""
        return _said(["dpkg-query", "-W", "-f", "${Version}", PACKAGE])

    def stage(self, source: Path) -> str:
        """Keep a copy under the version's name."""
        version = _said(["dpkg-deb", "-f", str(source), "Version"])
        if not _VERSION.fullmatch(version) or _said(["dpkg-deb", "-f", str(source), "Package"]) != PACKAGE:
            raise SettingsError([f"{source}: is no package of the locker"])
        kept = self._kept(version)
        if source.resolve() != kept.resolve():
            self._cache.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".part")
            shutil.copyfile(source, draft)
            draft.rename(kept)
            sync_folder(self._cache)
        return version

    def may_go_back(self) -> bool:
        """Only with the package of the version that runs."""
        return self._kept(self.current()).exists()

    def put(self, version: str) -> None:
        """By dpkg: apt refuses what is older. Configured first, where a power cut stopped it half way.

        Marked meanwhile: the unit of the daemon starts nothing from code that is half of one release and half of
        another, and finish_unpacking.py, which needs neither, goes on after a power cut.
        """
        mark = self._cache / UNPACKING
        in_place = _said(["dpkg-query", "-W", "-f", "${Version} ${Status}", PACKAGE])
        if in_place == f"{version} {_WHOLE}" and not mark.exists():
            return
        write_file(mark, version.encode(), 0o644)
        subprocess.run(["dpkg", "--configure", "-a"], check=False)  # noqa: S607  of the system
        subprocess.run(["dpkg", "--install", str(self._kept(version))], check=False)  # noqa: S603, S607  our own words
        mark.unlink()

    def trust(self, version: str) -> None:
        """Nothing to do: dpkg knows one version only, and its program goes on with what was cut short."""

    def program(self, version: str) -> Path:
        """There is one; a staged package has none before it is put in."""
        _ = version
        return self._program

    def _kept(self, version: str) -> Path:
        return self._cache / f"{PACKAGE}_{version}.deb"


def verify_signature(file: Path, keyring: Path) -> None:
    """A file that was brought by hand bears a detached signature beside it, `.sig`. Raises SettingsError.

    What comes from the repository needs none: apt has compared it with the repository's signed list.
    """
    signature = file.with_name(f"{file.name}.sig")
    try:
        done = _run(["gpgv", "--keyring", str(keyring), str(signature), str(file)])
    except FileNotFoundError as missing:
        raise SettingsError(["gpgv is not installed here, so no signature can be verified"]) from missing
    if done.returncode != 0:
        why = " ".join(done.stderr.split())[-200:]
        raise SettingsError([f"{file}: is not signed by a key of {keyring}: {why}"])


def _said(command: Sequence[str]) -> str:
    """What a program of the system says. Raises SettingsError with its fault."""
    try:
        done = _run(command)
    except FileNotFoundError as missing:
        raise SettingsError([f"{command[0]} is not installed here"]) from missing
    if done.returncode != 0:
        raise SettingsError([" ".join(done.stderr.split())[-200:] or f"{command[0]} ended with {done.returncode}"])
    return done.stdout.strip()


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
