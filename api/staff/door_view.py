"""One door's page: how it stands, the one thing to do first, what else may be done, its history. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.staff.logbook import Day, failed_order, last_reason, logbook, looked
from api.staff.map_view import hint, reason, sentence, unit_of
from api.staff.tasks import task_of
from locker.core.model import CheckFrom, Seen, Use, VisitKind
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.core.model import Compartment, Parcel, Site
    from locker.core.record import Recorded
    from locker.options import CompartmentOptions


@dataclass(frozen=True, slots=True)
class Action:
    """One form: its name is the last part of its address. `main`: the one lit button of the page.

    `content` is what a clear says is inside, `reason` the text that is proposed, None when no reason is asked.
    """

    name: str
    key: str
    label: str
    main: bool = False
    content: str = ""
    reason: str | None = None
    consequence: str = ""
    icon: str = ""

    @property
    def id(self) -> str:
        """The name of this form on the page."""
        return f"{self.name}-{self.content}" if self.content else self.name


@dataclass(frozen=True, slots=True)
class Fold:
    """Forms behind a line that opens them, because their consequence wants a second thought."""

    id: str
    label: str
    icon: str
    actions: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the list of facts."""

    term: str
    value: str


@dataclass(frozen=True, slots=True)
class DoorView:
    """The whole page. `state` names what the page shows: a form of another state is stale."""

    id: str
    title: str
    subtitle: str
    mark: str
    kicker: str
    head: str
    head_hint: str
    first: Sequence[Action]
    more: Sequence[Fold]
    facts: Sequence[Fact]
    days: Sequence[Day]
    parcel: str
    parcel_unit: str
    state: str
    read_only: bool

    def has(self, form: str) -> bool:
        """True when this form is on the page, so that its refusal can stand beside it."""
        return any(each.id == form for each in (*self.first, *(one for fold in self.more for one in fold.actions)))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page: what they may do, and the secret that their forms' keys are made with."""

    rights: frozenset[Right]
    csrf: str


def door_view(
    site: Site,
    compartment: Compartment,
    options: CompartmentOptions | None,
    events: Sequence[Recorded],
    reader: Reader,
    words: LocalizedText,
) -> DoorView:
    """The page of this door at `words.now`; `events` is the door's own history."""
    step = _step(site, compartment, events)
    first, more = _actions(site, compartment, step, reader, words, events)
    parcel = site.parcels.get(compartment.parcel or "")
    kicker, head, head_hint = _head(site, compartment, step, words)
    return DoorView(
        id=compartment.id,
        title=_title(site, compartment, words),
        subtitle=_subtitle(compartment, parcel, words),
        mark="stuck" if step == "failed" else "lit" if compartment.seen is Seen.OPEN else "next",
        kicker=kicker,
        head=head,
        head_hint=head_hint,
        first=first,
        more=more,
        facts=_facts(compartment, options, words),
        days=logbook(events, words),
        parcel=parcel.id if parcel else "",
        parcel_unit=unit_of(site, compartment.parcel),
        state=state_of(compartment),
        read_only=not reader.rights & {Right.OPEN, Right.CLEAR, Right.RETIRE, Right.RESTORE},
    )


def state_of(compartment: Compartment) -> str:
    """What a form was filled in for: the use and since when. A form of an older state is not carried out."""
    return f"{compartment.use.value} {compartment.since.isoformat() if compartment.since else ''}"


def _step(site: Site, compartment: Compartment, events: Sequence[Recorded]) -> str:
    """Where somebody at this door stands: ordered, failed, open, look, found, busy, out, or quiet."""
    visit = site.visits.get(compartment.id)
    if visit is not None and visit.kind is VisitKind.STAFF:
        return "ordered"
    if compartment.use in {Use.FILLING, Use.EMPTYING}:
        return "busy"
    if compartment.use is Use.CHECK and compartment.seen is Seen.OPEN:
        return "open"
    if failed_order(events):
        return "failed"
    if compartment.use is Use.CHECK:
        return "found" if looked(events, compartment.since) and compartment.seen is Seen.SHUT else "look"
    if compartment.use is Use.RETIRED:
        return "out"
    return "quiet"


def _title(site: Site, compartment: Compartment, words: LocalizedText) -> str:
    concern = task_of(site, compartment)
    if concern is not None and concern.urgent:
        return sentence(site, concern, words)
    unit = unit_of(site, compartment.parcel)
    key = f"panel.door_{compartment.use.value}"
    if unit and compartment.use in {Use.FILLING, Use.LOADED, Use.EMPTYING}:
        key += "_unit"
    return words.say(key, door=compartment.id, unit=unit, why=reason(compartment.reason, words))


def _subtitle(compartment: Compartment, parcel: Parcel | None, words: LocalizedText) -> str:
    parts = []
    if compartment.since is not None:
        parts.append(words.say("panel.since", time=words.moment(compartment.since)))
    parts.append(words.say(f"panel.seen_{compartment.seen.value}"))
    if parcel is not None and parcel.overdue and parcel.deadline:
        parts.append(words.say("panel.overdue_since", time=words.moment(parcel.deadline)))
    elif parcel is not None and parcel.deadline and compartment.use is Use.LOADED:
        parts.append(words.say("panel.free_until", time=words.moment(parcel.deadline)))
    return " ".join(parts) if words.language == "en" else "".join(parts)


