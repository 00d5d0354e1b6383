"""Who lives here: the personal part of the residents, read from their table and kept in memory for type-ahead.

The journal writes the rows; this directory only reads them. What rules need of a resident stands
in `engine.site.residents`, under the same id.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from locker.frozen import dataclass
from locker.services.people.dialled_phone import DialledPhone
from locker.services.people.masking import masked_name, masked_phone_tail
from locker.services.people.name_matching import rank_of_name, without_titles
from locker.services.people.name_search import initials, keypad_digits, romanized
from locker.services.people.phone_numbers import dialled_phone, same_phone
from locker.text_folding import folded_name, folded_unit, nfkc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

_SELECT_ALL = "select id, unit, name, phone, language, email, consent, reach from resident"
_SELECT_ONE = _SELECT_ALL + " where id = ?"
_MASK = re.compile(r"[*•●＊]+")  # noqa: RUF001  labels print the full-width star too
_MIN_VISIBLE_DIGITS = 7
_MOST_READINGS = 64


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
        return masked_phone_tail(self.phone)

    @property
    def initial(self) -> str:
        """The letter under which staff find this name, "#" when it has none."""
        first = romanized(self.name)[:1]
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
    romanized: str
    initial_letters: str
    initial_keys: str
    turned_keys: str
    unit_keys: tuple[str, str]
    unit_begins: str
    phone: str
    order: tuple[tuple[int, int, str], ...]


class ResidentDirectory:
    """All residents, by id, unit, name, phone and keypad. Lives on the loop; every look-up is from memory."""

    def __init__(self, journal: Journal, engine: Engine, country: str | None = None) -> None:
        """`country` (ISO 3166): where phone numbers without a country code belong."""
        self._journal = journal
        self._engine = engine
        self._entries: dict[str, _Entry] = {}
        self._by_unit: tuple[Person, ...] | None = None
        self._reading = asyncio.Lock()
        self._country = country

    async def load(self) -> None:
        """Read the whole table."""
        async with self._reading:
            people = await self._journal.read(lambda db: _people(db, _SELECT_ALL, ()))
            self._entries = {person.id: self._entry(person) for person in people}
            self._by_unit = None

    async def refresh(self, resident: str) -> None:
        """Read one resident again; awaited by whoever saved them, so that the next look-up sees the change."""
        async with self._reading:
            people = await self._journal.read(lambda db: _people(db, _SELECT_ONE, (resident,)))
            for person in people:
                self._entries[person.id] = self._entry(person)
            if not people:
                self._entries.pop(resident, None)
            self._by_unit = None

    async def run(self) -> None:
        """Stay true to the table for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                await self.load()
                async for recorded in events:
                    if recorded.kind in {"ResidentSaved", "ResidentErased"}:
                        await self.refresh(str(recorded.body()["resident"]))

    def everybody(self) -> tuple[Person, ...]:
        """All residents in the order of their units."""
        if self._by_unit is None:
            self._by_unit = tuple(entry.person for entry in self._sorted(self._entries.values()))
        return self._by_unit

    def get(self, resident: str) -> Person | None:
        """The resident of this id."""
        entry = self._entries.get(resident)
        return entry.person if entry else None

    def find_exact(self, unit: str, name: str) -> Person | None:
        """The one resident of this unit and exactly this name, but for case and spaces."""
        wanted_unit, wanted_name = folded_unit(unit), folded_name(name)
        hits = (entry for entry in self._entries.values() if entry.unit == wanted_unit and entry.name == wanted_name)
        return next((entry.person for entry in hits), None)

    def find(self, unit: str, name: str | None = None) -> list[Person]:
        """Everybody of a unit, or those of this name; "王*" and "W** Ming" as labels mask them match too.

        A name that nobody has as it stands is compared as carriers print names; all who fit it best are given.
        """
        wanted = folded_unit(unit)
        here = self._sorted(entry for entry in self._entries.values() if entry.unit == wanted)
        if not name or not _MASK.sub("", folded_name(name)):
            return [entry.person for entry in here]
        pattern = _name_pattern(name)
        exact = [entry.person for entry in here if pattern.fullmatch(entry.name)]
        if exact or _MASK.search(name):
            return exact
        ranks = [(rank_of_name(name, entry.person.name), entry.person) for entry in here]
        best = min((rank for rank, _ in ranks if rank is not None), default=None)
        return [person for rank, person in ranks if best is not None and rank == best]

    def meant(self, unit: str | None, name: str | None, phone: str | None) -> tuple[str, ...]:
        """Ids of who is meant; a unit with several residents and no name means all of them."""
        found = self.find(unit, name) if unit is not None else self.by_phone(phone or "")
        return tuple(person.id for person in found if person.id in self._engine.site.residents)

    def by_phone(self, phone: str) -> list[Person]:
        """Everybody of this number, with or without its country code, or as "138****0001"."""
        if _MASK.search(phone):
            hits = self._by_masked_phone(phone)
        else:
            wanted = self.dialled(phone).number
            exact = [entry for entry in self._entries.values() if wanted and entry.phone == wanted]
            hits = exact or [entry for entry in self._entries.values() if same_phone(wanted, entry.phone)]
        return [entry.person for entry in self._sorted(hits)]

    def dialled(self, phone: str) -> DialledPhone:
        """A phone number as this cabinet keeps it, and whether it can be dialled from here."""
        return dialled_phone(phone, self._country)

    def search(self, text: str, limit: int = 6) -> ResidentMatches:
        """Find people by anything: unit, initials, name or end of the phone; a number as typed on one keypad.

        Words are separate conditions ("1203 wang"). Units come first, then initials and names, then phones.
        """
        words = [_Word.of(each) for each in folded_name(without_titles(text)).split()]
        if not words:
            return ResidentMatches((), 0)
        hits: list[tuple[int, _Entry]] = []
        for entry in self._entries.values():
            ranks = [_rank(entry, word) for word in words]
            if all(rank is not None for rank in ranks):
                hits.append((max(rank or 0 for rank in ranks), entry))
        hits.sort(key=lambda hit: (hit[0], hit[1].order, hit[1].romanized))
        return ResidentMatches(tuple(entry.person for _, entry in hits[:limit]), max(0, len(hits) - limit))

    def by_name(self, initial: str | None = None) -> list[Person]:
        """Everybody sorted by name as it sounds, or those under one letter ("#" for names without one)."""
        entries = sorted(self._entries.values(), key=lambda entry: (entry.romanized, entry.order))
        wanted = initial.upper() if initial else None
        return [entry.person for entry in entries if wanted is None or entry.person.initial == wanted]

    def _entry(self, person: Person) -> _Entry:
        # Numbers that were kept before stand as they were written; they are compared as they would be kept today.
        return _entry(person, self.dialled(person.phone).number)

    def _by_masked_phone(self, phone: str) -> list[_Entry]:
        plain = nfkc(phone)
        parts = [re.sub(r"\D", "", part) for part in _MASK.split(plain)]
        if sum(map(len, parts)) < _MIN_VISIBLE_DIGITS or len(parts[-1]) < 4:
            return []
        pattern = re.compile(r"\+?\d{0,3}" + r"\d+".join(map(re.escape, parts)))
        return [entry for entry in self._entries.values() if pattern.fullmatch(entry.phone)]

    @staticmethod
    def _sorted(entries: Iterable[_Entry]) -> list[_Entry]:
        return sorted(entries, key=lambda entry: (entry.order, entry.name))


