"""Fees: a pure function of tariff and stay, paid by the provider's word alone, waived by name and reason."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from notices_bench import notices, outbox_is
from services_bench import BEGIN

from locker.services.fees import BadSignature, FeeDesk, Stay, WrongPayment, check_signature, signature, storage_fee
from locker.services.fees.signed_callback import secret_key
from locker.services.policies import NewVersion, RuleBook, RuleKind, Tariff

HOUR = timedelta(hours=1)
TARIFF = Tariff(charges=True, free_hours=72, step_hours=12, step_price=50, cap=300)
ZONE = "Asia/Shanghai"
SECRET = "whsec_" + "c2l4dGVlbiBieXRlcyBvciBtb3Jl"


def fee(hours, tariff=TARIFF, told=0.0, deadline=72.0):
    told_at = None if told is None else BEGIN + told * HOUR
    return storage_fee(tariff, Stay(BEGIN, told_at, BEGIN + deadline * HOUR, BEGIN + hours * HOUR), ZONE)


@pytest.mark.parametrize(
    ("hours", "amount"),
    [(0, 0), (71.999, 0), (72, 0), (72.001, 50), (84, 50), (84.001, 100), (120, 200), (144, 300), (9999, 300)],
)
def test_FEE_01_each_step_begun_behind_the_free_time_costs_up_to_the_cap(hours, amount):
    assert fee(hours).amount == amount


def test_FEE_01_off_by_default_nothing_is_ever_charged():
    assert fee(9999, Tariff()).amount == 0


def test_FEE_01_no_charge_inside_the_free_time_however_it_was_shortened_or_lengthened():
    for deadline in (24, 72, 96, 240):
        for told in (0, 5, 48, None):
            for hours in range(0, 300, 7):
                bill = fee(hours, told=told, deadline=deadline)
                free_until = max((72 + told) if told is not None else 10**9, deadline)
                assert (bill.amount > 0) == (hours > free_until), (deadline, told, hours)


def test_FEE_01_days_that_the_tariff_names_do_not_count():
    # BEGIN is 1 March 16:00 at the site; 3 March is a whole day that does not count.
    tariff = TARIFF.model_copy(update={"holidays": (date(2026, 3, 3),)})
    assert fee(95.9, tariff).amount == 0
    bill = fee(97, tariff)
    assert (bill.amount, bill.uncounted, bill.free_until) == (50, 24 * HOUR, BEGIN + 96 * HOUR)


def test_FEE_02_the_bill_is_itemised():
    bill = fee(100)
    assert (bill.steps, bill.amount, bill.capped, bill.free_until, bill.charged) == (
        3,
        150,
        False,
        BEGIN + 72 * HOUR,
        28 * HOUR,
    )
    assert fee(9999).capped


def test_amounts_are_whole_numbers_of_the_smallest_unit():
    assert all(isinstance(fee(hours).amount, int) for hours in range(60, 200))


# --- the desk -----------------------------------------------------------------------------------------


@pytest.fixture
async def rules(bench):
    book = RuleBook(bench.journal, bench.engine)
    await book.add(NewVersion(1, TARIFF, "a tariff"), "staff:boss")
    return book


@pytest.fixture
async def desk(bench, rules):
    pay_url = "https://pay.example.org/?p={parcel}&a={amount}&c={currency}"
    return FeeDesk(bench.engine, bench.journal, rules, ZONE, pay_url)


@pytest.fixture
async def told(bench, company, clock, rules):
    """A parcel of which its recipient heard at once."""
    await bench.resident()
    async with notices(bench, company):
        deposit = await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    return deposit


async def test_FEE_02_the_tariff_at_the_deposit_holds_and_the_bill_names_its_version(bench, desk, rules, told, clock):
    clock.advance(3600)
    dearer = Tariff(charges=True, step_price=500, cap=9000)
    await rules.add(NewVersion(2, dearer, "dearer"), "staff:boss")
    assert (await desk.fee(told.parcel)).fee.amount == 0
    clock.advance(72 * 3600)
    bill = await desk.fee(told.parcel)
    assert (bill.version, bill.fee.amount, bill.due, bill.tariff.step_price) == (1, 50, 50, 50)
    assert bill.effective_from == rules.versions(RuleKind.TARIFF)[0].starts_at
    assert bill.pay_link == f"https://pay.example.org/?p={told.parcel}&a=50&c=CNY"


async def test_FEE_01_a_debt_never_keeps_a_parcel_and_ends_growing_when_it_leaves(bench, desk, told, clock):
    clock.advance(80 * 3600)
    assert (await desk.fee(told.parcel)).due == 50
    await bench.collect(told)
    clock.advance(1000 * 3600)
    await bench.quiet()
    assert (await desk.fee(told.parcel)).due == 50


async def test_FEE_08_only_the_reference_of_a_payment_is_kept_and_it_counts_once(bench, desk, told, clock):
    clock.advance(90 * 3600)
    assert (await desk.pay(told.parcel, 60, "CNY", "tx-1")).due == 40
    assert (await desk.pay(told.parcel, 60, "CNY", "tx-1")).due == 40
    assert (await desk.pay(told.parcel, 40, "CNY", "tx-2")).due == 0
    rows = await bench.rows("select by, data from event where kind = 'FeePaid'")
    assert [json.loads(row["data"]) for row in rows] == [
        {"parcel": told.parcel, "amount": 60, "currency": "CNY", "reference": "tx-1"},
        {"parcel": told.parcel, "amount": 40, "currency": "CNY", "reference": "tx-2"},
    ]
    assert {row["by"] for row in rows} == {"payment-provider"}
    assert (await desk.fee(told.parcel)).pay_link == ""


async def test_a_payment_of_another_currency_or_for_nothing_is_refused(bench, desk, told):
    for parcel, amount, currency in ((told.parcel, 50, "EUR"), ("p404", 50, "CNY"), (told.parcel, 0, "CNY")):
        with pytest.raises(WrongPayment):
            await desk.pay(parcel, amount, currency, "tx-1")
    assert await bench.rows("select 1 from event where kind = 'FeePaid'") == []


async def test_FEE_01_a_waiver_says_by_whom_and_why_and_lets_go_of_what_is_due(bench, desk, told, clock):
    assert (await desk.waive(told.parcel, "nothing due", "staff:boss")).waived == 0
    clock.advance(90 * 3600)
    waived = await desk.waive(told.parcel, "was in hospital", "staff:boss")
    assert (waived.due, waived.waived) == (0, 100)
    (row,) = await bench.rows("select by, data from event where kind = 'FeeWaived'")
    data = json.loads(row["data"])
    assert (row["by"], data["reason"], data["amount"]) == ("staff:boss", "was in hospital", 100)
    assert await desk.waive("p404", "x", "staff:boss") is None


async def test_FEE_02_the_tariff_is_told_with_the_first_notice_before_any_charge(bench, rules, company, clock):
    await bench.resident(language="en")
    async with notices(bench, company, rules=rules):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    message = company.posts[0]
    assert "After 72 hours each 12 hours begun cost 0.50 CNY, at most 3.00 CNY." in message["text"]
    assert message["data"]["fee_rule"].startswith("After 72 hours")


async def test_without_a_tariff_notices_speak_of_no_fee(bench, company):
    await bench.resident(language="en")
    async with notices(bench, company):
        await bench.store()
        await outbox_is(bench, ("arrival", "sent"))
    assert "cost" not in company.posts[0]["text"]


# --- the signature ------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def signed(body=b"{}", at=NOW, secret=SECRET, message="msg_1"):
    stamp = str(int(at.timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1,b2xk " + signature(secret_key(secret), message, stamp, body),
    }


def test_FEE_08_a_signed_and_fresh_callback_is_let_through():
    check_signature(SECRET, signed(), b"{}", NOW)
    check_signature(SECRET, signed(at=NOW - timedelta(seconds=299)), b"{}", NOW)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (signed(), b"{ }"),
        (signed(secret="whsec_YW5vdGhlciBzZWNyZXQgb2Ygc29tZWJvZHk="), b"{}"),
        (signed(at=NOW - timedelta(seconds=301)), b"{}"),
        (signed(at=NOW + timedelta(seconds=301)), b"{}"),
        ({**signed(), "webhook-id": "msg_2"}, b"{}"),
        ({**signed(), "webhook-timestamp": "now"}, b"{}"),
        ({**signed(), "webhook-signature": ""}, b"{}"),
        ({**signed(), "webhook-signature": "v1,\udcff"}, b"{}"),
        ({}, b"{}"),
    ],
)
def test_FEE_08_what_is_not_signed_is_never_trusted(headers, body):
    with pytest.raises(BadSignature):
        check_signature(SECRET, headers, body, NOW)


def test_a_secret_that_is_none_is_refused_in_the_site_file():
    for wrong in ("whsec_***", "short", "whsec_" + "YQ=="):
        with pytest.raises(ValueError, match=r"base64|shorter"):
            secret_key(wrong)
