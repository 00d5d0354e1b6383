"""Notices from the journal to the phone: told once, told in time, and never in the way of a deposit."""

import logging
import re
from datetime import datetime, timedelta

import pytest
from notices_bench import PHONE, SITE, notices, outbox_is, states, tried_for_long, tries, undelivered, writer
from services_bench import running, until

from links.messengers import open_messengers
from links.options import NoticeOptions
from locker.core.model import Content, Seen, Size
from locker.journal.store import CannotWrite
from locker.services.command_service import DepositActor
from locker.services.notices import outbox
from locker.services.notices.alarm_texts import ALARM_TEXTS
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_sender import MAX_AT_ONCE, NoticeSender, wait_before
from locker.services.notices.notice_templates import LANGUAGES, REQUIRED_VALUES, NoticeTemplate, read_catalogue
from locker.services.notices.notice_texts import notice_text

TEST = DepositActor("token:test")
CATALOGUE = read_catalogue()


def worded(template, language, values, timezone):
    return notice_text(template, CATALOGUE[language][template], language, values, timezone)


async def test_NTF_03_an_arrival_tells_place_code_deadline_fee_rule_and_help(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        code, token = await bench.secrets(deposit.parcel)
        await outbox_is(bench, ("arrival", "sent"))
    (message,) = company.to(PHONE)
    assert set(message) == {"to", "text", "template", "language", "data", "id"}
    assert (message["template"], message["language"]) == ("arrival", "en")
    for said in (SITE.name, SITE.address, code, "4 Mar 16:00", "free for 72 hours", SITE.help_phone):
        assert said in message["text"]
    data = message["data"]
    assert (data["code"], data["token"]) == (code, token)
    assert (data["locker"], data["address"]) == (SITE.name, SITE.address)
    assert data["deadline"] == "2026-03-04T08:00:00.000Z"
    assert deposit.compartment not in message["text"]


@pytest.mark.parametrize("missing", ["address", "help_phone"])
async def test_NTF_03_an_arrival_that_lacks_something_waits_for_the_setting_and_staff_see_it(bench, company, missing):
    await bench.resident()
    async with notices(bench, company, SITE.model_copy(update={missing: ""})):
        await bench.store()
        await tried_for_long(bench)
    assert company.posts == []
    (late,) = await undelivered(bench)
    assert late["last_fault"] == f"incomplete: the notice lacks {missing}"
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "sent"))
    assert await undelivered(bench) == []


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_NTF_03_a_resident_reads_their_own_language(bench, company, language):
    await bench.resident(language=language)
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert company.to(PHONE)[0]["language"] == language


async def test_NTF_03_who_speaks_none_of_the_languages_reads_the_first_of_the_site(bench, company):
    await bench.resident(language="fr")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert company.to(PHONE)[0]["language"] == "zh-CN"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", list(NoticeTemplate))
def test_SEC_07_no_notice_holds_a_link_and_all_are_short(language, template):
    values = {
        "locker": SITE.name,
        "address": SITE.address,
        "code": "12345678",
        "deadline": "2026-03-04T08:00:00.000Z",
        "free_hours": "72",
        "help_phone": SITE.help_phone,
        "company": "SF",
        "what": max((what.format(door="A12") for what in ALARM_TEXTS[language].values()), key=len),
        "at": "2026-03-04T08:00:00.000Z",
        "effective": "2026-03-04T08:00:00.000Z",
        "window": "4 Mar 08:00-12:00",
        "tracking": "SF1234567890123",
        "case": "R1-0187",
        "confirmation": "123456",
        "month": "2026-11",
        "cases": "12",
        "booked": "return, size XL, electronics, 12.5 kg, worth 1000.00",
        "number": "0A1B2-C3D4E-5F607-18293",
        "until": "2026-03-04T08:00:00.000Z",
        "courier": "c0a1b2c3d4e5f6071",
        "link": "",
    }
    text = worded(template, language, values, SITE.timezone)
    assert not re.search(r"://|www\.|\.(com|cn|net|org)\b|{", text)
    assert len(text) <= 210


def test_times_are_told_where_the_cabinet_stands():
    values = dict.fromkeys(REQUIRED_VALUES[NoticeTemplate.ARRIVAL], "x") | {"deadline": "2026-03-04T23:30:00.000Z"}
    assert "5 Mar 07:30" in worded(NoticeTemplate.ARRIVAL, "en", values, "Asia/Shanghai")
    assert "3 月 5 日 07:30" in worded(NoticeTemplate.ARRIVAL, "zh-CN", values, "Asia/Shanghai")
    assert "4 Mar 18:30" in worded(NoticeTemplate.ARRIVAL, "en", values, "America/New_York")


