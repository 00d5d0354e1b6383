"""The parcels of the panel: found by anything (QRY-01), masked, and shown only on the record."""

import re
from datetime import date

import pytest
from machine_bench import BEGIN
from staff_bench import an_office

from api.staff.localized_text import LocalizedText
from locker.services.people import ParcelGroup, ParcelSearch, Role, find_parcels

SF, YT, JD = "SF1029384740192", "YT5550001177310", "JD0000000055012"


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        bench = admin.bench
        await bench.resident("0907", "张伟", "+8613800004471")
        await bench.resident("2204", "Sun Li", "+8613900009012")
        admin.sf = await bench.store(SF, size="S", recipient={"unit": "1-201"})
        admin.yt = await bench.store(YT, size="M", recipient={"unit": "0907"})
        bench.clock.advance(2 * 86400)
        admin.jd = await bench.store(JD, size="L", recipient={"unit": "2204"})
        gate = await bench.client("pickup")
        await gate.post("/pickups", json={"code": admin.yt["code"]})
        await bench.shut(admin.yt["compartment"])
        yield admin


async def found(browser, **said):
    page = await browser.send(await browser.get("/parcels"), "/parcels", **{"group": "all", **said})
    assert page.status == 200
    return {name for name in ("sf", "yt", "jd") if name.upper() + "…" in page.text}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Wang", {"sf"}),
        ("wang ming", {"sf"}),
        ("wm", {"sf"}),
        ("张", {"yt"}),
        ("zw", {"yt"}),
        ("4471", {"yt"}),
        ("9012", {"jd"}),
        ("0907", {"yt"}),
        ("1-201", {"sf"}),
        (SF, {"sf"}),
        (YT.lower(), {"yt"}),
        ("55012", {"jd"}),
        ("SF 1029 3847", {"sf"}),
        ("nobody at all", set()),
        ("' or 1=1 --", set()),
        ("%", set()),
        ("", {"sf", "yt", "jd"}),
    ],
)
async def test_QRY_01_staff_find_a_parcel_by_name_initial_phone_unit_and_waybill(admin, text, who):
    assert await found(await admin.person(), text=text) == who


async def test_QRY_01_a_name_finds_its_own_parcels_and_not_those_of_the_same_unit(admin):
    await admin.bench.resident("0907", "Zhao Lei", "+8613800007777")
    await admin.bench.store("EM0000000000777", size="S", recipient={"unit": "0907", "name": "Zhao Lei"})
    browser = await admin.person()
    page = await browser.send(await browser.get("/parcels"), "/parcels", text="Zhao Lei", group="all")
    assert ("EM…00777" in page.text, "YT…" in page.text) == (True, False)
    assert await found(browser, text="张伟") == {"yt"}


async def test_QRY_01_staff_find_a_parcel_by_compartment(admin):
    assert await found(await admin.person(), text=admin.jd["compartment"].lower()) == {"jd"}


@pytest.mark.parametrize(
    ("group", "who"),
    [
        ("all", {"sf", "yt", "jd"}),
        ("inside", {"sf", "jd"}),
        ("collected", {"yt"}),
        ("overdue", set()),
        ("ended", set()),
    ],
)
async def test_QRY_01_staff_find_parcels_by_state(admin, group, who):
    assert await found(await admin.person(), group=group) == who


async def test_QRY_01_an_overdue_parcel_is_found_as_overdue(admin):
    admin.bench.clock.advance(2 * 86400)
    await admin.bench.settle()
    assert await found(await admin.person(), group="overdue") == {"sf"}


@pytest.mark.parametrize(
    ("day", "who"), [("2026-03-01", {"sf", "yt"}), ("2026-03-03", {"yt", "jd"}), ("2026-03-02", set())]
)
async def test_QRY_01_staff_find_parcels_by_the_day_they_came_or_went(admin, day, who):
    assert await found(await admin.person(), day=day) == who


async def test_QRY_01_a_day_is_the_sites_day_and_not_that_of_utc(admin):
    browser = await admin.person()
    words = LocalizedText("en", "Asia/Shanghai", BEGIN)
    from_, to = words.day_span(date(2026, 3, 2))
    assert (from_.isoformat(), to.isoformat()) == ("2026-03-01T16:00:00+00:00", "2026-03-02T16:00:00+00:00")
    assert await found(browser, day="2026-03-01", text="wang") == {"sf"}


