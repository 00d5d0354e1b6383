"""The panel's pages as pure functions of the site, and their sentences."""

import ast
import contextlib
import inspect
import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest
from core_play import Play
from task_list import sentences as told
from task_list import tasks_of

import api.staff
import locker.core
from api.cabinet_drawing import draw
from api.i18n import LANGUAGES, translate
from api.options import KioskOptions
from api.staff.door_view import Viewer, door_view
from api.staff.localized_text import LocalizedText, masked_phone, masked_tracking
from api.staff.logbook import logbook
from api.staff.map_view import map_view
from api.staff.snapshot_pages import latest_snapshots
from api.staff.task_words import why_key
from api.templates import sentences
from locker.core.events.any_event import AnyEvent
from locker.core.events.door_events import UnlockOrdered
from locker.core.events.picture_events import SnapshotMissed, SnapshotTaken
from locker.core.events.record import Recorded
from locker.core.events.visit_events import ParcelEnded
from locker.core.model import (
    CheckFrom,
    Compartment,
    Content,
    Parcel,
    ParcelState,
    Policy,
    Resident,
    Seen,
    Site,
    Size,
    Use,
    VisitKind,
)
from locker.core.parcel_words import RejectReason
from locker.core.visit import Visit
from locker.options import CompartmentOptions
from locker.services.duty import TaskKind, tasks
from locker.services.people import RIGHTS, Right, Role

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
EN = LocalizedText("en", "Asia/Shanghai", NOW)


def compartment(name, use=Use.FREE, seen=Seen.SHUT, **more):
    return Compartment(id=name, size=Size.M, bank="left", use=use, seen=seen, since=NOW - timedelta(minutes=9), **more)


def parcel(name, state, door, **more):
    return Parcel(
        id=name, state=state, compartment=door, size=Size.M, recipients=("r1",), label_hash="l",
        since=NOW, stored_at=NOW - timedelta(hours=5), deadline=NOW + timedelta(hours=67), **more,
    )  # fmt: skip


def site(*compartments, parcels=(), visits=()):
    return Site(
        policy=Policy(),
        compartments={each.id: each for each in compartments},
        parcels={each.id: each for each in parcels},
        visits={each.compartment: each for each in visits},
        residents={"r1": Resident("r1", "1203", "0001", consent=True, reach=False)},
    )


CABINET = site(
    compartment("A1"),
    compartment("A2", Use.LOADED, parcels=("p2",)),
    compartment("A3", Use.CHECK, reason="opened without an order", parcels=("p3",)),
    compartment("A4", Use.RETIRED, reason="lock did not open"),
    compartment("A5", seen=Seen.UNSEEN),
    compartment("A6", Use.EMPTYING, Seen.OPEN, parcels=("p6",)),
    compartment("A7", Use.LOADED, parcels=("p7",)),
    compartment("A8", Use.RETIRED, Seen.OPEN, reason="hinge is bent"),
    parcels=[
        parcel("p2", ParcelState.STORED, "A2"),
        parcel("p3", ParcelState.CHECK, "A3", check_from=CheckFrom.STORED),
        parcel("p6", ParcelState.COLLECTING, "A6"),
        parcel("p7", ParcelState.STORED, "A7", overdue=True),
    ],
    visits=[Visit("k1", VisitKind.PICKUP, "A6", ("p6",), "kiosk", NOW, NOW, opened_at=NOW)],
)
BUILT = [
    CompartmentOptions(
        id=f"A{n}", size="M", bank="left", lock=n, switch=n + 20, bottom_mm=250 * n, top_mm=250 * n + 225
    )
    for n in range(1, 9)
]
DRAWING = draw(BUILT, [], KioskOptions())


def door(name, cabinet=CABINET, role=Role.SUPERVISOR, events=()):
    reader = Viewer(RIGHTS[role], "mark")
    return door_view(cabinet, cabinet.compartments[name], BUILT[0], list(events), reader, EN)


def recorded(seq, kind, /, **body):
    return Recorded(seq, "2026-03-04T07:59:00.000Z", kind, "staff:chen.lin", json.dumps(body), "0")


