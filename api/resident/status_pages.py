"""What the QR code on a parcel shows to whoever scans it: how far it is, and nothing of whose it is (QRY-02)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.parcel_status import is_status_token
from locker.core.events.record import moment, rfc3339
from locker.core.model import Direction, ParcelState
from locker.journal.history import parcel_row

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import Asked, ResidentPages

SHOWN_AFTER_END = timedelta(days=30)


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the page."""

    async def status(asked: Asked) -> Response:
        parcel, token = asked.http.path_params["parcel"], asked.http.path_params["token"]
        if not is_status_token(pages.context.vault, parcel, token):
            return pages.gone(asked)
        row = await pages.context.journal.read(lambda db: parcel_row(db, parcel))
        long_ago = rfc3339(asked.text.now - SHOWN_AFTER_END)
        if row is None or (ParcelState(row["state"]).ended and row["since"] < long_ago):
            return pages.gone(asked)
        out = row["direction"] == Direction.OUT
        until = row["deadline"] if row["state"] == ParcelState.STORED and not out else None
        return pages.render(
            "status",
            asked,
            said=asked.text.translate(f"my.{'out' if out else 'status'}_{row['state']}"),
            until=asked.text.moment(moment(until)) if until else "",
        )

    app.add_route("/s/{parcel}/{token}", pages.public(status), methods=["GET"])
