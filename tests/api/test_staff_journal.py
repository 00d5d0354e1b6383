"""The journal on the panel: sentences, found by door, parcel, person, kind and day; in pages; for those who may."""

from typing import get_args

import pytest
from query_plans import heard, scans
from staff_bench import an_office

from api.i18n import LANGUAGES
from api.staff import journal_pages
from api.staff.journal_pages import JournalGroup
from api.staff.localized_text import LocalizedText
from api.staff.logbook import logbook
from locker.core.events.any_event import AnyEvent
from locker.core.events.record import Recorded, moment
from locker.core.model import Seen
from locker.journal import journal_page as journal_page_module
from locker.services.people import Role
from locker.services.resident_reports import keep_report

NOTED = (
    "staff-added", "staff-renewed", "staff-disabled", "staff-signed-in", "staff-sign-in-wrong",
    "staff-password-changed", "staff-password-chosen", "courier-added", "courier-renewed", "courier-suspended",
    "token-created", "token-revoked", "staff-session-ended", "recipient-shown", "pictures-shown",
    "resident reports: empty",
)  # fmt: skip


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        admin.sf = await admin.bench.store("SF1029384740192")
        admin.yt = await admin.bench.store("YT2048112077310", size="M")
        yield admin


async def found(browser, **said):
    return await browser.send(await browser.get("/journal"), "/journal", **{"group": "all", **said})


def pager(page):
    """The form that leads to older lines: the last of the page's own."""
    return [fields for where, fields in page.forms if where == "/journal"][-1]


async def test_the_journal_tells_every_line_in_words_with_its_number_the_newest_first(admin):
    auditor = await admin.person(Role.AUDITOR, "xu.ning")
    page = await auditor.get("/journal")
    lines = await admin.bench.context.journal.read(lambda db: db.execute("select seq, kind from event").fetchall())
    numbers = [int(each.partition('"')[0]) for each in page.html.split('id="line-')[1:]]
    assert numbers == sorted((seq for seq, _ in lines), reverse=True)
    assert not [kind for _, kind in lines if f">{kind}<" in page.html]
    assert "xu.ning signed in" in page.text


@pytest.mark.parametrize(("role", "may"), [(role, role in {Role.SUPERVISOR, Role.AUDITOR}) for role in Role])
async def test_only_supervisors_and_auditors_read_the_journal(admin, role, may):
    browser = await admin.person(role)
    assert ("/journal" in (await browser.get("/rules")).html) == may
    assert (await browser.get("/journal")).status == (200 if may else 403)
    csrf = (await browser.get("/me")).form("/sign-out")["csrf"]
    assert (await browser.post("/journal", csrf=csrf, group="all")).status == (200 if may else 403)


async def test_a_line_of_many_doors_is_found_under_each_of_them_and_under_no_other(admin):
    bench, browser = admin.bench, await admin.person(Role.AUDITOR)
    bench.doors._report({"A5": Seen.UNSEEN, "A6": Seen.UNSEEN})
    await bench.settle()
    seq = (await bench.events("DoorsUnseen"))[-1]["seq"]
    for door, told in (("A5", True), ("A6", True), ("A4", False)):
        assert (f'id="line-{seq}"' in (await found(browser, door=door)).html) == told, door


async def test_lines_are_found_by_door_by_parcel_and_by_both(admin):
    browser = await admin.person(Role.AUDITOR)
    door, other = admin.sf["compartment"], admin.yt["compartment"]
    by_door = (await found(browser, door=door)).html
    assert f'href="/doors/{door}"' in by_door
    assert f'href="/doors/{other}"' not in by_door
    for text in ("yt2048112077310", admin.yt["parcel"]):
        page = await found(browser, text=text)
        assert f"/parcels/{admin.yt['parcel']}" in page.html
        assert f"/parcels/{admin.sf['parcel']}" not in page.html
    assert "Nothing in the journal fits" in (await found(browser, text="SF1029384740192", door=other)).text
    assert "Nothing in the journal fits" in (await found(browser, text="NOPARCEL1")).text


async def test_lines_are_found_by_person_and_a_courier_stands_with_the_name(admin):
    courier = await admin.bench.context.couriers.add("YTO", "Sun Li", "4711")
    await keep_report(admin.bench.context.engine, "A1", admin.sf["parcel"], "empty", f"courier:{courier.id}")
    await admin.person(Role.OPERATOR, "wu.mei")
    browser = await admin.person(Role.AUDITOR)
    assert "wu.mei signed in" in (await found(browser, who="Wu.Mei")).text
    page = await found(browser, who="sun li")
    assert "YTO, Sun Li" in page.text
    assert "wu.mei" not in page.text


