"""The panel's place of rules: read by all staff, written by who may; each change previewed, scheduled, taken back."""

import pytest
from staff_bench import an_office

from api.i18n import LANGUAGES, translate
from api.staff.form_reading import FIELDS_OF_LINES
from api.staff.rules.rule_fields import Widget, read, rule_fields, written
from locker.services.notices.notice_templates import NoticeTemplate, TextFaultKind
from locker.services.people import Role
from locker.services.policies import (
    BODIES,
    CourierBoard,
    NoticeTexts,
    OpeningWeek,
    Promise,
    PromiseTable,
    PromiseUnit,
    RuleKind,
    Tariff,
    Terms,
    WeatherMode,
)


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


async def add(browser, kind, **typed):
    form = await browser.get(f"/rules/{kind}/write")
    preview = await browser.send(form, f"/rules/{kind}/preview", **typed)
    return preview, await browser.send(preview, f"/rules/{kind}/add")


async def test_every_rule_is_listed_and_everybody_on_staff_reads_them(office):
    for role in (Role.OPERATOR, Role.AUDITOR):
        person = await office.person(role)
        page = await person.get("/rules")
        assert "All rules are as delivered." in page.text
        for kind in RuleKind:
            assert f'href="/rules/{kind.value}"' in page.html
            assert (await person.get(f"/rules/{kind.value}")).status == 200


async def test_a_version_is_previewed_before_it_is_in_force(office):
    boss = await office.person()
    rules = office.bench.context.rules
    preview, after = await add(boss, "tariff", charges="1", step_price="0.80", cap="5", reason="asked by the owners")
    assert "Version 1 changes 3 places." in preview.text
    assert "0.50 0.80" in preview.text
    assert "3.00 5.00" in preview.text
    assert "Fees: version 1 is in force." in after.text
    assert rules.body(Tariff) == Tariff(charges=True, step_price=80, cap=500)
    assert rules.versions(RuleKind.TARIFF)[0].author == "staff:supervisor.one"
    assert "1 rule is in force, the others are as delivered." in (await boss.get("/rules")).text


async def test_a_preview_alone_changes_nothing(office):
    boss = await office.person()
    form = await boss.get("/rules/tariff/write")
    await boss.send(form, "/rules/tariff/preview", cap="5", reason="x")
    assert office.bench.context.rules.versions(RuleKind.TARIFF) == ()


async def test_a_version_is_scheduled_by_the_clock_of_the_site(office):
    boss = await office.person()
    _, page = await add(
        boss,
        "weather",
        stopped="1",
        cause="storm",
        reason="typhoon",
        starts_at="2026-03-02T10:00",
        ends_at="2026-03-02T18:00",
    )
    assert "Weather: version 1 begins at 2 Mar 10:00." in page.text
    assert "to come" in page.text
    rules = office.bench.context.rules
    assert not rules.body(WeatherMode).stopped
    office.bench.clock.advance(27 * 3600)
    assert rules.body(WeatherMode).stopped
    office.bench.clock.advance(8 * 3600)
    assert not rules.body(WeatherMode).stopped


async def test_PK_02_hours_are_written_as_any_keyboard_writes_them_and_hold_when_the_page_comes_back(office):
    boss, opening = await office.person(), office.bench.engine.site.policy.opening
    assert opening.open_at(office.bench.engine.now())
    typed = "09\uff1a00 \u2013 12:00\u300113:00-18:00"
    preview, page = await add(boss, "hours", daily=typed, sunday="off", reason="asked by the owners")
    assert "Every day by the day, or as the site file says 09:00-12:00, 13:00-18:00" in preview.text
    assert "Sunday as every day shut all day" in preview.text
    assert "Tuesday as every day" in page.text
    assert not office.bench.engine.site.policy.opening.open_at(office.bench.engine.now()), "it is a Sunday"
    form = (await boss.get("/rules/hours/write")).form("/rules/hours/preview")
    assert (form["daily"], form["sunday"], form["tuesday"]) == ("09:00-12:00 13:00-18:00", "off", "")