def acts(view):
    return {each.id for each in (*view.main_actions, *(one for group in view.more_actions for one in group.actions))}


def test_what_needs_somebody_comes_in_the_order_of_how_pressing_it_is():
    assert [(each.compartment, each.kind) for each in tasks(CABINET)] == [
        ("A3", TaskKind.CHECK),
        ("A8", TaskKind.AJAR),
        ("A7", TaskKind.OVERDUE),
        ("A5", TaskKind.UNSEEN),
        ("A4", TaskKind.RETIRED),
    ]


def test_a_lock_that_did_not_open_is_pressing_when_a_parcel_is_behind_it():
    cabinet = site(
        compartment("A1", faults=1),
        compartment("A2", Use.LOADED, parcels=("p2",), faults=1),
        parcels=[parcel("p2", ParcelState.STORED, "A2")],
    )
    view, now = map_view(cabinet, DRAWING, EN), tasks_of(cabinet, EN)
    assert (now.need, view.inside, view.free) == ("1 door needs you.", 1, 1)
    assert now.first.sentence == "A2 did not open for unit 1203"
    assert [each.sentence for each in now.alarms] == ["Lock did not open at the last try: test it"]


def test_an_order_that_failed_is_proposed_again_with_its_reason():
    events = [
        recorded(1, "UnlockOrdered", compartment="A1", kind="staff", reason="Test the lock"),
        recorded(2, "LockFault", compartment="A1", visit="s1", pulses=1),
    ]
    view = door("A1", events=events)
    assert view.heading == "A1 did not open"
    assert (view.main_actions[0].main, view.main_actions[0].reason) == (True, "Test the lock")


def test_the_title_counts_what_needs_somebody_and_what_is_free():
    view, now = map_view(CABINET, DRAWING, EN), tasks_of(CABINET, EN)
    assert (now.need, view.inside, view.free) == ("2 doors need you.", 2, 1)
    assert now.first.sentence == "A3 was opened without an order"
    assert dict(view.legend) == {"loaded": 2, "free": 1, "open": 2, "check": 1, "retired": 2, "unseen": 1}


def test_staff_are_told_of_many_wrong_codes_as_long_as_a_second_item_is_asked():
    guessed = told(CABINET, EN, guessed={"kiosk": NOW + timedelta(minutes=6)})
    assert "Many wrong codes at the kiosk: until 16:06 it asks for a second item. Look who is there" in guessed


def test_nothing_is_told_by_colour_alone():
    marks = {each.id: (each.marks, each.label) for each in map_view(CABINET, DRAWING, EN).doors}
    label = "A3 15:51: Look inside, Shut, A3 was opened without an order, since 15:51, size M"
    assert marks["A3"] == (("check", "alarm"), label)
    assert marks["A5"][0] == ("free", "unseen")
    assert "Not seen" in marks["A5"][1]
    assert marks["A6"][0] == ("emptying", "open")


@pytest.mark.parametrize("drawing", [DRAWING, None])
def test_WCAG_2_5_3_a_doors_name_begins_with_what_is_written_on_it(drawing):
    for each in map_view(CABINET, drawing, EN).doors:
        written = [each.id, each.note.text if each.note else ""] if each.shape else [each.id, each.short]
        assert each.label.startswith(" ".join(written).rstrip()), each.label


def test_open_doors_are_drawn_last():
    assert [each.id for each in map_view(CABINET, DRAWING, EN).doors][-2:] == ["A6", "A8"]


@pytest.mark.parametrize("seen", [Seen.OPEN, Seen.UNSEEN, Seen.SHUT])
@pytest.mark.parametrize("use", list(Use))
def test_every_door_shows_its_number_and_no_open_leaf_covers_one(use, seen):
    """Two drawings of the design had it covered."""
    cabinet = site(*(compartment(each.id, use, seen) for each in BUILT))
    doors = map_view(cabinet, DRAWING, EN).doors
    for each in doors:
        assert each.number.text == each.id
        for other in doors:
            if not other.is_open:
                continue
            corners = [tuple(map(float, point.split(","))) for point in other.shape.leaf.split()]
            (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*corners, strict=True))
            inside = left <= each.number.x <= right and top <= each.number.y <= bottom
            assert not inside, (each.id, other.id)