async def test_everybody_of_a_unit_is_told_each_once(bench, company):
    await bench.resident(name="Wang Ming", phone="+8613800000001", language="en")
    await bench.resident(name="Li Na", phone="+8613800000002", language="zh-TW")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))
    assert [len(company.to(f"+861380000000{n}")) for n in (1, 2)] == [1, 1]
    assert len(company.messages) == 2


async def due_in(bench, seconds):
    """Wait until the next try stands in the outbox, so many seconds from now: written when the last has failed."""

    async def stands():
        row = (await bench.rows("select due_at from outbox"))[0]
        return datetime.fromisoformat(row["due_at"]) - bench.engine.now() == timedelta(seconds=seconds)

    await until(stands)


async def test_a_phone_company_that_is_down_delays_the_notice_not_the_deposit(bench, company, clock):
    await bench.resident()
    company.mode = "down"
    async with notices(bench, company):
        deposit = await bench.store()
        assert (await bench.commands.deposit_state(deposit.deposit)).state == "stored"
        for attempt, wait in enumerate((5, 10, 20, 40, 80), 1):
            await tries(bench, attempt)
            await due_in(bench, wait)
            if attempt < 5:
                clock.advance(wait)
        assert await undelivered(bench)
        company.mode = "up"
        clock.advance(80)
        await outbox_is(bench, ("arrival", "sent"))
    assert len({message["id"] for message in company.posts}) == 1
    assert len(company.posts) == 6


@pytest.mark.parametrize(("asked", "wait"), [("120", 120), ("1", 5), ("86400", 3600)])
async def test_a_phone_company_that_asks_for_time_gets_it_up_to_an_hour(bench, company, clock, asked, wait):
    await bench.resident()
    company.mode, company.retry_after = 429, asked
    async with notices(bench, company):
        await bench.store()
        await tries(bench, 1)
        await due_in(bench, wait)
        company.mode = "up"
        clock.advance(wait)
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.posts) == 2


def test_the_wait_between_tries_grows_to_ten_minutes_and_no_further():
    assert [wait_before(n, 0.5) for n in range(2, 11)] == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert wait_before(1000, 1.0) == 600
    assert wait_before(2, 0.0) == pytest.approx(4.5)
    assert wait_before(2, 1.0) == pytest.approx(5.5)


async def test_a_number_that_is_rejected_for_good_is_not_tried_again_and_staff_see_it(bench, company, clock):
    resident = await bench.resident()
    company.mode = "reject"
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "failed"))
        (fault,) = await bench.journal.read(lambda db: outbox.undelivered_notices(db, bench.engine.now()))
        assert (fault["parcel"], fault["recipient"], fault["unit"]) == (deposit.parcel, resident, "1203")
        clock.advance(3600)
        company.mode = "up"
        await bench.resident(phone="+8613800000009")
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.to("+8613800000009")) == 1
    assert len(company.posts) == 2


async def test_an_answer_that_is_lost_makes_no_second_message(bench, company, clock):
    await bench.resident()
    company.mode = "accepts-in-silence"
    async with notices(bench, company):
        await bench.store()
        await until(lambda: company.posts)
        company.mode = "up"
        company.go_on.set()
        await tries(bench, 1)
        clock.advance(5)
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.posts) == 2
    assert len(company.messages) == 1


async def test_killed_between_sending_and_noting_the_same_id_goes_out_again(bench, company):
    await bench.resident()
    company.mode = "accepts-in-silence"
    async with notices(bench, company):
        await bench.store()
        await until(lambda: company.posts)
    assert await states(bench) == [("arrival", "waiting")]
    await bench.stop()
    await bench.start()
    company.mode = "up"
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.posts) == 2
    assert len(company.messages) == 1


async def test_what_was_stored_while_nobody_followed_is_told_after_the_start(bench, company):
    await bench.resident()
    await bench.store()
    await bench.stop()
    await bench.start()
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "sent"))


async def test_a_follower_killed_anywhere_repeats_nothing_and_loses_nothing(bench, monkeypatch):
    """Cut the power after the rows are written and before they count, and once more after they count."""
    await bench.resident()
    await bench.store("SF1")
    follower = NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None)
    write = bench.journal.write

    async def cut(work):
        def then_lightning(db):
            work(db)
            raise KeyboardInterrupt

        return await write(then_lightning)

    monkeypatch.setattr(bench.journal, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        await follower.catch_up()
    monkeypatch.undo()
    assert await states(bench) == []
    assert await bench.rows("select * from follower") == []
    for _ in range(3):
        again = NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None)
        await again.catch_up()
        assert await states(bench) == [("arrival", "waiting")]
    cursor = (await bench.rows("select seq from follower"))[0]["seq"]
    stored = (await bench.rows("select seq from event where kind = 'ParcelStored'"))[0]["seq"]
    assert stored <= cursor <= bench.journal.seq


