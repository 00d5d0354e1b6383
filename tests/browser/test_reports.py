"""A resident's report at the kiosk, seen and settled on the panel, in the languages and widths of both."""

import browser_sign_in
import pytest
from browser_cabinet import until
from browser_screen import Screen
from test_staff_panel import Panel


@pytest.fixture(scope="module")
def account(shared, chromium):
    cabinet = shared.running()
    panel = Panel(chromium, cabinet)
    browser_sign_in.set_up(panel, cabinet, "chen.lin")
    panel.context.close()
    return "chen.lin"


def report(screen: Screen, cabinet, problem):
    door = cabinet.deposit(f"SF7100{problem}", "1203")
    code = cabinet.notice("+8613800000001")["code"]
    screen.press("collect")
    screen.keys(code)
    screen.see_title("Take your parcel")
    screen.press("report")
    screen.press(f"wrong {problem}")
    screen.see_title("It is reported")
    cabinet.hand(door, "take")
    cabinet.push(door)
    return door


def test_a_report_at_the_kiosk_is_on_the_live_panel_until_it_is_settled(account, screen, cabinet, chromium):
    panel = Panel(chromium, cabinet)
    panel.enter(account)
    panel.page.locator("#live.is-live").wait_for()
    door = report(screen, cabinet, "empty")
    panel.see(f"{door}: a resident found it empty")
    panel.picture("report-home")
    for width, language in (("390", "zh-CN"), ("1280", "zh-TW"), ("390", "en")):
        other = Panel(chromium, cabinet, width, language)
        other.enter(account)
        other.picture("report-home")
        other.go(f"/doors/{door}")
        other.picture("report-door")
        other.context.close()
    panel.go(f"/doors/{door}")
    panel.page.click(".reports summary")
    panel.page.click(".reports [data-fill] >> nth=0")
    panel.picture("report-door")
    panel.page.click(".reports .btns button")
    panel.see("Report settled")
    panel.picture("report-settled")
    panel.go("/")
    until(lambda: "a resident found it empty" not in panel.page.content(), "the task has gone")
    assert panel.complaints == []
    panel.context.close()
