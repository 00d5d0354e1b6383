"""My parcels: the code, the door, the time; longer, somebody else, something is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.cabinet_drawing import door_marks, locate
from api.resident.parcel_view import my_parcels, parcel_card, trail
from locker.core.events.record import rfc3339
from locker.core.model import Flag, ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import parcel_row, timeline
from locker.services.notices import notices_of_parcel
from locker.services.parcel_service import Caller
from locker.services.reports import keep_report
from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages
    from locker.core.model import Parcel

EXTEND_HOURS = (24, 48, 72)
PROBLEMS = ("damaged", "missing", "other", "empty")
REPORTED_WITHIN = timedelta(days=30)
LAST_HOUR = 22
LONGEST_NAME = 24


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    mine = ParcelPages(pages)
    app.add_route("/", pages.own(mine.parcels), methods=["GET"])
    app.add_route("/parcels/{parcel}", pages.own(mine.parcel), methods=["GET"])
    app.add_route("/parcels/{parcel}/extend", pages.own(mine.extend), methods=["GET", "POST"])
    app.add_route("/parcels/{parcel}/delegate", pages.own(mine.delegate), methods=["GET", "POST"])
    app.add_route("/parcels/{parcel}/revoke", pages.own(mine.revoke), methods=["POST"])
    app.add_route("/parcels/{parcel}/report", pages.own(mine.report), methods=["GET", "POST"])


class ParcelPages:
    """Handlers: read, ask, render. A parcel that is not mine is one that is not there."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def parcels(self, asked: AskedByResident) -> Response:
        """The parcel that ends first, whole; the others by name."""
        mine = my_parcels(self._context.engine.site, asked.person.id)
        if not mine:
            return self._pages.render("empty", asked, tab="parcels", drawing=self._pages.drawing, marks={})
        return await self._shown(asked, mine[0], mine[1:])

    async def parcel(self, asked: AskedByResident) -> Response:
        """One parcel, whole."""
        return await self._shown(asked, self._mine(asked), [])

    async def extend(self, asked: AskedByResident) -> Response:
        """More time, once."""
        parcel = self._mine(asked)
        if asked.http.method == "POST":
            hours = int(asked.form.get("hours", "0")) if asked.form.get("hours", "").isdecimal() else 0
            if hours not in EXTEND_HOURS:
                raise Refused(RefusalReason.NOT_NOW)
            await self._context.custody.extend(parcel.id, hours, asked.by)
            return self._pages.back(f"/parcels/{parcel.id}")
        if parcel.deadline is None or parcel.extended:
            raise Refused(RefusalReason.NOT_NOW)
        choices = [
            (hours, hours // 24, asked.text.moment(parcel.deadline + timedelta(hours=hours))) for hours in EXTEND_HOURS
        ]
        return self._pages.render("extend", asked, tab="parcels", parcel=parcel, choices=choices)

    async def delegate(self, asked: AskedByResident) -> Response:
        """Somebody else fetches it: a code of their own, shown now and never again."""
        parcel = self._mine(asked)
        ends = _evenings(asked.text.now, self._context.site.timezone)
        name = " ".join(asked.form.get("name", "").split())[:LONGEST_NAME]
        if asked.http.method == "GET" or not name:
            alarm = asked.text.translate("my.delegate_name_needed") if asked.form else ""
            return self._pages.render(
                "delegate",
                asked,
                422 if alarm else 200,
                tab="parcels",
                alarm=alarm,
                parcel=parcel,
                in_person=Flag.IN_PERSON in parcel.flags,
                ends=[(number, asked.text.moment(at)) for number, at in enumerate(ends)],
            )
        chosen = ends[1 if asked.form.get("until") == "1" else 0]
        caller = Caller(by=asked.by)
        answer, (code, token) = await self._context.parcels.add_delegate(parcel.id, name, chosen, caller)
        return self._pages.render(
            "delegate_given", asked, tab="parcels", parcel=parcel, name=name, code=code, token=token,
            credential=answer.credential, until=asked.text.moment(chosen),
        )  # fmt: skip

    async def revoke(self, asked: AskedByResident) -> Response:
        """Take a delegate's code back."""
        parcel = self._mine(asked)
        credential = asked.form.get("credential", "")
        if credential not in {each["id"] for each in await self._delegates(parcel)}:
            raise Refused(RefusalReason.NOT_NOW)
        await self._context.parcels.end_credential(parcel.id, credential, Caller(by=asked.by))
        return self._pages.back(f"/parcels/{parcel.id}")

    async def report(self, asked: AskedByResident) -> Response:
        """Something is wrong with a parcel that is here or was here lately."""
        row = await self._own_row(asked)
        problem = asked.form.get("problem", "")
        if problem not in PROBLEMS:
            alarm = asked.text.translate("my.report_which") if asked.http.method == "POST" else ""
            return self._pages.render(
                "report", asked, 422 if alarm else 200, tab="parcels", parcel=row["id"], problems=PROBLEMS, alarm=alarm
            )
        await keep_report(self._context.engine, row["compartment"], row["id"], problem, asked.by)
        return self._pages.render("reported", asked, tab="parcels")

    async def _shown(self, asked: AskedByResident, parcel: Parcel, others: list[Parcel]) -> Response:
        text = asked.text
        card = parcel_card(parcel, text)
        code, token = await self._code(parcel) if card.waits else ("", "")
        events, notices = await self._context.journal.read(
            lambda db: (timeline(db, parcel.id), notices_of_parcel(db, parcel.id))
        )
        drawing = self._pages.drawing
        return self._pages.render(
            "parcel",
            asked,
            tab="parcels",
            card=card,
            code=code,
            token=token,
            place=locate(parcel.compartment, self._context.compartments, self._context.kiosk),
            drawing=drawing.around(parcel.compartment) if drawing and parcel.compartment else None,
            marks=door_marks(next=parcel.compartment),
            others=[parcel_card(each, text) for each in others],
            delegates=await self._delegates(parcel),
            trail=trail(events, notices, asked.person.id, text),
        )

    def _mine(self, asked: AskedByResident) -> Parcel:
        wanted = asked.http.path_params["parcel"]
        mine = my_parcels(self._context.engine.site, asked.person.id)
        found = next((each for each in mine if each.id == wanted), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        return found

    async def _own_row(self, asked: AskedByResident) -> dict[str, Any]:
        wanted = asked.http.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, wanted))
        late = rfc3339(asked.text.now - REPORTED_WITHIN)
        live = row is not None and ParcelState(row["state"]) in {ParcelState.STORED, ParcelState.COLLECTED}
        if row is None or asked.person.id not in row["recipients"] or not live or row["since"] < late:
            raise Refused(RefusalReason.UNKNOWN)
        return row

    async def _code(self, parcel: Parcel) -> tuple[str, str]:
        """Code and token; empty where nothing opens it, or where they cannot be read now."""
        if parcel.code_dead or parcel.held:
            return "", ""
        sql = "select blob from sealed where parcel = ?"
        row = await self._context.journal.read(lambda db: db.execute(sql, [parcel.id]).fetchone())
        try:
            return self._context.vault.unseal(row[0]) if row is not None else ("", "")
        except CannotUnseal:
            return "", ""

    async def _delegates(self, parcel: Parcel) -> list[dict[str, Any]]:
        known = await self._context.parcels.credentials(parcel.id)
        return [each for each in known if each["kind"] == "delegate" and each["ended"] is None]


def _evenings(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """This evening and the next, or the next two where this one is nearly over."""
    local = now.astimezone(ZoneInfo(timezone))
    first = local.replace(hour=LAST_HOUR, minute=0, second=0, microsecond=0)
    if first <= local + timedelta(minutes=30):
        first += timedelta(days=1)
    return first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC)