async def test_a_row_that_is_there_already_is_not_written_twice(bench):
    await bench.resident()
    await bench.store()
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    await bench.journal.write(lambda db: db.execute("delete from follower"))
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    assert await states(bench) == [("arrival", "waiting")]


async def test_after_a_restore_a_number_given_out_again_is_another_message(bench, company):
    """The backup ends before the first deposit; the second one gets the same numbers in the journal."""
    await bench.resident()
    await bench.stop()
    backup = {file: file.read_bytes() for file in bench.folder.iterdir()}
    events = []
    for tracking in ("SF1", "SF2"):
        for file in list(bench.folder.iterdir()):
            file.unlink()
        for file, content in backup.items():
            file.write_bytes(content)
        await bench.start()
        async with notices(bench, company):
            await bench.store(tracking)
            await outbox_is(bench, ("arrival", "sent"))
        events.append((await bench.rows("select event from outbox"))[0]["event"])
        await bench.stop()
        bench.clock.advance(60)
    await bench.start()
    assert events[0] == events[1]
    assert len(company.messages) == 2


async def test_a_parcel_that_left_before_anybody_looked_makes_no_row(bench):
    await bench.resident()
    await bench.collect(await bench.store())
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    assert await states(bench) == []


async def test_a_parcel_that_was_collected_needs_no_arrival_notice_any_more(bench, company, clock):
    await bench.resident()
    company.mode = "down"
    async with notices(bench, company):
        deposit = await bench.store()
        await tries(bench, 1)
        await bench.collect(deposit)
        await outbox_is(bench, ("arrival", "obsolete"))
        company.mode = "up"
        clock.advance(3600)
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "obsolete"), ("arrival", "sent"))
    assert len(company.messages) == 1


async def take_back(bench, deposit):
    await bench.commands.reopen(deposit.deposit, TEST, take_back=True)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)


async def test_a_parcel_that_the_courier_took_back_is_said_to_be_gone(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        await take_back(bench, deposit)
        await outbox_is(bench, ("arrival", "sent"), ("withdrawn", "sent"))
    gone = company.to(PHONE)[1]
    assert "SF" in gone["text"]
    assert "code" not in gone["data"]


async def test_who_was_never_told_of_an_arrival_is_not_told_that_it_is_gone(bench, company):
    await bench.resident()
    deposit = await bench.store()
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    await take_back(bench, deposit)
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "obsolete"), ("withdrawn", "obsolete"))
    assert company.posts == []


async def test_who_may_have_been_told_of_an_arrival_is_told_that_it_is_gone(bench, company):
    """The power went between the sending and its note: nobody knows, so the end is told."""
    await bench.resident()
    company.mode = "accepts-in-silence"
    async with notices(bench, company):
        deposit = await bench.store()
        await until(lambda: company.posts)
    await take_back(bench, deposit)
    company.mode = "up"
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "obsolete"), ("withdrawn", "sent"))
    assert [message["template"] for message in company.to(PHONE)] == ["arrival", "withdrawn"]


async def test_a_parcel_put_behind_another_door_is_told_once_more_one_behind_the_same_is_not(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        await bench.commands.reopen(deposit.deposit, TEST)
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        await bench.quiet()
        await bench.commands.reopen(deposit.deposit, TEST)
        await bench.door(deposit.compartment, Seen.OPEN)
        moved = await bench.commands.resize(deposit.deposit, Size.M, TEST)
        assert moved.compartment != deposit.compartment
        await bench.door(deposit.compartment, Seen.SHUT)
        await bench.door(moved.compartment, Seen.OPEN, Seen.SHUT)
        await outbox_is(bench, ("arrival", "sent"), ("moved", "sent"))


async def test_while_the_courier_is_at_the_door_again_a_waiting_arrival_is_held(bench, company):
    await bench.resident()
    deposit = await bench.store()
    await bench.commands.reopen(deposit.deposit, TEST)
    await bench.door(deposit.compartment, Seen.OPEN)
    async with notices(bench, company):
        await outbox_is(bench, ("arrival", "waiting"))
        await bench.resident(unit="7", name="Li Na", phone="+8613800000007")
        await bench.store("SF2", unit="7")
        await outbox_is(bench, ("arrival", "waiting"), ("arrival", "sent"))
        await bench.door(deposit.compartment, Seen.SHUT)
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))


async def test_to_one_phone_messages_leave_in_order_and_one_dead_phone_holds_up_no_other(bench, company):
    await bench.resident()
    await bench.resident(unit="7", name="Li Na", phone="+8613800000007")
    company.mode = "accepts-in-silence"
    async with notices(bench, company):
        first, second = await bench.store("SF1"), await bench.store("SF2")
        await bench.store("SF3", unit="7")
        await until(lambda: len(company.posts) == 2)
        assert {message["to"] for message in company.posts} == {PHONE, "+8613800000007"}
        company.mode = "up"
        company.go_on.set()
        bench.clock.advance(5)
        await until(lambda: _all_sent(bench, bench.clock), "everything sent")
    parcels = [message["data"]["parcel"] for message in company.to(PHONE)]
    assert parcels == [first.parcel, second.parcel]


