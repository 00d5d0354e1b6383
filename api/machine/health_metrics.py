"""What `/metrics` and `/health` tell of the machine, its wires and its locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.machine.prometheus_text import metric
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.machine.prometheus_text import Sample
    from locker.services.health import DoorHealth, HealthMonitor

_ABOUT: Mapping[Measure, str] = {
    Measure.CPU_CELSIUS: "Temperature of the processor.",
    Measure.CPU_THROTTLED: "1 while the processor is slowed down by heat or by its supply.",
    Measure.UNDERVOLTAGE: "1 while the supply is too weak.",
    Measure.DISK_FREE_RATIO: "Share of the data disk that is free.",
    Measure.DISK_FREE_BYTES: "Free room on the data disk.",
    Measure.CARD_WORN_RATIO: "Share of its life that the card says to have used, where it says so.",
    Measure.CARD_WRITTEN_BYTES: "Written to the data disk since power on, by everybody.",
    Measure.BATTERY_RATIO: "Charge of the battery.",
    Measure.ON_BATTERY: "1 while the mains are gone.",
    Measure.BATTERY_LOW: "1 while the mains are gone and the battery is nearly empty.",
    Measure.CLOCK_SYNCED: "1 while the time is known.",
    Measure.CAMERA_WORKING: "1 while the camera shows something.",
    Measure.NOTICE_WAITING_SECONDS: "For how long the oldest notice has waited.",
    Measure.BACKUP_AGE_SECONDS: "Since the last good backup.",
    Measure.BACKUP_FAILED: "1 while the last try to make a backup failed.",
    Measure.BACKUP_DRILLED: "1 when a backup was ever restored for trial.",
    Measure.DRILL_AGE_SECONDS: "Since a backup was last restored for trial, or else since the first was made.",
    Measure.CERTIFICATE_LEFT_SECONDS: "Until the panel's certificate ends.",
    Measure.SCREEN_PAINTED: "1 while the screen shows the kiosk.",
    Measure.PRINTER_READY: "1 while the receipt printer can print.",
}


def health_metrics(health: HealthMonitor) -> Iterator[str]:
    """Lines about the machine; what nobody measures here is left out."""
    for measure, value in health.measures.items():
        yield from metric(f"lockerd_{measure}", "gauge", _ABOUT[measure], [({}, value)])
    warnings: list[Sample] = [({"subject": each.subject, "about": each.about}, 1) for each in health.warnings]
    yield from metric("lockerd_health_warning", "gauge", "What wants a person.", warnings)
    wires = health.wires()
    asked: list[Sample] = [({"bank": each.bank}, each.requests) for each in wires]
    failed: list[Sample] = [({"bank": each.bank}, each.errors) for each in wires]
    yield from metric("lockerd_bank_requests_total", "counter", "Questions on the wire of a bank.", asked)
    yield from metric("lockerd_bank_errors_total", "counter", "Those of them without a good answer.", failed)
    yield from _door_metrics(health.doors())


def _door_metrics(doors: Sequence[DoorHealth]) -> Iterator[str]:
    cycles: list[Sample] = [({"door": each.door}, each.cycles) for each in doors]
    yield from metric("lockerd_door_cycles_total", "counter", "Openings since counting began.", cycles)
    opens: list[Sample] = [({"door": each.door}, each.millis / 1000) for each in doors if each.millis is not None]
    about = "From pulse to switch, the median day of the last 30."
    yield from metric("lockerd_door_open_seconds", "gauge", about, opens)
    slopes: list[Sample] = [({"door": each.door}, each.slope / 1000) for each in doors if each.slope is not None]
    about = "How much later a door opens each day."
    yield from metric("lockerd_door_open_trend_seconds_per_day", "gauge", about, slopes)
    rates: list[Sample] = [
        ({"door": each.door, "bound": bound}, round(share * 100_000, 1))
        for each in doors
        for bound, share in (("low", each.rate.low), ("is", each.rate.share), ("high", each.rate.high))
    ]
    about = "Of 100,000 openings ordered, of the last 30 days, with the ends of Wilson's interval."
    yield from metric("lockerd_door_faults_per_100000_openings", "gauge", about, rates)


def health_json(health: HealthMonitor) -> dict[str, object]:
    """What is added to `/health`: words and numbers, nothing personal."""
    return {
        "warnings": [{"subject": each.subject, "about": each.about} for each in health.warnings],
        "measures": {measure.value: round(value, 4) for measure, value in health.measures.items()},
    }
