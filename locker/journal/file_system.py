"""What kind of file system a folder lies on, as the kernel's table of mounts says."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

MOUNTS = Path("/proc/self/mountinfo")
_FORGETFUL = {
    "tmpfs": "lies in memory (tmpfs)",
    "ramfs": "lies in memory (ramfs)",
    "overlay": "lies on an overlay, whose upper layer is thrown away",
    "aufs": "lies on an overlay (aufs), whose upper layer is thrown away",
}


def forgetful(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """How a folder lies that a power cut or a new container empties; None on a real disk, or where nobody knows."""
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return _FORGETFUL.get(_kind(folder.resolve(), table))


def _kind(folder: Path, table: str) -> str:
    """The innermost mount that the folder is in; of two at one point the later one lies on top.

    A line is proc(5)'s mountinfo: number, parent, device, root, mount point, options, fields, "-", type, ...
    """
    deepest, kind = -1, ""
    for line in table.splitlines():
        before, dash, after = line.partition(" - ")
        words = before.split(" ")
        if not dash or len(words) < 5:
            continue
        point = PurePosixPath(_unescaped(words[4]))
        if folder.is_relative_to(point) and len(point.parts) >= deepest:
            deepest, kind = len(point.parts), after.split(" ", 1)[0]
    return kind


def _unescaped(word: str) -> str:
    """The kernel writes space, tab, line end and backslash as three octal digits."""
    for code in ("040", "011", "012", "134"):
        word = word.replace(f"\\{code}", chr(int(code, 8)))
    return word
