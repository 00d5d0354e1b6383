"""Notices beyond the parcel that waits: broadcasts, what is on its way, questionnaires, the systems of carriers."""

import asyncio
import base64
import json
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from notices_bench import carrier_system, collected_once_told, notices, outbox_is
from services_bench import running, until
from standardwebhooks import Webhook, WebhookVerificationError

from links.options import CarrierOptions, NoticeOptions, PublicOptions
from locker.core.model import Seen, Size
from locker.core.parcel_words import ParcelType, receipt_number
from locker.core.reasons import RefusalReason, Refused
from locker.services.custody_service import CustodyService, ParcelNotice
from locker.services.evidence import picture_finder
from locker.services.evidence.snapshot_recorder import SnapshotRecorder
from locker.services.fees import check_signature, secret_key, signature
from locker.services.notices import (
    Broadcast,
    BroadcastAudience,
    BroadcastDesk,
    BroadcastTaken,
    NoticeTemplate,
    RedeliveryDesk,
    RedeliveryRefused,
)
from locker.services.notices.notice_texts import kept_text
from locker.services.parcel_service import BookingRequest, Caller, ParcelService
from locker.services.policies import (
    AreaContact,
    EmergencyContacts,
    NewVersion,
    NoticeTexts,
    Promise,
    PromiseTable,
    PromiseUnit,
    RuleBook,
)

HOUR = timedelta(hours=1)
SECRET = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl"
OUTAGE = {"en": "No door opens until 18:00, all parcels are safe.", "zh-CN": "18:00 前无法开门，包裹安全。"}  # noqa: RUF001


@pytest.fixture
async def desk(bench):
    return BroadcastDesk(bench.engine, bench.journal)


def incident(name="i1", audience=BroadcastAudience.ALL, texts=OUTAGE):
    return Broadcast(name, NoticeTemplate.INCIDENT, audience, texts)


async def neighbours(bench):
    await bench.resident(language="en")
    await bench.resident("1204", "Li Na", "+8613800000002", language="zh-CN")
    await bench.resident("1205", "陳美玲", "+8613800000003", language="zh-TW")


async def test_NTF_07_an_incident_reaches_every_resident_in_their_language_once(bench, company, desk):
    await neighbours(bench)
    async with notices(bench, company):
        await desk.send(incident(), "staff:boss")
        await desk.send(incident(), "staff:boss")

        async def told():
            return [dict(each.states) for each in await desk.sent()] == [{"sent": 3}]

        await until(told, "all three are told")
    assert len(company.posts) == 3
    said = {post["to"]: post["text"] for post in company.posts}
    assert "No door opens until 18:00" in said["+8613800000001"]
    assert "18:00 前无法开门" in said["+8613800000002"]
    assert "No door opens" in said["+8613800000003"], "who reads another language gets the first"
    assert all("+86 21 5555 0100" in text for text in said.values())
    (sent,) = await desk.sent()
    assert (sent.author, dict(sent.states)) == ("staff:boss", {"sent": 3})
    assert len(await bench.rows("select 1 from event where kind = 'BroadcastSent'")) == 1


async def test_PK_04_an_incident_tells_whom_to_call_in_this_area_and_a_change_of_service_does_not(bench, company, desk):
    await bench.resident(language="zh-CN")
    rules = RuleBook(bench.journal, bench.engine)
    await rules.load()
    people = {"person": "Li Hua", "phone": "13800000011", "deputy": "Wang Fang", "deputy_phone": "13800000012"}
    area = AreaContact(area="East", **people)
    await rules.add(NewVersion(1, EmergencyContacts(areas=(area,)), "new team"), "staff:boss")
    async with notices(bench, company, rules=rules):
        await desk.send(incident(), "staff:boss")
        await outbox_is(bench, ("incident", "sent"))
        at = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
        change = Broadcast("c1", NoticeTemplate.SERVICE_CHANGE, BroadcastAudience.ALL, {"en": "A fee."}, at)
        await desk.send(change, "staff:boss")
        await outbox_is(bench, ("incident", "sent"), ("service-change", "sent"))
    told, changed = (post["text"] for post in company.posts)
    assert "应急联系人：Li Hua 13800000011，副手 Wang Fang 13800000012。" in told  # noqa: RUF001  Chinese punctuation
    assert "13800000011" not in changed


