"""A deposit right as it is read from a QR: whether its carrier signed it, for this locker, and for now. Pure.

A compact JWS (RFC 7515) with EdDSA over Ed25519 (RFC 8037): any JWT library makes one. Of what that family allows only
one form is taken: this algorithm, this type, no other header but a key's name, and every part spelled in the one way
that base64url has, so that no two texts are the same right and no altered one is any.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from locker.core.deposit_right import LONGEST_LIFE, DepositRight
from locker.core.model import Size
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.text_folding import folded_tracking, names_nobody, visible_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

TYPE = "deposit-right+jwt"
LONGEST_TEXT = 1000
SKEW = timedelta(minutes=2)
"""So far the carrier's clock may be ahead of this one."""
MOST_USES = 99
_FORM = re.compile(r"(eyJ[A-Za-z0-9_-]{10,})\.(eyJ[A-Za-z0-9_-]{10,})\.([A-Za-z0-9_-]{86})", re.ASCII)
_ALIKE = re.compile(r"eyJ[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_HEADER, _NEEDED = frozenset({"alg", "typ", "kid"}), frozenset({"iss", "aud", "jti", "iat", "exp"})
_CLAIMS = _NEEDED | {"nbf", "uses", "size", "door", "tracking", "to"}
_TO = (frozenset({"unit"}), frozenset({"unit", "name"}), frozenset({"phone"}))


@dataclass(frozen=True, slots=True)
class SignedRight:
    """What a carrier signed. `tracking`: the only parcel; `unit`, `name`, `phone`: for whom; empty for any."""

    right: DepositRight
    locker: str
    made_at: datetime
    begins_at: datetime
    tracking: str = ""
    unit: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)

    @property
    def names_somebody(self) -> bool:
        """Whether it is for some people alone."""
        return bool(self.unit or self.phone)


def is_deposit_right(scan: str) -> bool:
    """True for what claims to be one, good or not: no label and no pickup code looks so."""
    return _ALIKE.fullmatch(scan.strip()) is not None


def read_right(text: str, keys_of: Callable[[str], Iterable[bytes]]) -> SignedRight:
    """What is signed here. `keys_of`: the public keys of a company, none for one that has none.

    Raises Refused: right-garbled, right-unknown-carrier, right-not-signed; nothing of an unsigned one is believed.
    """
    form = _FORM.fullmatch(text.strip()) if len(text) <= LONGEST_TEXT else None
    if form is None:
        raise Refused(RefusalReason.RIGHT_GARBLED)
    header, claims = _object(_bytes(form[1])), _object(_bytes(form[2]))
    if not set(header) <= _HEADER or header.get("alg") != "EdDSA" or header.get("typ") != TYPE:
        raise Refused(RefusalReason.RIGHT_GARBLED)
    company = _text(claims, "iss", 60)
    keys = list(keys_of(company))
    if not keys:
        raise Refused(RefusalReason.RIGHT_CARRIER)
    signature, signed = _bytes(form[3]), f"{form[1]}.{form[2]}".encode()
    if not any(_verifies(key, signature, signed) for key in keys):
        raise Refused(RefusalReason.RIGHT_SIGNATURE)
    return _read(claims, company)


def must_be_for(signed: SignedRight, tracking: str, recipient: str, people: Collection[str]) -> None:
    """Raises Refused for another parcel or recipient than it names; `people`: ids of those whom it names."""
    other = signed.tracking and folded_tracking(signed.tracking) != folded_tracking(tracking)
    if other or (signed.names_somebody and recipient not in people):
        raise Refused(RefusalReason.RIGHT_OTHER_PARCEL)


def must_be_good(signed: SignedRight, locker: str, now: datetime) -> None:
    """Raises Refused for a right of another locker, or one that is not good yet or any more."""
    if signed.locker != locker:
        raise Refused(RefusalReason.RIGHT_OTHER_LOCKER)
    if max(signed.made_at, signed.begins_at) > now + SKEW:
        raise Refused(RefusalReason.RIGHT_NOT_YET)
    if now >= signed.right.until:
        raise Refused(RefusalReason.RIGHT_EXPIRED)
    if signed.right.until - signed.made_at > LONGEST_LIFE:
        raise Refused(RefusalReason.RIGHT_TOO_LONG)


def _read(claims: dict[str, Any], company: str) -> SignedRight:
    to = claims.get("to", {})
    known = _NEEDED <= set(claims) <= _CLAIMS and isinstance(to, dict) and (not to or set(to) in _TO)
    uses = claims.get("uses", 1)
    counted = type(uses) is int and 1 <= uses <= MOST_USES
    if not known or not counted or _NAME.fullmatch(_text(claims, "jti", 40)) is None:
        raise Refused(RefusalReason.RIGHT_GARBLED)
    made = _moment(claims, "iat")
    return SignedRight(
        right=DepositRight(
            company=visible_name(company),
            name=claims["jti"],
            uses=uses,
            until=_moment(claims, "exp"),
            size=_size(claims),
            door=_text(claims, "door", 40) if "door" in claims else "",
            made_at=made,
        ),
        locker=_text(claims, "aud", 64),
        made_at=made,
        begins_at=_moment(claims, "nbf") if "nbf" in claims else made,
        tracking=_text(claims, "tracking", 40) if "tracking" in claims else "",
        unit=_text(to, "unit", 60) if "unit" in to else "",
        name=_text(to, "name", 60) if "name" in to else "",
        phone=_text(to, "phone", 30) if "phone" in to else "",
    )


def _size(claims: dict[str, Any]) -> Size | None:
    if "size" not in claims:
        return None
    try:
        return Size(_text(claims, "size", 2))
    except ValueError:
        raise Refused(RefusalReason.RIGHT_GARBLED) from None


def _verifies(public: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(part: str) -> bytes:
    """The bytes of a part, spelled in the one way there is: of others the last letter could be changed unseen."""
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Refused(RefusalReason.RIGHT_GARBLED) from None
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise Refused(RefusalReason.RIGHT_GARBLED)
    return content


def _object(content: bytes) -> dict[str, Any]:
    """One JSON object that says nothing twice."""
    try:
        said = json.loads(content.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refused(RefusalReason.RIGHT_GARBLED) from None
    if not isinstance(said, dict):
        raise Refused(RefusalReason.RIGHT_GARBLED)
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("says something twice")
    return found


def _text(said: dict[str, Any], name: str, longest: int) -> str:
    text = said.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= longest or not text.isprintable() or names_nobody(text):
        raise Refused(RefusalReason.RIGHT_GARBLED)
    return text


def _moment(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    if type(seconds) is not int or not 0 <= seconds <= 253_370_764_800:  # the year 9999
        raise Refused(RefusalReason.RIGHT_GARBLED)
    return datetime.fromtimestamp(seconds, UTC)
