"""Parcels: the search, one parcel with its timeline, and showing who it is for, which is recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import masked_phone, masked_tracking
from api.staff.logbook import logbook
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.snapshot_pages import shows, side_by_side
from locker.core.model import ParcelState
from locker.core.reasons import Refused
from locker.journal.history import parcel_row, timeline
from locker.services.people import ParcelGroup, ParcelSearch, Right, find_parcels, masked_name

if TYPE_CHECKING:
    from typing import Any

    from fastapi import FastAPI

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Member, Panel
    from locker.services.people import FoundParcel, ResidentDirectory

PAGE = 50
_CURSOR = re.compile(r"[0-9]{1,15}", re.ASCII)


def install(app: FastAPI, panel: Panel) -> None:
    """Add the pages."""
    pages = ParcelPages(panel)
    app.add_route("/parcels", panel.members(pages.parcels), methods=["GET"])
    app.add_route("/parcels", panel.members(pages.search), methods=["POST"])
    app.add_route("/parcels/{parcel}", panel.members(pages.parcel), methods=["GET"])
    app.add_route("/parcels/{parcel}/show", panel.members(pages.show, Right.SHOW), methods=["POST"])


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """One parcel in the table, masked."""

    id: str
    unit: str
    names: str
    tracking: str
    door: str
    look: str
    state: str
    alarm: bool
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a parcel is for, as this page may show them."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


class ParcelPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def search(self, member: Member) -> Response:
        """Keep what is looked for with the session (a name must not stand in an address), and show the list."""
        form, words = member.form, member.words
        group = form.get("group", ParcelGroup.ALL)
        if group not in set(ParcelGroup):
            return self._panel.fault(member, "panel.bad_field", 422, field="group")
        day = form.get("day", "")
        span = None
        if day:
            try:
                span = words.day_span(date.fromisoformat(day))
            except (ValueError, OverflowError):
                return self._panel.fault(member, "panel.bad_field", 422, field="day")
        after = form.get("after", "")
        if after and not _CURSOR.fullmatch(after):
            return self._panel.fault(member, "panel.bad_field", 422, field="after")
        member.drawer.query = ParcelSearch(form.get("text", "").strip(), ParcelGroup(group), span, after)
        member.drawer.day = day
        return RedirectResponse("/parcels", 303, HEADERS)

    async def parcels(self, member: Member) -> Response:
        """The list."""
        query = member.drawer.query
        names = list(self._context.engine.site.compartments)
        found = await find_parcels(self._context.journal, self._context.directory, names, query, PAGE)
        lines = [_line(each, self._context.directory, member.words) for each in found.parcels]
        return self._panel.render(
            "parcels.html",
            member,
            query=query,
            day=member.drawer.day,
            found=found,
            lines=lines,
            groups=list(ParcelGroup),
        )

    async def parcel(self, member: Member) -> Response:
        """One parcel."""
        name = member.request.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, name))
        if row is None:
            return self._panel.fault(member, "panel.no_parcel", 404)
        events = await self._context.journal.read(lambda db: timeline(db, name))
        showing = shows(member, name)
        return self._panel.render(
            "parcel.html",
            member,
            row=row,
            title=_title(row, member.words),
            people=_people(row, self._context.directory, showing=showing),
            showing=showing,
            may_show=Right.SHOW in member.rights,
            facts_of=_facts(row, member.words, showing=showing),
            door=_door(row),
            drawing=self._panel.drawing,
            days=logbook(events, member.words),
            pictures=side_by_side(events, member.words) if showing else [],
        )

    async def show(self, member: Member) -> Response:
        """Show who a parcel is for, for five minutes. Recorded first: what is not recorded is not shown."""
        name = member.request.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, name))
        if row is None:
            return self._panel.fault(member, "panel.no_parcel", 404)
        try:
            await self._context.engine.note("recipient-shown", name, member.by)
        except Refused:
            return self._panel.fault(member, "panel.refused_sealed", 503)
        member.drawer.show(name, member.words.now + SHOWN_FOR)
        return RedirectResponse(f"/parcels/{name}", 303, HEADERS)


def state_word(state: str, words: LocalizedText, *, overdue: bool) -> str:
    """The state of a parcel in words; overdue says more than stored."""
    return words.say(f"panel.state_{_told(state, overdue=overdue)}")


def _told(state: str, *, overdue: bool) -> str:
    return "overdue" if overdue and state == ParcelState.STORED else state


def _line(parcel: FoundParcel, directory: ResidentDirectory, words: LocalizedText) -> ParcelLine:
    people = [person for each in parcel.recipients if (person := directory.get(each))]
    live = ParcelState(parcel.state).live
    late = parcel.overdue and live
    look = {"stored": "is-full", "check": "is-lit", "depositing": "", "collecting": ""}.get(parcel.state, "is-out")
    return ParcelLine(
        id=parcel.id,
        unit=parcel.unit or words.say("panel.no_unit"),
        names=words.say("panel.comma").join(masked_name(person.name) for person in people[:3]),
        tracking=masked_tracking(parcel.tracking),
        door=parcel.compartment,
        look=look,
        state=state_word(parcel.state, words, overdue=parcel.overdue),
        alarm=late or parcel.state == ParcelState.CHECK,
        since=words.when(datetime.fromisoformat(parcel.since)),
        until=words.when(datetime.fromisoformat(parcel.deadline)) if parcel.deadline and live else "",
    )


def _title(row: dict[str, Any], words: LocalizedText) -> str:
    state = words.say(f"panel.is_{_told(row['state'], overdue=bool(row['overdue']))}")
    key = "panel.parcel_title" if row["unit"] else "panel.parcel_title_nobody"
    return words.say(key, unit=row["unit"], state=state)


def _door(row: dict[str, Any]) -> str:
    """The door where the parcel is, empty once it has left."""
    return str(row["compartment"]) if ParcelState(row["state"]).live else ""


def _people(row: dict[str, Any], directory: ResidentDirectory, *, showing: bool) -> list[Recipient]:
    people = [person for each in row["recipients"] if (person := directory.get(each))]
    if showing:
        return [Recipient(person.name, person.phone) for person in people]
    return [Recipient(masked_name(person.name), masked_phone(person.phone)) for person in people]


def _facts(row: dict[str, Any], words: LocalizedText, *, showing: bool) -> list[tuple[str, str]]:
    facts = [
        (words.say("panel.fact_tracking"), row["tracking"] if showing else masked_tracking(row["tracking"])),
        (words.say("panel.fact_company"), row["company"]),
        (words.say("panel.fact_size"), row["size"]),
        (words.say("panel.fact_arrived"), words.moment(datetime.fromisoformat(row["created_at"]))),
    ]
    if row["deadline"]:
        facts.append((words.say("panel.fact_until"), words.moment(datetime.fromisoformat(row["deadline"]))))
    if row["consent"]:
        facts.append((words.say("panel.fact_consent"), words.say(f"panel.consent_{row['consent'].replace('-', '_')}")))
    marks = [words.say(f"panel.flag_{flag.replace('-', '_')}") for flag in row["flags"]]
    if marks:
        facts.append((words.say("panel.fact_marks"), words.say("panel.comma").join(marks)))
    return facts
