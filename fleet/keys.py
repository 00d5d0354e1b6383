"""The centre's own secrets, in its folder: the key that signs orders. Made once, readable by its owner only."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from pathlib import Path

ORDER_TYPE = "application/vnd.lockerd.order+json"
_ORDER_KEY = "order.key"


def order_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs orders; made at the first time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _ORDER_KEY
    if not path.exists():
        make_secret(path, os.urandom(32))
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def make_secret(path: Path, content: bytes) -> None:
    """A new file, its owner's alone: whole or not at all, whatever ends meanwhile; of two at once the first stays."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as made:
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)  # noqa: PTH108  as os.link above


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as a locker's site file has it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signed(key: Ed25519PrivateKey, order: dict[str, Any]) -> bytes:
    """A DSSE envelope around this order."""
    payload, name = json.dumps(order, ensure_ascii=False).encode(), ORDER_TYPE.encode()
    authenticated = b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)
    signature = {
        "keyid": hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest(),
        "sig": base64.b64encode(key.sign(authenticated)).decode(),
    }
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": ORDER_TYPE, "signatures": [signature]}
    return json.dumps(envelope).encode()
