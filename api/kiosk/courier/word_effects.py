"""What a courier agrees to before a round, and tells staff after it, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from api.i18n import translate
from api.kiosk.courier.messages import StaffTold, TellEffect, TermsEffect, WordKept
from api.kiosk.door_status import COURIER
from locker.services.cases import CaseRequest, Source
from locker.services.policies import accept, to_accept

if TYPE_CHECKING:
    from api.app_context import AppContext


async def perform(context: AppContext, effect: TermsEffect | TellEffect) -> WordKept | StaffTold:
    """Record it. Raises Refused while sealed."""
    by = f"{COURIER}{effect.courier.id}"
    match effect:
        case TermsEffect(version=version):
            await accept(context.engine, context.rules, version, by)
            return WordKept(context.engine.now())
        case TellEffect(courier=courier, word=word):
            said = translate(context.site.languages[0], f"tell.{word.value}")
            text = f"{said} ({courier.company}, {courier.name})"
            asked = CaseRequest(kind="courier-feedback", source=Source.COURIER, by=by, text=text)
            return StaffTold((await context.cases.service.open_case(asked)).number)
        case _:
            assert_never(effect)


async def terms_of(context: AppContext, courier: str) -> int:
    """The version of the terms that this courier has still to accept, 0 for none."""
    found = await to_accept(context.journal, context.rules, "couriers", f"{COURIER}{courier}")
    return 0 if found is None else found.version
