"""One door's page: how it stands, the one thing to do first, what else may be done, its history. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.staff.logbook import Day, failed_order, last_reason, logbook, was_looked_into
from api.staff.parcels_here import ParcelHere, first_live, parcels_here
from api.staff.task_words import first_step_hint, reason_text, report_sentence, task_sentence
from locker.core.model import CheckFrom, Content, Seen, Use, VisitKind
from locker.core.visit import InDoubt
from locker.services.duty import task_of, unit_of
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.core.events.record import Recorded
    from locker.core.model import Compartment, Parcel, Site
    from locker.options import CompartmentOptions
    from locker.services.duty import Task


@dataclass(frozen=True, slots=True)
class Action:
    """One form: its name is the last part of its address. `main`: the one lit button of the page.

    `content` is what a clear says is inside, `reason` the text that is proposed, None when no reason is asked.
    `witness`: a second person signs as well. `parcels`: of several, each to be ticked that is there.
    """

    name: str
    key: str
    label: str
    main: bool = False
    content: str = ""
    reason: str | None = None
    consequence: str = ""
    icon: str = ""
    witness: bool = False
    parcels: Sequence[ParcelHere] = ()

    @property
    def id(self) -> str:
        """The name of this form on the page."""
        return f"{self.name}-{self.content}" if self.content else self.name


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Forms behind a line that opens them, because their consequence wants a second thought."""

    id: str
    label: str
    icon: str
    actions: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of the list of details: what it is, and how it is here."""

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
    heading: str
    heading_hint: str
    main_actions: Sequence[Action]
    more_actions: Sequence[ActionGroup]
    details: Sequence[Detail]
    days: Sequence[Day]
    reports: Sequence[ActionGroup]
    parcels: Sequence[ParcelHere]
    state: str
    read_only: bool

    def has(self, form: str) -> bool:
        """True when this form is on the page, so that its refusal can stand beside it."""
        return any(
            each.id == form
            for each in (
                *self.main_actions,
                *(one for group in (*self.reports, *self.more_actions) for one in group.actions),
            )
        )


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page: what they may do, and the secret that their forms' keys are made with."""

    rights: frozenset[Right]
    csrf: str


def door_view(
    site: Site,
    compartment: Compartment,
    options: CompartmentOptions | None,
    events: Sequence[Recorded],
    viewer: Viewer,
    text: LocalizedText,
    reports: Sequence[Task] = (),
) -> DoorView:
    """The page of this door at `text.now`; `events` is the door's own history, `reports` what residents found here."""
    stage = _stage(site, compartment, events)
    main_actions, more_actions = _actions(site, compartment, stage, viewer, text, events)
    parcel = site.parcels.get(compartment.parcel or "")
    kicker, heading, heading_hint = _heading(site, compartment, stage, text)
    return DoorView(
        id=compartment.id,
        title=_title(site, compartment, reports, text),
        subtitle=_subtitle(compartment, parcel, text),
        mark="stuck" if stage == "failed" else "lit" if compartment.seen is Seen.OPEN else "next",
        kicker=kicker,
        heading=heading,
        heading_hint=heading_hint,
        main_actions=main_actions,
        more_actions=more_actions,
        details=_details(compartment, options, text),
        days=logbook(events, text),
        reports=[_settling(each, viewer, text) for each in reports],
        parcels=parcels_here(site, compartment, text),
        state=state_of(compartment),
        read_only=not viewer.rights & {Right.OPEN, Right.CLEAR, Right.RETIRE, Right.RESTORE},
    )


def state_of(compartment: Compartment) -> str:
    """What a form was filled in for: the use and since when. A form of an older state is not carried out."""
    return f"{compartment.use.value} {compartment.since.isoformat() if compartment.since else ''}"


def _stage(site: Site, compartment: Compartment, events: Sequence[Recorded]) -> str:
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
        return "found" if was_looked_into(events, compartment.since) and compartment.seen is Seen.SHUT else "look"
    if compartment.use is Use.RETIRED:
        return "out"
    return "quiet"


def _settling(report: Task, viewer: Viewer, text: LocalizedText) -> ActionGroup:
    """A report, with the form that settles it for whoever may open the door."""
    key = hashlib.sha256(f"{viewer.csrf}\nsettle {report.report}".encode()).hexdigest()[:32]
    settle = Action("settle", key, text.translate("panel.settle"), content=str(report.report), reason="")
    since = text.short_time(report.since) if report.since else ""
    said = text.translate("panel.report_at", said=report_sentence(report.why, report.compartment, text), time=since)
    return ActionGroup(settle.id, said, "alert", [settle] if Right.OPEN in viewer.rights else [])


