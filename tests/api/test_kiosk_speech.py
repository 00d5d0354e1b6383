"""Read aloud: what a screen says as sound, made once, and never what somebody typed."""

# ruff: noqa: RUF001  Chinese punctuation is what is tested

from __future__ import annotations

import re
import shutil
import wave

import pytest
from kiosk_bench import Bench

from api.kiosk.speech import RECORDED, Speech
from api.kiosk.spoken import spoken_text

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.fixture
async def bench(tmp_path):
    async with Bench(tmp_path) as running:
        yield running


def sound_of(browser):
    found = re.search(r'<audio id="said-([^"]+)" src="([^"]+)" autoplay>', browser.page)
    return found[2] if found else None


def said_by(browser):
    """What the screen says: the page holds another dialog, for when the locker is gone."""
    page = browser.page
    return spoken_text(page[page.index('<form id="screen') : page.index("</form>")])


async def test_R20_N14_one_touch_reads_the_idle_screen_and_every_screen_after_it(bench):
    browser = await bench.browser().load()
    assert sound_of(browser) is None
    await browser.touch("speak")
    await browser.touch("collect")
    first = sound_of(browser)
    answer = await browser.http.get(first)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    path = bench.context.journal.folder / "speech" / first.rsplit("/", 1)[1]
    with wave.open(str(path)) as sound:
        assert sound.getnframes() > sound.getframerate() // 2
    assert "Type your 8-digit code" in path.with_suffix(".txt").read_text(encoding="utf-8")
    await browser.touch("language zh-CN")
    assert sound_of(browser) != first
    assert (await browser.http.get(sound_of(browser))).status_code == 200


async def test_R20_REL_13_what_was_said_is_said_again_by_one_touch(bench):
    browser = await bench.browser().load()
    await browser.touch("easy")
    said, sound = said_by(browser), sound_of(browser)
    assert said.startswith("What do you want to do? This screen speaks and waits for you.")
    first = re.search(r'id="(said-[^"]+)"', browser.page)[1]
    await browser.touch("say")
    again = re.search(r'id="(said-[^"]+)"', browser.page)[1]
    assert (said_by(browser), sound_of(browser)) == (said, sound)
    assert again != first, "the same element would not be played once more"


async def test_R20_N14_the_door_and_where_it_is_are_spoken_and_no_code_is(bench):
    door, code, _ = await bench.stored("SF1329884027716")
    browser = await bench.browser().load()
    await browser.touch("speak", "collect")
    said = set()
    for key in code:
        await browser.touch(f"key {key}")
        said.add(said_by(browser))
    await bench.open(door)
    await browser.load()
    said.add(said_by(browser))
    spoken = " ".join(said)
    assert "Left of this screen" in spoken
    assert f"Door {door} opens now" in spoken
    assert "Take your parcel, then push the door shut" in spoken
    assert code not in spoken.replace(" ", "")
    assert not any(part in spoken for part in (code[:4], code[4:]))
    assert "SF13" not in spoken


async def test_what_counts_seconds_is_not_spoken_each_second(bench):
    await bench.stored("SF1")
    browser = await bench.browser().load()
    await browser.touch("speak", "collect")
    await browser.keys("00000001")
    assert "No door has this code" in said_by(browser)
    await browser.touch("open")
    assert "Wait 1 second" in browser.text
    assert "Wait" not in said_by(browser)
    await bench.advance(91)
    await browser.load()
    assert said_by(browser) == "Do you need more time?"


async def test_a_sound_that_no_screen_gave_is_404_and_made_by_nobody(bench):
    browser = await bench.browser().load()
    for name in ("en-000000000000000000000000", "..%2f..%2fkey", "x"):
        assert (await browser.http.get(f"/spoken/{name}.wav")).status_code == 404
    assert not (bench.context.journal.folder / "speech").exists()


async def test_a_recording_of_the_same_sentence_wins(tmp_path):
    speech = Speech(tmp_path / "speech")
    name = speech.name("en", "Door A1 is open.")
    recorded = tmp_path / "speech" / RECORDED / f"{name}.wav"
    recorded.parent.mkdir(parents=True)
    recorded.write_bytes(b"RIFF")
    assert await speech.sound(name) == recorded


async def test_a_sentence_is_made_once(tmp_path):
    speech = Speech(tmp_path / "speech")
    name = speech.name("zh-CN", "请取走包裹，然后推紧柜门。")
    made = await speech.sound(name)
    stamp = made.stat().st_mtime_ns
    assert await speech.sound(name) == made
    assert made.stat().st_mtime_ns == stamp


async def test_reading_aloud_ends_with_the_person(bench):
    browser = await bench.browser().load()
    await browser.touch("speak")
    await bench.advance(61)
    await browser.load()
    assert sound_of(browser) is None


@pytest.mark.parametrize("text", ['"; rm -rf /', "-w /etc/passwd", "<break/>", "好" * 5000, ""])
async def test_no_text_is_a_command_or_an_option_of_the_child(tmp_path, text):
    speech = Speech(tmp_path / "speech")
    made = await speech.sound(speech.name("en", text))
    assert made is None or made.parent == tmp_path / "speech"
