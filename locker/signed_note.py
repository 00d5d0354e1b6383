"""Texts that a cabinet signs: notes (C2SP signed-note, Ed25519), checkpoints of its log, and DSSE envelopes.

What is signed can be checked by anybody who has the public key, without this program; it is derived from the cabinet's
one secret key, so that a restore signs as before.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from locker.frozen import dataclass

_ED25519 = b"\x01"
_DASH = "\u2014"
_SHORT = 20
_SHORT_FORM = re.compile(r"([0-9]{1,15})-([A-Z2-7]{20})")


class BadNote(ValueError):
    """A text that is no note of this key, or was changed since it was signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was at a moment: how many events, and the root over them."""

    origin: str
    size: int
    root: bytes
    at: str = ""

    @property
    def text(self) -> str:
        """The text that is signed (C2SP tlog-checkpoint); the time is an extension line."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n" + (f"at {self.at}\n" if self.at else "")

    @property
    def short(self) -> str:
        """What fits on a receipt: the number of events, and the begin of the root in letters."""
        return f"{self.size}-{base64.b32encode(self.root).decode()[:_SHORT]}"


class NoteSigner:
    """Signs in the name of a cabinet. `seed`: 32 secret bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def note(self, text: str) -> str:
        """The text with its signature line."""
        signature = key_id(self.name, self.public) + self._key.sign(text.encode())
        return f"{text}\n{_DASH} {self.name} {base64.b64encode(signature).decode()}\n"

    def envelope(self, kind: str, payload: bytes) -> dict[str, Any]:
        """A DSSE envelope around bytes of this kind."""
        signature = self._key.sign(pre_authentication(kind, payload))
        return {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [{"keyid": fingerprint(self.public), "sig": base64.b64encode(signature).decode()}],
        }


def fingerprint(public: bytes) -> str:
    """The name of a public key, for people to compare: SHA-256 in hex."""
    return hashlib.sha256(public).hexdigest()


def from_base64(text: str) -> bytes:
    """The bytes of this text, which has several spellings and is taken in the usual one only. Raises ValueError."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("is not spelled as usual")
    return content


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes that stand before a signature in a note."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def pre_authentication(kind: str, payload: bytes) -> bytes:
    """What a DSSE signature is over."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def opened_note(note: str, public: bytes) -> str:
    """The text of a note, verified. Raises BadNote."""
    text, gap, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines() if gap else []:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.rpartition(" ")
        if dash != _DASH or not name:
            raise BadNote("is no signed note")
        try:
            signature = from_base64(encoded)
        except ValueError as garbled:
            raise BadNote("is no signed note") from garbled
        if signature[:4] == key_id(name, public):
            _verify(public, signature[4:], text.encode())
            return text
    raise BadNote("is not signed by this cabinet")


def opened_envelope(envelope: Any, public: bytes, kind: str) -> bytes:
    """The payload of a DSSE envelope, verified. Raises BadNote."""
    try:
        payload = from_base64(envelope["payload"])
        signature = from_base64(envelope["signatures"][0]["sig"])
        said, key = envelope["payloadType"], envelope["signatures"][0]["keyid"]
    except (KeyError, IndexError, TypeError, ValueError) as garbled:
        raise BadNote("is no envelope") from garbled
    if said != kind:
        raise BadNote("holds something else")
    if key != fingerprint(public):
        raise BadNote("is signed by another key")
    _verify(public, signature, pre_authentication(kind, payload))
    return payload


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from the text of its note. Raises BadNote."""
    lines = text.splitlines()
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as garbled:
        raise BadNote("is no checkpoint") from garbled
    at = next((line.removeprefix("at ") for line in lines[3:] if line.startswith("at ")), "")
    if len(root) != hashlib.sha256().digest_size or size < 0:
        raise BadNote("is no checkpoint")
    return Checkpoint(origin, size, root, at)


def read_short(text: str) -> tuple[int, str]:
    """The number of events and the letters of a receipt. Raises BadNote."""
    found = _SHORT_FORM.fullmatch(text.strip().upper())
    if found is None:
        raise BadNote("is no receipt: write NUMBER-LETTERS as it stands there, or the whole note")
    return int(found[1]), found[2]


def short_root(root: bytes) -> str:
    """The letters of a receipt for this root."""
    return base64.b32encode(root).decode()[:_SHORT]


def _verify(public: bytes, signature: bytes, signed: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError) as wrong:
        raise BadNote("was changed since it was signed") from wrong
