"""N15, X8, SEC-03: film strips on the pages of parcel, door and case; who looked, for what, and what at."""

import pytest
from case_file_bench import NUMBER, a_case, front
from staff_bench import an_office

from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        await a_case(office)
        office.parcel = (await office.bench.events("ParcelStored"))[-1]["data"]["parcel"]
        office.door = (await office.bench.events("ParcelStored"))[-1]["data"]["compartment"]
        office.clip = (await office.bench.events("ClipTaken"))[-1]["data"]["sha256"]
        yield office


async def looks(office):
    return [
        (each["by"], each["data"]["what"], each["data"]["about"], each["data"]["reason"])
        for each in await office.bench.events("Noted")
        if each["data"]["what"].endswith("-shown")
    ]


async def test_N15_X8_a_case_shows_its_film_strips_once_somebody_asks_and_that_is_recorded(office):
    browser = await office.person(Role.OPERATOR, "chen.lin")
    page = await browser.get(f"/cases/{NUMBER}")
    assert f"/clips/{office.clip}" not in page.html
    assert (await browser.get(f"/clips/{office.clip}")).status == 403
    assert (await browser.get(f"/clips/{office.clip}/0")).status == 403
    page = await browser.send(page, f"/cases/{NUMBER}/pictures")
    assert f'href="/clips/{office.clip}"' in page.html
    assert page.html.count(f'src="/clips/{office.clip}/') == 6
    assert await looks(office) == [
        ("staff:chen.lin", "pictures-shown", subject, NUMBER) for subject in (f"case {NUMBER}", office.parcel)
    ]
    whole = await browser.get(f"/clips/{office.clip}")
    assert whole.html.count("<figure>") == 16
    assert "\N{MINUS SIGN}5.0 s" in whole.text
    assert "+10.0 s" in whole.text
    assert whole.html.count('class="is-event"') == 1
    frame = (await browser.get(f"/clips/{office.clip}/15")).answer
    assert (frame.headers["content-type"], frame.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert frame.content == front(15)
    assert (await browser.get(f"/clips/{office.clip}/16")).status == 404
    office.bench.clock.advance(301)
    assert (await browser.get(f"/clips/{office.clip}/15")).status == 403


async def test_SEC_04_X8_photos_of_a_case_are_masked_by_role_and_each_look_is_recorded_first(office):
    whole = await office.bench.context.cases.service.whole(NUMBER)
    photo = f"/cases/{NUMBER}/photos/{whole.photos[0].sha256}"
    for role in (Role.TECHNICIAN, Role.AUDITOR):
        browser = await office.person(role)
        page = await browser.get(f"/cases/{NUMBER}")
        assert "1 photo sent by people" in page.text
        assert photo not in page.html
        assert not page.has_form(f"/cases/{NUMBER}/pictures")
        csrf = (await browser.get("/me")).forms[-1][1]["csrf"]
        assert (await browser.post(f"/cases/{NUMBER}/pictures", csrf=csrf)).status == 403
        assert (await browser.get(photo)).status == 403
    browser = await office.person(Role.OPERATOR, "chen.lin")
    page = await browser.get(f"/cases/{NUMBER}")
    assert photo not in page.html
    assert (await browser.get(photo)).status == 403
    assert await looks(office) == []
    page = await browser.send(page, f"/cases/{NUMBER}/pictures")
    assert page.html.count(f'src="{photo}"') == 1
    assert ("staff:chen.lin", "pictures-shown", f"case {NUMBER}", NUMBER) in await looks(office)
    assert (await browser.get(photo)).answer.headers["content-type"] == "image/png"
    assert "Pictures shown" in (await browser.get(f"/cases/{NUMBER}")).text
    office.bench.clock.advance(301)
    assert (await browser.get(photo)).status == 403
    office.bench.engine.seal("the disk is full")
    page = await browser.get(f"/cases/{NUMBER}")
    assert (await browser.send(page, f"/cases/{NUMBER}/pictures")).status == 503
    assert (await browser.get(photo)).status == 403, "what cannot be recorded is not shown"


async def test_SEC_04_a_program_that_looks_at_a_picture_is_recorded_too(office):
    staff = await office.bench.client("staff", "read")
    whole = await office.bench.context.cases.service.whole(NUMBER)
    assert (await staff.get(f"/cases/t10001/photos/{whole.photos[0].sha256}")).status_code == 200
    sha256 = (await office.bench.events("SnapshotTaken"))[-1]["data"]["sha256"]
    assert (await staff.get(f"/snapshots/{sha256}")).status_code == 200
    assert [each[:3] for each in await looks(office)] == [
        ("token:staff-read", "pictures-shown", subject) for subject in (f"case {NUMBER}", office.parcel)
    ]


@pytest.mark.parametrize("place", ["parcel", "door"])
async def test_N15_parcel_and_door_show_the_strip_and_keep_what_for(office, place):
    browser = await office.person(Role.OPERATOR, "chen.lin")
    path, act, subject = {
        "parcel": (f"/parcels/{office.parcel}", "show", office.parcel),
        "door": (f"/doors/{office.door}", "pictures", f"door {office.door}"),
    }[place]
    form = {**(await browser.get(path)).form(f"{path}/{act}")}
    for nothing in ({**form, "reason": ""}, {**form, "reason": "curious"}):
        assert (await browser.raw(f"{path}/{act}", nothing)).status_code == 422
    assert await looks(office) == []
    await browser.raw(f"{path}/{act}", {**form, "reason": "authority"})
    page = await browser.get(path)
    assert f'href="/clips/{office.clip}"' in page.html
    assert (subject, "authority") in {(about, reason) for _, _, about, reason in await looks(office)}
    assert "An authority asks for it" in page.text


async def test_N15_a_clip_that_made_room_or_is_none_is_not_shown(office):
    browser = await office.person(Role.OPERATOR, "chen.lin")
    await browser.send(await browser.get(f"/cases/{NUMBER}"), f"/cases/{NUMBER}/pictures")
    await office.bench.context.journal.write(lambda db: db.execute("update snapshot set removed = 1 where frames > 0"))
    assert office.clip not in (await browser.get(f"/cases/{NUMBER}")).html
    for name in (office.clip, "0" * 64, "x", "..%2f..%2fkey"):
        assert (await browser.get(f"/clips/{name}")).status == 404
        assert (await browser.get(f"/clips/{name}/0")).status == 404


async def test_SEC_03_the_viewing_log_says_who_looked_at_what_and_for_what(office):
    browser = await office.person(Role.SUPERVISOR, "lu.yan")
    page = await browser.get(f"/cases/{NUMBER}")
    await browser.send(page, f"/cases/{NUMBER}/pictures")
    form = {**page.form(f"/cases/{NUMBER}/file"), "purpose": "carrier", "reason": "they asked in writing"}
    await browser.raw(f"/cases/{NUMBER}/file", form)
    listing = await browser.get("/journal")
    shown = await browser.raw("/journal", {**listing.form("/journal"), "group": "shown"})
    assert "Pictures shown" in shown.text
    assert NUMBER in shown.text
    assert "they asked in writing" in shown.text
    assert "lu.yan" in shown.text
