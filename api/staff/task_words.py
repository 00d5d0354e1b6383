"""Tasks in words: the sentence of each cause, what it leads to, and what may be done about it in its line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from api.staff.machine_view import health_sentence
from api.staff.untold_notices import undelivered_text
from locker.core.model import Seen, Use
from locker.services.duty import Cause, CauseTask, Task, TaskKind, unit_of
from locker.services.people import Right

if TYPE_CHECKING:
    from api.staff.localized_text import LocalizedText
    from locker.core.model import Compartment, Site

_DOOR_CAUSES = frozenset(each.value for each in TaskKind) - {TaskKind.OVERDUE, TaskKind.UNSEEN}
_TO_MACHINE = frozenset({Cause.WIRE, Cause.POWER, Cause.HEALTH, Cause.CLOCK})
_PLATES = {
    Cause.REPORT: "is-lit",
    Cause.CHECK: "is-lit",
    Cause.GONE: "is-full",
    Cause.AJAR: "",
    Cause.JAM: "is-full",
    Cause.SWITCH: "is-full",
    Cause.OVERDUE: "is-full",
}
_PAGES = {
    **dict.fromkeys((Cause.CASE, Cause.AWARD, Cause.DANGER), "/cases/{about}"),
    Cause.APPROVAL: "/mass-openings",
    Cause.YEAR: "/cases/working-days",
    Cause.REVIEW: "/rules/{about}",
    Cause.BACKLOG: "/parcels",
    Cause.ROUND: "/rounds",
    Cause.APPLICATION: "/people/applications",
    Cause.TRAINING: "/duty/training",
    Cause.PEAK: "/reports/forecast",
    Cause.DISPATCH: "/parcels/dispatch/{parcel}",
    Cause.STOCK: "/parcels/stock",
    Cause.AUTOMATION: "/automation",
}
"""Pages on which somebody sees to what is not behind a door."""
_ONE_KEY = {
    (Cause.CLOCK, ""): "clock_disbelieved",
    (Cause.TRAINING, "over"): "task_training_over",
}
_ICONS = {
    Cause.DANGER: "alert",
    Cause.WIRE: "wrench",
    Cause.POWER: "wrench",
    Cause.HEALTH: "wrench",
    Cause.CLOCK: "clock",
    Cause.APPROVAL: "key",
    Cause.AWARD: "case",
    Cause.CASE: "case",
    Cause.GUESSED: "alert",
    Cause.UNTOLD: "phone",
    Cause.LATE: "phone",
    Cause.BACKLOG: "box",
    Cause.ROUND: "check",
    Cause.TRAINING: "check",
    Cause.PEAK: "box",
    Cause.SERVICE: "wrench",
    Cause.APPLICATION: "people",
    Cause.DISPATCH: "out",
    Cause.STOCK: "box",
    Cause.AUTOMATION: "rules",
    Cause.YEAR: "clock",
    Cause.REVIEW: "rules",
}


@dataclass(frozen=True, slots=True)
class TaskAction:
    """What may be done in the line: a link, or with `post` a form that is sent there, which says the `reason`."""

    label: str
    icon: str
    address: str
    post: bool = False
    reason: str = ""


def plate_of(task: CauseTask) -> tuple[str, str, str]:
    """What stands at the head of its line: a door, else a symbol; and the look of that plate."""
    if len(task.doors) == 1 and task.cause is not Cause.OVERDUE:
        return task.doors[0], "", _PLATES.get(task.cause, "is-out")
    if task.cause is Cause.OVERDUE and task.doors:
        return (task.doors[0] if len(task.doors) == 1 else str(task.n)), "", _PLATES[task.cause]
    return "", _ICONS.get(task.cause, "alert"), "is-out"


def address_of(task: CauseTask) -> str:
    """The page on which somebody sees to it; empty where there is none."""
    if task.cause in _PAGES:
        return _PAGES[task.cause].format(about=task.about, parcel=task.parcel)
    if task.parcel:
        return f"/parcels/{task.parcel}"
    if task.doors and task.cause not in _TO_MACHINE:
        return f"/doors/{task.doors[0]}"
    return "/machine" if task.cause in _TO_MACHINE or task.cause is Cause.LATE else ""


def action_of(site: Site, task: CauseTask, rights: frozenset[Right], text: LocalizedText) -> TaskAction | None:
    """The one thing that may be done about it from its line, for whoever may do it."""
    t, parcel = text.translate, site.parcels.get(task.parcel)
    if parcel is not None and task.cause is Cause.UNTOLD and Right.HANDLE in rights and parcel.compartment:
        return TaskAction(t("panel.act_send_again"), "key", f"/parcels/{task.parcel}/new-code", post=True)
    if parcel is not None and parcel.recipients and task.cause is Cause.OVERDUE and Right.SHOW in rights:
        return TaskAction(t("panel.act_call"), "phone", f"/parcels/{task.parcel}/show", post=True, reason="reach")
    address = address_of(task)
    if not address or (address.startswith("/doors/") and Right.OPEN not in rights):
        return None
    if task.cause is Cause.APPROVAL and Right.OPEN not in rights:
        return None
    if task.cause is Cause.YEAR and Right.CASES not in rights:
        return None
    if task.cause is Cause.APPLICATION and Right.PEOPLE not in rights:
        return None
    key = "door" if address.startswith("/doors/") else task.cause.value
    label = text.translate_or(f"panel.act_{key}", "panel.act_look", door=task.doors[0] if task.doors else "")
    return TaskAction(label, "key" if key == "door" else "", address)


def cause_sentence(site: Site, task: CauseTask, text: LocalizedText) -> str:
    """Why somebody is needed, in one sentence."""
    if task.cause.value in _DOOR_CAUSES:
        return task_sentence(site, _task_of_door(task), text)
    if task.cause in {Cause.POWER, Cause.HEALTH}:
        return health_sentence(task.why, task.about, text)
    fills = {"case": task.about, "about": task.about, "n": task.n, "unit": task.unit, "late": task.why}
    fills |= {
        "bank": task.about,
        "name": task.about.removeprefix("token:"),
        "fault": task.about,
        "of": task.about,
        "time": text.short_time(at) if (at := task.due or task.since) else "",
        "until": text.day(text.date_of(task.due)) if task.due else "",
        "why": undelivered_text(task.why, text) if task.cause in {Cause.UNTOLD, Cause.LATE} else task.why,
        "rule": text.translate(f"panel.rule_{task.about}") if task.cause is Cause.REVIEW else "",
    }
    if task.cause is Cause.AUTOMATION:
        fills["why"] = text.translate(f"panel.trigger_{task.why}")
    if task.cause is Cause.PEAK:
        fills["until"] = text.day(date.fromisoformat(task.why))
    if task.cause is Cause.ROUND:
        fills["about"] = text.translate(f"panel.round_name_{task.about.replace('-', '_')}")
    return text.translate(f"panel.{_key(task)}", **fills)


def _key(task: CauseTask) -> str:
    """The key of its sentence: where one cause has several, that which says what is true."""
    match task.cause:
        case Cause.WIRE if task.why == "doubt":
            return "bank_doubt"
        case Cause.UNSEEN if task.n == 1:
            return "not_seen"
        case Cause.OVERDUE if not task.unit:
            return "task_overdue_nobody"
        case Cause.UNTOLD:
            return "untold_staff" if task.about else "untold" if task.unit else "untold_nobody"
        case Cause.LATE:
            return "untold_late"
        case Cause.CASE:
            return f"task_case_{task.why.replace('-', '_')}"
        case Cause.GUESSED:
            return "guessed_kiosk" if task.about == "kiosk" else "guessed_machine"
        case Cause.CERTIFICATE:
            return f"certificate_{task.why}"
        case _:
            return _ONE_KEY.get((task.cause, task.why), f"task_{task.cause.value}")


def _task_of_door(task: CauseTask) -> Task:
    return Task(task.doors[0], TaskKind(task.cause.value), task.since, task.why, task.report)


def task_detail(site: Site, task: CauseTask, text: LocalizedText) -> str:
    """A second line: which doors, what else is known; empty where the sentence says it all."""
    if task.cause is Cause.OVERDUE and task.why == "untold":
        return text.translate("panel.call_untold")
    if len(task.doors) > 1:
        return text.translate("panel.list_comma").join(task.doors)
    if task.cause in {Cause.JAM, Cause.CHECK, Cause.REPORT} and (
        unit := unit_of(site, _parcel_at(site, task.doors[0]))
    ):
        return text.translate("panel.unit_of", unit=unit)
    return ""


def _parcel_at(site: Site, door: str) -> str | None:
    compartment = site.compartments.get(door)
    return compartment.parcel if compartment is not None else None


def first_hint(site: Site, task: CauseTask, text: LocalizedText) -> str:
    """What to do first about the most pressing task."""
    if task.cause is Cause.REPORT:
        return text.translate("panel.hint_report")
    if task.cause.value in _DOOR_CAUSES:
        return first_step_hint(site.compartments[task.doors[0]], text)
    key = f"panel.hint_{task.cause.value}"
    hint, detail = text.translate(key), task_detail(site, task, text)
    return detail if hint == key else f"{hint} {detail}".rstrip()


def first_step_hint(compartment: Compartment, text: LocalizedText) -> str:
    """What to do first at a door that needs a look."""
    if compartment.seen is Seen.OPEN:
        return text.translate("panel.hint_open")
    if not compartment.bank:
        return text.translate("panel.hint_gone")
    if compartment.use is Use.LOADED:
        return text.translate("panel.hint_jam")
    return text.translate("panel.hint_look" if compartment.use is Use.CHECK else "panel.hint_out")


def task_sentence(site: Site, task: Task, text: LocalizedText) -> str:
    """Why a door is on the list, in one sentence that names it."""
    name = task.compartment
    match task.kind:
        case TaskKind.REPORT:
            return report_sentence(task.why, name, text)
        case TaskKind.CHECK:
            return text.translate_or(f"panel.why_{why_key(task.why)}", "panel.why_other", door=name)
        case TaskKind.GONE | TaskKind.AJAR | TaskKind.LOCK | TaskKind.SWITCH:
            return text.translate(f"panel.{task.kind.value}", door=name)
        case TaskKind.JAM:
            unit = unit_of(site, site.compartments[name].parcel)
            return text.translate("panel.jam_unit" if unit else "panel.jam", door=name, unit=unit)
        case TaskKind.OVERDUE:
            since = text.short_time(task.since) if task.since else ""
            return text.translate("panel.overdue", time=since, unit=unit_of(site, site.compartments[name].parcel))
        case TaskKind.UNSEEN:
            return text.translate("panel.not_seen")
        case TaskKind.RETIRED:
            return (
                text.translate("panel.out_why", why=reason_text(task.why, text))
                if task.why
                else text.translate("use.retired")
            )


def report_sentence(problem: str, door: str, text: LocalizedText) -> str:
    """What a resident found behind a door."""
    return text.translate_or(f"panel.reported_{problem}", "panel.reported", door=door)


def why_key(why: str) -> str:
    """The journal's word as a part of a key: "door left open" is door_left_open."""
    return "_".join(why.replace("'", "").replace("-", " ").split())


def reason_text(why: str, text: LocalizedText) -> str:
    """Why a door is out of use: the lock's own fault in the page's language, else what a person wrote."""
    key = f"panel.fault_{why_key(why)}"
    return text.translate(key) if text.translate(key) != key else why
