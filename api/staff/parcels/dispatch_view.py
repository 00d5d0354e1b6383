"""The board of what goes out, in words: who fetches what and when, what was promised and weighed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api.staff.rules.rule_tables import days_text, service_name
from locker.core.model import ParcelState
from locker.services.outbound import A_DAY, minutes_late, promised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from api.staff.localized_text import LocalizedText
    from locker.services.outbound import Board, BoardLine, CourierShift, OnDuty
    from locker.services.people import ListedCourier
    from locker.services.policies import Carriage, DispatchRules


@dataclass(frozen=True, slots=True)
class JobRow:
    """One parcel in the list: its door where it has one, for whom, how it stands; `alarm`: somebody must see to it."""

    parcel: str
    door: str
    title: str
    stands: str
    alarm: bool


@dataclass(frozen=True, slots=True)
class CourierRow:
    """One courier: who, when at work, how many jobs of how many."""

    id: str
    name: str
    company: str
    shift: str
    jobs: str
    full: bool


@dataclass(frozen=True, slots=True)
class BoardView:
    """The whole board. `waiting`: how many parcels nobody is asked for."""

    title: str
    waiting: int
    here: Sequence[JobRow]
    away: Sequence[JobRow]
    couriers: Sequence[CourierRow]


def board_view(board: Board, rules: DispatchRules, text: LocalizedText) -> BoardView:
    """The board as its page shows it."""
    waiting = sum(_waits(each) for each in board.here)
    key = "waiting" if waiting else "all" if board.here else "none"
    return BoardView(
        text.translate(f"panel.dispatch_title_{key}", n=waiting or len(board.here)),
        waiting,
        [_here(each, board, text) for each in board.here],
        [_away(each, rules, text) for each in board.away],
        [_courier(each, board.people, text) for each in board.couriers],
    )


def _waits(line: BoardLine) -> bool:
    states = {ParcelState.EXPECTED, ParcelState.DEPOSITING, ParcelState.STORED}
    return not line.order.state and line.parcel is not None and line.parcel.state in states


def _here(line: BoardLine, board: Board, text: LocalizedText) -> JobRow:
    unwanted = line.order.parcel in board.unwanted
    parts = [line.company, _zone(line, text), _window(line, text), _chosen(line, text)]
    return JobRow(
        line.order.parcel,
        line.parcel.compartment if line.parcel is not None and line.parcel.compartment else "",
        _joined(parts, text),
        text.translate("panel.dispatch_unwanted") if unwanted else job_stands(line, board.people, text),
        unwanted,
    )


def job_stands(line: BoardLine, people: Mapping[str, ListedCourier], text: LocalizedText) -> str:
    """Who fetches it and when, or what it waits for."""
    order, t = line.order, text.translate
    name = people[order.courier].name if order.courier in people else order.courier
    if order.taken_at is not None:
        return t("panel.dispatch_taken", at=text.date_and_time(order.taken_at))
    if order.state == "offered" and order.answer_by is not None:
        return t("panel.dispatch_offered", name=name, at=text.date_and_time(order.answer_by))
    if order.state == "accepted" and order.eta is not None:
        return t("panel.dispatch_expected", name=name, at=text.date_and_time(order.eta))
    if order.state == "accepted":
        return t("panel.dispatch_accepted", name=name)
    if line.parcel is not None and line.parcel.state is ParcelState.EXPECTED:
        return t("panel.dispatch_not_brought")
    return t("panel.dispatch_waits")


def _away(line: BoardLine, rules: DispatchRules, text: LocalizedText) -> JobRow:
    days = promised(line.time, line.order.taken_at, ZoneInfo(text.timezone))
    late = days is not None and days.late(text.date_of(text.now))
    differs = rules.differs(line.order.weight_g, line.declared_g)
    when = text.translate("panel.arrival_by", day=text.day(days.last)) if days else ""
    if late and days is not None:
        when = text.translate("panel.arrival_late", day=text.day(days.last))
    stands = [when, text.translate("panel.weight_differs") if differs else "", _seen(line, text)]
    taken = text.date_and_time(line.order.taken_at) if line.order.taken_at else ""
    title = _joined([line.company, _chosen(line, text), text.translate("panel.dispatch_taken", at=taken)], text)
    return JobRow(line.order.parcel, "", title, _joined(stands, text), late or differs)


def _courier(duty: OnDuty, people: Mapping[str, ListedCourier], text: LocalizedText) -> CourierRow:
    person = people.get(duty.courier)
    span = "" if (duty.begins, duty.ends) == (0, A_DAY) else f"{clock(duty.begins)}–{clock(duty.ends)}"  # noqa: RUF001  a span
    zones = text.translate("panel.dispatch_zones", zones=" ".join(sorted(duty.zones))) if duty.zones else ""
    return CourierRow(
        duty.courier,
        person.name if person is not None else duty.courier,
        duty.company,
        _joined([span or text.translate("panel.dispatch_all_day"), zones], text),
        text.translate("panel.dispatch_jobs", jobs=duty.jobs, most=duty.most),
        duty.jobs >= duty.most,
    )


def clock(minute: int) -> str:
    """Minutes since midnight as a time: 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _zone(line: BoardLine, text: LocalizedText) -> str:
    return text.translate("panel.dispatch_zone", zone=line.zone) if line.zone else ""


