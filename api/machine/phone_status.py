"""`POST /phone-status`: what the voice menu of a phone company says to somebody who calls about a parcel (AI-02).

The number that calls can be forged, so it is not enough: whoever calls also types the digits of the unit. A number that
nobody has and digits that are wrong get the same answer, and both cost time. No code and no name is ever told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints
from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.operation import Operation
from api.machine.request_models import Body
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.core.model import ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.services.people import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.resident.resident_text import ResidentText
    from locker.core.model import Parcel
    from locker.services.people import Person

MOST_TOLD = 3
LINE_DIGITS = 7
_HERE = frozenset({ParcelState.STORED, ParcelState.COLLECTING})


class PhoneStatusBody(Body):
    """Who calls, and the digits that were typed: those of the unit, as 1203 for 12-03.

    `language`: in which is spoken; without it in that of the resident.
    """

    caller: Annotated[str, StringConstraints(min_length=3, max_length=24, pattern=r"^\+?[0-9 ()-]+$")]
    unit_digits: Annotated[str, StringConstraints(min_length=1, max_length=12, pattern=r"^[0-9]+$")]
    language: Literal["zh-CN", "zh-TW", "en"] | None = None


class PhoneParcelView(View):
    """One parcel: whether it waits behind a door or is kept by staff, until when, and whether that is over."""

    kept: Literal["locker", "staff", "expected"]
    until: Moment | None
    overdue: bool


class PhoneStatusView(View):
    """What is said, sentence by sentence, and the same as data."""

    language: str
    parcels: int
    say: list[str]
    waiting: list[PhoneParcelView]


async def status(request: ApiRequest, body: PhoneStatusBody) -> Response:
    """Tell a caller of their own parcels."""
    from api.i18n import LANGUAGES  # noqa: PLC0415  no start waits for words
    from api.resident.own_parcels import my_parcels  # noqa: PLC0415  no start waits for words
    from api.resident.resident_text import ResidentText  # noqa: PLC0415  no start waits for words

    context, now = request.context, request.context.engine.now()
    tries, key = context.phone_tries, context.vault.label_hash(_line_end(body.caller))
    if wait := tries.wait_seconds(key, now):
        raise Refused(RefusalReason.THROTTLED, retry_after=wait)
    tries.record_failure(key, now)
    person = meant(context.directory.by_phone(body.caller), body.unit_digits)
    if person is None:
        raise Refused(RefusalReason.UNKNOWN)
    tries.take_back_failure(key)
    language = body.language or (person.language if person.language in LANGUAGES else context.site.languages[0])
    mine = my_parcels(context.engine.site, person.id)
    text = ResidentText(language, context.site, now)
    return JSONResponse(
        {
            "language": language,
            "parcels": len(mine),
            "say": spoken(mine, text, context.site.help_phone),
            "waiting": [_parcel_json(each) for each in mine],
        }
    )


def _line_end(caller: str) -> str:
    """By what wrong tries are counted: one line is one, with a country code, 00 or 0 before it and without."""
    return "".join(filter(str.isdigit, caller))[-LINE_DIGITS:]


def meant(people: Sequence[Person], digits: str) -> Person | None:
    """Of those with this phone the one whose unit has these digits. Pure."""
    return next((each for each in people if unit_digits(each.unit) == digits), None)


def unit_digits(unit: str) -> str:
    """The digits of a unit as they are typed on a phone."""
    return "".join(filter(str.isdigit, unit))


def spoken(mine: Sequence[Parcel], text: ResidentText, phone: str) -> list[str]:
    """What a voice says. Pure."""
    if not mine:
        return [text.translate("phone.none"), text.translate("phone.help", phone=phone)]
    said = [text.translate("phone.parcels", n=len(mine))]
    for number, parcel in enumerate(mine[:MOST_TOLD], 1):
        said.append(_sentence(number, parcel, text))
    return [*said, text.translate("phone.code")]


def _sentence(number: int, parcel: Parcel, text: ResidentText) -> str:
    until = text.moment(parcel.deadline) if parcel.deadline is not None else ""
    if parcel.state is ParcelState.EXPECTED:
        return text.translate("phone.expected", n=number)
    if parcel.state not in _HERE or parcel.place:
        return text.translate("phone.staff", n=number)
    if parcel.overdue:
        return text.translate("phone.overdue", n=number)
    return text.translate("phone.until" if until else "phone.here", n=number, until=until)


def _parcel_json(parcel: Parcel) -> dict[str, Any]:
    kept = "expected" if parcel.state is ParcelState.EXPECTED else "staff" if parcel.place else "locker"
    until = rfc3339(parcel.deadline) if parcel.deadline is not None else None
    return {"kept": kept, "until": until, "overdue": parcel.overdue}


PHONE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/phone-status",
        status,
        PhoneStatusView,
        Scope.PHONE,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.THROTTLED),
    ),
)
