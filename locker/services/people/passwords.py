"""Passwords of staff: what may be one, and how it is kept. Argon2id, one at a time, never on the loop's thread."""

from __future__ import annotations

import asyncio
import secrets
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from locker.core.reasons import RefusalReason, Refused
from locker.text_folding import without_invisible

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128

# What is tried first by anyone who guesses: the most common ones of the world are in the file, those of here and our
# own words are below.
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt")
_OURS = frozenset(
    """
    12345678 123456789 1234567890 87654321 987654321 0987654321 11111111 00000000 22222222 66666666 88888888 99999999
    12341234 12344321 11223344 112233445566 123123123 123321123 147258369 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2
    qwertyui qwertyuiop qwerty12 qwerty123 qwer1234 qweasdzxc asdfghjk asdfghjkl asdfasdf zxcvbnm1 q1w2e3r4 abcd1234
    abcdefgh abc12345 aa123456 a1234567 a12345678 a123456789 aaaaaaaa password password1 password12 password123
    passw0rd p@ssw0rd p@ssword iloveyou iloveyou1 5201314520 woaini520 woaini1314 woaini123 princess sunshine football
    baseball superman trustno1 welcome1 welcome123 letmein1 letmein123 admin123 admin1234 administrator changeme
    changeme1 default1 computer internet whatever starwars dragon123 monkey123 master123 michelle jennifer
    lockerlocker parcelbox parcellocker lockerdd operator operator1 technician supervisor auditor1
    """.split()  # noqa: SIM905  a list of words reads better as words
)


class PasswordWeakness(StrEnum):
    """Why a password may not be chosen; the word is the key of the sentence."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    NAME = "name"


def password_weakness(name: str, password: str) -> PasswordWeakness | None:
    """Why `password` may not be that of `name`, or None. No rule about kinds of characters (NIST 800-63B 3.1.1.2)."""
    text = _plain(password)
    if len(text) < MIN_PASSWORD_LENGTH:
        return PasswordWeakness.SHORT
    if len(text) > MAX_PASSWORD_LENGTH:
        return PasswordWeakness.LONG
    if text.casefold() in _common() or len(set(text)) == 1:
        return PasswordWeakness.COMMON
    letters, owner = _letters(text), _letters(name)
    if owner and not letters.replace(owner, "").replace(owner[::-1], ""):
        return PasswordWeakness.NAME
    return None


@cache
def _common() -> frozenset[str]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return _OURS.union(line for line in lines if not line.startswith("# "))


class PasswordHashing:
    """Makes and checks hashes: argon2id, 19 MiB, two passes, about 20 ms on a laptop and 100 ms on a Pi.

    One at a time, so that a flood of log-ins takes one core and 19 MiB at most; who comes when
    too many wait already is refused as throttled.
    """

    def __init__(self, *, max_waiting: int = 8) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._one_at_a_time = asyncio.Semaphore(1)
        self._max_waiting = max_waiting
        self._waiting = 0
        self._dummy_hash: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep, with its own salt and settings. Raises Refused (throttled)."""
        return await self._in_turn(self._hasher.hash, _plain(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """True when `stored` is of this password. Without a stored one it takes as long, and is False."""
        return await self._in_turn(self._verify, stored, _plain(password)[: MAX_PASSWORD_LENGTH + 1])

    def _verify(self, stored: str | None, password: str) -> bool:
        if self._dummy_hash is None:
            self._dummy_hash = self._hasher.hash(secrets.token_urlsafe())
        try:
            matches = self._hasher.verify(stored or self._dummy_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None

    async def _in_turn(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        if self._waiting >= self._max_waiting:
            raise Refused(RefusalReason.THROTTLED, retry_after=2)
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(work, *args, **named)
        finally:
            self._waiting -= 1


def _plain(text: str) -> str:
    """The same password typed on two keyboards is the same text: full-width signs and spaces, nothing invisible."""
    return without_invisible(text)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
