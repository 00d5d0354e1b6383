"""Nothing that is listed, paged or looked up reads a table whole that grows with every parcel.

Every GET of the machine API and of the panel is asked while its statements are listened to; SQLite then tells how it
would answer each. A page that is new is asked by itself: its route stands in the app.
"""

import re

import pytest
from query_plans import heard, scans
from staff_bench import an_office

from api.app import static_files
from api.machine.operations import OPERATIONS
from api.staff.routes import panel_app
from locker.core.model import Seen
from locker.services.cases import CaseRequest, Source
from locker.services.people import ParcelGroup, Role

WAITS_FOR_EVENTS = {"/api/v1/events/stream", "/live"}


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        stored = await admin.bench.store("SF1029384740192")
        asked = CaseRequest(kind="lost", source=Source.STAFF, by="staff:test", parcel=stored["parcel"])
        receipt = await admin.bench.context.cases.service.open_case(asked)
        opening = await admin.bench.context.mass_openings.ask(["A5"], "stock-taking", "staff:test")
        admin.values = {
            "parcel": stored["parcel"],
            "deposit": stored["deposit"],
            "compartment": stored["compartment"],
            "door": stored["compartment"],
            "sha256": "0" * 64,
            "round": "w0",
            "resident": admin.bench.context.directory.everybody()[0].id,
            "kind": "tariff",
            "report": "quality",
            "month": "2026-03",
            "number": receipt.number,
            "opening": opening.id,
        }
        yield admin


def addresses(panel, values):
    """Every address that answers GET, its parameters filled in: of the panel, then of the machine API."""
    paths = [route.path for route in panel.routes if "GET" in (getattr(route, "methods", None) or ())]
    paths += [f"/api/v1{each.path}" for each in OPERATIONS if each.method == "GET"]
    return [(path, re.sub(r"{(\w+)(:\w+)?}", lambda part: values[part[1]], path)) for path in paths]


async def test_no_get_of_the_api_or_the_panel_reads_a_growing_table_whole(admin):
    browser = await admin.person(Role.SUPERVISOR)
    reader = await admin.bench.client("read", "deposit", "staff")
    admin.bench.doors.see("A5", Seen.UNSEEN)
    await admin.bench.settle()
    statements = heard(admin.bench.context.journal)
    for route, address in addresses(panel_app(admin.bench.context, static_files()), admin.values):
        if route in WAITS_FOR_EVENTS:
            continue
        api = address.startswith("/api")
        answer = await (reader.get(f"http://locker{address}") if api else browser.http.get(address))
        assert answer.status_code in {200, 303, 404, 409}, address
    for table in ("event", "parcel", "snapshot", "outbox"):
        assert any(re.search(rf"from {table}\b", sql) for sql in statements), table
    assert scans(admin.bench.context.journal.db, statements) == []


QUERIES = [
    *({"state": state} for state in ("stored", "collected", "withdrawn", "returned", "cancelled", "expected")),
    {"unit": "1-201"},
    {"tracking": "SF1029384740192"},
    {"unit": "1-201", "state": "collected", "tracking": "SF1029384740192"},
    {"unit": "1-201", "state": "cancelled"},
    {"limit": "500"},
]


async def test_no_filter_of_the_list_of_parcels_reads_all_of_them(admin):
    reader = await admin.bench.client("read")
    await admin.bench.store("SF2", size="M")
    statements = heard(admin.bench.context.journal)
    for query in QUERIES:
        assert (await reader.get("/parcels", params=query)).status_code == 200
        first = (await reader.get("/parcels", params={**query, "limit": "1"})).json()
        if first["next"]:
            assert (await reader.get("/parcels", params={**query, "after": first["next"]})).status_code == 200
    assert scans(admin.bench.context.journal.db, statements) == []


@pytest.mark.parametrize("day", ["", "2026-03-01"])
async def test_QRY_01_no_search_of_staff_reads_all_parcels(admin, day):
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    statements = heard(admin.bench.context.journal)
    for text in ("", "1-201", "Wang", "SF10", "40192", "A1"):
        for group in ParcelGroup:
            page = await browser.post("/parcels", **{**form, "text": text, "day": day, "group": group.value})
            assert page.status == 200
    assert any("from parcel" in sql for sql in statements)
    assert scans(admin.bench.context.journal.db, statements) == []


async def test_a_scan_would_be_noticed(admin):
    db = admin.bench.context.journal.db
    assert scans(db, ["select * from parcel order by created_at desc limit 1"])
    assert scans(db, ["select 1 from event e where json_extract(data, '$.visit') = 'd1'"])
    assert scans(db, ["select sum(bytes) from snapshot"])
