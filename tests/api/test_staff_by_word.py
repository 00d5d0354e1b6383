"""What staff say by word where no switch can tell: offered where the rule allows it, signed by two, or a supervisor."""

import itertools
from datetime import UTC, datetime

import pytest
from machine_bench import a_bench
from staff_bench import PASSWORD, Office, an_office

from api.staff.door_view import contents_by_word
from locker.core.messages.commands import ClearByWord
from locker.core.model import (
    DEAD_AFTER,
    CheckFrom,
    Compartment,
    Content,
    Parcel,
    ParcelState,
    Policy,
    Seen,
    Site,
    Size,
    Use,
    VisitKind,
)
from locker.core.reasons import Refused
from locker.core.rules import decide
from locker.core.visit import Visit
from locker.services.people import Role

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
STATES = {
    Use.FILLING: ParcelState.DEPOSITING,
    Use.LOADED: ParcelState.STORED,
    Use.EMPTYING: ParcelState.COLLECTING,
    Use.CHECK: ParcelState.CHECK,
}


def allowed(site):
    """What the rule takes."""
    for content in Content:
        command = ClearByWord(by="staff:a", compartment="A1", content=content, reason="dead wire", witness="staff:b")
        try:
            decide(site, command, NOW)
        except Refused:
            continue
        yield content


def every_door():
    for use, seen, dead, inside, doubt in itertools.product(
        Use, Seen, (False, True), (False, True), (None, False, True)
    ):
        parcels, visits = {}, {}
        if inside and use in STATES:
            check_from = CheckFrom.STORED if use is Use.CHECK else None
            parcels["p1"] = Parcel("p1", STATES[use], "A1", Size.M, (), "l", NOW, check_from=check_from)
        if doubt is not None:
            visits["A1"] = Visit(
                "k1", VisitKind.PICKUP, "A1", ("p1",) if parcels else (), "kiosk", NOW, NOW, doubt=doubt
            )
        door = Compartment(
            "A1", Size.M, "left", use=use, seen=seen, since=NOW, parcels=("p1",) if parcels else (),
            faults=DEAD_AFTER if dead else 0,
        )  # fmt: skip
        yield Site(policy=Policy(), compartments={"A1": door}, parcels=parcels, visits=visits)


def test_the_panel_offers_by_word_exactly_what_the_rule_takes():
    offered = 0
    for site in every_door():
        found = contents_by_word(site, site.compartments["A1"])
        assert sorted(found) == sorted(allowed(site)), site
        offered += bool(found)
    assert offered > 10


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


async def unseen_with_a_parcel(admin):
    stored = await admin.bench.store()
    admin.bench.doors.see(stored["compartment"], Seen.UNSEEN)
    await admin.bench.settle()
    return stored["compartment"], stored


WORD = "/doors/{}/word"


async def test_two_people_sign_that_a_parcel_was_handed_out_with_the_key(admin):
    door, stored = await unseen_with_a_parcel(admin)
    operator = await admin.person(Role.OPERATOR, "chen.lin")
    await admin.account("wu.fang", Role.TECHNICIAN)
    page = await operator.get(f"/doors/{door}")
    assert page.form(WORD.format(door), content="empty").keys() >= {"reason", "witness", "password", "code"}
    form = {"reason": "Opened with the key", "witness": "Wu.Fang", "password": PASSWORD}
    form["code"] = admin.phone.code("wu.fang")
    page = await operator.send(page, WORD.format(door), {"content": "empty"}, **form)
    (cleared,) = await admin.bench.events("CompartmentCleared")
    assert (cleared["by"], cleared["data"]["witness"]) == ("staff:chen.lin", "staff:wu.fang")
    assert (cleared["data"]["by_word"], cleared["data"]["reason"]) == (True, "Opened with the key")
    assert "by word" in page.text
    assert "Opened with the key" in page.text
    assert "confirmed by wu.fang" in page.text
    reader = await admin.bench.client("read")
    assert (await reader.get(f"/parcels/{stored['parcel']}")).json()["state"] == "collected"


@pytest.mark.parametrize(
    ("witness", "password", "phone"),
    [
        ("wu.fang", "wrong-password-1", "wu.fang"),
        ("wu.fang", PASSWORD, "chen.lin"),
        ("chen.lin", PASSWORD, "chen.lin"),
        ("nobody", PASSWORD, "chen.lin"),
        ("", "", "chen.lin"),
    ],
)
async def test_one_person_alone_signs_for_nobody_else(admin, witness, password, phone):
    door, _ = await unseen_with_a_parcel(admin)
    operator = await admin.person(Role.OPERATOR, "chen.lin")
    await admin.account("wu.fang", Role.OPERATOR)
    form = {"reason": "Opened with the key", "witness": witness, "password": password, "code": admin.phone.code(phone)}
    page = await operator.send(await operator.get(f"/doors/{door}"), WORD.format(door), {"content": "empty"}, **form)
    assert await admin.bench.events("CompartmentCleared") == []
    assert "Name, password or code of the second person is not right" in page.text
    assert password not in page.html or not password


