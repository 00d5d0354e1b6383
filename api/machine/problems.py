"""Everything that can go wrong for a caller, as RFC 9457 problem documents: one table of codes and statuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.reasons import Refused

UNAUTHORIZED = "unauthorized"
FORBIDDEN = "forbidden"
NOT_FOUND = "not-found"
METHOD_NOT_ALLOWED = "method-not-allowed"
BODY_TOO_LARGE = "body-too-large"
INVALID = "invalid"
FAULT = "fault"
VERSION_TAKEN = "version-taken"
WRONG_PAYMENT = "wrong-payment"

MEDIA_TYPE = "application/problem+json"

PROBLEMS: dict[str, tuple[int, str]] = {
    RefusalReason.NO_SPACE: (409, "No compartment that this parcel may have is free now."),
    RefusalReason.CONSENT_NEEDED: (409, "The recipient has not agreed to the locker."),
    RefusalReason.IN_PERSON_ONLY: (409, "This parcel must be handed over in person."),
    RefusalReason.DAMAGED: (409, "A damaged parcel does not go into the locker."),
    RefusalReason.DUPLICATE_TRACKING: (409, "A parcel with this tracking number is in the locker."),
    RefusalReason.UNKNOWN_RECIPIENT: (409, "Nobody here is known by that."),
    RefusalReason.TOO_LARGE: (409, "No compartment of this cabinet is large enough."),
    RefusalReason.DOOR_UNSEEN: (409, "The switch of this door cannot be read."),
    RefusalReason.SECOND_NEEDED: (409, "Too many wrong codes: the end of the phone number or the unit is needed too."),
    RefusalReason.WITNESS_NEEDED: (409, "A second person must stand for this word, or a supervisor."),
    RefusalReason.SECOND_PERSON: (409, "Who decided this cannot agree to it: a second person must."),
    RefusalReason.FIELDS_MISSING: (409, "Something must be known before this case can be closed."),
    RefusalReason.TOO_MANY_DOORS: (
        409,
        "So many doors in so short a time need a second person: ask for them together, and somebody approves it.",
    ),
    RefusalReason.BUSY: (409, "Somebody is at this door."),
    RefusalReason.HELD: (409, "This parcel is held: nothing lets it out."),
    RefusalReason.WHICH_PARCEL: (409, "This pickup has several parcels: say which one."),
    RefusalReason.NOT_NOW: (409, "This cannot be done as things stand."),
    RefusalReason.NOT_EXPECTED: (409, "No parcel of this number is announced: say for whom it is and its size."),
    RefusalReason.STAFF_ONLY: (409, "Staff hand this parcel out: it lies at a place without a door."),
    RefusalReason.WEATHER: (409, "While the weather is bad, the locker does not take this parcel."),
    RefusalReason.CLOSED: (409, "The locker serves visitors at other hours."),
    RefusalReason.PROHIBITED: (409, "No carrier takes this along: it may not be sent from here."),
    RefusalReason.SENDER_UNCHECKED: (409, "Nobody has checked yet who sends this parcel."),
    RefusalReason.SEALED: (409, "The locker cannot record anything and opens nothing."),
    RefusalReason.UNKNOWN_CODE: (404, "This code opens nothing here."),
    RefusalReason.THROTTLED: (429, "Too soon after a wrong try."),
    RefusalReason.RIGHT_GARBLED: (409, "This is no deposit right that can be read."),
    RefusalReason.RIGHT_CARRIER: (409, "This carrier has no deposit rights here."),
    RefusalReason.RIGHT_SIGNATURE: (409, "This deposit right was changed, or is not signed by its carrier."),
    RefusalReason.RIGHT_OTHER_LOCKER: (409, "This deposit right is for another locker."),
    RefusalReason.RIGHT_OTHER_DOOR: (409, "This deposit right is for another door or size."),
    RefusalReason.RIGHT_OTHER_PARCEL: (409, "This deposit right is for another parcel or recipient."),
    RefusalReason.RIGHT_NOT_YET: (409, "The time of this deposit right has not begun."),
    RefusalReason.RIGHT_EXPIRED: (409, "The time of this deposit right is over."),
    RefusalReason.RIGHT_TOO_LONG: (409, "This deposit right lasts longer than 31 days."),
    RefusalReason.RIGHT_CLOCK: (409, "The locker does not know the time."),
    RefusalReason.RIGHT_USED: (409, "This deposit right has no use left."),
    RefusalReason.RIGHT_REVOKED: (409, "This deposit right was revoked."),
    RefusalReason.RIGHT_ONLY_DEPOSITS: (409, "A deposit right puts in and does nothing else."),
    RefusalReason.KEY_REUSED: (422, "This Idempotency-Key was used for another request."),
    RefusalReason.UNKNOWN: (404, "There is nothing by that id."),
    VERSION_TAKEN: (409, "A rule has another version by this number."),
    WRONG_PAYMENT: (409, "This parcel costs nothing, or not in this currency."),
    UNAUTHORIZED: (401, "A token that is known here is needed."),
    FORBIDDEN: (403, "This token may not do that."),
    NOT_FOUND: (404, "There is nothing at this path."),
    METHOD_NOT_ALLOWED: (405, "This path does not take that method."),
    BODY_TOO_LARGE: (413, "The body is too large."),
    INVALID: (422, "The request cannot be read."),
    FAULT: (500, "Something went wrong inside; it is in the log."),
}


class Problem(Exception):
    """A request that gets no further. `detail` is one sentence; of what was sent it repeats names of fields."""

    def __init__(
        self, code: str, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def response(self) -> Response:
        """The problem document."""
        status, title = PROBLEMS[self.code]
        body = {
            "type": f"urn:lockerd:problem:{self.code}",
            "title": title,
            "status": status,
            "code": str(self.code),
            "detail": self.detail or title,
            **self.more,
        }
        return Response(json.dumps(body, separators=(",", ":")), status, self.headers, MEDIA_TYPE)


def refusal(refused: Refused) -> Problem:
    """What the core refused, as a problem. A wait is told in whole seconds, at least 1."""
    if refused.reason is RefusalReason.THROTTLED or refused.retry_after is not None:
        wait = max(1, refused.retry_after or 1)
        return Problem(refused.reason, headers={"Retry-After": str(wait)}, retry_after=wait)
    if refused.missing:
        return Problem(refused.reason, missing=list(refused.missing))
    return Problem(refused.reason)


def invalid(field: str, rule: str) -> Problem:
    """One field that cannot be read, named by its path."""
    detail = f"{field} {rule}."
    return Problem(INVALID, detail, field=field, errors=[{"field": field, "detail": detail}])


def both_or_neither(**given: object) -> None:
    """Of these fields all are said, or none: as it was announced. Raises Problem that names a missing one."""
    missing = [name for name, value in given.items() if value is None]
    if missing and len(missing) < len(given):
        raise invalid(missing[0], "is missing; only what was announced needs neither recipient nor size")
