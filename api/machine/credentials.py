"""`/parcels/{id}/credentials`: who may fetch a parcel."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.parcel_bodies import CredentialBody, credential_json


async def create(request: ApiRequest, parcel: str, body: CredentialBody) -> Response:
    """Send a delegate, whose code and token are told here and only now; or replace a lost code, by notice alone."""
    service = request.context.parcels
    if body.kind == "delegate" and body.name is not None and body.until is not None:
        answer, secrets = await service.add_delegate(parcel, body.name, body.until, request.asker)
        return JSONResponse(credential_json(answer, secrets), 201)
    return JSONResponse(credential_json(await service.replace_code(parcel, request.asker)), 201)


async def listing(request: ApiRequest, parcel: str) -> Response:
    """All that opens this parcel or did, the oldest first."""
    return JSONResponse(await request.context.parcels.credentials(parcel))


async def end(request: ApiRequest, parcel: str, credential: str) -> Response:
    """Revoke a credential: it opens nothing any more, and whoever shows it is told nothing else."""
    return JSONResponse(await request.context.parcels.end_credential(parcel, credential, request.asker))
