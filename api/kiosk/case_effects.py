"""What opens a case at the touchscreen: a report at a door, a picture for it, a call for help."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from api.kiosk.door_status import SOURCE
from api.kiosk.messages import NoteRecorded, PhotoTaken
from api.kiosk.values import ProblemKind
from locker.core.parcel_words import RejectReason
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.journal.history import last_help, last_rejection, last_report
from locker.services.cases import BadPhoto, CaseRequest, Source
from locker.services.parcel_service import Caller
from locker.services.resident_reports import ask_for_help, keep_report
from locker.text_folding import visible_name

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.messages import NoteEffect

_log = logging.getLogger(__name__)

REJECTED_AS = {
    ProblemKind.EMPTY: RejectReason.MISSING,
    ProblemKind.OTHER: RejectReason.WRONG_PARCEL,
    ProblemKind.DAMAGED: RejectReason.DAMAGED,
}
SAID_TO_VISITORS = frozenset({"reply", "message"})
"""What staff write into a case for whoever opened it."""
LONGEST_SAID = 80

CASE_OF = {
    ProblemKind.EMPTY: "lost",
    ProblemKind.OTHER: "wrong-parcel",
    ProblemKind.DAMAGED: "damaged",
    ProblemKind.STUCK: "help",
}


async def report_problem(context: AppContext, effect: NoteEffect) -> NoteRecorded:
    """Keep what is wrong; first nobody else gets this door. What was said counts even where it is too late for that.

    The rejection opens a case by itself as well: the same one, for both name its event. Raises Refused while sealed.
    """
    parcel, of = effect.parcel, 0
    why = REJECTED_AS.get(effect.problem)
    if why is not None and effect.pickup:
        try:
            await context.parcels.reject(effect.pickup, why, parcel, Caller(by=SOURCE))
            of = await context.journal.read(lambda db: last_rejection(db, parcel))
        except Refused:
            _log.info("nothing is frozen for a report at %s: its visit is over", effect.compartment)
    await keep_report(context.engine, effect.compartment, parcel, effect.problem.value, SOURCE)
    of = of or await context.journal.read(lambda db: last_report(db, parcel))
    return await _open(context, CASE_OF[effect.problem], effect.compartment, parcel, of)


async def call_staff(context: AppContext, compartment: str) -> NoteRecorded:
    """Ask staff to come. Raises Refused while sealed."""
    await ask_for_help(context.engine, compartment, SOURCE)
    return await _open(context, "help", compartment, "", await context.journal.read(last_help))


async def take_photo(context: AppContext, case: str) -> PhotoTaken:
    """Take a picture for a case; a camera that gives none keeps nobody."""
    if context.camera is None:
        return PhotoTaken("")
    try:
        picture = await context.camera.still()
        return PhotoTaken(await context.cases.service.add_photo(case, picture, SOURCE))
    except (HardwareFault, BadPhoto, OSError) as fault:
        _log.warning("no picture for case %s: %s", case, fault)
        return PhotoTaken("")


async def staff_words(context: AppContext, case: str) -> tuple[str, str] | None:
    """Who of the staff wrote last for whoever opened this case, and the beginning of it; None when nobody did."""
    entries = (await context.cases.service.whole(case)).entries
    said = [each for each in entries if each.what in SAID_TO_VISITORS and each.text]
    if not said:
        return None
    by = said[-1].by
    who = called_name(by.removeprefix("staff:")) if by.startswith("staff:") else ""
    return who, visible_name(said[-1].text)[:LONGEST_SAID]


async def _open(context: AppContext, kind: str, compartment: str, parcel: str, of: int) -> NoteRecorded:
    site, service = context.engine.site, context.cases.service
    there = site.parcels.get(parcel)
    people = () if there is None else there.recipients
    found = [site.residents[each] for each in people if each in site.residents]
    receipt = await service.open_case(
        CaseRequest(
            kind=kind,
            source=Source.KIOSK,
            by=SOURCE,
            parcel=parcel if there is not None else "",
            compartment=compartment,
            resident=people[0] if len(people) == 1 else "",
            unit=found[0].unit if found else "",
            of=of,
        )
    )
    owner = (await service.whole(receipt.number)).case.owner
    return NoteRecorded(receipt.number, called_name(owner), receipt.reply_due)


def called_name(account: str) -> str:
    """A staff member as a visitor is told: chen.lin is Chen Lin."""
    return " ".join(part.capitalize() for part in account.replace("_", ".").replace("-", ".").split(".") if part)
