"""What every command is, and what several of them carry."""

from __future__ import annotations

from locker.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Once:
    """A caller's promise that this command is one and the same: its key, and the hash of what was said."""

    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something asked by `by` ("token:NAME", "staff:NAME", "courier:ID", "kiosk").

    `staff`: by a member of staff, or a program that stands for one.
    """

    by: str
    once: Once | None = None
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """Hashes of a code and token that were never used, and both sealed; for a parcel whose old ones are dead."""

    code_hash: str
    token_hash: str
    sealed: bytes
