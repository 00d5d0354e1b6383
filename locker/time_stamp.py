"""Time stamps of an outside authority (RFC 3161): what is asked, and whether an answer is one for these bytes.

An answer is verified by Debian's `openssl`, against roots that the site names and no others, at the moment that the
answer says: an authority's own certificate may have ended since.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

_REQUEST = bytes.fromhex("3039020101303130 0d0609608648016503040201 05000420".replace(" ", ""))
"""Version 1, and that a SHA-256 follows; behind it that the answer brings its certificate."""
_WITH_CERTIFICATE = b"\x01\x01\xff"
_MOMENT = re.compile(r"^Time stamp: (\w{3} +\d+ [0-9:]{8})(?:\.\d+)? (\d{4}) GMT$", re.MULTILINE)
_PATIENCE_S = 20.0


class BadStamp(ValueError):
    """Bytes that are no time stamp of what they should be."""


def stamp_request(content: bytes) -> bytes:
    """What an authority is asked: to stamp the SHA-256 of these bytes, which tells it nothing of them."""
    return _REQUEST + hashlib.sha256(content).digest() + _WITH_CERTIFICATE


def stamped_at(content: bytes, answer: bytes, roots: Path) -> datetime:
    """When an authority under these `roots` (PEM) has stamped these bytes. Raises BadStamp. Blocks on a child."""
    with tempfile.TemporaryDirectory(prefix="stamp-") as folder:
        said, of = Path(folder, "answer.tsr"), Path(folder, "content")
        said.write_bytes(answer)
        of.write_bytes(content)
        told = _openssl("ts", "-reply", "-in", str(said), "-text")
        found = _MOMENT.search(told)
        if found is None:
            raise BadStamp("holds no time stamp")
        at = datetime.strptime(f"{found[1]} {found[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        verify = ("ts", "-verify", "-in", str(said), "-data", str(of), "-CAfile", str(roots))
        _openssl(*verify, "-attime", str(int(at.timestamp())))
    return at


def _openssl(*words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  no shell, and nothing of anybody else's among the words
            ["openssl", *words],  # noqa: S607  Debian's own, wherever it stands
            capture_output=True, timeout=_PATIENCE_S, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as missing:
        raise BadStamp("cannot be verified: openssl is missing or does not answer") from missing
    if done.returncode != 0:
        raise BadStamp("is not one for this, or not of an authority that the site names")
    return done.stdout.decode(errors="replace")