@pytest.mark.parametrize(
    ("group", "there", "away"),
    [
        (JournalGroup.DOORS, "seen open", "Parcel stored"),
        (JournalGroup.PARCELS, "Parcel stored", "seen open"),
        (JournalGroup.REPORTS, "Resident reports", "Parcel stored"),
        (JournalGroup.ALARMS, "Resident reports", "seen open"),
        (JournalGroup.ACCOUNTS, "signed in", "Name and phone shown"),
        (JournalGroup.SHOWN, "Name and phone shown", "signed in"),
        (JournalGroup.STAFF, "Ordered open by staff", "Parcel stored"),
        (JournalGroup.MACHINE, "The locker started", "Parcel stored"),
    ],
)
async def test_lines_are_found_by_kind(admin, group, there, away):
    browser = await admin.person()
    await keep_report(admin.bench.context.engine, admin.sf["compartment"], admin.sf["parcel"], "empty", "kiosk")
    parcel = admin.sf["parcel"]
    await browser.send(await browser.get(f"/parcels/{parcel}"), f"/parcels/{parcel}/show")
    await browser.send(await browser.get("/doors/A5"), "/doors/A5/open", reason="Test the lock")
    await admin.bench.settle()
    page = await found(browser, group=group)
    assert there in page.text
    assert away not in page.html.partition('id="lines"')[2].partition("</main>")[0]


async def test_lines_are_found_by_the_sites_day(admin):
    browser = await admin.person(Role.AUDITOR)
    today = (await admin.bench.events("ParcelStored"))[0]["at"]
    day = LocalizedText("en", admin.bench.context.site.timezone, moment(today)).date_of(moment(today)).isoformat()
    assert "Parcel stored" in (await found(browser, day=day)).text
    assert "Nothing in the journal fits" in (await found(browser, day="2020-01-01")).text
    for bad in ("tomorrow", "9999-12-31"):
        assert (await found(browser, day=bad)).status == 422
    assert (await found(browser, after="1 or 1")).status == 422
    assert (await found(browser, group="everything")).status == 422


async def test_the_journal_comes_in_pages_without_a_gap_or_a_double(admin, monkeypatch):
    monkeypatch.setattr(journal_pages, "PAGE_SIZE", 7)
    browser = await admin.person(Role.AUDITOR)
    page, numbers = await browser.get("/journal"), []
    while True:
        numbers += [int(each.partition('"')[0]) for each in page.html.split('id="line-')[1:]]
        older = page.html.partition('name="after" value="')[2].rpartition('name="after" value="')
        cursor = (older[2] or older[0]).partition('"')[0]
        if ">Older" not in page.html:
            break
        page = await browser.post("/journal", **{**pager(page), "after": cursor})
        assert page.status == 200
    total = await admin.bench.context.journal.read(lambda db: db.execute("select max(seq) from event").fetchone()[0])
    assert numbers == list(range(total, 0, -1))


async def test_a_page_looks_back_a_bounded_way_and_goes_on_from_there(admin, monkeypatch):
    monkeypatch.setattr(journal_page_module, "LOOKED_THROUGH", 5)
    browser = await admin.person(Role.AUDITOR)
    page = await found(browser, who="nobody-of-this-name")
    assert "Look further back" in page.text
    for _ in range(100):
        if "Nothing in the journal fits" in page.text:
            break
        cursor = page.html.rpartition('name="after" value="')[2].partition('"')[0]
        page = await browser.post("/journal", **{**pager(page), "after": cursor})
    assert "Nothing in the journal fits" in page.text


async def test_no_look_into_the_journal_reads_all_of_it(admin):
    browser = await admin.person(Role.AUDITOR)
    statements = heard(admin.bench.context.journal)
    for said in (
        {}, {"door": "A1"}, {"text": "SF1029384740192"}, {"text": admin.sf["parcel"], "door": "A1"},
        {"who": "chen"}, {"group": "alarms"}, {"day": "2026-03-01"}, {"after": "9"},
    ):  # fmt: skip
        assert (await found(browser, **said)).status == 200
    assert any("from event" in sql for sql in statements)
    assert scans(admin.bench.context.journal.db, statements) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_the_journal_is_a_sentence_in_every_language(language):
    text = LocalizedText(language, "UTC", moment("2026-03-01T06:00:00.000Z"))
    kinds = [
        (kind.__name__, '{"compartment": "A1", "of": 0}') for kind in get_args(AnyEvent) if kind.__name__ != "Noted"
    ]
    kinds += [("Noted", f'{{"what": "{what}", "about": "A1"}}') for what in NOTED]
    for kind, data in kinds:
        [day] = logbook([Recorded(1, "2026-03-01T06:00:00.000Z", kind, "kiosk", data, "")], text, {})
        assert day.entries[0].sentence not in {kind, ""}, (kind, data)