def test_a_parcel_that_staff_looked_at_is_inside_since_its_first_day():
    looked_at = replace(parcel("p2", ParcelState.STORED, "A2"), stored_at=NOW)
    view = map_view(site(compartment("A2", Use.LOADED, parcels=("p2",)), parcels=[looked_at]), DRAWING, EN)
    assert view.doors[0].short == "5 h"


def test_a_cabinet_without_measures_is_shown_as_plates():
    view = map_view(CABINET, None, EN)
    assert view.drawing is None
    assert all(each.shape is None and each.short for each in view.doors)


@pytest.mark.parametrize("doors", [1, 24, 128])
def test_a_door_keeps_24_px_of_its_own(doors):
    built = [
        CompartmentOptions(
            id=f"D{n}", size="XS", bank="left", column=1 + n // 12, bottom_mm=123 * (n % 12), top_mm=123 * (n % 12) + 98
        )
        for n in range(doors)
    ]
    cabinet = site(*(compartment(each.id) for each in built))
    drawing = draw(built, [], KioskOptions())
    span = map_view(cabinet, drawing, EN).span
    css = (Path(api.staff.__file__).parents[1] / "web/static/panel.css").read_text()
    width = int(re.search(rf"\.{span} {{ min-width: (\d+)px", css)[1])
    assert 123 * max(width, 380) / drawing.width >= 23.9


def test_ordered_is_not_seen_and_opened_is_what_the_switch_says():
    order = Visit("s1", VisitKind.STAFF, "A1", (), "", NOW, NOW, asked=1)
    shut = site(compartment("A1"), visits=[order])
    view = door("A1", shut)
    assert (view.heading, view.mark) == ("A1 opens now", "next")
    opened = site(compartment("A1", Use.CHECK, Seen.OPEN, reason="opened by staff"))
    view = door("A1", opened)
    assert (view.heading, view.mark) == ("A1 is open", "lit")


def test_the_page_has_one_lit_button_at_most():
    for name in CABINET.compartments:
        for role in Role:
            assert sum(each.main for each in door(name, role=role).main_actions) <= 1


def test_only_what_can_be_done_is_offered():
    assert acts(door("A1")) == {"open", "retire"}
    assert acts(door("A2")) == {"open"}
    assert acts(door("A3")) == {"open", "clear-empty", "clear-parcel"}
    assert acts(door("A4")) == {"open", "restore"}
    assert acts(door("A6")) == set()
    assert acts(door("A8")) == {"open"}


def test_a_key_is_the_same_for_the_same_picture_and_another_after_the_next_event():
    def key(events, role=Role.SUPERVISOR, csrf="mark"):
        view = door_view(CABINET, CABINET.compartments["A1"], None, events, Viewer(RIGHTS[role], csrf), EN)
        return next(each.key for group in view.more_actions for each in group.actions if each.name == "open")

    assert key([]) == key([])
    assert key([recorded(7, "DoorShut", compartment="A1")]) != key([])
    assert key([], csrf="other") != key([])


def test_what_was_found_is_asked_after_a_look_and_not_before():
    events = [recorded(1, "UnlockOrdered", compartment="A3", kind="staff"), recorded(2, "DoorOpened", compartment="A3")]
    assert door("A3").kicker == "Step 1 of 2"
    looked = site(
        replace(CABINET.compartments["A3"], since=NOW - timedelta(minutes=2)), parcels=CABINET.parcels.values()
    )
    assert door("A3", looked, events=[*events, recorded(3, "DoorShut", compartment="A3")]).kicker == "Step 2 of 2"


