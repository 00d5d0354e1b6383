"""The list of residents as staff look through it: by anything they know of somebody, or those of one group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from locker.services.people.resident_wishes import Wishes, WishRegister
    from locker.services.people.residents import Person, ResidentDirectory

MOST_FOUND = 1000
"""So many hits of a text are looked through, the best ones."""


class ResidentGroup(StrEnum):
    """Residents as staff sort them."""

    ALL = "all"
    UNREACHABLE = "unreachable"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    HELPED = "helped"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class ResidentSearch:
    """What staff look for; `start` is how many hits stand on the pages before."""

    text: str = field(default="", repr=False)
    group: ResidentGroup = ResidentGroup.ALL
    start: int = 0


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """A page of people; how many there are in each group; where the next page starts, None behind the last."""

    people: Sequence[Person]
    counts: Mapping[ResidentGroup, int]
    next: int | None


Judge = Callable[["Person", "Wishes", "date"], bool]
JUDGES: Mapping[ResidentGroup, Judge] = {
    ResidentGroup.ALL: lambda _person, _wished, _today: True,
    ResidentGroup.UNREACHABLE: lambda person, _wished, _today: not person.phone and not person.email,
    ResidentGroup.UNANSWERED: lambda person, _wished, _today: person.consent is None,
    ResidentGroup.REFUSED: lambda person, wished, _today: person.consent is False or wished.in_person,
    ResidentGroup.HELPED: lambda person, wished, _today: person.reach or wished.assisted,
    ResidentGroup.AWAY: lambda _person, wished, today: wished.away is not None and wished.away.covers(today),
}


def find_residents(
    directory: ResidentDirectory, wishes: WishRegister, today: date, query: ResidentSearch, limit: int = 50
) -> ResidentPage:
    """One page, by unit where nothing is looked for, else the best hit first. All of it is in memory.

    `today`: the day at the site, for who is away.
    """
    text = query.text.strip()
    found = directory.search(text, MOST_FOUND).people if text else directory.everybody()
    fits: dict[ResidentGroup, list[Person]] = {group: [] for group in ResidentGroup}
    for person in found:
        wished = wishes.of(person.id)
        for group, judge in JUDGES.items():
            if judge(person, wished, today):
                fits[group].append(person)
    people, end = fits[query.group], query.start + limit
    counts = {group: len(each) for group, each in fits.items()}
    return ResidentPage(people[query.start : end], counts, end if len(people) > end else None)
