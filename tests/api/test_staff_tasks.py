"""What needs somebody stands on the panel as a task until it is settled: played on the real core, read as staff do."""

import re

import pytest
from core_play import Play
from staff_bench import an_office
from task_list import tasks_of

from api.staff.localized_text import LocalizedText
from locker.core.messages.commands import Cancel
from locker.core.model import Seen
from locker.core.reasons import NotStored
from locker.services.duty import TaskKind, tasks


def shown(play):
    """The list as the panel shows it: door, sentence, time."""
    view = tasks_of(play.site, LocalizedText("en", "Asia/Shanghai", play.now))
    return [(row.plate, row.sentence) for row in view.rows]


def kinds(play, door):
    return [each.kind for each in tasks(play.site) if each.compartment == door]


def door_ajar(play):
    name = play.place(play.deposit())
    play.see(**{name: "open"})
    play.later(121)
    yield name, f"{name} was left open"
    play.see(**{name: "shut"})
    yield name, f"{name} was left open"
    play.clear(name, "empty")


def retired_and_ajar(play):
    play.retire("A1")
    play.see(A1="open")
    yield "A1", "A1 is out of use and stands open"
    play.see(A1="shut")
    yield "A1", "Out of use: dirty"
    play.restore("A1")


def forced_open(play):
    name = play.place(play.stored())
    play.open_and_shut(name)
    yield name, f"{name} was opened without an order"
    play.clear(name, "parcel")


def empty_but_booked(play):
    """Staff look into a compartment with a parcel, and it is not there."""
    name = play.place(play.stored())
    play.staff_open(name)
    play.open_and_shut(name)
    yield name, f"{name} was opened by staff: look inside"
    play.clear(name, "empty")


def full_but_free(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    play.ask(Cancel(by="courier:c1", parcel=parcel, reason=NotStored.OCCUPIED))
    play.see(**{name: "shut"})
    yield name, f"{name} was free, and a courier found something inside"
    play.clear(name, "empty")


def long_stay(play):
    parcel = play.stored()
    name = play.place(parcel)
    play.later(72 * 3600)
    yield name, "Overdue since"
    play.code(parcel)
    play.open_and_shut(name)


def sensor_unseen(play):
    play.see(A2="unseen")
    yield "A2", "Switch does not answer"
    play.see(A2="shut")


def sensor_dead(play):
    play.see(A1="open")
    for _ in range(3):
        play.staff_open("A1")
        play.later(31)
    yield "A1", "A1: 3 orders, and the switch never moved"
    play.see(A1="shut")
    play.clear("A1", "empty")


def lock_fault_with_a_parcel(play):
    parcel = play.collecting()
    name = play.place(parcel)
    play.later(41)
    yield name, f"{name} did not open for unit 1203"
    play.code(parcel)
    play.open_and_shut(name)


def lock_fault_of_an_empty_one(play):
    play.staff_open("A1")
    play.later(31)
    yield "A1", "Lock did not open at the last try"
    play.staff_open("A1")
    play.open_and_shut("A1")
    play.clear("A1", "empty")


def lock_out_of_use(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.later(41)
    yield name, "Out of use: the lock did not open"
    play.cancel(parcel)
    play.later(31)
    play.restore(name)


def content_unknown(play):
    name = play.place(play.collecting())
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut")
    yield name, f"{name}"
    play.clear(name, "empty")


ANOMALIES = [
    door_ajar, retired_and_ajar, forced_open, empty_but_booked, full_but_free, long_stay, sensor_unseen, sensor_dead,
    lock_fault_with_a_parcel, lock_fault_of_an_empty_one, lock_out_of_use, content_unknown,
]  # fmt: skip


@pytest.mark.parametrize("anomaly", ANOMALIES, ids=lambda each: each.__name__)
def test_STO_05_every_anomaly_is_a_task_with_its_door_and_sentence_until_it_is_settled(anomaly):
    play = Play()
    assert shown(play) == []
    for name, sentence in anomaly(play):
        told = [said for door, said in shown(play) if door == name]
        assert any(sentence.lower() in said.lower() for said in told), told
    play.later(60)
    assert shown(play) == []


@pytest.mark.parametrize(
    "anomaly", [each for each in ANOMALIES if each not in {sensor_unseen, sensor_dead, lock_fault_of_an_empty_one}]
)
def test_STO_05_a_task_says_since_when(anomaly):
    play = Play()
    name, _ = next(anomaly(play))
    assert all(each.since is not None for each in tasks(play.site) if each.compartment == name)


def test_STO_05_a_door_with_several_faults_has_a_task_for_each_and_counts_once():
    play = Play()
    name = play.place(play.stored())
    play.later(72 * 3600)
    play.code(next(iter(play.site.parcels)))
    play.later(41)
    play.see(**{name: "unseen"})
    assert kinds(play, name) == [TaskKind.JAM, TaskKind.OVERDUE, TaskKind.UNSEEN]
    view = tasks_of(play.site, LocalizedText("en", "Asia/Shanghai", play.now))
    assert view.need == "1 door needs you."


def times(page, door):
    """The times that stand in the list beside this door."""
    return re.findall(rf">{door}</a><div><a [^>]*>[^<]*</a>.*?<time>([^<]*)</time>", page.html)


async def test_STO_05_what_the_state_does_not_date_is_dated_by_the_journal(tmp_path):
    async with an_office(tmp_path) as admin:
        bench = admin.bench
        bench.clock.advance(600)
        bench.doors.see("A2", Seen.UNSEEN)
        bench.doors.jammed.add("A3")
        staff = await bench.client("staff")
        assert (await staff.post("/compartments/A3/open", json={"reason": "test"})).status_code == 201
        await bench.settle()
        for _ in range(8):
            bench.clock.advance(5)
            await bench.settle()
        await until_fault(bench)
        bench.clock.advance(300)
        page = await (await admin.person()).get("/")
        assert times(page, "A2") == ["08:10"], "when it was lost, at the site"
        (fault,) = times(page, "A3")
        assert "08:10" <= fault <= "08:11", "half a minute after the order, not now"


async def until_fault(bench):
    for _ in range(2000):
        if await bench.events("LockFault"):
            return
        await bench.settle()
    raise AssertionError("the lock fault was not recorded")
