"""The board of what goes out: who is asked, what they said, when they come; tables that are pasted, line by line."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from staff_bench import an_office

from api.machine.dispatch_operations import DISPATCH_OPERATIONS
from locker.core.model import Size
from locker.core.parcel_words import ParcelType
from locker.services.parcel_service import BookingRequest, Caller
from locker.services.people import Role

BOARD = "/parcels/dispatch"


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        for name, pin in (("Li", "1357"), ("Han", "2468")):
            await office.bench.context.couriers.add("SF", name, pin)
        yield office


async def booked(office):
    person = next(iter(office.bench.context.directory.everybody()))
    asked = BookingRequest(
        unit=person.unit, name=person.name, carrier="SF", size=Size.S, type=ParcelType.PARCEL, declared_weight_g=900
    )
    answer, _ = await office.bench.context.parcels.book(asked, Caller(by="test"))
    return answer.parcel


async def test_OB_04_OB_05_OB_07_the_board_asks_and_a_phone_call_s_answer_is_kept(office):
    parcel, staff = await booked(office), await office.person(Role.OPERATOR)
    page = await staff.get(BOARD)
    assert "1 parcel waits for a courier." in page.text
    page = await staff.send(page, BOARD)
    assert "1 parcel goes out, its courier is asked." in page.text
    one = f"{BOARD}/{parcel}"
    page = await staff.get(one)
    assert "is asked, until" in page.text
    first = page.form(f"{one}/answer")["courier"]
    page = await staff.send(page, f"{one}/answer", answer="declined")
    assert page.form(f"{one}/answer")["courier"] != first, "the next was asked at once"
    page = await staff.send(page, f"{one}/answer", answer="accepted")
    assert "takes it" in page.text
    assert (await staff.send(page, f"{one}/eta", at="half past")).status == 422
    page = await staff.send(page, f"{one}/eta", at="23:59")
    assert "comes at" in page.text
    assert (
        await staff.post(f"{one}/answer", csrf=page.form(f"{one}/eta")["csrf"], courier=first, answer="accepted")
    ).status == 409
    assert (await staff.get(f"{BOARD}/p-none")).status == 404


async def test_OB_04_OB_14_a_table_with_wrong_lines_changes_nothing_and_names_each_of_them(office):
    staff = await office.person(Role.OPERATOR)
    page = await staff.get("/parcels/shifts")
    wrong = await staff.send(
        page, "/parcels/shifts", shifts="SF, Li, A, 8.30, 18:00, 12\nSF, Nobody, , 08:00, 18:00, 2"
    )
    assert wrong.status == 422
    assert "Line 1: from is a time such as 08:30" in wrong.text
    assert "Line 2: no courier of this name works for this company here" in wrong.text
    assert "SF, Nobody" in wrong.html, "what was typed stands there still"
    assert await office.bench.context.outbound.dispatch.shifts() == {}
    page = await staff.send(wrong, "/parcels/shifts", shifts="SF\tLi\tA B\t08:30\t18:00\t12")
    assert "08:30–18:00, buildings A B" in page.text  # noqa: RUF001  a span
    page = await staff.get("/parcels/stock")
    page = await staff.send(page, "/parcels/stock", stock="Tape, rolls, 3, 2\nBags, , 40, 5")
    page = await staff.send(page, "/parcels/stock/change", having={"name": "Tape"}, number="1", way="took")
    assert "Fetch more: 2 or fewer left" in page.text
    assert "Only 2 rolls of Tape left." in (await staff.get("/")).text
    assert (
        await staff.send(page, "/parcels/stock/change", having={"name": "Tape"}, number="9", way="took")
    ).status == 409


async def test_OB_19_FEE_07_tables_of_days_and_prices_are_versions_and_each_wrong_line_is_named(office):
    staff = await office.person(Role.SUPERVISOR)
    page = await staff.get("/rules/carriage/write")
    typed = {"reason": "from SF", "currency": "CNY", "decimals": "2"}
    lines = "ordinary, road, SF, 1000, 12.00, 500, 3.50\nfast, , SF, 0, x, 500, 1"
    wrong = await staff.send(page, "/rules/carriage/preview", prices=lines, **typed)
    assert wrong.status == 422
    assert "Line 2: service is one of ordinary, express, same-city, or empty" in wrong.text
    assert "Line 2: first price is a sum such as 12.50" in wrong.text
    page = await staff.send(wrong, "/rules/carriage/preview", prices=lines.splitlines()[0], **typed)
    assert page.status == 200, page.text
    page = await staff.get("/rules/delivery-times")
    assert "same city" in page.text
    assert "the same day" in page.text
    assert "day 3 to 7 after the hand-over" in page.text


async def test_FEE_07_OB_18_a_price_and_a_day_are_told_before_anything_is_booked(office):
    bench = office.bench
    reader, staff = await bench.client("read"), await bench.client("staff")
    line = {"company": "SF", "first_g": 1000, "first_price": 1200, "step_g": 500, "step_price": 350}
    told = await staff.put("/rules/carriage/1", json={"reason": "from SF", "body": {"prices": [line]}})
    assert told.status_code == 200, told.text
    told = (await reader.get("/delivery-price?carrier=SF&service=same-city&weight_g=1200")).json()
    assert told == {"estimate": 1550, "currency": "CNY", "decimals": 2, "delivery": {"first": 0, "last": 0}}
    assert (await reader.get("/delivery-price?carrier=SF&service=fast")).status_code == 422
    assert (await reader.get("/outbound/p-none")).status_code == 404


async def test_OB_05_every_answer_about_what_goes_out_has_the_shape_that_is_documented(office):
    bench, parcel = office.bench, await booked(office)
    clients = {name: await bench.client(name) for name in ("read", "deposit", "staff")}
    one = f"/outbound/{parcel}"
    (who, *_) = await bench.context.couriers.listed()
    later = (bench.engine.now() + timedelta(minutes=20)).isoformat()
    calls = [
        ("GET", "/outbound", None),
        ("GET", "/delivery-price", None),
        ("POST", "/dispatch", None),
        ("POST", f"{one}/offer", {"courier": who.id}),
        ("GET", one, None),
        ("POST", f"{one}/answer", {"courier": who.id, "answer": "accepted"}),
        ("POST", f"{one}/eta", {"courier": who.id, "at": later}),
    ]
    for method, path, body in calls:
        told = next(
            each
            for each in DISPATCH_OPERATIONS
            if (each.method, each.path) == (method, path.replace(parcel, "{parcel}"))
        )
        answer = await clients[told.scope.value].request(method, path, json=body)
        assert answer.status_code == told.status, (path, answer.text)
        TypeAdapter(told.answer).validate_json(answer.content, strict=True)
    news = {"at": later, "position": {"lat": 31.2}}
    assert (await clients["deposit"].post(f"{one}/news", json=news)).status_code == 422, "one half of a position"
    news = {"at": later, "place": "Hub"}
    assert (await clients["deposit"].post(f"{one}/news", json=news)).json()["code"] == "not-now", "it is here still"