def _title(site: Site, compartment: Compartment, reports: Sequence[Task], text: LocalizedText) -> str:
    task = task_of(site, compartment, reports)
    if task is not None and task.urgent:
        return task_sentence(site, task, text)
    unit = unit_of(site, compartment.parcel)
    key = f"panel.door_{compartment.use.value}"
    if unit and compartment.use in {Use.FILLING, Use.LOADED, Use.EMPTYING}:
        key += "_unit"
    return text.translate(key, door=compartment.id, unit=unit, why=reason_text(compartment.reason, text))


def _subtitle(compartment: Compartment, parcel: Parcel | None, text: LocalizedText) -> str:
    parts = []
    if compartment.since is not None:
        parts.append(text.translate("panel.since", time=text.date_and_time(compartment.since)))
    parts.append(text.translate(f"panel.seen_{compartment.seen.value}"))
    if parcel is not None and parcel.overdue and parcel.deadline:
        parts.append(text.translate("panel.overdue_since", time=text.date_and_time(parcel.deadline)))
    elif parcel is not None and parcel.deadline and compartment.use is Use.LOADED:
        parts.append(text.translate("panel.free_until", time=text.date_and_time(parcel.deadline)))
    return " ".join(parts) if text.language == "en" else "".join(parts)


def _heading(site: Site, compartment: Compartment, stage: str, text: LocalizedText) -> tuple[str, str, str]:
    """Kicker, heading and hint of the ink block; an empty heading is no block."""
    door, unit = compartment.id, unit_of(site, compartment.parcel)
    if stage == "ordered":
        visit = site.visits[door]
        kicker = text.translate("panel.ordered_at", time=text.clock(visit.began_at, seconds=True))
        return kicker, text.translate("panel.opens_now", door=door), text.translate("panel.opens_hint")
    if stage == "failed":
        return (
            text.translate("panel.kicker_lock"),
            text.translate("panel.did_not_open", door=door),
            text.translate("panel.failed_hint"),
        )
    if stage == "open":
        return (
            text.translate("panel.step_1"),
            text.translate("panel.is_open", door=door),
            first_step_hint(compartment, text),
        )
    if stage == "look":
        inside = text.translate("panel.should_hold", unit=unit) if unit else text.translate("panel.should_be_empty")
        if compartment.parcel and not unit:
            inside = text.translate("panel.should_hold_nobody")
        return text.translate("panel.step_1"), text.translate("panel.look_into", door=door), inside
    if stage == "found":
        key = "panel.found_none_hint" if first_live(site, compartment) is None else "panel.found_hint"
        return text.translate("panel.step_2"), text.translate("panel.what_found", door=door), text.translate(key)
    if stage == "out":
        seen = compartment.seen is Seen.SHUT
        then = text.translate("panel.out_hint" if seen else "panel.hint_out")
        return text.translate("use.retired"), text.translate("panel.out_head", door=door), then
    return "", "", ""


def _actions(
    site: Site, compartment: Compartment, stage: str, viewer: Viewer, text: LocalizedText, events: Sequence[Recorded]
) -> tuple[list[Action], list[ActionGroup]]:
    """Those of the ink block, and those behind a line; only what this viewer may do and what can be done."""
    last = max((each.seq for each in events), default=0)

    def key(name: str) -> str:
        # The same form sent twice is one order; the door's next event makes the next form another one.
        order = "\n".join((viewer.csrf, compartment.id, name, str(last), state_of(compartment)))
        return hashlib.sha256(order.encode()).hexdigest()[:32]

    main_actions: list[Action] = []
    more_actions: list[ActionGroup] = []
    shut = compartment.seen is Seen.SHUT
    if Right.RESTORE in viewer.rights and compartment.use is Use.RETIRED and shut:
        main_actions.append(Action("restore", key("restore"), text.translate("panel.restore"), main=True))
    if Right.CLEAR in viewer.rights and compartment.use is Use.CHECK and shut:
        contents = _content_actions(site, compartment, key, text)
        if stage == "found":
            main_actions.extend(contents)
        else:
            unlit = [replace(each, main=False) for each in contents]
            more_actions.append(ActionGroup("looked", text.translate("panel.looked"), "eye", unlit))
    if Right.CLEAR in viewer.rights and (words := _word_actions(site, compartment, viewer, key, text)):
        more_actions.append(ActionGroup("word", text.translate("panel.by_word"), "eye", words))
    if Right.OPEN in viewer.rights and stage != "busy":
        open_action = _open_action(
            compartment, stage, text, key("open"), last_reason(events) if stage == "failed" else ""
        )
        if open_action.main:
            main_actions.append(open_action)
        else:
            more_actions.append(ActionGroup("open", open_action.label, "key", [open_action]))
    empty = compartment.use is Use.FREE or (compartment.use is Use.CHECK and not compartment.parcels)
    if Right.RETIRE in viewer.rights and empty:
        label, consequence = text.translate("panel.retire"), text.translate("panel.retire_means")
        more_actions.append(
            ActionGroup(
                "retire", label, "wrench", [Action("retire", key("retire"), label, reason="", consequence=consequence)]
            )
        )
    return main_actions, more_actions


