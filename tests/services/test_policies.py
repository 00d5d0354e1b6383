"""Rules as data: versions are added and never changed, and which one holds at a moment is always the same answer."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from services_bench import BEGIN

from locker.core.model import Flag
from locker.core.reasons import RefusalReason, Refused
from locker.journal.audit import AuditFault, audit
from locker.journal.store import read_only
from locker.services.admin.admin_commands import CommandFailed
from locker.services.admin.command_line import admin_act, build_parser
from locker.services.admin.rule_commands import RuleCommands
from locker.services.policies import (
    BODIES,
    NewVersion,
    PeakProfile,
    Promise,
    PromiseTable,
    PromiseUnit,
    Retention,
    RuleBook,
    RuleKind,
    RuleVersion,
    Tariff,
    VersionTaken,
    WeatherMode,
    differences,
    holding,
    to_come,
)

HOUR = timedelta(hours=1)
STORM = WeatherMode(stopped=True)
BOSS = "staff:he.jun"


def version(number, starts, ends=None, kind=RuleKind.TARIFF, **body):
    said = BODIES[kind](**body)
    return RuleVersion(kind, number, BOSS, "why", BEGIN, starts, ends, date(2027, 3, 1), said)


@pytest.fixture
async def rules(bench):
    book = RuleBook(bench.journal, bench.engine)
    await book.load()
    return book


def tariff(number, **more):
    said = Tariff(charges=True, cap=more.pop("cap", 500))
    return NewVersion(number, said, more.pop("reason", "asked by the owners"), **more)


async def test_without_a_version_the_defaults_hold_and_nothing_is_charged_or_forbidden(rules):
    assert rules.holding(RuleKind.TARIFF) is None
    assert not rules.body(Tariff).charges
    assert not rules.body(WeatherMode).needs_end
    assert all(BODIES[kind]().kind is kind for kind in RuleKind)


def test_of_several_that_cover_a_moment_the_one_that_began_last_holds():
    usual, storm, cheaper = (
        version(1, BEGIN),
        version(2, BEGIN + 2 * HOUR, BEGIN + 8 * HOUR),
        version(3, BEGIN + 24 * HOUR),
    )
    written_meanwhile = version(4, BEGIN + 12 * HOUR)
    standing = (usual, storm, cheaper, written_meanwhile)

    def number(hours):
        found = holding(standing, BEGIN + hours * HOUR)
        return found.version if found else None

    assert [number(hours) for hours in (-1, 0, 2, 7, 8, 12, 23, 24, 99)] == [None, 1, 2, 2, 1, 4, 4, 3, 3]


def test_of_two_with_one_beginning_the_later_written_holds_and_the_other_is_not_to_come():
    first, second = version(1, BEGIN + HOUR), version(2, BEGIN + HOUR, cap=900)
    assert holding([second, first], BEGIN + HOUR) is second
    assert to_come([first, second], BEGIN) == [second]


async def test_what_a_parcel_was_promised_is_what_held_at_its_deposit_whatever_comes_later(bench, rules):
    await rules.add(tariff(1, cap=500), BOSS)
    deposited = bench.engine.now()
    bench.clock.advance(3600)
    await rules.add(tariff(2, cap=300), BOSS)
    await rules.add(tariff(3, cap=900, starts_at=bench.engine.now() + HOUR), BOSS)
    bench.clock.advance(7200)
    assert rules.body(Tariff, deposited).cap == 500
    assert rules.body(Tariff).cap == 900
    again = RuleBook(bench.journal, bench.engine)
    await again.load()
    assert [again.versions(kind) for kind in RuleKind] == [rules.versions(kind) for kind in RuleKind]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (tariff(1, starts_at=BEGIN - HOUR), "starts_at"),
        (tariff(1, ends_at=BEGIN - HOUR), "ends_at"),
        (tariff(1, starts_at=BEGIN + 2 * HOUR, ends_at=BEGIN + HOUR), "ends_at"),
        (tariff(1, review_on=date(2020, 1, 1)), "review_on"),
        (tariff(1, reason="  "), "reason"),
        (tariff(1, reason="x" * 201), "reason"),
        (NewVersion(1, STORM, "storm warning"), "ends_at"),
        (NewVersion(1, WeatherMode(flags=(Flag.FRAGILE,)), "hail"), "ends_at"),
        (NewVersion(1, PeakProfile(reminder_hours=(12,)), "great sale"), "ends_at"),
    ],
)
async def test_no_version_begins_in_the_past_or_restricts_without_an_end_or_says_no_reason(rules, bench, asked, field):
    before = bench.journal.seq
    with pytest.raises(ValueError, match=f"^{field}: "):
        await rules.add(asked, BOSS)
    assert bench.journal.seq == before
    assert not any(rules.versions(kind) for kind in RuleKind)


async def test_a_number_is_given_once_and_the_same_request_again_adds_nothing(bench, rules):
    first = await rules.add(tariff(1), BOSS)
    before = bench.journal.seq
    assert await rules.add(tariff(1), BOSS) == first
    for other in (
        tariff(1, cap=600),
        tariff(1, reason="another"),
        tariff(1, ends_at=BEGIN + HOUR),
        tariff(3),
        tariff(0),
    ):
        with pytest.raises(VersionTaken):
            await rules.add(other, BOSS)
    with pytest.raises(VersionTaken):
        await rules.add(tariff(1), "staff:other")
    assert bench.journal.seq == before


async def test_undo_is_a_version_that_says_what_held_before_and_can_be_undone_itself(bench, rules):
    await rules.add(tariff(1, cap=500), BOSS)
    bench.clock.advance(60)
    await rules.add(tariff(2, cap=300), BOSS)
    bench.clock.advance(60)
    undone = await rules.undo(RuleKind.TARIFF, "a mistake", BOSS)
    assert (undone.version, undone.body.cap) == (3, 500)
    assert (await rules.undo(RuleKind.TARIFF, "no mistake", BOSS)).body.cap == 300
    assert rules.body(Tariff).cap == 300


async def test_undo_of_what_is_to_come_lets_what_holds_go_on(bench, rules):
    await rules.add(tariff(1, cap=500), BOSS)
    tomorrow = bench.engine.now() + 24 * HOUR
    await rules.add(tariff(2, cap=300, starts_at=tomorrow), BOSS)
    undone = await rules.undo(RuleKind.TARIFF, "not yet", BOSS)
    assert (undone.starts_at, undone.body.cap) == (tomorrow, 500)
    assert rules.body(Tariff, tomorrow + HOUR).cap == 500
    assert rules.body(Tariff).cap == 500


async def test_undo_of_the_first_brings_the_defaults_and_of_one_that_has_ended_or_of_none_is_refused(bench, rules):
    with pytest.raises(ValueError, match="no version"):
        await rules.undo(RuleKind.WEATHER, "x", BOSS)
    await rules.add(NewVersion(1, STORM, "storm", ends_at=bench.engine.now() + HOUR), BOSS)
    await rules.undo(RuleKind.WEATHER, "the storm went by", BOSS)
    assert rules.body(WeatherMode) == WeatherMode()
    await rules.add(NewVersion(3, STORM, "storm", ends_at=bench.engine.now() + HOUR), BOSS)
    bench.clock.advance(3601)
    assert rules.body(WeatherMode) == WeatherMode()
    with pytest.raises(ValueError, match="has ended"):
        await rules.undo(RuleKind.WEATHER, "x", BOSS)


async def test_the_journal_tells_who_which_rule_and_which_version_and_not_what_or_why(bench, rules):
    await rules.add(tariff(1, reason="Mrs Wang of 1203 complained"), BOSS)
    by, data = bench.journal.db.execute("select by, data from event where kind = 'RuleAdded'").fetchone()
    told = json.loads(data)
    assert by == BOSS
    assert set(told) == {"rule", "version", "starts_at", "ends_at", "sha256"}
    assert (told["rule"], told["version"]) == ("tariff", 1)
    assert "Wang" not in data


def audited(folder):
    db = read_only(folder)
    try:
        return audit(db)
    finally:
        db.conn.close()


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("update rule set body = replace(body, '500', '900')", "table rule tariff 1: was changed"),
        ("update rule set reason = 'x'", "table rule tariff 1: was changed"),
        ("delete from rule", "table rule tariff 1: is missing"),
        (
            "insert into rule select kind, 2, author, reason, made_at, starts_at, ends_at, review_on, body from rule",
            "table rule tariff 2: no event tells of it",
        ),
    ],
)
async def test_a_version_that_was_changed_behind_the_journal_is_named_by_the_audit(bench, rules, sql, fault):
    await rules.add(tariff(1), BOSS)
    assert audited(bench.folder) == bench.journal.seq
    await bench.stop()
    forger = read_only(bench.folder).conn
    forger.close()
    import sqlite3

    with sqlite3.connect(bench.folder / "locker.db") as forger:
        forger.execute("drop trigger rule_keep")
        forger.execute("drop trigger rule_fixed")
        forger.execute(sql)
    with pytest.raises(AuditFault, match=fault):
        audited(bench.folder)


async def test_the_table_itself_lets_no_version_be_changed_or_deleted(bench, rules):
    await rules.add(tariff(1), BOSS)
    for sql in ("update rule set reason = 'x'", "delete from rule"):
        with pytest.raises(Exception, match="rules are never"):
            await bench.journal.write_when_possible(lambda db, sql=sql: db.execute(sql))


async def test_sealed_nothing_is_added(bench, rules):
    bench.journal.db.execute("pragma query_only = 1")
    with pytest.raises(Refused) as refused:
        await rules.add(tariff(1), BOSS)
    bench.journal.db.execute("pragma query_only = 0")
    assert refused.value.reason is RefusalReason.SEALED
    assert rules.versions(RuleKind.TARIFF) == ()


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [
        (RuleKind.TARIFF, '{"cap": 10, "step_price": 50}', "body"),
        (RuleKind.TARIFF, '{"cap": 3.5}', "cap"),
        (RuleKind.TARIFF, '{"cap": "300"}', "cap"),
        (RuleKind.TARIFF, '{"free_hours": 0}', "free_hours"),
        (RuleKind.TARIFF, '{"colour": 1}', "colour"),
        (RuleKind.WEATHER, '{"sizes": ["XXXL"]}', "sizes.0"),
        (RuleKind.NOTICE_TEXTS, '{"texts": {"fr": {}}}', "texts.fr"),
        (RuleKind.PROMISES, '{"promises": [{"name": "delivery", "within": 1}]}', "promises.0.unit"),
        (RuleKind.RETENTION, "[]", "body"),
        (RuleKind.RETENTION, "{", "body"),
    ],
)
def test_a_body_is_checked_field_by_field_and_the_fault_names_the_place(kind, text, field):
    with pytest.raises(ValueError, match=rf"^{field}\b.*: "):
        BODIES[kind].read(text)


def test_a_promise_is_the_companys_own_else_everybodys():
    everybody = Promise(name="delivery", within=3, unit=PromiseUnit.DAYS)
    fast = Promise(name="delivery", company="SF Express", within=24, unit=PromiseUnit.HOURS)
    table = PromiseTable(promises=(everybody, fast))
    assert table.promise("delivery", "SF Express") is fast
    assert table.promise("delivery", "YTO") is everybody
    assert table.promise("refund") is None
    with pytest.raises(ValueError, match="twice"):
        PromiseTable.read(json.dumps({"promises": [everybody.model_dump(mode="json")] * 2}))


def test_a_difference_names_each_place_before_and_after():
    before, after = Tariff(cap=500), Tariff(cap=300, holidays=(date(2026, 10, 1),))
    assert [(each.path, each.before, each.after) for each in differences(before, after)] == [
        ("cap", 500, 300),
        ("holidays", [], ["2026-10-01"]),
    ]
    texts = BODIES[RuleKind.NOTICE_TEXTS]
    (told,) = differences(texts(), texts(texts={"en": {"moved": "It moved."}}))
    assert (told.path, told.before, told.after) == ("texts.en.moved", None, "It moved.")


def test_an_old_body_is_read_by_a_class_that_has_gained_fields():
    assert Retention.read("{}") == Retention()


class Stdin:
    def __init__(self, text):
        self._text = text

    def read(self):
        return self._text


async def test_the_command_line_lists_shows_adds_and_undoes(rules):
    commands = RuleCommands(rules, "command-line")

    async def said(*words, stdin="{}"):
        act, arguments = admin_act(build_parser().parse_args(["rule", *words, "--config", "x"]), Stdin(stdin))
        return await commands.execute(act.removeprefix("rule-"), arguments)

    assert await said("list") == "there are none"
    added = await said(
        "add", "tariff", "--reason", "a new year", "--from", "2026-04-01T00:00:00+08:00", stdin='{"cap":700}'
    )
    assert added == "tariff has version 1, from 2026-03-31T16:00:00.000Z"
    await said("add", "tariff", "--reason", "now", "--review", "2026-09-01", stdin='{"cap":400}')
    assert json.loads(await said("show", "tariff"))["cap"] == 400
    lines = [line.split("\t") for line in (await said("list", "tariff")).splitlines()]
    assert [(line[0], line[3], line[4]) for line in lines] == [
        ("tariff 1", "", "review 2027-03-31"),
        ("tariff 2", "holds", "review 2026-09-01"),
    ]
    assert "version 3" in await said("undo", "tariff", "--reason", "as before")
    with pytest.raises(ValueError, match="zone"):
        await said("add", "tariff", "--reason", "x", "--from", "2026-04-01T00:00:00")
    with pytest.raises(CommandFailed, match="--reason"):
        await said("undo", "tariff")
    with pytest.raises(CommandFailed, match="kind"):
        await said("show")


def test_times_are_as_exact_as_the_journal_spells_them():
    odd = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)
    assert version(1, odd.replace(microsecond=123000)).covers(odd)
