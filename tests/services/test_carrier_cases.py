"""CLM-09: a carrier's system hears of each case that is given to it, how it ended, and of the cases of a month."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from case_bench import case_bench
from notices_bench import carrier_system, notices, states
from services_bench import until
from standardwebhooks import Webhook, WebhookVerificationError

from links.options import CarrierOptions, NoticeOptions
from locker.services.cases import CarrierReports, Outcome, approve, decide, forward
from locker.services.cases.carrier_reports import last_month
from locker.services.fees import check_signature, secret_key, signature
from locker.services.notices.carrier_notices import case_text, told_of_case

ME, SECOND = "staff:he.jun", "staff:lu.yan"
SECRET = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl"


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        await bench.resident()
        yield bench


def judged(bench, headers, body):
    """The message as a receiver reads it; its signature and no other is taken by two judges."""
    check_signature(SECRET, headers, body, bench.engine.now())
    now = str(int(datetime.now(UTC).timestamp()))  # the judge goes by the clock of its machine
    name = headers["webhook-id"]
    shown = {
        "webhook-id": name,
        "webhook-timestamp": now,
        "webhook-signature": signature(secret_key(SECRET), name, now, body),
    }
    judge = Webhook(SECRET)
    with pytest.raises(WebhookVerificationError):
        judge.verify(body + b" ", shown)
    told = judge.verify(body, shown)
    assert told["id"] == name
    return told


async def given_to_carrier(bench, parcel, text="Where did you leave it?"):
    number = (await bench.open("lost", parcel=parcel, text="Wang Ming says the box was empty")).number
    due = bench.engine.now() + timedelta(days=2)
    await forward(bench.cases, number, ("carrier", "sf"), due, text, ME)
    return number


async def test_CLM_09_the_carrier_hears_of_a_case_that_is_given_to_it_and_how_it_ended_signed(bench, company):
    parcel = (await bench.store("SF0001")).parcel
    async with carrier_system() as (address, heard):
        options = NoticeOptions(carrier=[CarrierOptions(company="SF", webhook=address, secret=SECRET)])
        async with notices(bench, company, options=options):
            number = await given_to_carrier(bench, parcel)
            await until(lambda: len(heard) == 1)
            await decide(bench.cases, number, "carrier", (20000, 15000), ME)
            await approve(bench.cases, number, SECOND, approved=True)
            await bench.to_the_end(number)
            await bench.cases.close(number, Outcome.COMPENSATED, ME)
            await until(lambda: len(heard) == 2)
    given, ended = (judged(bench, *each) for each in heard)
    assert (given["to"], given["template"]) == ("SF", "carrier-case")
    assert (given["data"]["case"], given["data"]["tracking"], given["data"]["state"]) == (number, "SF0001", "forwarded")
    assert given["data"]["words"] == "Where did you leave it?"
    assert given["data"]["due"] == "2026-03-03T08:00:00.000Z"
    assert (ended["data"]["state"], ended["data"]["outcome"], ended["data"]["amount"]) == (
        "closed",
        "compensated",
        15000,
    )
    said = b"".join(body for _, body in heard).decode()
    assert [each for each in ("Wang", "1203", "empty", "13800000001") if each in said] == []


@pytest.mark.parametrize("to", [("property", "SF"), ("carrier", "Nobody Express")])
async def test_CLM_09_a_case_that_is_not_given_to_a_named_carrier_is_told_to_no_system(bench, company, to):
    async with carrier_system() as (address, heard):
        options = NoticeOptions(carrier=[CarrierOptions(company="SF", webhook=address)])
        async with notices(bench, company, options=options):
            number = (await bench.open("complaint", text="x")).number
            await forward(bench.cases, number, to, bench.engine.now() + timedelta(days=1), "x", ME)
            await bench.cases.close(number, Outcome.WITHDRAWN, ME)
            await bench.quiet()
            assert await states(bench) == []
    assert heard == []


@pytest.mark.parametrize(("party", "hears"), [("SF", ["SF"]), ("Mr Li", ["SF"]), ("JD, Ms Wu", [])])
async def test_CLM_09_what_staff_write_to_one_carrier_is_not_told_to_another(bench, party, hears):
    parcel = (await bench.store("SF0001")).parcel
    number = (await bench.open("lost", parcel=parcel)).number
    await forward(bench.cases, number, ("carrier", party), bench.engine.now() + timedelta(days=2), "Where is it?", ME)
    await bench.cases.close(number, Outcome.WITHDRAWN, ME)
    for kind in ("CaseForwarded", "CaseClosed"):
        (event,) = await bench.events(kind)
        body = json.loads(event["data"])
        told = await bench.journal.read(lambda db, kind=kind, body=body: told_of_case(db, ("SF", "JD"), kind, body))
        assert told == hears


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_CLM_09_how_a_case_ended_is_said_in_the_language_of_the_site(language):
    said = {case_text({"state": "closed", "outcome": each.value}, "", language) for each in Outcome}
    assert len(said) == len(Outcome)
    if language != "en":
        assert not re.search("[a-z]", "".join(said))


async def test_CLM_09_a_month_that_is_over_is_told_once_as_the_list_that_staff_see(bench, company):
    parcel = (await bench.store("SF0001")).parcel
    number = (await bench.open("lost", parcel=parcel)).number
    await bench.open("complaint")
    reports = CarrierReports(bench.engine, bench.journal, ["SF", "JD"], "Asia/Shanghai")
    await reports.look()
    assert await bench.events("CarrierReported") == [], "this month is not over, and of the last there is nothing"
    bench.clock.advance(30 * 86_400 + 13 * 3600)  # 1 April, 05:00 at the site
    await reports.look()
    assert await bench.events("CarrierReported") == [], "nobody is told before six"
    bench.clock.advance(2 * 3600)
    async with carrier_system() as (address, heard):
        options = NoticeOptions(carrier=[CarrierOptions(company="SF", webhook=address, secret=SECRET)])
        async with notices(bench, company, options=options):
            await reports.look()
            await reports.look()
            again = CarrierReports(bench.engine, bench.journal, ["SF", "JD"], "Asia/Shanghai")
            await again.look()
            await until(lambda: heard)
            await bench.quiet()
    ((headers, body),) = heard
    told = judged(bench, headers, body)
    assert (told["template"], told["data"]["month"], told["data"]["cases"]) == ("carrier-report", "2026-03", 1)
    (line,) = csv.DictReader(io.StringIO(told["data"]["csv"]))
    assert (line["case"], line["carrier"], line["tracking"]) == (number, "SF", "SF0001")
    (event,) = await bench.events("CarrierReported")
    assert json.loads(event["data"])["company"] == "SF", "a company without a case in that month hears nothing"


def test_CLM_09_the_month_before_is_that_of_the_calendar():
    assert [last_month(date(2026, 1, 31)), last_month(date(2026, 3, 1))] == ["2025-12", "2026-02"]


async def test_D2_what_goes_by_the_webhook_of_notices_is_signed_as_all_else_where_a_secret_is_named(bench, company):
    async with carrier_system() as (address, heard):
        options = NoticeOptions(webhook=address, webhook_secret=SECRET)
        async with notices(bench, company, options=options):
            await bench.store("SF0001")
            await until(lambda: heard)
    ((headers, body),) = heard
    assert judged(bench, headers, body)["template"] == "arrival"