async def test_undo_adds_a_version_and_an_old_form_takes_nothing_back(office):
    boss = await office.person()
    rules = office.bench.context.rules
    await add(boss, "tariff", cap="5", reason="dearer")
    _, page = await add(boss, "tariff", cap="9", reason="dearer still")
    old = page
    undone = await boss.send(page, "/rules/tariff/undo", reason="too dear")
    assert [each.body.cap for each in rules.versions(RuleKind.TARIFF)] == [500, 900, 500]
    assert "too dear" in undone.text
    assert (await boss.send(old, "/rules/tariff/undo", reason="again")).status == 409
    assert len(rules.versions(RuleKind.TARIFF)) == 3
    assert (await boss.send(undone, "/rules/tariff/undo", reason=" ")).status == 409


LINE = "en arrival: At {locker}, {address}: {code} until {deadline}, {free_hours} h. {help_phone}"


async def test_S11_a_text_is_read_in_three_languages_before_it_is_in_force_and_on_the_page_of_the_rule(office):
    boss = await office.person()
    form = await boss.get("/rules/notice-texts/write")
    preview = await boss.send(form, "/rules/notice-texts/preview", texts=LINE, reason="shorter")
    assert office.bench.context.rules.versions(RuleKind.NOTICE_TEXTS) == ()
    after = await boss.send(preview, "/rules/notice-texts/add")
    for page in (preview, after):
        assert 'lang="en">At Test Court, Test Court: 12345678 until' in page.html
        assert page.html.count("<blockquote") == 3
        assert page.text.count("what is read is the text as delivered") == 2
        assert "by mail under the subject “Test Court”" in page.text
        assert "取件码 12345678" in page.text
    assert "<blockquote" not in (await boss.get("/rules/tariff")).html


async def test_NTF_03_S11_each_text_that_lacks_what_must_be_said_is_named_and_none_is_taken(office):
    boss = await office.person()
    form = await boss.get("/rules/notice-texts/write")
    lines = "en arrival: At {locker}: {code}\nzh-CN moved: {locker} {help_phone} {code}\nen greeting: Hello"
    page = await boss.send(form, "/rules/notice-texts/preview", texts=lines, reason="shorter")
    assert page.status == 422
    for said in (
        "English, Arrival: it must say {address}.",
        "English, Arrival: it must say {help_phone}.",
        "简体, Moved: nobody can fill in {code}.",
        "English, greeting: there is no such notice.",
    ):
        assert said in page.text
    assert "At {locker}: {code}" in page.html, "what was typed stays"


async def test_who_was_slower_is_told_and_adds_nothing(office):
    one, other = await office.person(), await office.person(name="other.one")
    slow = await one.get("/rules/tariff/write")
    preview = await one.send(slow, "/rules/tariff/preview", cap="5", reason="mine")
    await add(other, "tariff", cap="9", reason="theirs")
    late = await one.send(preview, "/rules/tariff/add")
    assert late.status == 409
    assert "Somebody else has written a version meanwhile" in late.text
    assert len(office.bench.context.rules.versions(RuleKind.TARIFF)) == 1


WRONG = [
    ("tariff", {"cap": "many"}, "At most"),
    ("tariff", {"cap": "0.005"}, "At most"),
    ("tariff", {"cap": "0.10"}, "do not go together"),
    ("tariff", {"holidays": "yesterday"}, "Days that are not counted"),
    ("tariff", {"reason": " "}, "Say why"),
    ("tariff", {"starts_at": "2020-01-01T00:00"}, "in the past"),
    ("weather", {"stopped": "1"}, "Say until when"),
    ("promises", {"promises": "delivery soon"}, "Promises"),
    ("notice-texts", {"texts": "no colon"}, "Texts"),
    ("hours", {"friday": "22:00-07:00"}, "“Friday”"),
    ("hours", {"daily": "7-22"}, "write hours such as 07:00-12:00"),
    ("hours", {"monday": "off"}, "of each of the seven days"),
    ("hours", {"daily": "off"}, "Say until when"),
]