async def _all_sent(bench, clock):
    if all(state == "sent" for _, state in await states(bench)):
        return True
    clock.advance(1)
    return False


async def test_many_residents_are_told_at_once_but_not_without_measure(bench, company):
    for n in range(MAX_AT_ONCE + 4):
        await bench.resident(name=f"Name {n}", phone=f"+8613800000{n:03d}")
    company.mode = "accepts-in-silence"
    async with notices(bench, company):
        await bench.store()
        await until(lambda: len(company.posts) == MAX_AT_ONCE)
        for _ in range(20):
            await bench.quiet()
        assert len(company.posts) == MAX_AT_ONCE
        company.mode = "up"
        company.go_on.set()
        await until(lambda: len(company.messages) == MAX_AT_ONCE + 4)


async def test_a_resident_without_a_phone_is_seen_by_staff_and_told_when_one_is_known(bench, company):
    await bench.resident(phone="")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "failed"))
        await bench.resident(phone=PHONE)
        await outbox_is(bench, ("arrival", "sent"))


class Mailbox:
    """A way out that takes everything."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        self.messages.append(message)


@pytest.mark.parametrize(("phone", "mode"), [("", "up"), (PHONE, "reject")])
async def test_a_resident_without_a_working_phone_gets_a_mail(bench, company, phone, mode):
    await bench.resident(phone=phone, email="ming@example.org", language="en")
    company.mode = mode
    mailbox = Mailbox()
    async with notices(bench, company, mail=mailbox):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert [message["to"] for message in mailbox.messages] == ["ming@example.org"]
    assert {message["id"] for message in company.posts} <= {mailbox.messages[0]["id"]}


async def test_a_phone_that_is_only_late_gets_no_mail_beside(bench, company, clock):
    await bench.resident(email="ming@example.org")
    company.mode = "busy"
    mailbox = Mailbox()
    async with notices(bench, company, mail=mailbox):
        await bench.store()
        await tries(bench, 1)
        company.mode = "up"
        clock.advance(5)
        await outbox_is(bench, ("arrival", "sent"))
    assert mailbox.messages == []
    assert len(company.messages) == 1


async def test_without_any_way_to_send_notices_wait(bench):
    await bench.resident()
    async with open_messengers(NoticeOptions(), bench.engine.now) as messengers:
        sender = NoticeSender(
            bench.journal, bench.engine, bench.directory, SITE, writer(bench), messengers, lambda: 0.5
        )
        follower = NoticeFollower(bench.journal, bench.engine, bench.directory, sender.wake)
        async with running(follower.run(), sender.run()):
            await bench.store()
            await outbox_is(bench, ("arrival", "waiting"))


async def test_a_full_disk_delays_a_notice_and_ends_nothing(bench, company, clock, monkeypatch):
    await bench.resident()
    write, full = bench.journal.write, []

    async def on_a_full_disk(work):
        full.append(work)
        raise CannotWrite("no space")

    async with notices(bench, company):
        await bench.quiet()
        monkeypatch.setattr(bench.journal, "write", on_a_full_disk)
        await bench.store()
        await until(lambda: full)
        monkeypatch.setattr(bench.journal, "write", write)
        clock.advance(5)
        await outbox_is(bench, ("arrival", "sent"))


async def test_a_code_found_in_a_check_is_still_told(bench, company, clock):
    """Staff put a parcel back behind its door: the notice that never left leaves now."""
    await bench.resident()
    company.mode = "down"
    async with notices(bench, company):
        deposit = await bench.store()
        await tries(bench, 1)
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        await bench.commands.clear(deposit.compartment, Content.PARCEL, "staff:test")
        company.mode = "up"
        clock.advance(5)
        await outbox_is(bench, ("arrival", "sent"))


async def test_the_code_stands_nowhere_on_the_disk_and_nothing_personal_in_the_log(bench, company, caplog):
    caplog.set_level(logging.DEBUG)
    await bench.resident()
    company.mode = "down"
    async with notices(bench, company):
        deposit = await bench.store()
        await tries(bench, 1)
        code, token = await bench.secrets(deposit.parcel)
        for file in bench.folder.iterdir():
            content = file.read_bytes()
            assert code.encode() not in content
            assert token.encode() not in content
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("locker", "links")))
    assert "waits after 1 tries" in ours
    for private in (code, token, PHONE, "Wang", "1203", company.address):
        assert private not in ours
