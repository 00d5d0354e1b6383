"""What may be done with one parcel as it stands now: each order with what it asks for and what follows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.core.model import Direction, ParcelState
from locker.core.parcels.custody import held
from locker.core.parcels.places import lying
from locker.core.parcels.reassigning import may_be_reassigned
from locker.core.parcels.reservations import spare
from locker.core.site_questions import own_units
from locker.core.visits.allocation import offered
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.core.model import Parcel, Site

RECEIVERS = ("resident", "delegate", "other")
"""To whom a parcel is handed out. For the last one a reason is asked; the number of a document never is."""
MORE_HOURS = (24, 48, 72, 168)
PROVED = frozenset({"release", "return", "hand-over", "unhold", "reassign"})
"""Orders that let a parcel go to somebody without its code, or end what protects it: a fresh code of the app first."""


@dataclass(frozen=True, slots=True)
class OrderField:
    """One thing that an order asks for. `options`: value and word of each choice; `tick`: it must be ticked."""

    name: str
    label: str
    options: Sequence[tuple[str, str]] = ()
    tick: bool = False
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ParcelOrder:
    """One form: its name is the last part of its address, `follows` what comes of it. `proved`: a fresh code first."""

    name: str
    icon: str
    label: str
    button: str
    follows: str = ""
    fields: Sequence[OrderField] = ()
    proved: bool = False


def parcel_orders(
    site: Site, parcel: str, rights: frozenset[Right], text: LocalizedText, *, open_case: str = ""
) -> list[ParcelOrder]:
    """Every order that this person may give about this parcel now. `open_case`: the case that holds it, if one does."""
    here = site.parcels.get(parcel)
    if here is None or Right.HANDLE not in rights:
        return []
    return [*_orders(site, here, text, open_case)]


def _orders(site: Site, parcel: Parcel, text: LocalizedText, open_case: str) -> Iterator[ParcelOrder]:
    if parcel.state is ParcelState.EXPECTED:
        yield _order("not-coming", "out", text)
    if parcel.direction is Direction.OUT and not (parcel.state.ended or parcel.identity):
        tick = OrderField("seen", _word("sender_seen", text), tick=True, hint=_word("identity_hint", text))
        yield _order("sender-check", "user", text, tick)
    at_rest = parcel.state is ParcelState.STORED and parcel.compartment not in site.visits
    free = at_rest and not held(site, parcel)
    if free:
        yield from _handing_out(parcel, text)
    if at_rest and parcel.compartment and parcel.direction is Direction.IN and not parcel.held:
        yield _order("new-code", "key", text)
    if free and parcel.deadline is not None:
        hours = [(str(each), text.translate("panel.more_hours", n=each // 24)) for each in MORE_HOURS]
        yield _order("more-time", "clock", text, OrderField("hours", _word("more_time_field", text), hours), _why(text))
    if (free or parcel.state is ParcelState.CHECK) and (to := move_targets(site, parcel, text)):
        yield _order("move", "box", text, OrderField("to", _word("move_field", text), to))
    if may_be_reassigned(site, parcel):
        unit = OrderField("unit", _word("reassign_unit", text))
        name = OrderField("name", _word("reassign_name", text), required=False, hint=_word("reassign_hint", text))
        yield _order("reassign", "people", text, unit, name, _why(text))
    if parcel.state in {ParcelState.STORED, ParcelState.CHECK} and not parcel.held:
        yield _order("hold", "hold", text, _why(text))
    if parcel.held and not open_case:
        yield _order("unhold", "hold", text)


def _handing_out(parcel: Parcel, text: LocalizedText) -> Iterator[ParcelOrder]:
    courier = OrderField("courier", _word("courier_field", text, company=parcel.company))
    if not parcel.from_resident:
        who = [(each, _word(f"receiver_{each}", text)) for each in RECEIVERS]
        yield _order(
            "release",
            "user",
            text,
            OrderField("who", _word("release_field", text), who),
            OrderField("identity", _word("identity_seen", text), tick=True, hint=_word("identity_hint", text)),
            OrderField("reason", _word("release_reason", text), required=False),
        )
    if parcel.direction is Direction.OUT:
        yield _order("hand-over", "collect", text, courier)
    if parcel.direction is Direction.DESK:
        yield _order("take-over", "collect", text)
    if parcel.direction is Direction.IN and parcel.overdue:
        yield _order("return", "undo", text, courier)


def move_targets(site: Site, parcel: Parcel, text: LocalizedText) -> list[tuple[str, str]]:
    """Doors and places to which this parcel may go: what may be behind a door goes to a place only."""
    doors = []
    if parcel.state is ParcelState.STORED:
        free = spare(site, text.now, list(offered(site, units=own_units(site, parcel.recipients))))
        fits = [each for each in free if each.size.rank >= parcel.size.rank]
        doors = [
            (each.id, text.translate("panel.move_door", door=each.id, size=each.size.value))
            for each in sorted(fits, key=lambda each: (each.size.rank, each.id))
        ]
    places = [each for each in site.places.values() if each.id != parcel.place]
    return doors + [(each.id, each.name) for each in places if len(lying(site, each.id)) < each.capacity]


def _order(name: str, icon: str, text: LocalizedText, *fields: OrderField) -> ParcelOrder:
    key = name.replace("-", "_")
    return ParcelOrder(
        name,
        icon,
        _word(f"order_{key}", text),
        _word(f"order_{key}_go", text),
        _word(f"order_{key}_follows", text),
        fields,
        name in PROVED,
    )


def _why(text: LocalizedText) -> OrderField:
    return OrderField("reason", text.translate("panel.reason"))


def _word(key: str, text: LocalizedText, **fills: object) -> str:
    return text.translate(f"panel.{key}", **fills)
