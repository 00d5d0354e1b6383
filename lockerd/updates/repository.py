"""Fetches one version from the locker's own repository: apt compares it with the list that its key has signed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from locker.errors import SettingsError
from lockerd.updates.ordered import SERVED_BY
from lockerd.updates.releases import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCES = Path("/etc/apt/sources.list.d/locker.sources")
FETCHED = "fetched"
APT_WITHIN = 3600


def missing_for_orders() -> list[str]:
    """What this machine lacks for `mqtt.updates`, a sentence each; nothing when orders can be carried out."""
    wanted = (
        (
            SERVED_BY,
            "only the Debian package of the locker brings it, so orders for another version are not known here",
        ),
        (SOURCES, "it names the repository from which a version that is ordered would be fetched"),
    )
    return [f"mqtt.updates: {path} is not there; {why}" for path, why in wanted if not path.exists()]


def fetch(version: str, state: Path) -> Path:
    """The package of this version, in a folder of its own within `state`. Raises SettingsError with apt's fault.

    Only the locker's repository is asked, whatever else this machine takes its packages from.
    """
    if not SOURCES.exists():
        raise SettingsError([f"{SOURCES}: this locker has no repository of its own to take a version from"])
    folder = state / FETCHED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _apt(["update", "-oAPT::Update::Error-Mode=any", "-oAPT::Get::List-Cleanup=0"], folder)
    _apt(["download", f"{PACKAGE}={version}"], folder)
    found = sorted(folder.glob(f"{PACKAGE}_*.deb"))
    if len(found) != 1:
        raise SettingsError([f"apt has fetched {len(found)} packages of {PACKAGE} {version} instead of one"])
    return found[0]


def _apt(words: Sequence[str], folder: Path) -> None:
    only_ours = [f"-oDir::Etc::sourcelist={SOURCES}", "-oDir::Etc::sourceparts=-", "-oAPT::Sandbox::User=root"]
    try:
        done = subprocess.run(  # noqa: S603  our own words, and a version of a known form
            ["apt-get", "--quiet", *only_ours, *words],  # noqa: S607  of the system
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            timeout=APT_WITHIN,
        )
    except FileNotFoundError:
        raise SettingsError(["apt-get is not installed here"]) from None
    except subprocess.TimeoutExpired:
        raise SettingsError([f"apt-get {words[0]} did not end within {APT_WITHIN} seconds"]) from None
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[-160:]
        raise SettingsError([f"apt-get {words[0]}: {said}"])
