"""What opens a parcel: values that events make and end, known by keyed hashes only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from locker.frozen import dataclass


class CredentialKind(StrEnum):
    """What opens a parcel: its code, the token of its QR, somebody sent to fetch it, the carrier, staff."""

    CODE = "code"
    TOKEN = "token"  # noqa: S105  the word for its kind
    DELEGATE = "delegate"
    CARRIER = "carrier"
    STAFF = "staff"


class CredentialEnd(StrEnum):
    """Why a credential opens nothing any more. Outside all three are one and the same: an unknown code."""

    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


_OWN = frozenset({CredentialKind.CODE, CredentialKind.TOKEN})


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a parcel, while it does: keyed hashes only, a right without a hash for carrier and staff.

    `until`: from then on it opens nothing, whether or not anybody has noticed yet.
    """

    id: str
    kind: CredentialKind
    code_hash: str = ""
    token_hash: str = ""
    until: datetime | None = None

    @property
    def own(self) -> bool:
        """True for the code and the token that its recipients were sent."""
        return self.kind in _OWN

    @property
    def hashes(self) -> tuple[str, ...]:
        """What is typed or scanned for it, hashed."""
        return tuple(one for one in (self.code_hash, self.token_hash) if one)


def own_credentials(parcel: str, code_hash: str, token_hash: str) -> tuple[Credential, ...]:
    """The code and the token with which a parcel is brought; where there is none, none."""
    code = Credential(id="c" + parcel[1:], kind=CredentialKind.CODE, code_hash=code_hash)
    token = Credential(id="t" + parcel[1:], kind=CredentialKind.TOKEN, token_hash=token_hash)
    return tuple(one for one in (code, token) if one.hashes)
