"""Recipients of a parcel that waits are told again, once a rung, and never of one that has left."""

from datetime import UTC, datetime, timedelta

import pytest
from notices_bench import CATALOGUE, PHONE, notices, outbox_is, states
from services_bench import until

from locker.core.messages.observations import Tick
from locker.core.model import Direction, Parcel, ParcelState, Seen, Size
from locker.services.notices import outbox
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_ladder import LOOK_EVERY_SECONDS, Ladder, LadderClimber
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.parcel_service import Caller, ParcelService
from locker.services.policies import NewVersion, PeakProfile, RuleBook

STORED = datetime(2026, 3, 1, 8, tzinfo=UTC)
LADDER = Ladder((24, 48), 1)
HOUR = 3600


def parcel(**more):
    return Parcel(
        **{
            "id": "p1", "state": ParcelState.STORED, "compartment": "A1", "size": Size.M, "recipients": ("r1",),
            "label_hash": "", "since": STORED, "stored_at": STORED, "deadline": STORED + timedelta(hours=72), **more,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "rung"),
    [(0, None), (23.9, None), (24, "24"), (47.9, "24"), (48, "48"), (70.9, "48"), (71, "last"), (72, None), (99, None)],
)
def test_NTF_02_the_ladder_has_its_rungs_at_24_48_and_71_hours(hours, rung):
    assert LADDER.rung(parcel(), STORED + timedelta(hours=hours)) == rung


@pytest.mark.parametrize(
    "more",
    [
        {"state": ParcelState.CHECK}, {"state": ParcelState.COLLECTING}, {"state": ParcelState.EXPECTED},
        {"direction": Direction.OUT}, {"held": "dispute"}, {"deadline": None}, {"stored_at": None},
    ],
)  # fmt: skip
def test_R12_nobody_is_called_for_what_cannot_be_fetched(more):
    assert LADDER.rung(parcel(**more), STORED + timedelta(hours=50)) is None


def test_R12_a_deadline_that_moved_has_its_last_warning_before_the_new_end():
    later = parcel(deadline=STORED + timedelta(hours=96))
    assert LADDER.rung(later, STORED + timedelta(hours=71.5)) == "48"
    assert LADDER.rung(later, STORED + timedelta(hours=95.5)) == "last"
    assert Ladder((), 0).rung(later, STORED + timedelta(hours=95.5)) is None


def test_R12_free_time_shorter_than_the_last_warning_has_none():
    short = parcel(deadline=STORED + timedelta(hours=1))
    assert LADDER.rung(short, STORED + timedelta(minutes=30)) is None


async def told(company, count):
    await until(lambda: len(company.to(PHONE)) == count, f"{count} messages")


async def test_NTF_02_a_parcel_that_stays_is_told_of_at_0_24_48_and_71_hours_and_when_the_time_is_over(
    bench, company, clock
):
    await bench.resident(language="en")
    async with notices(bench, company, ladder=LADDER):
        deposit = await bench.store()
        await told(company, 1)
        for at, count in ((24, 2), (48, 3), (71, 4)):
            clock.advance(at * HOUR - clock.monotonic() + 60)
            await told(company, count)
        code, _ = await bench.secrets(deposit.parcel)
        clock.advance(HOUR + LOOK_EVERY_SECONDS)
        bench.engine.observe(Tick(synced=True))
        await told(company, 5)
    messages = company.to(PHONE)
    wanted = ["arrival", "reminder", "reminder", "last-warning", "overdue"]
    assert [message["template"] for message in messages] == wanted
    assert all(code in message["text"] and message["data"]["deadline"] for message in messages)
    assert "ended on 4 Mar 16:00" in messages[-1]["text"]


async def test_R12_no_rung_is_said_twice_over_a_restart_and_none_after_the_parcel_has_left(bench, clock):
    await bench.resident()
    deposit = await bench.store()
    clock.advance(25 * HOUR)
    await bench.quiet()
    for _ in range(2):  # a restart knows nothing but the journal
        climber = LadderClimber(bench.engine, bench.journal, LADDER, clock.synced)
        await climber.look()
        await climber.look()
    rows = await bench.rows("select data from event where kind = 'ReminderDue'")
    assert len(rows) == 1
    await bench.collect(deposit)
    clock.advance(24 * HOUR)
    await climber.look()
    assert len(await bench.rows("select data from event where kind = 'ReminderDue'")) == 1
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    assert await states(bench) == []


