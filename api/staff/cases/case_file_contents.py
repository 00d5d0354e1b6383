"""What goes into a case file: read from the tables, masked for whom it is made, put into words of one language."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from api.staff.cases.case_view import case_title, course
from api.staff.clip_pages import seconds
from api.staff.localized_text import staff_of
from api.staff.logbook import logbook
from locker.clip_file import BadClip
from locker.core.events.record import GENESIS, Recorded, moment, rfc3339
from locker.journal.codec import data_to_hand_out
from locker.journal.credential_history import credential_history
from locker.journal.event_tree import EventTree
from locker.journal.history import timeline
from locker.services.cases import TO_OPENER, whole_case
from locker.services.evidence import Snapshot, clips_of_parcel, event_part, snapshots_of_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from api.staff.localized_text import LocalizedText
    from locker.services.cases import Entry, WholeCase

T = TypeVar("T")

MOST_PICTURES, MOST_CLIPS = 60, 12
_STAFF, _COURIER = "staff", "courier"
_TO_CARRIER = frozenset({"forward", "returned", "field-cause", "field-finding", "field-prevention"})


class Purpose(StrEnum):
    """For whom a copy is: what others need not know is masked in it."""

    FULL = "full"
    RESIDENT = "resident"
    CARRIER = "carrier"


_PICTURED = {
    Purpose.RESIDENT: frozenset({"stored"}),
    Purpose.CARRIER: frozenset({"deposit-opened", "stored"}),
}
"""Of what a masked copy has pictures: a resident sees the parcel, not who stood there, a carrier its courier."""


def pictured_in(shot: Snapshot, purpose: Purpose) -> bool:
    """Whether a copy for this purpose holds this picture or clip. Film strips of others no resident gets."""
    if purpose is Purpose.FULL:
        return True
    if shot.frames and purpose is Purpose.RESIDENT:
        return False
    return shot.cause.removeprefix("clip-") in _PICTURED[purpose]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What of photos, pictures and clips a copy holds: parts, the part of each hash, and the frames of each event."""

    parts: dict[str, bytes]
    photos: dict[str, str]
    films: dict[int, tuple[tuple[int, str], ...]]
    left_out: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a file is made of, as of one checkpoint. `lines`: each event with the hash before it and its path."""

    whole: WholeCase
    lines: tuple[tuple[Recorded, str, list[bytes]], ...]
    snapshots: tuple[Snapshot, ...]
    clips: tuple[Snapshot, ...]
    notices: tuple[tuple[str, str, str, str, str], ...]
    credentials: tuple[dict[str, Any], ...]


def gather(db: Database, number: str, size: int, now: datetime) -> Gathered:
    """Read it. Raises Refused: unknown."""
    whole = whole_case(db, number)
    parcel = whole.case.parcel
    sql = """select seq, at, kind, by, data, hash from event where json_extract(data, '$.case') = ?
             and json_extract(data, '$.case') is not null order by seq"""
    found = {line.seq: line for line in (Recorded(*row) for row in db.execute(sql, [number]).fetchall())}
    found |= {line.seq: line for line in (timeline(db, parcel) if parcel else [])}
    tree = EventTree(db)
    lines = tuple((found[seq], _hash_before(db, seq), tree.path(seq, size)) for seq in sorted(found) if seq <= size)
    told = """select o.created_at, o.template, o.channel, o.state, o.said from outbox o
              where o.parcel = ? and o.parcel <> '' order by o.created_at"""
    notices = tuple(tuple(row) for row in db.execute(told, [parcel]).fetchall()) if parcel else ()
    return Gathered(
        whole,
        lines,
        tuple(snapshots_of_parcel(db, parcel)[-MOST_PICTURES:]) if parcel else (),
        tuple(clips_of_parcel(db, parcel)[-MOST_CLIPS:]) if parcel else (),
        notices,
        tuple(credential_history(db, parcel, now) or ()) if parcel else (),
    )


def _hash_before(db: Database, seq: int) -> str:
    row = db.execute("select hash from event where seq = ?", [seq - 1]).fetchone()
    return GENESIS if row is None else str(row[0])


def event_parts(gathered: Gathered, purpose: Purpose) -> dict[str, bytes]:
    """Each event with its path; of those that would tell who somebody is, in a masked copy, only what they are."""
    return {
        f"events/{line.seq:09d}.json": event_part(line, before, path, _shown(line, purpose))
        for line, before, path in gathered.lines
    }


def _shown(line: Recorded, purpose: Purpose) -> dict[str, Any] | None:
    """None for a whole line. What has keyed hashes in it is whole in no copy: they are handed to nobody."""
    told = data_to_hand_out(line.kind, line.data)
    names_somebody = purpose is not Purpose.FULL and line.by.startswith((f"{_STAFF}:", f"{_COURIER}:", "token:"))
    if told == line.data and not names_somebody:
        return None
    body = json.loads(told)
    kept = {name: body[name] for name in ("compartment", "parcel", "digest", "case", "sha256") if name in body}
    who = line.by.partition(":")[0] if names_somebody else line.by
    said = kept if names_somebody else body
    return {"at": line.at, "kind": line.kind, "by": who, "told": said, "masked": True}


def case_part(gathered: Gathered, purpose: Purpose, text: LocalizedText, pictures: Pictures) -> dict[str, Any]:
    """What the page shows, and the texts that the journal has salted hashes of."""
    entries = [each for each in gathered.whole.entries if _may_read(each, purpose)]
    return {
        "case": gathered.whole.case.number,
        "title": f"{gathered.whole.case.number}: {case_title(gathered.whole.case, text)}",
        "unit": gathered.whole.case.unit if purpose is not Purpose.CARRIER else "",
        "entries": [
            {"entry": each.entry, "what": each.what, "at": rfc3339(each.at), "text": each.text, "salt": each.salt}
            for each in entries
            if each.what != "forward"
        ],
        "sections": _sections(gathered, purpose, text, entries, pictures),
    }


def _may_read(entry: Entry, purpose: Purpose) -> bool:
    if purpose is Purpose.FULL:
        return True
    wanted = TO_OPENER if purpose is Purpose.RESIDENT else _TO_CARRIER
    return entry.what in wanted or entry.what.startswith("stage-")


def _sections(
    gathered: Gathered, purpose: Purpose, text: LocalizedText, entries: list[Entry], pictures: Pictures
) -> list[dict[str, Any]]:
    full = purpose is Purpose.FULL
    staff = text.translate("panel.file_role_staff")
    said = []
    for each, line in zip(reversed(entries), course(entries, text), strict=True):
        name = staff_of(each.by)
        words = line.sentence if full or not name else line.sentence.replace(name, staff, 1)
        said.append(_row(each.at, "\n".join(part for part in (words, line.text) if part), text))
    shown = [
        _row(each.at, text.translate("panel.case_photo_n", n=number), text, photo=pictures.photos.get(each.sha256, ""))
        for number, each in enumerate(gathered.whole.photos, 1)
    ]
    sections = [
        ("panel.file_course", said[::-1]),
        ("panel.file_photos", shown),
        ("panel.file_saw", _saw(gathered, text, pictures, full=full)),
        ("panel.file_access", _access(gathered, text)),
    ]
    if purpose is not Purpose.CARRIER:
        told = [
            _row(moment(at), f"{template}: {words}", text, small=f"{channel} {state}".strip())
            for at, template, channel, state, words in gathered.notices
        ]
        sections.append(("panel.file_told", told))
    return [{"heading": text.translate(heading), "rows": rows} for heading, rows in sections if rows]


def _saw(gathered: Gathered, text: LocalizedText, pictures: Pictures, *, full: bool) -> list[dict[str, Any]]:
    shots = {each.of: pictures.photos.get(each.sha256, "") for each in gathered.snapshots}
    rows = []
    for line, _, _ in gathered.lines:
        for day in logbook([line], text, {}):
            for entry in day.entries:
                small = text.translate("panel.file_event", n=line.seq)
                if full and entry.detail:
                    small = text.translate("panel.comma").join((small, entry.detail))
                row = _row(moment(line.at), entry.sentence, text, small, shots.get(line.seq, ""))
                rows.append(row | _film(pictures.films.get(line.seq, ()), text))
    if pictures.left_out:
        rows.append({"time": "", "words": text.translate("panel.file_left_out", n=pictures.left_out)})
    return rows


def _film(frames: tuple[tuple[int, str], ...], text: LocalizedText) -> dict[str, Any]:
    if not frames:
        return {}
    listed = [{"part": part, "moment": text.translate("panel.clip_moment", n=seconds(at))} for at, part in frames]
    return {"film": listed, "strip": text.translate("panel.file_strip", n=len(frames))}


def _access(gathered: Gathered, text: LocalizedText) -> list[dict[str, Any]]:
    """Every credential that ever opened it, and every order of staff at its doors."""
    rows = []
    for each in gathered.credentials:
        ended = text.translate("panel.file_ended", how=each["ended"]) if each.get("ended") else ""
        small = ended or text.translate("panel.file_until_now")
        rows.append(_row(moment(each["made_at"]), text.translate(f"panel.file_kind_{each['kind']}"), text, small))
    for line, _, _ in gathered.lines:
        if line.kind == "UnlockOrdered":
            small = text.translate("panel.file_event", n=line.seq)
            (day,) = logbook([line], text, {})
            rows.append(_row(moment(line.at), day.entries[0].sentence, text, small))
    return rows


def _row(at: datetime, words: str, text: LocalizedText, small: str = "", photo: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {"time": f"{text.day(text.date_of(at))} {text.clock(at, seconds=True)}", "words": words}
    return row | ({"small": small} if small else {}) | ({"photo": photo} if photo else {})


def read_quietly(read: Callable[[], T]) -> T | None:
    """What is read of a picture or a clip; None where its file is gone or was changed: nothing false is taken along."""
    with suppress(OSError, BadClip):
        return read()
    return None
