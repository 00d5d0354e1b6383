"""The page of the machine: its title by the state, its doors by their slowness, its parts, in each language."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from staff_bench import an_office

from api.i18n import LANGUAGES, translate
from api.staff.localized_text import LocalizedText
from api.staff.machine_view import FEW_TRIES, SLOWEST_SHOWN, machine_view
from locker.core.events.service_events import HealthWarned
from locker.measures import Measure
from locker.services.health import FaultRate, HealthWarning, Subject, WireHealth
from locker.services.health.door_statistics import DoorHealth
from locker.services.people import Role

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MEASURES = {
    Measure.CPU_CELSIUS: 51.4,
    Measure.UNDERVOLTAGE: 0.0,
    Measure.DISK_FREE_BYTES: 31.2e9,
    Measure.CARD_WORN_RATIO: 0.1,
    Measure.CARD_WRITTEN_BYTES: 2.5e9,
    Measure.BATTERY_RATIO: 0.97,
    Measure.ON_BATTERY: 0.0,
    Measure.CLOCK_SYNCED: 1.0,
    Measure.CAMERA_WORKING: 1.0,
    Measure.SCREEN_PAINTED: 1.0,
    Measure.NOTICE_WAITING_SECONDS: 7200.0,
    Measure.BACKUP_AGE_SECONDS: 3600.0,
    Measure.CERTIFICATE_LEFT_SECONDS: 104.5 * 86400,
}


def a_door(name, millis=None, faults=0, tries=0, slope=None, trend=()):
    return DoorHealth(name, tries, FaultRate(faults, tries), millis, slope, trend)


def a_machine(doors=(), warnings=(), measures=MEASURES):
    return SimpleNamespace(
        doors=lambda: list(doors),
        wires=lambda: [WireHealth("left", 1000, 3, 0.0), WireHealth("right", 1000, 900, 0.9)],
        warnings=[HealthWarning(subject, about, NOW, 1.0) for subject, about in warnings],
        measures=measures,
        unread=[],
    )


def view(language="en", **parts):
    return machine_view(a_machine(**parts), LocalizedText(language, "UTC", NOW))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_state_chooses_the_title(language):
    well = view(language).title
    one = view(language, warnings=[(Subject.LOCK_SLOW, "D3")])
    many = view(language, warnings=[(Subject.MAINS, ""), (Subject.DISK, "")])
    assert len({well, one.title, many.title}) == 3
    assert "D3" in one.title
    assert "2" in many.title


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", Subject)
def test_UX_03_every_warning_says_what_and_what_to_do(language, subject):
    [row] = view(language, warnings=[(subject, "D3")]).warnings
    assert not row.what.startswith("panel.")
    assert not row.hint.startswith("panel.")
    assert "{" not in row.what + row.hint
    assert ("D3" in row.what) == (subject in {Subject.LOCK_FAILS, Subject.LOCK_SLOW, Subject.WIRE})


def test_doors_stand_slowest_first_and_one_that_wants_somebody_before_all():
    doors = [a_door(f"A{n}", 400.0 + n, 0, 100) for n in range(1, 12)] + [a_door("B1"), a_door("C1", 390.0, 9, 100)]
    found = view(doors=doors, warnings=[(Subject.LOCK_FAILS, "C1")])
    names = [row.door for row in [*found.slowest, *found.others]]
    assert names == ["C1", *(f"A{n}" for n in range(11, 0, -1)), "B1"]
    assert len(found.slowest) == SLOWEST_SHOWN
    assert found.others_sentence == "5 more doors between 401 and 404 ms"


def test_N10_a_share_has_its_count_and_its_range_and_few_tries_have_no_range():
    few, many, none = view(
        doors=[a_door("A1", 3.0, 1, FEW_TRIES - 1), a_door("A2", 2.0, 3, 210), a_door("A3", 1.0)]
    ).slowest
    assert few.missed == "1 of 29"
    assert many.missed == "3 of 210 (490 to 4,120)"
    assert none.missed == ""


def test_a_wearing_lock_says_by_how_much_and_its_line_ends_at_its_newest_day():
    trend = tuple(400.0 + 16 * n for n in range(12))
    [row] = view(doors=[a_door("D3", 433.0, 3, 210, 16.0, trend)]).slowest
    assert row.slower == "slower by 16 ms a day"
    numbers = [float(each) for each in re.findall(r"[\d.]+", row.spark)]
    assert len(numbers) == 24
    assert row.spark_end == (95.0, 1.0)
    assert all(0 <= each <= 96 for each in numbers)


def test_the_machines_parts_say_their_figures():
    figures = {row.name: (row.figure, row.said) for row in view().parts}
    assert figures["Wires"] == ("1 of 2 answer", "903 of 2,000 answers lost since the start")
    assert figures["Disk"] == ("31.2 GB free", "2.5 GB written since power on, worn 10 %")
    assert figures["Temperature"][0] == "51 °C"
    assert figures["Supply"][0] == "strong enough"
    assert figures["Battery"] == ("97 %", "on mains")
    assert figures["Oldest notice waiting"][0] == "2 h"
    assert figures["Backup"][0] == "07:00"
    assert figures["Certificate"][0] == "104 days left"


def test_what_nobody_can_measure_is_left_out_or_said_to_be_unknown():
    figures = {row.name: (row.figure, row.said) for row in view(measures={}).parts}
    assert set(figures) == {"Wires", "Disk", "Temperature"}
    assert figures["Temperature"][0] == "not known here"
    assert "does not tell its wear" in figures["Disk"][1]


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


@pytest.mark.parametrize("role", Role)
async def test_everybody_signed_in_sees_the_machine_and_nobody_else(office, role):
    assert "The machine" not in (await office.browser().get("/machine")).text
    page = await (await office.person(role)).get("/machine")
    assert page.status == 200
    assert "The machine is in order." in page.text
    assert [f'id="health-{door}"' in page.html for door in office.bench.doors.doors] == [True] * 6


async def test_UX_03_a_warning_stands_on_the_map_on_its_page_and_in_the_journal(office):
    health = office.bench.context.health
    await office.bench.engine.record(HealthWarned(subject="lock-slow", about="A3", value=1), "machine")
    await health.load()
    browser = await office.person(Role.SUPERVISOR)
    front = await browser.get("/")
    assert 'href="/machine"' in front.html
    assert "The lock of A3 slows down" in front.text
    machine = await browser.get("/machine")
    assert "Change it before it stays shut" in machine.text
    assert 'href="/doors/A3"' in machine.html
    journal = (await browser.get("/journal")).text
    assert "The lock of A3 slows down" in journal


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_of_a_warning_is_a_sentence_too(language):
    assert translate(language, "panel.log_HealthRestored", what="B7") != "B7"
    assert "B7" in translate(language, "panel.log_HealthRestored", what="B7")
