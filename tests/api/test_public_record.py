"""`/.well-known/parcel-locker.json`: what anybody may know of the locker, and nothing of a person."""

import json
from dataclasses import replace
from datetime import timedelta

import jsonschema_rs
import pytest
from resident_bench import OPTIONS, a_home
from tree import ROOT

from api.options import ResidentOptions
from api.resident.public_record import PATH, public_record
from locker.core.doors.opening_hours import OpeningHours
from locker.core.events.record import rfc3339
from locker.core.model import Seen
from locker.services.policies import NewVersion, OpeningWeek

SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs" / "parcel-locker.schema.json").read_text()))


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


def record_of(home, **options):
    record = public_record(replace(home.context, resident=OPTIONS.model_copy(update=options)))
    SCHEMA.validate(record)
    return record


async def test_N9_the_public_record_tells_place_hours_functions_and_free_doors_and_nothing_personal(home):
    before = (await home.phone().http.get(PATH)).json()
    deposit = await home.bench.store("SF0001")
    answer = await home.phone().http.get(PATH)
    record = answer.json()
    SCHEMA.validate(record)
    assert record["free"] == {**before["free"], "S": before["free"]["S"] - 1}
    assert record["compartments"] == {"S": 2, "M": 2, "L": 1, "XL": 1}
    assert (record["amenity"], record["opening_hours"], record["open_now"], record["status"]) == (
        "parcel_locker", "24/7", True, "ok",
    )  # fmt: skip
    assert (record["name"], record["phone"]) == ("Test Court", "+86 21 5555 0100")
    assert answer.headers["access-control-allow-origin"] == "*"
    for personal in (
        "Wang",
        "1-201",
        deposit["parcel"],
        "0001",
        "SF Express",
        deposit["code"],
        deposit["compartment"] + '"',
    ):
        assert personal not in answer.text


async def test_N9_a_size_of_which_nothing_is_free_says_so(home):
    await home.bench.store("SF0001", size="XL")
    assert record_of(home)["free"]["XL"] == 0


async def test_N9_what_it_does_follows_what_there_is(home):
    assert record_of(home)["functions"] == ["drop-off", "collect", "delegate", "longer", "report"]
    assert record_of(home)["parcel_mail_in"] == "no"
    await home.context.couriers.add("SF Express", "Li Na", "471102", "test")
    assert record_of(home)["functions"][-2:] == ["send", "return"]
    assert record_of(home)["parcel_mail_in"] == "yes"
    assert {"lat", "lon"} & set(record_of(home)) == set()
    assert (record_of(home, latitude=31.2304, longitude=121.4737)["lat"]) == 31.2304


async def test_N9_hours_are_written_as_maps_read_them(home):
    day = ((8 * 60, 12 * 60), (13 * 60, 22 * 60))
    hours = OpeningHours(week=(day, day, day, day, day, (), ((0, 1440),)))
    site = home.context.engine.site
    context = replace(
        home.context, engine=Closed(home.context.engine, replace(site, policy=replace(site.policy, opening=hours)))
    )
    record = public_record(context)
    SCHEMA.validate(record)
    assert record["opening_hours"].startswith("Mo 08:00-12:00,13:00-22:00; ")
    assert record["opening_hours"].endswith("Sa off; Su 00:00-24:00")


async def test_PK_02_hours_by_rule_are_those_of_map_page_and_health_from_its_beginning_to_its_end(home):
    engine, phone = home.context.engine, home.phone().http
    machine, begins = await home.bench.client("deposit"), engine.now() + timedelta(hours=1)
    noon = OpeningWeek(daily=["12:00-13:00"])
    asked = NewVersion(1, noon, "painted", begins, begins + timedelta(days=1))
    await home.context.rules.add(asked, "staff:test")

    async def told():
        health = (await machine.get("/health")).json()
        record = (await phone.get(PATH)).json()
        assert record["open_now"] is health["open"]
        page = (await phone.get("/help")).text
        assert ("12:00-13:00" in page) is ("12:00-13:00" in record["opening_hours"])
        return record["opening_hours"], health["open"], health["changes_at"]

    assert await told() == ("24/7", True, rfc3339(begins))
    home.bench.clock.advance(3601)
    hours, is_open, changes = await told()
    assert (hours[:14], is_open, changes) == ("Mo 12:00-13:00", False, "2026-03-01T12:00:00.000Z")
    refused = await machine.post("/deposits", json=home.bench.deposit_body("SF0009"))
    assert (refused.status_code, refused.json()["code"]) == (409, "closed")
    home.bench.clock.advance(24 * 3600)
    assert await told() == ("24/7", True, None)


class Closed:
    """The engine as a reader sees it, with another site."""

    def __init__(self, engine, site):
        self.site, self.sealed, self.now = site, engine.sealed, engine.now


async def test_N9_a_locker_that_is_out_says_why_and_names_the_nearest_other(home):
    record = record_of(home, nearest="River Road 14")
    assert (record["nearest"], record["outage"]) == (None, None)
    home.bench.doors._report(dict.fromkeys(home.bench.doors.doors, Seen.UNSEEN))
    await home.bench.settle()
    record = record_of(home, nearest="River Road 14")
    assert (record["status"], record["outage"], record["nearest"]) == ("outage", "doors-not-seen", "River Road 14")
    assert set(record["free"].values()) == {0}
    assert record_of(home)["nearest"] is None


def test_N9_a_position_is_given_whole_or_not_at_all():
    listener = {"listen": "127.0.0.1:8091", "url": "https://locker.example.org"}
    with pytest.raises(ValueError, match="go together"):
        ResidentOptions(**listener, latitude=31.2)
    with pytest.raises(ValueError, match="less than or equal"):
        ResidentOptions(**listener, latitude=91.0, longitude=0.0)
