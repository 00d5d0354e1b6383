"""Finish what dpkg was stopped in: `finish_unpacking.py FOLDER`, where updates keep packages and progress.

Between its first file and its last the code is half of one release and half of another, and need not run at all. So the
daemon is not started then, and this asks nothing of it: Python's own library and dpkg only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MARK = "unpacking"


def wanted(progress: Path) -> str | None:
    """The version that was being put in place; None when nobody wrote it down."""
    try:
        told = json.loads(progress.read_text(encoding="utf-8"))
        return str(told["old"] if told["phase"] == "back" else told["new"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main(folder: Path) -> None:
    """Install that version again, whole; the daemon may be started then, whatever dpkg said."""
    if not (folder / MARK).exists():
        return
    subprocess.run(["dpkg", "--configure", "-a"], check=False)  # noqa: S607  of the system
    version = wanted(folder / "update.json")
    if version is not None:
        subprocess.run(["dpkg", "--install", str(folder / f"lockerd_{version}.deb")], check=False)  # noqa: S603, S607  our own words
    (folder / MARK).unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