def test_every_kind_of_event_has_a_sentence_in_every_language():
    kinds = get_args(AnyEvent)
    assert isinstance(AnyEvent, UnionType)
    for language in LANGUAGES:
        words = LocalizedText(language, "Asia/Shanghai", NOW)
        for kind in kinds:
            names = {each.name for each in fields(kind)}
            if not names & {"compartment", "parcel"} or kind in {SnapshotTaken, SnapshotMissed}:
                continue
            bodies = [{"compartment": "A1", "parcel": "p1"}]
            if "content" in names:
                bodies = [{**bodies[0], "content": each.value} for each in Content]
            if kind is UnlockOrdered:
                bodies = [{**bodies[0], "kind": each.value} for each in VisitKind]
            if kind is ParcelEnded:
                bodies = [{**bodies[0], "state": each} for each in ("withdrawn", "returned", "cancelled")]
            for body in bodies:
                for day in logbook([recorded(1, kind.__name__, **body)], words):
                    assert day.entries[0].sentence != kind.__name__, (kind, body)
                    assert "panel." not in day.entries[0].sentence


def test_a_picture_stands_with_the_line_that_it_shows_and_a_missing_one_is_said():
    lines = [
        recorded(5, "DoorForced", compartment="A1"),
        recorded(6, "SnapshotTaken", compartment="A1", parcel="", cause="forced", of=5, sha256="ab"),
        recorded(7, "DoorLeftOpen", compartment="A1", visit=""),
        recorded(8, "SnapshotMissed", compartment="A1", parcel="", cause="left-open", of=7, fault="covered"),
    ]
    entries = logbook(lines, EN)[0].entries
    assert [(each.sentence, each.snapshot, each.detail) for each in entries] == [
        ("A1 left open too long", "", "chen.lin, no picture"),
        ("A1 seen open without an order", "ab", "chen.lin"),
    ]
    assert [each.caption for each in latest_snapshots(lines, EN)] == ["Opened without an order, 15:59"]