def _name_pattern(name: str) -> re.Pattern[str]:
    """A name as a pattern: a run of mask characters stands for one character or more."""
    parts = _MASK.split(folded_name(name))
    return re.compile(".+".join(map(re.escape, parts)))


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a search, with everything that is compared, made once. `keys`: it is digits, as on a keypad."""

    text: str
    keys: bool
    begin: str
    letters: str

    @classmethod
    def of(cls, text: str) -> _Word:
        keys = text.isascii() and text.isdigit()
        letters = "" if keys else romanized(text)
        return cls(text, keys, f"|{text if keys else letters}", letters)


def _rank(entry: _Entry, word: _Word) -> int | None:
    """How well one word of a search fits: 0 is best, None not at all."""
    if word.keys:
        return _rank_of_keys(entry, word)
    if entry.unit.startswith(word.text):
        return 0 if entry.unit == word.text else 1
    if (word.letters and word.begin in entry.initial_letters) or word.text in entry.name:
        return 2
    return 3 if word.letters and word.letters in entry.romanized else None


def _rank_of_keys(entry: _Entry, word: _Word) -> int | None:
    digits = word.text
    if digits in entry.unit_keys:
        return 0
    if word.begin in entry.unit_begins:
        return 1
    if word.begin in entry.initial_keys:
        return 2
    if f"{word.begin}|" in entry.turned_keys:
        return 3
    if len(digits) > 1 and (entry.phone.endswith(digits) or entry.phone[-4:].startswith(digits)):
        return 3
    return None


def _turned(places: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The same initials as on labels that print the given name before the family name, and the other way round."""
    return [places[at:] + places[:at] for at in range(1, len(places))]


def _spelled(places: Iterable[tuple[str, ...]]) -> str:
    """Every way to read these initials, each behind a bar: a beginning is found with the bar before it."""
    readings = (itertools.islice(itertools.product(*each), _MOST_READINGS) for each in places)
    return "".join(f"|{''.join(one)}" for each in readings for one in each) + "|"


def _entry(person: Person, phone: str) -> _Entry:
    unit = folded_unit(person.unit)
    pieces = re.findall(r"\d+|\D+", unit)
    places = initials(person.name)
    keys = tuple("".join(keypad_digits(letter) for letter in place) for place in places)
    unit_keys = (keypad_digits(unit), "".join(character for character in unit if character.isdigit()))
    return _Entry(
        person=person,
        unit=unit,
        name=folded_name(person.name),
        romanized=romanized(person.name),
        initial_letters=_spelled([places]),
        initial_keys=_spelled([keys]),
        turned_keys=_spelled(_turned(keys)),
        unit_keys=unit_keys,
        unit_begins="".join(f"|{each}" for each in unit_keys),
        phone=phone,
        order=tuple((0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces),
    )


def _people(db: Database, query: str, values: tuple[Any, ...]) -> list[Person]:
    return [
        Person(id_, unit, name, phone, language, email, None if consent is None else bool(consent), bool(reach))
        for id_, unit, name, phone, language, email, consent, reach in db.execute(query, values).fetchall()
    ]
