"""Who lives here: the personal part of the residents, read from their table and kept in memory for type-ahead.

The journal writes the rows; this directory only reads them. What rules need of a resident stands
in `engine.site.residents`, under the same id.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from locker.services.people.name_search import (
    folded,
    initials,
    initials_match,
    keys_of,
    masked_name,
    masked_tail,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

_EVERYBODY = "select id, unit, name, phone, language, email, consent, reach from resident"
_ONE = _EVERYBODY + " where id = ?"
_MASK = re.compile(r"[*•●＊]+")  # noqa: RUF001  labels print the full-width star too
_SHORTEST_NATIONAL = 8
# One digit, two or three: ITU-T E.164 gives a country code that no other begins with.
_COUNTRY_CODE = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)",
)
_VISIBLE_OF_MASKED = 7


@dataclass(frozen=True, slots=True)
class Person:
    """One resident as the table holds them. `repr` shows nothing by which a stranger could find the person."""

    id: str
    unit: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)
    language: str
    email: str = field(repr=False)
    consent: bool | None
    reach: bool

    @property
    def masked_name(self) -> str:
        """The name as a courier may see it."""
        return masked_name(self.name)

    @property
    def phone_tail(self) -> str:
        """The end of the phone as a courier may see it, at most four digits."""
        return masked_tail(self.phone)

    @property
    def initial(self) -> str:
        """The letter under which staff find this name, "#" when it has none."""
        first = spelled(self.name)[:1]
        return first.upper() if first.isalpha() else "#"


class ResidentMatches(NamedTuple):
    """The best hits of a search, and how many more there are."""

    people: tuple[Person, ...]
    more: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A person with everything that a search compares, made once."""

    person: Person
    unit: str
    name: str
    spelled: str
    initials: tuple[str, ...]
    unit_keys: tuple[str, str]
    phone: str
    order: tuple[tuple[int, int, str], ...]


class ResidentDirectory:
    """All residents, by id, unit, name, phone and keypad. Lives on the loop; every look-up is from memory."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._entries: dict[str, _Entry] = {}
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read the whole table."""
        async with self._reading:
            people = await self._journal.read(lambda db: _people(db, _EVERYBODY, ()))
            self._entries = {person.id: _entry(person) for person in people}

    async def refresh(self, resident: str) -> None:
        """Read one resident again; awaited by whoever saved them, so that the next look-up sees the change."""
        async with self._reading:
            people = await self._journal.read(lambda db: _people(db, _ONE, (resident,)))
            for person in people:
                self._entries[person.id] = _entry(person)
            if not people:
                self._entries.pop(resident, None)

    async def run(self) -> None:
        """Stay true to the table for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                await self.load()
                async for recorded in events:
                    if recorded.kind == "ResidentSaved":
                        await self.refresh(str(recorded.body()["resident"]))

    def get(self, resident: str) -> Person | None:
        """The resident of this id."""
        entry = self._entries.get(resident)
        return entry.person if entry else None

    def known(self, unit: str, name: str) -> Person | None:
        """The one resident of this unit and exactly this name, but for case and spaces."""
        asked, called = folded_unit(unit), folded(name)
        hits = (entry for entry in self._entries.values() if entry.unit == asked and entry.name == called)
        return next((entry.person for entry in hits), None)

    def find(self, unit: str, name: str | None = None) -> list[Person]:
        """Everybody of a unit, or those of this name; "王*" and "W** Ming" as labels mask them match too."""
        asked = folded_unit(unit)
        pattern = _name_pattern(name) if name and _MASK.sub("", name).strip() else None
        hits = (entry for entry in self._entries.values() if entry.unit == asked)
        return [one.person for one in self._sorted(hits) if pattern is None or pattern.fullmatch(one.name)]

    def by_phone(self, phone: str) -> list[Person]:
        """Everybody of this number, with or without its country code, or as "138****0001"."""
        if _MASK.search(phone):
            hits = self._by_masked_phone(phone)
        else:
            asked = plain_phone(phone)
            exact = [entry for entry in self._entries.values() if asked and entry.phone == asked]
            hits = exact or [entry for entry in self._entries.values() if _same_number(asked, entry.phone)]
        return [entry.person for entry in self._sorted(hits)]

    def search(self, text: str, limit: int = 6) -> ResidentMatches:
        """Find people by anything: unit, initials, name or end of the phone; a number as typed on one keypad.

        Words are separate conditions ("1203 wang"). Units come first, then initials and names, then phones.
        """
        words = folded(text).split()
        if not words:
            return ResidentMatches((), 0)
        hits: list[tuple[int, _Entry]] = []
        for entry in self._entries.values():
            ranks = [_rank(entry, word) for word in words]
            if all(rank is not None for rank in ranks):
                hits.append((max(rank or 0 for rank in ranks), entry))
        hits.sort(key=lambda hit: (hit[0], hit[1].order, hit[1].spelled))
        return ResidentMatches(tuple(entry.person for _, entry in hits[:limit]), max(0, len(hits) - limit))

    def by_name(self, initial: str | None = None) -> list[Person]:
        """Everybody sorted by name as it sounds, or those under one letter ("#" for names without one)."""
        entries = sorted(self._entries.values(), key=lambda entry: (entry.spelled, entry.order))
        wanted = initial.upper() if initial else None
        return [entry.person for entry in entries if wanted is None or entry.person.initial == wanted]

    def _by_masked_phone(self, phone: str) -> list[_Entry]:
        plain = unicodedata.normalize("NFKC", phone)
        parts = [re.sub(r"\D", "", part) for part in _MASK.split(plain)]
        if sum(map(len, parts)) < _VISIBLE_OF_MASKED or len(parts[-1]) < 4:
            return []
        pattern = re.compile(r"\+?\d{0,3}" + r"\d+".join(map(re.escape, parts)))
        return [entry for entry in self._entries.values() if pattern.fullmatch(entry.phone)]

    @staticmethod
    def _sorted(entries: Iterable[_Entry]) -> list[_Entry]:
        return sorted(entries, key=lambda entry: (entry.order, entry.name))


def plain_phone(text: str) -> str:
    """Give a phone number as it is kept: its digits, after a + if it begins with one."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(mark for mark in plain if mark.isascii() and mark.isdigit())
    return "+" + digits if digits and plain.startswith("+") else digits