async def test_wrong_passwords_of_a_second_person_make_the_next_try_wait(admin):
    door, _ = await unseen_with_a_parcel(admin)
    operator = await admin.person(Role.OPERATOR, "chen.lin")
    await admin.account("wu.fang", Role.OPERATOR)
    page = await operator.get(f"/doors/{door}")
    form = {"reason": "Opened with the key", "witness": "wu.fang", "password": "wrong-password-1"}
    await operator.send(page, WORD.format(door), {"content": "empty"}, **form)
    page = await operator.send(page, WORD.format(door), {"content": "empty"}, **(form | {"password": PASSWORD}))
    assert await admin.bench.events("CompartmentCleared") == []
    assert "then try again" in page.text


async def test_a_supervisor_signs_alone(admin):
    door, _ = await unseen_with_a_parcel(admin)
    supervisor = await admin.person(Role.SUPERVISOR)
    page = await supervisor.get(f"/doors/{door}")
    assert "witness" not in page.form(WORD.format(door), content="empty")
    await supervisor.send(page, WORD.format(door), {"content": "empty"}, reason="Opened with the key")
    assert [each["data"]["witness"] for each in await admin.bench.events("CompartmentCleared")] == [""]


async def test_without_a_reason_nothing_is_said_by_word(admin):
    door, _ = await unseen_with_a_parcel(admin)
    supervisor = await admin.person(Role.SUPERVISOR)
    page = await supervisor.get(f"/doors/{door}")
    page = await supervisor.send(page, WORD.format(door), {"content": "empty"}, reason=" ")
    assert await admin.bench.events("CompartmentCleared") == []


async def test_a_door_that_its_switch_sees_is_not_cleared_by_word_and_a_technician_is_not_asked(admin):
    door, _ = await unseen_with_a_parcel(admin)
    technician = await admin.person(Role.TECHNICIAN)
    assert not (await technician.get(f"/doors/{door}")).has_form(WORD.format(door))
    supervisor = await admin.person(Role.SUPERVISOR)
    assert not (await supervisor.get("/doors/A6")).has_form(WORD.format("A6"))


async def test_a_compartment_that_left_the_site_file_with_a_parcel_is_a_task_with_a_way_out(tmp_path):
    async with an_office(tmp_path) as admin:
        door = (await admin.bench.store())["compartment"]
    async with a_bench(tmp_path, without=[door]) as bench:
        admin = Office(bench)
        supervisor = await admin.person(Role.SUPERVISOR, "wei")
        assert f"{door} is not in the site file any more" in (await supervisor.get("/")).text
        page = await supervisor.get(f"/doors/{door}")
        await supervisor.send(page, WORD.format(door), {"content": "empty"}, reason="Opened with the key")
        assert len(await bench.events("CompartmentCleared")) == 1
        page = await supervisor.get("/")
        assert "is not in the site file any more" not in page.text
        await admin.close()


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_by_the_machine_api_a_word_needs_a_reason_and_a_known_witness(bench):
    door = (await bench.store())["compartment"]
    staff, path = await bench.client("staff"), f"/compartments/{door}/clear"
    await bench.context.staff.add("wu.fang", Role.OPERATOR, by="test")
    word = {"content": "empty", "by_word": True, "reason": "opened with the key", "witness": "wu.fang"}
    assert (await staff.post(path, json=word)).json()["code"] == "not-now", "its switch can tell"
    bench.doors.see(door, Seen.UNSEEN)
    await bench.settle()
    assert (await staff.post(path, json={k: v for k, v in word.items() if k != "reason"})).status_code == 422
    assert (await staff.post(path, json={"content": "empty", "reason": "x"})).status_code == 422
    for nobody in ("li.si", None):
        answer = await staff.post(path, json=word | {"witness": nobody})
        assert (answer.status_code, answer.json()["code"]) == (409, "witness-needed")
    assert (await staff.post(path, json=word)).status_code == 200
    (cleared,) = await bench.events("CompartmentCleared")
    assert (cleared["by"], cleared["data"]["witness"]) == ("token:staff", "staff:wu.fang")
