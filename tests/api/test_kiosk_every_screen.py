"""What holds on every screen that there is, whoever adds one: kept, left, touched, drawn, spoken, free of charge."""

# ruff: noqa: RUF001  names in other scripts are what is tested

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import get_args

import pytest
from kiosk_bench import Bench
from kiosk_screens import NOW, STEPS, TYPED, Sample, example, phases, screen_of

from api.kiosk import flow
from api.kiosk.collect_steps import PickupDoor
from api.kiosk.courier.fetch_steps import ConfirmFetch
from api.kiosk.courier.steps import ConfirmHandOver, ConfirmPin, SignIn
from api.kiosk.kept_screen import as_json, from_json
from api.kiosk.messages import Scanned, Touched
from api.kiosk.sending.send_steps import SendStep
from api.kiosk.speech import Speech
from api.kiosk.spoken import spoken_text
from api.kiosk.state import Idle, KioskState
from api.kiosk.timeouts import CALM_FACTOR, WARNING_SECONDS, after_timeout, idle_limit
from api.kiosk.touchscreen import Touchscreen
from api.kiosk.values import DisplaySettings, DoorPhase, KioskTime

ODD = ("", "x", "S", "4", "e", "damaged", "SF Express", "ثلاثة", "😀😀", "\u202etxt", "9" * 120, "' or 1=1 --", "\x00")
NOISE = (
    "7" * 4096,
    "\u202eمرحبا بالعالم",
    "😀" * 900,
    "\x1b[2J\x07\x00\r\n",
    "PL1." + "A" * 26,
    "MMM={'k5':'SF1234567890123'}",
    "]d2" + "0" * 60,
    "https://x.example/" + "a" * 2000,
    "BEGIN:VCARD\nN:Li\nTEL:13800000001",
)


def under_way(step):
    """True when a door of this screen is ordered or stands open, as far as the screen knows."""
    return any(phase.value in {"ordered", "open"} for phase in phases(step))


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        await running.stored("SF1")
        yield running


def locker_of(bench):
    return Touchscreen(bench.context).locker()


@pytest.mark.parametrize("kind", STEPS, ids=lambda each: each.__name__)
def test_every_screen_is_kept_over_a_restart_with_what_was_typed_but_no_pin(kind):
    kept = screen_of(example(kind))
    again = from_json(as_json(kept, NOW), NOW)
    if kind in {SignIn, ConfirmPin, ConfirmHandOver, ConfirmFetch}:
        assert TYPED.encode() not in as_json(kept, NOW)
        kept = replace(kept, step=replace(kept.step, typed=""))
    assert again == kept


@pytest.mark.parametrize("calm", [False, True])
@pytest.mark.parametrize("phase", [DoorPhase.ORDERED, DoorPhase.OPEN, DoorPhase.SHUT, DoorPhase.OVER])
async def test_whoever_walks_away_leaves_nothing_but_an_open_door(bench, phase, calm):
    locker = locker_of(bench)
    for kind in STEPS:
        left = replace(screen_of(example(kind, sample=Sample(phase))), display=DisplaySettings(calm=calm))
        limit = idle_limit(left)
        if limit is None:
            assert under_way(left.step), f"{kind.__name__} is never left"
            continue
        assert limit <= 300 * (CALM_FACTOR if calm else 1)
        gone = after_timeout(left, locker, KioskTime(499.0 + limit + WARNING_SECONDS + 1, NOW.utc))
        assert (gone.step, gone.courier, gone.display) == (Idle(), None, DisplaySettings()), kind.__name__


@pytest.mark.parametrize("phase", [DoorPhase.ORDERED, DoorPhase.OPEN, DoorPhase.SHUT])
async def test_a_finger_anywhere_on_any_screen_breaks_nothing(bench, phase):
    locker = locker_of(bench)
    for kind in STEPS:
        state = screen_of(example(kind, sample=Sample(phase)))
        for act in flow.ACTS:
            for value in ODD:
                transition = flow.touch(state, Touched(act, value), locker, NOW)
                assert transition is None or isinstance(transition[0], KioskState)


