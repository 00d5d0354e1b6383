"""Staff are called away from the panel, by the same outbox as any notice; a sealed cabinet calls without one."""

from contextlib import asynccontextmanager

import pytest
from notices_bench import writer
from pydantic import ValidationError
from services_bench import running, until

from links.messengers import open_messengers
from links.options import NoticeOptions
from locker.core.events.duty_events import AutomationFired
from locker.core.events.service_events import CertificateEnding, CertificateFault, CertificateRenewed
from locker.core.messages.observations import SwitchesSeen, Tick
from locker.core.model import Seen
from locker.options import SiteOptions
from locker.services.notices.messengers import Messengers
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_plan import Audience
from locker.services.notices.notice_sender import NoticeSender
from locker.services.notices.notice_templates import read_catalogue
from locker.services.notices.seal_alarm import LOOK_EVERY_SECONDS, SealAlarm
from locker.services.notices.staff_alarm import STAFF_GROUP

SITE = SiteOptions(id="riverside-1", name="Riverside Court", timezone="Asia/Shanghai", languages=["en"])
CATALOGUE = read_catalogue()
GUARD, OFFICE = "+8613900000001", "+8613900000002"


@asynccontextmanager
async def called(bench, company, *staff):
    async with open_messengers(NoticeOptions(webhook=company.address), bench.engine.now) as messengers:
        sender = NoticeSender(
            bench.journal,
            bench.engine,
            bench.directory,
            SITE,
            writer(bench, SITE),
            messengers,
            lambda: 0.5,
            staff,
        )
        follower = NoticeFollower(bench.journal, bench.engine, bench.directory, sender.wake, Audience(len(staff)))
        seal_alarm = SealAlarm(bench.engine, bench.journal, SITE, staff, messengers, CATALOGUE)
        async with running(follower.run(), sender.run(), seal_alarm.run()):
            yield


async def alarms(bench, company, *expected):
    """All notices have left, and these are the alarms among them, in the order of their events."""

    async def gone():
        rows = await bench.rows("select template, state from outbox where template = 'staff-alarm'")
        return len(rows) == len(expected) and all(row["state"] == "sent" for row in rows)

    await until(gone, "the alarms")
    assert [message["data"]["alarm"] for message in company.to(GUARD)] == list(expected)