async def test_an_incident_may_go_to_those_alone_for_whom_a_parcel_waits(bench, company, desk):
    await neighbours(bench)
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
        await desk.send(incident(audience=BroadcastAudience.WAITING), "staff:boss")
        await outbox_is(bench, ("arrival", "sent"), ("incident", "sent"))
    assert company.posts[1]["to"] == "+8613800000001"


async def test_NTF_07_a_change_of_service_says_from_when(bench, company, desk):
    await bench.resident(language="en")
    at = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
    change = Broadcast("c1", NoticeTemplate.SERVICE_CHANGE, BroadcastAudience.ALL, {"en": "A fee is charged."}, at)
    async with notices(bench, company):
        await desk.send(change, "staff:boss")
        await outbox_is(bench, ("service-change", "sent"))
    assert "from 1 Apr 08:00: A fee is charged." in company.posts[0]["text"]


@pytest.mark.parametrize(
    ("broadcast", "field"),
    [
        (Broadcast("x", NoticeTemplate.SERVICE_CHANGE, BroadcastAudience.ALL, OUTAGE), "effective_at"),
        (Broadcast("x", NoticeTemplate.ARRIVAL, BroadcastAudience.ALL, OUTAGE), "template"),
        (incident(texts={}), "texts"),
        (incident(texts={"fr": "Bonjour"}), "texts"),
        (incident(texts={"en": " "}), "texts.en"),
        (incident(texts={"en": "x" * 501}), "texts.en"),
        (incident(texts={"en": "two\nlines"}), "texts.en"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_nothing_is_recorded(bench, desk, broadcast, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        await desk.send(broadcast, "staff:boss")
    assert await bench.rows("select 1 from event where kind = 'BroadcastSent'") == []


async def test_another_text_under_a_known_id_is_refused_and_the_text_is_in_no_event(bench, desk):
    await desk.send(incident(), "staff:boss")
    with pytest.raises(BroadcastTaken):
        await desk.send(incident(texts={"en": "Something else."}), "staff:boss")
    (row,) = await bench.rows("select data from event where kind = 'BroadcastSent'")
    assert set(json.loads(row["data"])) == {"broadcast", "template", "audience", "sha256"}


async def expected(bench, window=(2, 4), tracking="SF9"):
    now = bench.engine.now()
    span = (now + window[0] * HOUR, now + window[1] * HOUR) if window else None
    told = ParcelNotice(tracking=tracking, size=Size.M, carrier="SF", until=now + 24 * HOUR, unit="1203", window=span)
    custody = CustodyService(bench.engine, bench.journal, bench.directory, bench.vault)
    return (await custody.expect([told], "token:sf")).parcels[0]


async def test_NTF_04_an_expected_parcel_with_a_window_is_told_beforehand_with_the_question(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await expected(bench)
        await outbox_is(bench, ("pre-arrival", "sent"))
    post = company.posts[0]
    assert "SF brings a parcel for you to Riverside Court, lobby, 12 River Road: 1 Mar 18:00–20:00." in post["text"]  # noqa: RUF001
    assert "Something special, or not into the locker?" in post["text"]
    assert "+86 21 5555 0100" in post["text"]
    assert "code" not in post["data"]


async def test_NTF_04_without_a_window_nothing_is_said_beforehand(bench, company):
    await bench.resident()
    async with notices(bench, company):
        await expected(bench, window=None)
        await bench.quiet()
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))


async def test_what_has_arrived_meanwhile_is_not_announced_any_more(bench, company, clock):
    await bench.resident()
    company.mode = "busy"
    async with notices(bench, company):
        await expected(bench, tracking="SF9")
        await until(lambda: company.posts)
        company.mode = "up"
        deposit = await bench.deposit("SF9")
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
        clock.advance(600)
        await outbox_is(bench, ("pre-arrival", "obsolete"), ("arrival", "sent"))


def link(_db, resident, _now):
    return f"https://locker.example.org/p/{resident}"


async def test_CRM_04_some_pickups_are_asked_about_and_nobody_twice_in_a_month(bench, company, clock):
    await bench.resident(language="en")
    options = NoticeOptions(webhook=company.address, survey_percent=100)
    async with notices(bench, company, options=options, link=link):
        for tracking in ("SF1", "SF2"):
            await collected_once_told(bench, tracking)
            clock.advance(120)
            await bench.quiet()
        await outbox_is(bench, ("arrival", "sent"), ("survey", "sent"), ("arrival", "sent"))
        clock.advance(31 * 86400)
        await collected_once_told(bench, "SF3")
        sent = [("arrival", "sent"), ("survey", "sent")]
        await outbox_is(bench, *sent, ("arrival", "sent"), *sent)
    assert "Two touches: https://locker.example.org/p/" in company.posts[1]["text"]


async def test_CRM_04_by_default_nobody_is_asked(bench, company):
    await bench.resident()
    async with notices(bench, company, link=link):
        await collected_once_told(bench)
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))


# --- the systems of carriers --------------------------------------------------------------------------


async def test_N6_the_carrier_hears_that_its_parcel_was_collected_signed_and_without_a_person(bench, company):
    await bench.resident()
    async with carrier_system() as (address, heard):
        carrier = CarrierOptions(company="SF", webhook=address, secret=SECRET)
        options = NoticeOptions(webhook=company.address, carrier=[carrier])
        async with notices(bench, company, options=options):
            await collected_once_told(bench, "SF7")
            await outbox_is(bench, ("arrival", "sent"), ("for-carrier", "sent"))
    ((headers, body),) = heard
    check_signature(SECRET, headers, body, bench.engine.now())
    told = json.loads(body)
    assert (told["data"]["tracking"], told["data"]["state"], told["to"]) == ("SF7", "collected", "SF")
    assert headers["webhook-id"] == told["id"]
    assert "Wang" not in body.decode()
    assert "1203" not in body.decode()
    assert "code" not in told["data"]


async def test_REL_12_D2_a_carrier_that_is_away_hears_of_the_pickup_later_signed(bench, company):
    await bench.resident()
    async with carrier_system(away=3) as (address, heard):
        carrier = CarrierOptions(company="SF", webhook=address, secret=SECRET)
        async with notices(bench, company, options=NoticeOptions(webhook=company.address, carrier=[carrier])):
            await bench.collect(await bench.store("SF7"))
            async with asyncio.timeout(60):
                while not heard:
                    bench.clock.advance(5)  # a request in between has its 30 s
                    await asyncio.sleep(0.05)
    ((headers, body),) = heard
    check_signature(SECRET, headers, body, bench.engine.now())
    now = str(int(datetime.now(UTC).timestamp()))  # the judge goes by the clock of its machine
    again = signature(secret_key(SECRET), headers["webhook-id"], now, body)
    judge = Webhook(SECRET)
    shown = {"webhook-id": headers["webhook-id"], "webhook-timestamp": now, "webhook-signature": again}
    assert judge.verify(body, shown)["data"]["state"] == "collected"
    with pytest.raises(WebhookVerificationError):
        judge.verify(body + b" ", shown)


async def test_EXC_03_a_redelivery_that_is_wanted_is_told_to_the_carrier_once(bench, company):
    await bench.resident()
    desk = RedeliveryDesk(bench.engine, "Asia/Shanghai")
    async with carrier_system() as (address, heard):
        options = NoticeOptions(webhook=company.address, carrier=[CarrierOptions(company="SF", webhook=address)])
        async with notices(bench, company, options=options):
            deposit = await bench.store("SF7")
            await desk.ask(deposit.parcel, date(2026, 3, 3), "flat", "token:app")
            await desk.ask(deposit.parcel, date(2026, 3, 3), "flat", "token:app")
            await until(lambda: heard)
            await desk.ask(deposit.parcel, date(2026, 3, 4), "desk", "token:app")
            await until(lambda: len(heard) == 2)
    told = [json.loads(body)["data"] for _, body in heard]
    assert [(each["tracking"], each["state"], each["on"], each["to"]) for each in told] == [
        ("SF7", "redelivery", "2026-03-03", "flat"),
        ("SF7", "redelivery", "2026-03-04", "desk"),
    ]


async def test_EXC_03_where_no_system_of_the_carrier_is_named_staff_hear_that_nobody_was_told(bench, company):
    await bench.resident()
    desk = RedeliveryDesk(bench.engine, "Asia/Shanghai")
    async with notices(bench, company):
        deposit = await bench.store("SF7")
        await desk.ask(deposit.parcel, date(2026, 3, 3), "flat", "token:app")
        await outbox_is(bench, ("arrival", "sent"), ("for-carrier", "failed"))
    assert len(await bench.rows("select 1 from event where kind = 'NoticeFailed'")) == 1


async def test_EXC_03_what_cannot_be_brought_again_is_refused(bench):
    await bench.resident()
    desk = RedeliveryDesk(bench.engine, "Asia/Shanghai")
    deposit = await bench.store("SF7")
    for day in (date(2026, 2, 28), date(2026, 4, 1)):
        with pytest.raises(RedeliveryRefused):
            await desk.ask(deposit.parcel, day, "flat", "token:app")
    with pytest.raises(Refused) as refused:
        await desk.ask("p404", date(2026, 3, 3), "flat", "token:app")
    assert refused.value.reason is RefusalReason.UNKNOWN
    await bench.collect(deposit)
    with pytest.raises(Refused) as refused:
        await desk.ask(deposit.parcel, date(2026, 3, 3), "flat", "token:app")
    assert refused.value.reason is RefusalReason.NOT_NOW


async def test_NTF_08_what_all_are_told_is_posted_to_the_official_account_signed_and_about_nobody(bench, company, desk):
    await bench.resident(language="en")
    async with carrier_system() as (address, heard):
        account = PublicOptions(name="weibo", webhook=address, secret=SECRET)
        options = NoticeOptions(webhook=company.address, public=[account])
        async with notices(bench, company, options=options):
            await desk.send(incident("i2", BroadcastAudience.WAITING), "staff:boss")
            await desk.send(incident(), "staff:boss")
            await until(lambda: heard)
            await outbox_is(bench, ("incident", "sent"), ("incident", "sent"))
    ((headers, body),) = heard
    check_signature(SECRET, headers, body, bench.engine.now())
    told = json.loads(body)
    assert (told["to"], told["template"], told["language"]) == ("weibo", "incident", "zh-CN")
    assert "18:00 前无法开门" in told["text"]
    assert "1203" not in body.decode()


async def booked_and_fetched(bench, carrier="SF"):
    """A resident sends something, and a courier of its carrier fetches it."""
    parcels = ParcelService(bench.engine, bench.journal, bench.directory, bench.vault, bench.commands)
    caller = Caller(by="resident:r1")
    asked = BookingRequest(
        unit="1203", name="Wang Ming", size=Size.M, carrier=carrier, type=ParcelType.PARCEL, return_code="RT-7701"
    )
    booked, code = await parcels.book(asked, caller)
    deposit = await parcels.deposit_booked(booked.booking, code, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    await parcels.hand_over(booked.parcel, (carrier, "Li"), None, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)


async def test_NTF_09_OB_11_a_sender_hears_at_the_acceptance_what_is_promised_and_the_words_are_kept(bench, company):
    await bench.resident(language="en")
    rules = RuleBook(bench.journal, bench.engine)
    table = (Promise(name="delivery", within=48, unit=PromiseUnit.HOURS, company="SF"),)
    await rules.add(NewVersion(1, PromiseTable(promises=table), "as agreed"), "staff:boss")
    async with notices(bench, company, rules=rules):
        await booked_and_fetched(bench)
        await outbox_is(bench, ("booked", "sent"), ("handed-over", "sent"))
    text = company.posts[-1]["text"]
    assert "SF took over your parcel 7701" in text
    (parcel,) = await bench.rows("select id from parcel")
    assert f"Receipt {receipt_number(parcel['id'])}." in text, "the receipt goes out by itself (OB-11)"
    assert "Promised: delivered within 48 hours." in text
    (row,) = await bench.rows("select said, version, language from outbox where template = 'handed-over'")
    assert (row["said"], row["language"], len(row["version"])) == (text, "en", 8)


async def test_NTF_09_where_no_time_is_promised_that_is_said(bench, company):
    await bench.resident(language="zh-TW")
    async with notices(bench, company):
        await booked_and_fetched(bench)
        await outbox_is(bench, ("booked", "sent"), ("handed-over", "sent"))
    assert "未承諾送達時間。" in company.posts[-1]["text"]
    assert "RT-7701" not in company.posts[-1]["text"]


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "1 parcel waits for you, undamaged outside, in the locker.", "2 parcels wait for you; this one"),
        ("zh-CN", "共 1 件待取，外包装完好，存放于柜内。", "共 2 件待取，本件外包装完好"),  # noqa: RUF001
        ("zh-TW", "共 1 件待取，外包裝完好，存放於櫃內。", "共 2 件待取，本件外包裝完好"),  # noqa: RUF001
    ],
)
async def test_NTF_06_a_notice_says_how_many_wait_how_it_looks_and_where_it_is_kept(bench, company, language, one, two):
    await bench.resident(language=language)
    async with notices(bench, company):
        await bench.store("SF1")
        await outbox_is(bench, ("arrival", "sent"))
        await bench.store("SF2")
        await outbox_is(bench, ("arrival", "sent"), ("arrival", "sent"))
    first, second = company.posts
    assert one in first["text"]
    assert two in second["text"]
    assert second["data"]["pieces"] == 2


