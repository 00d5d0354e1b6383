"""Home Assistant in a small Debian of its own: its newest release wants a newer Python than the product.

What is made here is thrown away with `artefacts`; nothing of it is a dependency of the product. Needs root.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = os.environ.get("HA_VERSION", "2026.11.0")
SUITE = os.environ.get("HA_SUITE", "forky")  # has the Python 3.14 that Home Assistant 2026.11 wants
MIRROR = os.environ.get("HA_MIRROR", "http://deb.debian.org/debian")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
MADE = Path(__file__).parents[2] / "artefacts" / "home-assistant"
ROOT = MADE / f"{SUITE}-{VERSION}"
PYTHON = "/opt/ha/bin/python"
# What is always set up, or loaded by MQTT, and asks for packages that core does not.
STANDING = ("mqtt", "hassio", "frontend", "isal", "hardware")
LONGEST_S = 1800


class CannotBeMade(Exception):
    """The text is for a person: what failed, and what to do."""


def installed():
    """True when Home Assistant stands there and runs."""
    if not (ROOT / "opt/ha/bin/hass").exists():
        return False
    said = subprocess.run(_inside("/opt/ha/bin/hass", "--version"), check=False, capture_output=True, text=True)
    return said.stdout.strip() == VERSION


def make_root():
    """Debian, its Python, and Home Assistant from PyPI. Some minutes and 1 GB, once. Raises CannotBeMade."""
    if os.geteuid() != 0:
        raise CannotBeMade("only root can make a Debian in a folder: run it as root")
    if installed():
        return
    shutil.rmtree(ROOT, ignore_errors=True)
    MADE.mkdir(parents=True, exist_ok=True)
    options = ['--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Sandbox::User "root"']
    packages = "--include=python3,python3-venv,ca-certificates"
    _run(
        f"Debian {SUITE} cannot be fetched from {MIRROR} (HA_SUITE, HA_MIRROR)",
        *("mmdebstrap", "--verbose", "--mode=root", "--variant=minbase", packages, *options, f"--keyring={KEYRING}"),
        *(SUITE, ROOT, MIRROR),
    )
    if CERTIFICATES.exists():  # whom this machine trusts
        shutil.copyfile(CERTIFICATES, ROOT / CERTIFICATES.relative_to("/"))
    why = f"Home Assistant {VERSION} cannot be installed from PyPI into Debian {SUITE} (HA_VERSION, HA_SUITE)"
    _run(why, *_inside("python3", "-m", "venv", "/opt/ha"))
    _run(why, *_inside(PYTHON, "-m", "pip", "install", "--quiet", "uv"))
    _install(why, "--no-deps", f"homeassistant=={VERSION}")
    package = next((ROOT / "opt/ha/lib").glob("python3.*/site-packages/homeassistant"))
    asked = [
        each
        for name in STANDING
        for each in json.loads((package / "components" / name / "manifest.json").read_text())["requirements"]
    ]
    constraints = Path("/", (package / "package_constraints.txt").relative_to(ROOT))
    _install(why, "--constraint", constraints, f"homeassistant=={VERSION}", *asked)
    if not installed():
        raise CannotBeMade(f"{why}: it does not say its version")


def _install(why, *words):
    _run(why, *_inside("/opt/ha/bin/uv", "pip", "install", "--quiet", "--no-cache", "--python", PYTHON, *words))


def _inside(*words):
    return ["chroot", str(ROOT), *map(str, words)]


def _run(why, *words):
    try:
        done = subprocess.run([*map(str, words)], check=False, capture_output=True, text=True, timeout=LONGEST_S)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise CannotBeMade(f"{why}: {fault}") from None
    if done.returncode:
        raise CannotBeMade(f"{why}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def main():
    try:
        make_root()
    except CannotBeMade as fault:
        sys.stderr.write(f"The judge cannot be had on this machine. {fault}\n")
        return 1
    sys.stdout.write(f"Home Assistant {VERSION} stands in {ROOT}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
