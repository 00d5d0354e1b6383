"""A parcel for nobody in the list: the desk takes it in where staff allow that, and else it goes along."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kiosk_bench import Bench

from api.app import kiosk_app
from locker.core.model import ParcelState
from locker.services.command_service import ResidentDetails


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        options = running.context.kiosk.model_copy(update={"unknown_unit": "DESK"})
        running.app = kiosk_app(replace(running.context, kiosk=options))
        yield running


async def desk(bench, *, consent):
    card = ResidentDetails(unit="DESK", name="Service desk", phone="+8613800000009", consent=consent)
    await bench.context.commands.save_resident(card, "staff:test")


async def unlisted(bench, number="SF1329884027716"):
    courier = await (await bench.browser().load()).sign_in()
    await courier.touch("type")
    await courier.keys(number)
    await courier.touch("next")
    await courier.keys("99")
    return await courier.touch("unlisted")


async def test_C20_STO_03_what_is_for_nobody_in_the_list_gets_a_door_of_the_desk(bench):
    await desk(bench, consent=True)
    courier = await unlisted(bench)
    await courier.touch("desk", "size S")
    door = next(iter(bench.engine.site.visits.values())).compartment
    await bench.open(door)
    await bench.shut(door)
    assert (await courier.load()).title == f"Stored in {door}"
    (parcel,) = bench.engine.site.parcels.values()
    (person,) = bench.context.directory.find("DESK")
    assert (parcel.state, parcel.recipients) == (ParcelState.STORED, (person.id,))
    assert "ParcelNotAccepted" not in await bench.kinds()


@pytest.mark.parametrize("consent", [None, False])
async def test_CON_01_a_desk_that_has_not_agreed_takes_nothing_in(bench, consent):
    await desk(bench, consent=consent)
    courier = await unlisted(bench)
    await courier.touch("desk")
    assert "The desk takes nothing in now. Take it along." in courier.text
    await courier.touch("next")
    assert courier.title == "Scan the label"
    assert "ParcelNotAccepted" in await bench.kinds()
    assert bench.engine.site.parcels == {}


async def test_C20_without_a_desk_in_the_site_file_no_door_opens(tmp_path):
    async with Bench(tmp_path) as bench:
        courier = await unlisted(bench)
        assert "desk" not in courier.acts
        assert "No door opens for them." in courier.text