def test_NTF_06_what_staff_keep_names_the_place():
    assert kept_text(1, "the desk", "en") == "1 parcel waits for you, undamaged outside, kept at the desk."
    assert kept_text(3, "物业前台", "zh-CN") == "共 3 件待取，本件外包装完好，保管于物业前台。"  # noqa: RUF001


async def test_NTF_06_words_of_the_sites_own_without_a_place_for_it_say_it_too(bench, company):
    await bench.resident(language="en")
    rules = RuleBook(bench.journal, bench.engine)
    short = "At {locker}, {address}: {code} until {deadline}, {free_hours} h. {help_phone}"
    await rules.add(NewVersion(1, NoticeTexts(texts={"en": {"arrival": short}}), "shorter"), "staff:boss")
    async with notices(bench, company, rules=rules):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert company.posts[0]["text"].endswith("1 parcel waits for you, undamaged outside, in the locker.")


async def test_R26_the_picture_of_the_parcel_behind_its_door_goes_along_where_it_is_wanted(bench, company, clock):
    await bench.resident()
    wanted, picture = NoticeOptions(webhook=company.address, pictures=True), picture_finder(bench.folder)
    camera = SnapshotRecorder(bench.engine, bench.journal, StillCamera(), budget_bytes=1_000_000)
    async with running(camera.run()), notices(bench, company, options=wanted, picture=picture):
        await bench.store()
        await until(partial(bench.rows, "select 1 from snapshot where cause = 'stored'"))
        assert company.posts == [], "the picture is waited for"
        clock.advance(6)
        await outbox_is(bench, ("arrival", "sent"))
    assert base64.b64decode(company.posts[0]["picture"]) == StillCamera.PICTURE
    (row,) = await bench.rows("select said from outbox")
    assert company.posts[0]["picture"] not in row["said"]


async def test_R26_without_a_picture_the_notice_leaves_all_the_same(bench, company, clock):
    await bench.resident()
    wanted = NoticeOptions(webhook=company.address, pictures=True)
    async with notices(bench, company, options=wanted, picture=lambda _db, _parcel: bench.folder / "gone.jpg"):
        await bench.store()
        await outbox_is(bench, ("arrival", "waiting"))
        clock.advance(6)
        await outbox_is(bench, ("arrival", "sent"))
    assert "picture" not in company.posts[0]


class StillCamera:
    """A camera at the far end."""

    PICTURE = b"\xff\xd8 a parcel \xff\xd9"
    lens = ""

    async def still(self):
        return self.PICTURE
