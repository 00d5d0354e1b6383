"""S7: who has moved in asks to be let in, staff look, and the version of the terms that was accepted stands there."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from resident_bench import URL
from staff_bench import Browser, an_office

from api.app import resident_app
from api.options import ResidentOptions
from locker.journal.store import CannotWrite
from locker.services.people import Role
from locker.services.people.applications import KEPT, MOST_WAITING, Application
from locker.services.policies import NewVersion, Terms

OFFERED = ResidentOptions(listen="127.0.0.1:8091", url=URL, registration=True)
ASKING = "/people/applications"
RUI = {"unit": "2-305", "name": "Zhao Rui", "phone": "+86 139 0000 0002", "consent": "1"}


@asynccontextmanager
async def visitor(office, options=OFFERED):
    browser = Browser(resident_app(office.bench.context, options), base=URL)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        office.boss = await office.person(Role.SUPERVISOR, "he.jun")
        yield office


def known(office, unit="2-305"):
    return office.bench.context.directory.find(unit)


async def kept(office):
    return await office.bench.context.journal.read(lambda db: db.execute("select * from application").fetchall())


async def test_S7_nobody_is_a_resident_until_staff_have_looked_and_then_with_what_was_said(office):
    terms = Terms(residents={"en": ("Nothing that spoils.",)})
    await office.bench.context.rules.add(NewVersion(1, terms, "first"), "staff:he.jun")
    async with visitor(office) as phone:
        page = await phone.get("/join")
        assert "Nothing that spoils." in page.text
        assert (await phone.post("/join", **RUI)).status == 422, "without the terms"
        told = await phone.post("/join", **RUI, terms="1")
        assert "Staff look at it" in told.text
        again = await phone.post("/join", **RUI, terms="1")
        assert again.text == told.text, "asked twice it stands once, and nobody learns anything"
    assert known(office) == []
    assert "1 person asks to be let in as a resident" in (await office.boss.get("/")).text
    page = await office.boss.get(ASKING)
    assert page.text.count("Zhao Rui") == 1
    assert "Nobody is known in this unit" in page.text
    page = await office.boss.send(page, f"{ASKING}/approve")
    (person,) = known(office)
    assert (person.name, person.phone, person.language) == ("Zhao Rui", "+8613900000002", "en")
    assert person.consent is True
    (accepted,) = await office.bench.events("RuleAccepted")
    assert (accepted["by"], accepted["data"]["version"]) == (f"resident:{person.id}", 1)
    assert await kept(office) == [], "what was said is in one place only"
    assert "Zhao" not in str(await office.bench.events())


async def test_S7_who_is_not_let_in_leaves_nothing_and_who_is_not_looked_at_is_forgotten(office):
    async with visitor(office) as phone:
        await phone.post("/join", **RUI)
        await office.boss.send(await office.boss.get(ASKING), f"{ASKING}/refuse")
        assert await kept(office) == []
        assert known(office) == []
        await phone.post("/join", **RUI)
    office.bench.clock.advance(KEPT.total_seconds() + 1)
    await office.boss.sign_in("he.jun")
    assert "Nobody asks just now" in (await office.boss.get(ASKING)).text


async def test_S7_nobody_takes_the_place_of_somebody_who_asks_by_giving_another_phone(office):
    async with visitor(office) as phone:
        for number in (RUI["phone"], "13900000002", "+86 139 0000 0666"):
            assert (await phone.post("/join", **RUI | {"phone": number})).status == 200
    page = await office.boss.get(ASKING)
    assert [text for text in ("**** **02", "**** **66") if text in page.text] == ["**** **02", "**** **66"]


def shown_of(events):
    return [(each["by"], each["data"]["about"]) for each in events if each["data"]["what"] == "application-shown"]


async def test_X12_S7_the_phone_of_who_asks_is_masked_until_it_is_asked_for_which_is_recorded_first(office):
    async with visitor(office) as phone:
        for number in (RUI["phone"], "+86 139 0000 0666"):
            await phone.post("/join", **RUI | {"phone": number})
    first, second = await office.bench.context.applications.waiting()
    page = await office.boss.get(ASKING)
    for said in (first, second):
        assert said.phone not in page.html
    page = await office.boss.send(page, f"{ASKING}/show", having={"key": second.id})
    assert second.phone in page.text
    assert first.phone not in page.html, "one reveal is for one application"
    assert "Shown for 5 minutes" in page.text
    assert [fields["key"] for where, fields in page.forms if where == f"{ASKING}/show"] == [first.id]
    assert shown_of(await office.bench.events("Noted")) == [("staff:he.jun", second.id)]
    other = await office.person(Role.OPERATOR, "wu.gang")
    assert second.phone not in (await other.get(ASKING)).html, "what one asked for the other does not see"
    office.bench.clock.advance(301)
    assert second.phone not in (await office.boss.get(ASKING)).html
    assert second.phone not in str(await office.bench.events())


async def test_X12_S7_a_phone_is_not_shown_where_that_cannot_be_recorded_and_of_nobody_who_is_gone(office):
    async with visitor(office) as phone:
        await phone.post("/join", **RUI)
    page = await office.boss.get(ASKING)
    (said,) = await office.bench.context.applications.waiting()
    form = page.form(f"{ASKING}/show")
    office.bench.context.engine.seal("the key is missing")
    assert (await office.boss.post(f"{ASKING}/show", **form)).status == 503
    assert said.phone not in (await office.boss.get(ASKING)).html
    gone = await office.boss.post(f"{ASKING}/show", **{**form, "key": "nobody"})
    assert (gone.status, "not there any more" in gone.text) == (404, True)


async def test_X12_S7_somebody_is_let_in_without_their_phone_being_shown(office):
    async with visitor(office) as phone:
        await phone.post("/join", **RUI)
    await office.boss.send(await office.boss.get(ASKING), f"{ASKING}/approve")
    assert [each.phone for each in known(office)] == ["+8613900000002"], "the record has it whole"
    assert shown_of(await office.bench.events("Noted")) == []


async def test_S7_a_form_that_anybody_may_fill_in_changes_no_record(office):
    async with visitor(office) as phone:
        await phone.post("/join", **RUI | {"unit": "1-201", "name": "Wang Ming"})
    page = await office.boss.get(ASKING)
    assert "known already" in page.text
    assert not page.has_form(f"{ASKING}/approve")
    key = page.form(f"{ASKING}/refuse")
    assert (await office.boss.post(f"{ASKING}/approve", **key)).status == 409
    assert known(office, "1-201")[0].phone == "+8613800000001"


async def test_S7_two_who_let_in_at_once_write_one_record_whole_or_none(office):
    async with visitor(office) as phone:
        for number in (RUI["phone"], "+86 139 0000 0666"):
            await phone.post("/join", **RUI | {"phone": number})
    first, second = await office.bench.context.applications.waiting()
    other = await office.person(Role.OPERATOR, "wu.gang")
    csrf = {each: (await each.get(ASKING)).form(f"{ASKING}/refuse")["csrf"] for each in (office.boss, other)}
    asked = [(office.boss, first), (other, first), (office.boss, second), (other, second)]
    answers = await asyncio.gather(
        *(each.raw(f"{ASKING}/approve", {"csrf": csrf[each], "key": said.id}) for each, said in asked)
    )
    assert min(each.status_code for each in answers) == 303
    assert {each.status_code for each in answers if each.status_code != 303} <= {404, 409}
    (person,) = known(office)
    saved = [each for each in await office.bench.events("ResidentSaved") if each["data"]["resident"] == person.id]
    noted = [each["data"]["what"] for each in await office.bench.events("Noted")]
    assert (len(saved), noted.count("application-approved")) == (1, 1)
    assert len(await kept(office)) == 1, "the other one stands until somebody looks at it"


async def test_S7_who_is_let_in_while_the_disk_is_full_is_neither_a_resident_nor_forgotten(office, monkeypatch):
    terms = Terms(residents={"en": ("Nothing that spoils.",)})
    await office.bench.context.rules.add(NewVersion(1, terms, "first"), "staff:he.jun")
    async with visitor(office) as phone:
        await phone.post("/join", **RUI, terms="1")
    page, append = await office.boss.get(ASKING), office.bench.context.journal.append_into

    def full(db, outcome, by, keep=None):
        done = append(db, outcome, by, keep)
        if any(type(each).__name__ == "RuleAccepted" for each in outcome.events):
            raise CannotWrite("the disk is full")
        return done

    seq = office.bench.context.journal.seq
    monkeypatch.setattr(office.bench.context.journal, "append_into", full)
    assert (await office.boss.send(page, f"{ASKING}/approve")).status == 503
    assert known(office) == []
    assert len(await kept(office)) == 1
    sql = "select count(*) from event where kind in ('RuleAccepted', 'ResidentSaved') and seq > ?"
    assert await office.bench.context.journal.read(lambda db: db.execute(sql, [seq]).fetchone()[0]) == 0


async def test_S7_a_flood_is_refused_at_once_with_a_line_for_each_and_nobody_who_came_later(office):
    applications = office.bench.context.applications
    for n in range(4):
        await applications.ask(Application(unit=f"9-{n}", name="x", phone="13900000002", language="en", consent=False))
    page, where = await office.boss.get(ASKING), f"{ASKING}/refuse-all"
    assert "Refuse all 4 applications" in page.text
    for wrong, status in (("", 422), ("many", 422), ("3", 409), ("5", 409)):
        assert (await office.boss.send(page, where, count=wrong)).status == status
    await applications.ask(Application(unit="9-9", name="late", phone="13900000003", language="en", consent=False))
    page = await office.boss.send(page, where, count="4")
    assert "1 person asks to be let in" in page.text
    refused = [each for each in await office.bench.events("Noted") if each["data"]["what"] == "application-refused"]
    assert ([each["by"] for each in refused], len(await kept(office))) == (["staff:he.jun"] * 4, 1)
    office.bench.clock.advance(301)
    form = {**page.form(f"{ASKING}/refuse"), "last": page.form(f"{ASKING}/refuse")["key"], "count": "1"}
    answer = await office.boss.raw(where, form)
    assert answer.headers["location"].startswith("/prove"), "of many at once: who it is is asked again"
    assert len(await kept(office)) == 1


async def test_S7_of_two_who_let_somebody_in_at_once_one_does(office):
    async with visitor(office) as phone:
        await phone.post("/join", **RUI)
    key = (await office.boss.get(ASKING)).form(f"{ASKING}/approve")
    answers = await asyncio.gather(*(office.boss.post(f"{ASKING}/approve", **key) for _ in range(3)))
    assert sorted(each.status for each in answers) == [200, 404, 404]
    assert len(known(office)) == 1
    notes = [each["data"]["what"] for each in await office.bench.events("Noted")]
    assert notes.count("application-approved") == 1


WRONG = (
    ({"unit": " "}, "number of your unit"),
    ({"name": "."}, "your name"),
    ({"phone": "call me"}, "phone number"),
    ({"phone": "1" * 9 + "x" * 60}, "phone number"),
)


async def test_S7_what_is_wrong_is_said_beside_what_was_typed(office):
    async with visitor(office) as phone:
        for wrong, sentence in WRONG:
            page = await phone.post("/join", **RUI | wrong)
            assert page.status == 422
            assert sentence in page.text
            assert 'value="2-305"' in page.html or "unit" in wrong
    assert await kept(office) == []


async def test_S7_a_flood_of_forms_is_slowed_and_never_more_than_somebody_can_look_through(office):
    applications = office.bench.context.applications
    async with visitor(office) as phone:
        answers = [(await phone.post("/join", **RUI | {"unit": f"9-{n}"})).status for n in range(22)]
        assert answers == [200] * 21 + [429], "a whole house moves in on one day; then a minute between two"
        office.bench.clock.advance(60)
        assert (await phone.post("/join", **RUI | {"unit": "9-99"})).status == 200
        sql = "insert into application values (?, ?, 'x', 'x', 'x', 'en', 0, 0, '2026-03-01T08:00:00.000Z')"
        await office.bench.context.journal.write(
            lambda db: [db.execute(sql, [f"x{n}", f"x{n}"]) for n in range(MOST_WAITING)]
        )
        office.bench.clock.advance(3601)
        assert (await phone.post("/join", **RUI)).status == 429
    assert len(await applications.waiting()) <= MOST_WAITING + 22
    assert Application(unit="1", name="Wang", phone="1", language="en", consent=True).__repr__().count("Wang") == 0


async def test_S7_where_the_site_does_not_offer_it_there_is_no_such_page(office):
    async with visitor(office, OFFERED.model_copy(update={"registration": False})) as phone:
        assert (await phone.get("/join")).status == 404
    assert "[resident] registration" in (await office.boss.get(ASKING)).text
