"""The Python packages of the Debian package: which ones, fetched as wheels or taken from an environment."""

from __future__ import annotations

import filecmp
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / ".ci" / "versions.txt"
MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
GLIBC = range(17, 37)
"""A wheel for any of these runs on Debian 12, which has 2.36."""

NOT_AT_RUN_TIME = frozenset({"pip", "setuptools"})
"""Named by sqlite-utils for a command of its own, and by colorzero for its set-up."""


def own_requirements(project: Mapping[str, object]) -> list[str]:
    """What pyproject.toml asks for on a Pi."""
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    listed = project["dependencies"]
    assert isinstance(listed, list)
    return [*listed, *extras["pi"]]


def closure(wanted: Iterable[str], python: str, machine: str) -> dict[str, str]:
    """Every distribution that these need on that machine, with its version: the pinned one, else the installed one.

    Raises SystemExit for one that is neither pinned nor installed here.
    """
    target = _target(python, machine)
    pins, found = _pins(), {}
    waiting = [Requirement(each) for each in wanted]
    while waiting:
        each = waiting.pop()
        name = _normal(each.name)
        if name in found or name in NOT_AT_RUN_TIME or (each.marker and not each.marker.evaluate(target)):
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError as missing:
            raise SystemExit(f"{name} is not installed here, so what it needs is not known") from missing
        found[name] = pins.get(name, installed.version)
        waiting += _needs(installed.requires or [], each.extras, target)
    return dict(sorted(found.items()))


def _needs(lines: Iterable[str], extras: set[str], target: Mapping[str, str]) -> Iterator[Requirement]:
    for need in map(Requirement, lines):
        wanted = [{**target, "extra": extra} for extra in ("", *extras)]
        if need.marker is None or any(need.marker.evaluate(each) for each in wanted):
            need.marker = None
            yield need


def _target(python: str, machine: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def _pins() -> dict[str, str]:
    lines = PINS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {_normal(name): version for name, version in pairs}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch(packages: Mapping[str, str], python: str, machine: str, target: Path) -> None:
    """Unpack the wheels of another machine. Nothing is compiled; a package without a wheel for it ends the build."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"manylinux2014_{machine}"]
    tag = "cp" + python.replace(".", "")
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--no-compile", "--target", str(target), "--only-binary=:all:", "--implementation", "cp"),
        *("--python-version", python, "--abi", tag, "--abi", "abi3", "--abi", "none"),
        *(word for platform in platforms for word in ("--platform", platform)),
        *(f"{name}=={version}" for name, version in packages.items()),
    ]
    subprocess.run(command, check=True)  # noqa: S603  our own command line


def take(packages: Iterable[str], target: Path) -> None:
    """Copy packages of the environment that runs this: for this machine and this Python only, and without a network."""
    for name in packages:
        installed = distribution(name)
        for file in installed.files or []:
            source = Path(str(file.locate()))
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / file)


def share(folders: list[Path], common: Path) -> None:
    """Move what is the same for every Python into one folder.

    Not the libraries that a wheel brings for its machine code (`NAME.libs`): that finds them beside itself only.
    """
    first, *others = folders
    common.mkdir(parents=True, exist_ok=True)
    for entry in sorted(first.iterdir()):
        if entry.suffix == ".libs":
            continue
        twins = [other / entry.name for other in others]
        if entry.name == "bin" or all(_same(entry, twin) for twin in twins):
            entry.rename(common / entry.name)
            for twin in twins:
                shutil.rmtree(twin) if twin.is_dir() else twin.unlink(missing_ok=True)
    shutil.rmtree(common / "bin", ignore_errors=True)  # commands of the packages; ours are written anew


def _same(one: Path, other: Path) -> bool:
    if one.is_file():
        return other.is_file() and filecmp.cmp(one, other, shallow=False)
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    if files != {path.relative_to(other) for path in other.rglob("*") if path.is_file()}:
        return False
    return all(filecmp.cmp(one / file, other / file, shallow=False) for file in files)
