"""The label of a parcel, to be printed and stuck on it, once more whenever it is needed (QRY-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.parcel_status import status_address
from api.qr_drawing import qr_code
from locker.journal.history import parcel_row

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.panel import Panel, StaffRequest

SHOWN_OF_NUMBER = 4


def install(app: Starlette, panel: Panel) -> None:
    """Add the page. It tells nothing of whose the parcel is: who carries it may read it."""

    async def label(request: StaffRequest) -> Response:
        name = request.http.path_params["parcel"]
        row = await panel.context.journal.read(lambda db: parcel_row(db, name))
        address = status_address(panel.context, name)
        if row is None or not address:
            return panel.error_page(request, "panel.no_parcel" if row is None else "panel.no_label", 404)
        return panel.render(
            "label.html",
            request,
            qr=qr_code(address, request.text.translate("panel.label_qr")),
            company=row["company"],
            end=row["tracking"][-SHOWN_OF_NUMBER:],
            parcel=name,
        )

    app.add_route("/parcels/{parcel}/label", panel.signed_in(label), methods=["GET"])
