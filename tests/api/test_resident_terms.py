"""Residents accept the rules of the locker once, and anew when they change; nobody is kept from a parcel by them."""

import pytest
from resident_bench import a_home

from locker.services.policies import NewVersion, Terms


@pytest.fixture
async def home(tmp_path):
    async with a_home(tmp_path) as made:
        yield made


async def write(home, *lines):
    body = Terms(residents={"en": lines, "zh-CN": ("请在三天内取件",)})
    number = len(home.context.rules.versions(body.kind)) + 1
    return await home.context.rules.add(NewVersion(number, body, "asked by the owners"), "staff:wang")


async def accepted(home):
    query = "select by, json_extract(data, '$.version') from event where kind = 'RuleAccepted' order by seq"
    return await home.context.journal.read(lambda db: db.execute(query).fetchall())


async def test_CON_03_a_resident_accepts_the_rules_that_hold_and_is_asked_anew_when_they_change(home):
    phone = await home.at_home()
    assert "The rules have changed" not in (await phone.get("/")).text
    assert (await phone.get("/terms")).status == 409
    await write(home, "Take it within three days.")
    assert "The rules have changed" in (await phone.get("/")).text
    page = await phone.get("/terms")
    assert "Take it within three days." in page.text
    await phone.send(page, "/terms")
    assert await accepted(home) == [(f"resident:{home.resident}", 1)]
    assert "The rules have changed" not in (await phone.get("/")).text
    assert "You have accepted this version." in (await phone.get("/terms")).text
    await write(home, "Take it within two days.")
    assert "The rules have changed" in (await phone.get("/")).text


async def test_CON_03_what_changed_while_it_was_read_is_shown_first(home):
    phone = await home.at_home()
    await write(home, "One.")
    page = await phone.get("/terms")
    await write(home, "Two.")
    await phone.send(page, "/terms")
    assert await accepted(home) == []
    assert "Two." in (await phone.get("/terms")).text


async def test_CON_03_the_rules_are_read_in_the_language_of_the_page_where_it_was_written(home):
    phone = await home.at_home()
    await write(home, "One.")
    assert "请在三天内取件" in (await phone.get("/terms?lang=zh-CN")).text
    assert "One." in (await phone.get("/terms?lang=zh-TW")).text
