"""A courier's round whose machine is cut off at each of its steps goes on there, with what was said."""

from dataclasses import replace

import pytest
from kiosk_bench import PIN, Bench
from test_kiosk_inspect import Lens
from test_kiosk_kept import until_kept

from api.app import kiosk_app
from api.kiosk.courier.steps import (
    AcceptTerms,
    AskConsent,
    CheckParcel,
    ChooseRecipient,
    ChooseSize,
    CountPieces,
    DepositDoor,
    NoAnswer,
    NothingFits,
    PhotoLabel,
    ScanLabel,
    TypeNumber,
    Unlisted,
    WhyCancel,
)
from locker.services.policies import NewVersion, Terms

TYPED = ("type", "key S", "key F", "key 1", "key 9")
TO_RECIPIENT = (*TYPED, "next")
TO_SIZE = (*TO_RECIPIENT, "key 1", "key 2", "key 0", "key 3")
AT_DOOR = (*TO_SIZE, "size S", "OPEN")
STEPS = {
    "scan": ((), ScanLabel),
    "typing": (TYPED, TypeNumber),
    "picture": (("type", "photo"), PhotoLabel),
    "pictured": (("type", "photo", "photo"), PhotoLabel),
    "recipient": ((*TO_RECIPIENT, "key 1"), ChooseRecipient),
    "unlisted": ((*TO_RECIPIENT, "unlisted"), Unlisted),
    "consent": ((*TO_RECIPIENT, "key 1", "key 2", "key 0", "key 8"), AskConsent),
    "no answer": ((*TO_RECIPIENT, "key 1", "key 2", "key 0", "key 8", "noanswer"), NoAnswer),
    "size": (TO_SIZE, ChooseSize),
    "check": ((*TO_SIZE, "wrongparcel"), CheckParcel),
    "pieces": ((*TO_SIZE, "wrongparcel", "several"), CountPieces),
    "piece 1 of 3": ((*TO_SIZE, "wrongparcel", "several", "pieces 3"), ChooseSize),
    "too big": ((*TO_SIZE, "toobig"), NothingFits),
    "open": (AT_DOOR, DepositDoor),
    "resize": ((*AT_DOOR, "resize"), ChooseSize),
    "why": ((*AT_DOOR, "cancel"), WhyCancel),
    "given up": ((*AT_DOOR, "cancel", "why other"), DepositDoor),
    "stored": ((*AT_DOOR, "SHUT"), DepositDoor),
    "next": ((*AT_DOOR, "SHUT", "next"), ScanLabel),
}


def with_camera(bench):
    bench.context = replace(bench.context, camera=Lens())
    bench.app = kiosk_app(bench.context)
    return bench


async def walk(bench, browser, acts):
    for act in acts:
        if act in {"OPEN", "SHUT"}:
            (door,) = bench.engine.site.visits
            await (bench.open(door) if act == "OPEN" else bench.shut(door))
            await browser.load()
        else:
            await browser.touch(act)


@pytest.mark.parametrize("name", STEPS)
async def test_a_round_that_is_cut_off_at_any_step_goes_on_there(tmp_path, name):
    acts, step = STEPS[name]
    async with Bench(tmp_path) as bench:
        with_camera(bench)
        browser = await (await bench.browser().load()).sign_in()
        await walk(bench, browser, acts)
        before = browser.title, browser.acts
        await until_kept(bench, step)
        still_open = [door for door, visit in bench.engine.site.visits.items() if visit.opened_at is not None]
    async with Bench(tmp_path, standing_open=still_open) as bench:
        again = await with_camera(bench).browser().load()
        assert (again.title, again.acts) == before


@pytest.mark.parametrize("name", ["scan", "size", "open", "why"])
async def test_two_pages_show_one_round_at_the_same_step(tmp_path, name):
    acts, _ = STEPS[name]
    async with Bench(tmp_path) as bench:
        one = await (await bench.browser().load()).sign_in()
        await walk(bench, one, acts)
        other = await bench.browser().load()
        assert (other.title, other.acts) == (one.title, one.acts)
        stale = one.screen
        await other.touch("help", "close")
        assert (await one.post(acts[-1] if acts and acts[-1] != "OPEN" else "type", stale)).status_code == 200
        assert (await one.load()).title == other.title, "a touch on a screen that is gone does nothing"


async def test_the_terms_are_asked_for_again_after_a_cut_and_nothing_was_accepted(tmp_path):
    async with Bench(tmp_path) as bench:
        lines = Terms(couriers={"en": tuple(f"Line {at}." for at in range(9))})
        await bench.context.rules.add(NewVersion(1, lines, "asked"), "staff:wang")
        browser = await (await bench.browser().load()).sign_in()
        await browser.touch("page")
        await until_kept(bench, AcceptTerms)
    async with Bench(tmp_path) as bench:
        await bench.context.rules.load()
        again = await bench.browser().load()
        assert again.title == "Rules of this locker"
        assert "RuleAccepted" not in await bench.kinds()
        await again.touch("accept")
        assert again.title == "Scan the label"
        assert PIN not in again.page
