"""The page on which staff write to many: sent once, however often it is pressed, and never by who may not."""

import pytest
from staff_bench import an_office

from locker.services.people import Role


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def test_NTF_07_a_text_is_sent_once_however_often_the_form_is_sent(office):
    boss = await office.person()
    form = await boss.get("/broadcasts")
    said = {"template": "incident", "audience": "all", "text-en": "No door opens until 18:00."}
    for _ in range(2):
        page = await boss.send(form, "/broadcasts", **said)
    assert "No door opens until 18:00." in page.text
    assert "all residents, supervisor.one" in page.text
    assert len(await office.bench.events("BroadcastSent")) == 1
    other = await boss.send(form, "/broadcasts", **{**said, "text-en": "Something else."})
    assert other.status == 422
    assert "sent another text already" in other.text
    assert len(await office.bench.events("BroadcastSent")) == 1


async def test_what_cannot_be_sent_is_said_and_what_was_typed_stays(office):
    boss = await office.person()
    form = await boss.get("/broadcasts")
    for typed, said in (
        ({"template": "service-change", "text-en": "A fee is charged."}, "from when the service changes"),
        ({"text-en": " "}, "one language at least"),
        ({"template": "arrival", "text-en": "x"}, "cannot be sent so"),
        ({"audience": "nobody", "text-en": "x"}, "cannot be sent so"),
        ({"effective_at": "soon", "text-en": "x"}, "from when"),
    ):
        page = await boss.send(form, "/broadcasts", **typed)
        assert page.status == 422
        assert said in page.text
        assert typed["text-en"].strip() in page.html
    assert await office.bench.events("BroadcastSent") == []
    operator = await office.person(Role.OPERATOR)
    assert (await operator.get("/broadcasts")).status == 403
    assert "/broadcasts" not in (await operator.get("/rules")).html