async def test_QRY_01_conditions_narrow_each_other(admin):
    browser = await admin.person()
    assert await found(browser, text="wang", group="collected") == set()
    assert await found(browser, text="wang", day="2026-03-01", group="inside") == {"sf"}


async def test_what_is_looked_for_stands_in_no_address(admin):
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    answer = await browser.raw("/parcels", form | {"text": "Wang Ming", "group": "all"})
    assert (answer.status_code, answer.headers.get("location"), answer.url.query) == (200, None, b"")


async def test_a_search_belongs_to_its_page_and_no_other_tab_of_the_session_shows_it(admin):
    browser = await admin.person()
    one = await browser.send(await browser.get("/parcels"), "/parcels", text="Wang", group="all")
    other = await browser.get("/parcels")
    assert (one.form("/parcels")["text"], "YT…" in one.text) == ("Wang", False)
    assert (other.form("/parcels")["text"], "YT…" in other.text) == ("", True)


async def test_a_page_that_stays_live_asks_with_its_own_text_and_keeps_nobody_signed_in(admin):
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    before = await sessions(admin)
    admin.bench.clock.advance(60)
    answer = await browser.raw("/parcels", form | {"text": "Wang", "group": "all"}, **{"X-Fragment": "live"})
    assert ("SF…" in answer.text, "YT…" in answer.text) == (True, False)
    assert 'value="Wang"' in answer.text
    assert await sessions(admin) == before


async def sessions(admin):
    rows = await admin.bench.context.journal.read(lambda db: db.execute("select used_at from session").fetchall())
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("field", "value"),
    [("group", "everything"), ("day", "tomorrow"), ("day", "9999-12-31"), ("text", "a" * 300), ("after", "x' or 1=1")],
)
async def test_a_field_of_the_search_that_cannot_be_read_is_422_and_named(admin, field, value):
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    answer = await browser.raw("/parcels", {**form, "group": "all", field: value})
    assert answer.status_code == 422
    assert field in answer.text


async def test_long_lists_come_in_pages(admin, monkeypatch):
    monkeypatch.setattr("api.staff.parcels.search_pages.PAGE_SIZE", 2)
    browser = await admin.person()
    page = await browser.get("/parcels")
    assert ("JD…" in page.text, "YT…" in page.text, "SF…" in page.text) == (True, True, False)
    forms = [fields for where, fields in page.forms if where == "/parcels"]
    cursor = page.html.split('name="after" value="')[1].split('"')[0]
    page = await browser.post("/parcels", **{**forms[-1], "after": cursor.replace("&#34;", '"')})
    assert ("JD…" in page.text, "SF…" in page.text) == (False, True)


async def test_names_phones_and_waybills_are_masked(admin):
    browser = await admin.person()
    for path in ("/parcels", f"/parcels/{admin.yt['parcel']}", "/", f"/doors/{admin.sf['compartment']}"):
        page = await browser.get(path)
        for private in ("张伟", "Wang Ming", "13800004471", "4471", YT, SF):
            assert private not in page.html, (path, private)
    assert "张*" in (await browser.get("/parcels")).text


async def test_showing_who_a_parcel_is_for_is_recorded_with_who_did_it(admin):
    browser = await admin.person(Role.OPERATOR, "chen.lin")
    path = f"/parcels/{admin.yt['parcel']}"
    page = await browser.send(await browser.get(path), f"{path}/show")
    assert "张伟" in page.text
    assert "+8613800004471" in page.text
    noted = [event for event in await admin.bench.events("Noted") if event["data"]["what"] == "recipient-shown"]
    assert [(each["by"], each["data"]["about"]) for each in noted] == [("staff:chen.lin", admin.yt["parcel"])]
    assert "张伟" not in (await browser.get(f"/parcels/{admin.sf['parcel']}")).text
    admin.bench.clock.advance(301)
    assert "张伟" not in (await browser.get(path)).text


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR])
async def test_who_needs_no_names_sees_none(admin, role):
    browser = await admin.person(role)
    path = f"/parcels/{admin.yt['parcel']}"
    page = await browser.get(path)
    assert not page.has_form(f"{path}/show")
    mark = (await browser.get("/me")).form("/sign-out")["csrf"]
    assert (await browser.raw(f"{path}/show", {"csrf": mark})).status_code == 403
    assert "张伟" not in (await browser.get(path)).text


