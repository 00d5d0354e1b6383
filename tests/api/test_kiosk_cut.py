"""Daemon or browser end after every step of every visit of a resident: it is resumed, or it ends safely.

Each walk is done once; after each step the data folder is copied as it lies, which is what a kill or a power cut leaves
behind. From each copy a daemon starts: with the screen that was kept and the door as it was, and without it while
somebody pushed the door shut in the dark. Nothing opens by itself, the open door is on the screen, and in the end
nobody is here, no visit is left, and what is still inside opens with its code.
"""

from __future__ import annotations

import shutil

import pytest
from kiosk_bench import Bench
from test_kiosk_inspect import stored
from test_kiosk_sending import booked_return

from api.kiosk.kept_screen import FILE
from locker.core.model import Flag, ParcelState, Seen, Use

OPEN, SHUT, CODE = "the door opens", "the door is shut", "type the code"
WHO = ("keys 1203", "continue", "keys 0001", "continue")
TICKS = ("tick 0", "tick 1", "tick 2", "tick 3", "continue")
TO_THE_DOOR = ("collect", CODE)
WALKS = {
    "collect": (*TO_THE_DOOR, OPEN, SHUT, "finish"),
    "open again": (*TO_THE_DOOR, OPEN, SHUT, "again", OPEN, SHUT, "rate 5"),
    "put back": (*TO_THE_DOOR, OPEN, "putback", SHUT, "finish"),
    "report": (*TO_THE_DOOR, OPEN, "report", "wrong damaged", "finish", SHUT, "finish"),
    "report once shut": (*TO_THE_DOOR, OPEN, SHUT, "report", "wrong empty", "finish"),
    "insured": ("collect", CODE, "keys 0001", "continue", OPEN, SHUT, "accept", "finish"),
    "signed": (*TO_THE_DOOR, OPEN, SHUT, "accept", "cannotsign", "finish"),
    "does not open": (*TO_THE_DOOR, "later 4", "stuck", "later 6", "later 6", "later 31", "again", OPEN, SHUT),
    "lost code": ("collect", "lost", "resend", *WHO, "back"),
    "help": ("collect", "keys 40", "help", "person", "close"),
    "send": (
        *("send", "parcel", *WHO, "contents fragile", *TICKS, "keys 20", "continue", "keys 1000", "insure"),
        *("size M", "agree", OPEN, SHUT, "finish"),
    ),
    "send and take along": (
        *("send", "parcel", *WHO, "contents document", *TICKS, "keys 1", "continue", "uninsured", "size M"),
        *("agree", OPEN, "cancel", SHUT, "finish"),
    ),
    "return": ("send", "return", "keys RMA8841207", "continue", *TICKS, OPEN, SHUT, "finish"),
}
FLAGS = {"insured": (Flag.INSURED,), "signed": (Flag.SIGNATURE,)}


class Walk:
    """One visit, step by step, and a copy of the folder after each."""

    def __init__(self, folder, name):
        self.name, self.steps = name, WALKS[name]
        self._folder = folder
        self.cuts = []

    async def go(self):
        async with Bench(self._folder) as bench:
            self._bench = bench
            _, self.door, self.code = await stored(bench, *FLAGS.get(self.name, ()))
            await booked_return(bench)
            self.browser = await bench.browser().load()
            for at, step in enumerate(self.steps):
                await self._do(step)
                another = await bench.browser().load()
                assert (another.title, another.acts) == (self.browser.title, self.browser.acts), "a lost browser"
                await self._kept()
                cut = self._folder.with_name(f"cut{at}")
                shutil.copytree(self._folder, cut)
                at_a_door = bool(bench.engine.site.visits)
                self.cuts.append((step, cut, self._open(), await orders(bench), at_a_door))

    def _open(self):
        return [name for name, each in self._bench.engine.site.compartments.items() if each.seen is Seen.OPEN]

    def _ordered(self):
        return next(iter(self._bench.engine.site.visits))

    async def _do(self, step):
        bench, browser = self._bench, self.browser
        if step == OPEN:
            await bench.open(self._ordered())
        elif step == SHUT:
            await bench.shut(self._open()[0])
        elif step == CODE:
            await browser.keys(self.code)
        elif step.startswith("later "):
            await bench.advance(float(step.removeprefix("later ")))
        elif step.startswith("keys "):
            await browser.keys(step.removeprefix("keys "))
        elif step.startswith("tick "):
            lines = [each for each in browser.acts if each.startswith("tick ")]
            await browser.touch(*lines[int(step[-1]) : int(step[-1]) + 1])
        else:
            await browser.touch(step)
        await browser.load()

    async def _kept(self):
        """The screen is on the disk, as it is a second after each change."""
        (screen,) = {each.endpoint.__self__._screen for each in self._bench.app.routes if each.path == "/touch"}
        screen._keep()
        await screen._keeping


async def orders(bench):
    return (await bench.kinds()).count("UnlockOrdered")


async def resumed(folder, *, still_open, ordered):
    """Start from what is left, look, let the person end it and go."""
    async with Bench(folder, standing_open=still_open) as bench:
        browser = await bench.browser().load()
        assert await orders(bench) == ordered, "a start orders no door"
        for door in still_open:
            assert door in browser.text, f"{door} stands open, and the screen is «{browser.title}»"
            assert "dropoff" not in browser.acts
        for door in still_open:
            await bench.shut(door)
        await browser.load()
        for seconds in (31, 61, 121, 700, 200, 200):
            await bench.advance(seconds)
            await browser.load()
        assert "dropoff" in browser.acts, f"nobody is here, and the screen is «{browser.title}»"
        assert not bench.engine.site.visits
        assert all(each.use not in {Use.FILLING, Use.EMPTYING} for each in bench.engine.site.compartments.values())
        await still_opens(bench, browser)


async def still_opens(bench, browser):
    """What nobody has taken and nobody has reported opens with its code."""
    parcel = next((each for each in bench.engine.site.parcels.values() if not each.from_resident), None)
    if parcel is None or parcel.state is not ParcelState.STORED or parcel.held:
        return
    before = await orders(bench)
    await browser.touch("collect")
    await browser.keys(await code_of(bench, parcel.id))
    if Flag.INSURED in parcel.flags:
        await browser.keys("0001")
        await browser.touch("continue")
    assert await orders(bench) == before + 1, browser.title


async def code_of(bench, parcel):
    query = "select blob from sealed where parcel = ?"
    row = await bench.context.journal.read(lambda db: db.execute(query, [parcel]).fetchone())
    return bench.context.vault.unseal(row[0])[0]


@pytest.mark.parametrize("name", WALKS)
async def test_H9_a_visit_of_a_resident_outlives_a_cut_after_every_step(tmp_path, name):
    walk = Walk(tmp_path / "walk", name)
    (tmp_path / "walk").mkdir()
    await walk.go()
    for at, (step, folder, still_open, ordered, at_a_door) in enumerate(walk.cuts):
        dark = folder.with_name(f"dark{at}")
        shutil.copytree(folder, dark)
        (dark / "data" / FILE).unlink(missing_ok=True)
        try:
            await resumed(folder, still_open=still_open, ordered=ordered)
            if at_a_door:
                await resumed(dark, still_open=[], ordered=ordered)
        except AssertionError as fault:
            raise AssertionError(f"cut behind step {at}, {step}: {fault}") from fault
