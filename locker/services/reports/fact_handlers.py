"""What each kind of event adds to the facts. A kind that is not here adds nothing but a touchpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from locker.core.events.record import moment
from locker.services.reports.facts import DWELL_HOURS, VISIT_SECONDS, bucket
from locker.services.reports.parcel_seen import Origin, ParcelSeen, pseudonym
from locker.services.reports.touchpoints import channel_of

if TYPE_CHECKING:
    from locker.services.reports.fact_fold import FactFold

PRAISED = "praised"
"""What is noted when somebody is praised: `about` says who, a staff account or `courier:ID`."""


def _expected(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    window = [str(body["window_from"]), str(body["window_to"])] if body.get("window_from") else []
    fold.parcels[body["parcel"]] = ParcelSeen(size=body["size"], company=body["company"], began=fold.at, window=window)
    fold.add("announced", size=body["size"], company=body["company"])


def _not_come(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    seen = fold.parcels.pop(body["parcel"], None)
    if seen is not None and seen.window:
        fold.add("window", company=seen.company, part="missed")


def _deposit(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    announced = fold.parcels.get(body["parcel"])
    window = announced.window if announced is not None else []
    seen = ParcelSeen(body["size"], body["company"], channel_of(by), by, body.get("direction", "in"), fold.at)
    seen.asked = body.get("consent") is not None
    seen.people = [pseudonym(each) for each in body["recipients"]]
    fold.parcels[body["parcel"]] = seen
    fold.pulses.pop(body["compartment"], None)
    fold.queue(by)
    if window:
        late, early = fold.at > window[1], fold.at < window[0]
        fold.add("window", company=seen.company, part="late" if late else "early" if early else "kept")
    if announced is not None:
        fold.add("speed", company=seen.company, seconds=fold.since(announced.began))


def _booked(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    seen = ParcelSeen(body["size"], body["company"], channel_of(by), direction=body.get("direction", "out"))
    fold.parcels[body["parcel"]] = seen
    fold.add("booked", size=body["size"], company=body["company"], channel=seen.channel)


def _lapsed(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.parcels.pop(body["parcel"], None)


def _moved(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    if (seen := fold.parcels.get(body["parcel"])) is not None:
        seen.size, seen.moved = body["size"], True


def _ordered(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    door = body["compartment"]
    fold.pulses[door] = int(body["pulse"])
    if body["kind"] == "staff":
        fold.staff_doors[door] = [by.removeprefix("staff:") if by.startswith("staff:") else "", fold.at]


def _opened(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    if body.get("visit"):
        fold.add("opening", part=body["compartment"])


def _shut(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    begun = fold.staff_doors.pop(body["compartment"], None)
    if begun is not None and body.get("visit"):
        fold.add("staff-door", who=begun[0], seconds=min(fold.since(begun[1]), 3600))
    fold.free_at = fold.at


def _stored(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    parcel, door = str(body["parcel"]), str(body["compartment"])
    fold.put(door, parcel)
    seen = fold.parcels.get(parcel)
    if seen is None or seen.stored:
        return
    seen.stored, seen.pickup, seen.tried = fold.at, "", 0
    took = fold.since(seen.began)
    first = fold.pulses.pop(door, 1) <= 1 and not seen.moved
    fold.add("stored", size=seen.size, company=seen.company, channel=seen.channel, part=seen.direction, seconds=took)
    fold.add("deposit", part="first" if first else "again")
    fold.add("deposit-time", part=bucket(took, VISIT_SECONDS), seconds=took)
    for outcome in ("stored", *(["first"] if first else []), *([] if seen.asked else ["not-asked"])):
        fold.add("courier", company=seen.company, who=seen.courier, part=outcome, seconds=took)


def _placed(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    seen = fold.parcels[body["parcel"]] = ParcelSeen(body["size"], body["company"], channel_of(by), stored=fold.at)
    seen.people = [pseudonym(each) for each in body["recipients"]]
    fold.add("stored", size=seen.size, company=seen.company, channel=seen.channel, part=body.get("direction", "in"))


def _relocated(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.advance(moment(fold.at))
    fold.occupancy.take(str(body["parcel"]))


def _ended(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    seen = fold.left(body["parcel"])
    if seen is None:
        return
    if not seen.stored:
        fold.add("deposit", part="abandoned")
        fold.add("courier", company=seen.company, who=seen.courier, part="abandoned")
        return
    dwell = bucket(fold.since(seen.stored) / 3600, DWELL_HOURS)
    fold.add("ended", size=seen.size, company=seen.company, channel=seen.direction, part=f"{body['state']}.{dwell}")


def _pickup(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    if (seen := fold.parcels.get(body["parcel"])) is None:
        return
    if not seen.pickup:
        fold.queue(by)
    seen.pickup, seen.pickup_by, seen.tried = fold.at, by, seen.tried + 1
    fold.pulses.pop(body["compartment"], None)


def _not_opened(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.add("pickup", part="failed")
    if (seen := fold.parcels.get(body["parcel"])) is not None:
        seen.pickup = ""


def _collected(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    if body.get("again") or (seen := fold.left(body["parcel"])) is None:
        return
    dwell = fold.since(seen.stored)
    part = f"collected.{bucket(dwell / 3600, DWELL_HOURS)}"
    fold.add("ended", size=seen.size, company=seen.company, channel=seen.direction, part=part, seconds=dwell)
    if seen.pickup:
        took = fold.since(seen.pickup)
        first = fold.pulses.pop(body["compartment"], 1) <= 1 and seen.tried == 1
        fold.add("pickup", part="first" if first else "again")
        fold.add("pickup-time", part=bucket(took, VISIT_SECONDS), channel=channel_of(seen.pickup_by), seconds=took)
    if seen.direction == "in":
        for person in seen.people:
            fold.month_user("user", person)


def _fault(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.add("lock-fault", part=body["compartment"])


def _overdue(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    seen = fold.parcels.get(body["parcel"], ParcelSeen())
    fold.add("overdue", size=seen.size, company=seen.company)


def _turned_away(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    fold.add("turned-away", size=body.get("size") or "", company=body["company"], part=body["reason"])
    if by.startswith("courier:"):
        fold.add("courier", company=body["company"], who=by, part="exception")


def _case_opened(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    origin = fold.origin_of(body["parcel"]) if body["parcel"] else Origin()
    fold.cases[body["case"]] = [body["kind"], fold.at, origin.company]
    fold.add("case", company=origin.company, channel=body["source"], part=body["kind"])
    if origin.courier and body["source"] != "courier":
        fold.add("courier", company=origin.company, who=origin.courier, part="complaint")
    for person in origin.people if body["source"] in {"kiosk", "resident", "phone"} else ():
        fold.month_user("complainer", person)


def _case_said(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    if body["what"] == "apology" or not by.startswith("staff:"):
        return
    fold.add("case-word", part=body["what"])


def _case_closed(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    kind, opened, company = fold.cases.pop(body["case"], ["", "", ""])
    fold.add("case-closed", company=company, part=f"{kind}.{body['outcome']}", seconds=fold.since(opened))


def _rated(fold: FactFold, by: str, body: dict[str, Any]) -> None:
    fold.add("rating", channel=channel_of(by), part=str(body["score"]))


def _notice_failed(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.add("notice-failed", part=body["notice"])


def _cleared(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.add("looked-inside", part=body["content"])


def _code_rejected(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    fold.add("code-rejected", channel="kiosk" if body["source"] == "kiosk" else "api")


Handler: TypeAlias = "Callable[[FactFold, str, dict[str, Any]], None]"


def _noted(fold: FactFold, _: str, body: dict[str, Any]) -> None:
    if body["what"] == PRAISED:
        fold.add("praise", who=str(body["about"]))


HANDLERS: dict[str, Handler] = {
    "ParcelExpected": _expected,
    "ExpectationEnded": _not_come,
    "OutboundBooked": _booked,
    "BookingLapsed": _lapsed,
    "DepositStarted": _deposit,
    "DepositMoved": _moved,
    "UnlockOrdered": _ordered,
    "DoorOpened": _opened,
    "DoorShut": _shut,
    "ParcelStored": _stored,
    "ParcelPlaced": _placed,
    "ParcelMoved": _relocated,
    "ParcelEnded": _ended,
    "PickupStarted": _pickup,
    "PickupFailed": _not_opened,
    "ParcelCollected": _collected,
    "LockFault": _fault,
    "ParcelOverdue": _overdue,
    "ParcelNotAccepted": _turned_away,
    "DepositTurnedAway": _turned_away,
    "CaseOpened": _case_opened,
    "CaseSaid": _case_said,
    "CaseClosed": _case_closed,
    "VisitRated": _rated,
    "NoticeFailed": _notice_failed,
    "CompartmentCleared": _cleared,
    "CodeRejected": _code_rejected,
    "Noted": _noted,
}
