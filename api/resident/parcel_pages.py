"""My parcels: the code, the door, the time, what happened; longer, and somebody else who fetches."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from api.cabinet_drawing import door_marks, locate
from api.resident.case_view import own_cases
from api.resident.own_parcels import OwnParcels, may_be_reported, my_parcels, own_timeline
from api.resident.parcel_secrets import code_and_token
from api.resident.parcel_view import FeeLines, ended_sentence, parcel_card, sent_sentence, trail
from api.resident.put_off import hours_until, last_day
from api.resident.resident_page import PAGE_HEADERS
from api.resident.terms_pages import terms_are_new
from locker.core.model import Direction, Flag
from locker.core.reasons import RefusalReason, Refused
from locker.services.evidence import SnapshotStore, pictures_for_recipients
from locker.services.notices import fee_rule, money_text, notices_of_parcel
from locker.services.parcel_service import Caller
from locker.services.policies import PeakProfile

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.resident.parcel_view import TrailLine
    from api.resident.resident_page import AskedByResident, ResidentPages
    from api.resident.resident_text import ResidentText
    from locker.core.events.record import Recorded
    from locker.core.model import Parcel
    from locker.services.evidence import Snapshot

EXTEND_HOURS = (24, 48, 72)
LAST_HOUR = 22
LONGEST_NAME = 24


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    mine = ParcelPages(pages)
    app.add_route("/", pages.own(mine.parcels), methods=["GET"])
    app.add_route("/parcels/{parcel}", pages.own(mine.parcel), methods=["GET"])
    app.add_route("/parcels/{parcel}/extend", pages.own(mine.extend), methods=["GET", "POST"])
    app.add_route("/parcels/{parcel}/delegate", pages.own(mine.delegate), methods=["GET", "POST"])
    app.add_route("/parcels/{parcel}/new-code", pages.own(mine.new_code), methods=["POST"])
    app.add_route("/parcels/{parcel}/revoke", pages.own(mine.revoke), methods=["POST"])
    app.add_route("/parcels/{parcel}/pictures/{of}", pages.own(mine.picture), methods=["GET"])


class ParcelPages:
    """Handlers: read, ask, render. A parcel that is not mine is one that is not there."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context
        self._own = OwnParcels(pages.context)

    async def parcels(self, asked: AskedByResident) -> Response:
        """The parcel that ends first, whole; the others by name."""
        mine = my_parcels(self._context.engine.site, asked.person.id)
        if not mine:
            cases = await own_cases(self._context, asked, only_open=True)
            return self._pages.render(
                "empty",
                asked,
                tab="parcels",
                drawing=self._pages.drawing,
                marks={},
                cases=cases,
                live=True,
                new_terms=await terms_are_new(self._pages, asked),
            )
        return await self._shown(asked, mine[0], mine[1:])

    async def parcel(self, asked: AskedByResident) -> Response:
        """One parcel, whole: one that has left by what happened to it."""
        mine = my_parcels(self._context.engine.site, asked.person.id)
        found = next((each for each in mine if each.id == asked.http.path_params["parcel"]), None)
        return await (self._shown(asked, found, []) if found is not None else self._past(asked))

    async def picture(self, asked: AskedByResident) -> Response:
        """A picture of my own parcel behind its door."""
        row = await self._own.row(asked)
        shown = await self._context.journal.read(lambda db: pictures_for_recipients(db, row["id"]))
        found = next((each for each in shown if str(each.of) == asked.http.path_params["of"]), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        path = SnapshotStore(self._context.journal.folder).path(found.day, found.sha256)
        try:
            return Response(await asyncio.to_thread(path.read_bytes), 200, PAGE_HEADERS, "image/jpeg")
        except FileNotFoundError:
            raise Refused(RefusalReason.UNKNOWN) from None

    async def extend(self, asked: AskedByResident) -> Response:
        """More time, once."""
        parcel = self._own.here(asked)
        if not self._may_stay_longer():
            raise Refused(RefusalReason.NOT_NOW)
        if asked.http.method == "POST":
            hours = self._hours(asked, parcel)
            if hours is None:
                return self._extend_page(asked, parcel, asked.text.translate("my.extend_day_wrong"))
            await self._context.custody.extend(parcel.id, hours, asked.by)
            return self._pages.back(f"/parcels/{parcel.id}")
        return self._extend_page(asked, parcel)

    def _may_stay_longer(self) -> bool:
        """Not while far more parcels come than usual, where the site says so."""
        return self._context.rules.body(PeakProfile).extensions

    def _hours(self, asked: AskedByResident, parcel: Parcel) -> int | None:
        """How much longer was asked for; None for a day that is too near or too far. Raises Refused for nonsense."""
        said = asked.form.get("hours", "")
        if said == "day" and parcel.deadline is not None:
            return hours_until(asked.form.get("day", ""), parcel.deadline, asked.text, self._pages.options.away_days)
        if said.isdecimal() and int(said) in EXTEND_HOURS:
            return int(said)
        raise Refused(RefusalReason.NOT_NOW)

    def _extend_page(self, asked: AskedByResident, parcel: Parcel, alarm: str = "") -> Response:
        if parcel.deadline is None or parcel.extended:
            raise Refused(RefusalReason.NOT_NOW)
        choices = [
            (hours, hours // 24, asked.text.moment(parcel.deadline + timedelta(hours=hours))) for hours in EXTEND_HOURS
        ]
        return self._pages.render(
            "extend", asked, 422 if alarm else 200, tab="parcels", parcel=parcel, choices=choices, alarm=alarm,
            day=asked.form.get("day", ""), days=self._pages.options.away_days,
            latest=last_day(asked.text, self._pages.options.away_days).isoformat(),
        )  # fmt: skip

    async def delegate(self, asked: AskedByResident) -> Response:
        """Somebody else fetches it: a code of their own, shown now and never again."""
        parcel = self._own.here(asked)
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
            words=self._words_to_delegate(asked.text, parcel, code, chosen),
        )  # fmt: skip

    def _words_to_delegate(self, text: ResidentText, parcel: Parcel, code: str, until: datetime) -> str:
        """What the message to a delegate says: no name, no sender, and nothing of other parcels."""
        site = self._context.site
        return text.translate(
            "my.delegate_message", code=code, door=parcel.compartment or parcel.place, site=text.called(site.name),
            address=site.address, time=text.moment(until), phone=site.help_phone,
        )  # fmt: skip

    async def new_code(self, asked: AskedByResident) -> Response:
        """Another code in place of this one: it was passed on, or somebody read it. The old one is dead at once."""
        parcel = self._own.here(asked)
        await self._context.parcels.renew_code(parcel.id, Caller(by=asked.by))
        return self._pages.back(f"/parcels/{parcel.id}")

    async def revoke(self, asked: AskedByResident) -> Response:
        """Take a delegate's code back."""
        parcel = self._own.here(asked)
        credential = asked.form.get("credential", "")
        if credential not in {each["id"] for each in await self._delegates(parcel)}:
            raise Refused(RefusalReason.NOT_NOW)
        await self._context.parcels.end_credential(parcel.id, credential, Caller(by=asked.by))
        return self._pages.back(f"/parcels/{parcel.id}")

    async def _shown(self, asked: AskedByResident, parcel: Parcel, others: list[Parcel]) -> Response:
        text = asked.text
        card = parcel_card(parcel, text)
        code, token = await code_and_token(self._context, parcel) if card.waits else ("", "")
        drawing = self._pages.drawing
        return self._pages.render(
            "parcel",
            asked,
            tab="parcels",
            card=card,
            fee=await self._fee(parcel, text),
            may_extend=card.may_extend and self._may_stay_longer(),
            code=code,
            token=token,
            place=locate(parcel.compartment, self._context.compartments, self._context.kiosk),
            drawing=drawing.around(parcel.compartment) if drawing and parcel.compartment else None,
            marks=door_marks(next=parcel.compartment),
            others=[parcel_card(each, text) for each in others],
            delegates=_with_ends(await self._delegates(parcel), text),
            cases=await own_cases(self._context, asked, only_open=True),
            trail=await self._trail(asked, parcel.id),
            live=True,
            new_terms=await terms_are_new(self._pages, asked),
        )

    async def _fee(self, parcel: Parcel, text: ResidentText) -> FeeLines | None:
        """What keeping it costs; None where nothing is charged."""
        fee = await self._context.fees.fee(parcel.id)
        if fee is None or not fee.tariff.charges:
            return None
        hours = parcel.free_hours or self._context.engine.site.policy.free_hours
        due = money_text(fee.due, fee.tariff, text.language) if fee.due else ""
        return FeeLines(fee_rule(fee.tariff, hours, text.language), due, fee.pay_link if fee.due else "")

    async def _past(self, asked: AskedByResident) -> Response:
        row = await self._own.row(asked)
        text = asked.text
        out = row["direction"] == Direction.OUT
        said = sent_sentence(row["state"], text) if out else ended_sentence(row["state"], text)
        return self._pages.render(
            "past",
            asked,
            tab="send" if out else "history",
            company=text.called(row["company"]) or text.translate("my.a_parcel"),
            said=said,
            tracking=row["tracking"] if out else "",
            parcel=row["id"],
            may_report=not out and may_be_reported(row["state"]),
            trail=await self._trail(asked, row["id"]),
        )

    async def _trail(self, asked: AskedByResident, parcel: str) -> list[TrailLine]:
        def read(db: Database) -> tuple[list[Recorded], list[dict[str, Any]], list[Snapshot]]:
            return own_timeline(db, parcel), notices_of_parcel(db, parcel), pictures_for_recipients(db, parcel)

        return trail(*await self._context.journal.read(read), asked.person.id, asked.text)

    async def _delegates(self, parcel: Parcel) -> list[dict[str, Any]]:
        known = await self._context.parcels.credentials(parcel.id)
        return [each for each in known if each["kind"] == "delegate" and each["ended"] is None]


def _with_ends(delegates: list[dict[str, Any]], text: ResidentText) -> list[dict[str, Any]]:
    return [
        {**each, "until": text.moment(datetime.fromisoformat(each["until"])) if each["until"] else ""}
        for each in delegates
    ]


def _evenings(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """This evening and the next, or the next two where this one is nearly over."""
    local = now.astimezone(ZoneInfo(timezone))
    first = local.replace(hour=LAST_HOUR, minute=0, second=0, microsecond=0)
    if first <= local + timedelta(minutes=30):
        first += timedelta(days=1)
    return first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC)
