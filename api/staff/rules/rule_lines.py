"""Rules of which one entry is one line of a form: how a line is written, and how it is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locker.services.policies import RuleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineForm:
    """`write` makes a line of an entry, `read` an entry of a line; it raises ValueError for one that it cannot read."""

    write: Callable[[Entry], str]
    read: Callable[[str], dict[str, Any]]


def _contact_line(entry: Entry) -> str:
    person, deputy = f"{entry['person']} {entry['phone']}", f"{entry['deputy']} {entry['deputy_phone']}"
    return f"{entry['area']}: {person} / {deputy}"


def _read_contact(line: str) -> dict[str, Any]:
    area, colon, people = line.replace("\uff1a", ":").partition(":")
    person, slash, deputy = people.replace("\uff0f", "/").partition("/")
    if not colon or not slash:
        raise ValueError("a line is an area, a colon, a person with a phone, a slash, a deputy with a phone")
    (name, phone), (other, other_phone) = _person(person), _person(deputy)
    return {"area": area.strip(), "person": name, "phone": phone, "deputy": other, "deputy_phone": other_phone}


def _person(text: str) -> tuple[str, str]:
    """A name, and the phone behind it: from the first word that begins with a digit or a plus."""
    words = text.split()
    at = next((n for n, word in enumerate(words) if word[0].isdigit() or word[0] == "+"), len(words))
    return " ".join(words[:at]), " ".join(words[at:])


def _event_line(entry: Entry) -> str:
    return f"{entry['name']} {entry['first']} {entry['last']} {entry['times']:g}"


def _read_event(line: str) -> dict[str, Any]:
    words = line.split()
    if len(words) != 4:
        raise ValueError("a line is a name, the first day, the last day, how many times as much")
    try:
        return {"name": words[0], "first": words[1], "last": words[2], "times": float(words[3])}
    except ValueError:
        raise ValueError("how many times as much is a number, such as 2.5") from None


def _automation_line(entry: Entry) -> str:
    return f"{entry['name']}: {entry['when']} {entry['least']} {entry['then']}{'' if entry['on'] else ' off'}"


def _read_automation(line: str) -> dict[str, Any]:
    name, colon, rest = line.replace("\uff1a", ":").partition(":")
    words = rest.split()
    if not colon or len(words) not in {3, 4} or words[3:] not in ([], ["off"]):
        raise ValueError("a line is a name, a colon, what is looked at, a number, what is done, and off if it rests")
    if not (words[1].isascii() and words[1].isdigit() and len(words[1]) <= 6):
        raise ValueError("from which number on is a whole number")
    return {"name": name.strip(), "when": words[0], "least": int(words[1]), "then": words[2], "on": len(words) == 3}


def _team_line(entry: Entry) -> str:
    return f"{entry['name']}: {' '.join(entry['queues'])}: {' '.join(entry['members'])}"


def _read_team(line: str) -> dict[str, Any]:
    name, *rest = line.replace("\uff1a", ":").split(":")
    if len(rest) != 2:
        raise ValueError("a line is a team, its queues and its members, with colons between")
    queues, members = (part.replace(",", " ").replace("\uff0c", " ").split() for part in rest)
    return {"name": name.strip(), "queues": queues, "members": members}


def _crm_line(entry: Entry) -> str:
    return f"{entry['ours']}: {entry['theirs']}"


def _read_crm(line: str) -> dict[str, Any]:
    ours, colon, theirs = line.replace("\uff1a", ":").partition(":")
    if not colon:
        raise ValueError("a line is a field of ours, a colon, and what the other system calls it")
    return {"ours": ours.strip(), "theirs": theirs.strip()}


LINE_FORMS: Mapping[RuleKind, LineForm] = {
    RuleKind.EMERGENCY_CONTACTS: LineForm(_contact_line, _read_contact),
    RuleKind.SALES_EVENTS: LineForm(_event_line, _read_event),
    RuleKind.CRM_FIELDS: LineForm(_crm_line, _read_crm),
    RuleKind.AUTOMATION: LineForm(_automation_line, _read_automation),
    RuleKind.TEAMS: LineForm(_team_line, _read_team),
}


def written_lines(kind: RuleKind, entries: list[Entry]) -> list[str]:
    """Each entry as its line."""
    return [LINE_FORMS[kind].write(each) for each in entries]


def read_lines(kind: RuleKind, name: str, text: str) -> list[dict[str, Any]]:
    """The entries of a field. Raises ValueError `FIELD: …`, with the number of the line."""
    entries = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        try:
            entries.append(LINE_FORMS[kind].read(line))
        except ValueError as wrong:
            raise ValueError(f"{name}: line {number}: {wrong}") from None
    return entries
