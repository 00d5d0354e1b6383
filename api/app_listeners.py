"""The listeners of the daemon, each with its app, its names and its share of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.app import kiosk_app, resident_app, staff_app
from api.connections import Bounds
from api.late_app import LateApp
from api.listeners import Listener
from api.options import split_listen
from api.own_hosts import staff_hosts

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.options import KioskOptions, ResidentOptions, StaffOptions

KIOSK_BOUNDS = Bounds(connections=64)
PHONE_BOUNDS = Bounds(body_s=180.0)  # pictures, over the air


def app_listeners(
    context: AppContext, kiosk: KioskOptions, staff: StaffOptions, resident: ResidentOptions | None = None
) -> tuple[Listener, ...]:
    """Kiosk and staff listener, and the residents' where there is one, not running yet.

    Raises SettingsError for a certificate that cannot be used.
    """
    host, port = split_listen(kiosk.listen)
    touchscreen = Listener(LateApp(lambda: kiosk_app(context)), host, port, "kiosk.listen", bounds=KIOSK_BOUNDS)
    pair = context.certificate.look() if context.certificate else None
    files = (pair.certificate, pair.key) if pair else (None, None)
    host, port = split_listen(staff.listen)
    hosts = staff_hosts(staff, pair.names if pair else ())
    network = Listener(LateApp(lambda: staff_app(context, hosts)), host, port, "staff.listen", *files)
    if resident is None:
        return touchscreen, network
    host, port = split_listen(resident.listen)
    app, own = LateApp(lambda: resident_app(context, resident)), (resident.certificate, resident.private_key)
    phones = Listener(app, host, port, "resident.listen", *own, bounds=PHONE_BOUNDS)
    return touchscreen, network, phones
