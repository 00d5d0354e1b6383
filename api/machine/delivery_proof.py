"""`/parcels/{id}/delivery-proof`: what a sender may show: who took it out, by what, and how it was accepted."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import Problem
from api.machine.response_models import View
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.journal.history import parcel_row, timeline
from locker.services.evidence import DELIVERY, as_json, delivery
from locker.signed_note import fingerprint

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.core.events.record import Recorded


class SignatureView(View):
    """A signature of a DSSE envelope; `keyid` is the SHA-256 of the public key."""

    keyid: str
    sig: str


class EnvelopeView(View):
    """A DSSE envelope; the payload is JSON in base64."""

    payload: str
    payloadType: str  # noqa: N815  the envelope's own word
    signatures: list[SignatureView]


class DeliveryProofView(View):
    """The envelope, the key to check it with (Ed25519, base64), its fingerprint, and a signed checkpoint of the log."""

    envelope: EnvelopeView
    key: str
    fingerprint: str
    checkpoint: str


async def show(request: ApiRequest, parcel: str) -> Response:
    """The signed proof that a parcel was delivered; it names nobody. `not-now` while it was not collected."""

    def work(db: Database) -> tuple[dict[str, Any] | None, list[Recorded]]:
        return parcel_row(db, parcel), timeline(db, parcel)

    context = request.context
    row, lines = await context.journal.read(work)
    if row is None:
        raise Problem(RefusalReason.UNKNOWN)
    told, signer = delivery(lines), context.proof.signer
    checkpoint = await context.proof.checkpoint()
    payload = {
        "format": "lockerd-delivery-1",
        "site": context.site.id,
        "place": context.site.name,
        "address": context.site.address,
        "parcel": parcel,
        "tracking": row["tracking"],
        "carrier": row["company"],
        "direction": row["direction"],
        "signed_at": rfc3339(context.engine.now()),
        **told.as_facts(),
    }
    answer = {
        "envelope": signer.envelope(DELIVERY, as_json(payload)),
        "key": base64.b64encode(signer.public).decode(),
        "fingerprint": fingerprint(signer.public),
        "checkpoint": checkpoint,
    }
    return JSONResponse(answer)
