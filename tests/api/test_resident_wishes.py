"""What a resident wishes of couriers, and that couriers meet it at the door."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from resident_bench import a_home

from locker.core.events.record import rfc3339
from locker.core.messages.observations import Tick
from locker.services.people import DepositWishes, WishRegister
from locker.services.policies import NewVersion, PeakProfile, Tariff

DAY = 86400
SENT = """insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at,
    done_at) values (?, ?, ?, ?, ?, ?, 1, 'sent', '', ?, ?)"""
ZONE = ZoneInfo("UTC")


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def deposit(home, tracking="SF0001", **more):
    courier = await home.bench.client("deposit")
    answer = await courier.post("/deposits", json=home.bench.deposit_body(tracking, **more))
    return answer.status_code, answer.json().get("code", ""), answer.json()


def day(home, ahead):
    return (home.context.engine.now().date() + timedelta(days=ahead)).isoformat()


@pytest.mark.parametrize(
    ("rules", "expected", "with_a_word"),
    [
        ("yes", (201, ""), (201, "")),
        ("ask", (409, "consent-needed"), (201, "")),
        ("never", (409, "consent-needed"), (409, "consent-needed")),
        ("person", (409, "in-person-only"), (409, "in-person-only")),
    ],
)
async def test_CRM_05_REL_04_what_couriers_may_do_holds_at_the_door(home, rules, expected, with_a_word):
    phone = await home.at_home()
    page = await phone.get("/wishes")
    page = await phone.send(page, "/wishes", rules=rules)
    assert f'value="{rules}" checked' in page.html
    status, why, _ = await deposit(home)
    assert (status, why) == expected
    status, why, _ = await deposit(home, "SF0002", consent="given")
    assert (status, why) == with_a_word


async def test_CRM_05_one_of_a_household_who_wants_it_in_person_gets_it_in_person(home):
    await home.bench.resident(name="Li Na", phone="+8613800000002", language="en")
    phone = await home.at_home()
    await phone.send(await phone.get("/wishes"), "/wishes", rules="person")
    assert (await deposit(home))[:2] == (409, "in-person-only")
    assert (await deposit(home, recipient={"unit": "1-201", "name": "Li Na"}))[0] == 201


async def test_CRM_10_while_somebody_is_away_couriers_come_again_and_do_not_hear_why(home):
    phone = await home.at_home()
    page = await phone.send(await phone.get("/away"), "/away", first=day(home, 0), last=day(home, 2), then="later")
    assert "Saved" in page.text
    status, why, told = await deposit(home, consent="given")
    assert (status, why) == (409, "consent-needed")
    asked = await home.bench.client("deposit")
    await phone.post("/back")
    await phone.send(await phone.get("/wishes"), "/wishes", rules="never")
    plain = await asked.post("/deposits", json=home.bench.deposit_body("SF0001", consent="given"))
    assert plain.json() == told  # the same words as for anybody who does not want the locker
    dump = await home.context.journal.read(lambda db: [row[0] for row in db.execute("select data from event")])
    assert day(home, 2) not in "".join(dump)


async def test_CRM_10_the_day_after_couriers_bring_again_without_a_word_of_the_resident(home):
    phone = await home.at_home()
    await phone.send(await phone.get("/away"), "/away", first=day(home, 0), last=day(home, 1), then="later")
    home.bench.clock.advance(2 * DAY)
    assert (await deposit(home))[0] == 201


async def test_CRM_10_what_comes_while_somebody_is_away_is_kept_until_the_evening_after(home):
    phone = await home.at_home()
    await phone.send(await phone.get("/away"), "/away", first=day(home, 0), last=day(home, 9), then="keep")
    stored = await home.bench.store("SF0001")
    parcel = home.context.engine.site.parcels[stored["parcel"]]
    back = home.context.engine.now().replace(hour=22, minute=0, second=0, microsecond=0) + timedelta(days=10)
    assert timedelta(0) <= parcel.deadline - back < timedelta(hours=1)
    await phone.post("/back")
    stored = await home.bench.store("SF0002")
    assert home.context.engine.site.parcels[stored["parcel"]].free_hours == 72


async def test_CRM_10_who_is_at_home_takes_it_for_the_others(home):
    await home.bench.resident(name="Li Na", phone="+8613800000002", language="en")
    phone = await home.at_home()
    await phone.send(await phone.get("/away"), "/away", first=day(home, 0), last=day(home, 2), then="later")
    assert (await deposit(home))[0] == 201
    assert (await deposit(home, "SF0002", recipient={"unit": "1-201", "name": "Wang Ming"}))[0] == 409


@pytest.mark.parametrize(
    ("first", "last", "then", "said"),
    [
        (0, -1, "later", "Choose a first day"),
        (3, 2, "later", "Choose a first day"),
        (0, 15, "later", "within the next 14 days"),
        (0, 2, "burn", "within the next 14 days"),
    ],
)
async def test_CRM_10_days_out_of_bounds_are_said(home, first, last, then, said):
    phone = await home.at_home()
    answer = await phone.raw("/away", {"first": day(home, first), "last": day(home, last), "then": then})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert home.context.wishes.of(home.resident).away is None
    assert (await phone.raw("/away", {"first": "soon", "last": "later", "then": "keep"})).status_code == 422


async def test_CRM_10_wishes_are_read_again_after_a_restart(home):
    phone = await home.at_home()
    await phone.send(await phone.get("/away"), "/away", first=day(home, 0), last=day(home, 3), then="keep")
    await phone.send(await phone.get("/wishes"), "/wishes", rules="person")
    anew = WishRegister(home.context.journal, home.context.engine)
    await anew.load()
    assert anew.of(home.resident) == home.context.wishes.of(home.resident)
    wished = DepositWishes(anew, "UTC").of([home.resident], home.context.engine.now())
    assert (wished.in_person, wished.refused, wished.keep_until.hour) == (True, False, 22)


async def test_UX_07_a_parcel_is_put_off_until_a_day_within_limits_and_its_code_goes_on_working(home):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    path = f"/parcels/{stored['parcel']}/extend"
    for wrong in (day(home, 1), day(home, 15), "soon", ""):
        answer = await phone.raw(path, {"hours": "day", "day": wrong})
        assert (answer.status_code, "Choose a day after the free time" in answer.text) == (422, True)
    page = await phone.send(await phone.get(path), path, hours="day", day=day(home, 12))
    parcel = home.context.engine.site.parcels[stored["parcel"]]
    assert parcel.deadline.date().isoformat() == day(home, 12)
    assert parcel.deadline.hour == 22
    assert stored["code"][:4] in page.text
    home.bench.clock.advance(8 * DAY)
    kiosk = await home.bench.client("pickup")
    assert (await kiosk.post("/pickups", json={"code": stored["code"]})).status_code == 201


async def test_PK_01_no_parcel_stays_longer_while_the_site_says_that_none_may(home):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    now = home.context.engine.now()
    peak = NewVersion(1, PeakProfile(extensions=False), "11.11", ends_at=now + timedelta(days=3))
    await home.context.rules.add(peak, "staff:test")
    path = f"/parcels/{stored['parcel']}/extend"
    assert path not in (await phone.get("/")).html
    assert (await phone.raw(path, {"hours": "24"})).status_code == 409


async def test_FEE_08_N8_what_it_costs_stands_there_before_any_charge_and_the_code_beside_what_is_due(home):
    stored = await home.bench.store("SF0001")
    phone = await home.at_home()
    assert "held back for a fee" not in (await phone.get("/")).text
    await home.context.rules.add(NewVersion(1, Tariff(charges=True), "as others do"), "staff:test")
    home.bench.clock.advance(60)
    stored = await home.bench.store("SF0002")
    path = f"/parcels/{stored['parcel']}"
    page = await phone.get(path)
    assert "No parcel is ever held back for a fee." in page.text
    assert "0.50" in page.text
    assert "to pay" not in page.text
    seq = (await home.bench.events("ParcelStored"))[-1]["seq"]
    told = ["n1", seq, home.resident, "arrival", stored["parcel"], *[rfc3339(home.context.engine.now())] * 3]
    await home.context.journal.write(lambda db: db.execute(SENT, told))
    home.bench.clock.advance(4 * DAY)
    home.context.engine.observe(Tick(synced=True))
    await home.bench.settle()
    page = await phone.get(path)
    assert "CNY to pay" in page.text
    assert stored["code"][:4] in page.text