def _head(site: Site, compartment: Compartment, step: str, words: LocalizedText) -> tuple[str, str, str]:
    """Kicker, heading and hint of the ink block; an empty heading is no block."""
    door, unit = compartment.id, unit_of(site, compartment.parcel)
    if step == "ordered":
        visit = site.visits[door]
        kicker = words.say("panel.ordered_at", time=words.clock(visit.began_at, seconds=True))
        return kicker, words.say("panel.opens_now", door=door), words.say("panel.opens_hint")
    if step == "failed":
        return (
            words.say("panel.kicker_lock"),
            words.say("panel.did_not_open", door=door),
            words.say("panel.failed_hint"),
        )
    if step == "open":
        return words.say("panel.step_1"), words.say("panel.is_open", door=door), hint(compartment, words)
    if step == "look":
        inside = words.say("panel.should_hold", unit=unit) if unit else words.say("panel.should_be_empty")
        if compartment.parcel and not unit:
            inside = words.say("panel.should_hold_nobody")
        return words.say("panel.step_1"), words.say("panel.look_into", door=door), inside
    if step == "found":
        parcel = site.parcels.get(compartment.parcel or "")
        text = "panel.found_hint" if parcel is not None and parcel.state.live else "panel.found_none_hint"
        return words.say("panel.step_2"), words.say("panel.what_found", door=door), words.say(text)
    if step == "out":
        seen = compartment.seen is Seen.SHUT
        text = words.say("panel.out_hint" if seen else "panel.hint_out")
        return words.say("use.retired"), words.say("panel.out_head", door=door), text
    return "", "", ""


def _actions(
    site: Site, compartment: Compartment, step: str, reader: Reader, words: LocalizedText, events: Sequence[Recorded]
) -> tuple[list[Action], list[Fold]]:
    """Those of the ink block, and those behind a line; only what this reader may do and what can be done."""
    last = max((each.seq for each in events), default=0)

    def key(name: str) -> str:
        # The same form sent twice is one order; the door's next event makes the next form another one.
        text = "\n".join((reader.csrf, compartment.id, name, str(last), state_of(compartment)))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    first: list[Action] = []
    more: list[Fold] = []
    shut = compartment.seen is Seen.SHUT
    if Right.RESTORE in reader.rights and compartment.use is Use.RETIRED and shut:
        first.append(Action("restore", key("restore"), words.say("panel.restore"), main=True))
    if Right.CLEAR in reader.rights and compartment.use is Use.CHECK and shut:
        choices = _choices(site, compartment, key, words)
        if step == "found":
            first.extend(choices)
        else:
            quiet = [replace(each, main=False) for each in choices]
            more.append(Fold("looked", words.say("panel.looked"), "eye", quiet))
    if Right.OPEN in reader.rights and step != "busy":
        opening = _opening(compartment, step, words, key("open"), last_reason(events) if step == "failed" else "")
        if opening.main:
            first.append(opening)
        else:
            more.append(Fold("open", opening.label, "key", [opening]))
    empty = compartment.use is Use.FREE or (compartment.use is Use.CHECK and compartment.parcel is None)
    if Right.RETIRE in reader.rights and empty:
        label, means = words.say("panel.retire"), words.say("panel.retire_means")
        more.append(
            Fold("retire", label, "wrench", [Action("retire", key("retire"), label, reason="", consequence=means)])
        )
    return first, more


def _opening(compartment: Compartment, step: str, words: LocalizedText, key: str, said: str) -> Action:
    means = "panel.open_means" if compartment.use in {Use.FREE, Use.LOADED} else ""
    return Action(
        "open",
        key,
        words.say("panel.open_again" if step in {"failed", "ordered", "found", "open"} else "panel.open_door"),
        main=step in {"look", "failed"},
        reason=words.say("panel.chip_look") if compartment.use is Use.CHECK else said,
        consequence=words.say(means) if means else "",
        icon="key",
    )


def _choices(site: Site, compartment: Compartment, key: Callable[[str], str], words: LocalizedText) -> list[Action]:
    """What may be said to be inside, each with what follows from it."""
    parcel = site.parcels.get(compartment.parcel or "")
    live = parcel is not None and parcel.state.live
    means = "panel.empty_means"
    if live:
        collected = parcel is not None and parcel.check_from is CheckFrom.PICKUP
        means = "panel.empty_means_pickup" if collected else "panel.empty_means_deposit"
    empty, inside = words.say("panel.is_empty"), words.say("panel.is_inside")
    says = words.say(means)
    choices = [Action("clear", key("clear empty"), empty, content="empty", main=not live, consequence=says)]
    if live:
        means = words.say("panel.inside_means")
        choices.append(Action("clear", key("clear parcel"), inside, content="parcel", consequence=means))
    return choices


def _facts(compartment: Compartment, options: CompartmentOptions | None, words: LocalizedText) -> list[Fact]:
    facts = [
        Fact(words.say("panel.fact_use"), words.say(f"use.{compartment.use.value}")),
        Fact(words.say("panel.fact_seen"), words.say(f"seen.{compartment.seen.value}")),
        Fact(words.say("panel.fact_size"), compartment.size.value),
    ]
    if compartment.top_mm > compartment.bottom_mm:
        low, high = compartment.bottom_mm // 10, compartment.top_mm // 10
        key = "panel.height_reach" if compartment.low else "panel.height"
        facts.append(Fact(words.say("panel.fact_height"), words.say(key, low=low, high=high)))
    facts.append(Fact(words.say("panel.fact_lock"), _wire(compartment, options, words)))
    facts.append(Fact(words.say("panel.fact_openings"), f"{compartment.openings:,}"))
    if compartment.faults:
        facts.append(Fact(words.say("panel.fact_faults"), str(compartment.faults)))
    return facts


def _wire(compartment: Compartment, options: CompartmentOptions | None, words: LocalizedText) -> str:
    if options is None:
        return compartment.bank
    if options.channel is not None:
        return words.say("panel.wire_channel", bank=compartment.bank, channel=options.channel)
    return words.say("panel.wire_pins", bank=compartment.bank, lock=options.lock, switch=options.switch)
