"""`/residents`: another program keeps the list of who lives here."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.request_models import ResidentBody
from api.machine.response_models import resident_json
from locker.services.command_service import ResidentDetails


async def save(request: ApiRequest, body: ResidentBody) -> Response:
    """Create the resident of this unit and name, or change that one."""
    card = ResidentDetails(
        unit=body.unit,
        name=body.name,
        phone=body.phone,
        consent=body.consent,
        language=body.language,
        email=body.email,
        reach=body.reach,
    )
    answer = await request.context.commands.save_resident(card, request.by)
    person = request.context.directory.get(answer.id)
    assert person is not None, "a resident that was just saved is known"
    phone = request.context.directory.dialled(person.phone)
    return JSONResponse(resident_json(person, can_be_dialled=phone.can_be_dialled))