def whys():
    """Every reason for doubt that the core gives: the texts it calls `why`."""
    found = set()
    for path in Path(inspect.getfile(locker.core)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            said = []
            if (isinstance(node, ast.keyword) and node.arg == "why") or (
                isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "why"
            ):
                said = [node.value]
            elif (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "content_unknown"
            ):
                said = node.args[2:3]
            for value in said:
                found |= {
                    each.value
                    for each in ast.walk(value)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    assert "rejected as " in found  # the one that has its last word from what the resident said
    return sorted((found - {"", "rejected as "}) | {f"rejected as {said.value}" for said in RejectReason})


@pytest.mark.parametrize("why", whys())
def test_every_reason_for_doubt_has_its_sentence(why):
    for language in LANGUAGES:
        for family in ("why", "cause"):
            key = f"panel.{family}_{why_key(why)}"
            assert translate(language, key, door="A1") != key


def keys():
    """Every key that the panel's pages and code name as a whole."""
    here = Path(api.staff.__file__).parent
    files = [*here.rglob("*.py"), *(here.parent / "web/templates/staff").glob("*.html")]
    return sorted(
        {key for path in files for key in re.findall(r"[\"'](panel\.[a-z_0-9]*[a-z0-9])[\"']", path.read_text())}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_UX_04_no_sentence_of_the_panel_is_missing(language):
    assert len(keys()) > 100
    catalogues = (Path(api.staff.__file__).parents[1] / "locales" / language).glob("*.po")
    texts = "".join(each.read_text(encoding="utf-8") for each in catalogues)
    places = set(re.findall(r"\{([a-z_]+)\}", texts)) - {"n"}
    fills = dict.fromkeys(places, "1")
    # A sentence with a plural is found by its number: without one, older Pythons do not look for it.
    missing = [
        key for key in keys() if translate(language, key) == key and translate(language, key, n=1, **fills) == key
    ]
    assert missing == []


def test_UX_04_the_three_catalogues_hold_the_same_keys_with_the_same_places():
    from babel.messages.pofile import read_po

    here = Path(api.staff.__file__).parents[1] / "locales"
    held = {}
    for language in LANGUAGES:
        with (here / language / "panel.po").open("rb") as file:
            catalogue = read_po(file)
        texts = {
            str(each.id[0] if isinstance(each.id, tuple) else each.id): each.string for each in catalogue if each.id
        }
        for text in texts.values():
            assert text
            assert all(text)
        held[language] = {
            key: set(re.findall(r"{(\w+)}", text if isinstance(text, str) else text[0])) for key, text in texts.items()
        }
    assert held["zh-CN"] == held["zh-TW"]
    # English needs "n" for its plural where Chinese names the number, never the other way round.
    assert held["en"] == held["zh-CN"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_that_is_shown_has_a_word(language):
    families = {
        "use": [each.value for each in Use],
        "seen": [each.value for each in Seen],
        "panel.door": [each.value for each in Use],
        "panel.state": [each.value for each in ParcelState],
        "panel.is": [*(each.value for each in ParcelState), "overdue"],
        "panel.role": [each.value for each in Role],
        "panel.group": ["all", "inside", "overdue", "collected", "ended"],
        "panel.visit": [each.value for each in VisitKind],
    }
    for family, values in families.items():
        for value in values:
            key = f"{family}{'.' if family in {'use', 'seen'} else '_'}{value}"
            with contextlib.suppress(KeyError):
                assert translate(language, key) != key


def test_X12_masks_leave_too_little_to_find_or_to_be_somebody():
    assert masked_phone("+86 138 0000 4471") == "**** **71"
    assert masked_phone("110") == "****"
    assert masked_tracking("SF1029384740192") == "SF…40192"
    assert masked_tracking("中国1234567890") == "中国…67890"


def test_times_are_the_sites_and_as_short_as_they_are_clear():
    assert EN.short_time(NOW) == "16:00"
    assert EN.short_time(NOW - timedelta(days=1)) == "Tue 16:00"
    assert EN.short_time(NOW - timedelta(days=30)) == "2 Feb"
    assert LocalizedText("zh-TW", "Asia/Shanghai", NOW).heading(NOW.date() - timedelta(days=3)) == "3月1日 星期日"
    assert EN.heading(NOW.date()) == "Today"


def test_a_day_with_a_change_of_clocks_is_as_long_as_it_is():
    begin, end = LocalizedText("en", "Europe/Berlin", NOW).day_span(datetime(2026, 3, 29, tzinfo=UTC).date())
    assert end - begin == timedelta(hours=23)


def test_a_chinese_title_breaks_after_punctuation_only_and_is_escaped():
    text = "有 <b>，空闲 3 格。"  # noqa: RUF001  full-width marks are meant
    parts = [part.split("<")[0] for part in str(sentences(text)).split('<span class="clause">')[1:]]
    assert parts == ["有 &lt;b&gt;，", "空闲 3 格。"]  # noqa: RUF001  full-width marks are meant
    assert sentences("A <b> is free") == "A &lt;b&gt; is free"


def test_rights_are_named_in_one_place_only():
    used = set()
    for path in Path(api.staff.__file__).parent.rglob("*.py"):
        assert "Role." not in path.read_text(), path.name
        used |= set(re.findall(r"Right\.([A-Z]+)", path.read_text()))
    assert used == {each.name for each in Right}


def test_a_clock_that_is_not_believed_stands_above_the_map_with_what_to_do():
    play = Play()
    text = LocalizedText("en", "Asia/Shanghai", play.now)
    assert any("lockerd clock accept" in line for line in told(play.site, text, clock_disbelieved=True))
    assert not any("clock" in line for line in told(play.site, text))


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Parcel inside, Shut, for 3 h"),
        ("zh-CN", "有包裹、关着、已有 3 小时"),
        ("zh-TW", "有包裹、關著、已有 3 小時"),
    ],
)
def test_WCAG_4_1_2_the_age_on_a_door_is_in_its_name_and_chinese_lists_have_their_comma(language, label):
    play = Play()
    name = play.place(play.stored())
    play.later(3 * 3600 + 60)
    view = map_view(play.site, None, LocalizedText(language, "UTC", play.now))
    door = next(each for each in view.doors if each.id == name)
    assert label in door.label, door.label
    assert ", " not in door.label or language == "en"
