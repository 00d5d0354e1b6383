"""The board of what goes out in Chromium: asked, answered, expected, late; tables with wrong lines; stock."""

import json
from datetime import timedelta

import pytest
from browser_panel import looked_at
from test_rule_pages import Office
from test_staff_panel import Panel

from locker.core.messages.observations import SwitchesSeen
from locker.core.model import Seen as Shut
from locker.core.model import Size
from locker.core.parcel_words import ParcelType
from locker.services.command_service import ResidentDetails
from locker.services.outbound import Chosen, OutboundOrder, Seen
from locker.services.outbound.order_rows import write_order
from locker.services.parcel_service import BookingRequest, Caller

COURIERS = (("SF Express", "Li Qiang", "1357"), ("SF Express", "Han Mei", "2468"), ("YTO", "Wu Gang", "1470"))
STOCK = "Bubble wrap, m, 40, 10\nTape, rolls, 3, 5\nWaterproof bags, , 120, 30"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("dispatch")) as office:
        context = office.daemon.context
        office.do(all_shut(office.daemon.engine))
        card = ResidentDetails(unit="A-1203", name="Wang Ming", phone="13800000001", consent=True)
        office.do(context.commands.save_resident(card, "staff:test"))
        for company, name, pin in COURIERS:
            office.do(context.couriers.add(company, name, pin))
        office.parcels = [office.do(booked(context, *each)) for each in (("SF Express", Size.S), ("YTO", Size.M))]
        now = context.engine.now()
        gone = OutboundOrder(
            parcel="p0gone", service="express", taken_at=now - timedelta(days=5), weight_g=1400,
            seen=Seen(now - timedelta(hours=2), "Hub East"),
        )  # fmt: skip
        office.do(context.journal.write(lambda db: write_order(db, gone)))
        yield office


async def all_shut(engine):
    engine.observe(SwitchesSeen(dict.fromkeys(engine.site.compartments, Shut.SHUT)))
    await engine.heartbeat()


async def booked(context, company, size):
    asked = BookingRequest(
        unit="A-1203", name="Wang Ming", carrier=company, size=size, type=ParcelType.PARCEL, declared_weight_g=900
    )
    answer, _ = await context.parcels.book(asked, Caller(by="test"))
    begin = context.engine.now() + timedelta(hours=2)
    await context.outbound.dispatch.choose(
        answer.parcel, Chosen("express", "road", begin, begin + timedelta(hours=2)), 900
    )
    return answer.parcel


def test_OB_04_OB_05_OB_14_a_day_at_the_board(chromium, office):
    panel = Panel(chromium, office, "1280", "en")
    panel.enter("he.jun")
    page = panel.page
    page.goto(f"{office.staff}/parcels/dispatch")
    page.click("main header button")
    page.locator("main header button").wait_for(state="detached")
    page.goto(f"{office.staff}/parcels/dispatch/{office.parcels[0]}")
    page.click("[name=answer][value=accepted]")
    page.locator("[name=at]").wait_for()
    page.fill("[name=at]", "23:59")
    looked_at(panel, "dispatch-accepted")
    page.click("[action$='/eta'] button")
    page.get_by_text("comes at").first.wait_for()
    page.goto(f"{office.staff}/parcels/dispatch")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(panel, "dispatch-on-a-phone")
    page.goto(f"{office.staff}/parcels/shifts")
    page.fill("[name=shifts]", "SF Express, Li Qiang, A B, 8.30, 18:00, 12\nSF Express, Nobody, , 08:00, 18:00, 4")
    page.click("main .btn.is-main")
    page.locator("#wrong-lines li").nth(1).wait_for()
    page.goto(f"{office.staff}/parcels/stock")
    page.fill("[name=stock]", STOCK)
    page.click("main .form .btn.is-main")
    page.locator(".plate.is-lit").first.wait_for()
    looked_at(panel, "stock")
    assert [each for each in panel.complaints if "422" not in each] == [], json.dumps(panel.complaints)
    panel.context.close()