def _window(line: BoardLine, text: LocalizedText) -> str:
    begin, end = line.order.window_from, line.order.window_to
    return f"{text.date_and_time(begin)}–{text.clock(end)}" if begin and end else ""  # noqa: RUF001  a span


def _chosen(line: BoardLine, text: LocalizedText) -> str:
    return text.translate("panel.comma").join(
        service_name(each, text) for each in (line.order.service, line.order.lane) if each
    )


def _seen(line: BoardLine, text: LocalizedText) -> str:
    seen = line.order.seen
    if seen is None:
        return ""
    where = seen.place or (f"{seen.lat:.3f}, {seen.lon:.3f}" if seen.lat is not None and seen.lon is not None else "")
    return text.translate("panel.seen_at", place=where, at=text.date_and_time(seen.at)) if where else ""


def _joined(parts: Sequence[str], text: LocalizedText) -> str:
    return text.translate("panel.comma").join(each for each in parts if each)


def order_facts(line: BoardLine, rules: DispatchRules, tariff: Carriage, text: LocalizedText) -> list[tuple[str, str]]:
    """Everything that is known of one parcel that goes out, what nobody said left out."""
    order, t = line.order, text.translate
    days = promised(line.time, order.taken_at, ZoneInfo(text.timezone))
    late = minutes_late(order.eta, order.taken_at)
    said = [
        ("carrier", line.company),
        ("service", _chosen(line, text)),
        ("window", _window(line, text)),
        ("estimate", _money(order.estimate, tariff)),
        ("eta", text.date_and_time(order.eta) if order.eta else ""),
        ("lateness", _lateness(late, text)),
        ("weight", _weight(line, rules, text)),
        ("promise", days_text(line.time, text) if line.time else ""),
        ("arrival", _arrival(line, days is not None and days.late(_until(line, text)), text)),
        ("seen", _seen(line, text)),
    ]
    return [(t(f"panel.out_{name}"), value) for name, value in said if value]


def _until(line: BoardLine, text: LocalizedText) -> date:
    """The day on which it arrived, today while it has not."""
    return text.date_of(line.order.delivered_at or text.now)


def _money(coins: int | None, tariff: Carriage) -> str:
    return "" if coins is None else f"{coins / 10**tariff.decimals:.{tariff.decimals}f} {tariff.currency}"


def _lateness(minutes: int | None, text: LocalizedText) -> str:
    if minutes is None:
        return ""
    key = "on_time" if minutes <= 0 else "late"
    return text.translate(f"panel.eta_{key}", n=abs(minutes))


def _weight(line: BoardLine, rules: DispatchRules, text: LocalizedText) -> str:
    declared, weighed = line.declared_g, line.order.weight_g
    parts = [
        text.translate("panel.weight_declared", grams=declared) if declared is not None else "",
        text.translate("panel.weight_weighed", grams=weighed) if weighed is not None else "",
        text.translate("panel.weight_differs") if rules.differs(weighed, declared) else "",
    ]
    return _joined(parts, text)


def _arrival(line: BoardLine, late: bool, text: LocalizedText) -> str:
    days = promised(line.time, line.order.taken_at, ZoneInfo(text.timezone))
    if line.order.delivered_at is not None:
        key = "panel.delivered_late" if late else "panel.delivered"
        return text.translate(key, at=text.date_and_time(line.order.delivered_at))
    if days is None:
        return ""
    return text.translate("panel.arrival_late" if late else "panel.arrival_by", day=text.day(days.last))


def shift_lines(shifts: Mapping[str, CourierShift], people: Mapping[str, ListedCourier]) -> str:
    """When couriers work, as it is pasted."""
    return "\n".join(
        ", ".join(
            (
                people[each.courier].company,
                people[each.courier].name,
                " ".join(sorted(each.zones)),
                clock(each.begins),
                clock(each.ends),
                str(each.most),
            )
        )
        for each in shifts.values()
        if each.courier in people
    )
