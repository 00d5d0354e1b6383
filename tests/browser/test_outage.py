"""The kiosk's browser when the locker does not answer, and the sheet that lies above a screen."""

import signal

import pytest
from browser_cabinet import PIN, until
from browser_screen import Screen

SHOWN_WITHIN_MS = 9000


@pytest.fixture
def kiosk(chromium, cabinet, request):
    """A touchscreen that may complain: the far end of its line goes away."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    failed = request.session.testsfailed
    page = Screen(context.new_page(), cabinet, request.node.name.removeprefix("test_"))
    yield page
    if request.session.testsfailed > failed:
        page.picture("failed")
    context.close()


def shown(kiosk):
    kiosk.page.locator("#gone[open]").wait_for(timeout=SHOWN_WITHIN_MS)


def test_a_locker_that_is_gone_is_said_within_seconds_and_the_screen_comes_back_by_itself(kiosk, cabinet):
    kiosk.press("collect")
    kiosk.see_title("Type your 8-digit code")
    for language, name in (("en", "en"), ("zh-CN", "zh")):
        kiosk.page.locator('button[value="collect"], .keypad').first.wait_for()
        kiosk.touch(f"language {language}")
        kiosk.page.locator(f'.screen[lang="{language}"]').wait_for()
        cabinet.process.kill()
        cabinet.process.wait()
        shown(kiosk)
        title = {"en": "One moment", "zh-CN": "请稍候"}[language]
        assert kiosk.page.locator("#gone h1:visible").all_inner_texts() == [title]
        assert kiosk.page.locator("#gone:modal").count() == 1
        assert kiosk.page.evaluate("document.activeElement.closest('#gone') !== null")
        assert "+86 21 5555 0100" in kiosk.page.locator("#gone").inner_text()
        kiosk.picture(f"gone-1280.{name}")
        kiosk.page.set_viewport_size({"width": 800, "height": 480})
        kiosk.picture(f"gone-800.{name}")
        kiosk.page.set_viewport_size({"width": 1280, "height": 800})
        cabinet.start()
        kiosk.page.locator("#gone:not([open])").wait_for(state="attached", timeout=30_000)
        kiosk.page.locator(".tile").first.wait_for()


def test_a_locker_that_hangs_is_said_too(kiosk, cabinet):
    cabinet.process.send_signal(signal.SIGSTOP)
    try:
        shown(kiosk)
    finally:
        cabinet.process.send_signal(signal.SIGCONT)
    kiosk.page.locator("#gone:not([open])").wait_for(state="attached", timeout=30_000)
    kiosk.press("collect")
    kiosk.see_title("Type your 8-digit code")


def test_a_couriers_round_is_resumed_after_a_restart_in_their_language_and_text(kiosk, cabinet):
    kiosk.press("dropoff")
    kiosk.keys(PIN)
    kiosk.press("signin")
    kiosk.see_title("Scan the label")
    kiosk.touch("large")
    cabinet.scan("SF1329884027716")
    kiosk.see_title("Who is it for?")
    kiosk.keys("1203")
    kiosk.press("size S")
    kiosk.see_title("Put the parcel in")
    door = kiosk.door()
    until((cabinet.folder / "data" / "screen").exists, "the screen is kept")
    cabinet.process.kill()
    cabinet.process.wait()
    shown(kiosk)
    cabinet.start()
    kiosk.see_title("Put the parcel in")
    kiosk.page.locator('.screen[data-text="large"]').wait_for()
    assert kiosk.door() == door
    cabinet.hand(door, "put", load="SF1329884027716")
    cabinet.push(door)
    kiosk.see_title(f"Stored in {door}")


def test_a_couriers_open_door_is_said_after_a_restart_that_lost_the_screen(kiosk, cabinet):
    kiosk.press("dropoff")
    kiosk.keys(PIN)
    kiosk.press("signin")
    kiosk.see_title("Scan the label")
    cabinet.scan("SF1329884027716")
    kiosk.see_title("Who is it for?")
    kiosk.keys("1203")
    kiosk.press("size S")
    kiosk.see_title("Put the parcel in")
    door = kiosk.door()
    cabinet.process.kill()
    cabinet.process.wait()
    (cabinet.folder / "data" / "screen").unlink(missing_ok=True)
    cabinet.start()
    kiosk.see_title(f"Door {door} stands open")
    kiosk.look("50-open-door")
    kiosk.press("dropoff")
    kiosk.keys(PIN)
    kiosk.press("signin")
    kiosk.see_title("Put the parcel in")
    cabinet.push(door)
    kiosk.see_title(f"Stored in {door}")
    assert kiosk.found == []


def test_WCAG_2_4_3_a_sheet_holds_the_focus_and_gives_it_back(screen, cabinet):
    screen.page.locator('button[value="help"]').focus()
    screen.page.keyboard.press("Enter")
    screen.page.locator("dialog.sheet:modal").wait_for()
    assert screen.page.evaluate("document.activeElement.value") == "close"
    for _ in range(6):
        screen.page.keyboard.press("Tab")
        assert screen.page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    screen.page.keyboard.press("Escape")
    screen.gone("dialog.sheet")
    assert screen.page.evaluate("document.activeElement.value") == "help"


def test_WCAG_2_2_1_escape_and_a_touch_beside_the_question_for_more_time_extend_it(screen, cabinet):
    screen.press("collect")
    screen.see_title("Type your 8-digit code")
    screen.keys("407")
    for extend in (
        lambda: screen.page.keyboard.press("Escape"),
        lambda: screen.page.mouse.click(20, 780),
        lambda: screen.page.keyboard.press("Enter"),
    ):
        cabinet.advance(91)
        screen.page.locator("#sheet-timeout:modal").wait_for()
        assert screen.page.evaluate("document.activeElement.value") == "more"
        extend()
        screen.gone("dialog.sheet")
    assert screen.page.locator(".cell").all_inner_texts()[:3] == ["4", "0", "7"]


def test_the_language_can_be_chosen_in_a_sheet(screen, cabinet):
    for sheet in ("help", "display"):
        screen.press(sheet)
        screen.page.locator(f"#sheet-{sheet}:modal").wait_for()
        screen.page.locator('dialog button[value="language zh-CN"]').click()
        screen.page.locator(f'.screen[lang="zh-CN"] #sheet-{sheet}:modal').wait_for()
        assert screen.page.evaluate("document.documentElement.lang") == "zh-CN"
        screen.page.locator('dialog button[value="language en"]').click()
        screen.page.locator(f'.screen[lang="en"] #sheet-{sheet}:modal').wait_for()
        screen.page.locator('dialog button[value="close"]').click()
        screen.gone("dialog.sheet")
