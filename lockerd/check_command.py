"""`lockerd check`: is the site file sound, and with `--hardware` the cabinet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockerd.updates.repository import missing_for_orders

if TYPE_CHECKING:
    import argparse

    from lockerd.settings import Settings


def check_command(settings: Settings, asked: argparse.Namespace) -> int:
    """1 with one line a fault of the hardware; a fault of the file never gets here (SettingsError)."""
    doors, banks = len(settings.compartment), len(settings.bank)
    print(f"{settings.site.id}: {doors} compartments on {banks} banks, no fault in the file")  # noqa: T201  the answer
    if settings.mqtt is not None and settings.mqtt.updates:
        for line in missing_for_orders():
            print(line)  # noqa: T201  a word to whoever sets it up; what runs is not at fault
    if not asked.hardware:
        return 0
    from hardware.commissioning.check_command import run_check  # noqa: PLC0415  it brings every driver; the daemon loads its own only

    return run_check(settings, everywhere=asked.scan, walk_doors=asked.walk)