def _open_action(compartment: Compartment, stage: str, text: LocalizedText, key: str, last_reason_given: str) -> Action:
    consequence = "panel.open_means" if compartment.use in {Use.FREE, Use.LOADED} else ""
    return Action(
        "open",
        key,
        text.translate("panel.open_again" if stage in {"failed", "ordered", "found", "open"} else "panel.open_door"),
        main=stage in {"look", "failed"},
        reason=text.translate("panel.chip_look") if compartment.use is Use.CHECK else last_reason_given,
        consequence=text.translate(consequence) if consequence else "",
        icon="key",
    )


def _content_actions(
    site: Site, compartment: Compartment, key: Callable[[str], str], text: LocalizedText
) -> list[Action]:
    """What may be said to be inside, each with what follows from it."""
    parcel = first_live(site, compartment)
    live = parcel is not None
    consequence = "panel.empty_means"
    if live:
        collected = parcel is not None and parcel.check_from is CheckFrom.PICKUP
        consequence = "panel.empty_means_pickup" if collected else "panel.empty_means_deposit"
    empty, inside = text.translate("panel.is_empty"), text.translate("panel.is_inside")
    says = text.translate(consequence)
    contents = [Action("clear", key("clear empty"), empty, content="empty", main=not live, consequence=says)]
    if live:
        several = [each for each in parcels_here(site, compartment, text) if site.parcels[each.id].state.live]
        consequence = text.translate("panel.inside_means_several" if several[1:] else "panel.inside_means")
        contents.append(
            Action(
                "clear",
                key("clear parcel"),
                text.translate("panel.are_inside") if several[1:] else inside,
                content="parcel",
                consequence=consequence,
                parcels=several if several[1:] else (),
            )
        )
    return contents


def contents_by_word(site: Site, compartment: Compartment) -> tuple[Content, ...]:
    """What may be said by word alone: nothing while a switch can tell, or while somebody may be at the door."""
    cannot_tell = compartment.seen is Seen.UNSEEN or compartment.switch_dead
    visit = site.visits.get(compartment.id)
    if (
        not cannot_tell
        or compartment.use in {Use.FREE, Use.RETIRED}
        or (visit is not None and not isinstance(visit.stage, InDoubt))
    ):
        return ()
    if compartment.use is Use.LOADED or first_live(site, compartment) is None:
        return (Content.EMPTY,)
    return (Content.EMPTY, Content.PARCEL)


def _word_actions(
    site: Site, compartment: Compartment, viewer: Viewer, key: Callable[[str], str], text: LocalizedText
) -> list[Action]:
    said = contents_by_word(site, compartment)
    by_content = {each.content: each for each in _content_actions(site, compartment, key, text)}
    alone = Right.ALONE in viewer.rights
    means = text.translate("panel.by_word_means_alone" if alone else "panel.by_word_means")
    actions = []
    for content in said:
        plain = by_content[content.value]
        consequence = plain.consequence
        if content is Content.EMPTY and compartment.use in {Use.LOADED, Use.EMPTYING}:
            consequence = text.translate("panel.empty_means_handed_out")
        actions.append(
            Action(
                "word",
                key(f"word {content.value}"),
                plain.label,
                content=content.value,
                reason="",
                consequence=f"{consequence} {means}" if text.language == "en" else consequence + means,
                witness=not alone,
                parcels=plain.parcels,
            )
        )
    return actions


def _details(compartment: Compartment, options: CompartmentOptions | None, text: LocalizedText) -> list[Detail]:
    details = [
        Detail(text.translate("panel.fact_use"), text.translate(f"use.{compartment.use.value}")),
        Detail(text.translate("panel.fact_seen"), text.translate(f"seen.{compartment.seen.value}")),
        Detail(text.translate("panel.fact_size"), compartment.size.value),
    ]
    if compartment.kept_for:
        details.append(Detail(text.translate("panel.fact_kept_for"), compartment.kept_for))
    if compartment.top_mm > compartment.bottom_mm:
        low, high = compartment.bottom_mm // 10, compartment.top_mm // 10
        key = "panel.height_reach" if compartment.low else "panel.height"
        details.append(Detail(text.translate("panel.fact_height"), text.translate(key, low=low, high=high)))
    details.append(Detail(text.translate("panel.fact_lock"), _wiring(compartment, options, text)))
    details.append(Detail(text.translate("panel.fact_openings"), f"{compartment.openings:,}"))
    if compartment.faults:
        details.append(Detail(text.translate("panel.fact_faults"), str(compartment.faults)))
    return details


def _wiring(compartment: Compartment, options: CompartmentOptions | None, text: LocalizedText) -> str:
    if options is None:
        return compartment.bank
    if options.channel is not None:
        return text.translate("panel.wire_channel", bank=compartment.bank, channel=options.channel)
    return text.translate("panel.wire_pins", bank=compartment.bank, lock=options.lock, switch=options.switch)
