"""Cases on the panel without a browser: who may do what, and what a bad form does."""

import pytest
from staff_bench import an_office

from locker.services.cases import CaseRequest, Source
from locker.services.people import Role

NUMBER = "T1-0001"
FORMS = {
    "words": {"what": "note", "words": "x"},
    "stage": {"stage": "investigate"},
    "fill": {"field": "cause", "words": "x"},
    "owner": {"owner": "supervisor.one"},
    "urgent": {},
    "forward": {"to": "carrier", "party": "SF", "due": "2026-03-05T10:00", "words": "x"},
    "returned": {"entry": "1", "words": "x"},
    "decide": {"party": "carrier", "actual": "1", "declared": "2"},
    "approve": {"approved": "yes"},
    "close": {"outcome": "withdrawn"},
}
MAY = {
    Role.OPERATOR: set(FORMS) - {"approve"},
    Role.TECHNICIAN: set(),
    Role.AUDITOR: set(),
    Role.SUPERVISOR: set(FORMS),
}


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        await office.account("lu.yan", Role.SUPERVISOR)
        office.cases = office.bench.context.cases.service
        await office.cases.open_case(
            CaseRequest(kind="lost", source=Source.RESIDENT, by="resident", text="<b>empty</b>", unit="1-201")
        )
        yield office


async def test_what_a_resident_wrote_is_text_and_nothing_else(office):
    browser = await office.person()
    page = await browser.get(f"/cases/{NUMBER}")
    assert "<b>empty</b>" in page.text
    assert "<b>empty" not in page.html
    assert "lost" in (await browser.get("/cases")).text


@pytest.mark.parametrize("role", list(Role))
async def test_SEC_03_each_act_wants_its_right(office, role):
    browser = await office.person(role)
    csrf = (await browser.get("/me")).forms[-1][1]["csrf"]
    for name, form in FORMS.items():
        page = await browser.post(f"/cases/{NUMBER}/{name}", csrf=csrf, **form)
        assert (page.status == 403) is (name not in MAY[role]), (name, page.status)
    assert (await browser.get("/cases/new")).status == (200 if MAY[role] else 403)


@pytest.mark.parametrize(
    ("name", "form", "status"),
    [
        ("words", {"what": "shout", "words": "x"}, 422),
        ("words", {"what": "note", "words": "  "}, 422),
        ("words", {"what": "note"}, 422),
        ("stage", {"stage": "nowhere"}, 422),
        ("stage", {"stage": "feedback"}, 409),
        ("fill", {"field": "colour", "words": "x"}, 422),
        ("owner", {"owner": "nobody"}, 409),
        ("forward", {"to": "moon", "party": "SF", "due": "2026-03-05T10:00", "words": "x"}, 422),
        ("forward", {"to": "carrier", "party": "SF", "due": "soon", "words": "x"}, 422),
        ("forward", {"to": "carrier", "party": "SF", "due": "2020-01-01T10:00", "words": "x"}, 422),
        ("returned", {"entry": "x", "words": "x"}, 422),
        ("returned", {"entry": "9", "words": "x"}, 409),
        ("decide", {"party": "carrier", "actual": "much"}, 422),
        ("decide", {"party": "carrier", "actual": "-1"}, 422),
        ("decide", {"party": "carrier", "actual": "1.234"}, 422),
        ("decide", {"party": "carrier", "actual": "NaN"}, 422),
        ("decide", {"party": "moon", "actual": "1"}, 422),
        ("approve", {"approved": "yes"}, 409),
        ("close", {"outcome": "lost"}, 422),
        ("close", {"outcome": "solved"}, 409),
    ],
)
async def test_a_form_that_cannot_be_is_refused_with_a_sentence_and_changes_nothing(office, name, form, status):
    browser = await office.person()
    csrf = (await browser.get("/me")).forms[-1][1]["csrf"]
    seq = office.bench.context.journal.seq
    page = await browser.post(f"/cases/{NUMBER}/{name}", csrf=csrf, **form)
    assert page.status == status
    assert 'id="alarm"' in page.html
    assert "panel." not in page.text
    assert office.bench.context.journal.seq == seq


async def test_STF_06_each_kind_of_case_has_advice_on_what_to_say(office):
    browser = await office.person()
    assert "nothing is decided yet" in (await browser.get(f"/cases/{NUMBER}")).text


async def test_a_case_that_there_is_not_is_said_to_be_none(office):
    browser = await office.person()
    for path in ("/cases/T1-0099", "/cases/x", f"/cases/{NUMBER}/photos/{'0' * 64}"):
        assert (await browser.get(path)).status == 404


async def test_SLA_05_a_danger_needs_a_word_and_a_door_of_this_cabinet(office):
    browser = await office.person(Role.TECHNICIAN)
    page = await browser.get("/cases/emergency")
    for wrong in ({"danger": "boredom"}, {"danger": "fire", "where": "Z9"}):
        assert (await browser.send(page, "/cases/emergency", **{"where": "cabinet", **wrong})).status == 422
    assert office.bench.context.cases.emergencies.warnings == []
    await browser.send(page, "/cases/emergency", danger="fire", where="A1")
    (warning,) = office.bench.context.cases.emergencies.warnings
    assert warning.doors == ("A1",)
