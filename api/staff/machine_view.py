"""The machine on one page: its locks, its wires and itself, in sentences. Pure: what was measured in, a view out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.measures import Measure
from locker.services.health import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.staff.localized_text import LocalizedText
    from locker.services.health import DoorHealth, FaultRate, HealthMonitor, HealthWarning, WireHealth

SLOWEST_SHOWN = 8
FEW_TRIES = 30
_DAY = 86400.0
_LOCKS = frozenset({Subject.LOCK_SLOW, Subject.LOCK_FAILS})
_BACKUPS = frozenset({Subject.BACKUP, Subject.BACKUP_FAILED, Subject.DRILL})
_SPARK_WIDTH, _SPARK_HEIGHT = 94.0, 22.0


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One door: how slow it opens, how often it opened, how often it did not, and the line of its days."""

    door: str
    millis: str
    slower: str
    cycles: str
    missed: str
    spark: str
    spark_end: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the machine: its name, what is to be said of it, and its one figure."""

    name: str
    said: str
    figure: str
    loud: bool = False


@dataclass(frozen=True, slots=True)
class WarningRow:
    """What wants a person: what, what to do, since when, and the door that it leads to."""

    what: str
    hint: str
    time: str
    door: str


@dataclass(frozen=True, slots=True)
class MachineView:
    """The whole page."""

    title: str
    warnings: Sequence[WarningRow]
    slowest: Sequence[DoorRow]
    others: Sequence[DoorRow]
    others_sentence: str
    parts: Sequence[PartRow]


def machine_view(health: HealthMonitor, text: LocalizedText) -> MachineView:
    """The page as of now."""
    warnings = [_warning_row(each, text) for each in health.warnings]
    doors = sorted(health.doors(), key=lambda each: (-(each.millis or 0.0), each.door))
    loud = {each.about for each in health.warnings if each.subject in _LOCKS}
    # A door that wants somebody stands above one that was always slow.
    doors.sort(key=lambda each: each.door not in loud)
    rows = [_door_row(each, text) for each in doors]
    return MachineView(
        title=_title(warnings, text),
        warnings=warnings,
        slowest=rows[:SLOWEST_SHOWN],
        others=rows[SLOWEST_SHOWN:],
        others_sentence=_others(doors[SLOWEST_SHOWN:], text),
        parts=[*_parts(health, text)],
    )


def health_sentence(subject: str, about: str, text: LocalizedText) -> str:
    """What is wrong, in one sentence that names the door or the bank."""
    return text.translate_or(f"panel.health_{_key(subject)}", "panel.health_other", about=about)


def _key(subject: str) -> str:
    return subject.replace("-", "_")


def _title(warnings: Sequence[WarningRow], text: LocalizedText) -> str:
    if len(warnings) == 1:
        return text.translate("panel.machine_one", what=warnings[0].what)
    return text.translate("panel.machine_many", n=len(warnings)) if warnings else text.translate("panel.machine_well")


def _warning_row(warning: HealthWarning, text: LocalizedText) -> WarningRow:
    return WarningRow(
        what=health_sentence(warning.subject, warning.about, text),
        hint=text.translate(f"panel.health_hint_{_key(warning.subject)}", about=warning.about),
        time=text.short_time(warning.since),
        door=warning.about if warning.subject in _LOCKS else "",
    )


# --- doors --------------------------------------------------------------------------------------------


def _door_row(door: DoorHealth, text: LocalizedText) -> DoorRow:
    points = _points(door.trend)
    return DoorRow(
        door=door.door,
        millis=text.translate("panel.millis", ms=round(door.millis)) if door.millis is not None else "",
        slower=text.translate("panel.slower", ms=round(door.slope)) if door.slow and door.slope is not None else "",
        cycles=text.translate("panel.openings", n=door.cycles, count=f"{door.cycles:,}"),
        missed=_missed(door.rate, text),
        spark="M" + "L".join(f"{x} {y}" for x, y in points) if len(points) > 1 else "",
        spark_end=points[-1] if len(points) > 1 else None,
    )


def _missed(rate: FaultRate, text: LocalizedText) -> str:
    """Missed openings with their range for each 100,000; of few tries the count alone says what is known."""
    if rate.tries < FEW_TRIES:
        return text.translate("panel.missed_of", missed=rate.faults, tries=rate.tries) if rate.tries else ""
    low, high = (f"{round(share * 100_000, -1):,.0f}" for share in (rate.low, rate.high))
    return text.translate("panel.missed_range", missed=rate.faults, tries=f"{rate.tries:,}", low=low, high=high)


def _points(trend: Sequence[float]) -> list[tuple[float, float]]:
    """The days as a line in a box of 96 by 24: the slowest at its top, and a flat one in its middle."""
    if len(trend) < 2:
        return []
    low, high = min(trend), max(trend)
    reach = max(high - low, 0.2 * high) or 1.0
    middle = (high + low) / 2
    step = _SPARK_WIDTH / (len(trend) - 1)
    return [
        (round(1 + step * number, 1), round(1 + _SPARK_HEIGHT * (0.5 - (each - middle) / reach), 1))
        for number, each in enumerate(trend)
    ]


def _others(doors: Sequence[DoorHealth], text: LocalizedText) -> str:
    """How the doors are that are not shown at once."""
    timed = [each.millis for each in doors if each.millis is not None]
    if not doors:
        return ""
    if not timed:
        return text.translate("panel.more_doors", n=len(doors))
    return text.translate("panel.more_between", n=len(doors), low=round(min(timed)), high=round(max(timed)))


# --- the machine --------------------------------------------------------------------------------------


def _parts(health: HealthMonitor, text: LocalizedText) -> Iterator[PartRow]:
    measures, loud = health.measures, {each.subject for each in health.warnings}
    if wires := health.wires():
        yield _wires(wires, text, loud=Subject.WIRE in loud)
    if Measure.CAMERA_WORKING in measures:
        yield _yes_or_no("camera", measures[Measure.CAMERA_WORKING], text, loud=Subject.CAMERA in loud)
    if Measure.SCREEN_PAINTED in measures:
        yield _yes_or_no("screen", measures[Measure.SCREEN_PAINTED], text, loud=Subject.SCREEN in loud)
    if Measure.PRINTER_READY in measures:
        yield _yes_or_no("printer", measures[Measure.PRINTER_READY], text, loud=Subject.PRINTER in loud)
    yield _disk(measures, text, loud=bool({Subject.DISK, Subject.CARD} & loud))
    yield _temperature(measures, text, loud=bool({Subject.TEMPERATURE, Subject.THROTTLED} & loud))
    if Measure.UNDERVOLTAGE in measures:
        supply = 1 - measures[Measure.UNDERVOLTAGE]
        yield _yes_or_no("supply", supply, text, loud=Subject.UNDERVOLTAGE in loud)
    if Measure.BATTERY_RATIO in measures:
        yield _battery(measures, text, loud=bool({Subject.MAINS, Subject.BATTERY_LOW} & loud))
    if Measure.CLOCK_SYNCED in measures:
        yield _yes_or_no("clock", measures[Measure.CLOCK_SYNCED], text, loud=Subject.CLOCK in loud)
    yield from _dated(measures, text, loud)
    if health.unread:
        yield PartRow(text.translate("panel.part_unread"), text.translate("panel.part_unread_sub"), "", loud=True)


def _wires(wires: Sequence[WireHealth], text: LocalizedText, *, loud: bool) -> PartRow:
    lost, asked = sum(each.errors for each in wires), sum(each.requests for each in wires)
    said = text.translate("panel.part_wires_sub", lost=f"{lost:,}", asked=f"{asked:,}")
    well = sum(each.error_ratio < 0.5 for each in wires)
    return PartRow(
        text.translate("panel.part_wires"), said, text.translate("panel.part_wires_of", n=well, all=len(wires)), loud
    )


def _yes_or_no(part: str, value: float, text: LocalizedText, *, loud: bool) -> PartRow:
    return PartRow(
        text.translate(f"panel.part_{part}"), "", text.translate(f"panel.part_{part}_{'yes' if value else 'no'}"), loud
    )


def _disk(measures: Mapping[Measure, float], text: LocalizedText, *, loud: bool) -> PartRow:
    name, said = text.translate("panel.part_disk"), []
    if Measure.CARD_WRITTEN_BYTES in measures:
        written = f"{measures[Measure.CARD_WRITTEN_BYTES] / 1e9:,.1f}"
        said.append(text.translate("panel.part_disk_written", gb=written))
    worn = measures.get(Measure.CARD_WORN_RATIO)
    key = "panel.part_disk_wear_unknown" if worn is None else "panel.part_disk_worn"
    said.append(text.translate(key, percent=round(100 * (worn or 0.0))))
    free = measures.get(Measure.DISK_FREE_BYTES)
    figure = text.translate("panel.part_disk_free", gb=f"{free / 1e9:,.1f}") if free is not None else ""
    return PartRow(name, text.translate("panel.list_comma").join(said), figure, loud)


def _temperature(measures: Mapping[Measure, float], text: LocalizedText, *, loud: bool) -> PartRow:
    name = text.translate("panel.part_temperature")
    celsius = measures.get(Measure.CPU_CELSIUS)
    if celsius is None:
        return PartRow(name, "", text.translate("panel.part_unknown"), loud)
    slow = bool(measures.get(Measure.CPU_THROTTLED))
    said = text.translate("panel.part_temperature_slow" if slow else "panel.part_temperature_sub")
    return PartRow(name, said, f"{celsius:.0f} °C", loud)


def _battery(measures: Mapping[Measure, float], text: LocalizedText, *, loud: bool) -> PartRow:
    key = "panel.part_battery_used" if measures.get(Measure.ON_BATTERY) else "panel.part_battery_kept"
    percent = f"{round(100 * measures[Measure.BATTERY_RATIO])} %"
    return PartRow(text.translate("panel.part_battery"), text.translate(key), percent, loud)


def _dated(measures: Mapping[Measure, float], text: LocalizedText, loud: set[Subject]) -> Iterator[PartRow]:
    """What has an age or an end."""
    waiting = measures.get(Measure.NOTICE_WAITING_SECONDS)
    if waiting is not None:
        figure = _age(waiting, text) if waiting >= 60 else text.translate("panel.part_notices_none")
        yield PartRow(text.translate("panel.part_notices"), "", figure, Subject.NOTICES in loud)
    backup = measures.get(Measure.BACKUP_AGE_SECONDS)
    if Measure.BACKUP_FAILED in measures or backup is not None:
        none = text.translate("panel.part_backup_none")
        when = none if backup is None else text.date_and_time(text.now - timedelta(seconds=backup))
        said = text.translate("panel.part_not_drilled")
        if measures.get(Measure.BACKUP_DRILLED):
            drilled = text.now - timedelta(seconds=measures[Measure.DRILL_AGE_SECONDS])
            said = text.translate("panel.part_drilled", day=text.day(text.date_of(drilled)))
        yield PartRow(text.translate("panel.part_backup"), said, when, bool(_BACKUPS & loud))
    left = measures.get(Measure.CERTIFICATE_LEFT_SECONDS)
    if left is not None:
        figure = text.translate("panel.part_certificate_days", n=max(0, int(left // _DAY)))
        yield PartRow(text.translate("panel.part_certificate"), "", figure)


def _age(seconds: float, text: LocalizedText) -> str:
    return text.duration_since(text.now - timedelta(seconds=seconds))