async def test_what_cannot_be_recorded_is_not_shown(admin):
    browser = await admin.person()
    path = f"/parcels/{admin.yt['parcel']}"
    form = (await browser.get(path)).form(f"{path}/show")
    admin.bench.context.journal.db.execute("pragma query_only = on")
    answer = await browser.raw(f"{path}/show", form)
    admin.bench.context.journal.db.execute("pragma query_only = off")
    assert answer.status_code == 503
    assert "张伟" not in (await browser.get(path)).text


async def test_a_parcels_page_tells_its_story_and_where_it_is(admin):
    page = await (await admin.person()).get(f"/parcels/{admin.sf['parcel']}")
    assert "The parcel for unit 1-201 is inside" in page.text
    assert "Drop-off begun by SF Express" in page.text
    assert f"Parcel stored in {admin.sf['compartment']}" in page.text
    assert f"Go to door {admin.sf['compartment']}" in page.text
    gone = await (await admin.person(Role.OPERATOR)).get(f"/parcels/{admin.yt['parcel']}")
    assert "was collected" in gone.text
    assert "Go to door" not in gone.text


async def test_of_very_many_that_fit_the_newest_are_counted_and_all_that_are_inside(admin, monkeypatch):
    monkeypatch.setattr("locker.services.people.parcel_search.COUNTED", 1)
    await admin.bench.store("ZT9000000001", size="S", recipient={"unit": "0907"})
    await admin.bench.store("ZT9000000002", size="XL", recipient={"unit": "0907"})
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    page = await browser.post("/parcels", **{**form, "text": "0907", "group": "all"})
    counts = dict(re.findall(r'id="tab-(\w+)"[^>]*>[^<]*<b>([0-9+]+)</b>', page.html))
    here = {"inside": "2", "expected": "0", "overdue": "0", "held": "0", "places": "0", "outbound": "0"}
    assert counts == {"all": "1+", "collected": "0+", "ended": "0+", **here}
    assert ("ZT…" in page.text, "YT…" in page.text, "SF…" in page.text) == (True, True, False)


@pytest.mark.parametrize("narrow", [0, 8])
async def test_the_way_to_a_group_makes_no_difference_to_what_is_found(admin, monkeypatch, narrow):
    monkeypatch.setattr("locker.services.people.parcel_search._NARROW", narrow)
    courier = await admin.bench.client("deposit")
    cancelled = await courier.post("/deposits", json=admin.bench.deposit_body("JD0000000077", size="S"))
    await courier.post(f"/deposits/{cancelled.json()['deposit']}/cancel", json={})
    browser = await admin.person()
    form = (await browser.get("/parcels")).form("/parcels")
    page = await browser.post("/parcels", **{**form, "text": "1-201", "group": "ended"})
    assert "JD…" in page.text
    assert await found(browser, text="1-201", group="inside") == {"sf"}
    assert await found(browser, text="1-201", day="2026-03-01", group="inside") == {"sf"}
    assert await found(browser, text="0907", day="2026-03-03", group="inside") == set()


@pytest.mark.parametrize("first_rows", [1, 2, 8])
async def test_however_rows_are_read_all_parcels_of_a_name_are_found_once_the_newest_first(
    admin, monkeypatch, first_rows
):
    monkeypatch.setattr("locker.services.people.parcel_search._NARROW", 0)
    monkeypatch.setattr("locker.services.people.parcel_search._FIRST_ROWS", first_rows)
    made = [
        await admin.bench.store(f"ZT90000000{size}", size=size, recipient={"unit": "0907"}) for size in ("S", "M", "XL")
    ]
    context = admin.bench.context
    looked = await find_parcels(context.journal, context.directory, (), ParcelSearch("zhang"), limit=3)
    rest = await find_parcels(context.journal, context.directory, (), ParcelSearch("zhang", after=looked.next), limit=3)
    newest_first = [one["parcel"] for one in (*reversed(made), admin.yt)]
    assert [parcel.id for parcel in (*looked.parcels, *rest.parcels)] == newest_first
    assert looked.counts[ParcelGroup.ALL] == 4