async def test_R12_a_cabinet_that_was_off_over_several_rungs_says_only_the_highest(bench, company, clock):
    await bench.resident()
    async with notices(bench, company):
        await bench.store()
        await told(company, 1)
    clock.advance(50 * HOUR)
    async with notices(bench, company, ladder=LADDER):
        await told(company, 2)
        await outbox_is(bench, ("arrival", "sent"), ("reminder", "sent"))
    rows = await bench.rows("select json_extract(data, '$.rung') as rung from event where kind = 'ReminderDue'")
    assert [row["rung"] for row in rows] == ["48"]


async def test_R12_hours_are_not_believed_while_the_clock_is_not(bench, clock):
    await bench.resident()
    await bench.store()
    clock.advance(25 * HOUR)
    await LadderClimber(bench.engine, bench.journal, LADDER, lambda: False).look()
    assert await bench.rows("select 1 from event where kind = 'ReminderDue'") == []


async def test_NTF_01_who_wants_it_hears_that_the_parcel_was_taken_out_once(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company, collected=True):
        deposit = await bench.store()
        await told(company, 1)
        await bench.collect(deposit)
        await told(company, 2)
    said = company.to(PHONE)[1]
    assert said["template"] == "collected"
    assert "1 Mar 16:00" in said["text"]
    assert "code" not in said["data"]


async def test_NTF_10_what_was_said_is_kept_with_channel_language_and_version_and_the_code_hidden(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        code, token = await bench.secrets(deposit.parcel)
        await outbox_is(bench, ("arrival", "sent"))
    (kept,) = await bench.journal.read(lambda db: outbox.notices_of_parcel(db, deposit.parcel))
    (sent,) = company.to(PHONE)
    assert kept["said"] == sent["text"].replace(code, "••••")
    assert (kept["channel"], kept["language"]) == ("phone", "en")
    assert kept["version"] == CATALOGUE["en"][NoticeTemplate.ARRIVAL].version
    everything = str(await bench.rows("select * from outbox"))
    assert code not in everything
    assert token not in everything
    assert await states(bench) == [("arrival", "sent")]


async def test_NTF_01_the_owner_hears_that_somebody_they_sent_took_the_parcel_out(bench, company, clock):
    await bench.resident(language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        await told(company, 1)
        parcels = ParcelService(bench.engine, bench.journal, bench.directory, bench.vault, bench.commands)
        until_then = bench.engine.now() + timedelta(hours=5)
        caller = Caller(by="resident:r1")
        _, (code, _) = await parcels.add_delegate(deposit.parcel, "Aunt Mei", until_then, caller)
        opened = await bench.commands.pickup(source="kiosk", by="kiosk", code=code)
        await bench.door(opened.openings[0][1], Seen.OPEN, Seen.SHUT)
        await told(company, 2)
    said = company.to(PHONE)[1]
    assert said["template"] == "delegate"
    assert "that you gave to somebody" in said["text"]
    assert code not in said["text"]


async def test_on_peak_days_recipients_are_reminded_as_the_rule_says_and_afterwards_as_before(bench, clock):
    await bench.resident()
    rules = RuleBook(bench.journal, bench.engine)
    await rules.add(
        NewVersion(1, PeakProfile(reminder_hours=(6,)), "great sale", ends_at=bench.engine.now() + timedelta(hours=20)),
        "staff:boss",
    )
    climber = LadderClimber(bench.engine, bench.journal, Ladder((24,), 0), lambda: True, rules)
    await bench.store()
    for hours, said in ((5, []), (2, ["6"]), (10, ["6"]), (8, ["6", "24"])):
        clock.advance(hours * 3600)
        await climber.look()
        rows = await bench.rows("select json_extract(data, '$.rung') as rung from event where kind = 'ReminderDue'")
        assert [row["rung"] for row in rows] == said, hours