def folded_unit(text: str) -> str:
    """Make two spellings of one unit equal: NFKC, case folded, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _same_number(one: str, other: str) -> bool:
    """Equal but for a country code, after + or 00, that only one of them has."""
    one, other = (re.sub(r"^00", "+", number) for number in (one, other))
    if one == other:
        return True
    if one.startswith("+") == other.startswith("+"):
        return False
    full, national = (one, other) if one.startswith("+") else (other, one)
    country = _COUNTRY_CODE.match(full)
    return (
        country is not None
        and full[country.end() :] == national.removeprefix("0")
        and len(national) >= _SHORTEST_NATIONAL
    )


def _name_pattern(name: str) -> re.Pattern[str]:
    """A name as a pattern: a run of mask characters stands for one character or more."""
    parts = _MASK.split(folded(name))
    return re.compile(".+".join(map(re.escape, parts)))


def _rank(entry: _Entry, word: str) -> int | None:
    """How well one word of a search fits: 0 is best, None not at all."""
    if word.isascii() and word.isdigit():
        return _rank_of_keys(entry, word)
    if entry.unit == word:
        return 0
    if entry.unit.startswith(word):
        return 1
    letters = spelled(word)
    if letters and len(letters) <= len(entry.initials) and _begins(entry.initials, letters):
        return 2
    if word in entry.name:
        return 2
    return 3 if letters and letters in entry.spelled else None


def _rank_of_keys(entry: _Entry, digits: str) -> int | None:
    if digits in entry.unit_keys:
        return 0
    if any(keys.startswith(digits) for keys in entry.unit_keys):
        return 1
    if initials_match(digits, entry.initials):
        return 2
    if len(digits) > 1 and (entry.phone.endswith(digits) or entry.phone[-4:].startswith(digits)):
        return 3
    return None


def _begins(places: tuple[str, ...], letters: str) -> bool:
    return all(letter in place for letter, place in zip(letters, places, strict=False))


def _entry(person: Person) -> _Entry:
    unit = folded_unit(person.unit)
    pieces = re.findall(r"\d+|\D+", unit)
    return _Entry(
        person=person,
        unit=unit,
        name=folded(person.name),
        spelled=spelled(person.name),
        initials=initials(person.name),
        unit_keys=(keys_of(unit), "".join(mark for mark in unit if mark.isdigit())),
        phone=plain_phone(person.phone),
        order=tuple((0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces),
    )


def _people(db: Database, query: str, values: tuple[Any, ...]) -> list[Person]:
    return [
        Person(id_, unit, name, phone, language, email, None if consent is None else bool(consent), bool(reach))
        for id_, unit, name, phone, language, email, consent, reach in db.execute(query, values).fetchall()
    ]
