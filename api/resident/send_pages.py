"""What a resident gives to a carrier: booked here, brought with the booking's code, followed until it is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.resident.own_parcels import OwnParcels, my_bookings
from api.resident.parcel_secrets import code_and_token
from api.resident.parcel_view import sent_sentence
from locker.core.events.record import moment
from locker.core.model import Direction, ParcelState, Size
from locker.core.parcel_words import OutboundType, receipt_number
from locker.core.reasons import RefusalReason, Refused
from locker.services.outbound import Chosen
from locker.services.parcel_service import BookingRequest, Caller
from locker.services.policies import ServiceLevel

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages
    from api.resident.resident_text import ResidentText
    from locker.core.model import Parcel
    from locker.services.policies import DeliveryTime

_ANOTHER_CHOICE = {RefusalReason.NO_SPACE, RefusalReason.TOO_LARGE, RefusalReason.DUPLICATE_TRACKING}
_RETURN_CODE = re.compile(r"[!-~]{3,40}")


@dataclass(frozen=True, slots=True)
class BookingCard:
    """One parcel that I send: to which carrier, how far it came, until when its place is kept and with which code.

    `expected`: when its courier says to come; `promise`: within how many days after that it arrives.
    """

    id: str
    company: str
    said: str
    until: str
    code: str
    where: str
    booked: bool
    expected: str = ""
    promise: str = ""


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    send = SendPages(pages)
    app.add_route("/send", pages.own(send.overview), methods=["GET"])
    app.add_route("/send/new", pages.own(send.book), methods=["GET", "POST"])
    app.add_route("/send/{parcel}", pages.own(send.booking), methods=["GET"])
    app.add_route("/send/{parcel}/receipt", pages.own(send.receipt), methods=["GET"])
    app.add_route("/send/{parcel}/cancel", pages.own(send.cancel), methods=["POST"])


class SendPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context
        self._own = OwnParcels(pages.context)

    async def overview(self, asked: AskedByResident) -> Response:
        """What I send, and the way to send something more."""
        mine = my_bookings(self._context.engine.site, asked.person.id)
        return self._pages.render(
            "send", asked, tab="send", cards=[await self._card(asked, each) for each in mine],
            companies=self._context.couriers.companies(),
        )  # fmt: skip

    async def booking(self, asked: AskedByResident) -> Response:
        """One booking with its code."""
        return self._pages.render("booking", asked, tab="send", card=await self._card(asked, self._own.booking(asked)))

    async def receipt(self, asked: AskedByResident) -> Response:
        """What was handed in, to be kept or printed, for as long as a past parcel is shown (OB-11)."""
        row = await self._own.row(asked)
        if row["direction"] != Direction.OUT.value or not row["stored_at"]:
            raise Refused(RefusalReason.UNKNOWN)
        taken = asked.text.moment(moment(row["since"])) if row["state"] == ParcelState.COLLECTED.value else ""
        return self._pages.render(
            "receipt", asked, tab="send", number=receipt_number(row["id"]), company=asked.text.called(row["company"]),
            stored=asked.text.moment(moment(row["stored_at"])), taken=taken,
        )  # fmt: skip

    async def book(self, asked: AskedByResident) -> Response:
        """Say what it is and for whom; room is kept for it, and a code opens a door."""
        if asked.http.method == "GET":
            return self._form(asked)
        form = asked.form
        company = next((each for each in self._context.couriers.companies() if each == form.get("company")), None)
        size = next((each for each in self._context.commands.free_counts() if each.value == form.get("size")), None)
        kind = next((each for each in OutboundType if each.value == form.get("kind")), None)
        service = next((each for each in ServiceLevel if each.value == form.get("service")), None)
        code = "".join(form.get("return_code", "").split())
        if company is None or size is None or kind is None:
            return self._form(asked, "my.send_choose")
        if code and not _RETURN_CODE.fullmatch(code):
            return self._form(asked, "my.send_code_wrong")
        request = BookingRequest(
            unit=asked.person.unit, name=asked.person.name, carrier=company, size=size, type=kind,
            return_code=code or None,
        )  # fmt: skip
        try:
            answer, _ = await self._context.parcels.book(request, Caller(by=asked.by))
        except Refused as refused:
            if refused.reason not in {
                RefusalReason.NO_SPACE,
                RefusalReason.TOO_LARGE,
                RefusalReason.DUPLICATE_TRACKING,
            }:
                raise
            return self._form(asked, f"my.refused_{refused.reason.value}", 409)
        if service is not None:
            await self._context.outbound.dispatch.choose(answer.parcel, Chosen(service), None)
        return self._pages.back(f"/send/{answer.parcel}")

    async def cancel(self, asked: AskedByResident) -> Response:
        """I do not send it after all."""
        await self._context.custody.end_booking(self._own.booking(asked).id, asked.by)
        return self._pages.back("/send")

    def _form(self, asked: AskedByResident, alarm: str = "", status: int = 422) -> Response:
        return self._pages.render(
            "send_new",
            asked,
            status if alarm else 200,
            tab="send",
            alarm=asked.text.translate(alarm) if alarm else "",
            companies=[(each, asked.text.called(each)) for each in self._context.couriers.companies()],
            sizes=self._sizes(),
            kinds=list(OutboundType),
            services=[(each.value, self._days(asked, each)) for each in ServiceLevel],
            form=asked.form,
        )

    def _days(self, asked: AskedByResident, service: ServiceLevel) -> str:
        """Within how many days after the carrier has it, whichever carrier it is."""
        time = self._context.outbound.dispatch.board.time(Chosen(service), "")
        return _days_text(time, asked.text) if time is not None else ""

    def _sizes(self) -> list[tuple[Size, int]]:
        return list(self._context.commands.free_counts().items())

    async def _card(self, asked: AskedByResident, parcel: Parcel) -> BookingCard:
        booked = parcel.state is ParcelState.EXPECTED
        code, _ = await code_and_token(self._context, parcel) if booked else ("", "")
        line = await self._context.outbound.dispatch.board.one(parcel.id)
        time, eta = line.time, line.order.eta if line.order.taken_at is None else None
        return BookingCard(
            id=parcel.id,
            company=asked.text.called(parcel.company),
            said=sent_sentence(parcel.state.value, asked.text),
            until=asked.text.moment(parcel.reserved_until) if booked and parcel.reserved_until else "",
            code=code,
            where=parcel.compartment,
            booked=booked,
            expected=asked.text.moment(eta) if eta is not None else "",
            promise=_days_text(time, asked.text) if time is not None else "",
        )


def _days_text(time: DeliveryTime, text: ResidentText) -> str:
    return text.translate(f"my.send_days_{time.span}", first=time.first, last=time.last)