@pytest.mark.parametrize("phase", [DoorPhase.ORDERED, DoorPhase.SHUT])
async def test_a_reader_may_read_anything_on_any_screen(bench, phase):
    locker = locker_of(bench)
    for kind in STEPS:
        for text in NOISE:
            transition = flow.scan(screen_of(example(kind, sample=Sample(phase))), Scanned(text), locker, NOW)
            assert transition is None or text not in repr(transition[0])


@pytest.fixture
async def drawn(bench, tmp_path):
    """Every screen, drawn: (step, language, HTML)."""
    from api.kiosk.screen_renderer import ScreenRenderer

    touchscreen = Touchscreen(bench.context)
    renderer = ScreenRenderer(bench.context, Speech(tmp_path / "speech"))
    found = []
    for kind in STEPS:
        for phase in (DoorPhase.ORDERED, DoorPhase.OPEN, DoorPhase.SHUT, DoorPhase.FAILED):
            for language in ("en", "zh-CN", "zh-TW"):
                state = replace(screen_of(example(kind, sample=Sample(phase))), language=language)
                touchscreen._state = state
                found.append((kind, language, renderer.screen(touchscreen, state)))
    return found


async def test_every_screen_can_be_drawn_in_every_language_and_leaves_no_sentence_untranslated(drawn):
    for kind, language, page in drawn:
        left = re.findall(r">\s*([a-z_]+\.[a-z_]+)\s*<", page)
        assert not left, (kind.__name__, language, left)


async def test_N8_nothing_that_costs_money_stands_between_a_person_and_a_parcel(drawn):
    paid = re.compile(r"¥|\bpay|\bfee\b|付费|支付|付款|繳費|付費", re.IGNORECASE)
    for kind, language, page in drawn:
        if kind in get_args(SendStep):
            continue
        text = html.unescape(re.sub(r"<[^>]+>", " ", page))
        assert not paid.search(text), (kind.__name__, language)
    acts = {act for _, _, page in drawn for act in re.findall(r'name="act" value="([a-z]+)', page)}
    assert not acts & {"pay", "buy", "coupon", "unlock"}


async def test_N8_declining_to_insure_is_as_large_as_agreeing(drawn):
    for kind, _, page in drawn:
        if kind.__name__ == "SendWorth":
            assert 'value="uninsured"' in page
            assert page.index('value="uninsured"') < page.index('value="insure"')


async def test_N14_no_screen_ever_speaks_what_somebody_typed(drawn):
    for kind, language, page in drawn:
        assert TYPED not in spoken_text(page).replace(" ", ""), (kind.__name__, language)


async def test_N14_every_screen_has_something_to_say_in_every_language(drawn):
    for kind, language, page in drawn:
        assert spoken_text(page), (kind.__name__, language)


async def test_a_resident_is_never_more_than_finish_away_from_an_end_at_a_shut_door(bench):
    locker = locker_of(bench)
    step = example(PickupDoor, sample=Sample(DoorPhase.SHUT))
    after, _ = flow.touch(screen_of(step), Touched("finish"), locker, NOW)
    assert after.step == Idle()


async def test_STF_07_what_is_chosen_by_touch_has_a_picture_beside_its_words(drawn):
    shown = {"Idle": 4, "ReportProblem": 4, "SendStart": 2, "SendContents": 6, "CheckParcel": 5}
    seen = set()
    for kind, language, page in drawn:
        buttons = re.findall(r'<button class="(?:tile|choice)[^>]*>.*?</button>', page, re.DOTALL)
        if kind.__name__ in shown:
            seen.add(kind.__name__)
            assert len(buttons) >= shown[kind.__name__], (kind.__name__, language)
            assert all("<use href=" in each for each in buttons), (kind.__name__, language)
    assert seen == set(shown)
