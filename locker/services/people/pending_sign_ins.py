"""Who has given the right password and not yet the second factor: in memory, for ten minutes, and for five tries."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.services.people.sessions import Device

LASTS = timedelta(minutes=10)
MOST_WRONG_CODES = 5
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Somebody between the two steps of signing in. `id` is what only a cookie of theirs holds.

    `new_secret`: what an app is to be set up with, for an account that has none yet; empty for one that has.
    `replaces`: that app takes the place of another one.
    """

    id: str = field(repr=False)
    staff: str
    role: str
    device: Device
    new_secret: str = field(repr=False)
    ends_at: datetime
    replaces: bool = False


class PendingSignIns:
    """All of them, the oldest dropped when there are too many. A restart forgets them: one signs in again."""

    def __init__(self) -> None:
        self._by_hash: OrderedDict[str, tuple[PendingSignIn, int]] = OrderedDict()

    def begin(
        self, staff: str, role: str, device: Device, new_secret: str, now: datetime, *, replaces: bool = False
    ) -> PendingSignIn:
        """A new one under a new id of 256 bits."""
        self._by_hash = OrderedDict((key, each) for key, each in self._by_hash.items() if each[0].ends_at > now)
        pending = PendingSignIn(secrets.token_urlsafe(32), staff, role, device, new_secret, now + LASTS, replaces)
        self._by_hash[_hash(pending.id)] = (pending, 0)
        if len(self._by_hash) > _MOST_KEPT:
            self._by_hash.popitem(last=False)
        return pending

    def find(self, text: str, now: datetime) -> PendingSignIn | None:
        """The one of this id, if it still lasts."""
        pending, _ = self._by_hash.get(_hash(text), (None, 0))
        return pending if pending is not None and now < pending.ends_at else None

    def count_wrong(self, pending: PendingSignIn) -> None:
        """A wrong code: after the fifth one begins again with the password."""
        key = _hash(pending.id)
        if key in self._by_hash:
            wrong = self._by_hash[key][1] + 1
            self._by_hash[key] = (pending, wrong)
            if wrong >= MOST_WRONG_CODES:
                del self._by_hash[key]

    def end(self, pending: PendingSignIn) -> bool:
        """It has led to a session, or to nothing. False when it had ended already."""
        return self._by_hash.pop(_hash(pending.id), None) is not None

    def end_all(self, staff: str) -> None:
        """Nobody goes on with a password of this account that holds no more."""
        for each, _ in list(self._by_hash.values()):
            if each.staff == staff:
                self.end(each)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
