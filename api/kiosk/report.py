"""What is wrong behind a door: said, frozen, numbered, and shown to the camera. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.collect_steps import ProblemReported, ReportPhoto, ReportProblem
from api.kiosk.messages import EffectRefused, NoteEffect, NoteRecorded, PhotoEffect, PhotoTaken, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, at_step, go_to, leave
from api.kiosk.values import ErrorMessage, KioskTime, LockerState, ProblemKind
from locker.core.model import Seen

MOST_PHOTOS = 3
SHOWN = frozenset({ProblemKind.DAMAGED, ProblemKind.OTHER, ProblemKind.EMPTY})
"""What can be shown to a camera."""


def report_problem(state: KioskState, step: ReportProblem, touched: Touched) -> Transition | None:
    """What is wrong behind the door."""
    match touched.act:
        case "wrong" if touched.value in set(ProblemKind):
            door = step.door
            note = NoteEffect(ProblemKind(touched.value), door.compartment, door.parcel, door.pickup)
            return go_to(state, step, note)
        case "back":
            return go_to(state, step.door)
        case _:
            return None


def problem_reported(
    state: KioskState, step: ProblemReported, touched: Touched, locker: LockerState
) -> Transition | None:
    """It is in the journal, and staff are called. While the door stands open this screen does not go."""
    compartment = locker.site.compartments.get(step.door.compartment)
    match touched.act:
        case "back":
            return go_to(state, step.door)
        case "photo" if may_show(step, locker):
            return go_to(state, ReportPhoto(step))
        case "finish" if compartment is not None and compartment.seen is Seen.OPEN:
            return go_to(state, step.door)
        case "finish":
            return leave(state), None
        case _:
            return None


def may_show(step: ProblemReported, locker: LockerState) -> bool:
    """True while a picture may be added."""
    return locker.has_camera and bool(step.case) and step.problem in SHOWN and len(step.photos) < MOST_PHOTOS


def report_photo(state: KioskState, step: ReportPhoto, touched: Touched, locker: LockerState) -> Transition | None:
    """A picture a touch; without one it goes on as well."""
    match touched.act:
        case "photo" if may_show(step.reported, locker):
            return go_to(state, replace(step, camera_off=False), PhotoEffect(step.reported.case))
        case "back":
            return go_to(state, step.reported)
        case _:
            return None


def after_note(
    state: KioskState, effect: NoteEffect, result: NoteRecorded | EffectRefused, now: KioskTime
) -> KioskState:
    """The report is in the journal. If it could not be kept, the number to call is all the more needed."""
    if not isinstance(state.step, ReportProblem):
        return state
    door = state.step.door
    if isinstance(result, EffectRefused):
        return at_step(state, replace(door, error=ErrorMessage("report.not_kept")))
    return at_step(state, ProblemReported(door, effect.problem, now.utc, result.case, result.who, result.due))


def after_photo(state: KioskState, result: PhotoTaken | EffectRefused) -> KioskState:
    """The picture is in the case, or there is none."""
    step = state.step
    if not isinstance(step, ReportPhoto):
        return state
    if isinstance(result, EffectRefused) or not result.sha256:
        return at_step(state, replace(step, camera_off=True))
    return at_step(state, ReportPhoto(replace(step.reported, photos=(*step.reported.photos, result.sha256))))
