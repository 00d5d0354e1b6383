"""SEC-04: who opened which door of the cabinet, and who went into the parcel room and opened the service door."""

import re
from datetime import timedelta, timezone

import pytest
from staff_bench import an_office

from locker.core.events.access_events import Passage
from locker.core.events.record import rfc3339
from locker.services.notices.staff_alarm import calls_staff
from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


def entry(office, passage="granted", minutes=1, **more):
    at = rfc3339(office.bench.engine.now() - timedelta(minutes=minutes))
    return {"point": "Parcel room", "passage": passage, "at": at, "badge": "EM4100-00074711", **more}


async def test_SEC_04_each_opening_of_a_door_stands_in_the_journal_with_who_had_it_opened_and_why(office):
    stored = await office.bench.store("SF1029384740192")
    boss = await office.person(Role.SUPERVISOR, "he.jun")
    staff = await office.bench.client("staff")
    door = stored["compartment"]
    assert (await staff.post(f"/compartments/{door}/open", json={"reason": "smells"})).status_code == 201
    await office.bench.shut(door)
    page = await boss.send(await boss.get("/journal"), "/journal", door=door, group="doors")
    assert "smells" in page.text
    assert f"/doors/{door}" in page.html
    table = (await boss.post("/journal/export", **page.form("/journal/export"))).html
    assert table.count("DoorOpened") >= 2, "the courier's and that of staff"


async def test_SEC_04_the_access_control_tells_who_went_in_and_of_a_badge_its_end_is_kept(office):
    feed = await office.bench.client("entry")
    for minutes, passage in ((5, "granted"), (4, "refused"), (3, "shut")):
        told = await feed.post("/entries", json=entry(office, passage, minutes))
        assert told.status_code == 201, told.text
    assert told.json()["passage"] == "shut"
    page = await (await office.person(Role.AUDITOR)).get("/entries")
    assert page.text.index("Shut again") < page.text.index("Turned away") < page.text.index("Let in")
    assert "…4711" in page.text
    events = await office.bench.events("EntryReported")
    assert [each["data"]["passage"] for each in events] == ["granted", "refused", "shut"]
    assert "4711" not in str(events), "whose badge it was stands in no event"
    kept = await office.bench.context.journal.read(lambda db: db.execute("select badge_end from entry").fetchall())
    assert set(kept) == {("4711",)}


async def test_SEC_04_told_again_it_is_kept_once_and_a_moment_that_cannot_be_is_refused(office):
    feed, told = await office.bench.client("entry"), entry(office)
    for _ in range(2):
        assert (await feed.post("/entries", json=told)).status_code == 201
    assert len(await office.bench.events("EntryReported")) == 1
    for minutes in (-60, 31 * 24 * 60):
        answer = await feed.post("/entries", json=entry(office, minutes=minutes))
        assert (answer.status_code, answer.json()["field"]) == (422, "at")
    for bad in ({"passage": "flew"}, {"point": ""}, {"at": "yesterday"}, {"badge": "x" * 65}):
        assert (await feed.post("/entries", json=told | bad)).status_code == 422


async def test_SEC_04_the_token_of_the_feed_opens_nothing_and_reads_nothing(office):
    feed = await office.bench.client("entry")
    assert (await feed.post("/compartments/A1/open", json={"reason": "x"})).status_code == 403
    assert (await feed.get("/events")).status_code == 403
    other = await office.bench.client("read", "deposit", "pickup", "staff")
    assert (await other.post("/entries", json=entry(office))).status_code == 403


async def test_SEC_04_SEC_09_what_is_over_is_forgotten_and_stays_in_the_journal_without_the_badge(office):
    feed = await office.bench.client("entry")
    await feed.post("/entries", json=entry(office))
    entries, now = office.bench.context.entries, office.bench.engine.now()
    assert await entries.let_go(now - timedelta(days=30)) == 0
    assert await entries.let_go(now) == 1
    assert await entries.newest() == []
    assert len(await office.bench.events("EntryReported")) == 1


async def test_SEC_04_a_passage_is_kept_at_its_moment_whatever_the_zone_of_the_feed(office):
    feed, now = await office.bench.client("entry"), office.bench.engine.now() - timedelta(minutes=1)
    at = now.astimezone(timezone(timedelta(hours=8))).isoformat()
    told = await feed.post("/entries", json=entry(office, at=at))
    assert (told.status_code, told.json()["at"]) == (201, rfc3339(now))
    (kept,) = await office.bench.context.entries.newest()
    assert rfc3339(kept.happened_at) == rfc3339(now)


async def test_SEC_04_a_door_that_was_forced_calls_staff_once_and_not_for_what_is_long_over(office):
    feed = await office.bench.client("entry")
    for minutes, passage in ((300, "forced"), (9, "held-open"), (8, "held-open"), (7, "granted"), (6, "forced")):
        assert (await feed.post("/entries", json=entry(office, passage, minutes))).status_code == 201
    await feed.post("/entries", json=entry(office, "held-open", 5, point="Service door"))
    told = await office.bench.events("EntryReported")
    assert [calls_staff("EntryReported", each["data"]) for each in told] == [False, True, False, False, True, True]


async def test_SEC_04_a_page_of_entries_leads_to_the_older_ones(office):
    boss, bench = await office.person(Role.SUPERVISOR), office.bench
    assert "Nothing was told yet" in (await boss.get("/entries")).text
    at = bench.engine.now() - timedelta(minutes=1)
    for number in range(102):  # a gate may tell of many in one moment
        await bench.context.entries.report("Parcel room", Passage.GRANTED, at, f"EM4100-{number:04d}", "token:gate")
    page = await boss.get("/entries")
    assert page.html.count('id="entry-') == 100
    older = page.html.split("/entries?before=")[1].split('"')[0]
    rest = await boss.get(f"/entries?before={older}")
    assert rest.html.count('id="entry-') == 2
    badges = set(re.findall(r"…(\d{4})", page.text + rest.text))
    assert len(badges) == 102, "none is left out between two pages"
    for bad in ("gold", "0" * 16, "-1"):
        assert (await boss.get(f"/entries?before={bad}")).status == 422
    assert "Nothing was told yet" in (await boss.get("/entries?before=999999")).text
