"""Public keys of carriers, registered by staff: whoever has the private half signs deposit rights for this locker."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.signed_note import fingerprint
from locker.text_folding import folded_name, names_nobody, visible_name

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

MOST_KEYS = 4
"""So many one company may have: the old one, the new one, and two by mistake."""
_LENGTH, _ID = 32, 16
_KEY_TEXT = 2000


class TooManyKeys(LockerError):
    """The company has so many keys already: one of them is to be ended first."""


@dataclass(frozen=True, slots=True)
class CarrierKey:
    """A registered key; `id`: how its fingerprint begins."""

    id: str
    company: str
    public: bytes
    added_at: datetime
    added_by: str


class CarrierKeys:
    """All keys of this cabinet, in memory as their table has them."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._keys: tuple[CarrierKey, ...] = ()
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Read the table. Call once at start."""
        self._keys = await self._journal.read(_all)

    @property
    def any(self) -> bool:
        """True when some carrier's couriers may show a right here."""
        return bool(self._keys)

    def listed(self) -> tuple[CarrierKey, ...]:
        """All, by company and age."""
        return tuple(sorted(self._keys, key=lambda each: (folded_name(each.company), each.added_at, each.id)))

    def of(self, company: str) -> tuple[bytes, ...]:
        """The public keys of this company."""
        same = folded_name(company)
        return tuple(each.public for each in self._keys if folded_name(each.company) == same)

    def spelling(self, company: str) -> str:
        """The company as staff wrote it."""
        same = folded_name(company)
        return next((each.company for each in self._keys if folded_name(each.company) == same), company)

    async def add(self, company: str, text: str, by: str) -> CarrierKey:
        """Register a key; one that this company has already is left as it is.

        Raises ValueError with what to write instead, TooManyKeys, and Refused while sealed.
        """
        company = visible_name(company)
        if names_nobody(company) or not 1 <= len(company) <= 60:
            raise ValueError("a carrier has a name of 1 to 60 characters")
        public = read_public_key(text)
        async with self._one_at_a_time:
            same = next((each for each in self._keys if each.public == public), None)
            if same is not None:
                if folded_name(same.company) != folded_name(company):
                    raise ValueError("this key is registered for another carrier")
                return same
            if len(self.of(company)) >= MOST_KEYS:
                raise TooManyKeys
            company = self.spelling(company)
            name = fingerprint(public)[:_ID]

            def work(db: Database, now: datetime) -> tuple[Noted, CarrierKey]:
                key = CarrierKey(name, company, public, now, by)
                row = [name, company, public.hex(), rfc3339(now), by]
                sql = "insert into carrier_key (id, company, public, added_at, added_by) values (?, ?, ?, ?, ?)"
                db.execute(sql, row)
                return Noted(what="carrier-key-added", about=f"{company}: {name}"), key

            key = await self._engine.record_with(work, by)
            self._keys = (*self._keys, key)
            return key

    async def end(self, name: str, by: str) -> bool:
        """Believe this key no more, from now on; False when there is none of this name."""
        async with self._one_at_a_time:
            key = next((each for each in self._keys if each.id == name), None)
            if key is None:
                return False

            def work(db: Database, _: datetime) -> tuple[Noted, None]:
                db.execute("delete from carrier_key where id = ?", [name])
                return Noted(what="carrier-key-ended", about=f"{key.company}: {name}"), None

            await self._engine.record_with(work, by)
            self._keys = tuple(each for each in self._keys if each.id != name)
        return True


def read_public_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key: as PEM, or base64 of the bytes alone. Raises ValueError."""
    said = text.strip()
    if len(said) > _KEY_TEXT:
        raise ValueError("is no Ed25519 public key")
    if said.startswith("-----BEGIN PUBLIC KEY-----"):
        try:
            key = load_pem_public_key(said.encode())
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("is no Ed25519 public key") from None
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("is no Ed25519 public key")
        return key.public_bytes_raw()
    try:
        public = base64.b64decode(said.replace("-", "+").replace("_", "/").rstrip("=") + "=", validate=True)
    except ValueError:
        raise ValueError("is no Ed25519 public key") from None
    if len(public) != _LENGTH:
        raise ValueError("is no Ed25519 public key")
    return public


def _all(db: Database) -> tuple[CarrierKey, ...]:
    rows = db.execute("select id, company, public, added_at, added_by from carrier_key").fetchall()
    return tuple(
        CarrierKey(name, company, bytes.fromhex(public), moment(at), by) for name, company, public, at, by in rows
    )
