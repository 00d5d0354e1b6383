"""How residents like to be told: in their order of channels, and not at night, but never at the cost of their time."""

from datetime import UTC, datetime, timedelta

import pytest
from notices_bench import PHONE, notices, outbox_is
from services_bench import until

from locker.ports import DeliveryFault, Undelivered
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.quiet_hours import LEFT_AFTER, held_until
from locker.services.people import Wishes, WishRegister, wishes

SHANGHAI = "Asia/Shanghai"
NIGHT = (22 * 60, 8 * 60)
QUIET = Wishes(quiet=NIGHT)
AT_23 = datetime(2026, 3, 1, 15, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 0, tzinfo=UTC)
DEADLINE = AT_23 + timedelta(hours=72)


def held(now, wished=QUIET, template=NoticeTemplate.ARRIVAL, deadline=DEADLINE):
    return held_until(template, wished, now, deadline, SHANGHAI)


@pytest.mark.parametrize(
    ("hour", "minute", "until"),
    [(21, 59, None), (22, 0, MORNING), (23, 59, MORNING), (31, 59, MORNING), (32, 0, None), (36, 0, None)],
)
def test_CRM_05_a_notice_of_the_night_waits_for_the_morning_of_the_site(hour, minute, until):
    now = datetime(2026, 2, 28, 16, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    assert held(now) == until


def test_CRM_05_quiet_hours_within_a_day_end_that_day():
    assert held(datetime(2026, 3, 1, 5, tzinfo=UTC), Wishes(quiet=(12 * 60, 14 * 60))) == datetime(
        2026, 3, 1, 6, tzinfo=UTC
    )


def test_CRM_05_whoever_wants_it_hears_at_once_that_a_parcel_is_here_and_of_nothing_else():
    at_once = Wishes(quiet=NIGHT, at_once=True)
    assert held(AT_23, at_once) is None
    assert held(AT_23, at_once, NoticeTemplate.REMINDER) == MORNING


@pytest.mark.parametrize("template", ["last-warning", "collected", "staff-alarm"])
def test_CRM_05_what_cannot_wait_is_never_held(template):
    assert held(AT_23, template=NoticeTemplate(template)) is None


def test_CRM_05_nothing_is_held_so_long_that_less_than_half_a_day_of_the_free_time_is_left():
    assert held(AT_23, deadline=MORNING + LEFT_AFTER) == MORNING
    assert held(AT_23, deadline=MORNING + LEFT_AFTER - timedelta(minutes=1)) is None
    assert held(AT_23, Wishes(), deadline=None) is None


@pytest.mark.parametrize("bad", [(("fax",), None), (("phone", "phone"), None), (("phone",), (0, 1440))])
def test_wishes_that_cannot_be_are_refused(bad):
    with pytest.raises(ValueError, match=r"channels|minutes"):
        wishes(*bad, at_once=False)
    assert wishes(("mail",), (60, 60), at_once=False).quiet is None


async def test_CRM_05_an_arrival_at_night_leaves_in_the_morning_also_over_a_restart(bench, company, clock):
    resident = await bench.resident()
    register = WishRegister(bench.journal, bench.engine)
    await register.save(resident, QUIET, "staff:test")
    clock.advance(7 * 3600)  # 23:00 in Shanghai
    for _ in range(2):
        read_anew = WishRegister(bench.journal, bench.engine)
        await read_anew.load()
        async with notices(bench, company, wishes=read_anew):
            if company.posts == [] and not await bench.rows("select 1 from outbox"):
                await bench.store()
            await outbox_is(bench, ("arrival", "waiting"))
            clock.advance(600)
            await bench.quiet()
        assert company.posts == []
    (waiting,) = await bench.rows("select tries from outbox")
    assert waiting["tries"] == 0
    async with notices(bench, company, wishes=register):
        clock.advance(9 * 3600)
        await outbox_is(bench, ("arrival", "sent"))
    assert len(company.to(PHONE)) == 1


class Mailbox:
    def __init__(self, fault=None):
        self.fault = fault
        self.mails = []

    async def send(self, message):
        if self.fault:
            raise Undelivered(self.fault, "not now")
        self.mails.append(message)


async def test_R13_the_channel_that_is_wished_first_is_tried_first(bench, company):
    resident = await bench.resident(email="ming@example.org")
    register = WishRegister(bench.journal, bench.engine)
    await register.save(resident, wishes(("mail",), None, at_once=False), "staff:test")
    mail = Mailbox()
    async with notices(bench, company, mail=mail, wishes=register):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert company.posts == []
    assert [message["to"] for message in mail.mails] == ["ming@example.org"]
    assert [row["channel"] for row in await bench.rows("select channel from outbox")] == ["mail"]


async def test_R13_a_channel_that_stays_silent_is_left_for_the_next_after_three_tries(bench, company, clock):
    await bench.resident(email="ming@example.org")
    company.mode = "busy"
    mail = Mailbox()
    async with notices(bench, company, mail=mail):
        await bench.store()

        async def has_left():
            clock.advance(60)
            return [row["state"] for row in await bench.rows("select state from outbox")] == ["sent"]

        await until(has_left)
    assert [row["tries"] for row in await bench.rows("select tries from outbox")] == [4]
    assert [row["channel"] for row in await bench.rows("select channel from outbox")] == ["mail"]
    assert len(mail.mails) == 1


async def test_R13_when_every_channel_says_never_the_timeline_and_staff_hear_of_it(bench, company):
    await bench.resident(email="ming@example.org")
    company.mode = "reject"
    async with notices(bench, company, mail=Mailbox(DeliveryFault.REFUSED)):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "failed"))
    rows = await bench.rows("select json_extract(data, '$.parcel') as parcel from event where kind = 'NoticeFailed'")
    assert [row["parcel"] for row in rows] == [deposit.parcel]