async def later(bench, seconds):
    """Time passes in steps that a rule can follow."""
    for _ in range(seconds // 5):
        bench.clock.advance(5)
        bench.engine.observe(Tick(synced=True))
        await bench.quiet()


async def test_SEC_05_a_forced_door_calls_every_phone_of_the_staff_once(bench, company):
    async with called(bench, company, GUARD, OFFICE):
        await bench.door("A3", Seen.OPEN, Seen.SHUT, Seen.OPEN)
        await until(lambda: company.to(GUARD) and company.to(OFFICE))
    (message,) = company.to(GUARD)
    assert message["template"] == "staff-alarm"
    assert (message["data"]["alarm"], message["data"]["door"]) == ("DoorForced", "A3")
    assert "A3 was opened without an order" in message["text"]
    assert "1 Mar 16:00" in message["text"], "when it was, in the time of the site"
    assert len(company.to(OFFICE)) == 1


async def test_STO_05_O6_a_door_left_open_calls_staff(bench, company):
    await bench.resident()
    async with called(bench, company, GUARD):
        deposit = await bench.deposit()
        await bench.door(deposit.compartment, Seen.OPEN)
        await later(bench, 125)
        await alarms(bench, company, "DoorLeftOpen")


async def test_H7_a_pickup_that_does_not_open_calls_staff_and_a_deposit_that_moved_does_not(bench, company):
    await bench.resident()
    async with called(bench, company, GUARD):
        await bench.deposit("SF2")
        await later(bench, 40)
        assert await bench.rows("select 1 from event where kind = 'LockFault'")
        deposit = await bench.store()
        code, _ = await bench.secrets(deposit.parcel)
        await bench.commands.pickup(source="kiosk", by="kiosk", code=code)
        await later(bench, 45)
        await alarms(bench, company, "LockFault")
    assert "parcel is still inside" in company.to(GUARD)[0]["text"]


async def test_a_bank_that_is_not_believed_calls_staff_once_and_names_the_bank(bench, company):
    async with called(bench, company, GUARD):
        doors = [f"A{n}" for n in range(1, 7)]
        bench.engine.observe(SwitchesSeen(dict.fromkeys(doors, Seen.OPEN)))
        await bench.quiet()
        bench.engine.observe(SwitchesSeen(dict.fromkeys(doors[:2], Seen.SHUT)))
        await bench.quiet()
        kinds = [
            row["again"]
            for row in await bench.rows(
                "select json_extract(data, '$.again') as again from event where kind = 'BankFault' order by seq"
            )
        ]
        assert kinds == [0, 1]
        await alarms(bench, company, "BankFault")
    assert "bank left" in company.to(GUARD)[0]["text"]


async def test_SEC_05_a_call_waits_while_the_phone_company_is_down_and_is_never_two(bench, company, clock):
    company.mode = "down"
    async with called(bench, company, GUARD):
        await bench.door("A1", Seen.OPEN)
        await until(lambda: company.posts)
        company.mode = "up"

        async def again():
            clock.advance(5)
            return company.to(GUARD)

        await until(again)
    assert len(company.messages) == 1
    assert len({post["id"] for post in company.posts}) == 1


async def test_no_phone_stands_in_the_database_and_nobody_is_called_where_nobody_is_named(bench, company):
    async with called(bench, company):
        await bench.door("A1", Seen.OPEN)
        await bench.resident()
        await bench.store()
        await until(lambda: company.messages)
    assert [message["template"] for message in company.messages.values()] == ["arrival"]
    async with called(bench, company, GUARD):
        await bench.door("A2", Seen.OPEN)
        await until(lambda: company.to(GUARD))
    assert await bench.rows("select 1 from outbox where recipient like '%139%'") == []


async def test_SEC_05_a_sealed_cabinet_calls_staff_without_an_outbox_and_once(bench, company, clock):
    company.mode = "busy"
    async with called(bench, company, GUARD):

        async def looked():
            clock.advance(LOOK_EVERY_SECONDS)
            await bench.quiet()
            return company.to(GUARD)

        await looked()
        bench.engine.seal("the disk is full", lambda: "the disk is full")
        await until(lambda: company.posts or looked())
        company.mode = "up"
        (message,) = await until(looked)
        posts = len(company.posts)
        for _ in range(5):
            await looked()
        assert len(company.posts) == posts
    assert message["data"]["alarm"] == "sealed"
    assert "opens no door" in message["text"]
    assert await bench.rows("select 1 from outbox") == []


class Mistaken:
    """A way out with a mistake in it, which is mended."""

    def __init__(self):
        self.tried, self.mended = 0, False

    async def send(self, _message):
        self.tried += 1
        if not self.mended:
            raise UnicodeEncodeError("ascii", "x", 0, 1, "not ASCII")


async def test_a_fault_of_the_program_in_a_call_to_staff_ends_nothing_and_is_tried_again(bench, clock):
    phone = Mistaken()
    bench.engine.seal("the disk is full", lambda: "the disk is full")
    async with running(SealAlarm(bench.engine, bench.journal, SITE, [GUARD], Messengers(phone), CATALOGUE).run()):

        async def tried(times):
            clock.advance(LOOK_EVERY_SECONDS)
            await bench.quiet()
            return phone.tried >= times

        await until(lambda: tried(2))
        phone.mended = True
        before = phone.tried
        await until(lambda: tried(before + 1))
        for _ in range(3):
            await tried(0)
        assert phone.tried == before + 1


def test_an_address_with_an_at_is_a_mailbox():
    phone, mail, group = object(), object(), object()
    messengers = Messengers(phone, mail, group)
    assert messengers.to_staff(GUARD) == [("phone", phone, GUARD)]
    assert messengers.to_staff("desk@example.org") == [("mail", mail, "desk@example.org")]
    assert messengers.to_staff(STAFF_GROUP) == [("group", group, STAFF_GROUP)]
    assert Messengers(phone).to_staff("desk@example.org") == []


@pytest.mark.parametrize("staff", [["call me"], ["+86"], ["a b@c"], ["+8613900000001"] * 21])
def test_what_is_no_phone_and_no_mailbox_is_refused_in_the_site_file(staff):
    with pytest.raises(ValidationError):
        NoticeOptions(staff=staff)


async def test_a_new_certificate_its_end_and_a_fault_call_the_staff_and_the_first_of_all_does_not(bench, company):
    async with called(bench, company, GUARD):
        await bench.engine.record(CertificateRenewed(fingerprint="AA:BB", ends="2028-01-01", first=True), "lockerd")
        await bench.engine.record(CertificateRenewed(fingerprint="CC:DD", ends="2028-01-01", first=False), "lockerd")
        await bench.engine.record(CertificateEnding(ends="2028-01-01"), "lockerd")
        await bench.engine.record(CertificateFault(fault="No space left", ends="2028-01-01"), "lockerd")
        await alarms(bench, company, "CertificateRenewed", "CertificateEnding", "CertificateFault")
    texts = [message["text"] for message in company.to(GUARD)]
    assert ["SHA-256 CC:DD" in texts[0], "ends on 2028-01-01" in texts[1], "No space left" in texts[2]] == [True] * 3
    assert {message["data"]["door"] for message in company.to(GUARD)} == {""}


async def test_AI_03_a_rule_of_automation_that_calls_names_itself_and_one_that_makes_a_task_calls_nobody(
    bench, company
):
    fired = {"version": 1, "when": "open-cases", "value": 3, "least": 2}
    async with called(bench, company, GUARD):
        await bench.engine.record(AutomationFired(rule="many-cases", then="task", **fired), "cabinet")
        await bench.engine.record(AutomationFired(rule="no-room", then="call", **fired), "cabinet")
        await alarms(bench, company, "AutomationFired")
    (message,) = company.to(GUARD)
    assert "the rule no-room of automation was reached" in message["text"]
    assert message["data"]["door"] == ""
