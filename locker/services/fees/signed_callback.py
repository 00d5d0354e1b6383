"""Whether a callback comes from whom we gave our secret to: the signature of Standard Webhooks. Pure.

`webhook-id`, `webhook-timestamp` and `webhook-signature` (`v1,` and base64 of HMAC-SHA256 over "id.timestamp.body";
several with spaces between while a secret is changed). The secret is base64, with or without `whsec_`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from locker.errors import LockerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TOLERANCE_S = 300
"""So old, or so far ahead, a callback may be: an older one may be somebody's recording."""


class BadSignature(LockerError):
    """The callback is not signed by whom it should be, or not now."""


def secret_key(secret: str) -> bytes:
    """The key of a secret as it stands in the site file. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("is not base64, with or without whsec_ before it") from None
    if len(key) < 16:
        raise ValueError("is shorter than 16 bytes")
    return key


def signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    """The signature of one callback."""
    digest = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Let only a signed and fresh callback through. Raises BadSignature."""
    message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and message):
        raise BadSignature
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise BadSignature
    expected = signature(secret_key(secret), message, timestamp, body).encode()
    shown = headers.get("webhook-signature", "").encode("utf-8", "surrogateescape").split(b" ")
    if not any(hmac.compare_digest(expected, each) for each in shown[:10]):
        raise BadSignature