async def test_what_cannot_be_taken_is_said_beside_the_field_and_what_was_typed_stays(office):
    boss = await office.person()
    for kind, typed, said in WRONG:
        form = await boss.get(f"/rules/{kind}/write")
        page = await boss.send(form, f"/rules/{kind}/preview", **{"reason": "why not", **typed})
        assert page.status == 422, typed
        assert said in page.text, typed
        assert all(not value.strip() or value in page.html for value in typed.values())


async def test_who_may_not_write_rules_has_no_button_and_no_way(office):
    person = await office.person(Role.OPERATOR)
    page = await person.get("/rules/tariff")
    assert "/rules/tariff/write" not in page.html
    assert (await person.get("/rules/tariff/write")).status == 403
    csrf = "x"
    for act in ("preview", "add", "undo"):
        assert (await person.post(f"/rules/tariff/{act}", csrf=csrf, reason="x")).status == 403


async def test_there_is_no_page_for_a_kind_that_there_is_not(office):
    boss = await office.person()
    for path in ("/rules/colour", "/rules/colour/write"):
        assert (await boss.get(path)).status == 404


def filled(kind):
    if kind is RuleKind.NOTICE_TEXTS:
        return NoticeTexts(texts={"en": {"moved": "It lies elsewhere: call {help_phone}"}, "zh-CN": {"moved": "已换"}})
    if kind is RuleKind.PROMISES:
        return PromiseTable(
            promises=(
                Promise(name="delivery", company="SF Express", within=24, unit=PromiseUnit.HOURS),
                Promise(name="answer", within=5, unit=PromiseUnit.WORKING_DAYS),
            )
        )
    if kind is RuleKind.TARIFF:
        return Tariff.read('{"charges":true,"cap":905,"holidays":["2026-10-01","2026-10-02"],"currency":"EUR"}')
    if kind is RuleKind.TERMS:
        return Terms(
            couriers={"en": ("Shut every door.", "Ask first."), "zh-CN": ("请关好柜门",)}, residents={"en": ("x",)}
        )
    if kind is RuleKind.COURIER_BOARD:
        return CourierBoard.read('{"lines":{"en":"The gate is shut from 22:00: ring","zh-TW":"請按門鈴"}}')
    if kind is RuleKind.HOURS:
        return OpeningWeek(daily=["07:00-12:00", "13:00-22:00"], saturday=["09:00-24:00"], sunday=[])
    if kind is RuleKind.WEATHER:
        return WeatherMode.read(
            '{"flags":["fragile","in-person"],"sizes":["XL"],"features":["outdoor"],"cause":"heat"}'
        )
    return BODIES[kind]()


@pytest.mark.parametrize("sum_of_money", ["1e999999", "sNaN", "NaN", "0.001", "much"])
def test_what_is_no_sum_of_money_is_named(sum_of_money):
    with pytest.raises(ValueError, match=r"^cap: write an amount"):
        read(RuleKind.TARIFF, written(Tariff()) | {"cap": sum_of_money})


@pytest.mark.parametrize("kind", RuleKind)
def test_a_body_written_into_a_form_is_read_again_as_the_same(kind):
    for body in (BODIES[kind](), filled(kind)):
        assert read(kind, written(body)) == body


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_field_and_choice_has_its_words(language):
    keys = [f"panel.rule_{kind.value}" for kind in RuleKind]
    for kind in RuleKind:
        for field in rule_fields(kind):
            keys.append(f"panel.rule_field_{field.name}")
            keys += [f"panel.rule_choice_{choice}" for choice in field.choices if choice.islower()]
            keys += [f"panel.rule_hint_{field.name}"] if field.widget is Widget.LINES else []
    keys += [f"panel.rule_unit_{unit.value}" for unit in PromiseUnit]
    keys += [f"panel.notice_{each.value.replace('-', '_')}" for each in NoticeTemplate]
    keys += [f"panel.text_wrong_{each.value}" for each in TextFaultKind]
    assert [key for key in keys if translate(language, key) == key] == []


def test_a_form_takes_several_lines_in_every_field_of_a_rule_that_has_them():
    lined = {each.name for kind in RuleKind for each in rule_fields(kind) if each.widget is Widget.LINES}
    assert lined <= FIELDS_OF_LINES
