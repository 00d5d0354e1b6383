"""What goes out: who fetches it, when it arrives, what it costs, and the tables that say so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from locker.core.model import Seen, Size
from locker.core.parcel_words import ParcelType
from locker.core.reasons import RefusalReason, Refused
from locker.services.notices.outbound_words import booked_values
from locker.services.outbound import (
    IMPOSSIBLE,
    Answer,
    Chosen,
    ConsumableStock,
    DispatchDesk,
    Job,
    OnDuty,
    assign,
    cost,
    minutes_late,
    promised,
    read_shifts,
    read_stock,
)
from locker.services.outbound import Seen as SeenByCarrier
from locker.services.parcel_service import BookingRequest, Caller, ParcelService
from locker.services.people import CourierAccounts, ListedCourier
from locker.services.policies import (
    Carriage,
    CarriagePrice,
    DeliveryTimes,
    DispatchRules,
    LineFault,
    NewVersion,
    ServiceLevel,
    WrongLines,
    amount,
)
from locker.services.policies.table_lines import BadCell

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # 01:00 of 2 March at the site
MINUTE = timedelta(minutes=1)
LI, HAN, WU = (OnDuty(name, "SF") for name in ("c-li", "c-han", "c-wu"))
JOB = Job("p1", "SF", "A", 9 * 60, 11 * 60)


# --- who fetches what ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("courier", "costs"),
    [
        (LI, 0),
        (replace(LI, jobs=3), 30),
        (replace(LI, zones=frozenset("AB")), 0),
        (replace(LI, zones=frozenset("B")), 40),
        (replace(LI, zones=frozenset("B"), jobs=2), 60),
        (replace(LI, jobs=20), IMPOSSIBLE),
        (replace(LI, company="YTO"), IMPOSSIBLE),
        (replace(LI, company="sf"), 0),
        (replace(LI, begins=11 * 60, ends=18 * 60), IMPOSSIBLE),
        (replace(LI, begins=10 * 60, ends=18 * 60), 0),
        (replace(LI, begins=22 * 60, ends=6 * 60), IMPOSSIBLE),
        (replace(LI, begins=22 * 60, ends=10 * 60), 0),
    ],
)
def test_OB_04_company_zone_window_and_work_say_what_a_job_costs(courier, costs):
    assert cost(JOB, courier) == costs


def test_OB_05_who_has_passed_is_not_asked_again():
    assert cost(replace(JOB, passed=frozenset({"c-li"})), LI) == IMPOSSIBLE
    assert assign([replace(JOB, passed=frozenset({"c-li", "c-han"}))], [LI, HAN, WU]) == {"p1": "c-wu"}
    assert assign([replace(JOB, passed=frozenset({"c-li"}))], [LI]) == {}


def test_OB_04_all_jobs_are_shared_out_together_at_the_least_cost():
    here, there = replace(LI, zones=frozenset("A")), replace(HAN, zones=frozenset("B"), jobs=1)
    jobs = [Job("p1", "SF", "A"), Job("p2", "SF", "B"), Job("p3", "SF", "A"), Job("p4", "YTO", "A")]
    assert assign(jobs, [here, there, replace(WU, company="YTO", jobs=20)]) == {
        "p1": "c-li",
        "p2": "c-han",
        "p3": "c-li",
    }


def test_OB_04_work_is_spread_evenly_and_nobody_gets_more_than_they_may():
    jobs = [Job(f"p{n}", "SF") for n in range(6)]
    got = list(assign(jobs, [LI, HAN, WU]).values())
    assert {name: got.count(name) for name in got} == {"c-li": 2, "c-han": 2, "c-wu": 2}
    assert list(assign(jobs, [replace(LI, jobs=19)]).values()) == ["c-li"]
    assert assign(jobs, []) == assign([], [LI]) == {}


# --- when it arrives, what it costs -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "lane", "days"),
    [
        ("ordinary", "", (3, 7)),
        ("express", "", (2, 3)),
        ("same-city", "", (0, 0)),
        ("", "in-province", (1, 1)),
        ("", "road", (3, 4)),
        ("", "air", (2, 3)),
        ("ordinary", "road", (3, 4)),
        ("express", "in-province", (1, 1)),
        ("", "", None),
    ],
)
def test_OB_18_OB_19_service_and_lane_say_within_how_many_days_it_arrives(service, lane, days):
    time = DeliveryTimes().time(service, lane, "SF")
    assert (None if time is None else (time.first, time.last)) == days


def test_OB_19_a_line_for_one_company_and_one_for_both_hold_before_the_others():
    table = DeliveryTimes.read(
        '{"times": [{"lane": "road", "first": 3, "last": 4}, {"company": "SF", "lane": "road", "first": 2, "last": 3},'
        ' {"company": "SF", "lane": "road", "service": "express", "first": 1, "last": 2}]}'
    )
    asked = [("", "YTO"), ("ordinary", "SF"), ("express", "SF"), ("express", "YTO")]
    found = [table.time(service, "road", company) for service, company in asked]
    assert [(each.first, each.last) for each in found if each] == [(3, 4), (2, 3), (1, 2), (3, 4)]


def test_OB_19_days_are_counted_from_the_day_of_the_hand_over_at_the_site_and_the_last_one_is_in_time():
    days = promised(DeliveryTimes().time("", "in-province", ""), EVENING, SHANGHAI)
    assert (days.first, days.last) == (date(2026, 3, 3), date(2026, 3, 3)), "it is 2 March in Shanghai by then"
    assert [days.late(date(2026, 3, day)) for day in (2, 3, 4)] == [False, False, True]
    assert promised(None, EVENING, SHANGHAI) is promised(DeliveryTimes().times[0], None, SHANGHAI) is None


@pytest.mark.parametrize(
    ("grams", "coins"), [(1, 1200), (1000, 1200), (1001, 1550), (1500, 1550), (1501, 1900), (None, None)]
)
def test_FEE_07_a_price_is_the_first_weight_and_each_further_one_begun(grams, coins):
    line = CarriagePrice(company="SF", first_g=1000, first_price=1200, step_g=500, step_price=350)
    table = Carriage(prices=(line, CarriagePrice(first_g=1000, first_price=900, step_g=1000, step_price=100)))
    assert table.estimate("ordinary", "road", "SF", grams) == coins
    assert table.estimate("ordinary", "road", "YTO", 1000) == 900
    assert Carriage().estimate("", "", "SF", 1000) is None, "no table, no price"


@pytest.mark.parametrize(
    ("weighed", "declared", "differs"),
    [(1100, 1000, False), (1101, 1000, True), (500, 600, False), (499, 600, True), (4500, 5000, False),
     (4499, 5000, True), (None, 600, False), (600, None, False)],
)  # fmt: skip
def test_OB_09_the_tolerance_is_a_rule_and_what_is_beyond_it_is_named(weighed, declared, differs):
    assert DispatchRules().differs(weighed, declared) is differs
    assert not DispatchRules(weight_percent=100).differs(weighed, declared)


def test_OB_07_how_late_a_courier_came_is_counted_in_minutes_from_what_was_told():
    assert minutes_late(EVENING, EVENING + 12 * MINUTE) == 12
    assert minutes_late(EVENING, EVENING - 3 * MINUTE) == -3
    assert minutes_late(None, EVENING) is minutes_late(EVENING, None) is None


# --- tables that are pasted ----------------------------------------------------------------------------


def faults(read):
    with pytest.raises(WrongLines) as wrong:
        read()
    return [(each.number, each.column, each.fault.value) for each in wrong.value.lines]


COURIERS = [ListedCourier("c-li", "SF", "Li", active=True), ListedCourier("c-old", "SF", "Old", active=False)]


def test_OB_04_shifts_are_read_from_a_spreadsheet_as_it_is_pasted():
    heading = "company\tcourier\tzones\tfrom\tto\tmost\n"
    (shift,) = read_shifts(heading + "sf\tLI\tA B\t08:30\t18:00\t12\n\n", COURIERS)
    assert (shift.courier, shift.zones, shift.begins, shift.ends, shift.most) == (
        *("c-li", frozenset("AB"), 510),
        *(1080, 12),
    )


@pytest.mark.parametrize("sum_of_money", ["1e999999", "1e9", "0.001", "NaN", "sNaN", "-1", "much"])
def test_FEE_07_what_is_no_sum_of_money_is_named_whatever_it_is(sum_of_money):
    with pytest.raises(BadCell) as wrong:
        amount(2)(sum_of_money)
    assert wrong.value.fault is LineFault.AMOUNT


def test_OB_04_every_wrong_line_of_a_table_is_named_with_what_is_wrong():
    text = "SF, Li, A, 8.30, 18:00, 12\nSF, Old, , 08:00, 24:00, 0\nSF, Li\nSF, Li, , 09:00, 09:00, 3"
    assert faults(lambda: read_shifts(text, COURIERS)) == [
        (1, "from", "time"),
        (2, "most", "number"),
        (3, "", "columns"),
        (4, "to", "order"),
    ]
    assert faults(lambda: read_shifts("SF, Old, , 08:00, 24:00, 2", COURIERS)) == [(1, "courier", "unknown")]


def test_OB_14_a_count_is_read_line_by_line_and_a_name_stands_there_once():
    (tape,) = read_stock("name,unit,stock,low\nTape;rolls;40;10")
    assert (tape.name, tape.unit, tape.stock, tape.low, tape.short) == ("Tape", "rolls", 40, 10, False)
    assert faults(lambda: read_stock("Tape, , 1, 1\nTape, , 2, 1\n, , x, 1")) == [
        (2, "", "twice"),
        (3, "name", "empty"),
        (3, "stock", "number"),
    ]


# --- the desk -------------------------------------------------------------------------------------------


@pytest.fixture
async def outbound(bench):
    await bench.resident(unit="A-1203", language="en")
    couriers = CourierAccounts(bench.journal, bench.engine, bench.vault)
    names = {name: (await couriers.add("SF", name, pin)).id for name, pin in (("Li", "1234"), ("Han", "5678"))}
    desk = DispatchDesk(bench.engine, bench.journal, couriers, bench.rules, "Asia/Shanghai")
    parcels = ParcelService(bench.engine, bench.journal, bench.directory, bench.vault, bench.commands)

    async def book(**more):
        asked = BookingRequest(
            unit="A-1203", name="Wang Ming", size=Size.M, carrier="SF", type=ParcelType.PARCEL, **more
        )
        return await parcels.book(asked, Caller(by="resident:r1"))

    desk.book, desk.parcels, desk.names = book, parcels, names
    return desk


async def test_OB_05_a_no_and_a_silence_pass_the_job_to_the_next_and_then_staff_see_to_it(bench, clock, outbound):
    booked, _ = await outbound.book()
    (asked,) = (await outbound.dispatch("staff:he")).values()
    other = next(each for each in outbound.names.values() if each != asked)
    with pytest.raises(Refused) as refused:
        await outbound.answer(booked.parcel, other, Answer.ACCEPTED, "token:sf")
    assert refused.value.reason is RefusalReason.NOT_NOW, "another courier was asked"
    await outbound.answer(booked.parcel, asked, Answer.DECLINED, "token:sf")
    order = (await outbound.board.one(booked.parcel)).order
    assert (order.courier, order.state, order.passed) == (other, "offered", frozenset({asked}))
    clock.advance(15 * 60)
    with pytest.raises(Refused):
        await outbound.answer(booked.parcel, other, Answer.ACCEPTED, "token:sf")
    await outbound.look()
    assert outbound.unwanted == {booked.parcel}
    kinds = await bench.rows("select json_extract(data, '$.answer') as said from event where kind = 'DispatchAnswered'")
    assert [each["said"] for each in kinds] == ["declined", "timed-out"]
    await outbound.offer(booked.parcel, asked, "staff:he")
    await outbound.answer(booked.parcel, asked, Answer.ACCEPTED, "token:sf")
    await outbound.look()
    assert (await outbound.board.one(booked.parcel)).order.state == "accepted"
    assert outbound.unwanted == frozenset()


async def test_OB_05_the_same_word_twice_is_one_event_and_a_lost_yes_may_be_said_again(bench, outbound):
    booked, _ = await outbound.book()
    (asked,) = (await outbound.dispatch("staff:he")).values()
    for _ in range(2):
        await outbound.answer(booked.parcel, asked, Answer.ACCEPTED, "token:sf")
        await outbound.expect(booked.parcel, asked, bench.engine.now() + 20 * MINUTE, "token:sf")
    sql = "select kind, count(*) as n from event where kind in ('DispatchAnswered', 'CourierExpected') group by kind"
    counted = await bench.rows(sql)
    assert {row["kind"]: row["n"] for row in counted} == {"DispatchAnswered": 1, "CourierExpected": 1}
    assert await outbound.dispatch("staff:he") == {}, "nobody is asked twice"


async def test_OB_04_automatic_dispatch_asks_by_itself_and_only_where_it_is_wished(bench, outbound):
    await outbound.book()
    await outbound.look()
    assert [each.order.state for each in (await outbound.board.read()).here] == [""]
    await bench.rules.add(NewVersion(1, DispatchRules(automatic=True), "all by itself"), "staff:boss")
    await outbound.look()
    assert [each.order.state for each in (await outbound.board.read()).here] == ["offered"]


async def test_OB_07_OB_10_lateness_and_weight_are_kept_from_the_hand_over_itself(bench, clock, outbound):
    booked, code = await outbound.book(declared_weight_g=900)
    await outbound.choose(booked.parcel, Chosen("express"), 900)
    caller = Caller(by="kiosk")
    deposit = await outbound.parcels.deposit_booked(booked.booking, code, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    (asked,) = (await outbound.dispatch("staff:he")).values()
    await outbound.answer(booked.parcel, asked, Answer.ACCEPTED, "token:sf")
    await outbound.expect(booked.parcel, asked, bench.engine.now() + 20 * MINUTE, "token:sf")
    clock.advance(32 * 60)
    await outbound.parcels.hand_over(booked.parcel, ("SF", "Li"), 1400, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    clock.advance(120)
    await bench.engine.heartbeat()
    await outbound.look()
    line = await outbound.board.one(booked.parcel)
    assert minutes_late(line.order.eta, line.order.taken_at) == 12
    assert (line.order.weight_g, line.declared_g, line.time.last) == (1400, 900, 3)
    assert [each.order.parcel for each in (await outbound.board.read()).away] == [booked.parcel]


async def test_QRY_09_only_what_a_carrier_s_feed_says_is_shown_and_nothing_older_than_that(bench, clock, outbound):
    booked, code = await outbound.book()
    caller, now = Caller(by="kiosk"), bench.engine.now()
    with pytest.raises(Refused):
        await outbound.news(booked.parcel, SeenByCarrier(now, "Hub"), delivered=False, by="token:sf")
    deposit = await outbound.parcels.deposit_booked(booked.booking, code, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    await outbound.look()
    await outbound.parcels.hand_over(booked.parcel, ("SF", "Li"), None, caller)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    clock.advance(3600)
    await bench.engine.heartbeat()
    await outbound.look()
    assert (await outbound.board.one(booked.parcel)).order.seen is None
    newer = SeenByCarrier(bench.engine.now(), "", 31.2, 121.5)
    await outbound.news(booked.parcel, newer, delivered=False, by="token:sf")
    await outbound.news(booked.parcel, replace(newer, at=newer.at - MINUTE, lat=0.0), delivered=False, by="token:sf")
    assert (await outbound.board.one(booked.parcel)).order.seen == newer
    assert all("31.2" not in row["data"] for row in await bench.rows("select data from event")), "not for good"
    done = await outbound.news(booked.parcel, replace(newer, at=newer.at + MINUTE), delivered=True, by="token:sf")
    assert done.delivered_at == newer.at + MINUTE
    assert (await outbound.board.read()).away == []


async def test_OB_14_what_runs_short_is_known_after_every_touch_and_never_below_nothing(bench):
    stock = ConsumableStock(bench.engine, bench.journal)
    await stock.replace(read_stock("Tape, rolls, 12, 10\nBags, , 300, 50"), "staff:he")
    assert [each.name for each in stock.listed if each.short] == []
    await stock.change("Tape", -2, "staff:he")
    assert [each.name for each in stock.listed if each.short] == ["Tape"]
    with pytest.raises(Refused):
        await stock.change("Tape", -11, "staff:he")
    with pytest.raises(Refused):
        await stock.change("String", 1, "staff:he")
    again = ConsumableStock(bench.engine, bench.journal)
    await again.load()
    assert again.listed == stock.listed


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "papers, size S, 1.2 kg, worth 80.00"),
        ("zh-CN", "文件，S 号格，1.2 公斤，声明价值 80.00"),  # noqa: RUF001
        ("zh-TW", "文件，S 號格，1.2 公斤，聲明價值 80.00"),  # noqa: RUF001
    ],
)
def test_OB_02_a_booking_is_read_back_with_all_that_was_said(language, said):
    event = {"type": "document", "size": "S", "declared_weight_g": 1200, "declared": 8000, "reserved_until": "x"}
    assert booked_values(event, "p0123456789abcdef", language)["booked"] == said
    assert booked_values(event, "p0123456789abcdef", language)["number"] == "01234-56789-ABCDE-F"


def test_OB_18_a_service_is_one_of_three_words():
    assert [each.value for each in ServiceLevel] == ["ordinary", "express", "same-city"]
