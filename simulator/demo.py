"""`make run`: the whole product on a simulated cabinet, with residents, couriers and log-ins to try."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from locker.services.command_service import ResidentDetails
from locker.services.people import PinTaken, Role
from simulator.__main__ import run_simulator
from simulator.addresses import kiosk_address, staff_address

if TYPE_CHECKING:
    from lockerd import Daemon

ROOT = Path(__file__).parent.parent
SITE = ROOT / "firmware_config" / "sites" / "demo-24.toml"
FOLDER = ROOT / "demo-data"
LISTEN = ("127.0.0.1", 8090)
BY = "demo"


@dataclass(frozen=True, slots=True)
class DemoCourier:
    """A courier of the demonstration."""

    company: str
    name: str
    pin: str


COURIERS = (
    DemoCourier("SF Express", "Li Na", "2580"),
    DemoCourier("JD Logistics", "Zhang Lei", "1470"),
    DemoCourier("China Post EMS", "Chen Jie", "3690"),
)
RESIDENTS = (
    ResidentDetails(unit="1203", name="王明", phone="+8613800000417", consent=True, language="zh-CN"),
    ResidentDetails(unit="1203", name="李娜", phone="+8613800000418", consent=True, language="zh-CN"),
    ResidentDetails(unit="0907", name="Grace Miller", phone="+8613900002281", consent=True, language="en"),
    ResidentDetails(unit="2204", name="陳雅婷", phone="+8613700006650", consent=True, language="zh-TW"),
    ResidentDetails(unit="0302", name="Ahmed Hassan", phone="+8613600001102", consent=True, language="en", reach=True),
    ResidentDetails(unit="1108", name="刘洋", phone="+8613500007719", consent=None, language="zh-CN"),
)
STAFF = "demo"
PASSWORD = "riverside-walk-12"  # noqa: S105  of an account that exists in the demonstration's own folder only


async def enrol_people(daemon: Daemon) -> None:
    """Enrol everybody who is not yet, through the daemon's own services."""
    for card in RESIDENTS:
        await daemon.context.commands.save_resident(card, BY)
    for courier in COURIERS:
        with suppress(PinTaken):
            await daemon.context.couriers.add(courier.company, courier.name, courier.pin, BY)
    await _enrol_staff(daemon)


async def _enrol_staff(daemon: Daemon) -> None:
    """The account of the demonstration, with its app on the simulator's page; one of before gets its app now."""
    staff = daemon.context.staff
    known = next((account for account in await staff.accounts() if account.name == STAFF), None)
    if known is None:
        pending = await staff.set_up(STAFF, await staff.add(STAFF, Role.SUPERVISOR, BY), PASSWORD, BY)
    elif not known.ready:
        pending = await staff.sign_in(STAFF, PASSWORD, BY)
    else:
        return
    if pending is not None and pending.new_secret:
        host, port = LISTEN
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as phone:
            account = {"name": STAFF, "secret": pending.new_secret}
            codes = (await phone.post("/authenticator", json=account)).raise_for_status().json()
        await staff.enrol(pending, codes[STAFF])


def _log_in_lines(daemon: Daemon) -> list[str]:
    settings = daemon.settings
    host, port = LISTEN
    return [
        "",
        f"  Kiosk        {kiosk_address(settings)}",
        f"  Staff panel  {staff_address(settings)}    name {STAFF}, password {PASSWORD},",
        "               and the code under Phones on the simulator's page",
        f"  Simulator    http://{host}:{port}",
        "",
        *(f"  Courier      {one.company}, PIN {one.pin}" for one in COURIERS),
        *(f"  Resident     unit {one.unit}, {one.name}, phone {one.phone}" for one in RESIDENTS),
        "",
        "  Residents' phones are on the simulator's page; the link in a message opens that resident's own page.",
        "  Ctrl-C ends it; what happened is kept in demo-data.",
        "",
    ]


class DemoSetUp:
    """Called when the daemon is ready: enrols the people of the demonstration, then prints where to go."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def __call__(self, daemon: Daemon) -> None:
        """Begin to enrol everybody."""
        self._tasks.append(asyncio.create_task(self._enrol_and_print(daemon)))

    async def _enrol_and_print(self, daemon: Daemon) -> None:
        await enrol_people(daemon)
        sys.stdout.write("\n".join(_log_in_lines(daemon)) + "\nready\n")
        sys.stdout.flush()


def main() -> int:
    """Run the demonstration; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    return run_simulator(SITE, FOLDER, LISTEN, on_ready=DemoSetUp())


if __name__ == "__main__":
    sys.exit(main())
